"""The fetcher's work from request to answer: read, check, unpack.

It works in directories that its starter made for it and that no task can reach.  ``content`` names the
directory in which what the source gives becomes ``item``; empty, ``have`` names a file that holds it
already.  Where both are given, the source is asked whether ``have``, which ``validator`` stands for, is
still what it gives.  ``product`` names the directory in which ``item`` is made of an archive; ``made``
says that this was done of ``have`` before.  Putting things where a task sees them is the starter's part.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import resource
import shutil
import stat
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from .channel import Progress, keep_stdout, read_request, send
from .confining import confine
from .directories import DIGESTS, DIRECTORY, ITEM, clear, entry_type, names
from .download import Download
from .failures import LocalTroubleError, RefusalError, TroubleError, UnchangedError, explain_local
from .formats import MOST_MEMORY, BadStreamError, Budget, Counted, decompressed
from .guard import Guard
from .picking import pick
from .redaction import hidden
from .unpacking import AS_IT_IS, Limits, unpack
from .watch import watch

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNDECIDED_SECONDS: Final = 30.0
_BLOCK: Final = 1024 * 1024
_TREE: Final = "tree"
_PART: Final = "part"
_NEW: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


def main() -> int:
    """Do what stdin asks; the answer is an event, the exit status says it again."""
    os.umask(0o022)
    keep_stdout()
    request = read_request()
    if request["lock"] >= 0:
        os.set_inheritable(request["lock"], False)  # noqa: FBT003 - what it starts may outlive it
    sys.path += [path for path in request["module_paths"] if path not in sys.path]
    confine(request)
    guard = Guard(request["hosts"], allow_private=request["allow_private"], exempt=_proxies())
    guard.install()
    fetch = Fetch(request, guard)
    watch(fetch.stalled)
    try:
        fetch.run()
    except RefusalError as error:
        return _fail("refused", str(error), error.key, request)
    except LocalTroubleError as error:
        return _lacking(error, request)
    except TroubleError as error:
        return _fail("recoverable", str(error), error.key, request)
    except OSError as error:
        reason = explain_local(error)
        if isinstance(reason, LocalTroubleError):
            return _lacking(reason, request)
        return _fail("refused", str(reason), "", request)
    send(event="done")
    return 0


def _proxies() -> frozenset[str]:
    """Return the hosts of the proxies that the environment names."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return frozenset()
    from .proxies import hosts

    return frozenset(hosts())


def _lacking(error: LocalTroubleError, request: Mapping[str, Any]) -> int:
    written = [request[name] for name in ("content", "product", "scratch") if request[name]]
    return _fail("recoverable", error.at(written), error.key, request)


def _fail(kind: str, text: str, key: str, request: Mapping[str, Any]) -> int:
    send(event="error", kind=kind, text=hidden(text, request["secrets"]), key=key)
    return 1


