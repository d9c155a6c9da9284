"""A task's cgroups while it lives: what they count, how they die, how they go."""

from __future__ import annotations

import os
import time

from ostler.executor.linux import proc

UNIFIED = "unified"
_FREEZE_SECONDS = 0.1
_CHUNK = 65536


class Groups:
    """The groups of one task: by controller on v1, one ``unified`` on v2, none at all."""

    def __init__(self, paths: dict[str, str]) -> None:
        self._paths = paths

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self._paths)

    def kill(self) -> None:
        """Kill every process in them at once."""
        if UNIFIED in self._paths:
            _write(self._paths[UNIFIED], "cgroup.kill", "1")
        elif "freezer" in self._paths:
            self._freeze_and_kill(self._paths["freezer"])

    def thaw(self) -> None:
        """Let go on what somebody has frozen: on version 1 it would not even die."""
        if UNIFIED in self._paths:
            _write(self._paths[UNIFIED], "cgroup.freeze", "0")
        elif "freezer" in self._paths:
            _write(self._paths["freezer"], "freezer.state", "THAWED")

    def oom_kills(self) -> int:
        """Count the processes that the kernel killed for memory."""
        if UNIFIED in self._paths:
            return _table(self._paths[UNIFIED], "memory.events").get("oom_kill", 0)
        if "memory" in self._paths:
            return _table(self._paths["memory"], "memory.oom_control").get("oom_kill", 0)
        return 0

    def discard(self) -> bool:
        """Remove those that are empty: what a failed launch left, no other's; False if some are not."""
        left = [path for path in set(self._paths.values()) if not _removed(path)]
        return not left

    def remove(self) -> bool:
        """Remove them; where somebody is still inside kill all that are, and give False: try again later."""
        left = [path for path in sorted(set(self._paths.values())) if not _removed(path)]
        if left:
            self.kill()
        return not left

    def _freeze_and_kill(self, path: str) -> None:
        _write(path, "freezer.state", "FROZEN")
        deadline = time.monotonic() + _FREEZE_SECONDS
        while _read(path, "freezer.state").strip() == "FREEZING" and time.monotonic() < deadline:
            time.sleep(0.0005)
        for pid in _read(path, "cgroup.procs").split():
            proc.kill(int(pid))
        _write(path, "freezer.state", "THAWED")


def _removed(path: str) -> bool:
    try:
        os.rmdir(path)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _read(path: str, name: str) -> str:
    try:
        file = os.open(f"{path}/{name}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return b"".join(iter(lambda: os.read(file, _CHUNK), b"")).decode("ascii")
    except OSError:
        return ""
    finally:
        os.close(file)


def _write(path: str, name: str, text: str) -> None:
    try:
        with open(os.path.join(path, name), "w", encoding="ascii") as target:
            target.write(text)
    except OSError:
        return


def _table(path: str, name: str) -> dict[str, int]:
    pairs = (line.split() for line in _read(path, name).splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdecimal()}  # noqa: PLR2004
