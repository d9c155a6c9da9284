from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ostler.executor
from ostler.errors import RefusedError
from ostler.executor import Executor
from ostler.executor.connection import link
from ostler.executor.supervisor import address
from tests.executor.bench import alive, kill_supervisor, pids_of, wait_until

if TYPE_CHECKING:
    import socket

    from tests.conftest import NeedKernel
    from tests.executor.bench import Bench

SCRIPT = str(Path(ostler.executor.__file__).parent / "supervisor_daemon" / "__main__.py")
TOO_MUCH = {
    "asyncio",
    "attr",
    "fsspec",
    "logging",
    "ostler.executor.values",
    "subprocess",
    "typing",
}


def supervisors(directory: Path) -> list[int]:
    return [pid for pid in pids_of("supervisor_daemon/__main__.py") if pid in pids_of(str(directory))]


def test_nothing_is_started_before_it_is_needed(tmp_path: Path) -> None:
    executor = Executor(tmp_path / "data")
    executor.close()
    assert not (tmp_path / "data").exists()


def test_many_first_uses_at_once_start_one_supervisor(data_dir: Path) -> None:
    executors = [Executor(data_dir) for _ in range(4)]
    threads = [threading.Thread(target=executor.processes) for executor in executors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(supervisors(data_dir)) == 1
    for executor in executors:
        executor.close()


def test_the_socket_is_for_this_user_only(bench: Bench, data_dir: Path) -> None:
    bench.executor.processes()
    assert stat.S_IMODE((data_dir / address.SOCKET).stat().st_mode) == 0o600


def test_a_very_long_data_directory_works(data_dir: Path) -> None:
    executor = Executor(data_dir.joinpath(*["long" * 10] * 5))
    assert executor.processes() == []
    executor.close()


def test_one_that_leaves_takes_no_socket_with_it_that_is_another_ones(data_dir: Path) -> None:
    """Its directory was removed while it was idle, and made anew by who came next."""
    with closing(Executor(data_dir)) as first:
        first.processes()
        pid = supervisors(data_dir)[0]
    shutil.rmtree(data_dir)
    with closing(Executor(data_dir)) as second:
        second.processes()
        wait_until(lambda: not alive(pid))
        assert (data_dir / address.SOCKET).exists()


def test_it_leaves_soon_after_the_last_embedder_took_leave(bench: Bench, data_dir: Path) -> None:
    bench.run("/bin/true")
    pid = supervisors(data_dir)[0]
    bench.clear()
    bench.started.clear()
    wait_until(lambda: not alive(pid))
    assert not (data_dir / address.SOCKET).exists()


def test_it_waits_longer_for_an_embedder_that_vanished(bench: Bench, data_dir: Path) -> None:
    bench.executor.processes()
    pid = supervisors(data_dir)[0]
    with address.connect(str(data_dir)):  # which keeps it while the first one takes its leave
        bench.executor.close()
        begin = time.monotonic()
        address.connect(str(data_dir)).close()
    wait_until(lambda: not alive(pid))
    assert time.monotonic() - begin > 3


def test_it_is_not_the_embedders_child_and_has_its_own_session(bench: Bench, data_dir: Path) -> None:
    bench.executor.processes()
    pid = supervisors(data_dir)[0]
    parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    assert parent != os.getpid()
    assert os.getsid(pid) != os.getsid(0)


def test_the_embedders_secrets_are_not_in_its_environment(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "tell nobody")
    executor = Executor(data_dir)
    executor.processes()
    assert b"tell nobody" not in Path(f"/proc/{supervisors(data_dir)[0]}/environ").read_bytes()
    executor.close()
    monkeypatch.undo()


def test_a_stale_socket_is_replaced(data_dir: Path) -> None:
    address.listen(str(data_dir)).close()
    assert (data_dir / address.SOCKET).is_socket()
    executor = Executor(data_dir)
    assert executor.processes() == []
    executor.close()


def greeted(folder: Path, key: str | None = None) -> socket.socket:
    """Connect, and say hello with the key."""
    peer = address.connect(str(folder))
    hello = {"n": 0, "do": "hello", "protocol": address.PROTOCOL, "key": key or address.read_key(str(folder))}
    peer.sendall(json.dumps(hello).encode() + b"\n")
    told = json.loads(peer.recv(4096))
    assert ("ok" in told) == (key is None)
    return peer


def test_the_key_is_for_this_user_only(bench: Bench, data_dir: Path) -> None:
    bench.executor.processes()
    assert stat.S_IMODE((data_dir / address.KEY).stat().st_mode) == 0o600


@pytest.mark.parametrize("key", ["", "wrong"])
def test_whoever_does_not_know_the_key_is_told_nothing(bench: Bench, data_dir: Path, key: str) -> None:
    """A task that Landlock holds may run as this very user: it reaches the socket and not the key."""
    bench.executor.processes()
    with greeted(data_dir, key) if key else address.connect(str(data_dir)) as peer:
        peer.sendall(b'{"n": 1, "do": "processes"}\n')
        answer = json.loads(peer.recv(4096))
    assert answer == {"n": 1, "error": "this supervisor answers whoever said hello with its key"}


def test_another_version_of_the_protocol_is_refused(bench: Bench, data_dir: Path) -> None:
    bench.executor.processes()
    with address.connect(str(data_dir)) as peer:
        peer.sendall(b'{"n": 1, "do": "hello", "protocol": 99}\n')
        answer = json.loads(peer.recv(4096))
    assert answer["error"] == f"this supervisor speaks version {address.PROTOCOL} of the protocol, not 99"


def test_a_supervisor_of_another_release_is_told_of_with_a_remedy(
    bench: Bench, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.executor.processes()
    (data_dir / address.KEY).rename(data_dir / "key")  # the first ones had none
    monkeypatch.setattr(link, "PROTOCOL", 99)
    told = rf"speaks version {address.PROTOCOL} .*, not 99; another release .* leaves 5 s"
    with pytest.raises(RefusedError, match=told):
        Executor(data_dir).processes()
    (data_dir / "key").rename(data_dir / address.KEY)


def order_of(step: dict[str, object], **others: object) -> bytes:
    """Ask for a start with a step that nobody plans."""
    plan = {"prepare": [], "build": [], "enter": [step], "namespaces": [], "argv": ["x"], "env": {}, **others}
    return json.dumps({"n": 1, "do": "start", "id": "x", "order": plan}).encode()


@pytest.mark.parametrize(
    "request_",
    [
        b'{"n": 1, "do": "stop"}',
        b'{"n": 1, "do": "fly"}',
        b'{"n": 1}',
        order_of({"do": "limit", "name": "CORE", "value": 1 << 64}),
    ],
)
def test_a_malformed_request_is_answered_and_harms_nobody(
    bench: Bench, data_dir: Path, request_: bytes
) -> None:
    process = bench.start("/bin/sleep", "60")
    with greeted(data_dir) as peer:
        peer.sendall(request_ + b"\n")
        answer = json.loads(peer.recv(4096))
    assert "error" in answer or answer["ok"] is None
    assert bench.executor.wait(process, 0.05) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"cgroups": "all"},
        {"watch": {"pids": None}},
        {"meter": {"output_bytes": "5MB", "outputs": ["/tmp/out"]}},
        {"timeout_seconds": "5s"},
        {"timeout_seconds": -1},
        {"reserved": ["0"]},
    ],
    ids=str,
)
def test_what_would_end_every_supervisor_is_not_written_down(
    bench: Bench, data_dir: Path, wrong: dict[str, object]
) -> None:
    process = bench.start("/bin/sleep", "60")
    with greeted(data_dir) as peer:
        peer.sendall(order_of({"do": "keep"}, **wrong) + b"\n")
        answer = json.loads(peer.recv(4096))
    assert f"order.{next(iter(wrong))}: " in answer["error"]
    kill_supervisor(data_dir)
    assert bench.executor.processes() == [process.id]


