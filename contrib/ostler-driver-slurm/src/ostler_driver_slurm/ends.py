"""From a job's end in Slurm's words to an exit in Ostler's."""

from __future__ import annotations

import signal as signals
from typing import TYPE_CHECKING, Final

from ostler.drivers import Exit, Reason

if TYPE_CHECKING:
    from ostler_driver_slurm.jobs import Job

OWN_FAILURE: Final = 125
# The signal that Slurm gives a batch job whose files or step could not be set up.
_SETUP_SIGNAL: Final = 53
NOT_SET_UP: Final = (
    "Slurm could not open its files on its node: the data directory has to lie on a file system that all "
    "nodes share; the log of slurmd there says more"
)
_BY_THE_CLUSTER: Final = {
    "BOOT_FAIL": "its node could not be booted",
    "NODE_FAIL": "its node failed",
    "PREEMPTED": "it was preempted by a job of higher priority",
    "REVOKED": "it was taken over by another cluster of the federation",
}
# Where Slurm measures memory instead of having the kernel hold it, only its words tell why it killed a job.
_OVER_MEMORY: Final = "Exceeded job memory limit"
_CUT_SHORT: Final = frozenset({"CANCELLED", "DEADLINE", "TIMEOUT"})


def lost(message: str) -> Exit:
    """Make the exit of a task whose own end nobody knows."""
    return Exit(code=OWN_FAILURE, reason=Reason.LOST, message=message)


def exit_of(job: Job, cause: str, said: str = "") -> Exit:
    """Turn a job that is over into an exit.

    ``cause`` is what Ostler ended it for, if it did; ``said`` what Slurm's daemons said on its node.
    """
    if not cause and job.state in _BY_THE_CLUSTER:
        return lost(f"{_BY_THE_CLUSTER[job.state]} ({job.state})")
    if not cause and job.signal == _SETUP_SIGNAL:
        return Exit(code=OWN_FAILURE, reason=Reason.DRIVER_ERROR, message=NOT_SET_UP)
    number, (reason, message) = _signal(job), _reason(job, cause, said)
    return Exit(code=128 + number if number else job.code, signal=number, reason=reason, message=message)


def _reason(job: Job, cause: str, said: str) -> tuple[Reason, str]:
    if cause == "stopped":
        return Reason.STOPPED, "" if job.nodes else "it was cancelled before it ran"
    if cause == "timeout" or job.state in {"DEADLINE", "TIMEOUT"}:
        return Reason.TIMEOUT, f"it ran for {job.elapsed_seconds:g} s"
    if job.state == "OUT_OF_MEMORY" or (job.signal == signals.SIGKILL and _OVER_MEMORY in said):
        return Reason.OOM, "Slurm ended it for memory"
    if job.state == "CANCELLED":
        return Reason.SIGNALED, "it was cancelled in Slurm, not by Ostler"
    return (Reason.SIGNALED if job.signal else Reason.EXITED), ""


def _signal(job: Job) -> int:
    """Name the signal that ended a job, also where Slurm names none or one of its own."""
    if job.state == "OUT_OF_MEMORY":
        return int(signals.SIGKILL)
    unsaid = job.state in _CUT_SHORT and job.nodes and not job.code and not job.signal
    return int(signals.SIGTERM) if unsaid else job.signal
