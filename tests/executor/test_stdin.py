from __future__ import annotations

import io
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from ostler.errors import RefusedError
from ostler.executor import Process
from tests.executor.bench import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from ostler.executor import Isolation
    from tests.executor.bench import Bench

MUCH = bytes(range(256)) * 4096  # 1 MiB, more than any pipe holds at first
EMBEDDER = """
import sys, time
from ostler.executor import Command, Executor

class Slow:
    def read(self, size):
        print(flush=True)
        time.sleep(60)

executor = Executor(sys.argv[1])
argv = ("/bin/sh", "-c", "/bin/cat; echo over")
command = Command(id=sys.argv[3], argv=argv, stdout=sys.argv[2])
executor.start(command, stdin=Slow())
time.sleep(60)
"""


@pytest.fixture(params=["linux", "portable"])
def either(request: pytest.FixtureRequest) -> Bench:
    bench: Bench = request.getfixturevalue("bench" if request.param == "linux" else "portable")
    return bench


def read_back(bench: Bench, given: object, **fields: object) -> bytes:
    """Start something that writes what it reads, and give that."""
    process = bench.executor.start(bench.command("/bin/cat", **fields), stdin=given)  # type: ignore[arg-type]
    bench.started.append(process)
    assert bench.end(process).code == 0
    return (bench.folder / f"out.{len(list(bench.folder.glob('out.*')))}").read_bytes()


def test_nothing_is_read_unless_it_is_given(either: Bench) -> None:
    assert either.says("wc -c; readlink /proc/self/fd/0") == ["0", "/dev/null"]


def test_bytes_files_pipes_and_streams_are_read_to_their_end(either: Bench, tmp_path: Path) -> None:
    file = tmp_path / "given"
    file.write_bytes(MUCH)
    assert read_back(either, MUCH) == MUCH
    assert read_back(either, b"") == b""
    with file.open("rb") as opened:
        assert read_back(either, opened) == MUCH
    assert read_back(either, io.BytesIO(MUCH)) == MUCH
    with subprocess.Popen(["cat", str(file)], stdout=subprocess.PIPE) as writer:
        assert read_back(either, writer.stdout) == MUCH


def test_a_path_is_read(either: Bench, tmp_path: Path) -> None:
    (tmp_path / "given").write_bytes(MUCH)
    either.run("/bin/cat", stdin=str(tmp_path / "given"))
    assert (either.folder / "out.1").read_bytes() == MUCH
    with pytest.raises(RefusedError, match="No such file or directory"):
        either.run("/bin/cat", stdin=str(tmp_path / "missing"))


def test_relative_paths_are_those_of_the_caller(either: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(either.folder)
    (either.folder / "given").write_text("words")
    (either.folder / "given").chmod(0o644)
    assert either.run("/bin/cat", stdin="given", stdout="taken", stderr="taken").code == 0
    assert (either.folder / "taken").read_text() == "words"


def test_a_fifo_that_nobody_writes_to_is_at_its_end(either: Bench, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert either.run("/bin/cat", stdin=str(tmp_path / "fifo")).code == 0


def test_what_is_written_while_it_runs_arrives(either: Bench) -> None:
    reading, writing = os.pipe()
    process = either.executor.start(either.command("/bin/cat"), stdin=reading)
    either.started.append(process)
    os.close(reading)
    os.write(writing, b"first")
    wait_until(lambda: either.output() == "first")
    os.close(writing)
    assert either.end(process).code == 0


def test_an_isolated_task_may_open_its_input_again(
    bench: Bench, isolation: Isolation, tmp_path: Path
) -> None:
    fields = {"isolation": isolation, "user": "nobody" if os.geteuid() == 0 else ""}
    again = ("/bin/sh", "-c", "cat /dev/stdin")
    process = bench.executor.start(bench.command(*again, **fields), stdin=b"bytes")
    bench.started.append(process)
    bench.end(process)
    assert bench.output() == "bytes"
    os.mkfifo(tmp_path / "fifo", 0o600)
    holding = os.open(tmp_path / "fifo", os.O_RDWR)
    os.write(holding, b"fifo")
    process = bench.start("/bin/sh", "-c", "head -c 4 /dev/stdin", stdin=str(tmp_path / "fifo"), **fields)
    bench.end(process)
    os.close(holding)
    assert bench.output() == "fifo"


def test_a_task_that_reads_nothing_holds_nobody_up(either: Bench) -> None:
    process = either.executor.start(either.command("/bin/true"), stdin=io.BytesIO(MUCH))
    either.started.append(process)
    assert either.end(process).code == 0


def test_closing_the_executor_ends_what_came_through_it(bench: Bench) -> None:
    reading, writing = os.pipe()
    with open(reading, "rb", buffering=0) as source:
        endless = io.BufferedReader(source, 1)
        process = bench.executor.start(bench.command("/bin/cat"), stdin=_Through(endless))
        bench.started.append(process)
        os.write(writing, b"x")
        wait_until(lambda: bench.output() == "x")
        bench.executor.close()
        os.close(writing)
        bench.executor = type(bench.executor)(bench.data_dir)
        assert bench.end(process).code == 0


def test_with_the_embedder_gone_the_task_finds_the_end(bench: Bench, tmp_path: Path) -> None:
    name = f"test/{os.getpid()}/fed"
    command = [sys.executable, "-c", EMBEDDER, str(bench.data_dir), str(tmp_path / "out.fed"), name]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as embedder:
        assert embedder.stdout
        assert embedder.stdout.readline()
        wait_until((tmp_path / "out.fed").exists)
        embedder.kill()
    process = Process(id=name, pid=0, boot_id="", start_time=0, directory=str(bench.data_dir))
    bench.started.append(process)
    assert bench.end(process).code == 0
    assert (tmp_path / "out.fed").read_text() == "over\n"


class _Through:
    """A stream without a descriptor."""

    def __init__(self, source: io.BufferedReader[Any]) -> None:
        self.read1 = source.read1

    def read(self, size: int) -> bytes:
        return self.read1(size)


@pytest.mark.parametrize("source", ["a path", io.StringIO("text")])
def test_what_gives_no_bytes_is_refused_before_anything_starts(either: Bench, source: Any) -> None:  # noqa: ANN401 - wrong on purpose
    command = either.command("cat")
    with pytest.raises(TypeError, match="stdin: expected bytes, a descriptor, or a stream of bytes, found"):
        either.executor.start(command, stdin=source)
    assert command.id not in either.executor.processes()


def test_a_start_that_fails_takes_nothing_from_a_stream(either: Bench, tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish"
    rubbish.write_bytes(b"\x00\x01\x02")
    rubbish.chmod(0o755)
    source = io.BytesIO(b"said once")
    with pytest.raises(RefusedError, match="can't execute"):
        either.executor.start(either.command(str(rubbish)), stdin=source)
    process = either.executor.start(either.command("/bin/cat"), stdin=source)
    either.started.append(process)
    assert either.end(process).successful
    assert either.output() == "said once"
