"""Logs of tasks that append to a regular file, as those on other machines do."""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ostler.errors import RefusedError
from ostler.executor import Executor, Exit, LogFiles
from tests.executor.bench import kill_supervisor, wait_until
from tests.executor.test_logs import MEGABYTE, everything, segments

if TYPE_CHECKING:
    from tests.executor.bench import Bench


def spooled(bench: Bench, **fields: Any) -> LogFiles:  # noqa: ANN401 - those of LogFiles
    folder = bench.folder / "logs"
    folder.mkdir(exist_ok=True)
    return LogFiles(
        spool=str(folder / ".web.stdout.spool"), directory=str(folder), prefix="web.stdout", **fields
    )


def append(logs: LogFiles, content: bytes) -> None:
    with open(logs.spool, "ab") as spool:
        spool.write(content)


def test_what_is_appended_reaches_the_file_and_the_follower(bench: Bench) -> None:
    logs = spooled(bench)
    bench.executor.collect(logs)
    with closing(bench.executor.follow(logs)) as follower:
        for word in (b"one", b"two"):
            append(logs, word)
            assert follower.recv(100) == word
    bench.executor.release(logs)
    assert (Path(logs.directory) / "web.stdout.0").read_bytes() == b"onetwo"


def test_the_spool_is_private_and_removed_at_the_end(bench: Bench) -> None:
    logs = spooled(bench)
    bench.executor.collect(logs)
    assert Path(logs.spool).stat().st_mode & 0o777 == 0o600
    bench.executor.release(logs)
    assert segments(logs) == {"web.stdout.0": 0}


def test_what_comes_just_before_the_release_is_not_lost(bench: Bench) -> None:
    logs = spooled(bench)
    bench.executor.collect(logs)
    follower = bench.executor.follow(logs)
    append(logs, bytes(3 * MEGABYTE))
    bench.executor.release(logs)
    assert everything(follower) == bytes(3 * MEGABYTE)


def test_files_are_rotated_as_those_of_a_fifo(bench: Bench) -> None:
    logs = spooled(bench, max_files=3, max_file_bytes=1000)
    bench.executor.collect(logs)
    append(logs, bytes(5500))
    bench.executor.release(logs)
    assert segments(logs) == {"web.stdout.3": 1000, "web.stdout.4": 1000, "web.stdout.5": 500}


def test_100_megabytes_come_through_byte_by_byte(bench: Bench) -> None:
    logs = spooled(bench, max_files=2, max_file_bytes=3 * MEGABYTE)
    bench.executor.collect(logs)
    follower, told, sent = bench.executor.follow(logs), hashlib.sha256(), hashlib.sha256()
    with closing(follower):
        for _ in range(100):
            block = os.urandom(MEGABYTE)
            append(logs, block)
            sent.update(block)
            wanted = MEGABYTE
            while wanted:
                piece = follower.recv(wanted)
                told.update(piece)
                wanted -= len(piece)
    bench.executor.release(logs)
    assert told.digest() == sent.digest()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux makes holes")
def test_what_was_taken_over_takes_no_room_twice(bench: Bench) -> None:
    logs = spooled(bench, max_files=1, max_file_bytes=MEGABYTE)
    bench.executor.collect(logs)
    append(logs, b"x" * (40 * MEGABYTE))
    wait_until(lambda: segments(logs).get("web.stdout.39") == MEGABYTE)
    wait_until(lambda: os.stat(logs.spool).st_blocks * 512 < 10 * MEGABYTE)
    bench.executor.release(logs)


@pytest.mark.parametrize("left", [0, 200, None])
def test_what_somebody_takes_from_the_file_is_taken_over_again(bench: Bench, left: int | None) -> None:
    logs = spooled(bench, max_file_bytes=1000)
    bench.executor.collect(logs)
    append(logs, b"a" * 1500)
    newest = Path(logs.directory) / "web.stdout.1"
    wait_until(lambda: segments(logs).get(newest.name) == 500)
    if left is None:
        newest.unlink()
    else:
        os.truncate(newest, left)
    append(logs, b"b" * 1000)
    bench.executor.release(logs)
    content = b"".join((Path(logs.directory) / f"web.stdout.{number}").read_bytes() for number in range(3))
    assert content == b"a" * 1500 + b"b" * 1000


def test_the_next_supervisor_goes_on_where_the_last_one_ended(bench: Bench) -> None:
    logs = spooled(bench, max_file_bytes=1000)
    bench.executor.collect(logs)
    append(logs, b"a" * 1500)
    wait_until(lambda: segments(logs).get("web.stdout.1") == 500)
    kill_supervisor(bench.data_dir)
    append(logs, b"b" * 1000)
    wait_until(lambda: segments(logs).get("web.stdout.2") == 500)
    bench.executor.release(logs)
    content = b"".join((Path(logs.directory) / f"web.stdout.{number}").read_bytes() for number in range(3))
    assert content == b"a" * 1500 + b"b" * 1000


def test_what_was_appended_as_the_supervisor_died_is_released_by_the_next_one(bench: Bench) -> None:
    logs = spooled(bench)
    bench.executor.collect(logs)
    append(logs, b"the last words")
    kill_supervisor(bench.data_dir)
    bench.executor.release(logs)
    assert b"the last words" in (Path(logs.directory) / "web.stdout.0").read_bytes()
    assert not Path(logs.spool).exists()


def test_a_log_that_the_next_supervisor_refuses_loses_no_task(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    logs = spooled(bench)
    bench.executor.collect(logs)
    process = bench.start("sh", "-c", f"until [ -e {bench.folder}/go ]; do sleep 0.01; done; exit 3")
    Path(logs.spool).unlink()
    Path(logs.spool).mkdir()
    kill_supervisor(bench.data_dir)
    (bench.folder / "go").touch()
    assert bench.end(process) == Exit(code=3)
    assert "web.stdout" in caplog.text
    assert "is not collected any more: " in caplog.text


def test_a_spool_that_nobody_collected_any_more_is_taken_over_later(bench: Bench) -> None:
    logs = spooled(bench)
    append(logs, b"written while no supervisor was there")
    with closing(Executor(bench.data_dir)) as later:
        later.collect(logs)
        later.release(logs)
    assert (Path(logs.directory) / "web.stdout.0").read_bytes() == b"written while no supervisor was there"


@pytest.mark.parametrize("trick", ["a link", "a fifo"])
def test_what_is_no_regular_file_is_refused(bench: Bench, trick: str) -> None:
    logs, precious = spooled(bench), bench.folder / "precious"
    precious.write_text("precious")
    (Path(logs.spool).symlink_to if trick == "a link" else lambda _: os.mkfifo(logs.spool))(precious)
    with pytest.raises(RefusedError, match="spool"):
        bench.executor.collect(logs)
    assert precious.read_text() == "precious"


def test_a_link_in_the_place_of_the_spool_is_not_followed(bench: Bench) -> None:
    logs, secret = spooled(bench), bench.folder / "secret"
    secret.write_text("secret")
    bench.executor.collect(logs)
    append(logs, b"mine")
    wait_until(lambda: segments(logs).get("web.stdout.0") == 4)
    Path(logs.spool).unlink()
    Path(logs.spool).symlink_to(secret)
    bench.executor.release(logs)
    assert (Path(logs.directory) / "web.stdout.0").read_bytes() == b"mine"
    assert secret.read_text() == "secret"
