"""What is there to be reached outside of a task: processes, sockets, files, keys, each harmless to lose."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.escape.probe.calls import SESSION_KEYRING, call

if TYPE_CHECKING:
    from collections.abc import Iterator

PROBE = Path(__file__).with_name("probe")
FURTHER_GROUP = 54321
_JOIN_SESSION, _REVOKE = 1, 3
_CREATE, _REMOVE = 0o1000, 0


@contextmanager
def scene(user: int, place: str = "/var/tmp") -> Iterator[dict[str, Any]]:
    """Set up in ``place`` what a task of ``user`` tries to reach, and take it down again."""
    with ExitStack() as stack:
        folder = _folder(stack, place)
        given: dict[str, Any] = {"mark": f"ostler-probe-{os.getpid()}-{os.urandom(4).hex()}"}
        _files(folder, given)
        given["temporary"] = _said(_folder(stack, "/tmp") / "said")
        given["memory"] = _said(_folder(stack, "/dev/shm") / "said")
        given["pid"] = stack.enter_context(_process(user, given["mark"]))
        _sockets(stack, folder, given)
        _shared_memory(stack, given)
        _queue(stack, given)
        _key(stack, given)
        given["network"] = os.readlink("/proc/self/ns/net")
        os.environ["OSTLER_PROBE"] = given["mark"]
        yield given


def _folder(stack: ExitStack, place: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ostler-scene-", dir=place))
    folder.chmod(0o711)
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _files(folder: Path, given: dict[str, Any]) -> None:
    for name, mode in (("granted", 0o755), ("writable", 0o777), ("own", 0o777)):
        (folder / name).mkdir()
        (folder / name).chmod(mode)
    granted = folder / "granted"
    shutil.copytree(PROBE, granted / "tests/escape/probe", ignore=shutil.ignore_patterns("__pycache__"))
    program, set_id = granted / "sleep", granted / "set-id"
    shutil.copy("/bin/sleep", program)
    shutil.copy("/bin/sleep", set_id)
    set_id.chmod(0o4755)
    given.update(
        folder=str(folder),
        granted=str(granted),
        program=str(program),
        set_id=str(set_id),
        writable=str(folder / "writable"),
        readable=_said(folder / "readable"),
    )


def of_group(path: Path) -> None:
    """Make a file that belongs to a group, and to nobody else who is not root."""
    _said(path)
    os.chown(path, 0, FURTHER_GROUP)
    path.chmod(0o040)


def _said(path: Path) -> str:
    path.write_text("said", encoding="ascii")
    path.chmod(0o644)
    return str(path)


@contextmanager
def _process(user: int, mark: str) -> Iterator[int]:
    """Run a process that may do nothing more than the task's user may, and hides nothing from that one."""
    other = os.geteuid() == 0 != user
    change = {"user": user, "group": user, "extra_groups": []} if other else {}
    process = subprocess.Popen(["/bin/sleep", "60"], env={"MARK": mark}, **change)  # type: ignore[call-overload]
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def _sockets(stack: ExitStack, folder: Path, given: dict[str, Any]) -> None:
    given["abstract"] = given["mark"]
    given["socket"] = str(folder / "socket")
    network = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    given["port"] = network.getsockname()[1]
    given["low_port"] = 1022
    for name in ("\0" + given["abstract"], given["socket"]):
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(name)
        listener.listen()
    os.chmod(given["socket"], 0o777)


def _shared_memory(stack: ExitStack, given: dict[str, Any]) -> None:
    given["shared_memory"] = 0x05000000 | os.getpid()
    identity = call("shmget", given["shared_memory"], 1, _CREATE | 0o666)
    stack.callback(call, "shmctl", identity, _REMOVE, None)


def _queue(stack: ExitStack, given: dict[str, Any]) -> None:
    given["queue"] = given["mark"]
    mask = os.umask(0)
    try:
        os.close(call("mq_open", given["queue"], os.O_RDWR | os.O_CREAT, 0o666, None))
    finally:
        os.umask(mask)
    stack.callback(call, "mq_unlink", given["queue"])


def _key(stack: ExitStack, given: dict[str, Any]) -> None:
    try:
        call("keyctl", _JOIN_SESSION, None)
        key = call("add_key", "user", given["mark"], "secret", 6, SESSION_KEYRING)
    except OSError:  # then nobody can read one
        return
    stack.callback(call, "keyctl", _REVOKE, key)


@contextmanager
def stand_in(path: str) -> Iterator[None]:
    """Listen where a supervisor would, and answer whoever talks to it."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        threading.Thread(target=_answer, args=(listener,), daemon=True).start()
        yield


def _answer(listener: socket.socket) -> None:
    peer, _ = listener.accept()
    with peer:
        peer.recv(4096)
        peer.sendall(b'{"n": 1, "ok": {}}\n')


def python() -> str:
    """Name an interpreter that tasks can run too."""
    return "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable
