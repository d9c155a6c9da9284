from __future__ import annotations

import hashlib
import os
import random
import stat
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ostler.errors import RefusedError
from ostler.executor import Executor, LogFiles
from ostler.executor.supervisor import intakes, plain_pump
from ostler.executor.supervisor.loop import Loop
from tests.executor.bench import wait_until

if TYPE_CHECKING:
    import socket

    from tests.conftest import NeedKernel
    from tests.executor.bench import Bench

MEGABYTE = 1024 * 1024


def everything(follower: socket.socket) -> bytes:
    with closing(follower):
        return b"".join(iter(lambda: follower.recv(MEGABYTE), b""))


def write(logs: LogFiles, content: bytes) -> None:
    """Write as a driver would that starts nothing through the executor."""
    with open(logs.fifo, "wb") as fifo:
        fifo.write(content)


def segments(logs: LogFiles) -> dict[str, int]:
    """Give the size of each file; one that is removed meanwhile has none."""
    sizes: dict[str, int] = {}
    for path in Path(logs.directory).iterdir():
        with suppress(FileNotFoundError):
            sizes[path.name] = path.stat().st_size
    return sizes


def test_what_a_task_writes_reaches_the_file_and_the_follower(bench: Bench) -> None:
    logs = bench.logs()
    bench.executor.collect(logs)
    follower = bench.executor.follow(logs)
    bench.shell("echo hello; echo world >&2", stdout=logs.fifo, stderr=logs.fifo)
    bench.executor.release(logs)
    assert everything(follower) == b"hello\nworld\n"
    assert (Path(logs.directory) / "web.stdout.0").read_bytes() == b"hello\nworld\n"


def test_the_fifo_is_private_while_it_is_there(bench: Bench) -> None:
    logs = bench.logs()
    bench.executor.collect(logs)
    mode = Path(logs.fifo).stat().st_mode
    assert stat.S_ISFIFO(mode)
    assert stat.S_IMODE(mode) == 0o600
    bench.executor.release(logs)
    assert not Path(logs.fifo).exists()


def test_collecting_and_releasing_twice_is_fine(bench: Bench) -> None:
    logs = bench.logs()
    for _ in range(2):
        bench.executor.collect(logs)
    for _ in range(2):
        bench.executor.release(logs)


def test_files_are_rotated_full_and_the_oldest_removed(bench: Bench) -> None:
    logs = bench.logs(max_files=3, max_file_bytes=1000)
    bench.executor.collect(logs)
    write(logs, bytes(5500))
    bench.executor.release(logs)
    assert segments(logs) == {"web.stdout.3": 1000, "web.stdout.4": 1000, "web.stdout.5": 500}


@pytest.mark.parametrize("most", [1, 2])
def test_a_full_file_is_kept_until_there_is_a_byte_for_the_next_one(bench: Bench, most: int) -> None:
    logs = bench.logs(max_files=most, max_file_bytes=1000)
    bench.executor.collect(logs)
    for count in (1000, 1000):
        bench.shell(f"head -c {count} /dev/zero", stdout=logs.fifo)
    wait_until(lambda: segments(logs).get("web.stdout.1") == 1000)
    bench.executor.release(logs)
    assert segments(logs) == dict.fromkeys([f"web.stdout.{number}" for number in (0, 1)[-most:]], 1000)


def test_collecting_again_goes_on_in_the_newest_file(bench: Bench) -> None:
    logs = bench.logs(max_file_bytes=1000)
    for _ in range(2):
        bench.executor.collect(logs)
        write(logs, bytes(700))
        bench.executor.release(logs)
    assert segments(logs) == {"web.stdout.0": 1000, "web.stdout.1": 400}


def test_a_follower_begins_at_its_offset(bench: Bench) -> None:
    logs = bench.logs(max_file_bytes=4)
    bench.executor.collect(logs)
    write(logs, b"0123456789")
    follower = bench.executor.follow(logs, offset=7)
    bench.executor.release(logs)
    assert everything(follower) == b"789"


def test_a_follower_gets_bytes_as_they_come(bench: Bench) -> None:
    logs = bench.logs()
    bench.executor.collect(logs)
    with closing(bench.executor.follow(logs)) as follower:
        for word in (b"one", b"two"):
            write(logs, word)
            assert follower.recv(100) == word
    bench.executor.release(logs)


def test_a_released_log_can_still_be_read(bench: Bench) -> None:
    logs = bench.logs()
    bench.executor.collect(logs)
    write(logs, b"kept")
    bench.executor.release(logs)
    assert everything(bench.executor.follow(logs)) == b"kept"


def test_a_log_that_never_was_is_empty(bench: Bench) -> None:
    assert everything(bench.executor.follow(bench.logs("nothing"))) == b""


