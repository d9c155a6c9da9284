"""What lines of JSON make of a task's output, wherever its chunks are cut."""

from __future__ import annotations

import base64
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostler.cli.actions.bars import Bars
from ostler.cli.actions.reports import JsonReport
from ostler.runner.events import Event, EventType
from tests.cli.shell import Shell, job, sh

if TYPE_CHECKING:
    from collections.abc import Iterable

TEXT = "a\u00e9\u20ac\U0001f600z"
BYTES = TEXT.encode()


def told(chunks: Iterable[bytes], stream: str = "stdout") -> list[dict[str, Any]]:
    """Report chunks and give the lines."""
    stdout = io.BytesIO()
    report = JsonReport(stdout)
    for chunk in chunks:
        report.output("t", stream, chunk)
    report.close()
    return [json.loads(line) for line in stdout.getvalue().splitlines()]


def content(line: dict[str, Any]) -> bytes:
    return line["text"].encode() if "text" in line else base64.b64decode(line["base64"])


@pytest.mark.parametrize("cut", range(len(BYTES)))
def test_text_stays_text_wherever_it_is_cut(cut: int) -> None:
    found = told([BYTES[:cut], BYTES[cut:]])
    assert "".join(each["text"] for each in found) == TEXT


def test_text_stays_text_byte_by_byte() -> None:
    found = told(BYTES[at : at + 1] for at in range(len(BYTES)))
    assert [each["text"] for each in found] == list(TEXT)


def test_bytes_that_are_no_text_come_as_base64() -> None:
    assert told([b"\xff\x00"]) == [
        {"type": "Output", "task": "t", "stream": "stdout", "base64": base64.b64encode(b"\xff\x00").decode()}
    ]


def test_a_beginning_that_nothing_follows_comes_at_the_end() -> None:
    assert [content(each) for each in told([b"a\xe2\x82"])] == [b"a", b"\xe2\x82"]


def test_a_beginning_that_something_else_follows_spoils_nothing() -> None:
    assert [("text" in each, content(each)) for each in told([b"a\xe2\x82", b"hello"])] == [
        (True, b"a"),
        (False, b"\xe2\x82"),
        (True, b"hello"),
    ]


def test_streams_are_kept_apart() -> None:
    stdout = io.BytesIO()
    report = JsonReport(stdout)
    report.output("t", "stdout", b"\xc3")
    report.output("t", "stderr", b"e")
    report.output("t", "stdout", b"\xa9")
    assert [json.loads(line)["text"] for line in stdout.getvalue().splitlines()] == ["e", "é"]


@given(st.lists(st.binary(max_size=6) | st.text(max_size=3).map(str.encode), max_size=8))
def test_no_byte_is_lost_or_moved(chunks: list[bytes]) -> None:
    assert b"".join(content(each) for each in told(chunks)) == b"".join(chunks)


def test_a_task_that_writes_half_a_character_at_a_time_writes_text(ostler: Shell) -> None:
    ran = ostler.run(job(sh(r"printf '\303'; sleep 0.3; printf '\251'")), "--json")
    found = [json.loads(line) for line in ran.lines]
    assert [each["text"] for each in found if each["type"] == "Output"] == ["é"]


def coming(bytes_: int, **details: str) -> Event:
    message = f"fetching https://host/tool.tgz: {bytes_}"
    details.setdefault("step", "fetching")
    return Event(
        type=EventType.DOWNLOADING_ARTIFACTS,
        allocation_id="a",
        group="g",
        task="t",
        message=message,
        details={"artifact": "https://host/tool.tgz", "bytes": str(bytes_), **details},
    )


def test_bars_stand_below_what_is_written_and_go_when_all_is_there() -> None:
    stream = io.BytesIO()
    bars = Bars(stream, 100)
    for event in (
        coming(5_000_000, total="10000000", rate="2000000"),
        coming(9_000_000, total="10000000", rate="2000000"),
        coming(7_000_000, step="unpacking"),
    ):
        with bars.aside():
            assert bars.take(event)
    with bars.aside():
        stream.write(b"words of a task\n")
    with bars.aside():
        assert not bars.take(coming(10_000_000, seconds="1.0"))
    shown = stream.getvalue().decode()
    assert "tool.tgz" in shown
    assert "5.0 MB of 10.0 MB, 2.0 MB/s" in shown
    assert "unpacking, 7.0 MB" in shown
    assert shown.count("\x1b[1A\x1b[J") == 4
    assert shown.endswith("\x1b[1A\x1b[J")
