"""The attributes of this machine, under Nomad's names."""

from __future__ import annotations

import os
import platform
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from ostler.node import cgroups, hardware
from ostler.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Found = dict[str, str]


def attributes(directory: str | Path = "/") -> dict[str, str]:
    """Detect the attributes of this machine; ``directory`` chooses the volume that is measured.

    What can't be found out is left away.  Sizes are in bytes, ``cpu.frequency`` and
    ``cpu.totalcompute`` in MHz.  Nothing is raised.
    """
    found: Found = {"ostler.version": __version__}
    for part in _parts(Path(directory)):
        try:
            found.update(part())
        except (OSError, ValueError):
            continue
    return {name: value for name, value in sorted(found.items()) if value}


def _parts(directory: Path) -> Iterator[Callable[[], Found]]:
    yield from (_kernel, _system, _host, _signals, _address)
    yield from (hardware.processors, hardware.memory, cgroups.attributes)
    yield lambda: _storage(directory)


def _kernel() -> Found:
    machine = platform.machine()
    architecture = hardware.go_architecture(machine)
    return {
        "kernel.name": platform.system().lower(),
        "kernel.version": platform.release(),
        "kernel.arch": machine,
        "cpu.arch": architecture,
        "arch": architecture,
    }


def _system() -> Found:
    if platform.system() == "Darwin":
        return {"os.name": "darwin", "os.version": platform.mac_ver()[0]}
    if platform.system() != "Linux":
        return {"os.name": platform.system().lower(), "os.version": platform.version()}
    release = platform.freedesktop_os_release()
    return {"os.name": release["ID"], "os.version": _debian() or release.get("VERSION_ID", "")}


def _debian() -> str:
    """Read Debian's point release, which os-release leaves out; others carry a code name there."""
    try:
        text = Path("/etc/debian_version").read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return text if text[:1].isdigit() else ""


def _host() -> Found:
    return {"unique.hostname": platform.node()}


def _signals() -> Found:
    return {"os.signals": ",".join(sorted(signal.Signals.__members__))}


def _address() -> Found:
    """Ask the routing table for the address that this machine talks from; nothing is sent."""
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
        route.connect(("192.0.2.1", 9))
        return {"unique.network.ip-address": route.getsockname()[0]}


def _storage(directory: Path) -> Found:
    existing = next(each for each in (directory, *directory.absolute().parents) if each.exists())
    measured = os.statvfs(existing) if hasattr(os, "statvfs") else None
    if measured is None:
        return {}
    return {
        "unique.storage.volume": _volume(existing),
        "unique.storage.bytestotal": str(measured.f_blocks * measured.f_frsize),
        "unique.storage.bytesfree": str(measured.f_bavail * measured.f_frsize),
    }


def _volume(directory: Path) -> str:
    """Name the device that holds ``directory``, as the mount table does."""
    number = directory.stat().st_dev
    wanted = f"{os.major(number)}:{os.minor(number)}"
    for mount in cgroups.mounts():
        if mount.device == wanted:
            return mount.source
    return ""
