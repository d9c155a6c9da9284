from __future__ import annotations

import os
import time
from functools import partial

from ostler.executor.supervisor.loop import READ, Loop


def readable() -> int:
    """Give the reading end of a pipe that holds a byte."""
    reading, writing = os.pipe()
    os.write(writing, b"x")
    os.close(writing)
    return reading


class Round:
    """Four descriptors that are ready at once; whichever is called first changes the others."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.called: list[str] = []
        self.pipes = [readable() for _ in range(4)]
        for pipe in self.pipes:
            self.loop.watch(pipe, READ, partial(self.first, pipe))

    def first(self, own: int, _: int) -> None:
        self.called.append("first")
        changed, unwatched, closed = (pipe for pipe in self.pipes if pipe != own)
        self.loop.watch(changed, READ, partial(self.once, "changed", changed))
        self.loop.unwatch(unwatched)
        self.loop.unwatch(closed)
        os.close(closed)
        os.dup2(own, closed)
        self.loop.watch(closed, READ, partial(self.once, "another", closed))
        self.loop.unwatch(own)
        self.loop.after(0.05, self.loop.stop)

    def once(self, name: str, pipe: int, _: int) -> None:
        self.called.append(name)
        self.loop.unwatch(pipe)


def test_a_callback_that_was_changed_or_lost_its_descriptor_is_not_called() -> None:
    played = Round()
    played.loop.run()
    for pipe in played.pipes:
        os.close(pipe)
    assert played.called[0] == "first"
    assert sorted(played.called[1:]) == ["another", "changed"]


def test_work_that_never_runs_out_keeps_no_source_waiting() -> None:
    loop, pipe, turns = Loop(), readable(), list[int]()

    def toil(number: int) -> None:
        turns.append(number)
        time.sleep(0.002)  # longer than is worked between two looks at who asks for something
        loop.after(0.0, lambda: loop.work(partial(toil, number)))

    def found() -> None:
        loop.rest_from(pipe)
        loop.stop()

    for number in range(3):
        loop.work(partial(toil, number))
    loop.work_on(pipe, found)
    loop.after(0.5, loop.stop)
    loop.run()
    os.close(pipe)
    assert len(turns) < 10
