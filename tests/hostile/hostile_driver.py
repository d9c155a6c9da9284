"""A driver that misbehaves in one place; also a module of its own, which HOSTILE=PLACE:DEED makes do it."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
import threading
import time
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from attrs import field, frozen

from ostler import RecoverableError, RefusedError, hookimpl
from ostler.drivers import (
    Capabilities,
    Duration,
    Ended,
    Exit,
    Fingerprint,
    Health,
    TaskHandle,
    TaskStatus,
    setting,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ostler.drivers import DriverContext, StopRequest, Task

WELL: Final = object()
RELEASE: Final = threading.Event()  # ends what hangs, so that no test leaves a thread behind
MANY: Final = 10**6


class Odd(BaseException):
    """Neither an Exception nor one of Python's own."""


class Mute(Exception):  # noqa: N818
    """Can't be told."""

    def __str__(self) -> NoReturn:
        raise Odd

    __repr__ = __str__


class WorldError(Exception):
    """Holds more than it says."""

    def __init__(self, world: bytearray) -> None:
        super().__init__("holds the world")
        self.world = world


class MuteRefusedError(RefusedError):
    """Can't be told either, and is an answer."""

    def __str__(self) -> NoReturn:
        raise Odd


class Untold:
    """An answer that can neither be shown nor compared."""

    def __repr__(self) -> NoReturn:
        raise Odd

    def __eq__(self, other: object) -> NoReturn:
        raise Odd

    __hash__ = None  # type: ignore[assignment]


class Wordy:
    """An answer whose repr is large."""

    def __repr__(self) -> str:
        return "word\n" * MANY


class Liar:
    """Says that it is whatever it is asked for."""

    __class__ = property(lambda self: TaskHandle)


def hang() -> object:
    RELEASE.wait(60)
    return WELL


def sleep() -> object:
    time.sleep(0.3)
    return WELL


def chatter() -> object:
    print("printed by a driver")  # noqa: T201 - on purpose
    sys.stdout.write("written by a driver\n")
    sys.stdout.flush()
    os.system("echo echoed by a child of a driver")  # noqa: S605
    os.write(1, b"put on descriptor 1 by a driver\n")
    return WELL


def fork() -> object:
    if os.fork():
        os.wait()
    return WELL


def meddle() -> object:
    """Change what belongs to all that runs in the process."""
    os.chdir("/")
    os.umask(0o007)
    os.environ["MEDDLED"] = "yes"
    os.environ["LANG"] = "tlh"
    return WELL


def handle_signals() -> object:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return WELL


def stay() -> object:
    """Leave a thread behind that keeps the interpreter from ending."""
    threading.Thread(target=hang, name="left-behind", daemon=False).start()
    return WELL


def close_descriptors() -> object:
    for number in range(3):
        os.close(number)
    return WELL


def take_descriptors() -> object:
    """Close them, and let files take their numbers at once, as those of another thread may."""
    for number in range(3):
        os.close(number)
        os.open(__file__, os.O_RDONLY)
    return WELL


def at_the_gate() -> bool:
    """Wait until the test has made the file that GATE names."""
    while not Path(os.environ["GATE"]).exists():
        time.sleep(0.01)
    return True


def kill() -> object:
    at_the_gate()
    os.kill(os.getpid(), signal.SIGKILL)
    return WELL


def raising(error: Callable[[], BaseException]) -> Callable[[], NoReturn]:
    def misdeed() -> NoReturn:
        raise error()

    return misdeed


def recurse() -> object:
    return recurse()


def world() -> NoReturn:
    raise WorldError(bytearray(MANY))


