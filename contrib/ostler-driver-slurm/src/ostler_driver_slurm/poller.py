"""Ask Slurm for the state of all tasks together, on one thread, and let all who wait have the answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ostler.drivers import RecoverableError
from ostler_driver_slurm.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

HURRIED_SECONDS: Final = 0.25


@frozen(kw_only=True)
class Watched:
    """A job whose state is wanted, and the task that it is.

    Of one that is not ``fresh``, started by an earlier host, the first state that is seen is no news.
    """

    number: int
    task_id: str
    key: str
    user: str
    time_limit_seconds: float | None = None
    fresh: bool = False


@frozen(kw_only=True)
class View:
    """What was known at one moment; a job that Slurm does not know any more is in ``gone``."""

    jobs: Mapping[int, Job]
    gone: frozenset[int]


class Poller:
    """One thread that asks for the watched jobs while some of them are not over.

    ``look`` asks for some jobs and raises RecoverableError while Slurm does not answer; ``changed`` gets the
    watched jobs that are in another state than before, ``outage`` what keeps Slurm from answering, once when
    it begins and an empty text once it is over.  Both are called on the thread.
    """

    def __init__(
        self,
        look: Callable[[Collection[Watched]], View],
        interval_seconds: float,
        *,
        changed: Callable[[Iterable[tuple[Watched, Job]]], None],
        outage: Callable[[str, Iterable[Watched]], None],
    ) -> None:
        self._look = look
        self._interval = interval_seconds
        self._changed, self._outage = changed, outage
        self._watched: dict[int, Watched] = {}
        self._jobs: dict[int, Job] = {}
        self._gone: set[int] = set()
        self._news = threading.Condition()
        self._wanted, self._begun, self._answered = 0, 0, 0
        self._trouble = ""
        self._hurried = 0
        self._closed = False
        self._thread: threading.Thread | None = None

    def watch(self, watched: Iterable[Watched]) -> None:
        """Begin to ask for jobs; those that are asked for already stay as they are."""
        with self._news:
            for each in watched:
                self._watched.setdefault(each.number, each)
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="slurm poller", daemon=True)
                self._thread.start()
            self._news.notify_all()

    def forget(self, number: int) -> None:
        """Ask for a job no more."""
        with self._news:
            self._watched.pop(number, None)
            self._jobs.pop(number, None)
            self._gone.discard(number)

    def view(self) -> View:
        """Say what is known now, without asking."""
        with self._news:
            return View(jobs=dict(self._jobs), gone=frozenset(self._gone))

    def news(self, timeout_seconds: float) -> None:
        """Wait for the next answer, or for the time to pass."""
        with self._news:
            self._news.wait(timeout_seconds)

    def fresh(self, timeout_seconds: float) -> View:
        """Ask now, together with all who ask at the same time; RecoverableError where there is no answer."""
        deadline = time.monotonic() + timeout_seconds
        with self._news:
            wanted = self._wanted = self._begun + 1
            self._hurried += 1
            self._news.notify_all()
            try:
                self._await(wanted, deadline)
            finally:
                self._hurried -= 1
            if self._answered < wanted or self._trouble:
                msg = self._trouble or f"Slurm did not answer within {timeout_seconds:g} s"
                raise RecoverableError(msg)
        return self.view()

    def close(self) -> None:
        """Ask no more, and wait for the thread to end."""
        with self._news:
            self._closed = True
            self._news.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _await(self, wanted: int, deadline: float) -> None:
        while self._answered < wanted and not self._closed and (left := deadline - time.monotonic()) > 0:
            self._news.wait(left)

    def _run(self) -> None:
        while (watched := self._next()) is not None:
            try:
                found, trouble = self._look(watched), ""
            except RecoverableError as error:
                found, trouble = None, str(error)
            except Exception as error:  # noqa: BLE001 - a thread that ended would leave all waiting for good
                found, trouble = None, f"its answer could not be read: {error!r}"
            self._take(watched, found, trouble)

    def _next(self) -> list[Watched] | None:
        """Wait until it is time to ask; None once it is closed."""
        with self._news:
            asked = time.monotonic()
            while not self._closed and (pause := self._pause(time.monotonic() - asked)) > 0:
                self._news.wait(None if pause == float("inf") else pause)
            self._begun += 1
            return None if self._closed else self._open()

    def _pause(self, passed: float) -> float:
        if self._hurried and self._wanted > self._begun:
            return HURRIED_SECONDS - passed
        return self._interval - passed if self._open() else float("inf")

    def _open(self) -> list[Watched]:
        over = {number for number, job in self._jobs.items() if job.over} | self._gone
        return [each for number, each in self._watched.items() if number not in over]

    def _take(self, asked: list[Watched], found: View | None, trouble: str) -> None:
        with self._news:
            if self._closed:
                return
            changes = self._changes(asked, found) if found else []
            turned = bool(trouble) != bool(self._trouble)
            self._trouble, self._answered = trouble, self._begun
        if turned:
            self._outage(trouble, asked)
        self._changed(changes)
        with self._news:
            self._news.notify_all()

    def _changes(self, asked: list[Watched], found: View) -> list[tuple[Watched, Job]]:
        """Keep what was found of those that are still watched; name those that were another way before."""
        known = [each for each in asked if each.number in self._watched]
        before = {number: job.state for number, job in self._jobs.items()}
        new = [(each, found.jobs[each.number]) for each in known if each.number in found.jobs]
        self._jobs |= {job.number: job for _, job in new}
        self._gone |= found.gone & {each.number for each in known}
        told = {job.number: "" if each.fresh else job.state for each, job in new} | before
        return [(each, job) for each, job in new if told[job.number] != job.state]
