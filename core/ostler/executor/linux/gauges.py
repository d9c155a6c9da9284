"""What running tasks use: read from the kernel's counters through files that stay open between samples."""

from __future__ import annotations

import os
import resource

from ostler.executor.linux import proc
from ostler.executor.linux.groups import UNIFIED
from ostler.executor.linux.transfers import Transfers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Read = Callable[[str], bytes]
    Found = dict[str, Any]

_TICKS = os.sysconf("SC_CLK_TCK")
_MICROSECONDS, _NANOSECONDS = 1e6, 1e9
_LONGEST = 16 * 1024
_FILES = 24  # of one task at most
_MOST = 500
_NEVER_FALL = ("cpu_user_seconds", "cpu_system_seconds", "io_read_bytes", "io_write_bytes")


class Gauge:
    """One task's counters; a file is opened when it is first read, and is closed with the gauge."""

    def __init__(self, cgroups: dict[str, str]) -> None:
        self._cgroups = cgroups
        self._files: dict[str, int] = {}
        self._highest: Found = {}
        self._transfers = Transfers()

    def sample(self, init: int) -> Found:
        """Measure by cgroup, and by /proc what no cgroup counts."""
        found: Found = {}
        if UNIFIED in self._cgroups:
            _unified(self._read, self._cgroups[UNIFIED], found)
        else:
            for controller, count in _COUNTERS.items():
                if controller in self._cgroups:
                    count(self._read, self._cgroups[controller], found)
        if not found.keys() >= _WANTED:
            found = {**proc.measure(init), **found}
        if "io_read_bytes" not in found:
            found.update(self._transfers.sample(self._processes(init)))
        self._keep_up(found)
        return found

    def close(self) -> None:
        """Close the files."""
        for descriptor in self._files.values():
            if descriptor >= 0:
                os.close(descriptor)
        self._files.clear()
        self._transfers.close()

    def _processes(self, init: int) -> list[int]:
        """List a task's processes with its init, which takes over what orphans had."""
        group = self._cgroups.get(UNIFIED) or self._cgroups.get("pids")
        if group is None:
            return [init, *proc.descendants(init)]
        return [init, *map(int, self._read(f"{group}/cgroup.procs").split())]

    def _keep_up(self, found: Found) -> None:
        """Let nothing fall that only grows: a process may end between two of the files that tell of it."""
        for name in _NEVER_FALL:
            if name in found:
                found[name] = self._highest[name] = max(found[name], self._highest.get(name, 0))

    def _read(self, path: str) -> bytes:
        """Read a file from its beginning; nothing where there is none."""
        descriptor = self._files.get(path)
        try:
            if descriptor is None:
                self._files[path] = -1
                descriptor = self._files[path] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            return os.pread(descriptor, _LONGEST, 0) if descriptor >= 0 else b""
        except OSError:
            return b""


class Gauges:
    """The gauges of the tasks that were sampled last; those of others are closed and opened again."""

    def __init__(self, most: int = 0) -> None:
        self._gauges: dict[str, Gauge] = {}
        self._most = most or _most()

    def sample(self, name: str, cgroups: dict[str, str], init: int) -> Found:
        """Measure a task."""
        gauge = self._gauges.pop(name, None) or Gauge(cgroups)
        self._gauges[name] = gauge  # at the end: it was used last
        if len(self._gauges) > self._most:
            self.close(next(iter(self._gauges)))
        return gauge.sample(init)

    def close(self, name: str) -> None:
        """Close what is open for a task."""
        gauge = self._gauges.pop(name, None)
        if gauge is not None:
            gauge.close()


def _unified(read: Read, path: str, found: Found) -> None:
    _set(found, "memory_bytes", _number(read(f"{path}/memory.current")))
    _set(found, "swap_bytes", _number(read(f"{path}/memory.swap.current")))
    _set(found, "pids", _number(read(f"{path}/pids.current")))
    memory = read(f"{path}/memory.stat")
    _set(found, "rss_bytes", _field(memory, b"anon"))
    _set(found, "cache_bytes", _field(memory, b"file"))
    processor = read(f"{path}/cpu.stat")
    _set(found, "cpu_user_seconds", _field(processor, b"user_usec"), _MICROSECONDS)
    _set(found, "cpu_system_seconds", _field(processor, b"system_usec"), _MICROSECONDS)
    _set(found, "cpu_throttled_seconds", _field(processor, b"throttled_usec"), _MICROSECONDS)
    _set(found, "cpu_throttled_periods", _field(processor, b"nr_throttled"))
    if b"io" in read(f"{path}/cgroup.controllers").split():
        transferred = read(f"{path}/io.stat")  # nothing stands there until something was
        found["io_read_bytes"] = _sum(transferred, b"rbytes=")
        found["io_write_bytes"] = _sum(transferred, b"wbytes=")


def _memory(read: Read, path: str, found: Found) -> None:
    _set(found, "memory_bytes", _number(read(f"{path}/memory.usage_in_bytes")))
    memory = read(f"{path}/memory.stat")
    _set(found, "rss_bytes", _field(memory, b"rss"))
    _set(found, "cache_bytes", _field(memory, b"cache"))
    _set(found, "swap_bytes", _field(memory, b"swap"))


def _pids(read: Read, path: str, found: Found) -> None:
    _set(found, "pids", _number(read(f"{path}/pids.current")))


def _cpuacct(read: Read, path: str, found: Found) -> None:
    processor = read(f"{path}/cpuacct.stat")
    _set(found, "cpu_user_seconds", _field(processor, b"user"), _TICKS)
    _set(found, "cpu_system_seconds", _field(processor, b"system"), _TICKS)


def _cpu(read: Read, path: str, found: Found) -> None:
    throttled = read(f"{path}/cpu.stat")
    _set(found, "cpu_throttled_seconds", _field(throttled, b"throttled_time"), _NANOSECONDS)
    _set(found, "cpu_throttled_periods", _field(throttled, b"nr_throttled"))


def _most() -> int:
    """Leave three quarters of the files that may be open to others."""
    return min(_MOST, max(4, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // (4 * _FILES)))


def _set(found: Found, name: str, value: int | None, unit: float = 1) -> None:
    if value is not None:
        found[name] = value if unit == 1 else value / unit


def _number(content: bytes) -> int | None:
    text = content.strip()
    return int(text) if text.isdigit() else None


def _field(content: bytes, name: bytes) -> int | None:
    """Find the number behind a name at the beginning of a line."""
    begin = 0 if content.startswith(name + b" ") else content.find(b"\n" + name + b" ") + 1
    if begin == 0 and not content.startswith(name + b" "):
        return None
    end = content.find(b"\n", begin)
    return int(content[begin + len(name) + 1 : end if end >= 0 else None])


def _sum(content: bytes, key: bytes) -> int:
    return sum(int(word[len(key) :]) for word in content.split() if word.startswith(key))


_COUNTERS: dict[str, Callable[[Read, str, Found], None]] = {
    "memory": _memory,
    "pids": _pids,
    "cpuacct": _cpuacct,
    "cpu": _cpu,
}
_WANTED = {"memory_bytes", "pids", "cpu_user_seconds", "cpu_system_seconds"}
