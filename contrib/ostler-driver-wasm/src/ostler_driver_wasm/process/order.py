"""What the driver asks of a process, and what it says at its end: JSON files in one folder per task."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping

ORDER: Final = "order.json"
END: Final = "end.json"
SOURCE: Final = "source"
MODULE: Final = "module"


class Preopen(TypedDict):
    """A directory that the module finds open: where it is, and what the module calls it."""

    path: str
    name: str
    writable: bool


class Order(TypedDict):
    """What to compile or to run; paths are those that the process sees.

    ``packages`` are folders to import from; ``name`` is the module's file name.  ``fuel`` and
    ``timeout_seconds`` are None for no limit.
    """

    packages: list[str]
    name: str
    fuel: int | None
    timeout_seconds: float | None
    args: list[str]
    environment: dict[str, str]
    preopens: list[Preopen]
    stdin: list[str]
    memory_bytes: int | None


class Told(TypedDict):
    """How the process ended: the fields of an exit; ``refused`` says what is wrong with the module."""

    code: int
    reason: str
    message: str
    refused: str


def read(path: str) -> Any:  # noqa: ANN401 - what JSON holds
    """Read one of the files."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib would cost the start 5 ms
        return json.load(file)


def write(path: str, content: Mapping[str, object]) -> None:
    """Write one of the files."""
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 - see above
        json.dump(content, file)
