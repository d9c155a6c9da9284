"""The way to a supervisor over its lives: a link now, and a new one when the supervisor is gone."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

from ostler.errors import RecoverableError, RefusedError
from ostler.executor.connection.link import Link

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

_log = logging.getLogger(__name__)

_ATTEMPTS = 10
_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 1.0
_INSISTENCE_SECONDS = 10.0


class Session:
    """Ask the supervisor of a directory, whichever it is at the time.

    ``heard`` gets its news.  ``mend`` is called on a thread of the session's after a supervisor was lost:
    it takes up with the next one what the lost one was asked.  It is called again when another one was lost
    meanwhile, and for anything it raises but RefusedError; ``given_up`` is called when that doesn't help.
    """

    def __init__(
        self,
        directory: str,
        kind: str,
        *,
        heard: Callable[[dict[str, Any]], None],
        mend: Callable[[], None],
        given_up: Callable[[], None],
    ) -> None:
        self._directory = directory
        self._kind = kind
        self._heard = heard
        self._mend = mend
        self._given_up = given_up
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._link: Link | None = None
        self._mending: threading.Thread | None = None
        self._preparing: threading.Thread | None = None
        self._losses = 0
        self._closed = False

    def refuse_forked(self) -> None:
        """Raise RefusedError in a fork, which has no reader and would take the answers of its parent's."""
        if os.getpid() != self._process:
            msg = f"this executor is that of process {self._process}: what it forks makes one of its own"
            raise RefusedError(msg)

    def call(self, do: str, descriptors: Sequence[int] = (), /, **fields: object) -> dict[str, Any]:
        """Ask once; raises RecoverableError when the supervisor is lost over it."""
        return self._connected().call(do, descriptors, **fields)

    def insist(self, do: str, **fields: object) -> dict[str, Any]:
        """Ask what may be asked twice: again, and for some seconds, while supervisors are lost over it."""
        return self.persist(lambda: self.call(do, **fields))

    def persist(self, ask: Callable[[], T]) -> T:
        """Carry out what only asks and may do so twice, in the same way."""
        deadline = time.monotonic() + _INSISTENCE_SECONDS
        while True:
            try:
                return ask()
            except RecoverableError:
                if self._closed or time.monotonic() >= deadline:
                    raise
            time.sleep(_PAUSE_SECONDS)

    def prepare(self) -> None:
        """Begin to connect on a thread of the session's; what goes wrong is told to who asks first."""
        with self._lock:
            if self._closed or self._link is not None or self._preparing is not None:
                return
            self._preparing = threading.Thread(
                target=self._connect_early, name="ostler-executor connecting", daemon=True
            )
            self._preparing.start()

    def close(self) -> None:
        """Take leave, hang up, join the threads; in a fork leave them to whose they are."""
        if os.getpid() != self._process:
            return
        if self._preparing is not None:
            self._preparing.join()
        with self._lock:
            self._closed = True
            link, self._link = self._link, None
            mending = self._mending
        if link is not None:
            link.leave()
        if mending is not None and mending is not threading.current_thread():
            mending.join()

    def _connect_early(self) -> None:
        try:
            self._connected()
        except (RecoverableError, RefusedError):
            return

    def _connected(self) -> Link:
        self.refuse_forked()
        with self._lock:
            if self._closed:
                msg = "the executor is closed"
                raise RecoverableError(msg)
            if self._link is None or self._link.over:
                self._link = Link(self._directory, self._kind, self._heard, self._broken)
            return self._link

    def _broken(self, _: Link) -> None:
        with self._lock:
            self._losses += 1
            if self._closed or self._mending is not None:
                return
            mending = threading.Thread(target=self._take_up, name="ostler-executor mending", daemon=True)
            mending.start()
            self._mending = mending

    def _take_up(self) -> None:
        failures = 0
        while failures < _ATTEMPTS:
            if self._closed:
                return
            losses = self._losses
            try:
                self._mend()
            except RefusedError:
                break
            except Exception as error:  # noqa: BLE001 - whoever waits for an end would do so for ever
                if not isinstance(error, RecoverableError):
                    _log.exception("what the supervisor of %s was asked is not taken up yet", self._directory)
                time.sleep(min(_PAUSE_SECONDS * 2**failures, _LONGEST_PAUSE_SECONDS))
                failures += 1
                continue
            if self._mended(losses):
                return
            failures = 0  # one did answer, and the next may die of the same
            time.sleep(_PAUSE_SECONDS)
        with self._lock:
            self._mending = None
        if not self._closed:
            self._given_up()

    def _mended(self, losses: int) -> bool:
        """Tell whether no further supervisor was lost meanwhile: what it was asked, the next one was not."""
        with self._lock:
            if self._losses != losses:
                return False
            self._mending = None
            return True