class Fetch:
    """One artifact on its way from the source to what a task wants of it."""

    def __init__(self, request: Mapping[str, Any], guard: Guard) -> None:
        self._request = request
        self._guard = guard
        self._progress = Progress(request["label"])
        self._download = Download(request, self._progress)

    def stalled(self) -> float:
        """Return for how many seconds longer than allowed no byte has come."""
        sink = self._download.reading
        if sink is None:
            return 0.0
        # the source's own time-out goes first, and names the reason better
        allowed: float = self._request["stall_seconds"] + _UNDECIDED_SECONDS
        return time.monotonic() - sink.touched - allowed

    def run(self) -> None:
        """Fetch, and unpack where the request says so."""
        request = self._request
        content, product = f"{request['content']}/{ITEM}", request["product"]
        if not request["content"]:
            content = request["have"]
        elif not self._is_downloaded():
            content, product = request["have"], "" if request["made"] else product
        if product:
            with Path(content).open("rb") as file:
                self._make(file, Path(product))

    def _is_downloaded(self) -> bool:
        """Download, unless the source still has what its validator stands for."""
        if self._request["git"]:
            self._clone()
            return True
        target, download = f"{self._request['content']}/{ITEM}", self._download
        try:
            with download.whole() as whole:
                os.fchmod(whole.descriptor, 0o644)
                _move(whole.path, target)
        except UnchangedError:
            send(event="content", unchanged=True)
            return False
        send(
            event="content",
            algorithm=download.algorithm,
            digest=download.digest,
            validator=download.validator.etag if download.validator else "",
            size=download.size_bytes,
            kept=download.kept_bytes,
        )
        return True

    def _clone(self) -> None:
        """Have git fetch the repository; what comes is the tree of one commit, in a tar archive."""
        from .repository import Repository

        target = f"{self._request['content']}/{ITEM}"
        repository = Repository(self._request, self._guard, self._progress)
        with repository.whole() as whole:
            with whole.opened() as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            _move(whole.path, target)
        size = repository.size_bytes
        send(event="content", algorithm="sha256", digest=digest, validator="", size=size, kept=0)

    def _make(self, file: IO[bytes], directory: Path) -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
        made = os.open(directory, DIRECTORY)
        self._progress.begin("unpacking")
        if self._request["kind"] == "compressed":
            digests = {"": self._decompress(file, made)}
        else:
            digests = self._unpack(file, made)
        (directory / DIGESTS).write_text(json.dumps(digests))

    def _decompress(self, file: IO[bytes], directory: int) -> str:
        request = self._request
        budget = Budget(
            os.fstat(file.fileno()).st_size,
            max_bytes=request["max_unpacked_bytes"],
            max_ratio=request["max_ratio"],
        )
        stream = Counted(decompressed(request["archive"], file), budget)
        descriptor = os.open(ITEM, _NEW, 0o644, dir_fd=directory)
        with os.fdopen(descriptor, "w+b") as made:
            try:
                shutil.copyfileobj(stream, made, _BLOCK)
            except BadStreamError as error:
                msg = f"can't be read as {request['archive']}: {error}; {AS_IT_IS}"
                raise RefusalError(msg) from error
            made.flush()
            os.fsync(descriptor)
            made.seek(0)
            return hashlib.file_digest(made, "sha256").hexdigest()

    def _unpack(self, file: IO[bytes], directory: int) -> dict[str, str]:
        request = self._request
        single, part = request["kind"] == "single", request["subdirectory"]
        name = _TREE if single or part else ITEM
        os.mkdir(name, 0o755, dir_fd=directory)
        tree = os.open(name, DIRECTORY, dir_fd=directory)
        limits = Limits(request["max_files"], request["max_unpacked_bytes"], request["max_ratio"])
        if request["git"]:  # what the operator limits is what an archive hides
            limits = limits._replace(max_files=0, max_ratio=0)
        digests = unpack(request["archive"], file, tree, limits, self._progress)
        if part:
            return _take_part(tree, directory, part, digests, single=single)
        if single:
            return {"": digests[_take_only_file(tree, directory)]}
        return digests


def _move(path: str, target: str) -> None:
    """Rename a file that reached the disk, or copy it where that lies on another file system."""
    try:
        Path(path).rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with Path(path).open("rb") as whole, Path(target).open("xb") as copied:
            shutil.copyfileobj(whole, copied, _BLOCK)
            copied.flush()
            os.fsync(copied.fileno())


def _take_only_file(tree: int, directory: int) -> str:
    found = names(tree)
    if len(found) != 1 or entry_type(tree, found[0]) != stat.S_IFREG:
        msg = f"holds {len(found)} entries, and mode = file needs one; {AS_IT_IS}, or mode = any to unpack it"
        raise RefusalError(msg, "mode")
    os.rename(found[0], ITEM, src_dir_fd=tree, dst_dir_fd=directory)
    os.chmod(ITEM, 0o644, dir_fd=directory)
    os.rmdir(_TREE, dir_fd=directory)
    return found[0]


def _take_part(
    tree: int, directory: int, part: str, digests: Mapping[str, str], *, single: bool
) -> dict[str, str]:
    """Leave only what the source names after ``//``: a directory's content, or a file."""
    path, is_directory = pick(tree, part, directory, _PART)
    clear(tree)
    os.rmdir(_TREE, dir_fd=directory)
    if is_directory and single:
        msg = f"{path!r} is a directory, and mode = file needs a file; name it after the '//'"
        raise RefusalError(msg)
    if is_directory or single:
        os.rename(_PART, ITEM, src_dir_fd=directory, dst_dir_fd=directory)
    if is_directory:
        return {
            name.removeprefix(f"{path}/"): digest
            for name, digest in digests.items()
            if name.startswith(f"{path}/")
        }
    if single:
        os.chmod(ITEM, 0o644, dir_fd=directory)
        return {"": digests[path]}
    name = path.rpartition("/")[2]
    os.mkdir(ITEM, 0o755, dir_fd=directory)
    os.rename(_PART, f"{ITEM}/{name}", src_dir_fd=directory, dst_dir_fd=directory)
    return {name: digests[path]}
