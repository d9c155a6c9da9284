"""Logs that belong to a command: collected with its start, counted, followed to its end, kept over deaths."""

from __future__ import annotations

import os
import re
import resource
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ostler.errors import RefusedError
from ostler.executor import Executor, Exit, Limits, LogFiles, Reason
from tests.executor.bench import kill_supervisor, pids_of, wait_until
from tests.executor.test_logs import MEGABYTE, everything, segments, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.executor.bench import Bench

WAIT = "until [ -e {}/go ]; do sleep 0.01; done"


def files(bench: Bench, name: str = "web.stdout", **fields: Any) -> LogFiles:  # noqa: ANN401 - of LogFiles
    return LogFiles(directory=str(bench.folder / "logs"), prefix=name, **fields)


def content(bench: Bench, logs: LogFiles, **fields: Any) -> bytes:  # noqa: ANN401 - those of `read`
    return b"".join(piece for _, piece in bench.executor.read(logs, **fields))


@pytest.fixture(params=["bench", "portable"])
def either(request: pytest.FixtureRequest) -> Bench:
    found: Bench = request.getfixturevalue(request.param)
    return found


def test_a_log_that_is_given_with_the_command_ends_with_it(either: Bench) -> None:
    out, err = files(either), files(either, "web.stderr")
    script = "echo one; echo two >&2; sleep 0.2; echo three"
    follower = either.executor.follow(out, wait=True)  # before the start
    assert either.shell(script, stdout=out, stderr=err).code == 0
    assert everything(follower) == b"one\nthree\n"
    assert (content(either, out), content(either, err)) == (b"one\nthree\n", b"two\n")
    assert segments(out) == {"web.stdout.0": 10, "web.stderr.0": 4}


def test_who_waits_for_a_log_and_names_an_offset_is_told_the_same_one(either: Bench) -> None:
    out = files(either)
    follower = either.executor.follow(out, offset=4, wait=True)
    assert either.shell("echo one; sleep 0.1; echo two", stdout=out).code == 0
    assert (follower.offset, everything(follower)) == (4, b"two\n")


def test_who_names_an_offset_beyond_the_end_gets_what_comes_from_there_on(either: Bench) -> None:
    out = files(either)
    process = either.start("/bin/sh", "-c", f"echo one; {WAIT.format(either.folder)}; echo two", stdout=out)
    wait_until(lambda: content(either, out) == b"one\n")
    within, beyond = (either.executor.follow(out, offset=offset) for offset in (6, 100))
    (either.folder / "go").touch()
    assert either.end(process).code == 0
    assert (within.offset, everything(within)) == (6, b"o\n")
    assert (beyond.offset, everything(beyond)) == (100, b"")
    assert list(either.executor.read(out, offset=100, follow=True)) == []
    assert list(either.executor.read(out, offset=100)) == []


def test_a_start_that_fails_leaves_no_log_open(bench: Bench) -> None:
    with pytest.raises(RefusedError):
        bench.start("/etc/passwd", stdout=files(bench))
    assert not Path(files(bench).path).exists()


def test_a_name_that_is_taken_costs_the_running_task_nothing(bench: Bench) -> None:
    logs = files(bench)
    command = bench.command("/bin/sh", "-c", "sleep 0.3; echo mine", stdout=logs)
    first = bench.executor.start(command)
    with pytest.raises(RefusedError, match="already started"):
        bench.executor.start(command)
    bench.started.append(first)
    assert bench.end(first).code == 0
    assert content(bench, logs) == b"mine\n"


def test_reading_tells_where_each_piece_stands(bench: Bench) -> None:
    logs = files(bench, max_files=3, max_file_bytes=1000)
    bench.shell("head -c 5500 /dev/zero", stdout=logs)
    assert [(at, len(piece)) for at, piece in bench.executor.read(logs)] == [
        (3000, 1000),
        (4000, 1000),
        (5000, 500),
    ]
    followed = list(bench.executor.read(logs, offset=4200, follow=True))
    assert (followed[0][0], sum(len(piece) for _, piece in followed)) == (4200, 1300)
    assert list(bench.executor.read(logs, offset=9000)) == []


@contextmanager
def in_the_way(logs: LogFiles) -> Iterator[None]:
    """Put a file in the place of a log's directory."""
    folder = Path(logs.directory)
    aside = folder.rename(folder.with_name("aside"))
    folder.touch()
    yield
    folder.unlink()
    aside.rename(folder)


