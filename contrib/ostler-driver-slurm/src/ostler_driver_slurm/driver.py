"""The driver: every hook of the contract that a batch system can serve."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import evolve

from ostler.drivers import (
    Capabilities,
    Ended,
    Enforcement,
    LimitSupport,
    RefusedError,
    Sink,
    StopRequest,
    TaskHandle,
    TaskStatus,
    hookimpl,
)
from ostler.errors import OstlerError
from ostler_driver_slurm import health
from ostler_driver_slurm.attempt import Attempt
from ostler_driver_slurm.cluster import Cluster
from ostler_driver_slurm.ends import exit_of, lost
from ostler_driver_slurm.options import account_of, foreign_user, options
from ostler_driver_slurm.poller import Poller, Watched
from ostler_driver_slurm.programs import Programs
from ostler_driver_slurm.records import Records, key_of
from ostler_driver_slurm.settings import SlurmSettings, SlurmTaskSettings
from ostler_driver_slurm.stopping import Stopping, signal_number
from ostler_driver_slurm.validation import refuse_wrong

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from ostler.drivers import DriverContext, Exit, Fingerprint, SignalRequest, Task
    from ostler_driver_slurm.jobs import Job
    from ostler_driver_slurm.poller import View

VERSION: Final = 1
LOOK_SECONDS: Final = 8.0
FORGOTTEN: Final = "Slurm does not know it any more, and keeps no accounting that would tell its end"


class Slurm:
    """Runs each task as a batch job; all their ends are learnt in one question."""

    settings = SlurmSettings
    task_settings = SlurmTaskSettings
    capabilities = Capabilities(
        signals=True,
        limits=LimitSupport(
            memory=Enforcement.ENFORCED, cores=Enforcement.ENFORCED, timeout=Enforcement.WATCHED
        ),
        output=Sink.FILE,
        attributes=health.ATTRIBUTES,
    )

    def __init__(self, context: DriverContext) -> None:
        self._context = context
        self._settings: SlurmSettings = context.settings
        self._records = Records(context.state_directory)
        self._programs = Programs(self._settings)
        self._cluster = Cluster(self._programs)
        self._poller = Poller(
            self._look, self._settings.poll_interval, changed=self._changed, outage=self._outage
        )
        self._stopping = Stopping(self._cluster, self._poller, self._records)

    @hookimpl
    def fingerprint(self) -> Fingerprint:
        """Ask the controller what it is and has."""
        return health.fingerprint(self._programs, self._cluster)

    @hookimpl
    def validate(self, task: Task) -> None:
        """Refuse what the types of the settings can't express."""
        refuse_wrong(task, self._settings)

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        """Hand the job in; it runs once its number is known and Slurm has room for it."""
        for path in (task.stdout_path, task.stderr_path):
            if not Path(path).exists():
                msg = f"{path}: nothing is there that the task could append its output to"
                raise RefusedError(msg)
        key, attempt = key_of(task.id), Attempt.of(task)
        owner = account_of(task.user)[1:] if foreign_user(task.user) else None
        attempt.write(task, owner)
        self._records.make(key)
        try:
            number = self._handed_in(task, attempt)
        except OstlerError:
            attempt.remove()  # a job that was taken all the same finds no open gate
            self._records.forget(key)
            raise
        handle = self._handle(task, number, attempt)
        self._poller.watch([evolve(self._watched(handle), fresh=True)])
        return handle

    @hookimpl
    def wait(self, handles: Sequence[TaskHandle], timeout_seconds: float) -> Sequence[Ended]:
        """Wait for the next answer of the one thread that asks for all."""
        deadline = time.monotonic() + timeout_seconds
        self._poller.watch(self._watched(each) for each in handles if self._known(each))
        while True:
            found = self._ends(handles)
            left = deadline - time.monotonic()
            if found or left <= 0:
                return found
            self._poller.news(left)

    @hookimpl
    def stop(self, handle: TaskHandle, request: StopRequest) -> None:
        """Signal all processes of the job, and cancel it when the grace is over."""
        if self._known(handle):
            self._poller.watch([self._watched(handle)])
            self._stopping.stop(self._watched(handle), request.grace_seconds, request.signal or "SIGTERM")

    @hookimpl
    def signal(self, handle: TaskHandle, request: SignalRequest) -> None:
        """Signal the main process."""
        number = signal_number(request.signal)
        self._poller.watch([self._watched(handle)])
        self._stopping.signal(self._watched(handle), number, Attempt(handle.state["folder"]).begun)

    @hookimpl
    def recover(self, handle: TaskHandle) -> TaskHandle:
        """Watch the job again; whether it still runs is learnt with the next question for all."""
        if handle.version != VERSION:
            msg = f"a handle of version {handle.version}; this driver reads version {VERSION}"
            raise RefusedError(msg)
        if not self._known(handle):
            msg = f"no trace of task {handle.task_id}"
            raise OstlerError(msg)
        watched = self._watched(handle)
        self._cluster.confirm(watched.number, self._records.comment(watched.key))
        self._poller.watch([watched])
        return handle

    @hookimpl
    def sweep(self, known: Sequence[TaskHandle]) -> None:
        """Cancel the jobs of this data directory that no handle knows, and wait until they are gone."""
        keys = {key_of(handle.task_id) for handle in known}
        commented = self._cluster.commented(self._records.comment(""))
        strays = [number for number, comment in commented.items() if self._records.key(comment) not in keys]
        self._stopping.cancel(strays)
        for key in set(self._records.keys()) - keys:
            self._records.forget(key)

    @hookimpl
    def inspect(self, handle: TaskHandle) -> TaskStatus:
        """Say what Slurm knows of the job."""
        view = self._poller.view()
        if self._end(handle, view) is None:
            self._poller.watch([self._watched(handle)])
            view = self._poller.fresh(LOOK_SECONDS)
        end, job = self._end(handle, view), view.jobs.get(handle.state["job"])
        found = {"state": job.state, "nodes": job.nodes, "reason": job.reason} if job else {}
        attributes = {**handle.attributes, **{name: text for name, text in found.items() if text}}
        return TaskStatus(running=end is None, exit=end, attributes=attributes)

    @hookimpl
    def destroy(self, handle: TaskHandle) -> None:
        """Cancel the job if it is not over, and remove what was written for it."""
        if self._known(handle):
            self.stop(handle, StopRequest(0.0))
        Attempt(handle.state["folder"]).remove()
        self._records.forget(key_of(handle.task_id))
        self._poller.forget(handle.state["job"])

    @hookimpl
    def close(self) -> None:
        """End the thread and the programs; the jobs go on."""
        self._programs.close()
        self._poller.close()

    def _handed_in(self, task: Task, attempt: Attempt) -> int:
        comment = self._records.comment(key_of(task.id))
        arguments = options(task, self._settings, comment=comment, said_path=attempt.said_path)
        number = self._cluster.submit(arguments, attempt.batch_script, comment)
        try:
            attempt.open_gate()
        except OSError as error:
            self._cluster.cancel([number])
            msg = f"can't write to {attempt.folder}: {error.strerror}"
            raise RefusedError(msg) from error
        return number

    def _handle(self, task: Task, number: int, attempt: Attempt) -> TaskHandle:
        state = {
            "job": number,
            "user": str(account_of(task.user)[1] if task.user else os.geteuid()),
            "folder": attempt.folder,
            "time_limit": task.config.time_limit,
        }
        return TaskHandle(
            task_id=task.id,
            driver=self._context.name,
            version=VERSION,
            state=state,
            attributes={"job": str(number)},
        )

    def _watched(self, handle: TaskHandle) -> Watched:
        state = handle.state
        return Watched(
            number=state["job"],
            task_id=handle.task_id,
            key=key_of(handle.task_id),
            user=state["user"],
            time_limit_seconds=state["time_limit"],
        )

    def _known(self, handle: TaskHandle) -> bool:
        return self._records.known(key_of(handle.task_id))

    def _ends(self, handles: Sequence[TaskHandle]) -> list[Ended]:
        view = self._poller.view()
        ends = ((handle.task_id, self._end(handle, view)) for handle in handles)
        return [Ended(task_id, end) for task_id, end in ends if end is not None]

    def _end(self, handle: TaskHandle, view: View) -> Exit | None:
        if not self._known(handle):
            return lost("the driver was told to forget it")
        number = handle.state["job"]
        job = view.jobs.get(number)
        if job is not None and job.over:
            cause = self._records.cause(key_of(handle.task_id))
            return exit_of(job, cause, Attempt(handle.state["folder"]).said())
        return lost(FORGOTTEN) if number in view.gone else None

    def _look(self, watched: Collection[Watched]) -> View:
        """Ask for all jobs, and end those that have run for too long."""
        view = self._cluster.look(watched)
        overdue = [each for each in watched if _overdue(each, view.jobs.get(each.number))]
        for each in overdue:
            self._records.end_for(each.key, "timeout")
        self._cluster.cancel(each.number for each in overdue)
        return view

    def _changed(self, changes: Iterable[tuple[Watched, Job]]) -> None:
        """Tell the operator where each task stands."""
        for watched, job in changes:
            if not job.over:
                self._context.emit(
                    watched.task_id, _in_words(job), {"job": str(job.number), "nodes": job.nodes}
                )

    def _outage(self, trouble: str, watched: Iterable[Watched]) -> None:
        for each in watched:
            words = f"Slurm does not answer, so how it stands is not known: {trouble}" if trouble else ""
            self._context.emit(each.task_id, words or "Slurm answers again", {"job": str(each.number)})


def _overdue(watched: Watched, job: Job | None) -> bool:
    limit = watched.time_limit_seconds
    return limit is not None and job is not None and job.running and job.elapsed_seconds >= limit


def _in_words(job: Job) -> str:
    if job.running:
        return f"job {job.number} runs on {job.nodes}"
    waits = f"job {job.number} is {job.state.lower()}"
    return waits if job.reason in {"", "None"} else f"{waits}: {job.reason}"
