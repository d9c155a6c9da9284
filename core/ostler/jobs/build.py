"""Turn a job's canonical tree into the values that run."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ostler.drivers.settings import Located
from ostler.drivers.values import Resources
from ostler.jobs.durations import SECOND
from ostler.jobs.names import wrong_task_name
from ostler.jobs.rules.placement import is_void
from ostler.jobs.values import Constraint, Group, Job, JobArtifact, JobTask, Logs, Restart
from ostler.places import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ostler.drivers.kinds import Path
    from ostler.jobs.found import Found
    from ostler.places import Stretch


class Builder:
    """Makes the values of one job.

    ``lenient`` says that texts in a driver's config convert, ``place`` where a value comes from.
    """

    def __init__(self, *, lenient: bool, place: Callable[..., Place] = Place.of) -> None:
        self._lenient = lenient
        self._place = place

    def job(self, found: Found, source_directory: str = "") -> Job:
        """Make the job."""
        return Job(
            id=found.get("id", ""),
            name=found.get("name", ""),
            type=found.get("type", ""),
            meta=found.get("meta", {}),
            groups=tuple(self._group(each) for each in found.all("group")),
            constraints=_constraints(found),
            source_directory=source_directory,
            where=found.where(),
            path=found.path,
        )

    def _group(self, found: Found) -> Group:
        return Group(
            name=found.label,
            count=found.get("count", 1),
            meta=found.get("meta", {}),
            restart=_restart(found),
            constraints=_constraints(found),
            tasks=tuple(self._task(each) for each in found.all("task")),
            where=found.where(),
            path=found.path,
        )

    def _task(self, found: Found) -> JobTask:
        return JobTask(
            name="unnamed" if wrong_task_name(found.label) else found.label,
            driver=found.get("driver", ""),
            driver_where=found.where("driver"),
            user=found.get("user", ""),
            config=self._config(found),
            env=found.get("env", {}),
            meta=found.get("meta", {}),
            resources=_resources(_only(found, "resources")),
            artifacts=tuple(_artifact(each) for each in found.all("artifact")),
            logs=_logs(_only(found, "logs")),
            restart=_restart(found),
            kill_timeout_seconds=found.get("kill_timeout") / SECOND,
            kill_signal=found.get("kill_signal", ""),
            constraints=_constraints(found),
            where=found.where(),
            path=found.path,
        )

    def _config(self, found: Found) -> Located:
        tree = found.get("config")
        if tree is None:
            return Located(positions={(): found.where()}, lenient=self._lenient)
        positions = {**self._places(tree.positions()), (): found.where("config")}
        names = self._places(tree.names())
        return Located(value=tree.plain(), positions=positions, names=names, lenient=self._lenient)

    def _places(self, stretches: Mapping[Path, Stretch]) -> dict[Path, str]:
        """Give places beside which nothing is shown: only the driver knows what is secret."""
        return {path: self._place(stretch, masked=True) for path, stretch in stretches.items()}


def _only(found: Found, name: str) -> Found:
    return cast("Found", found.only(name))


def _resources(found: Found) -> Resources:
    asked = (name for name in ("memory", "memory_max", "cores") if found.written(name) and found.get(name))
    return Resources(
        cpu_mhz=found.get("cpu"),
        cores=found.get("cores"),
        memory_mb=found.get("memory"),
        memory_max_mb=found.get("memory_max"),
        asked=frozenset(asked),
    )


def _logs(found: Found) -> Logs:
    return Logs(
        max_files=found.get("max_files"),
        max_file_mb=found.get("max_file_size"),
        disabled=found.get("disabled") or not found.get("enabled", True),
    )


def _restart(block: Found) -> Restart:
    found = _only(block, "restart")
    return Restart(
        attempts=found.get("attempts"),
        interval_seconds=found.get("interval") / SECOND,
        delay_seconds=found.get("delay") / SECOND,
        mode=found.get("mode"),
    )


def _artifact(found: Found) -> JobArtifact:
    return JobArtifact(
        source=found.get("source"),
        destination=found.get("destination") if found.written("destination") else "",
        mode=found.get("mode"),
        options=found.get("options", {}),
        headers=found.get("headers", {}),
        insecure=found.get("insecure"),
        chown=found.get("chown"),
        where=found.where(),
        path=found.path,
        places={name: (found.where(name), found.dotted(name)) for name in found.places},
    )


def _constraints(block: Found) -> tuple[Constraint, ...]:
    return tuple(
        Constraint(
            attribute=found.get("attribute", ""),
            operator=found.get("operator") or "=",
            value=found.get("value", ""),
            where=found.where(),
            path=found.path,
        )
        for found in block.all("constraint")
        if not is_void(found)
    )
