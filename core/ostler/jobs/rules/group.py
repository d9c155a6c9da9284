"""What a group has to keep: how it is restarted, rolled out, moved and scaled, and its volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ostler.jobs.durations import spoken
from ostler.jobs.rules.policies import migrate, reschedule, restart, update
from ostler.jobs.rules.words import choice, not_negative, required, together, twice, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.errors import Problem
    from ostler.jobs.found import Found

RECONCILIATIONS: Final = ("best_score", "keep_original", "keep_replacement", "longest_running")
_READING: Final = ("single-node-reader-only", "multi-node-reader-only")
_WRITING: Final = ("single-node-writer", "single-node-single-writer", "single-node-multi-writer")
_EVERYWHERE: Final = ("multi-node-single-writer", "multi-node-multi-writer")


def group(found: Found, job_type: str) -> Iterator[Problem]:
    """Check what a group says of itself."""
    if not found.label:
        yield found.problem("the group's name is empty")
    yield from within(found, "count", 0)
    if job_type in {"system", "sysbatch"} and found.get("count", 1) > 1:
        text = f"expected 1 at most in a job of type {job_type!r}, found {found.get('count')}"
        yield found.problem(text, "count")
    lacks_task = not found.all("task") and not found.is_wrong("task")
    if lacks_task and not any(map(_brings_a_task, found.all("service"))):
        yield found.problem("no task; a group has at least one")
    yield from twice(found.all("task"), "task")
    yield from _one_leader(found.all("task"))
    yield from not_negative(found, "shutdown_delay", "max_run_duration")
    yield from _policies(found, job_type)
    yield from _lost(found, job_type)
    for disk in found.all("ephemeral_disk"):
        yield from within(disk, "size", 10)
    for scaling in found.all("scaling"):
        yield from _scaling(scaling, found)
    yield from twice(found.all("volume"), "volume")
    for volume in found.all("volume"):
        yield from _volume(volume, found, job_type)


def _brings_a_task(service: Found) -> bool:
    """Say whether a server adds a proxy's task to the group of a service."""
    return any(block.all(name) for block in service.all("connect") for name in ("gateway", "sidecar_service"))


def _one_leader(tasks: list[Found]) -> Iterator[Problem]:
    leaders = [task for task in tasks if task.get("leader")]
    for task in leaders[1:]:
        text = (
            f"one task of a group leads; the first is {leaders[0].label!r}, at {leaders[0].where('leader')}"
        )
        yield task.problem(text, "leader")


def _policies(found: Found, job_type: str) -> Iterator[Problem]:
    for block in found.all("restart"):
        yield from restart(block)
    for block in found.all("reschedule"):
        yield from reschedule(block, job_type)
    for block in found.all("update"):
        yield from update(block, job_type)
        yield from _time_to_stop(block, found) if job_type == "service" else ()
    for block in found.all("migrate"):
        yield from migrate(block, job_type)


def _time_to_stop(block: Found, group: Found) -> Iterator[Problem]:
    deadline = block.get("progress_deadline")
    for task in group.all("task"):
        if 0 < deadline < task.get("kill_timeout", 0):
            timeout = spoken(task.get("kill_timeout"))
            text = f"expected at most the group's progress_deadline, {spoken(deadline)!r}, found {timeout!r}"
            yield task.problem(text, "kill_timeout")


def _lost(found: Found, job_type: str) -> Iterator[Problem]:
    """Check what happens to a group whose node is lost."""
    old = ("stop_after_client_disconnect", "max_client_disconnect")
    yield from not_negative(found, *old)
    yield from together(found, *old)
    if found.get("stop_after_client_disconnect", 0) > 0 and job_type in {"system", "sysbatch"}:
        yield found.problem(_not_everywhere(job_type), "stop_after_client_disconnect")
    for block in found.all("disconnect"):
        yield from _disconnect(block, job_type)
        pairs = (old[0], "stop_on_client_after"), (old[1], "lost_after")
        for name, successor in (*pairs, ("prevent_reschedule_on_lost", "replace")):
            if found.written(name) and block.written(successor):
                yield found.problem(f"disconnect.{successor} says the same; take {name!r} out", name)


def _not_everywhere(job_type: str) -> str:
    return f"only in a job of type 'service' or 'batch', found type {job_type!r}"


def _disconnect(found: Found, job_type: str) -> Iterator[Problem]:
    yield from not_negative(found, "lost_after", "stop_on_client_after")
    yield from choice(found, "reconcile", RECONCILIATIONS)
    if found.written("stop_on_client_after"):
        if found.get("lost_after"):
            yield from together(found, "lost_after", "stop_on_client_after")
        if job_type in {"system", "sysbatch"}:
            yield found.problem(_not_everywhere(job_type), "stop_on_client_after")


def _scaling(found: Found, group: Found) -> Iterator[Problem]:
    if "max" not in found.values:
        return  # told when the job was read
    least, most, count = found.get("min"), found.get("max"), group.get("count")
    yield from within(found, "min", 0)
    if most < max(least, 0):
        yield found.problem(f"expected at least min, {least}, found {most}", "max")
    elif not least <= count <= most:
        yield group.problem(f"expected {least} to {most}, as 'scaling' allows, found {count}", "count")


def _volume(found: Found, group: Found, job_type: str) -> Iterator[Problem]:
    yield from required(found, "type", "source")
    yield from choice(found, "type", ("host", "csi")) if found.get("type") else ()
    reading, access = found.get("access_mode") in _READING, found.get("access_mode")
    yield from choice(found, "access_mode", ("", *_READING, *_WRITING, *_EVERYWHERE))
    yield from choice(found, "attachment_mode", ("", "file-system", "block-device"))
    if reading and not found.get("read_only"):
        yield found.problem(f"access_mode {access!r} needs read_only = true", "read_only")
    yield from _csi(found, group) if found.get("type") == "csi" else _host(found)
    if not found.get("per_alloc"):
        return
    if job_type in {"system", "sysbatch"}:
        yield found.problem(_not_everywhere(job_type), "per_alloc")
    if any(update.get("canary") for update in group.all("update")):
        yield found.problem("a volume of each allocation leaves none for a canary of 'update'", "per_alloc")


def _csi(found: Found, group: Found) -> Iterator[Problem]:
    yield from required(found, "access_mode", "attachment_mode", why=" by a volume of type 'csi'")
    if found.get("attachment_mode") == "block-device" and found.all("mount_options"):
        yield found.all("mount_options")[0].problem("a block device is not mounted; take the block out")
    shared = group.get("count") > 1 and not found.get("per_alloc") and not found.get("read_only")
    if found.get("access_mode") == "single-node-writer" and shared:
        text = f"one allocation may write; the group has a count of {group.get('count')}"
        yield found.problem(text, "access_mode")


def _host(found: Found) -> Iterator[Problem]:
    if found.get("access_mode") in {"multi-node-reader-only", *_EVERYWHERE}:
        text = f"a volume of type 'host' lies on one node, found {found.get('access_mode')!r}"
        yield found.problem(text, "access_mode")
    if found.all("mount_options"):
        yield found.all("mount_options")[0].problem("only for a volume of type 'csi'; take the block out")
