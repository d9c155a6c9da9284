"""What Slurm says of a job, read from the lines of squeue and sacct."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

# No field holds free text: a line break in a comment or a name would be taken for another job.
SQUEUE_FORMAT: Final = "JobID:|,State:|,exit_code:|,Reason:|,TimeUsed:|,NodeList:|"
SACCT_FORMAT: Final = "JobIDRaw,State,ExitCode,ElapsedRaw,NodeList"
COMMENT_FORMAT: Final = "JobID:|,Comment:|"
_OVER: Final = (
    "BOOT_FAIL CANCELLED COMPLETED DEADLINE FAILED NODE_FAIL OUT_OF_MEMORY PREEMPTED REVOKED TIMEOUT"
)
OVER: Final = frozenset(_OVER.split())
_TIME: Final = re.compile(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)")


@frozen(kw_only=True)
class Job:
    """A job as Slurm tells of it; ``code`` and ``signal`` are those of its end."""

    number: int
    state: str
    code: int = 0
    signal: int = 0
    reason: str = ""
    elapsed_seconds: float = 0.0
    nodes: str = ""

    @property
    def over(self) -> bool:
        """Tell whether no process of it can run any more."""
        return self.state in OVER

    @property
    def running(self) -> bool:
        """Tell whether its processes run."""
        return self.state in {"RUNNING", "SUSPENDED"}


def from_squeue(text: str) -> Iterator[Job]:
    """Read the lines of ``squeue --Format`` with `SQUEUE_FORMAT`."""
    for line in text.splitlines():
        fields = line.split("|")
        if fields[0].strip().isdecimal():
            number, state, status, reason, elapsed, nodes = (field.strip() for field in fields[:6])
            code, signal = _status(status)
            yield Job(
                number=int(number),
                state=state,
                code=code,
                signal=signal,
                reason=reason,
                elapsed_seconds=_seconds(elapsed),
                nodes=nodes,
            )


def from_sacct(text: str) -> Iterator[Job]:
    """Read the lines of ``sacct --parsable2`` with `SACCT_FORMAT`."""
    for line in text.splitlines():
        number, state, status, elapsed, nodes = (line.split("|") + [""] * 5)[:5]
        if number.isdecimal():
            code, signal = _status(status)
            yield Job(
                number=int(number),
                state=state.partition(" ")[0],  # CANCELLED by 1000
                code=code,
                signal=signal,
                elapsed_seconds=float(elapsed or 0),
                nodes="" if nodes == "None assigned" else nodes,
            )


def _status(text: str) -> tuple[int, int]:
    """Read ``code:signal``, or the wait status that squeue prints."""
    code, colon, signal = text.partition(":")
    if colon:
        return int(code or 0), int(signal or 0)
    status = int(code or 0)
    return os.WEXITSTATUS(status), os.WTERMSIG(status)


def _seconds(text: str) -> float:
    """Read ``days-hours:minutes:seconds``; what isn't a time is none."""
    found = _TIME.fullmatch(text)
    if found is None:
        return 0.0
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
