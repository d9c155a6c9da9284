"""What else starts a command isolated: bwrap, crun, runc, podman, each with what our `exec` gives a task.

The floors are a program in C that makes only the kernel's calls, without and with what hardens (`floor.c`).

    peers.py --serve: run commands, one line of JSON each, and say how long each took

crun refuses a machine with both generations of cgroups, so both runtimes are started from a process that does
not see the second one.  The cgroups that they leave behind are removed by `Peers.close`.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from ostler.executor.linux.launched import INIT
from ostler.executor.planning import seccomp
from timing import spawned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

FOLDERS: Final = tuple(
    folder
    for folder in ("/bin", "/etc", "/lib", "/lib32", "/lib64", "/sbin", "/usr")
    if Path(folder).exists()
)
HOSTNAME: Final = "inside"
SCRATCH: Final = "/tmp"  # noqa: S108 - the task's own
MEMORY_BYTES: Final = 256 * 1024 * 1024
CPU_SHARES: Final = 512
PIDS: Final = 100
USER: Final = 65534
COMMAND: Final = "/bin/true"
NAMES: Final = ("bwrap", "crun", "runc", "podman")
# What this container may not raise, podman must not try to.
LOW_LIMITS: Final = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")
PODMAN_ROUNDS: Final = 20
_CGROUPS: Final = Path("/sys/fs/cgroup")
_HIDE_UNIFIED: Final = """
[ ! -e /sys/fs/cgroup/unified ] || mount -t tmpfs none /sys/fs/cgroup/unified
exec "$@"
"""


def bwrap() -> list[str]:
    """Give bwrap's command; it has no cgroups."""
    binds = [word for folder in FOLDERS for word in ("--ro-bind", folder, folder)]
    apart = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--hostname", HOSTNAME]
    return [_path("bwrap"), *apart, *binds, "--proc", "/proc", "--dev", "/dev", "--tmpfs", SCRATCH, COMMAND]


def unprivileged() -> str:
    """Say what keeps all peers but bwrap from being started here; nothing where they can be."""
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, text=True, check=False)
    return tried.stderr.strip()


class Hidden:
    """A process in a mount namespace of its own, where the second generation of cgroups is not seen."""

    def __init__(self) -> None:
        unshare = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _HIDE_UNIFIED, "sh"]
        ours, theirs = socket.socketpair()
        with theirs:
            command = [*unshare, sys.executable, __file__, "--serve"]
            self._process = subprocess.Popen(command, stdin=theirs.fileno(), stdout=theirs.fileno())
        self._socket, self._lines = ours, ours.makefile("rw", encoding="utf-8")

    def time(self, command: list[str]) -> float:
        """Run a command in there; give how long it took, as measured in there."""
        self._lines.write(json.dumps(command) + "\n")
        self._lines.flush()
        answer = self._lines.readline()
        if not answer:
            msg = f"{' '.join(command)} failed"
            raise RuntimeError(msg)
        return float(answer)

    def close(self) -> None:
        """End it."""
        self._lines.close()
        self._socket.close()
        self._process.wait()


class Floor:
    """The program of `floor.c`: what the kernel takes for a launch by itself."""

    def __init__(self, program: Path, filter_: str) -> None:
        command = [str(program), INIT, HOSTNAME, str(USER), filter_, *FOLDERS]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def time(self) -> float:
        """Time one launch, as the program does itself."""
        if self._process.stdin is None or self._process.stdout is None:
            return 0.0
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def floors(folder: Path) -> dict[str, Floor]:
    """Build the program and start it in both ways; none without a compiler or cgroups of version 1."""
    compiler = shutil.which("cc")
    if compiler is None or not Path("/sys/fs/cgroup/cpuacct").exists():
        return {}
    program, filter_ = folder / "floor", folder / "filter"
    source = Path(__file__).with_name("floor.c")
    subprocess.run([compiler, "-O2", "-o", program, source], check=True)
    filter_.write_bytes(seccomp.program(os.uname().machine, (), own_processes=True))
    return {"floor": Floor(program, ""), "hard floor": Floor(program, str(filter_))}


