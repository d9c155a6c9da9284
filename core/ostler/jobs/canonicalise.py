"""Fill in all that a job leaves out, as Nomad's server does before it judges the job.

The defaults of single keys stand in the tables.  Here is what depends on more than one key: the type of
the job, what a block inherits, the names of services.  Facts: ``Canonicalize`` of Nomad's Go package
``api`` and of its server, read at version 1.9.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from attrs import evolve

from ostler.jobs.blocks import Kind
from ostler.jobs.durations import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ostler.jobs.found import Found

Values = dict[str, Any]

HOUR: Final = 3600 * SECOND
_RESTART: Final[Values] = {"attempts": 2, "interval": HOUR // 2, "delay": 15 * SECOND, "mode": "fail"}
_BATCH_RESTART: Final[Values] = {"attempts": 3, "interval": 24 * HOUR, "delay": 15 * SECOND, "mode": "fail"}


def _policy(attempts: int, interval: int, delay: int, function: str, max_delay: int) -> Values:
    names = ("attempts", "interval", "delay", "delay_function", "max_delay")
    return dict(zip(names, (attempts, interval, delay, function, max_delay), strict=True))


_RESCHEDULE: Final[Mapping[str, Values]] = {
    "service": _policy(0, 0, 30 * SECOND, "exponential", HOUR) | {"unlimited": True},
    "batch": _policy(1, 24 * HOUR, 5 * SECOND, "constant", 0) | {"unlimited": False},
}
_NO_RESCHEDULE: Final = _policy(0, 0, 0, "", 0) | {"unlimited": False}
# Many services have the name of their job in theirs: one that is far too long takes no memory for each.
_LONGEST_NAME: Final = 4000
_TOO_LONG: Final = 64  # a character more than the name of a service may have
_EMPTY: Final = {Kind.TEXTS, Kind.STRINGS, Kind.LISTS}


class Names(NamedTuple):
    """Where a service stands; ``task`` is empty for one of a group."""

    job: str
    group: str
    task: str = ""


def canonicalise(job: Found) -> None:
    """Fill in a job's tree in place; doing it again changes nothing."""
    job_type = job.get("type") or "service"
    if job_type == "service" and not job.all("update"):
        job.imply(job.kind.by_name["update"])
    for group in job.all("group"):
        _group(group, job, job_type)
    _fill(job)


def _group(group: Found, job: Found, job_type: str) -> None:
    scaling = group.only("scaling")
    if "count" not in group.values:
        group.values["count"] = scaling.get("min", 1) if scaling else 1
    if job_type == "system" and group.values["count"] == 0:
        group.values["count"] = 1
    if scaling:
        scaling.values.setdefault("min", group.values["count"])
    _inherit(group, "update", job.only("update"), {})
    defaults = _RESCHEDULE.get(job_type, _NO_RESCHEDULE)
    _inherit(group, "reschedule", job.only("reschedule"), defaults, always=job_type != "system")
    _inherit(group, "migrate", job.only("migrate"), {}, always=job_type == "service")
    restart = _BATCH_RESTART if job_type in {"batch", "sysbatch"} else _RESTART
    _inherit(group, "restart", None, restart, always=True)
    names = Names(job.get("name", ""), group.label)
    for service in group.all("service"):
        _service(service, names)
    for task in group.all("task"):
        _inherit(task, "restart", group.only("restart"), {})
        for service in task.all("service"):
            _service(service, names._replace(task=task.label))


def _inherit(
    block: Found, name: str, above: Found | None, defaults: Mapping[str, Any], *, always: bool = False
) -> None:
    """Complete a nested block by the one above; a block that is written nowhere stands only ``always``."""
    inherited = {**defaults, **above.values} if above else dict(defaults)
    own = block.only(name)
    if own is not None:
        own.values = {**inherited, **own.values}
        own.places = {**above.places, **own.places} if above else own.places
    elif above:
        block.blocks[name] = [evolve(above, values=inherited)]
    elif always:
        block.imply(block.kind.by_name[name], inherited)


def _service(service: Found, names: Names) -> None:
    name = service.get("name", "")
    if len(name) + (1 + name.count("$")) * sum(map(len, names)) > _LONGEST_NAME:
        names = Names(*(each[:_TOO_LONG] for each in names))
    service.values["name"] = _named(name, names)
    if names.task and not service.get("task"):
        service.values["task"] = names.task
    for check in service.all("check"):
        _check(check, service)


def _named(name: str, names: Names) -> str:
    if not name:
        return "-".join(part for part in names if part)
    task = names.task or "group"
    known = {"JOB": names.job, "TASKGROUP": names.group, "TASK": task}
    known["BASE"] = f"{names.job}-{names.group}-{task}"
    return re.sub(r"\$\{(JOB|TASKGROUP|TASK|BASE)\}", lambda found: known[found[1]], name)


def _check(check: Found, service: Found) -> None:
    if not check.get("name"):
        check.values["name"] = f'service: "{service.values["name"]}" check'
    if not check.get("task") and service.get("task"):
        check.values["task"] = service.get("task")
    if not check.get("on_update"):
        check.values["on_update"] = service.get("on_update") or "require_healthy"
    _inherit(check, "check_restart", service.only("check_restart"), {})


def _fill(block: Found) -> None:
    """Fill in the defaults of a block and of all within it."""
    kind, values = block.kind, block.values
    for name in [name for name, value in values.items() if value in ([], {})]:
        if kind.by_name[name].kind in _EMPTY:
            del values[name]
    rewrite = _REWRITES.get(kind.name)
    if rewrite:
        rewrite(block)
    for field in kind.filled:
        if field.key not in values or (values[field.key] == "" and (field.sparse or field.unset == "")):
            default = field.default
            block.wrong |= {field.key} if block.is_wrong(field.key) else set()
            values[field.key] = list(default) if isinstance(default, tuple) else default
    for field in kind.always:
        if not block.blocks.get(field.name):
            block.imply(field)
    for nested in block.blocks.values():
        for each in nested:
            _fill(each)


def _artifact(block: Found) -> None:
    if "destination" not in block.values:
        source = posixpath.basename(block.get("source", "").rstrip("/"))
        block.values["destination"] = f"local/{source}" if block.get("mode") == "file" else "local/"


def _template(block: Found) -> None:
    _signal(block)
    block.values.setdefault("change_signal", "SIGHUP" if block.get("change_mode") == "signal" else "")


def _signal(block: Found) -> None:
    if "change_signal" in block.values:
        block.values["change_signal"] = block.values["change_signal"].upper()


def _identity(block: Found) -> None:
    _signal(block)
    if block.get("name", "default") in {"", "default"} and "service_name" not in block.values:
        block.values.setdefault("aud", ["nomadproject.io"])


def _resources(block: Found) -> None:
    block.values.setdefault("cpu", 0 if block.get("cores") else 100)


def _logs(block: Found) -> None:
    block.values.setdefault("disabled", not block.get("enabled", True))


def _job(block: Found) -> None:
    block.values["namespace"] = block.get("namespace") or "default"


def _periodic(block: Found) -> None:
    block.values["time_zone"] = block.get("time_zone") or "UTC"


_REWRITES: Final[Mapping[str, Callable[[Found], None]]] = {
    "job": _job,
    "artifact": _artifact,
    "template": _template,
    "vault": _signal,
    "identity": _identity,
    "resources": _resources,
    "logs": _logs,
    "periodic": _periodic,
}
