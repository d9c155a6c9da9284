"""One attempt of a canary: clone, carry out the steps, tell the first that failed."""

from __future__ import annotations

import errno
import os

from ostler.executor.linux import syscalls
from ostler.executor.linux.steps import Stage, StepFailedError, carry_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn


def attempt(trial: dict[str, Any]) -> dict[str, Any] | None:
    """Give None when everything could be done, else the phase, index and error number."""
    flags = sum(syscalls.NAMESPACES[name] for name in trial["namespaces"])
    reading, writing = os.pipe()
    try:
        child = syscalls.clone(flags)
    except OSError as error:
        return {"phase": "clone", "index": 0, "errno": error.errno}
    if child == 0:
        _child(trial["build"], writing)
    os.close(writing)
    told = os.read(reading, 64).split()
    os.close(reading)
    os.waitpid(child, 0)
    if len(told) != 2:  # noqa: PLR2004 - an index and a number
        return {"phase": "build", "index": 0, "errno": errno.EIO}
    index, number = int(told[0]), int(told[1])
    return {"phase": "build", "index": index, "errno": number} if number else None


def _child(steps: list[dict[str, Any]], writing: int) -> NoReturn:
    try:
        carry_out(steps, Stage())
        os.write(writing, b"0 0")
    except StepFailedError as error:
        os.write(writing, b"%d %d" % (error.index, error.number))
    finally:
        os._exit(0)
