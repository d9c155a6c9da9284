"""End jobs: politely, by force, for their time, and wait until every process is gone."""

from __future__ import annotations

import signal as signals
import time
from typing import TYPE_CHECKING, Final

from ostler.drivers import RecoverableError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ostler_driver_slurm.cluster import Cluster
    from ostler_driver_slurm.jobs import Job
    from ostler_driver_slurm.poller import Poller, View, Watched
    from ostler_driver_slurm.records import Records

ANSWER_SECONDS: Final = 4.0
# Within the ten seconds that a host gives a stop beyond its grace.
FORCE_SECONDS: Final = 8.0


class Stopping:
    """What ends the jobs of one driver."""

    def __init__(self, cluster: Cluster, poller: Poller, records: Records) -> None:
        self._cluster = cluster
        self._poller = poller
        self._records = records

    def stop(self, watched: Watched, grace_seconds: float, signal: str) -> None:
        """Return once the job is over; RecoverableError where Slurm needs longer, or does not answer."""
        number, sent = watched.number, signal_number(signal)
        job = self._job(number)
        if job is None:
            return
        self._records.end_for(watched.key, "stopped")
        if job.running and grace_seconds > 0:
            # All steps on all nodes: the main process of many jobs only waits for srun.
            self._cluster.signal(number, "--full", f"--signal={sent}")
            if self._gone([number], grace_seconds):
                return
        self._force(number)
        if not self._gone([number], FORCE_SECONDS):
            msg = f"Slurm has not ended job {number} yet; it gives processes KillWait to end themselves"
            raise RecoverableError(msg)

    def signal(self, watched: Watched, number: int, begun: Callable[[], bool]) -> None:
        """Send a signal to the main process; one that has not ``begun`` yet is waited for a little.

        Slurm drops a signal without a word where a job runs whose node has yet to start the process.
        """
        deadline = time.monotonic() + ANSWER_SECONDS
        while (job := self._job(watched.number)) is not None:
            late = time.monotonic() >= deadline
            if job.running and (begun() or late):
                self._cluster.signal(watched.number, "--batch", f"--signal={number}")
                return
            if late:
                msg = f"job {watched.number} is {job.state.lower()}: there is no process to signal yet"
                raise RecoverableError(msg)

    def cancel(self, numbers: Collection[int]) -> None:
        """Cancel jobs that may not be watched, and wait until they are over."""
        self._cluster.cancel(numbers)
        deadline = time.monotonic() + FORCE_SECONDS
        while time.monotonic() < deadline and self._cluster.unfinished(numbers):
            time.sleep(0.1)

    def _job(self, number: int) -> Job | None:
        """Give a job that is not over; None for one that is, or that Slurm knows no more."""
        job = self._poller.view().jobs.get(number)
        if job is None or not job.over:
            view = self._poller.fresh(ANSWER_SECONDS)
            job = view.jobs.get(number)
        return None if job is None or job.over else job

    def _force(self, number: int) -> None:
        if self._cluster.kills_whole_jobs:
            self._cluster.signal(number, "--batch", f"--signal={int(signals.SIGKILL)}")
        self._cluster.cancel([number])

    def _gone(self, numbers: Collection[int], timeout_seconds: float) -> bool:
        deadline = time.monotonic() + timeout_seconds
        while (left := deadline - time.monotonic()) > 0:
            if _over(self._poller.fresh(max(left, ANSWER_SECONDS)), numbers):
                return True
        return _over(self._poller.view(), numbers)


def signal_number(name: str) -> int:
    """Read a signal's name, with or without SIG, or its number; RefusedError for one that is unknown."""
    text = name.strip().upper()
    if text.isdecimal() and int(text) in signals.valid_signals():
        return int(text)
    full = text if text.startswith("SIG") else f"SIG{text}"
    if full in signals.Signals.__members__:
        return int(signals.Signals[full])
    msg = f"signal {name!r} is not known; write a name such as SIGUSR1, or a number"
    raise RefusedError(msg)


def _over(view: View, numbers: Collection[int]) -> bool:
    return all(number in view.gone or ((job := view.jobs.get(number)) and job.over) for number in numbers)
