"""Read a source into a sink, whatever it is opened by."""

from __future__ import annotations

import os
import re
import stat
from typing import IO, TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from .failures import RefusalError, explain
from .places import DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .sink import Sink

_REMEDY: Final = "the operator adds it to allowed_paths in client { artifact { ... } }"
_BLOCK: Final = 1024 * 1024
_PACKAGES: Final[Mapping[str, str]] = {
    "abfs": "adlfs",
    "adl": "adlfs",
    "az": "adlfs",
    "dropbox": "dropboxdrivefs",
    "gcs": "gcsfs",
    "git": "pygit2",
    "github": "requests",
    "gs": "gcsfs",
    "hf": "huggingface_hub",
    "oci": "ocifs",
    "oss": "ossfs",
    "s3": "s3fs",
    "s3a": "s3fs",
    "sftp": "paramiko",
    "smb": "smbprotocol",
    "ssh": "paramiko",
    "webdav": "webdav4",
}


class Source:
    """Where an artifact comes from, and under which rules it is read."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._links: list[dict[str, str]] = request["links"]
        self._schemes = frozenset(request["schemes"])
        self._allowed_paths: list[str] = request["file_paths"]
        self._headers: dict[str, str] = request["headers"]
        self._insecure: bool = request["insecure"]
        self._stall_seconds: float = request["stall_seconds"]

    def read_into(self, sink: Sink, inner: Callable[[], tuple[Sink, str]]) -> None:
        """Read all of the source; ``inner`` makes a file for what a chain's first links are laid over.

        Raises RefusalError or TroubleError.
        """
        try:
            self._read(sink, inner)
        except Exception as error:
            raise explain(error, sink.received, self._stall_seconds) from error

    def _read(self, sink: Sink, inner: Callable[[], tuple[Sink, str]]) -> None:
        last = self._links[-1]
        reader = {"file": self._read_file, "http": self._read_http, "https": self._read_http}.get(
            last["scheme"]
        )
        if reader is None:
            self._read_chain("::".join(link["url"] for link in self._links), sink)
        elif len(self._links) == 1:
            reader(last["url"], sink)
        else:  # a copy can be read at any place, which not every server allows
            copy, path = inner()
            try:
                reader(last["url"], copy)
            finally:
                copy.close()
            self._read_chain("::".join([*(link["url"] for link in self._links[:-1]), f"file://{path}"]), sink)

    def _read_chain(self, chain: str, sink: Sink) -> None:
        from fsspec.core import url_to_fs

        scheme = re.split("::|://", chain, maxsplit=1)[0]
        try:
            system, path = url_to_fs(chain, skip_instance_cache=True)
        except (ImportError, ValueError) as error:
            raise _uninstalled(scheme, error) from error
        with system.open(path, "rb") as file:
            size = getattr(file, "size", None)
            sink.total = size if isinstance(size, int) else None
            _copy(file, sink)

    def _read_file(self, url: str, sink: Sink) -> None:
        # Not by fsspec: the file that was checked is the one that has to be opened.
        descriptor = _open_below(unquote(url.removeprefix("file://")), self._allowed_paths)
        with os.fdopen(descriptor, "rb") as file:
            sink.total = os.fstat(descriptor).st_size
            _copy(file, sink)

    def _read_http(self, url: str, sink: Sink) -> None:
        from .web import read_http

        read_http(
            url,
            sink,
            schemes=self._schemes,
            headers=self._headers,
            insecure=self._insecure,
            stall_seconds=self._stall_seconds,
        )


def _copy(file: IO[bytes], sink: Sink) -> None:
    while block := file.read(_BLOCK):
        sink.write(block)


def _uninstalled(scheme: str, error: Exception) -> RefusalError:
    if isinstance(error, ImportError):
        package = _PACKAGES.get(scheme)
        remedy = f"pip install {package}" if package else str(error)
        return RefusalError(f"the scheme {scheme!r} needs a package that is not installed: {remedy}")
    return RefusalError(f"{error}; check the scheme {scheme!r}")


def _open_below(path: str, allowed: list[str]) -> int:
    """Open a regular file below one of the allowed paths, without following a link on the way."""
    real = os.path.realpath(path)
    for directory in map(os.path.realpath, allowed):
        if real == directory or real.startswith(directory.rstrip("/") + "/"):
            return _open_real(real)
    shown = ", ".join(allowed) or "nowhere"
    msg = f"{real} is not below what the operator allows ({shown}); {_REMEDY}"
    raise RefusalError(msg)


def _open_real(path: str) -> int:
    current = os.open("/", DIRECTORY)
    try:
        *steps, last = path.strip("/").split("/")
        for step in steps:
            inner = os.open(step, DIRECTORY, dir_fd=current)
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
