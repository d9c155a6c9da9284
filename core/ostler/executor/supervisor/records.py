"""What the supervisor knows of its tasks, on disk: one small file a task, and one for its end."""

from __future__ import annotations

import json
import os

from ostler.executor.supervisor import slot
from ostler.executor.supervisor.address import TASKS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Record = dict[str, Any]


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
        return [record for record in found if record is not None]

    def save(self, record: Record) -> None:
        """Write a record, whole or not at all."""
        path = self._path(record, "json")
        with open(f"{path}.new", "w", encoding="utf-8") as target:
            json.dump(record, target)
        os.replace(f"{path}.new", path)

    def remove(self, record: Record) -> None:
        """Forget a task."""
        for ending in ("entry", "exit", "json"):  # the last names the others for whoever comes after a death
            path = self._path(record, ending)
            if os.path.exists(path):
                os.unlink(path)

    def keep_entry(self, record: Record, entry: dict[str, Any]) -> None:
        """Write down what a command that is run in the task later needs; nobody holds it in memory."""
        with open(self._path(record, "entry"), "w", encoding="utf-8") as target:
            json.dump(entry, target)

    def entry(self, record: Record) -> dict[str, Any] | None:
        """Read that back."""
        return self._read(self._path(record, "entry"))

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
            with open(path, encoding="utf-8") as source:
                read = json.load(source)
        except (FileNotFoundError, ValueError):
            return None
        return read if isinstance(read, dict) else None