def test_a_log_that_a_successor_can_not_open_for_a_while_loses_nothing(bench: Bench) -> None:
    logs = bench.logs()
    script = f"echo one; {WAIT.format(bench.folder)}; echo two"
    process = bench.start("/bin/sh", "-c", script, stdout=logs)
    wait_until(lambda: segments(logs) == {"web.stdout.0": 4})
    with in_the_way(logs):
        kill_supervisor(bench.data_dir)
        (bench.folder / "go").touch()
        assert bench.end(process).code == 0
        time.sleep(0.7)  # for one more try to fail
    assert content(bench, logs, follow=True) == b"one\ntwo\n"
    assert not Path(logs.fifo).exists()
    assert bench.complaints() == f"{logs.directory}/{logs.prefix} waits: File exists\n"
    (bench.data_dir / "supervisor.log").write_text("")


def test_a_log_that_a_successor_can_not_open_for_a_while_stays_its_owners(bench: Bench) -> None:
    logs = bench.logs()
    bench.executor.collect(logs)
    script = f"echo one; {WAIT.format(bench.folder)}; echo two"
    process = bench.start("/bin/sh", "-c", script, stdout=logs.fifo)
    wait_until(lambda: segments(logs) == {"web.stdout.0": 4})
    with in_the_way(logs):
        kill_supervisor(bench.data_dir)
        wait_until(lambda: "waits: " in bench.complaints())
        with pytest.raises(RefusedError, match=r"web.stdout is not at its end before .*: File exists"):
            Executor(bench.data_dir).release(logs)
    bench.executor.processes()
    (bench.folder / "go").touch()
    assert bench.end(process).code == 0
    wait_until(lambda: segments(logs) == {"web.stdout.0": 8})
    bench.executor.release(logs)
    assert content(bench, logs) == b"one\ntwo\n"
    (bench.data_dir / "supervisor.log").write_text("")


def test_who_reads_along_before_the_start_gets_all_until_the_end(bench: Bench) -> None:
    logs, found = files(bench, max_files=2, max_file_bytes=100_000), bytearray()

    def read() -> None:
        for at, piece in bench.executor.read(logs, follow=True):
            assert at == len(found)
            found.extend(piece)

    reader = threading.Thread(target=read)
    reader.start()
    bench.shell("for i in 1 2 3; do head -c 300000 /dev/zero | tr '\\0' $i; sleep 0.1; done", stdout=logs)
    reader.join(20)
    assert not reader.is_alive()
    assert bytes(found) == b"1" * 300_000 + b"2" * 300_000 + b"3" * 300_000


def test_a_reader_that_does_not_hold_is_told_what_it_missed(bench: Bench) -> None:
    logs = files(bench, max_files=2, max_file_bytes=MEGABYTE)
    pieces = bench.executor.read(logs, follow=True, hold=False)
    script = f"echo hi; {WAIT.format(bench.folder)}; head -c 8388605 /dev/zero"
    process = bench.start("/bin/sh", "-c", script, stdout=logs)
    assert next(pieces) == (0, b"hi\n")
    (bench.folder / "go").touch()
    assert bench.end(process).code == 0
    rest = list(pieces)
    assert sum(len(piece) for _, piece in rest) < 8 * MEGABYTE - 3
    assert rest[-1][0] + len(rest[-1][1]) == 8 * MEGABYTE
    assert any(
        before[0] + len(before[1]) < after[0]
        for before, after in zip([(0, b"hi\n"), *rest], rest, strict=False)
    )


def test_both_streams_count_together_and_no_byte_beyond_the_limit_is_lost(bench: Bench) -> None:
    out, err = files(bench), files(bench, "web.stderr")
    script = "yes & exec yes >&2"
    limits = Limits(output_bytes=MEGABYTE)
    end = bench.shell(script, stdout=out, stderr=err, limits=limits)
    assert end.reason is Reason.OUTPUT_LIMIT
    found = re.fullmatch(r"output limit: (\d+) bytes written, where 1048576 are allowed", end.message)
    assert found is not None
    assert MEGABYTE < int(found[1]) <= len(content(bench, out)) + len(content(bench, err))


def test_a_log_whose_embedder_died_ends_with_its_task(bench: Bench) -> None:
    logs = bench.logs()
    other = Executor(bench.data_dir)
    other.collect(logs)
    process = bench.start("/bin/sh", "-c", "sleep 0.3; echo alone", stdout=logs.path)
    other.close()
    started = time.monotonic()
    assert b"".join(piece for _, piece in bench.executor.read(logs, follow=True)) == b"alone\n"
    assert time.monotonic() - started < 20
    assert bench.end(process).code == 0
    assert not Path(logs.path).exists()


