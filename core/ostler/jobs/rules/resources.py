"""What a task asks of the machine, and how much of its output is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.jobs.rules.placement import affinity, constraint
from ostler.jobs.rules.words import choice, there_are, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.errors import Problem
    from ostler.jobs.found import Found


def resources(found: Found) -> Iterator[Problem]:
    """Check what a task asks of the machine."""
    cores, memory = found.get("cores"), found.get("memory")
    yield from within(found, "cpu", 0 if cores > 0 else 1)
    yield from within(found, "memory", 10)
    yield from within(found, "cores", 0)
    if cores > 0 and found.get("cpu"):
        yield found.problem("a task asks for 'cpu' or for 'cores', not for both", "cores")
    most = found.get("memory_max")
    if most and most != -1 and most < memory:
        text = f"expected at least memory, {memory}, or -1 for no limit, found {most}"
        yield found.problem(text, "memory_max")
    yield from within(found, "secrets", 0, max(memory, 0))
    if found.get("disk", 0) > 0:
        yield found.problem("a task has no disk of its own; write 'ephemeral_disk' in the group", "disk")
    for device in found.all("device"):
        yield from _device(device)
    for numa in found.all("numa"):
        yield from _numa(numa, dict.fromkeys(device.label for device in found.all("device")))


def _device(found: Found) -> Iterator[Problem]:
    parts = found.label.split("/", 2)
    if not all(parts):
        text = f"expected TYPE, VENDOR/TYPE or VENDOR/TYPE/MODEL, found {found.label!r}"
        yield found.problem(text)
    yield from within(found, "count", 0)
    for each in found.all("constraint"):
        yield from constraint(each, "device")
    for each in found.all("affinity"):
        yield from affinity(each)


def _numa(found: Found, devices: dict[str, None]) -> Iterator[Problem]:
    yield from choice(found, "affinity", ("none", "prefer", "require"))
    for name in found.get("devices", []):
        if name not in devices:
            text = f"no device {name!r} in these resources; {there_are(devices)}"
            yield found.problem(text, "devices")


def logs(found: Found, group: Found) -> Iterator[Problem]:
    """Check how much of a task's output is kept."""
    yield from within(found, "max_files", 1)
    yield from within(found, "max_file_size", 1)
    kept = found.get("max_files") * found.get("max_file_size")
    for disk in group.all("ephemeral_disk"):
        size = disk.get("size")
        if not found.get("disabled") and kept >= size:
            text = (
                f"expected max_files * max_file_size below the {size} MB of ephemeral_disk, found {kept} MB"
            )
            yield found.problem(text)
