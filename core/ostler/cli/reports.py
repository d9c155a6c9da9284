"""Show a run as it goes: on a terminal, to a pipe, or as lines of JSON."""

from __future__ import annotations

import base64
import json
import sys
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

import click

from ostler.cli.visible import in_a_line, in_json, visible

if TYPE_CHECKING:
    from ostler.runner.events import Event

_PALETTE: Final = ("cyan", "magenta", "blue", "green", "yellow")
_ALARMING: Final = frozenset(
    {"Setup Failure", "Failed Validation", "Failed Artifact Download", "Driver Failure", "Not Restarting"}
)


class Report(Protocol):
    """What a run is reported to; called on one thread."""

    def event(self, event: Event) -> None:
        """Take an event."""
        ...

    def output(self, task: str, stream: str, chunk: bytes) -> None:
        """Take what a task wrote."""
        ...

    def close(self) -> None:
        """Write what is still held back."""
        ...


def report_to(stdout: BinaryIO, *, as_json: bool) -> Report:
    """Choose the report that fits what stdout is."""
    if as_json:
        return JsonReport(stdout)
    return TerminalReport(stdout) if stdout.isatty() else PipeReport(stdout)


def _write(stream: BinaryIO, content: bytes) -> None:
    stream.write(content)
    stream.flush()


class JsonReport:
    """Every event and every piece of output as one line of JSON on stdout."""

    def __init__(self, stdout: BinaryIO) -> None:
        self._stdout = stdout

    def event(self, event: Event) -> None:
        """Write the event."""
        self._line(event.to_dict())

    def output(self, task: str, stream: str, chunk: bytes) -> None:
        """Write the output as an event of type Output; bytes that are no UTF-8 come as base64."""
        try:
            content = {"text": chunk.decode("utf-8")}
        except UnicodeDecodeError:
            content = {"base64": base64.b64encode(chunk).decode("ascii")}
        self._line({"type": "Output", "task": task, "stream": stream, **content})

    def close(self) -> None:
        """Nothing is held back."""

    def _line(self, plain: dict[str, object]) -> None:
        document = json.dumps(plain, ensure_ascii=False)
        _write(self._stdout, in_json(document).encode("utf-8", "backslashreplace") + b"\n")


class PipeReport:
    """The tasks' stdout to stdout byte for byte; their stderr and the events to stderr."""

    def __init__(self, stdout: BinaryIO) -> None:
        self._stdout = stdout

    def event(self, event: Event) -> None:
        """Write the event as one line."""
        click.echo(_sentence(event), err=True)

    def output(self, task: str, stream: str, chunk: bytes) -> None:
        """Pass the bytes on as they are."""
        del task
        _write(self._stdout if stream == "stdout" else sys.stderr.buffer, chunk)

    def close(self) -> None:
        """Nothing is held back."""


class TerminalReport:
    """Whole lines, each with its task's name in a colour of its own."""

    def __init__(self, stdout: BinaryIO) -> None:
        self._stdout = stdout
        self._colours: dict[str, str] = {}
        self._unfinished: dict[tuple[str, str], bytes] = {}

    def event(self, event: Event) -> None:
        """Write the event, failures in red."""
        sentence = _sentence(event)
        if sys.stderr.isatty():
            sentence = click.style(sentence, fg="red" if event.type in _ALARMING else None, dim=True)
        # Past the text that escapes controls: these are our own.
        _write(sys.stderr.buffer, f"{sentence}\n".encode("utf-8", "backslashreplace"))

    def output(self, task: str, stream: str, chunk: bytes) -> None:
        """Write the lines that are whole, and hold the rest back until it is."""
        *lines, rest = (self._unfinished.pop((task, stream), b"") + chunk).split(b"\n")
        for line in lines:
            self._line(task, line)
        if rest:
            self._unfinished[task, stream] = rest

    def close(self) -> None:
        """Write the last lines that have no end."""
        for (task, _), rest in self._unfinished.items():
            self._line(task, rest)
        self._unfinished.clear()

    def _line(self, task: str, line: bytes) -> None:
        colour = self._colours.setdefault(task, _PALETTE[len(self._colours) % len(_PALETTE)])
        _write(
            self._stdout,
            click.style(f"{in_a_line(task)} | ", fg=colour).encode("utf-8", "backslashreplace")
            + line
            + b"\n",
        )


def _sentence(event: Event) -> str:
    time = event.time.astimezone().strftime("%H:%M:%S")
    message = visible(event.message).replace("\n", "\n  ")  # nothing in it passes for another event
    return f"{time} {in_a_line(event.task)}: {event.type}: {message}"
