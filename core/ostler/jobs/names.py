"""The names that tasks may have: each names a directory and files."""

from __future__ import annotations

from typing import Final

_TAKEN: Final = {"alloc", ".", ".."}
_LONGEST: Final = 200
_SHOWN: Final = 100  # characters of a job's name in the path of each of its blocks


def wrong_task_name(name: str) -> str:
    """Say what is wrong with a task's name; empty when nothing is."""
    if not name:
        return "the task's name is empty"
    if name in _TAKEN:
        return f"a task can't be named {name!r}: it names the task's directory"
    if any(sign in name for sign in "/\\\0"):
        return f"no '/', no '\\' and no NUL may stand in a task's name, found {name!r}"
    if len(name.encode(errors="replace")) > _LONGEST:
        return f"a task's name names its files: {_LONGEST} bytes at most, found {len(name.encode())}"
    return ""


def path_of(job_name: str) -> str:
    """Give the dotted path of a job, in one line and no longer than a line whatever it is named."""
    shown = job_name if len(job_name) <= _SHOWN else f"{job_name[:_SHOWN]}..."
    shown = shown if shown.isprintable() else shown.encode("unicode_escape").decode("ascii")
    return f"job.{shown}" if shown else "job"
