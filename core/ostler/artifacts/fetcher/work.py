"""The fetcher's work from request to answer: read, check, unpack, place."""

from __future__ import annotations

import os
import stat
import sys
import time
from contextlib import closing
from typing import IO, TYPE_CHECKING, Any, Final

from .channel import Progress, read_request, send, send_error
from .failures import RefusalError, TroubleError, explain_local
from .formats import BadStreamError, Budget, Counted, decompressed
from .opening import Source
from .places import DIRECTORY, Place, entry_type, give, names, staging
from .sink import Sink
from .unpacking import AS_IT_IS, Limits, unpack
from .watch import watch

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNDECIDED_SECONDS: Final = 30.0
_BLOCK: Final = 1024 * 1024
_FILE: Final = "file"
_TREE: Final = "tree"
_ARCHIVE: Final = "archive"
_INNER: Final = "inner"


def main() -> int:
    """Do what stdin asks; the answer is an event, the exit status says it again."""
    os.umask(0o022)
    request = read_request()
    sys.path += [path for path in request["module_paths"] if path not in sys.path]
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


def _fail(kind: str, error: Exception) -> int:
    send_error(kind, str(error))
    return 1


class Fetch:
    """One artifact on its way from the source to its place."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._request = request
        self._progress = Progress(request["label"])
        self._reading: Sink | None = None
        owner = request["owner"]
        self._owner = (owner[0], owner[1]) if owner else None

    def stalled(self) -> float:
        """Return for how many seconds longer than allowed no byte has come."""
        sink = self._reading
        if sink is None:
            return 0.0
        # aiohttp's own time-out goes first, and names the reason better
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
        archive = self._request["archive"]
        if not archive:
            self._download(_FILE, stage)
            return
        scratch = os.open(self._request["scratch"], DIRECTORY)
        self._download(_ARCHIVE, scratch)
        with os.fdopen(os.open(_ARCHIVE, os.O_RDONLY, dir_fd=scratch), "rb") as file:
            if self._request["kind"] == "compressed":
                self._decompress(file, stage)
            else:
                self._unpack(file, stage)

    def _download(self, name: str, directory: int) -> None:
        algorithm, expected = self._request["checksum"] or ("", "")
        with closing(self._sink(name, directory, algorithm)) as sink:
            self._reading = sink
            Source(self._request).read_into(sink, self._inner)
            self._reading = None
            sink.verify(expected)
            sink.flush_to_disk()

    def _inner(self) -> tuple[Sink, str]:
        scratch = self._request["scratch"]
        sink = self._sink(_INNER, os.open(scratch, DIRECTORY), "")
        self._reading = sink
        return sink, f"{scratch}/{_INNER}"

    def _sink(self, name: str, directory: int, algorithm: str) -> Sink:
        most = self._request["max_size_bytes"]
        return Sink(name, directory, self._progress, algorithm=algorithm, max_bytes=most)

    def _decompress(self, file: IO[bytes], stage: int) -> None:
        request = self._request
        budget = Budget(
            os.fstat(file.fileno()).st_size,
            max_bytes=request["max_unpacked_bytes"],
            max_ratio=request["max_ratio"],
        )
        stream = Counted(decompressed(request["archive"], file), budget)
        with closing(Sink(_FILE, stage, self._progress, algorithm="", max_bytes=0)) as sink:
            try:
                while block := stream.read(_BLOCK):
                    sink.write(block)
            except BadStreamError as error:
                msg = f"can't be read as {request['archive']}: {error}; {AS_IT_IS}"
                raise RefusalError(msg) from error
            sink.flush_to_disk()

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


def _take_only_file(tree: int, stage: int) -> None:
    found = names(tree)
    if len(found) != 1 or entry_type(tree, found[0]) != stat.S_IFREG:
        msg = f"holds {len(found)} entries, and mode = file needs one; {AS_IT_IS}, or mode = any to unpack it"
        raise RefusalError(msg)
    os.rename(found[0], _FILE, src_dir_fd=tree, dst_dir_fd=stage)
