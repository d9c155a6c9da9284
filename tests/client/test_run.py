"""`ostler.run`: one command, its output, its code and its reason."""

from __future__ import annotations

import asyncio
import io
import threading
from typing import TYPE_CHECKING

import pytest

import ostler
from ostler.drivers import Reason

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.conftest import Golden


def test_a_command_gives_its_output_code_and_reason(data_dir: Path) -> None:
    result = ostler.run(["sh", "-c", "echo hi; echo low >&2; exit 3"], data_dir=data_dir)
    assert (result.output, result.stderr, result.code) == (b"hi\n", b"low\n", 3)
    assert (result.reason, result.successful) == (Reason.EXITED, False)


def test_memory_and_time_are_limits(data_dir: Path) -> None:
    result = ostler.run(["echo", "hi"], memory="64MiB", timeout=5, data_dir=data_dir)
    assert (result.output, result.code, result.successful) == (b"hi\n", 0, True)


def test_a_signal_is_told(data_dir: Path) -> None:
    result = ostler.run(["sh", "-c", "kill -9 $$"], data_dir=data_dir)
    assert (result.code, result.reason) == (137, Reason.SIGNALED)


def test_a_time_out_is_told(data_dir: Path) -> None:
    result = ostler.run(["sleep", "60"], timeout="300ms", data_dir=data_dir)
    assert (result.code, result.reason) == (124, Reason.TIMEOUT)


def test_too_much_memory_is_told(data_dir: Path) -> None:
    greedy = ["/usr/bin/python3", "-c", "x = b'1' * (300 << 20)"]
    result = ostler.run(greedy, memory=20 * 1024 * 1024, data_dir=data_dir)
    assert (result.code, result.reason) == (137, Reason.OOM)


def test_the_environment_is_what_was_given(data_dir: Path) -> None:
    result = ostler.run(["sh", "-c", "echo $GREETING"], env={"GREETING": "hello you"}, data_dir=data_dir)
    assert result.output == b"hello you\n"


def test_bytes_and_streams_are_read_by_the_command(data_dir: Path) -> None:
    much = bytes(range(256)) * 1024
    assert ostler.run(["cat"], stdin=much, data_dir=data_dir).output == much
    assert ostler.run(["cat", "/dev/stdin"], stdin=io.BytesIO(much), data_dir=data_dir).output == much
    assert ostler.run(["cat"], data_dir=data_dir).output == b""


def test_nothing_stays_of_a_run_but_the_empty_directories(data_dir: Path) -> None:
    ostler.run(["echo", "hi"], data_dir=data_dir)
    assert list(data_dir.glob("alloc/*")) == []
    assert list(data_dir.glob("client/*")) == []


MISTAKES = {
    "text": lambda where: ostler.run("echo hi", data_dir=where),
    "empty": lambda where: ostler.run([], data_dir=where),
    "missing": lambda where: ostler.run(["/nowhere"], data_dir=where),
    "memory": lambda where: ostler.run(["true"], memory="lots", data_dir=where),
    "timeout": lambda where: ostler.run(["true"], timeout=-1, data_dir=where),
    "duration": lambda where: ostler.run(["true"], timeout="soon", data_dir=where),
    "driver": lambda where: ostler.run(["true"], driver="exce", data_dir=where),
    "user": lambda where: ostler.run(["true"], user="root", data_dir=where),
    "env": lambda where: ostler.run(["true"], env={"A=B": "x"}, data_dir=where),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_in_words(name: str, data_dir: Path, golden: Golden) -> None:
    with pytest.raises(ostler.MistakeError) as raised:
        MISTAKES[name](data_dir)
    golden(f"run-{name}", str(raised.value))


def test_it_runs_inside_a_running_event_loop(data_dir: Path) -> None:
    async def inside() -> bytes:
        return ostler.run(["echo", "hi"], data_dir=data_dir).output

    assert asyncio.run(inside()) == b"hi\n"


def test_several_threads_may_run_at_once(data_dir: Path) -> None:
    found: list[bytes] = []

    def one(word: str) -> None:
        try:
            found.append(ostler.run(["echo", word], data_dir=data_dir).output)
        except Exception as error:  # noqa: BLE001 - shown where the test compares
            found.append(repr(error).encode())

    threads = [threading.Thread(target=one, args=[word]) for word in "abcd"]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(found) == [b"a\n", b"b\n", b"c\n", b"d\n"]
