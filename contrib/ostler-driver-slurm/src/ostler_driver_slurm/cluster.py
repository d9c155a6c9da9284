"""What is asked of Slurm: to take a job, to tell of all jobs at once, to signal and to cancel."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

from ostler.drivers import RecoverableError, RefusedError
from ostler_driver_slurm import jobs
from ostler_driver_slurm.poller import View, Watched
from ostler_driver_slurm.programs import FailedError, Programs, UnansweredError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from ostler_driver_slurm.jobs import Job

# How long the accounting may lag behind the controller before a job that neither knows is lost.
LAG_SECONDS: Final = 60.0
_NUMBER: Final = re.compile(r"(\d+)(?:;.*)?\s*")
# What another try may mend although Slurm answered.
_PASSING: Final = (
    "temporarily",
    "try again",
    "accounting/qos policy",
    "busy",
    "authentication",
    "munge",
    "not installed",
)


class Cluster:
    """One Slurm cluster, reached through its programs."""

    def __init__(self, programs: Programs) -> None:
        self._programs = programs
        self._config: Mapping[str, str] = {}
        self._unconfirmed: dict[int, str] = {}
        self._strangers: set[int] = set()
        self._missed: dict[int, float] = {}

    def config(self, timeout_seconds: float = 0.0) -> Mapping[str, str]:
        """Read the configuration of the controller; asked anew with each call."""
        text = self._programs("scontrol", "show", "config", timeout_seconds=timeout_seconds)
        pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
        self._config = {name.strip(): value.strip() for name, _, value in pairs}
        return self._config

    def known_config(self) -> Mapping[str, str]:
        """Read the configuration once."""
        return self._config or self.config()

    def submit(self, arguments: Sequence[str], script: str, comment: str) -> int:
        """Hand a job in and return its number.

        Where no answer came, the job is looked for by its comment, so that it is never handed in twice.
        RefusedError is what another try can't mend; after RecoverableError the job may still be taken.
        """
        try:
            return self._number(self._programs("sbatch", "--parsable", *arguments, text=script))
        except UnansweredError as error:
            found = self.commented(comment)
            if found:
                return next(iter(found))
            raise RecoverableError(str(error)) from error
        except FailedError as error:
            if any(sign in str(error).lower() for sign in _PASSING):
                raise
            raise RefusedError(str(error)) from error

    def commented(self, comment: str) -> dict[int, str]:
        """Find the jobs that are not over and whose comment begins so; each is asked for again by itself.

        A comment may hold a line break and look like two jobs; that of one job alone can't deceive.
        """
        numbers = [number for number, said in self._comments() if said.startswith(comment)]
        found = {number: self._comment(number) for number in numbers}
        return {number: said for number, said in found.items() if said.startswith(comment)}

    def confirm(self, number: int, comment: str) -> None:
        """Have a job of an earlier host checked at the next look: its number may be another's by now."""
        self._unconfirmed[number] = comment

    def look(self, watched: Collection[Watched]) -> View:
        """Ask for all jobs in one call, and for those that the controller has forgotten in one more."""
        if not watched:
            return View(jobs={}, gone=frozenset())
        self._check_unconfirmed()
        users = sorted({each.user for each in watched})
        arguments = ("--noheader", "--states=all", f"--users={','.join(users)}")
        text = self._programs("squeue", *arguments, f"--Format={jobs.SQUEUE_FORMAT}")
        numbers = {each.number for each in watched}
        found = _those(jobs.from_squeue(text), numbers - self._strangers)
        missing = numbers - found.keys()
        found |= self._accounted(missing)
        return View(jobs=found, gone=self._gone(numbers - found.keys()))

    def signal(self, number: int, *arguments: str) -> None:
        """Send a signal to a job; one that is over is left alone."""
        self._scancel(*arguments, str(number))

    def cancel(self, numbers: Iterable[int]) -> None:
        """Cancel jobs, all in one call."""
        wanted = [str(number) for number in numbers]
        if wanted:
            self._scancel(*wanted)

    def unfinished(self, numbers: Collection[int]) -> set[int]:
        """Name those of some jobs that are not over."""
        text = self._programs("squeue", "--noheader", f"--Format={jobs.SQUEUE_FORMAT}") if numbers else ""
        return set(_those(jobs.from_squeue(text), numbers))

    @property
    def kills_whole_jobs(self) -> bool:
        """Tell whether the end of the main process takes all others of the job with it, whatever they do."""
        return self.known_config().get("ProctrackType") == "proctrack/cgroup"

    def accounting(self) -> bool:
        """Tell whether jobs are known after the controller has forgotten them."""
        return self.known_config().get("AccountingStorageType", "").endswith("slurmdbd")

    def _number(self, answer: str) -> int:
        found = _NUMBER.fullmatch(answer)
        if found is None:
            msg = f"sbatch answered {answer.strip()!r}, which is no number of a job"
            raise UnansweredError(msg)
        return int(found[1])

    def _comments(self) -> list[tuple[int, str]]:
        listed = self._programs("squeue", "--noheader", f"--Format={jobs.COMMENT_FORMAT}")
        pairs = (line.removesuffix("|").partition("|") for line in listed.splitlines())
        return [(int(number), said) for number, _, said in pairs if number.strip().isdecimal()]

    def _comment(self, number: int) -> str:
        arguments = ("--noheader", f"--job={number}", "--Format=Comment:|")
        try:
            return self._programs("squeue", *arguments).removesuffix("\n").removesuffix("|")
        except UnansweredError:
            raise
        except FailedError:  # it has ended meanwhile
            return ""

    def _check_unconfirmed(self) -> None:
        listed = self._comments() if self._unconfirmed else []
        for number, comment in list(self._unconfirmed.items()):
            if (number, comment) not in listed and self._comment(number) not in {"", comment}:
                self._strangers.add(number)
            del self._unconfirmed[number]

    def _accounted(self, missing: Collection[int]) -> dict[int, Job]:
        if not missing or not self.accounting():
            return {}
        listed = ",".join(str(number) for number in sorted(missing))
        arguments = ("--noheader", "--parsable2", "--allocations", f"--format={jobs.SACCT_FORMAT}")
        text = self._programs("sacct", *arguments, f"--jobs={listed}")
        return {number: job for number, job in _those(jobs.from_sacct(text), missing).items() if job.over}

    def _gone(self, missing: Collection[int]) -> frozenset[int]:
        """Name the jobs that nobody knows, and of which the accounting can't learn any more."""
        now, patience = time.monotonic(), LAG_SECONDS if missing and self.accounting() else 0.0
        self._missed = {number: self._missed.get(number, now) for number in missing}
        return frozenset(number for number, since in self._missed.items() if now - since >= patience)

    def _scancel(self, *arguments: str) -> None:
        try:
            self._programs("scancel", *arguments)
        except UnansweredError:
            raise
        except FailedError as error:
            if not re.search("invalid job id|already complet", str(error), re.IGNORECASE):
                raise


def _those(found: Iterable[Job], numbers: Collection[int]) -> dict[int, Job]:
    return {job.number: job for job in found if job.number in numbers}