def test_100_megabytes_come_through_byte_by_byte(bench: Bench) -> None:
    logs = bench.logs(max_files=2, max_file_bytes=3 * MEGABYTE)
    bench.executor.collect(logs)
    follower = bench.executor.follow(logs)
    found = hashlib.sha256()

    def read() -> None:
        while part := follower.recv(MEGABYTE):
            found.update(part)

    reader = threading.Thread(target=read)
    reader.start()
    blocks = [random.Random(seed).randbytes(MEGABYTE) for seed in range(10)]
    for _ in range(10):
        write(logs, b"".join(blocks))
    bench.executor.release(logs)
    reader.join()
    follower.close()
    assert found.hexdigest() == hashlib.sha256(b"".join(blocks) * 10).hexdigest()
    assert len(segments(logs)) <= 2


def test_a_slow_follower_holds_the_writer_back_and_loses_nothing(bench: Bench) -> None:
    logs = bench.logs(max_files=2, max_file_bytes=MEGABYTE)
    bench.executor.collect(logs)
    follower = bench.executor.follow(logs)
    content = random.Random(1).randbytes(12 * MEGABYTE)
    writer = threading.Thread(target=write, args=(logs, content))
    writer.start()
    time.sleep(0.5)
    assert writer.is_alive()
    parts = [follower.recv(MEGABYTE) for _ in range(8)]
    while sum(map(len, parts)) < len(content):
        parts.append(follower.recv(MEGABYTE))
    writer.join()
    bench.executor.release(logs)
    follower.close()
    assert b"".join(parts) == content


def test_a_follower_that_leaves_holds_nobody_back(bench: Bench) -> None:
    logs = bench.logs(max_files=2, max_file_bytes=MEGABYTE)
    bench.executor.collect(logs)
    bench.executor.follow(logs).close()
    write(logs, bytes(8 * MEGABYTE))
    bench.executor.release(logs)
    assert len(segments(logs)) == 2


def test_two_followers_get_the_same(bench: Bench) -> None:
    logs = bench.logs()
    bench.executor.collect(logs)
    followers = [bench.executor.follow(logs) for _ in range(2)]
    write(logs, b"both")
    bench.executor.release(logs)
    assert [everything(each) for each in followers] == [b"both", b"both"]


def test_output_goes_on_while_nobody_embeds(bench: Bench, data_dir: Path) -> None:
    logs = bench.logs()
    bench.executor.collect(logs)
    process = bench.start("/bin/sh", "-c", "echo one; sleep 0.5; echo two", stdout=logs.fifo)
    bench.executor.close()
    bench.executor = Executor(data_dir)
    bench.end(process)
    bench.executor.release(logs)
    assert everything(bench.executor.follow(logs)) == b"one\ntwo\n"


def test_a_task_may_open_its_output_again(bench: Bench) -> None:
    logs = bench.logs()
    bench.executor.collect(logs)
    bench.shell("echo again > /dev/stdout", stdout=logs.fifo)
    bench.executor.release(logs)
    assert everything(bench.executor.follow(logs)) == b"again\n"


