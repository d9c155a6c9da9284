"""Open a compressed file as the bytes that were compressed."""

from __future__ import annotations

import importlib
import io
from typing import IO, TYPE_CHECKING, Any, Final, cast

from .failures import RefusalError

if TYPE_CHECKING:
    from collections.abc import Callable


PACKED: Final = frozenset({"gz", "tar.gz"})
MOST_MEMORY: Final = 2**30  # a few bytes of an archive can ask for any amount


def decompressed(compression: str, file: IO[bytes]) -> IO[bytes]:
    """Return a reader of what ``file`` holds: ``gz``, ``bz2``, ``xz``, ``zst``, or as it is."""
    if compression == "zst":
        return _zstandard(file)
    modules = {"gz": "gzip", "bz2": "bz2", "xz": "lzma"}
    if compression not in modules:
        return file
    return cast("IO[bytes]", importlib.import_module(modules[compression]).open(file, "rb"))


def _zstandard(file: IO[bytes]) -> IO[bytes]:
    readers: dict[str, Callable[[Any], Any]] = {
        "compression.zstd": lambda module: module.open(file, "rb"),
        "backports.zstd": lambda module: module.open(file, "rb"),
        "zstandard": lambda module: module.ZstdDecompressor().stream_reader(file, read_across_frames=True),
    }
    for name, reader in readers.items():
        try:
            return cast("IO[bytes]", reader(importlib.import_module(name)))
        except ImportError:
            continue
    msg = "needs a package to unpack zst: pip install zstandard"
    raise RefusalError(msg)


class BadStreamError(Exception):
    """The bytes are not what the format says."""


class Budget:
    """How many bytes may still come out of an archive."""

    def __init__(self, archive_bytes: int, *, max_bytes: int, max_ratio: int) -> None:
        self._limits = [limit for limit in (max_bytes, _by_ratio(archive_bytes, max_ratio)) if limit]
        self.spent = 0

    def spend(self, count: int) -> None:
        """Count bytes.  Raises RefusalError once there are too many."""
        self.spent += count
        if any(self.spent > limit for limit in self._limits):
            msg = f"unpacks to more than the {min(self._limits)} bytes that the operator allows for it"
            raise RefusalError(msg)


_UNSUSPICIOUS_BYTES = 100 * 1024 * 1024


def _by_ratio(archive_bytes: int, max_ratio: int) -> int:
    return max(archive_bytes * max_ratio, _UNSUSPICIOUS_BYTES) if max_ratio else 0


class Counted(io.RawIOBase):
    """A reader that spends a budget, so that a stream can't grow without end before its first file."""

    def __init__(self, stream: IO[bytes], budget: Budget) -> None:
        self._stream = stream
        self._budget = budget

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read as the stream does."""
        try:
            block = self._stream.read(size)
        except Exception as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            # every format has its own exception, and some are OSError
            raise BadStreamError(str(error) or type(error).__name__) from error
        self._budget.spend(len(block))
        return block
