"""Read a source into a sink, whatever it is opened by, and take up again what was cut."""

from __future__ import annotations

import os
import resource
import stat
import time
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import unquote

from .failures import CutError, LocalTroubleError, RefusalError, TroubleError, explain
from .formats import MOST_MEMORY
from .guard import Guard
from .partial import Partial, Validator
from .streams import copy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .formats import Budget
    from .sink import Sink

_REMEDY: Final = "the operator adds it to allowed_paths in client { artifact { ... } }"
# A directory on the way is passed through and not read, which needs no right to read it.
_STEP: Final = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW
_TRIES: Final = 3
_PAUSE_SECONDS: Final = 0.3


class Reader(Protocol):
    """One way to read a source; a call is one try."""

    def read(self, sink: Sink, known: Validator, remember: Callable[[Validator], None]) -> None:
        """Read all, or what follows the bytes that ``sink`` has where ``known`` still holds."""


class Source:
    """Where an artifact comes from, and under which rules it is read."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._request = request
        self._links: list[dict[str, str]] = request["links"]
        self._stall_seconds: float = request["stall_seconds"]
        self.encoding = ""

    def read_into(self, sink: Sink, partial: Partial) -> None:
        """Read the last link of the source.  Raises RefusalError or TroubleError.

        After a failure that may pass it goes on where it was cut.  Three tries without a new byte end it.
        """
        reader = self._reader()
        furthest, tries = sink.received, 0
        while True:
            sink.begin()
            try:
                reader.read(sink, partial.validator(), partial.remember)
                break
            except Exception as error:
                reason = explain(error, max(furthest, sink.received), self._stall_seconds)
                if not isinstance(reason, TroubleError) or isinstance(reason, LocalTroubleError):
                    raise reason from error
                if isinstance(error, CutError) and error.restart:
                    sink.restart()
                tries = 0 if sink.received > furthest else tries + 1
                furthest = max(furthest, sink.received)
                if tries >= _TRIES:
                    raise reason from error
            time.sleep(_PAUSE_SECONDS * tries)
        self.encoding = getattr(reader, "encoding", "")

    def read_over(self, path: str, sink: Sink, budget: Budget) -> None:
        """Read a chain's first links, laid over the file at ``path`` that its last link was read into.

        What comes out of them is what an archive hides, and held to the same budget.
        """
        from .generic import Generic

        chain = "::".join([*(link["url"] for link in self._links[:-1]), f"file://{path}"])
        try:
            resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
            Generic(chain, {}, self._request, budget).read(sink, Validator(), _forget)
        except Exception as error:
            raise explain(error, sink.received, self._stall_seconds) from error

    @property
    def is_chain(self) -> bool:
        """Tell whether there is something to read over the last link."""
        return len(self._links) > 1

    def _reader(self) -> Reader:
        last = self._links[-1]
        if last["scheme"] == "file":
            return _File(unquote(last["url"].removeprefix("file://")), self._request["file_paths"])
        if last["scheme"] in {"http", "https"}:
            from .web import Web

            request = self._request
            return Web(
                last["url"],
                schemes=request["schemes"],
                headers=request["headers"],
                insecure=request["insecure"],
                stall_seconds=self._stall_seconds,
                netrc=request["netrc"],
                guard=Guard(request["hosts"], allow_private=request["allow_private"]),
                held=request["validator"],
            )
        from .generic import Generic

        return Generic(last["url"], self._request["storage_options"], self._request)


def _forget(_validator: Validator) -> None:
    """Remember nothing: what is read over a copy is read in one go."""


class _File:
    """A file of this machine.  Not by fsspec: the file that was checked is the one that has to be opened."""

    def __init__(self, path: str, allowed: list[str]) -> None:
        self._path = path
        self._allowed = allowed

    def read(self, sink: Sink, _known: Validator, remember: Callable[[Validator], None]) -> None:
        descriptor = _open_real(allowed_path(self._path, self._allowed))
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            sink.restart()
            remember(Validator())
            sink.total = os.fstat(descriptor).st_size
            copy(lambda view: file.readinto(view) or 0, sink)


def allowed_path(path: str, allowed: list[str]) -> str:
    """Return where a path really leads.  Raises RefusalError unless that is below an allowed path."""
    real = os.path.realpath(path)
    for directory in map(os.path.realpath, allowed):
        if real == directory or real.startswith(directory.rstrip("/") + "/"):
            return real
    shown = ", ".join(allowed) or "nowhere"
    msg = f"{real} is not below what the operator allows ({shown}); {_REMEDY}"
    raise RefusalError(msg)


def _open_real(path: str) -> int:
    """Open a regular file without following a link on the way."""
    current = os.open("/", _STEP)
    try:
        *steps, last = path.strip("/").split("/")
        for step in steps:
            inner = os.open(step, _STEP, dir_fd=current)
            os.close(current)
            current = inner
        file = os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=current)
    except OSError as error:
        error.filename = path
        raise
    finally:
        os.close(current)
    kind = os.fstat(file).st_mode
    if not stat.S_ISREG(kind):
        os.close(file)
        msg = "is a directory; name a file or an archive" if stat.S_ISDIR(kind) else "is no regular file"
        raise RefusalError(msg)
    return file
