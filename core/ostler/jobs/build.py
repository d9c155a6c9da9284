"""Turn a job's found blocks into the values that run, and find every rule that is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ostler.drivers.settings import Located
from ostler.drivers.values import Resources
from ostler.jobs import rules
from ostler.jobs.durations import SECOND
from ostler.jobs.names import wrong_task_name
from ostler.jobs.values import Constraint, Group, Job, JobArtifact, JobTask, Logs, Restart
from ostler.places import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.drivers.kinds import Path
    from ostler.errors import Problem
    from ostler.jobs.found import Found
    from ostler.places import Stretch

Policy = dict[str, Any]
_SERVICE: Final[Policy] = {"attempts": 2, "interval": 1800 * SECOND, "delay": 15 * SECOND, "mode": "fail"}
_BATCH: Final[Policy] = {"attempts": 3, "interval": 86400 * SECOND, "delay": 15 * SECOND, "mode": "fail"}
_DISK_MB: Final = 300


class Builder:
    """Makes the values of one job; whatever is wrong is collected in ``problems``."""

    def __init__(self, *, lenient: bool) -> None:
        self.problems: list[Problem] = []
        self._lenient = lenient

    def job(self, found: Found, source_directory: str = "") -> Job:
        """Make the job."""
        self.problems += [*rules.job(found), *rules.texts(found)]
        kind = found.get("type", "service")
        return Job(
            id=found.get("id", ""),
            name=found.get("name", found.get("id", "")),
            type=kind,
            meta=found.get("meta", {}),
            groups=tuple(self._group(each, kind) for each in found.blocks.get("group", [])),
            constraints=self._constraints(found),
            source_directory=source_directory,
            where=found.where(),
            path=found.path,
        )

    def _group(self, found: Found, job_type: str) -> Group:
        self.problems += [*rules.group(found, job_type), *rules.texts(found)]
        policy = self._policy(found, _BATCH if job_type in {"batch", "sysbatch"} else _SERVICE)
        disk, scaling = found.only("ephemeral_disk"), found.only("scaling")
        disk_mb = disk.get("size", _DISK_MB) if disk else _DISK_MB
        return Group(
            name=found.label,
            count=found.get("count", scaling.get("min", 1) if scaling else 1),
            meta=found.get("meta", {}),
            restart=_restart(policy),
            constraints=self._constraints(found),
            tasks=tuple(self._task(each, policy, disk_mb) for each in found.blocks.get("task", [])),
            where=found.where(),
            path=found.path,
        )

    def _task(self, found: Found, policy: Policy, disk_mb: int) -> JobTask:
        self.problems += [*rules.task(found), *rules.texts(found)]
        return JobTask(
            name="unnamed" if wrong_task_name(found.label) else found.label,
            driver=found.get("driver", ""),
            user=found.get("user", ""),
            config=self._config(found),
            env=found.get("env", {}),
            meta=found.get("meta", {}),
            resources=self._resources(found.only("resources")),
            artifacts=tuple(self._artifact(each) for each in found.blocks.get("artifact", [])),
            logs=self._logs(found, disk_mb),
            restart=_restart(self._policy(found, policy)),
            kill_timeout_seconds=found.get("kill_timeout", 5 * SECOND) / SECOND,
            kill_signal=found.get("kill_signal", ""),
            constraints=self._constraints(found),
            where=found.where(),
            path=found.path,
        )

    def _config(self, found: Found) -> Located:
        tree = found.get("config")
        if tree is None:
            return Located(positions={(): found.where()}, lenient=self._lenient)
        positions = {**_places(tree.positions()), (): found.where("config")}
        names = _places(tree.names())
        return Located(value=tree.plain(), positions=positions, names=names, lenient=self._lenient)

    def _resources(self, found: Found | None) -> Resources:
        if found is None:
            return Resources()
        self.problems += rules.resources(found)
        cores = found.get("cores", 0)
        return Resources(
            cpu_mhz=found.get("cpu", 0 if cores else 100),
            cores=cores,
            memory_mb=found.get("memory", 300),
            memory_max_mb=found.get("memory_max", 0),
            asked=frozenset(name for name in ("memory", "memory_max", "cores") if found.get(name)),
        )

    def _logs(self, task: Found, disk_mb: int) -> Logs:
        found = task.only("logs")
        if found is None:
            self.problems += rules.default_logs(task, disk_mb)
            return Logs()
        self.problems += rules.logs(found, disk_mb)
        return Logs(
            max_files=found.get("max_files", 10),
            max_file_mb=found.get("max_file_size", 10),
            disabled=found.get("disabled", False) or not found.get("enabled", True),
        )

    def _policy(self, found: Found, above: Policy) -> Policy:
        block = found.only("restart")
        if block is None:
            return above
        merged = above | {name: value for name, value in block.values.items() if name in above}
        self.problems += rules.restart(block, merged)
        return merged

    def _artifact(self, found: Found) -> JobArtifact:
        self.problems += [*rules.artifact(found), *rules.texts(found)]
        return JobArtifact(
            source=found.get("source", ""),
            destination=found.get("destination", ""),
            mode=found.get("mode", "any"),
            options=found.get("options", {}),
            headers=found.get("headers", {}),
            insecure=found.get("insecure", False),
            chown=found.get("chown", False),
            where=found.where(),
            path=found.path,
        )

    def _constraints(self, found: Found) -> tuple[Constraint, ...]:
        blocks = found.blocks.get("constraint", [])
        return tuple(self._constraint(each) for each in blocks if not rules.is_void(each))

    def _constraint(self, found: Found) -> Constraint:
        self.problems += [*rules.constraint(found), *rules.texts(found)]
        return Constraint(
            attribute=found.get("attribute", ""),
            operator=found.get("operator") or "=",
            value=found.get("value", ""),
            where=found.where(),
            path=found.path,
        )


def _places(stretches: Mapping[Path, Stretch]) -> dict[Path, str]:
    """Give places beside which nothing is shown: only the driver knows what is secret."""
    return {path: Place.of(stretch, masked=True) for path, stretch in stretches.items()}


def _restart(policy: Policy) -> Restart:
    return Restart(
        attempts=policy["attempts"],
        interval_seconds=policy["interval"] / SECOND,
        delay_seconds=policy["delay"] / SECOND,
        mode=policy["mode"],
    )
