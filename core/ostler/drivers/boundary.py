"""The boundary to a driver's code: what it raises becomes a sentence, and a child that it forks ends here."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Final

from ostler.drivers.shown import said, shown
from ostler.errors import DriverError, MistakeError, OstlerError, RecoverableError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Never

MOST_CHARACTERS: Final = 4000
FAULT: Final = 125
STDERR: Final = 2
ANSWERS: Final = (RefusedError, RecoverableError)


class Contained:
    """A block that runs code of ``driver``, for ``what``: the name of a hook, ``import``, and so on.

    What is raised within becomes what ``explain`` makes of it; by default a `DriverError` that names
    driver and hook, save that `RefusedError` and `RecoverableError` are a hook's answers and go on.  So does,
    on the main thread, what a handler of signals may have raised there, such as KeyboardInterrupt; on any
    other thread nobody but the driver can have raised it.
    """

    def __init__(
        self,
        driver: str,
        what: str,
        explain: Callable[[BaseException], OstlerError] | None = None,
        *,
        noun: str = "driver",
    ) -> None:
        self._noun, self._driver, self._what = noun, driver, what
        self._explain = explain

    def __enter__(self) -> None:
        self._pid = os.getpid()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if os.getpid() != self._pid:
            _end_child(f"{self._noun} {self._driver!r} forked in {self._what}")
        if error is None or _of_a_signal(error):
            return
        told = self._told(error)
        if told is not error:
            raise told from error

    def _told(self, error: BaseException) -> BaseException:
        kind = type(error)
        if self._explain is not None and not issubclass(kind, DriverError | MistakeError):
            return self._explain(error)
        if not issubclass(kind, OstlerError):
            return DriverError(f"driver {self._driver!r} raised in {self._what}: {shown(error)}")
        text = said(error)
        if kind.__module__.startswith("ostler.") and len(text) <= MOST_CHARACTERS:
            return error
        like = next((each for each in ANSWERS if issubclass(kind, each)), DriverError)
        return like(f"driver {self._driver!r} in {self._what}: {text[:MOST_CHARACTERS]}")


def _of_a_signal(error: BaseException) -> bool:
    outside = not issubclass(type(error), Exception | SystemExit)
    return outside and threading.current_thread() is threading.main_thread()


def _end_child(what: str) -> Never:
    """End a process that is a copy of the host, before it takes itself for it."""
    words = f"{what}, and the child came back from there; the child was ended\n"
    try:
        os.write(STDERR, words.encode("utf-8", "backslashreplace"))
    finally:
        os._exit(FAULT)
