"""The rules that a job has to keep, beyond the types of its keys."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from ostler.jobs.durations import SECOND, spoken
from ostler.jobs.names import wrong_task_name
from ostler.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.errors import Problem
    from ostler.jobs.found import Found

JOB_TYPES: Final = ("service", "batch", "system", "sysbatch")
OPERATORS: Final = (
    *("=", "==", "is", "!=", "not", ">", ">=", "<", "<=", "regexp", "version", "semver"),
    *("set_contains", "set_contains_all", "set_contains_any", "is_set", "is_not_set"),
    *("distinct_hosts", "distinct_property"),
)
_WITHOUT_VALUE: Final = {"is_set", "is_not_set", "distinct_hosts", "distinct_property"}
_WITH_VALUE: Final = {"regexp", "version", "semver", "set_contains", "set_contains_all", "set_contains_any"}
_UNREAD: Final = ("set_contains_all", "set_contains_any", "is_set", "is_not_set")
_DIGITS: Final = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
DEFAULT_LOGS_MB: Final = 100


def job(found: Found) -> Iterator[Problem]:
    """Check what a job says of itself."""
    yield from _job_name(found, "id", found.get("id", ""))
    yield from _job_name(found, "name", found.get("name", found.get("id", "")))
    yield from choice(found, "type", JOB_TYPES)
    yield from _range(found, "priority", 1, 100)
    if not found.blocks.get("group"):
        yield found.problem("no group and no task; a job has at least one")
    yield from _twice(found.blocks.get("group", []), "group")


def _job_name(found: Found, name: str, value: str) -> Iterator[Problem]:
    if not value and (name == "id" or name in found.places):
        yield found.problem(f"the job's {name} is empty", name if name in found.places else "")
    elif "\0" in value or (name == "id" and " " in value):
        yield found.problem(f"no space and no NUL may stand in a job's {name}, found {value!r}", name)


def group(found: Found, job_type: str) -> Iterator[Problem]:
    """Check a group."""
    if not found.label:
        yield found.problem("the group's name is empty")
    yield from _range(found, "count", 0, None)
    if job_type in {"system", "sysbatch"} and found.get("count", 1) > 1:
        text = f"expected 1 at most in a job of type {job_type!r}, found {found.get('count')}"
        yield found.problem(text, "count")
    if not found.blocks.get("task"):
        yield found.problem("no task; a group has at least one")
    yield from _twice(found.blocks.get("task", []), "task")


def task(found: Found) -> Iterator[Problem]:
    """Check a task."""
    wrong = wrong_task_name(found.label)
    if wrong:
        yield found.problem(wrong)
    if found.lacks("driver"):
        yield found.problem("required, but missing; name the driver that runs the task", "driver")
    if found.get("kill_timeout", 0) < 0:
        yield found.problem(_negative(found.get("kill_timeout")), "kill_timeout")
    yield from _environment(found)


def resources(found: Found) -> Iterator[Problem]:
    """Check what a task asks of the machine."""
    yield from _range(found, "cpu", 1, None)
    yield from _range(found, "memory", 10, None)
    yield from _range(found, "cores", 0, None)
    if "cpu" in found.values and found.get("cores"):
        yield found.problem("a task asks for 'cpu' or for 'cores', not for both", "cores")
    most, memory = found.get("memory_max", 0), found.get("memory", 300)
    if most and most != -1 and most < memory:
        text = f"expected at least memory, {memory}, or -1 for no limit, found {most}"
        yield found.problem(text, "memory_max")


def restart(found: Found, merged: dict[str, int | str]) -> Iterator[Problem]:
    """Check a restart policy, its missing keys filled in from above."""
    attempts, interval, delay = int(merged["attempts"]), int(merged["interval"]), int(merged["delay"])
    yield from choice(found, "mode", ("fail", "delay"))
    yield from _range(found, "attempts", 0, None)
    if delay < 0:
        yield found.problem(_negative(delay), "delay")
    if attempts == 0 and merged["mode"] == "delay":
        yield found.problem("mode 'delay' with 0 attempts never restarts; write mode = \"fail\"", "mode")
    if interval < 5 * SECOND:
        yield found.problem(f"expected at least '5s', found '{spoken(interval)}'", "interval")
    elif attempts * delay > interval:
        text = (
            f"{attempts} attempts with a delay of {spoken(delay)} each don't fit into an interval of"
            f" {spoken(interval)}"
        )
        yield found.problem(text)


def _negative(duration: int) -> str:
    return f"expected no duration below zero, found {spoken(duration)!r}"


def logs(found: Found, disk_mb: int) -> Iterator[Problem]:
    """Check how much of a task's output is kept."""
    yield from _range(found, "max_files", 1, None)
    yield from _range(found, "max_file_size", 1, None)
    kept = found.get("max_files", 10) * found.get("max_file_size", 10)
    if not found.get("disabled") and kept >= disk_mb:
        yield found.problem(_crowded(kept, disk_mb))


