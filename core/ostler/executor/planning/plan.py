"""From what is wanted to a list of plain steps: a pure function, tested as data."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from ostler.executor.planning import entry, limits, network, remarks, root
from ostler.executor.values import Tier, path_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.executor.host.survey import Survey
    from ostler.executor.values import Command, Host, Limits

    Step = dict[str, Any]


class Plan(NamedTuple):
    """What the supervisor carries out; JSON can hold it.

    ``prepare`` runs on the host, ``build`` in the new namespaces, ``enter`` in the main process just
    before it becomes the command.  ``watch`` is measured where no cgroup holds it, ``meter`` everywhere.
    """

    tier: Tier
    namespaces: tuple[str, ...]
    prepare: tuple[Step, ...]
    build: tuple[Step, ...]
    enter: tuple[Step, ...]
    executable: str
    argv: tuple[str, ...]
    env: dict[str, str]
    cgroups: dict[str, str]
    watch: dict[str, int]
    timeout_seconds: float | None
    meter: Mapping[str, Any] = MappingProxyType({})
    remarks: tuple[str, ...] = ()

    def order(self) -> dict[str, Any]:
        """Give the plan as the supervisor reads it."""
        return {**self._asdict(), "meter": dict(self.meter)}


def plan(command: Command, host: Host, survey: Survey) -> Plan:
    """Plan a command on a host, from facts alone: nothing is read and nothing changed."""
    isolated = bool(command.isolation.namespaces) and host.tier is not Tier.NONE
    held = limits.held(command.limits, host.limits)
    namespaces = _namespaces(command, host, isolated=isolated)
    cgroups = _groups(command, held, survey, namespaces)
    return Plan(
        tier=host.tier if isolated else Tier.NONE,
        namespaces=namespaces,
        prepare=(
            *_place(command, survey, isolated=isolated and host.tier.has_namespaces),
            *limits.steps(held, cgroups),
        ),
        build=tuple(_build(command, host, survey, survey.joined or cgroups, isolated=isolated)),
        enter=tuple(entry.steps(command, host, survey, isolated=isolated)),
        executable=survey.executable,
        argv=command.argv,
        env=dict(command.env),
        cgroups=cgroups,
        watch=limits.watched(command.limits, host.limits),
        timeout_seconds=command.limits.timeout_seconds,
        meter=limits.metered(command, host.limits),
        remarks=tuple(remarks.of(command, survey)),
    )


def _groups(command: Command, held: Limits, survey: Survey, namespaces: tuple[str, ...]) -> dict[str, str]:
    """Name the task's own groups: none where it is to be in somebody else's."""
    if survey.joined:
        return {}
    dies_with_init = "pid" in namespaces
    return limits.groups(command.id, survey.directory, held, survey.groups, dies_with_init=dies_with_init)


def _place(command: Command, survey: Survey, *, isolated: bool) -> list[Step]:
    """Make the folder that every root is put together on, each in its own namespace."""
    rooted = isolated and "mount" in command.isolation.namespaces
    return [{"do": "make_directory", "path": root.place(survey)}] if rooted else []


def _namespaces(command: Command, host: Host, *, isolated: bool) -> tuple[str, ...]:
    own = command.isolation.namespaces if isolated and host.tier.has_namespaces else ()
    wanted = sorted((*own, *network.namespaces(command, host)))
    if not own:
        return tuple(wanted)
    return ("user", *wanted) if host.tier is Tier.USERNS else tuple(wanted)


def _build(
    command: Command, host: Host, survey: Survey, cgroups: Mapping[str, str], *, isolated: bool
) -> list[Step]:
    steps = [*network.steps(command, host), *streams(command, host, survey)]
    groups = limits.open_groups(cgroups)
    if not (isolated and host.tier.has_namespaces):
        return [*steps, *groups]
    if host.tier is Tier.USERNS:
        steps = [_map_user(survey), *steps, {"do": "outrank"}]
    if "mount" in command.isolation.namespaces:
        made = root.steps(command.isolation, survey, privileged=host.tier is Tier.ROOT)
        groups = [*made[: -root.SEAL], *groups, *made[-root.SEAL :]]
    steps += groups
    if "uts" in command.isolation.namespaces and command.isolation.hostname:
        steps.append({"do": "hostname", "name": command.isolation.hostname})
    return steps


def streams(command: Command, host: Host, survey: Survey) -> list[Step]:
    """Open the standard streams; the supervisor's own stdin is /dev/null, and needs no step."""
    paths = {0: command.stdin, 1: path_of(command.stdout), 2: path_of(command.stderr)}
    opened = {number: path for number, path in paths.items() if number or path != "/dev/null"}
    opened |= dict.fromkeys(survey.passed, "")
    return [_stream(number, opened[number], host, survey) for number in sorted(opened)]


def _stream(number: int, path: str, host: Host, survey: Survey) -> Step:
    if number in survey.passed:
        return {"do": "take_passed", "number": number, "index": survey.passed.index(number)}
    step: Step = {"do": "open_output" if number else "open_input", "number": number, "path": path}
    if host.tier in {Tier.ROOT, Tier.LANDLOCK} and survey.user.uid != survey.caller.uid:
        step["owner"] = survey.user.uid
    return step


def _map_user(survey: Survey) -> Step:
    inside, outside = survey.user, survey.caller
    return {"do": "map_user", "inside": (inside.uid, inside.gid), "outside": (outside.uid, outside.gid)}
