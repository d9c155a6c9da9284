"""What a task reads and writes, and where it arrives."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import pytest
from attrs import evolve

from ostler.drivers import values
from ostler.testing.act import Act
from ostler.testing.numbers import last_number, numbers_digest
from ostler.testing.sentences import sentence

if TYPE_CHECKING:
    from ostler.testing.acting import Run
    from ostler.testing.harness import DriverHarness

LONG_SECONDS: Final = 60.0
INPUT: Final = bytes(range(256)) * 64  # less than a FIFO holds


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

    @sentence(values.Task, "Where they declare ``stdin``, the task reads ``stdin_path`` to its end")
    def test_a_task_reads_its_input(self, harness: DriverHarness, run: Run) -> None:
        """It writes back all that stood in a FIFO, whose writer then leaves."""
        if not harness.capabilities.stdin:
            pytest.skip(f"driver {harness.name!r} does not declare the capability `stdin`")
        running = run.prepare(Act(echo=True))
        given = harness.directory / "given"
        os.mkfifo(given)
        writer = os.open(given, os.O_RDWR)
        try:
            os.write(writer, INPUT)
            running.task = evolve(running.task, stdin_path=str(given))
            running.start()
        finally:
            os.close(writer)
        assert running.stdout.shows(INPUT, harness.patience_seconds)
