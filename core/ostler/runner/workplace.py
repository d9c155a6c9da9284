"""What all allocations of one process share: data directory, executor, node and open drivers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import Factory, define, frozen

from ostler.config import AgentConfig
from ostler.drivers.catalog import Catalog
from ostler.drivers.facade import Driver
from ostler.drivers.settings import Located, read
from ostler.drivers.threads import DriverThreads
from ostler.drivers.values import DriverContext, Filesystem, Fingerprint, TaskHandle
from ostler.drivers.wrappers import Wrapper
from ostler.errors import DriverError, MistakeError
from ostler.executor import Executor
from ostler.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterable


logger = logging.getLogger(__name__)

OPEN_SECONDS: Final = 30.0
CLOSE_SECONDS: Final = 10.0
FETCHES_AT_ONCE: Final = 8
Said = Callable[[str, Mapping[str, str]], None]
STOPPING_THREADS: Final = 256


@frozen(kw_only=True)
class OpenDriver:
    """A driver that was constructed: its facade, its threads and what the operator decided about it.

    ``stopping`` are threads for `stop` alone: it may take as long as a task's kill_timeout, and many
    tasks are stopped at once.
    """

    driver: Driver
    threads: DriverThreads
    stopping: DriverThreads
    best_effort: bool = False
    denied_users: frozenset[str] = frozenset()


@define(kw_only=True)
class Workplace:
    """Opens drivers as they are named, and closes them; passes on what drivers say of their tasks.

    ``recovered`` holds, by task id, the handles that drivers gave for recorded ones.
    """

    directory: Path
    config: AgentConfig
    catalog: Catalog
    executor: Executor
    node: Node
    wrappers: Sequence[Wrapper] = ()
    fingerprints: dict[str, Fingerprint] = Factory(dict)
    recovered: dict[str, TaskHandle] = Factory(dict)
    fetching: DriverThreads = Factory(lambda: DriverThreads("artifacts", FETCHES_AT_ONCE))
    _open: dict[str, OpenDriver] = Factory(dict)
    _listeners: dict[str, Said] = Factory(dict)

    def listen(self, task: str, listener: Said) -> None:
        """Have ``listener`` called with what drivers say of a task, ``<allocation id>/<task name>``."""
        self._listeners[task] = listener

    def forget(self, task: str) -> None:
        """Stop listening for a task."""
        self._listeners.pop(task, None)

    def emit(self, task_id: str, message: str, details: Mapping[str, str]) -> None:
        """Pass on what a driver says of one of its tasks; called on any thread."""
        listener = self._listeners.get(task_id.rpartition("/")[0])
        if listener is None:
            logger.warning("a driver spoke of task %r, which does not run here: %s", task_id, message)
            return
        listener(message, details)

    def open(self, name: str) -> OpenDriver:
        """Return driver ``name``, imported and constructed on first use; OstlerError if that fails."""
        if name not in self._open:
            self._open[name] = self._opened(name)
        return self._open[name]

    def fingerprint(self, names: Iterable[str]) -> None:
        """Ask the named drivers side by side what they found, and add it to the node."""
        from ostler.node import fingerprint, with_drivers

        missing = [self.open(name) for name in dict.fromkeys(names) if name not in self.fingerprints]
        found = fingerprint([(each.driver, each.threads) for each in missing])
        self.fingerprints |= found
        self.node = with_drivers(self.node, found)

    def filesystem(self, name: str) -> Filesystem:
        """Say what tasks of driver ``name`` see of the file system here."""
        found = self.fingerprints[name].filesystem
        return found if found is not None else self.open(name).driver.capabilities.filesystem

    def close(self) -> None:
        """Close every driver; tasks that still run go on. The executor stays whoever's it is."""
        for each in self._open.values():
            try:
                each.threads.call(each.driver.close, CLOSE_SECONDS)
            except DriverError as error:
                logger.warning("%s", error)
            each.threads.close()
            each.stopping.close()
        self._open.clear()
        self.fetching.close()

    def _opened(self, name: str) -> OpenDriver:
        threads = DriverThreads(name)
        try:
            driver = self._constructed(name, threads)
        except BaseException:
            threads.close()
            raise
        block = self.config.plugins.get(name)
        best_effort = block is not None and block.limits == "best_effort"
        return OpenDriver(
            driver=driver,
            threads=threads,
            stopping=DriverThreads(name, size=STOPPING_THREADS),
            best_effort=best_effort,
            denied_users=self._denied_users(name, driver),
        )

    def _constructed(self, name: str, threads: DriverThreads) -> Driver:
        kind = threads.call(self.catalog.load, OPEN_SECONDS, name)
        block = self.config.plugins.get(name)
        context = self._context(name, read_plugin_settings(name, kind, block.config if block else Located()))
        return threads.call(self.catalog.open, OPEN_SECONDS, name, context, self.wrappers)

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
    return read(kind.settings, config, path=f"plugin.{name}.config")
