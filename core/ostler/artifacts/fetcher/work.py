"""The fetcher's work from request to answer: read, check, unpack, place."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from .channel import Progress, read_request, send, send_error
from .download import Download
from .failures import RefusalError, TroubleError, explain_local
from .formats import BadStreamError, Budget, Counted, decompressed
from .guard import Guard
from .places import DIRECTORY, Place, entry_type, give, names, staging
from .unpacking import AS_IT_IS, Limits, unpack
from .watch import watch

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNDECIDED_SECONDS: Final = 30.0
_BLOCK: Final = 1024 * 1024
_FILE: Final = "file"
_TREE: Final = "tree"
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


def main() -> int:
    """Do what stdin asks; the answer is an event, the exit status says it again."""
    os.umask(0o022)
    request = read_request()
    sys.path += [path for path in request["module_paths"] if path not in sys.path]
    Guard(request["hosts"], allow_private=request["allow_private"], exempt=_proxies()).install()
    fetch = Fetch(request)
    watch(fetch.stalled)
    try:
        fetch.run()
    except RefusalError as error:
        return _fail("refused", error)
    except TroubleError as error:
        return _fail("recoverable", error)
    except OSError as error:
        reason = explain_local(error)
        return _fail("refused" if isinstance(reason, RefusalError) else "recoverable", reason)
    send(event="done")
    return 0


def _proxies() -> frozenset[str]:
    """Return the hosts of the proxies that the environment names."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return frozenset()
    from .proxies import hosts

    return frozenset(hosts())


def _fail(kind: str, error: Exception) -> int:
    send_error(kind, str(error))
    return 1


class Fetch:
    """One artifact on its way from the source to its place."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._request = request
        self._progress = Progress(request["label"])
        self._download = Download(request, self._progress)
        owner = request["owner"]
        self._owner = (owner[0], owner[1]) if owner else None

    def stalled(self) -> float:
        """Return for how many seconds longer than allowed no byte has come."""
        sink = self._download.reading
        if sink is None:
            return 0.0
        # the source's own time-out goes first, and names the reason better
        allowed: float = self._request["stall_seconds"] + _UNDECIDED_SECONDS
        return time.monotonic() - sink.touched - allowed

    def run(self) -> None:
        """Fetch.  On failure nothing is left at the destination, nor beside it."""
        request = self._request
        tree = request["kind"] == "tree"
        place = Place(request["root"], request["steps"], self._owner)
        place.descend(len(place.missing) - (not tree))
        send(event="staging", steps=place.reached)
        with staging(place.existing, request["staging"]) as stage:
            self._prepare(stage)
            if tree:
                place.put_tree(stage, _TREE)
                return
            self._finish_file(stage)
            place.put_file(stage, _FILE)

    def _prepare(self, stage: int) -> None:
        with self._download.whole() as whole:
            if not self._request["archive"]:
                _move(whole.path, stage)
                return
            with whole.opened() as file:
                if self._request["kind"] == "compressed":
                    self._decompress(file, stage)
                else:
                    self._unpack(file, stage)

    def _decompress(self, file: IO[bytes], stage: int) -> None:
        request = self._request
        budget = Budget(
            os.fstat(file.fileno()).st_size,
            max_bytes=request["max_unpacked_bytes"],
            max_ratio=request["max_ratio"],
        )
        stream = Counted(decompressed(request["archive"], file), budget)
        with os.fdopen(os.open(_FILE, _NEW, 0o600, dir_fd=stage), "wb") as staged:
            try:
                shutil.copyfileobj(stream, staged, _BLOCK)
            except BadStreamError as error:
                msg = f"can't be read as {request['archive']}: {error}; {AS_IT_IS}"
                raise RefusalError(msg) from error
            staged.flush()
            os.fsync(staged.fileno())

    def _unpack(self, file: IO[bytes], stage: int) -> None:
        request = self._request
        os.mkdir(_TREE, 0o755, dir_fd=stage)
        tree = os.open(_TREE, DIRECTORY, dir_fd=stage)
        give(tree, self._owner)
        limits = Limits(request["max_files"], request["max_unpacked_bytes"], request["max_ratio"])
        unpack(request["archive"], file, tree, limits, self._owner, self._progress)
        if request["kind"] == "single":
            _take_only_file(tree, stage)

    def _finish_file(self, stage: int) -> None:
        file = os.open(_FILE, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=stage)
        give(file, self._owner)
        os.fchmod(file, 0o755 if self._request["executable"] else 0o644)
        os.close(file)


def _move(path: str, stage: int) -> None:
    """Take the whole file into the stage, by a copy where that lies on another file system."""
    try:
        os.rename(path, _FILE, dst_dir_fd=stage)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with (
            Path(path).open("rb") as whole,
            os.fdopen(os.open(_FILE, _NEW, 0o600, dir_fd=stage), "wb") as staged,
        ):
            shutil.copyfileobj(whole, staged, _BLOCK)
            staged.flush()
            os.fsync(staged.fileno())


def _take_only_file(tree: int, stage: int) -> None:
    found = names(tree)
    if len(found) != 1 or entry_type(tree, found[0]) != stat.S_IFREG:
        msg = f"holds {len(found)} entries, and mode = file needs one; {AS_IT_IS}, or mode = any to unpack it"
        raise RefusalError(msg)
    os.rename(found[0], _FILE, src_dir_fd=tree, dst_dir_fd=stage)
