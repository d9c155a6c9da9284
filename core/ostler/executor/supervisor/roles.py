"""The roles that parts of a supervisor play for one another; only type checkers import this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from ostler.executor.supervisor.segments import Segments
    from ostler.executor.supervisor.task import Task

    Reply = Callable[[dict[str, Any]], None]


class Backend(Protocol):
    """What starts and ends processes: the one for Linux, or the portable one."""

    def launch(self, task: Task, order: dict[str, Any], done: Reply) -> None:
        """Start, and say which process it is; ``done`` gets an empty dict or ``failed``."""

    def adopt(self, task: Task) -> bool:
        """Take up a task that an earlier supervisor started; False when it is not running."""

    def signal(self, task: Task, number: int) -> None:
        """Send a signal to the main process."""

    def wake(self, task: Task) -> None:
        """Have a task that was stopped or frozen go on."""

    def kill(self, task: Task) -> None:
        """Kill the whole tree."""

    def stuck(self, task: Task) -> str:
        """Say what is in the way of the end of a task that was killed."""

    def stats(self, task: Task) -> dict[str, Any]:
        """Measure."""

    def holders(self, task: Task) -> list[str]:
        """Name the directories that list what its processes have open, where there are any."""

    def discard(self, task: Task) -> None:
        """Remove what a failed launch left, or a supervisor that died over an end."""

    def process(self, task: Task) -> dict[str, int] | None:
        """Give the process that stood for a task by its own account; None when the command never ran."""

    def lost(self, task: Task) -> str:
        """Say why the end of a task is not known."""

    def oom_kills(self, task: Task) -> int:
        """Give the number of its processes that were killed for memory."""

    def clean(self, task: Task, done: Callable[[], None]) -> None:
        """Remove what is left once it has ended, and call ``done`` when it is gone, or does not go soon."""


class Meters(Protocol):
    """What holds tasks to their output and their disk."""

    def prepare(self, task: Task) -> None:
        """Take note of what is there before a task is."""

    def uncounted(self, task: Task) -> str:
        """Name an output that is to be limited and can't be counted."""

    def begin(self, task: Task) -> None:
        """Begin to hold a task."""

    def end(self, task: Task) -> None:
        """Hold it no more."""

    def stats(self, task: Task) -> dict[str, Any]:
        """Give what is known of its output and disk."""


class Pump(Protocol):
    """What moves bytes: the module for Linux, or the plain one."""

    def widen(self, pipe: int) -> None:
        """Make the pipe hold more."""

    def fill(self, pipe: int, target: int, offset: int, count: int) -> int:
        """Move from a pipe to a file."""

    def holds(self, pipe: int) -> bool:
        """Tell whether something was taken from a pipe and could not be written yet."""

    def forget(self, pipe: int) -> None:
        """Throw away what was taken from a pipe and could not be written."""

    def feed(self, connection: int, source: int, offset: int, count: int) -> int:
        """Move from a file to a socket."""

    def punch(self, file: int, end: int) -> None:
        """Free the disk of the first bytes of a file, where that can be done."""


class Intake(Protocol):
    """Where the bytes of a log come from."""

    lazy: bool
    """Whether nothing has to be taken while nobody cares."""
    keeps: bool
    """Whether what was taken can be taken again."""
    most_at_the_end: int

    @property
    def deserted(self) -> bool:
        """Whether what the task writes to was removed."""

    def open(self) -> None:
        """Make what the task writes to."""

    def resume(self, ready: Callable[[], None]) -> None:
        """Call back when there may be something to take."""

    def pause(self) -> None:
        """Call back no more."""

    def rest(self, moved: int, ready: Callable[[], None]) -> None:
        """Call back a little later, after ``moved`` bytes were taken."""

    def rest_long(self, ready: Callable[[], None]) -> None:
        """Call back when the disk may have room again."""

    def empty(self, taken: int) -> bool:
        """Tell whether there is surely nothing to take now, ``taken`` bytes having been moved before."""

    def take(self, target: int, offset: int, count: int, taken: int) -> int:
        """Move bytes to a file, ``taken`` having been moved before; BlockingIOError where there are none."""

    def look_again(self) -> None:
        """Make sure that the last byte is seen."""

    def close(self) -> None:
        """Remove what the task wrote to."""


class Source(Protocol):
    """The log that is followed."""

    segments: Segments

    @property
    def collecting(self) -> bool:
        """Whether more bytes may come."""

    def advanced(self) -> None:
        """Hear that a follower has got further."""
