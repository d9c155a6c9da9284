"""Processors and memory: the standard library first, psutil where it ends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_SYSFS: Final = Path("/sys/devices/system/cpu/cpu0/cpufreq")
_GO_NAMES: Final = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "i386": "386",
    "i486": "386",
    "i586": "386",
    "i686": "386",
    "armv6l": "arm",
    "armv7l": "arm",
    "armv8l": "arm",
    "loongarch64": "loong64",
}


def go_architecture(machine: str) -> str:
    """Turn what ``uname -m`` says into the name that Go, and so Nomad, gives the architecture."""
    name = machine.lower()
    return _GO_NAMES.get(name, name)


def processors() -> dict[str, str]:
    """Describe the processors; frequency and total compute in MHz, left away where unknown."""
    count = os.cpu_count() or 1
    described = _cpuinfo()
    found = {"cpu.numcores": str(count), "cpu.modelname": described.get("model name", "")}
    found["cpu.reservablecores"] = str(_usable() or count)
    frequency = _sysfs_mhz() or _number(described.get("cpu MHz", "")) or _psutil_mhz()
    if frequency:
        found |= {"cpu.frequency": str(frequency), "cpu.totalcompute": str(frequency * count)}
    return found


def memory() -> dict[str, str]:
    """Give the machine's memory in bytes."""
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError):
        import psutil

        total = psutil.virtual_memory().total
    return {"memory.totalbytes": str(total)}


def _usable() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0


def _cpuinfo() -> dict[str, str]:
    """Read what Linux says of the first processor; the whole file is slow where there are many."""
    try:
        with Path("/proc/cpuinfo").open("rb", buffering=0) as file:
            text = file.read(4096).decode("utf-8", "replace")
    except OSError:
        return {}
    lines = (line.partition(":") for line in text.partition("\n\n")[0].splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}


def _sysfs_mhz() -> int:
    for name in ("base_frequency", "cpuinfo_max_freq"):
        try:
            return int((_SYSFS / name).read_text("ascii")) // 1000
        except (OSError, ValueError):
            continue
    return 0


def _psutil_mhz() -> int:
    import psutil

    try:
        found = psutil.cpu_freq()
    except (OSError, NotImplementedError, AttributeError):
        return 0
    return int(getattr(found, "max", 0) or getattr(found, "current", 0))  # None where it can't tell


def _number(text: str) -> int:
    try:
        return int(float(text))
    except ValueError:
        return 0
