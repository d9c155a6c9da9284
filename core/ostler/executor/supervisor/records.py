"""What the supervisor knows of its tasks, on disk: one small file a task, and one for its end.

The first line of a file is the record as it was when the task was asked for; each later one holds what has
changed since.  A line that a death or a full disk cut short is passed over.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress

from ostler.executor.supervisor import slot
from ostler.executor.supervisor.address import TASKS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Record = dict[str, Any]


_ENTRY = "entry"
# What the records of earlier releases lack.
_ADDED: Record = {"meter": {}, "logs": [], "reserved": ""}


class Records:
    """The records of one data directory."""

    def __init__(self, directory: str) -> None:
        self._directory = os.path.join(directory, TASKS)
        os.makedirs(self._directory, mode=0o700, exist_ok=True)

    def load(self) -> list[Record]:
        """Read all records; a file that isn't one is left alone, one that was never finished is removed."""
        listed = os.listdir(self._directory)
        for name in listed:
            if name.endswith(".json.new"):
                os.unlink(os.path.join(self._directory, name))
        names = sorted(name for name in listed if name.endswith(".json"))
        found = [self._read(os.path.join(self._directory, name)) for name in names]
        for record in found:
            if record is not None:
                record.pop(_ENTRY, None)
        return [{**_ADDED, **record} for record in found if record is not None]

    def save(self, record: Record, entry: dict[str, Any] | None = None) -> None:
        """Write a record, whole or not at all.

        ``entry`` is what a command that is run in the task later needs: it stands in the file alone.
        """
        path = self._path(record, "json")
        content = record if entry is None else {**record, _ENTRY: entry}
        _write(f"{path}.new", os.O_CREAT | os.O_TRUNC, json.dumps(content))
        os.replace(f"{path}.new", path)

    def amend(self, record: Record, *changed: str) -> None:
        """Write down what has changed in a record that was saved."""
        line = json.dumps({name: record[name] for name in changed})
        # It begins a line: the last one may be what somebody could not finish.
        _write(self._path(record, "json"), os.O_CREAT | os.O_APPEND, f"\n{line}")

    def remove(self, record: Record) -> None:
        """Forget a task."""
        for ending in ("exit", "json"):  # the last names the other for whoever comes after a death
            with suppress(FileNotFoundError):
                os.unlink(self._path(record, ending))

    def entry(self, record: Record) -> dict[str, Any] | None:
        """Read the entry that was saved with a record."""
        found = self._read(self._path(record, "json"))
        return None if found is None else found.get(_ENTRY)

    def slot_path(self, record: Record) -> str:
        """Name the file that the task's init writes about itself and about the end."""
        return self._path(record, "exit")

    def slot(self, record: Record) -> tuple[slot.Handle | None, slot.End | None]:
        """Read what the init wrote."""
        return slot.read(self._path(record, "exit"))

    def _path(self, record: Record, ending: str) -> str:
        return os.path.join(self._directory, f"{record['key']}.{ending}")

    def _read(self, path: str) -> Record | None:
        try:
            with open(path, "rb") as source:
                first, *changes = map(_parsed, source.read().split(b"\n"))
        except FileNotFoundError:
            return None
        for each in changes:
            first.update(each)
        return first if "id" in first else None


def _parsed(line: bytes) -> Record:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: str, flags: int, text: str) -> None:
    target = os.open(path, os.O_WRONLY | flags | os.O_CLOEXEC, 0o600)
    content = text.encode()
    try:
        while content:
            content = content[os.write(target, content) :]
    finally:
        os.close(target)