def default_logs(found: Found, disk_mb: int) -> Iterator[Problem]:
    """Check that the default of what is kept of a task's output has room."""
    if disk_mb <= DEFAULT_LOGS_MB:
        yield found.problem(_crowded(DEFAULT_LOGS_MB, disk_mb), "logs")


def _crowded(kept_mb: int, disk_mb: int) -> str:
    return f"expected max_files * max_file_size below the {disk_mb} MB of ephemeral_disk, found {kept_mb} MB"


def artifact(found: Found) -> Iterator[Problem]:
    """Check something to fetch."""
    if found.lacks("source"):
        yield found.problem("required, but missing", "source")
    yield from choice(found, "mode", ("any", "file", "dir"))
    if escapes(found.get("destination", "")):
        text = (
            f"leaves the allocation's directory: {found.get('destination')!r}; write a path such as 'local/'"
        )
        yield found.problem(text, "destination")
    wrong = checksum(found.get("options", {}).get("checksum", ""))
    if wrong:
        yield found.problem(wrong, "options.checksum")


def escapes(destination: str) -> bool:
    """Say whether a destination, seen from the task's directory, leaves the allocation's."""
    inside = posixpath.normpath(f"alloc/task/{destination}")
    return inside != "alloc" and not inside.startswith("alloc/")


def checksum(text: str) -> str:
    """Say what is wrong with ``type:hex``; empty when nothing is, or only interpolation will tell."""
    if not text or "${" in text:
        return ""
    kind, _, digits = text.partition(":")
    if kind not in _DIGITS or not digits:
        return f"expected type:hex with one of {', '.join(_DIGITS)}, found {text!r}"
    if not re.fullmatch("[0-9a-fA-F]*", digits):
        return f"expected {_DIGITS[kind]} hexadecimal digits after '{kind}:', found {digits!r}"
    if len(digits) != _DIGITS[kind]:
        return f"expected {_DIGITS[kind]} hexadecimal digits after '{kind}:', found {len(digits)}"
    return ""


def constraint(found: Found) -> Iterator[Problem]:
    """Check what is asked of the node."""
    operator = found.get("operator") or "="
    for name in _UNREAD:
        if found.get(name):
            text = f'there is no such shorthand; write operator = "{name}" with attribute and value'
            yield found.problem(text, name)
    if found.get("operator"):
        yield from choice(found, "operator", OPERATORS)
    if found.lacks("attribute") and operator != "distinct_hosts" and not is_void(found):
        yield found.problem("required, but missing", "attribute")
    if operator in _WITH_VALUE and found.lacks("value"):
        yield found.problem(f"required by {operator!r}, but missing", "value")
    if operator == "distinct_property" and not re.fullmatch(r"|0*[1-9]\d*", found.get("value", "")):
        yield found.problem(f"expected a whole number from 1, found {found.get('value')!r}", "value")


def is_void(found: Found) -> bool:
    """Say whether a constraint only says ``distinct_hosts = false``."""
    return found.get("distinct_hosts") is False and not found.get("attribute")


def choice(found: Found, name: str, known: tuple[str, ...]) -> Iterator[Problem]:
    """Check that a key, where it is set, holds one of the known words."""
    value = found.get(name)
    if value is not None and value not in known:
        near = nearest(value, known)
        hint = f"did you mean {near!r}?" if near else f"known: {', '.join(known)}"
        yield found.problem(f"unknown {found.kind.name} {name} {value!r}; {hint}", name)


def _range(found: Found, name: str, least: int, most: int | None) -> Iterator[Problem]:
    value = found.get(name)
    if value is None or (value >= least and (most is None or value <= most)):
        return
    limits = f"at least {least}" if most is None else f"{least} to {most}"
    yield found.problem(f"expected {limits}, found {value}", name)


def texts(found: Found) -> Iterator[Problem]:
    """Check that no text holds a NUL, which no process can be given."""
    for name, value in found.values.items():
        items = value.items() if isinstance(value, dict) else [("", value)]
        for key, item in items:
            if isinstance(item, str) and "\0" in key + item:
                yield found.problem("no NUL may stand in a text", f"{name}.{key}" if key else name)


def _environment(found: Found) -> Iterator[Problem]:
    for name in found.get("env", {}):
        if not name or "=" in name:
            yield found.problem(f"a variable can't be named {name!r}", f"env.{name}")


def _twice(blocks: list[Found], what: str) -> Iterator[Problem]:
    seen: dict[str, Found] = {}
    for block in blocks:
        first = seen.setdefault(block.label, block)
        if first is not block:
            place = first.where() or first.path
            yield block.problem(f"there is already a {what} named {block.label!r}, at {place}; rename one")