def test_a_fifo_that_nobody_reads_refuses_the_start(bench: Bench, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(RefusedError, match="collect it before the start"):
        bench.run("/bin/true", stdout=str(tmp_path / "fifo"))


def test_a_file_where_the_fifo_should_be_is_left_alone(bench: Bench) -> None:
    logs = bench.logs()
    Path(logs.fifo).write_text("precious")
    with pytest.raises(RefusedError, match="is not a FIFO"):
        bench.executor.collect(logs)
    assert Path(logs.fifo).read_text() == "precious"


def test_a_log_whose_fifo_was_removed_ends_when_an_embedder_goes(bench: Bench, data_dir: Path) -> None:
    logs = bench.logs()
    bench.executor.collect(logs)
    write(logs, b"last words")
    Path(logs.fifo).unlink()
    passer_by = Executor(data_dir)
    passer_by.processes()
    passer_by.close()
    assert everything(bench.executor.follow(logs)) == b"last words"


def test_small_lines_all_arrive(bench: Bench) -> None:
    logs = bench.logs()
    bench.executor.collect(logs)
    bench.shell("i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done", stdout=logs.fifo)
    bench.executor.release(logs)
    expected = b"".join(b"line %d\n" % number for number in range(3000))
    assert everything(bench.executor.follow(logs)) == expected


def test_the_pipe_is_read_while_the_file_cannot_be_seen_yet(bench: Bench) -> None:
    logs = bench.logs()
    bench.executor.collect(logs)
    write(logs, b"x")
    wait_until(lambda: segments(logs) == {"web.stdout.0": 1})
    bench.executor.release(logs)


@pytest.mark.parametrize("harm", ["removed", "cut"])
def test_a_file_that_is_harmed_while_it_is_written_costs_only_what_was_in_it(bench: Bench, harm: str) -> None:
    logs = bench.logs(max_file_bytes=1000)
    newest = Path(logs.directory) / "web.stdout.0"
    bench.executor.collect(logs)
    write(logs, b"a" * 100)
    wait_until(lambda: segments(logs) == {"web.stdout.0": 100})
    newest.unlink() if harm == "removed" else os.truncate(newest, 0)
    write(logs, b"b" * 100)
    bench.executor.release(logs)
    assert (Path(logs.directory) / "web.stdout.1").read_bytes() == b"b" * 100
    assert everything(bench.executor.follow(logs)) == b"b" * 100


def test_a_file_that_was_removed_keeps_no_follower_from_the_rest(bench: Bench) -> None:
    logs = bench.logs(max_file_bytes=1000)
    bench.executor.collect(logs)
    write(logs, b"a" * 1000 + b"b" * 1000 + b"c" * 500)
    bench.executor.release(logs)
    (Path(logs.directory) / "web.stdout.1").unlink()
    assert everything(bench.executor.follow(logs)) == b"a" * 1000
    assert everything(bench.executor.follow(logs, offset=1000)) == b"c" * 500


@pytest.mark.parametrize("trick", ["a link", "a fifo", "a directory"])
def test_what_a_task_puts_in_the_place_of_the_next_file_holds_nobody_up(bench: Bench, trick: str) -> None:
    logs, precious = bench.logs(max_file_bytes=1000), bench.folder / "precious"
    precious.write_text("precious")
    bench.executor.collect(logs)
    planted = Path(logs.directory) / "web.stdout.1"
    {"a link": lambda: planted.symlink_to(precious), "a fifo": lambda: os.mkfifo(planted)}.get(
        trick, planted.mkdir
    )()
    write(logs, b"a" * 1500)
    wait_until(lambda: "waits: " in bench.complaints())
    assert bench.shell("exit 3").code == 3
    planted.rmdir() if trick == "a directory" else planted.unlink()
    bench.executor.release(logs)
    assert planted.read_bytes() == b"a" * 500
    assert precious.read_text() == "precious"
    (bench.data_dir / "supervisor.log").write_text("")


def test_a_full_disk_makes_the_task_wait_and_loses_nothing(
    bench: Bench, tmp_path: Path, need_kernel: NeedKernel
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        need_kernel("no file system can be mounted")
    try:
        logs = LogFiles(fifo=str(tmp_path / ".fifo"), directory=str(disk), prefix="web.stdout")
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(MEGABYTE))
        bench.executor.collect(logs)
        content = random.Random(1).randbytes(MEGABYTE + 2000)
        write(logs, content)
        wait_until(lambda: "waits: No space left" in bench.complaints())
        with pytest.raises(RefusedError, match="before the disk takes the rest: No space left"):
            bench.executor.release(logs)
        ballast.unlink()
        wait_until(lambda: not Path(logs.fifo).exists())
        assert everything(bench.executor.follow(logs)) == content
        assert bench.complaints().count("waits") == 1
        (bench.data_dir / "supervisor.log").write_text("")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_pipe_whose_bytes_were_taken_and_not_yet_written_is_not_empty(tmp_path: Path) -> None:
    """Else the end of a log on a full disk would throw them away."""
    pipe = intakes.Pipe(Loop(), plain_pump, str(tmp_path / "fifo"))
    pipe.open()
    full = os.open("/dev/full", os.O_WRONLY)
    with (tmp_path / "fifo").open("wb") as fifo:
        fifo.write(b"taken")
    assert not pipe.empty(0)
    with pytest.raises(OSError, match="No space"):
        pipe.take(full, 0, 100, 0)
    assert not pipe.empty(0)
    os.close(full)
    pipe.close()


def test_what_was_taken_when_the_disk_was_full_is_written_later(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    full = os.open("/dev/full", os.O_WRONLY)
    target = os.open(tmp_path / "log", os.O_RDWR | os.O_CREAT)
    try:
        os.write(writing, b"first")
        with pytest.raises(OSError, match="No space"):
            plain_pump.fill(reading, full, 0, 100)
        os.write(writing, b"second")
        assert [plain_pump.fill(reading, target, at, most) for at, most in ((0, 3), (3, 100), (5, 100))] == [
            3,
            2,
            6,
        ]
        assert os.pread(target, 100, 0) == b"firstsecond"
    finally:
        for descriptor in (reading, writing, full, target):
            os.close(descriptor)


FEW_FILES = """
import sys
from ostler.errors import RefusedError
from ostler.executor import Executor, LogFiles
from ostler.executor.supervisor import plain_pump

folder = sys.argv[1]
executor = Executor(f"{folder}/data")
logs = [LogFiles(directory=f"{folder}/logs", prefix=f"web{number}.stdout") for number in range(60)]
try:
    for each in logs:
        executor.collect(each)
except RefusedError as error:
    print(error)
for each in logs:
    executor.release(each)
executor.collect(logs[-1])
executor.release(logs[-1])
executor.close()
"""


def test_a_supervisor_that_may_open_no_more_files_says_so_and_goes_on(tmp_path: Path, data_dir: Path) -> None:
    limited = ["prlimit", "--nofile=48:48", sys.executable, "-c", FEW_FILES, str(tmp_path)]
    ran = subprocess.run(limited, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "Too many open files: the supervisor may have 48 files open, and needs about four" in ran.stdout
    assert (data_dir / "supervisor.log").read_text() == ""
