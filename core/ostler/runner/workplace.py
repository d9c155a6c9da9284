"""What all allocations of one process share: data directory, executor, node and open drivers."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import Factory, define

from ostler.config import AgentConfig, DriverDeadlines
from ostler.drivers.answers import of_kind
from ostler.drivers.boundary import Contained
from ostler.drivers.catalog import Catalog
from ostler.drivers.scene import threads_of, unchanged
from ostler.drivers.settings import Located, read
from ostler.drivers.shown import shown
from ostler.drivers.threads import DriverThreads, side_by_side
from ostler.drivers.values import DriverContext, Filesystem, Fingerprint, TaskHandle
from ostler.drivers.wrappers import Wrapper
from ostler.errors import DriverError, MistakeError, OstlerError
from ostler.executor import Executor
from ostler.node import Node
from ostler.runner.open_driver import OpenDriver
from ostler.runner.opening import Opening

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ostler.drivers.facade import Driver
    from ostler.node import Fault


logger = logging.getLogger(__name__)

THREADS_SECONDS: Final = 1.0
MOST_SAID: Final = 4000
FETCHES_AT_ONCE: Final = 8
Said = Callable[[str, Mapping[str, str]], None]
STOPPING_THREADS: Final = 256


@define(kw_only=True)
class Workplace:
    """Opens drivers as they are named, and closes them; passes on what drivers say of their tasks.

    ``recovered`` holds, by task id, the handles that drivers gave for recorded ones, ``faults`` what a
    driver that could not be asked did instead; others may be asked at the same time, on any thread.
    ``environment`` is the host's as it was before any driver could change it.
    """

    directory: Path
    config: AgentConfig
    catalog: Catalog
    executor: Executor
    node: Node
    wrappers: Sequence[Wrapper] = ()
    fingerprints: dict[str, Fingerprint] = Factory(dict)
    recovered: dict[str, TaskHandle] = Factory(dict)
    faults: dict[str, str] = Factory(dict)
    environment: Mapping[str, str] = Factory(lambda: dict(os.environ))
    fetching: DriverThreads = Factory(lambda: DriverThreads("artifacts", FETCHES_AT_ONCE))
    _openings: dict[str, Opening] = Factory(dict)
    _lock: threading.Lock = Factory(threading.Lock)
    _remarked: set[str] = Factory(set)
    _listeners: dict[str, Said] = Factory(dict)

    def listen(self, task: str, listener: Said) -> None:
        """Have ``listener`` called with what drivers say of a task, ``<allocation id>/<task name>``."""
        self._listeners[task] = listener

    def forget(self, task: str) -> None:
        """Stop listening for a task."""
        self._listeners.pop(task, None)

    def emit(self, task_id: str, message: str, details: Mapping[str, str]) -> None:
        """Pass on what a driver says of one of its tasks; called on any thread, and TypeError is for it."""
        if not (of_kind(task_id, str) and of_kind(message, str) and of_kind(details, Mapping)):
            found = shown((task_id, message, details))
            msg = f"emit takes a task's id, a text and a mapping of texts, found {found}"
            raise TypeError(msg)
        listener = self._listeners.get(task_id.rpartition("/")[0])
        if listener is None:
            logger.warning("a driver spoke of task %r, which does not run here: %s", task_id, message)
            return
        short = {str(name)[:MOST_SAID]: str(value)[:MOST_SAID] for name, value in details.items()}
        listener(message[:MOST_SAID], short)

    @property
    def deadlines(self) -> DriverDeadlines:
        """How long a driver may take."""
        return self.config.client.driver_deadlines

    def open(self, name: str) -> OpenDriver:
        """Return driver ``name``, imported and constructed on first use; OstlerError if that fails."""
        return self._opening(name).wait()

    def remarks(self) -> list[str]:
        """Note what is deprecated in the plugin blocks of the drivers that were opened, each once."""
        found = []
        for name, block in self.config.plugins.items():
            opened = self.opened(name)
            if opened is not None and name not in self._remarked:
                self._remarked.add(name)
                provider = partial(self._package, name)
                found += opened.plugin_remarks(block.config, f"plugin.{name}.config", provider)
        return found

    def opened(self, name: str) -> OpenDriver | None:
        """Return driver ``name`` if it was named before and could be opened."""
        opening = self._openings.get(name)
        return opening.opened if opening else None

    def _package(self, name: str) -> str:
        return self.catalog.find(name).provider

    def fingerprint(self, names: Iterable[str]) -> None:
        """Ask the named drivers side by side what they found, and add it to the node.

        One that can't be opened is unhealthy, like one that can't answer; MistakeError is the operator's.
        """
        from ostler.node import Fault, ask, unhealthy, with_drivers

        missing = [name for name in dict.fromkeys(names) if name not in self.fingerprints]
        opened, faults = self._opened_together(missing)
        asked = ask([(each.driver, each.threads) for each in opened], self.deadlines.answer_seconds)
        faults |= {name: each for name, each in asked.items() if isinstance(each, Fault)}
        healthy = {name: each for name, each in asked.items() if not isinstance(each, Fault)}
        answers = {**healthy, **{name: unhealthy(fault) for name, fault in faults.items()}}
        with self._lock:
            self.faults |= {name: each.reason for name, each in faults.items()}
            self.fingerprints |= {name: answers[name] for name in missing}
            self.node = with_drivers(self.node, answers)

    def _opened_together(self, names: Sequence[str]) -> tuple[list[OpenDriver], dict[str, Fault]]:
        from ostler.node import Fault

        openings: list[Opening] = []
        opened: list[OpenDriver] = []
        faults: dict[str, Fault] = {}
        for name in names:
            try:
                openings.append(self._opening(name))
            except MistakeError as error:
                faults[name] = Fault(str(error), "tasks of other drivers run")
        for opening in openings:
            try:
                opened.append(opening.wait())
            except DriverError as error:
                faults[opening.name] = Fault(str(error), "mend or uninstall it; tasks of other drivers run")
        return opened, faults

    def _opening(self, name: str) -> Opening:
        self.catalog.check(name)
        with self._lock:
            found = self._openings.get(name)
            if found is None or found.failed:
                seconds = self.deadlines.open_seconds
                provider = partial(self._provider, name)
                found = self._openings[name] = Opening(name, self._opened, seconds, provider)
            return found

    def _provider(self, name: str) -> str:
        return self.catalog.find(name).distribution

    def filesystem(self, name: str) -> Filesystem:
        """Say what tasks of driver ``name`` see of the file system here."""
        found = self.fingerprints[name].filesystem
        return found if found is not None else self.open(name).driver.capabilities.filesystem

    def close(self) -> None:
        """Close every driver; tasks that still run go on. The executor stays whoever's it is."""
        openings = list(self._openings.values())
        for opening in openings:
            opening.abandon()
        self._close_drivers([opening.opened for opening in openings if opening.opened is not None])
        deadline = time.monotonic() + THREADS_SECONDS
        for opening in openings:
            opening.threads.close(max(0.0, deadline - time.monotonic()))
            if opening.opened is not None:
                opening.opened.stopping.close(max(0.0, deadline - time.monotonic()))
        for opening in openings:
            self._tell_of_threads(opening)
        self._openings.clear()
        self.fetching.close()

    def _close_drivers(self, opened: Sequence[OpenDriver]) -> None:
        asked = [(each.threads, each.driver.close) for each in opened]
        for answer in side_by_side(asked, self.deadlines.answer_seconds):
            if isinstance(answer, OstlerError):
                logger.warning("%s", answer)

    def _tell_of_threads(self, opening: Opening) -> None:
        if opening.opened is None:
            return
        module = type(opening.opened.driver.plugin).__module__
        for thread in threads_of(module, {*opening.threads_before, threading.current_thread()}):
            words = "thread %r runs code of driver %r after its close, and keeps a program from ending"
            logger.warning(words, thread, opening.name)

    def _opened(self, opening: Opening) -> OpenDriver:
        """Open a driver, on one of its own threads: all of this may run its code."""
        name, block = opening.name, self.config.plugins.get(opening.name)
        with unchanged(name, "its import", logger):
            kind = self.catalog.load(name)
        opening.step = "settings"
        context = self._context(name, read_plugin_settings(name, kind, block.config if block else Located()))
        opening.step = "constructor"
        with unchanged(name, "its constructor", logger):
            driver = self.catalog.open(name, context, self.wrappers)
        return OpenDriver(
            driver=driver,
            threads=opening.threads,
            stopping=DriverThreads(name, size=STOPPING_THREADS),
            settings=context.settings,
            best_effort=block is not None and block.limits == "best_effort",
            denied_users=self._denied_users(name, driver),
            deadlines=self.deadlines,
        )

    def _context(self, name: str, settings: object) -> DriverContext:
        state = self.directory / "drivers" / name
        try:
            state.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            text = f"can't make {state}: {error.strerror}; choose another data directory with --data-dir"
            raise MistakeError.single(text) from error
        return DriverContext(
            name=name,
            settings=settings,
            state_directory=state,
            executor=self.executor,
            node=self.node.variables(),
            logger=logging.getLogger(f"ostler.driver.{name}"),
            emit=self.emit,
            chroot_env=self.config.client.chroot_env or None,
        )

    def _denied_users(self, name: str, driver: Driver) -> frozenset[str]:
        """Name the users that a job may not ask this driver for.

        Nomad checks a fixed list of drivers; where the operator gave none, the drivers with a root of
        their own are checked, since the others run as whoever the operator is.
        """
        client = self.config.client
        chosen = client.user_checked_drivers
        isolated = driver.capabilities.filesystem is not Filesystem.NONE
        checked = isolated if chosen is None else name in chosen
        return frozenset(client.user_denylist) if checked else frozenset()


def read_plugin_settings(name: str, kind: type[Any], config: Located) -> object:
    """Read the plugin block's ``config`` as the driver's settings."""
    with Contained(name, "settings"):
        return read(kind.settings, config, path=f"plugin.{name}.config")
