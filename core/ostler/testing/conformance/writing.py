"""What a task writes, and where it arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ostler.drivers import values
from ostler.testing.act import Act
from ostler.testing.numbers import last_number, numbers_digest
from ostler.testing.sentences import sentence

if TYPE_CHECKING:
    from ostler.testing.acting import Run
    from ostler.testing.harness import DriverHarness

LONG_SECONDS: Final = 60.0


class WritingTests:
    """Every byte arrives where it belongs."""

    @sentence(values.Task, "are opened for writing by whoever writes the task's output")
    def test_each_output_goes_where_it_belongs(self, harness: DriverHarness, run: Run) -> None:
        """Both streams arrive apart."""
        running = run(Act(stdout="out 1\nout 2\n", stderr="err\n"))
        assert running.stdout.shows(b"out 1\nout 2\n", harness.patience_seconds)
        assert running.stderr.shows(b"err\n", harness.patience_seconds)

    @sentence(values.Task, "All of it arrives, in order, however much it is.")
    def test_all_output_arrives_in_order(self, harness: DriverHarness, run: Run) -> None:
        """Compare the digests of as many numbers as fill 100 MB of each stream."""
        size = int(harness.scale.megabytes * 1_000_000)
        last = last_number(size)
        running = run(Act(numbers=last))
        digest = numbers_digest(last)
        running.end(LONG_SECONDS)
        assert running.stdout.reaches(size, harness.patience_seconds)
        assert running.stderr.reaches(size, harness.patience_seconds)
        assert (running.stdout.digest, running.stderr.digest) == (digest, digest)
