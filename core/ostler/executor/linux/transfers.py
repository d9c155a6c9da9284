"""What processes had read from disks and written to them, where no cgroup counts it."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_KEPT = 16  # the files of so many processes stay open
_MOST = 256  # of more than these nothing is told: others would wait for it
_LONGEST = 512


class Transfers:
    """The counters of a task's processes; what a child had is its parent's once that has waited for it."""

    def __init__(self) -> None:
        self._files: dict[int, int] = {}

    def sample(self, pids: Sequence[int]) -> dict[str, int]:
        """Sum up; nothing where that may not be seen."""
        for pid in self._files.keys() - set(pids):
            os.close(self._files.pop(pid))
        if len(pids) > _MOST:
            return {}
        read = written = 0
        for pid in pids:
            try:
                words = self._read(pid).split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            except PermissionError:
                return {}
            read += int(words[words.index(b"read_bytes:") + 1])
            written += int(words[words.index(b"write_bytes:") + 1])
        return {"io_read_bytes": read, "io_write_bytes": written}

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            os.close(file)
        self._files.clear()

    def _read(self, pid: int) -> bytes:
        file = self._files.get(pid)
        if file is not None:
            return os.pread(file, _LONGEST, 0)
        file = os.open(f"/proc/{pid}/io", os.O_RDONLY | os.O_CLOEXEC)
        if len(self._files) < _KEPT:
            self._files[pid] = file
            return os.pread(file, _LONGEST, 0)
        try:
            return os.pread(file, _LONGEST, 0)
        finally:
            os.close(file)
