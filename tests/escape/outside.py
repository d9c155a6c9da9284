"""Try everything outside of isolation, where it does no harm: ``python -m tests.escape.outside HOST``.

Runs as root in throw-away namespaces, on private copies of what might be changed.  ``HOST`` is JSON: the
namespaces of the host, none of which this may be in.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import traceback
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.escape.probe.calls import DETACH, MS_BIND, MS_RDONLY, MS_REC, MS_REMOUNT, NEW_MOUNT, call
from tests.escape.scene import python, scene, stand_in

APART = ("mnt", "pid", "uts", "ipc", "net")
SET_FLAGS, UP, LOOPBACK, RUNNING = 0x8914, 0x1, 0x8, 0x40


def command(interpreter: str) -> list[str]:
    """Give the command that runs this module in namespaces of its own."""
    mapped = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    apart = ["--mount", "--pid", "--uts", "--ipc", "--net", "--fork", "--mount-proc", "--kill-child"]
    host = json.dumps({name: os.readlink(f"/proc/self/ns/{name}") for name in APART})
    return ["unshare", *mapped, *apart, interpreter, "-m", "tests.escape.outside", host]


def main() -> None:
    """Print the verdicts."""
    host = json.loads(sys.argv[1])
    inside = {name: os.readlink(f"/proc/self/ns/{name}") for name in APART}
    assert not set(host.values()) & set(inside.values()), "this would be tried on the machine itself"
    top = tempfile.mkdtemp(prefix="ostler-outside-")
    child = os.fork()
    if child == 0:
        try:
            with ExitStack() as stack:
                _try(stack, top)
        except BaseException:  # noqa: BLE001 - its output is all that is seen of it
            traceback.print_exc()
        finally:
            os._exit(0)
    os.waitpid(child, 0)  # this process keeps the first root and stands for process 1
    os.rmdir(top)


def _try(stack: ExitStack, top: str) -> None:
    _change_root(top)
    _bring_network_up()
    given = stack.enter_context(scene(os.geteuid(), "/"))
    _arrange(stack, given)
    _enter_groups(stack, given)
    secret = os.open(given["readable"], os.O_RDONLY)
    os.set_inheritable(secret, True)  # noqa: FBT003 - takes no keyword
    done = subprocess.run(
        [python(), "-S", "-B", "-m", "tests.escape.probe.main", json.dumps(given)],
        env={**os.environ, "PYTHONPATH": given["granted"], "NOMAD_TASK_DIR": given["own"]},
        stdout=subprocess.PIPE,
        close_fds=False,
        check=True,
        preexec_fn=_take_terminal,
    )
    print(done.stdout.decode(), flush=True)


def _change_root(top: str) -> None:
    """Make a root of the host's folders in a file system that is thrown away."""
    call("unshare", NEW_MOUNT)
    call("mount", "tmpfs", top, "tmpfs", 0, "mode=755")
    for entry in sorted(os.scandir("/"), key=lambda each: each.name):
        place = os.path.join(top, entry.name)
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), place)
        elif entry.is_dir():
            os.mkdir(place)
            call("mount", entry.path, place, None, MS_BIND | MS_REC, None)
    call("umount2", top + top, DETACH)  # within itself once more
    os.chdir(top)
    call("pivot_root", ".", ".")  # a process in a mere chroot may make no user namespace
    call("umount2", ".", DETACH)
    os.chdir("/")
    held = {path: Path(path).read_bytes() for path in ("/etc/passwd", "/etc/shadow") if os.access(path, 4)}
    for place in ("/etc", "/usr/share", "/dev/shm"):
        call("mount", "tmpfs", place, "tmpfs", 0, "mode=1777")
    for path, content in held.items():
        Path(path).write_bytes(content)


def _bring_network_up() -> None:
    with socket.socket() as asked:
        fcntl.ioctl(asked, SET_FLAGS, struct.pack("16sh22x", b"lo", UP | LOOPBACK | RUNNING))


def _arrange(stack: ExitStack, given: dict[str, Any]) -> None:
    """Say where what a task finds in its places is found here."""
    folder = Path(given["folder"])
    for name in ("readonly", "mounted", "data", "shared/logs"):
        (folder / name).mkdir(parents=True)
    readonly, mounted = str(folder / "readonly"), str(folder / "mounted")
    call("mount", readonly, readonly, None, MS_BIND, None)
    call("mount", None, readonly, None, MS_BIND | MS_REMOUNT | MS_RDONLY, None)
    call("mount", "/proc/sys", "/proc/sys", None, MS_BIND, None)
    call("mount", "tmpfs", mounted, "tmpfs", 0, None)
    given.update(
        own=str(folder / "own"),
        shared=str(folder / "shared"),
        readonly=readonly,
        mounted=mounted,
        loose=mounted,
        data_dir=str(folder / "data"),
        secret=given["readable"],
        of_group=given["readable"],
        supervisor=given["pid"],
        protocol=0,
        cell=given["folder"],
        apart=True,
    )
    stack.enter_context(stand_in(f"{given['data_dir']}/supervisor.sock"))


def _enter_groups(stack: ExitStack, given: dict[str, Any]) -> None:
    """Make a cgroup within another, both thrown away, and move into the inner one."""
    with open("/proc/self/mountinfo", encoding="utf-8") as source:
        lines = [line.split() for line in source]
    own = dict(line.split(":", 2)[1:] for line in Path("/proc/self/cgroup").read_text().splitlines())
    for line in lines:
        names = {"memory", "pids"} & set(line[-1].split(","))
        above = f"{line[4]}{own.get(names.pop(), '/').rstrip('/')}" if names else ""
        if line[line.index("-") + 1] == "cgroup" and above and os.access(above, os.W_OK):
            _enter(stack, above, f"{above}/{given['mark']}")


def _enter(stack: ExitStack, above: str, outer: str) -> None:
    os.makedirs(f"{outer}/inner")
    stack.callback(os.rmdir, outer)
    stack.callback(os.rmdir, f"{outer}/inner")
    stack.callback(_join, above)
    _join(f"{outer}/inner")


def _join(group: str) -> None:
    Path(group, "cgroup.procs").write_text("0", encoding="ascii")


def _take_terminal() -> None:
    os.setsid()
    held, terminal = os.openpty()
    os.set_inheritable(held, True)  # noqa: FBT003 - takes no keyword
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


if __name__ == "__main__":
    main()
