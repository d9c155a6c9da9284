"""The steps that the supervisor carries out itself, before a task is launched."""

from __future__ import annotations

import errno
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

_CONDITIONS = frozenset({"do", "optional"})


class StepFailedError(Exception):
    """One step failed: its index in its phase and the kernel's error number."""

    def __init__(self, index: int, number: int) -> None:
        super().__init__(index, number)
        self.index = index
        self.number = number


def carry_out(steps: Iterable[Mapping[str, Any]], first: int = 0) -> None:
    """Carry the steps out in order; raises StepFailedError at the first that fails and is not optional.

    ``first`` is the index of the first of them in its phase.
    """
    for index, step in enumerate(steps, first):
        arguments = {key: value for key, value in step.items() if key not in _CONDITIONS}
        try:
            STEPS[step["do"]](**arguments)
        except OSError as error:
            if not step.get("optional"):
                raise StepFailedError(index, error.errno or errno.EIO) from error


def make_directory(path: str) -> None:
    """Make a folder that only its owner enters."""
    if not os.path.isdir(path):  # as it is for every task but the first
        os.makedirs(path, mode=0o700, exist_ok=True)


def make_group(path: str) -> None:
    """Make a cgroup that nobody else has; an empty one is a leftover, and is made anew."""
    try:
        os.mkdir(path, 0o755)
    except FileNotFoundError:
        os.makedirs(path, 0o755)
    except FileExistsError:
        os.rmdir(path)
        os.mkdir(path, 0o755)


def write(path: str, text: str) -> None:
    """Write a file of the kernel's."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def copy(source: str, path: str) -> None:
    """Write to one file of the kernel's what another holds."""
    with open(source, encoding="ascii") as held:
        write(path, held.read().strip())


STEPS: dict[str, Callable[..., None]] = {
    each.__name__: each for each in (copy, make_directory, make_group, write)
}
