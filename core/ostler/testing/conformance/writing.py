"""What a task writes, and where it arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.drivers import values
from ostler.testing.act import Act
from ostler.testing.numbers import last_number, numbers_digest
from ostler.testing.sentences import sentence

if TYPE_CHECKING:
    from ostler.testing.acting import Run
    from ostler.testing.harness import DriverHarness


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
        last = last_number(harness.megabytes * 1_000_000)
        running = run(Act(numbers=last))
        digest = numbers_digest(last)
        assert running.end(60) is not None
        assert running.output_closed(10)
        assert (running.stdout.digest, running.stderr.digest) == (digest, digest)