def test_a_task_without_embedder_and_supervisor_loses_nothing_that_it_writes(bench: Bench) -> None:
    logs = files(bench, max_file_bytes=MEGABYTE)
    script = "sleep 0.3; head -c 700000 /dev/zero; echo end"
    process = bench.start("/bin/sh", "-c", script, stdout=logs)
    bench.executor.close()
    kill_supervisor(bench.data_dir)
    time.sleep(0.6)
    bench.executor = Executor(bench.data_dir)
    assert bench.end(process) == Exit(code=0)
    assert content(bench, logs, follow=True) == bytes(700_000) + b"end\n"
    assert not Path(logs.path).exists()


def test_a_reader_goes_on_with_the_next_supervisor(bench: Bench) -> None:
    logs = files(bench)
    script = f"echo one; {WAIT.format(bench.folder)}; echo two"
    process = bench.start("/bin/sh", "-c", script, stdout=logs)
    pieces = bench.executor.read(logs, follow=True)
    assert next(pieces) == (0, b"one\n")
    kill_supervisor(bench.data_dir)
    (bench.folder / "go").touch()
    assert b"".join(piece for _, piece in pieces) == b"two\n"
    assert bench.end(process) == Exit(code=0)


def test_a_task_that_appends_to_the_file_itself_is_followed_to_its_end(either: Bench) -> None:
    logs = files(either, direct=True, max_files=2, max_file_bytes=10)
    follower = either.executor.follow(logs, wait=True)
    script = "echo one; sleep 0.2; head -c 3000000 /dev/zero"
    assert either.shell(script, stdout=logs).code == 0
    assert everything(follower) == b"one\n" + bytes(3_000_000)
    assert segments(logs) == {"web.stdout.0": 3_000_004}
    assert content(either, logs, offset=3_000_000) == bytes(4)


def test_a_supervisor_that_may_write_no_long_files_begins_new_ones(either: Bench) -> None:
    logs = files(either)
    (supervisor,) = started = supervisors(either)
    _, most = resource.prlimit(supervisor, resource.RLIMIT_FSIZE)
    resource.prlimit(supervisor, resource.RLIMIT_FSIZE, (MEGABYTE, most))
    assert either.shell("seq 500000; exit 3", stdout=logs) == Exit(code=3)
    assert content(either, logs) == b"".join(b"%d\n" % number for number in range(1, 500_001))
    assert set(segments(logs).values()) == {MEGABYTE, 3_388_895 % MEGABYTE}
    assert supervisors(either) == started


def supervisors(bench: Bench) -> list[int]:
    bench.executor.processes()
    return pids_of(f"supervisor_daemon/__main__.py {bench.data_dir}")


def test_the_file_of_a_task_that_did_not_start_is_not_looked_at(either: Bench) -> None:
    with pytest.raises(RefusedError):
        either.start("/bin/true", cwd="/nowhere", stdout=files(either, direct=True))
    (supervisor,) = pids_of(f"supervisor_daemon/__main__.py {either.data_dir}")
    assert not any("web.stdout" in each for each in descriptors(supervisor))


def descriptors(process: int) -> list[str]:
    """Name what a process has open."""
    folder = Path(f"/proc/{process}/fd")
    return [os.readlink(each) for each in folder.iterdir() if each.is_symlink()]


def test_a_rested_log_takes_one_descriptor_and_nobody_s_time(bench: Bench) -> None:
    logs = [bench.logs(f"web{number}.stdout") for number in range(20)]
    for each in logs:
        bench.executor.collect(each)
        write(each, b"hello\n")
    (supervisor,) = pids_of(f"supervisor_daemon/__main__.py {bench.data_dir}")
    wait_until(lambda: not any(".stdout.0" in each for each in descriptors(supervisor)))
    assert sum(".fifo" in each for each in descriptors(supervisor)) == len(logs)

    def used() -> list[str]:
        return Path(f"/proc/{supervisor}/stat").read_text().split()[13:15]

    def rests() -> bool:
        before = used()
        time.sleep(0.5)
        return used() == before

    wait_until(rests)  # soon: it may just be closing the last of them
    with closing(bench.executor.follow(logs[3])) as follower:
        write(logs[3], b"again\n")
        assert follower.recv(6) + follower.recv(6) == b"hello\nagain\n"
    for each in logs:
        bench.executor.release(each)
