"""From a command to the order that a supervisor carries out, on Linux and elsewhere."""

from __future__ import annotations

import errno
import sys
import threading
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from attrs import evolve

from ostler.errors import RecoverableError, RefusedError
from ostler.executor.host import probing
from ostler.executor.host.survey import survey
from ostler.executor.planning import explain, limits, refusal
from ostler.executor.planning.plan import Plan, plan, streams
from ostler.executor.values import Enforcement, Host, LimitSupport, Tier

if TYPE_CHECKING:
    from collections.abc import Callable

    from ostler.executor.host.survey import Survey
    from ostler.executor.linux.checkup import Capability
    from ostler.executor.linux.hierarchy import Found
    from ostler.executor.values import Command

_PASSING = frozenset({errno.EAGAIN, errno.ENOMEM, errno.ENOSPC, errno.EMFILE, errno.ENFILE})
_WATCHED = Enforcement.WATCHED
_PORTABLE_LIMITS = LimitSupport(timeout=_WATCHED, disk=_WATCHED, inodes=_WATCHED, output=_WATCHED)


class Order(NamedTuple):
    """What is sent, and what the embedder keeps of it."""

    content: dict[str, Any]
    tier: Tier
    cgroups: tuple[str, ...]
    explain: Callable[[dict[str, Any]], str]
    remarks: tuple[str, ...] = ()

    def error(self, name: str, failure: dict[str, Any]) -> Exception:
        """Give the error for a start that failed: one that may pass, or one that is the caller's to mend."""
        text = f"task {name}: {self.explain(failure)}"
        return RecoverableError(text) if failure["errno"] in _PASSING else RefusedError(text)


class Orders(Protocol):
    """How orders are written on a kind of machine."""

    kind: str

    def prepare(self) -> None:
        """Begin what takes a while, and go on meanwhile."""

    def host(self) -> Host:
        """Say what the machine can do."""

    def cpuset(self) -> str:
        """Name the cgroup in which tasks are given processors of their own; empty where that can't be."""

    def examine(self) -> tuple[Capability, ...]:
        """Try what isolation is made of, piece by piece."""

    def close(self) -> None:
        """End what was begun and is no use any more."""

    def write(self, command: Command, directory: str, passed: tuple[int, ...] = ()) -> Order:
        """Check a command and write its order; raises RefusedError.

        ``passed`` are the streams that are handed over as descriptors.
        """


class Linux:
    """Orders for a supervisor on Linux: plans."""

    kind = "linux"

    def __init__(self) -> None:
        self._probing = threading.Lock()
        self._canary: probing.Canary | None = None
        self._found: tuple[Host, Found] | None = None

    def prepare(self) -> None:
        """Begin to try what the machine can isolate."""
        with self._probing:
            if self._found is None and self._canary is None:
                self._canary = probing.take()

    def host(self) -> Host:
        """Say what the machine can do."""
        return self._probed()[0]

    def examine(self) -> tuple[Capability, ...]:
        """Try what isolation is made of, piece by piece."""
        from ostler.executor.linux import checkup

        return checkup.examine(*self._probed())

    def cpuset(self) -> str:
        """Name the cgroup in which tasks are given processors of their own."""
        host, found = self._probed()
        if host.limits.cores is not Enforcement.ENFORCED:
            return ""
        return found.parents.get("cpuset") or found.parents["unified"]

    def close(self) -> None:
        """End a canary that nobody asked."""
        with self._probing:
            if self._canary is not None:
                self._canary.end()
                self._canary = None

    def write(self, command: Command, directory: str, passed: tuple[int, ...] = ()) -> Order:
        """Check a command and plan it."""
        host, found = self._probed()
        if command.cgroups:
            host = evolve(host, limits=limits.without_groups(host.limits))
        refusal.check(command, host, directory)
        surveyed = survey(command, host, directory, found.parents, passed)
        if command.cgroups:
            from ostler.executor.linux import joined

            surveyed = surveyed._replace(joined=joined.named(command.cgroups))
        made = plan(command, host, surveyed)
        groups = tuple(sorted(set(made.cgroups.values())))
        return Order(
            made.order(), made.tier, groups, lambda failure: explain.sentence(made, failure), made.remarks
        )

    def _probed(self) -> tuple[Host, Found]:
        from ostler.executor.linux import hierarchy, probe

        with self._probing:
            if self._found is None:
                canary, self._canary = self._canary or probing.take(), None
                try:
                    found = hierarchy.find()
                    self._found = (probe.host(found, canary.answer(), canary.landlock), found)
                finally:
                    canary.end()
            return self._found


class Portable:
    """Orders for the portable supervisor: a process group, nothing more."""

    kind = "portable"

    def __init__(self, *, forced: bool) -> None:
        self._forced = forced

    def prepare(self) -> None:
        """Begin nothing: nothing has to be tried."""

    def cpuset(self) -> str:
        """Name none."""
        return ""

    def examine(self) -> tuple[Capability, ...]:
        """Try nothing: nothing is isolated."""
        return ()

    def close(self) -> None:
        """End nothing."""

    def host(self) -> Host:
        """Say that nothing is isolated, and why."""
        forced = "the portable executor was asked for, and it isolates nothing"
        return Host(
            tier=Tier.NONE,
            reason=forced if self._forced else f"Ostler isolates nothing on {sys.platform}",
            remedy="use the executor for Linux" if self._forced else "run on Linux",
            limits=_PORTABLE_LIMITS,
            platform=sys.platform,
        )

    def write(self, command: Command, directory: str, passed: tuple[int, ...] = ()) -> Order:
        """Check a command and write down what a process group needs."""
        host = self.host()
        if command.cgroups or command.oom_score_adj:
            msg = f"cgroups and oom_score_adj can't be had here: {host.reason}; {host.remedy}"
            raise RefusedError(msg)
        refusal.check(command, host, directory)
        if command.isolation.network.startswith("/"):
            msg = f"network {command.isolation.network!r}: the portable executor joins none"
            raise RefusedError(msg)
        found = survey(command, host, directory, {}, passed)
        made = _plain_plan(command, host, found)
        user = [found.user.uid, found.user.gid, list(found.user.groups)] if command.user else None
        content = {**made.order(), "cwd": command.cwd or "/", "user": user}
        return Order(content, Tier.NONE, (), lambda failure: explain.sentence(made, failure))


def _plain_plan(command: Command, host: Host, found: Survey) -> Plan:
    """Plan what a process group needs."""
    return Plan(
        tier=Tier.NONE,
        namespaces=(),
        prepare=(),
        build=tuple(streams(command, host, found)),
        enter=({"do": "change_directory", "path": command.cwd or "/"},),
        executable=found.executable,
        argv=command.argv,
        env=dict(command.env),
        cgroups={},
        watch={},
        timeout_seconds=command.limits.timeout_seconds,
        meter=limits.metered(command, host.limits),
    )