RAISES: Final[dict[str, Callable[[], object]]] = {
    "raise": raising(lambda: ValueError("boom")),
    "exit": raising(lambda: SystemExit(3)),
    "interrupt": raising(KeyboardInterrupt),
    "generator-exit": raising(GeneratorExit),
    "cancelled": raising(asyncio.CancelledError),
    "stop-iteration": raising(StopIteration),
    "odd": raising(Odd),
    "group": raising(lambda: BaseExceptionGroup("many", [KeyboardInterrupt(), ValueError("one")])),
    "mute": raising(Mute),
    "long": raising(lambda: ValueError("x" * MANY)),
    "bytes": raising(lambda: ValueError(b"x" * MANY)),
    "memory": raising(MemoryError),
    "recurse": recurse,
    "world": world,
}
ANSWERS: Final[dict[str, Callable[[], object]]] = {
    "refusal-mute": raising(MuteRefusedError),
    "refusal-long": raising(lambda: RefusedError("x" * MANY)),
    "recoverable-mute": raising(type("Mute", (RecoverableError, Mute), {})),
}
RUBBISH: Final[dict[str, Callable[[], object]]] = {
    "number": lambda: 42,
    "text": lambda: "healthy",
    "class": lambda: TaskHandle,
    "untold": Untold,
    "wordy": Wordy,
    "liar": Liar,
    "long-bytes": lambda: b"x" * MANY,
    "deep": lambda: [[[[[[["deep"]]]]]]],
    "endless": lambda: {str(number): number for number in range(MANY // 10)},
}
DEEDS: Final[dict[str, Callable[[], object]]] = {
    **RAISES,
    **ANSWERS,
    **RUBBISH,
    "hang": hang,
    "slow": sleep,
    "print": chatter,
    "fork": fork,
    "meddle": meddle,
    "signals": handle_signals,
    "thread": stay,
    "close": close_descriptors,
    "take": take_descriptors,
    "leave": lambda: at_the_gate() and os._exit(3),
    "kill": kill,
    "segfault": lambda: at_the_gate() and ctypes.string_at(0),
    "hold-the-gil": lambda: at_the_gate() and ctypes.PyDLL(None).pause(),
}


@frozen
class Nothing:
    """No settings."""


@frozen(kw_only=True)
class Lasts:
    """How long the task lasts; what is written here is one of the driver's own functions."""

    seconds: Duration = setting(default=Duration(0.0), help="How long.")


class Sound:
    """A driver as it should be: its tasks are only deadlines."""

    settings = Nothing
    task_settings = Lasts

    def __init__(self, context: DriverContext) -> None:
        self.name = context.name
        self.ends: dict[str, float] = {}

    @hookimpl
    def fingerprint(self) -> object:
        return Fingerprint(health=Health.HEALTHY)

    @hookimpl
    def validate(self, task: Task) -> object:
        return None

    @hookimpl
    def start(self, task: Task) -> object:
        self.ends[task.id] = time.monotonic() + task.config.seconds
        return TaskHandle(task_id=task.id, driver=self.name)

    @hookimpl
    def stop(self, handle: TaskHandle, request: StopRequest) -> object:
        self.ends[handle.task_id] = 0.0
        return None

    @hookimpl
    def wait(self, handles: Sequence[TaskHandle], timeout_seconds: float) -> object:
        time.sleep(min(0.02, timeout_seconds))
        now = time.monotonic()
        return [
            Ended(each.task_id, Exit(code=0)) for each in handles if self.ends.get(each.task_id, now) <= now
        ]

    @hookimpl
    def recover(self, handle: TaskHandle) -> object:
        self.ends[handle.task_id] = time.monotonic() + 60
        return handle

    @hookimpl
    def inspect(self, handle: TaskHandle) -> object:
        return TaskStatus(running=True)

    @hookimpl
    def destroy(self, handle: TaskHandle) -> object:
        self.ends.pop(handle.task_id, None)
        return None

    @hookimpl
    def close(self) -> object:
        return None


def hostile(place: str, deed: str | Callable[[], object]) -> type[Sound]:
    """Make a driver that does ``deed`` in ``place``, and is sound elsewhere."""
    act = DEEDS[deed] if isinstance(deed, str) else deed
    return type("Hostile", (Sound,), _members(place, act))


def _members(place: str, act: Callable[[], object]) -> dict[str, Any]:
    def constructor(self: Sound, context: DriverContext) -> None:
        Sound.__init__(self, context)
        act()

    def declared(self: Sound) -> object:
        done = act()
        return Capabilities() if done is WELL else done

    if place == "constructor":
        return {"__init__": constructor}
    if place == "capabilities":
        return {"capabilities": property(declared)}
    if place in {"settings", "task_settings"}:
        return {place: _settings(act)}
    return {place: _hook(getattr(Sound, place), act)}


def _hook(sound: Callable[..., object], act: Callable[[], object]) -> Callable[..., object]:
    @wraps(sound)
    def hook(*args: object) -> object:
        done = act()
        return sound(*args) if done is WELL else done

    return hook


def _settings(act: Callable[[], object]) -> type[Any]:
    def check(self: object, attribute: object, value: object) -> None:
        act()

    seconds: Any = field(default=Duration(0.0), validator=check, metadata=_metadata())
    return frozen(
        type("Settings", (), {"seconds": seconds, "__annotations__": {"seconds": Duration}}), kw_only=True
    )


def _metadata() -> dict[str, Any]:
    import attrs

    return dict(attrs.fields(Lasts).seconds.metadata)


PLACE, _, DEED = os.environ.get("HOSTILE", "").partition(":")
if PLACE == "import":
    DEEDS[DEED]()
Installed = hostile(PLACE, DEED) if PLACE not in {"", "import"} else Sound
