"""The embedder's door: run a job, or a single command, on this machine."""

from __future__ import annotations

import atexit
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self
from weakref import WeakSet

from attrs import evolve

from ostler.client import data_directory
from ostler.client.looking import Looking
from ostler.config import AgentConfig
from ostler.drivers.catalog import Catalog
from ostler.drivers.threads import DriverThreads
from ostler.errors import OstlerError, Problem
from ostler.executor import Executor
from ostler.jobs.inputs.values import Inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from types import TracebackType

    from ostler.client.hosts import Hosts
    from ostler.client.loop import LoopThread
    from ostler.client.reports import DriverReport
    from ostler.client.results import Result
    from ostler.client.running import Run
    from ostler.drivers.values import Fingerprint
    from ostler.drivers.wrapper_catalog import WrapperCatalog
    from ostler.drivers.wrappers import Wrapper
    from ostler.executor.streams.feeding import Input
    from ostler.jobs import Job, Loaded
    from ostler.jobs.inputs.values import Trust
    from ostler.node import Node
    from ostler.runner.events import Event
    from ostler.runner.workplace import Workplace


_OPEN: WeakSet[Client] = WeakSet()


def _close_all() -> None:
    for client in list(_OPEN):
        client.close()


# A program that ends without closing its client must not leave its jobs running behind its back.
atexit.register(_close_all)


