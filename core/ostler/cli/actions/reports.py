"""Show a run as it goes: on a terminal, to a pipe, or as lines of JSON."""

from __future__ import annotations

import base64
import codecs
import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

import click

from ostler.cli.printing.apart import stderr
from ostler.cli.printing.failures import say
from ostler.cli.printing.terminal import coloured, columns
from ostler.visible import in_a_line, in_json, visible

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ostler.cli.actions.bars import Bars
    from ostler.runner.events import Event

_LONGEST: Final = 3  # bytes of a character of UTF-8 without its last
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
        self._undecided: dict[tuple[str, str], bytes] = {}

    def event(self, event: Event) -> None:
        """Write the event."""
        self._line(event.to_dict())

    def output(self, task: str, stream: str, chunk: bytes) -> None:
        """Write the output as an event of type Output; bytes that are no UTF-8 come as base64.

        The beginning of a character waits for its rest, so that text stays text wherever a chunk ends.
        """
        held = self._undecided.pop((task, stream), b"")
        if _broken(held, chunk):
            self._output(task, stream, held)
            held = b""
        whole = held + chunk
        size = len(whole) - _undecided(whole)
        self._output(task, stream, whole[:size])
        if whole[size:]:
            self._undecided[task, stream] = whole[size:]

    def close(self) -> None:
        """Write the beginnings that nothing came after."""
        for (task, stream), held in self._undecided.items():
            self._output(task, stream, held)
        self._undecided.clear()

    def _output(self, task: str, stream: str, content: bytes) -> None:
        if not content:
            return
        try:
            plain = {"text": content.decode("utf-8")}
        except UnicodeDecodeError:
            plain = {"base64": base64.b64encode(content).decode("ascii")}
        self._line({"type": "Output", "task": task, "stream": stream, **plain})

    def _line(self, plain: dict[str, object]) -> None:
        document = json.dumps(plain, ensure_ascii=False)
        _write(self._stdout, in_json(document).encode("utf-8", "backslashreplace") + b"\n")


def _undecided(content: bytes) -> int:
    """Count the bytes at the end, at most 3, that begin a character of UTF-8 and don't finish it."""
    for size in range(1, min(_LONGEST, len(content)) + 1):
        try:
            _, decided = codecs.utf_8_decode(content[-size:], "strict", False)  # noqa: FBT003 - takes no keyword
        except UnicodeDecodeError:
            continue
        return size - decided
    return 0


def _broken(begun: bytes, rest: bytes) -> bool:
    """Tell whether what comes next makes no character of the one that was begun."""
    try:
        codecs.utf_8_decode(begun + rest[:_LONGEST], "strict", False)  # noqa: FBT003 - takes no keyword
    except UnicodeDecodeError as error:
        return error.start == 0
    return False


class _Logs:
    """Tells the operator, once for each allocation, where its logs are."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def tell(self, event: Event) -> None:
        if "logs" in event.details and event.allocation_id not in self._told:
            self._told.add(event.allocation_id)
            say(f"note: allocation {event.allocation_id}: logs in {event.details['logs']}")


class PipeReport:
    """The tasks' stdout to stdout byte for byte; their stderr and the events to stderr."""

    def __init__(self, stdout: BinaryIO) -> None:
        self._stdout = stdout
        self._logs = _Logs()

    def event(self, event: Event) -> None:
        """Write the event as one line."""
        self._logs.tell(event)
        click.echo(_sentence(event), file=stderr())

    def output(self, task: str, stream: str, chunk: bytes) -> None:
        """Pass the bytes on as they are."""
        del task
        _write(self._stdout if stream == "stdout" else stderr().buffer, chunk)

    def close(self) -> None:
        """Nothing is held back."""


class TerminalReport:
    """Whole lines, each with its task's name in a colour of its own."""

    def __init__(self, stdout: BinaryIO) -> None:
        self._stdout = stdout
        self._logs = _Logs()
        self._colours: dict[str, str] = {}
        self._unfinished: dict[tuple[str, str], bytes] = {}
        self._bars: Bars | None = None

    def event(self, event: Event) -> None:
        """Write the event, failures in red; how far an artifact is, as a bar where that can be drawn."""
        with self._aside(event):
            if not (self._bars and self._bars.take(event)):
                self._sentence(event)

    def _sentence(self, event: Event) -> None:
        self._logs.tell(event)
        sentence = _sentence(event)
        if coloured(stderr()):
            sentence = click.style(sentence, fg="red" if event.type in _ALARMING else None, dim=True)
        # Past the text that escapes controls: these are our own.
        _write(stderr().buffer, f"{sentence}\n".encode("utf-8", "backslashreplace"))

    def output(self, task: str, stream: str, chunk: bytes) -> None:
        """Write the lines that are whole, and hold the rest back until it is."""
        with self._aside():
            self._lines(task, stream, chunk)

    def _lines(self, task: str, stream: str, chunk: bytes) -> None:
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

    def _aside(self, event: Event | None = None) -> AbstractContextManager[None]:
        """Give what takes the bars out of the way; there are some once an artifact has come in part."""
        if not self._bars and event and "bytes" in event.details and coloured(stderr()):
            from ostler.cli.actions.bars import Bars

            self._bars = Bars(stderr().buffer, columns(stderr()))
        return self._bars.aside() if self._bars else nullcontext()

    def _line(self, task: str, line: bytes) -> None:
        label = f"{in_a_line(task)} | "
        if coloured(self._stdout):
            colour = self._colours.setdefault(task, _PALETTE[len(self._colours) % len(_PALETTE)])
            label = click.style(label, fg=colour)
        _write(self._stdout, label.encode("utf-8", "backslashreplace") + line + b"\n")


def _sentence(event: Event) -> str:
    time = event.time.astimezone().strftime("%H:%M:%S")
    message = visible(event.message).replace("\n", "\n  ")  # nothing in it passes for another event
    return f"{time} {in_a_line(event.task)}: {event.type}: {message}"
