"""What the supervisor knows of its tasks, on disk: a small file a task, with a slot that its init writes to.

After the slot comes the record as it was when the task was asked for, in a line; each later one holds what
has changed since.  A line that a death or a full disk cut short is passed over.  Earlier releases had the
slot in a file by itself.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress

from ostler.executor.supervisor import complaint, slot
from ostler.executor.supervisor.address import TASKS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Record = dict[str, Any]


_ENTRY = "entry"
_ENDING, _EARLIER, _EARLIER_SLOT = ".task", ".json", ".exit"
# What the records of earlier releases lack.
_ADDED: Record = {"meter": {}, "logs": [], "reserved": ""}


class Records:
    """The records of one data directory."""

    def __init__(self, directory: str) -> None:
        self._directory = os.path.join(directory, TASKS)
        os.makedirs(self._directory, mode=0o700, exist_ok=True)
        self._earlier: set[str] = set()
        self._owed: dict[str, tuple[Record, set[str]]] = {}

    def load(self) -> list[Record]:
        """Read all records; a file that isn't one is left alone, one that was never finished is removed."""
        found: list[Record] = []
        for name in sorted(os.listdir(self._directory)):
            path = os.path.join(self._directory, name)
            record = _read(path) if name.endswith((_ENDING, _EARLIER)) else None
            if record is None:
                _remove_unfinished(path)
                continue
            if name.endswith(_EARLIER):
                self._earlier.add(str(record["key"]))
            record.pop(_ENTRY, None)
            found.append({**_ADDED, **record})
        return found

    def save(self, record: Record, entry: dict[str, Any] | None = None) -> None:
        """Write a record, with an empty slot.

        ``entry`` is what a command that is run in the task later needs: it stands in the file alone.
        """
        content = record if entry is None else {**record, _ENTRY: entry}
        _write(self._path(record), os.O_CREAT | os.O_EXCL, bytes(slot.SIZE) + json.dumps(content).encode())

    def amend(self, record: Record, *changed: str) -> None:
        """Write down what has changed in a record that was saved."""
        line = json.dumps({name: record[name] for name in changed})
        # It begins a line: the last one may be what somebody could not finish.
        _write(self._path(record), os.O_CREAT | os.O_APPEND, f"\n{line}".encode())

    def note(self, record: Record, *changed: str) -> None:
        """Write down what has changed; on a full disk with the next note, for nobody can wait for that.

        A death before then costs no end, which stands in the slot, but a cause.
        """
        self._owed.setdefault(record["key"], (record, set()))[1].update(changed)
        try:
            for key, (each, names) in list(self._owed.items()):
                self.amend(each, *sorted(names))
                del self._owed[key]
        except OSError as error:
            complaint.write(f"the record of {record['id']} waits: {error.strerror}")

    def remove(self, record: Record) -> None:
        """Forget a task."""
        self._owed.pop(record["key"], None)
        if record["key"] in self._earlier:  # the record goes last: it names the slot for who comes after
            _remove(self.slot_path(record))
        _remove(self._path(record))

    def entry(self, record: Record) -> dict[str, Any] | None:
        """Read the entry that was saved with a record."""
        found = _read(self._path(record))
        return None if found is None else found.get(_ENTRY)

    def slot_path(self, record: Record) -> str:
        """Name the file in which the task's init writes about itself and about the end."""
        return self._named(record, _EARLIER_SLOT) if record["key"] in self._earlier else self._path(record)

    def slot(self, record: Record) -> tuple[slot.Handle | None, slot.End | None]:
        """Read what the init wrote."""
        return slot.read(self.slot_path(record))

    def _path(self, record: Record) -> str:
        return self._named(record, _EARLIER if record["key"] in self._earlier else _ENDING)

    def _named(self, record: Record, ending: str) -> str:
        return os.path.join(self._directory, f"{record['key']}{ending}")


def _read(path: str) -> Record | None:
    try:
        with open(path, "rb") as source:
            source.seek(slot.SIZE if path.endswith(_ENDING) else 0)
            first, *changes = map(_parsed, source.read().split(b"\n"))
    except FileNotFoundError:
        return None
    for each in changes:
        first.update(each)
    return first if "id" in first else None


def _remove_unfinished(path: str) -> None:
    """Remove what somebody who died could not finish to write: nothing was started then."""
    if path.endswith((f"{_EARLIER}.new", _ENDING)) and slot.read(path) == (None, None):
        _remove(path)


def _remove(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


def _parsed(line: bytes) -> Record:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: str, flags: int, content: bytes) -> None:
    target = os.open(path, os.O_WRONLY | flags | os.O_CLOEXEC, 0o600)
    try:
        while content:
            content = content[os.write(target, content) :]
    except OSError as error:
        error.filename = path  # of which nothing else tells where the disk is full
        raise
    finally:
        os.close(target)
