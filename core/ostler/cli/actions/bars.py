"""Bars below what a run tells on a terminal, one for each artifact that is being fetched."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final

from ostler.visible import in_a_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ostler.runner.events import Event

_COMING: Final = "Downloading Artifacts"
_BAR_COLUMNS: Final = 30


class Bars:
    """What is being fetched, drawn again below each thing that is written."""

    def __init__(self, stream: BinaryIO, width: int) -> None:
        self._stream = stream
        self._width = width
        self._coming: dict[tuple[str, str, str], Mapping[str, str]] = {}
        self._drawn = 0

    def take(self, event: Event) -> bool:
        """Note how far an artifact is; False where the event is to be told in words."""
        task = event.allocation_id, event.task
        key = *task, event.details.get("artifact", "")
        if event.type == _COMING and "bytes" in event.details and "seconds" not in event.details:
            self._coming[key] = event.details
            return True
        if event.type != _COMING:  # it failed, or the task has all that it asked for
            self._coming = {each: how for each, how in self._coming.items() if each[:2] != task}
        self._coming.pop(key, None)
        return False

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the bars away while something is written, and draw them again below it."""
        if self._drawn:
            self._write(f"\x1b[{self._drawn}A\x1b[J")
            self._drawn = 0
        yield
        if self._coming:
            text = self._text()
            self._drawn = text.count("\n")
            self._write(text)

    def _text(self) -> str:
        from rich.console import Console
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        from ostler.runner.telling import going

        table = Table.grid(padding=(0, 1))
        for name, how in ((key[2], how) for key, how in self._coming.items()):
            known = {each: int(how[each]) for each in ("bytes", "total", "kept", "rate") if each in how}
            total = known.get("total")
            bar = ProgressBar(total=total, completed=known["bytes"], width=_BAR_COLUMNS, pulse=not total)
            table.add_row(
                Text(in_a_line(name.rpartition("/")[2])), bar, Text(going({**known, "step": how["step"]}))
            )
        console = Console(file=io.StringIO(), force_terminal=True, width=self._width)
        with console.capture() as drawn:
            console.print(table, no_wrap=True, overflow="ellipsis", crop=True)
        return drawn.get()

    def _write(self, text: str) -> None:
        self._stream.write(text.encode("utf-8", "replace"))
        self._stream.flush()
