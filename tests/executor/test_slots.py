from __future__ import annotations

import fcntl
import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from ostler.executor import Executor, Exit, Isolation
from ostler.executor.supervisor import slot
from tests.executor.bench import alive, kill_supervisor, wait_until

if TYPE_CHECKING:
    from tests.executor.bench import Bench

MEGABYTE = 1024 * 1024
# A page fits a pipe that nobody reads, also where its user has so many that the kernel gives no larger ones.
PAGE = 4096
WRITE_AND_LEAVE = f"until [ -e {{}}/go ]; do sleep 0.01; done; head -c {PAGE} /dev/zero; exit 3"


def slot_of_the_only_task(data_dir: Path) -> tuple[slot.Handle | None, slot.End | None]:
    (path,) = (data_dir / "tasks").glob("*.task")
    return slot.read(str(path))


def test_what_is_written_into_a_slot_is_read_from_it(tmp_path: Path) -> None:
    path = tmp_path / "slot"
    handle = slot.Handle(pid=7, main=8, inode=1 << 40, start_time=9, boot_id=b"b" * 16, flags=slot.BEGUN)
    end = slot.End(
        status=-1, time_ns=1 << 62, main=8, user_us=3, system_us=4, max_rss_kib=5, flags=slot.HOLDING
    )
    assert slot.read(str(path)) == (None, None)
    with path.open("wb") as opened:
        slot.write_end(opened.fileno(), end)
        assert slot.read(str(path))[0] is None
        slot.write_handle(opened.fileno(), handle)
    read = slot.read(str(path))
    assert [each and each.pack() for each in read] == [handle.pack(), end.pack()]
    assert path.stat().st_size <= slot.SIZE


def test_a_slot_names_the_init_and_what_the_task_used(
    bench: Bench, isolation: Isolation, data_dir: Path
) -> None:
    for inside in (Isolation(), isolation):
        process = bench.start(
            "/bin/sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done", isolation=inside
        )
        bench.end(process)
        handle, end = slot_of_the_only_task(data_dir)
        assert handle is not None
        assert (handle.pid, handle.begun) == (process.pid, True)
        assert end is not None
        assert end.user_us + end.system_us > 1000
        assert end.max_rss_kib > 100
        assert not end.holding
        bench.executor.forget(process)


def test_tasks_of_an_earlier_release_are_taken_up_with_their_ends(bench: Bench, data_dir: Path) -> None:
    """Its records had no inode and fewer fields, and its init wrote the end as JSON."""
    runs, ends = (bench.start("/bin/sleep", "60") for _ in range(2))
    bench.executor.close()
    kill_supervisor(data_dir)
    for process in (runs, ends):
        files = (data_dir / "tasks").glob("*.task")
        (path,) = (each for each in files if process.id.encode() in each.read_bytes())
        record = json.loads(path.read_bytes()[slot.SIZE :])
        for name in ("meter", "logs", "reserved", "entry"):
            record.pop(name)
        record |= {"state": "running", "process": {"pid": process.pid, "start_time": process.start_time}}
        path.unlink()
        path.with_suffix(".json").write_text(json.dumps(record))
        path.with_suffix(".exit").write_text("")
    os.kill(int(Path(f"/proc/{ends.pid}/task/{ends.pid}/children").read_text()), signal.SIGKILL)
    wait_until(lambda: not alive(ends.pid))
    path.with_suffix(".exit").write_text('{"status": 768, "user": 0.1}')
    bench.executor = Executor(data_dir)
    assert bench.end(ends) == Exit(code=3)
    assert bench.executor.recover(runs)
    bench.executor.stop(runs, grace_seconds=0)
    assert bench.end(runs).signal == signal.SIGKILL
    for process in (runs, ends):
        bench.executor.forget(process)
    assert list((data_dir / "tasks").iterdir()) == []


def test_a_log_outlives_the_task_and_the_supervisor(bench: Bench, data_dir: Path) -> None:
    logs = bench.logs()
    bench.executor.collect(logs)
    process = bench.start("/bin/sh", "-c", WRITE_AND_LEAVE.format(bench.folder), stdout=logs.fifo)
    bench.executor.close()
    kill_supervisor(data_dir)
    (bench.folder / "go").touch()
    wait_until(lambda: (end := slot_of_the_only_task(data_dir)[1]) is not None and end.holding)
    assert alive(process.pid)
    bench.executor = Executor(data_dir)
    assert bench.end(process) == Exit(code=3)
    bench.executor.collect(logs)
    bench.executor.release(logs)
    assert segment_sizes(logs.directory) == PAGE
    wait_until(lambda: not alive(process.pid))


def test_a_slow_reader_of_the_log_does_not_hold_back_the_end(bench: Bench) -> None:
    logs = bench.logs(max_files=2, max_file_bytes=MEGABYTE)
    bench.executor.collect(logs)
    # What two files don't take stays in the pipe, whose size hangs on how many the user has.
    count = 2 * MEGABYTE + room(logs.path) // 2
    with bench.executor.follow(logs):
        process = bench.start("/bin/sh", "-c", f"head -c {count} /dev/zero; exit 3", stdout=logs.fifo)
        assert bench.end(process) == Exit(code=3)
    bench.executor.release(logs)
    wait_until(lambda: not alive(process.pid))


def test_a_log_that_was_removed_is_held_no_longer(bench: Bench, data_dir: Path) -> None:
    logs = bench.logs()
    bench.executor.collect(logs)
    process = bench.start("/bin/sh", "-c", WRITE_AND_LEAVE.format(bench.folder), stdout=logs.fifo)
    bench.executor.close()
    kill_supervisor(data_dir)
    (bench.folder / "go").touch()
    os.unlink(logs.fifo)
    wait_until(lambda: not alive(process.pid))
    bench.executor = Executor(data_dir)


def room(fifo: str) -> int:
    """Tell how many bytes a FIFO takes that nobody reads."""
    pipe = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ)
    finally:
        os.close(pipe)


def segment_sizes(folder: str) -> int:
    return sum(path.stat().st_size for path in Path(folder).iterdir())