@pytest.mark.parametrize(
    "rubbish", [b"\xff\x00 not json\n", b'{"n": 0, "descriptors": "some"}\n', b"[" * 100_000 + b"\n"]
)
def test_rubbish_is_hung_up_on(bench: Bench, data_dir: Path, rubbish: bytes) -> None:
    bench.executor.processes()
    with address.connect(str(data_dir)) as peer:
        peer.sendall(rubbish)
        assert peer.recv(4096) == b""
    assert bench.executor.processes() == []


def test_a_data_directory_under_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    executor = Executor(tmp_path / "file" / "data")
    with pytest.raises(RefusedError, match="the data directory can't be made"):
        executor.processes()


def test_a_data_directory_that_everybody_may_write_to_is_refused(data_dir: Path) -> None:
    """Else another user's record could have a process killed or a group removed."""
    data_dir.chmod(0o777)
    with pytest.raises(RefusedError, match="everybody may write to the data directory; close it"):
        Executor(data_dir).processes()


def test_a_data_directory_of_another_user_is_refused(data_dir: Path, need_kernel: NeedKernel) -> None:
    if os.geteuid() != 0:
        need_kernel("only root can give a directory away")
    os.chown(data_dir, 65534, -1)
    with pytest.raises(RefusedError, match="the data directory belongs to user 65534, who could change"):
        Executor(data_dir).processes()
    os.chown(data_dir, 0, -1)


def test_a_data_directory_of_another_kind_is_refused(bench: Bench, data_dir: Path) -> None:
    bench.executor.processes()
    other = Executor(data_dir, portable=True)
    with pytest.raises(RefusedError, match="is served by a linux supervisor, not a portable one"):
        other.processes()


def test_it_imports_little(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", "-X", "importtime", SCRIPT, str(tmp_path), "linux"]
    with (tmp_path / "told").open("w") as told:
        subprocess.run(command, stdout=told, stderr=told, check=True)
    with greeted(tmp_path) as peer:
        peer.sendall(b'{"n": 1, "do": "processes"}\n')
        assert json.loads(peer.recv(4096))["ok"] == []
    os.kill(supervisors(tmp_path)[0], signal.SIGTERM)
    imported = {line.rpartition("|")[2].strip() for line in (tmp_path / "told").read_text().splitlines()}
    assert "ostler.executor.supervisor.server" in imported
    assert imported & TOO_MUCH == set()
    assert len(imported) < 127
