"""The steps of a task's main process just before it becomes the command: it gives up what it may not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ostler.executor import limits, rlimits, seccomp
from ostler.executor.capabilities import numbers
from ostler.executor.values import Tier

if TYPE_CHECKING:
    from ostler.executor.survey import Survey
    from ostler.executor.values import Command, Host

    Step = dict[str, Any]


def steps(command: Command, host: Host, survey: Survey, *, isolated: bool) -> list[Step]:
    """Plan them: the filter of system calls comes last, because it would deny what comes before."""
    made: list[Step] = [
        {"do": "new_session"},
        {"do": "join_groups"},
        *rlimits.steps(command.limits, survey.ceilings),
    ]
    if not isolated:
        return [*made, *_become(command, survey), {"do": "die_with_parent"}, _directory(command)]
    return [
        *made,
        *_process_cap(command, host, survey),
        {"do": "new_keyring"},
        *_privileges(command, host, survey),
        {"do": "die_with_parent"},
        {"do": "no_new_privileges"},
        _directory(command),
        *_filter(command, survey),
    ]


def _become(command: Command, survey: Survey) -> list[Step]:
    user, caller = survey.user, survey.caller
    if not command.user or (user.uid, user.gid) == (caller.uid, caller.gid):
        return []
    return [{"do": "become", "uid": user.uid, "gid": user.gid, "groups": list(user.groups)}]


def _process_cap(command: Command, host: Host, survey: Survey) -> list[Step]:
    """Hold back, before anyone has measured, a task whose processes are watched; its init counts too."""
    pids = limits.watched(command.limits, host.limits).get("pids")
    if pids is None or host.tier is not Tier.USERNS or not survey.counts_per_namespace:
        return []
    return [{"do": "limit", "name": "NPROC", "value": pids + 2}]


def _privileges(command: Command, host: Host, survey: Survey) -> list[Step]:
    """Become the user with its capabilities and no others."""
    user, mapped = survey.user, host.tier is Tier.USERNS
    kept, ambient = numbers(_kept(command, survey)), numbers(command.isolation.ambient)
    groups = None if mapped else list(user.groups)
    made: list[Step] = [{"do": "drop_capabilities", "keep": kept}]
    if ambient:
        made.append({"do": "keep_capabilities"})
    return [
        *made,
        {"do": "become", "uid": user.uid, "gid": user.gid, "groups": groups},
        {"do": "set_capabilities", "keep": kept, "ambient": ambient, "has_all": mapped},
    ]


def _kept(command: Command, survey: Survey) -> frozenset[str]:
    own = command.isolation.capabilities if survey.user.uid == 0 else frozenset()
    return own | command.isolation.ambient


def _directory(command: Command) -> Step:
    return {"do": "change_directory", "path": command.cwd or "/"}


def _filter(command: Command, survey: Survey) -> list[Step]:
    if not command.isolation.seccomp:
        return []
    own_processes = "pid" in command.isolation.namespaces
    made = seccomp.program(survey.machine, _kept(command, survey), own_processes=own_processes)
    return [{"do": "seccomp", "program": made.hex()}]
