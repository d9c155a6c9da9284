"""What is filled in and rewritten when a job is read: as Nomad's reader does it, before any default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ostler.jobs.found import Found
from ostler.jobs.tables.job import GROUP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ostler.errors import Problem

# The later ones win when several stand in one block.
_CONSTRAINT_SHORTHANDS: Final = ("version", "semver", "regexp", "set_contains")
_AFFINITY_SHORTHANDS: Final = (
    "version",
    "semver",
    "regexp",
    "set_contains_any",
    "set_contains_all",
    "set_contains",
)
_SCALED: Final = {"cpu": "vertical_cpu", "mem": "vertical_mem"}


def normalise(job: Found) -> list[Problem]:
    """Rewrite the job's tree in place, and give what is wrong with it."""
    job.values.setdefault("name", job.label)
    job.values.setdefault("id", job.label)
    problems = [problem for block in _all(job) for problem in _REWRITES.get(block.kind.name, _keep)(block)]
    job.blocks["group"] = [_alone(task) for task in job.blocks.pop("task", [])] + job.blocks.get("group", [])
    for group in job.blocks["group"]:
        _hand_down_vault(job, group)
        _hand_down_secrets(job, group)
    return problems


def _all(block: Found) -> Iterator[Found]:
    for nested in list(block.blocks.values()):
        for each in nested:
            yield from _all(each)
    yield block


def _keep(_: Found) -> list[Problem]:
    return []


def _constraint(block: Found) -> list[Problem]:
    _operator(block, _CONSTRAINT_SHORTHANDS)
    if block.get("distinct_hosts"):
        block.values["operator"] = "distinct_hosts"
    if block.get("distinct_property"):
        block.values |= {"operator": "distinct_property", "attribute": block.get("distinct_property")}
    return []


def _affinity(block: Found) -> list[Problem]:
    _operator(block, _AFFINITY_SHORTHANDS)
    return []


def _operator(block: Found, shorthands: tuple[str, ...]) -> None:
    for name in shorthands:
        if block.get(name):
            block.values |= {"operator": name, "value": block.get(name)}
    if not block.get("operator"):
        block.values["operator"] = "="


def _template(block: Found) -> list[Problem]:
    for name, value in (("change_mode", "restart"), ("perms", "0644"), ("splay", 5_000_000_000)):
        block.values.setdefault(name, value)
    return []


def _vault(block: Found) -> list[Problem]:
    block.values.setdefault("env", True)
    block.values.setdefault("change_mode", "restart")
    return []


def _periodic(block: Found) -> list[Problem]:
    if "cron" in block.values:
        block.values.setdefault("SpecType", "cron")
    return []


def _network(block: Found) -> list[Problem]:
    ports = block.blocks.get("port", [])
    if ports:
        reserved = [port for port in ports if port.get("static", 0) > 0]
        block.blocks["reserved_ports"] = block.blocks.get("reserved_ports", []) + reserved
        block.blocks["port"] = [port for port in ports if port.get("static", 0) <= 0]
    return []


def _group(block: Found) -> list[Problem]:
    scaling = block.only("scaling")
    if scaling is None:
        return []
    found = []
    if "max" not in scaling.values:
        found.append(scaling.problem("required, but missing", "max"))
    if scaling.values.setdefault("type", "horizontal") != "horizontal":
        text = f"expected 'horizontal' in a group, found {scaling.get('type')!r}"
        found.append(scaling.problem(text, "type"))
    return found


def _task(block: Found) -> list[Problem]:
    found, seen = [], set()
    for scaling in block.blocks.get("scaling", []):
        label = scaling.label.lower()
        if label in seen:
            found.append(scaling.problem(f"there is already a scaling {label!r}"))
        elif label not in _SCALED:
            found.append(scaling.problem(f"expected the label 'cpu' or 'mem', found {scaling.label!r}"))
        elif scaling.values.setdefault("type", _SCALED[label]) != _SCALED[label]:
            text = f"expected {_SCALED[label]!r} for {label!r}, found {scaling.get('type')!r}"
            found.append(scaling.problem(text, "type"))
        seen.add(label)
    return found


def _alone(task: Found) -> Found:
    """Make the group of a task that stands directly in its job."""
    return Found(GROUP, task.path, task.at, task.label, blocks={"task": [task]})


def _hand_down_vault(job: Found, group: Found) -> None:
    inherited = group.blocks.get("vault") or job.blocks.get("vault")
    for task in group.blocks.get("task", []):
        if inherited and not task.blocks.get("vault"):
            task.blocks["vault"] = inherited


def _hand_down_secrets(job: Found, group: Found) -> None:
    for task in group.blocks.get("task", []):
        own = task.blocks.get("secret", [])
        names = {secret.label for secret in own}
        inherited = [secret for secret in job.blocks.get("secret", []) if secret.label not in names]
        if inherited:
            task.blocks["secret"] = inherited + own


_REWRITES: Final[dict[str, Callable[[Found], list[Problem]]]] = {
    "constraint": _constraint,
    "affinity": _affinity,
    "template": _template,
    "vault": _vault,
    "periodic": _periodic,
    "network": _network,
    "group": _group,
    "task": _task,
}