class Peers:
    """The peers that are installed, for this many at once."""

    def __init__(self, folder: Path, *, concurrent: int = 1) -> None:
        self._folder = folder
        self._parent = f"ostler-bench-{os.getpid()}"
        self.absent = [name for name in NAMES if not shutil.which(name)]
        self.refused = unprivileged()
        takes_more = [name for name in NAMES if name != "bwrap"] if self.refused else []
        self.left_out = [name for name in takes_more if name not in self.absent]
        self.names = [name for name in NAMES if name not in (*self.absent, *takes_more)]
        self._rootfs = self._make_rootfs()
        self._bundles = [self._make_bundle(number) for number in range(concurrent)]
        self._hidden = [] if self.refused else [Hidden() for _ in range(concurrent)]

    def __enter__(self) -> Self:
        """Give the peers."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove what they leave."""
        self.close()

    def measures(self, *names: str) -> dict[str, Callable[[], float]]:
        """Give what times one run, for those of the names that are installed."""
        return {name: partial(self.time, name) for name in names if name in self.names}

    def time(self, name: str, slot: int = 0) -> float:
        """Time one run; each slot runs one at a time."""
        if name == "bwrap":
            return spawned(bwrap())
        if name == "podman":
            return spawned(self._podman())
        state = self._folder / f"{name}.state"
        word = ["--cgroup-manager=cgroupfs"] if name == "crun" else []
        bundle = self._bundles[slot]
        run = ["run", "--bundle", str(bundle), f"{self._parent}-{slot}"]
        return self._hidden[slot].time([_path(name), *word, "--root", str(state), *run])

    def close(self) -> None:
        """End the helpers and remove the cgroups."""
        for each in self._hidden:
            each.close()
        for hierarchy in [_CGROUPS, *_CGROUPS.iterdir()]:
            parent = hierarchy / self._parent
            for group in [*parent.glob("*/"), parent]:
                if group.is_dir():
                    group.rmdir()

    def _podman(self) -> list[str]:
        places = ["--root", str(self._folder / "podman"), "--runroot", str(self._folder / "podman.run")]
        engine = ["--cgroup-manager=cgroupfs", "--runtime", "runc" if "runc" in self.names else "crun"]
        run = ["run", "--rm", *LOW_LIMITS, "--network", "none", "--rootfs", str(self._rootfs)]
        return [_path("podman"), *places, *engine, *run, COMMAND]

    def _make_rootfs(self) -> Path:
        rootfs = self._folder / "rootfs"
        for name in (*FOLDERS, "/proc", "/dev", SCRATCH, "/sys"):
            (rootfs / name.lstrip("/")).mkdir(parents=True, exist_ok=True)
        return rootfs

    def _make_bundle(self, number: int) -> Path:
        bundle = self._folder / f"bundle.{number}"
        bundle.mkdir()
        content = _specification(self._rootfs, f"/{self._parent}/{number}")
        (bundle / "config.json").write_text(json.dumps(content), encoding="utf-8")
        return bundle


def _specification(rootfs: Path, cgroup: str) -> Mapping[str, Any]:
    binds = [
        {
            "destination": folder,
            "source": os.path.realpath(folder),
            "type": "bind",
            "options": ["rbind", "ro", "nosuid"],
        }
        for folder in FOLDERS
    ]
    new = [
        {"destination": "/proc", "type": "proc", "source": "proc"},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
        {"destination": SCRATCH, "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev"]},
    ]
    return {
        "ociVersion": "1.0.2",
        "process": {
            "args": [COMMAND],
            "cwd": "/",
            "env": ["PATH=/usr/bin:/bin"],
            "user": {"uid": USER, "gid": USER},
            "noNewPrivileges": True,
        },
        "root": {"path": str(rootfs), "readonly": True},
        "hostname": HOSTNAME,
        "mounts": [*new, *binds],
        "linux": {
            "cgroupsPath": cgroup,
            "namespaces": [{"type": kind} for kind in ("mount", "pid", "ipc", "uts")],
            "resources": {
                "memory": {"limit": MEMORY_BYTES},
                "cpu": {"shares": CPU_SHARES},
                "pids": {"limit": PIDS},
            },
        },
    }


def _path(name: str) -> str:
    return shutil.which(name) or name


def serve() -> None:
    """Run the commands that come on stdin."""
    for line in sys.stdin:
        print(spawned(json.loads(line)), flush=True)


if __name__ == "__main__":
    serve()