class Client(Looking):
    """Runs jobs in one data directory, with the drivers that the configuration allows.

    ``config`` is the path of an agent's configuration, or the value of one.  ``drivers`` adds driver
    classes by name that no entry point knows.  ``policies`` and ``observers`` wrap the hooks of every
    driver, by name; the first is the outermost, those of the configuration stand round them, and every
    observer round every policy.  With ``trust="untrusted"`` the text of a job reads no file and
    nothing of this process's environment while it is evaluated.  Thread-safe; `close` it, or use it as a
    context manager; what is still open is closed when the program ends.
    """

    def __init__(
        self,
        config: str | Path | AgentConfig | None = None,
        *,
        data_dir: str | Path | None = None,
        drivers: Mapping[str, type[Any]] | None = None,
        policies: Mapping[str, object] | None = None,
        observers: Mapping[str, object] | None = None,
        trust: Trust = "trusted",
    ) -> None:
        self._inputs = Inputs(trust=trust)
        self.config, flaws = _configuration(config)
        client = self.config.client
        self.catalog = Catalog(allowed=client.driver_allowlist, denied=client.driver_denylist)
        for name, driver in (drivers or {}).items():
            self.catalog.add(name, driver)
        self._wrapper_catalog = _wrapper_catalog(self.config)
        if self.config.plugins or self._wrapper_catalog or flaws:
            from ostler.client.configuration import refuse_flawed

            refuse_flawed(self.config, self.catalog, self._wrapper_catalog, flaws)
        self.notes: tuple[str, ...] = self.config.notes
        self._data_dir = data_dir
        self._wrappers = _embedded(policies or {}, observers or {})
        self._directory = Path()
        self._executor: Executor | None = None
        self._place: Workplace | None = None
        self._loop: LoopThread | None = None
        self._runs: list[Run] = []
        self._lock = threading.RLock()
        self._closed = False
        self._hosts: Hosts | None = None
        self._listening = DriverThreads("output", size=1)
        _OPEN.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, job: str | Path | BinaryIO | Job, **options: Any) -> Result:  # noqa: ANN401 - those of `start`
        """Run a job to its end and return how it ended, with its output; takes the options of `start`.

        Ctrl-C in the waiting thread stops the job before KeyboardInterrupt goes on, and a second one
        kills it.
        """
        running = self.start(job, **options)
        try:
            result = running.wait()
        except BaseException:
            running.end()
            raise
        assert result is not None  # noqa: S101 - without a time-out there is always a result
        return result

    def start(
        self,
        job: str | Path | BinaryIO | Job | Loaded,
        *,
        ignore: Collection[str] = (),
        variables: Mapping[str, object] | Sequence[str] = (),
        var_files: Sequence[str | Path] = (),
        on_event: Callable[[Event], None] | None = None,
        on_output: Callable[[str, str, bytes], None] | None = None,
        keep_allocations: int | None = None,
        stdin: Input | None = None,
        stdin_task: str = "",
    ) -> Run:
        """Start a job: a path, an open file, the text of a job file, or a `Job`.

        ``ignore`` names blocks that the job may hold although Ostler does not act on them.  ``variables`` are
        the values of its variables, by name or as ``name=value``; they win over ``var_files``.  The callbacks
        are called one after the other on one thread; ``on_output(task, stream, chunk)`` holds the task
        back while it runs, and without it output is captured; ``task`` is its name, ``group/name`` where
        groups share it, with ``[index]`` behind it where the group's count is above 1.
        ``keep_allocations`` is how many directories of ended allocations stay on disk; None removes those
        of this job.  ``stdin``, bytes or anything to read them from, goes to the job's only task, or to the
        one that ``stdin_task`` names.  Raises MistakeError with all that is wrong before anything runs.
        """
        loaded = self._loaded(job, ignore, variables, var_files)
        with self._lock:
            # What this begins in other processes goes on while this one imports what runs a job.
            self._executing().prepare()
            from ostler.client.running import Run
            from ostler.runner.checks import check_job
            from ostler.runner.given import given

            place = self._workplace()
        checked = check_job(loaded.job, place)  # without the lock: a driver may hang
        reading = given(stdin, stdin_task, loaded.job, place)
        with self._lock:
            notes = (*checked, *self._taken_up(loaded.job))
            running = Run(
                loaded.job,
                self._workplace(),
                self._looping(),
                notes=(*self.notes, *loaded.notes, *notes),
                on_event=on_event,
                on_output=on_output,
                listening=self._listening,
                keep=keep_allocations,
                given=reading,
            )
            self._runs = [*(each for each in self._runs if not each.over), running]
        return running

    def validate(
        self,
        job: str | Path | BinaryIO | Job | Loaded,
        *,
        ignore: Collection[str] = (),
        variables: Mapping[str, object] | Sequence[str] = (),
        var_files: Sequence[str | Path] = (),
    ) -> tuple[str, ...]:
        """Check a job as `start` would and return the notes; MistakeError names all that is wrong."""
        from ostler.runner.checks import check_job

        loaded = self._loaded(job, ignore, variables, var_files)
        return (*self.notes, *loaded.notes, *check_job(loaded.job, self._locked_workplace()))

    def node(self) -> tuple[Node, Mapping[str, Fingerprint]]:
        """Fingerprint every driver that may be used and return the node with what they found."""
        place = self._fingerprinted()
        return place.node, place.fingerprints

    def drivers(self) -> list[DriverReport]:
        """Fingerprint every driver that may be used and describe each: who provides it, how it is set up."""
        from ostler.client.reports import report

        place = self._fingerprinted()
        return [report(name, place) for name in place.fingerprints]

    def logs(
        self,
        allocation: str,
        task: str = "",
        *,
        stream: str = "stdout",
        offset: int = 0,
        tail: int | None = None,
        follow: bool = False,
    ) -> Iterator[tuple[int, bytes]]:
        """Give what a task wrote, in pieces, each with the offset of its first byte in the stream.

        The allocation is named by the beginning of its id, whoever ran it, the task only where there are
        several.  From ``offset`` on, or the last ``tail`` lines.  With ``follow`` a task that has not begun
        is waited for, and it goes on until the task ends; who is slow to follow doesn't hold the task back,
        and an offset that jumps tells what was rotated away meanwhile.  MistakeError for an unknown name.
        """
        from ostler.runner.logbook import Logbook

        with self._lock:
            executor = self._executing()
        found = Logbook(self._directory).find(allocation, task, stream)
        return found.read(executor, offset, tail, follow=follow)

    def close(self) -> None:
        """End the jobs that still run, within their kill_timeout, and let go of drivers and executor."""
        with self._lock:
            self._closed = True
        for running in self._runs:
            running.stop()
        for running in self._runs:
            running.end()
        if self._loop is not None:
            self._loop.close()
        if self._place is not None:
            self._place.close()
        if self._executor is not None:
            self._executor.close()
        self._listening.close()
        if self._hosts is not None:
            self._hosts.close()
        self._loop = self._place = self._executor = self._hosts = None
        self._runs = []

    def _loaded(
        self,
        job: str | Path | BinaryIO | Job | Loaded,
        ignore: Collection[str],
        variables: Mapping[str, object] | Sequence[str],
        files: Sequence[str | Path],
    ) -> Loaded:
        from ostler.client.handed import loaded

        inputs = evolve(self._inputs, variables=variables, files=files)
        return loaded(job, ignore, inputs, self._locked_workplace)

    def _locked_workplace(self) -> Workplace:
        with self._lock:
            return self._workplace()

    def _fingerprinted(self) -> Workplace:
        place = self._locked_workplace()
        place.fingerprint([name for name in self.catalog.names if not self.catalog.refusal(name)])
        self.notes += tuple(place.remarks())
        return place

    def _taken_up(self, job: Job) -> tuple[str, ...]:
        """Become a host of the data directory, once, and tell what was left in it."""
        from ostler.runner.sweeping import refuse_sweeping

        told: tuple[str, ...] = ()
        if self._hosts is None:
            from ostler.client.hosts import take_up

            self._hosts, told = take_up(self._workplace(), job)
        refuse_sweeping(self._workplace(), job)
        return told

    def _looping(self) -> LoopThread:
        if self._loop is None:
            from ostler.client.loop import LoopThread

            self._loop = LoopThread()
        return self._loop

    def _executing(self) -> Executor:
        if self._closed:
            msg = "the client is closed; make another one"
            raise OstlerError(msg)
        if self._executor is None:
            directory, note = data_directory.choose(self._data_dir, self.config.data_dir, os.environ)
            data_directory.make(directory)
            self.notes += (note,) if note else ()
            self._directory, self._executor = directory, Executor(directory)
        return self._executor

    def _workplace(self) -> Workplace:
        executor = self._executing()
        if self._place is None:
            from ostler.client.machine import node_of
            from ostler.runner.workplace import Workplace

            node = node_of(self.config, self._directory)
            self._place = Workplace(
                directory=self._directory,
                config=self.config,
                catalog=self.catalog,
                executor=executor,
                node=node,
                wrappers=(*self._configured_wrappers(node), *self._wrappers),
            )
        return self._place

    def _configured_wrappers(self, node: Node) -> tuple[Wrapper, ...]:
        if self._wrapper_catalog is None:
            return ()
        from ostler.client.wrapping import configured

        return configured(self.config, self._wrapper_catalog, node)


def _wrapper_catalog(config: AgentConfig) -> WrapperCatalog | None:
    """Look for the policies and observers that are installed, if the configuration names any."""
    if not config.wrappers:
        return None
    from ostler.drivers.wrapper_catalog import WrapperCatalog

    return WrapperCatalog()


def _configuration(config: str | Path | AgentConfig | None) -> tuple[AgentConfig, tuple[Problem, ...]]:
    """Give what is configured; with mistakes, only what more of them can be found in."""
    if not isinstance(config, str | Path):
        return AgentConfig() if config is None else config, ()
    from ostler.config import FlawedConfigError, load

    try:
        return load(config), ()
    except FlawedConfigError as error:
        return error.config, error.problems


def _embedded(policies: Mapping[str, object], observers: Mapping[str, object]) -> tuple[Wrapper, ...]:
    if not policies and not observers:
        return ()
    from ostler.client.wrapping import embedded

    return embedded(policies, observers)
