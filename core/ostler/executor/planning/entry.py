"""The steps of a task's main process just before it becomes the command: it gives up what it may not have."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from ostler.executor.capabilities import numbers
from ostler.executor.planning import landlock, limits, network, rlimits, seccomp
from ostler.executor.values import Tier

if TYPE_CHECKING:
    from ostler.executor.host.survey import Survey
    from ostler.executor.values import Command, Host

    Step = dict[str, Any]


def steps(command: Command, host: Host, survey: Survey, *, isolated: bool) -> list[Step]:
    """Plan them: the filter of system calls comes last, because it would deny what comes before."""
    made: list[Step] = [
        {"do": "new_session"},
        {"do": "join_groups"},
        *rlimits.steps(command.limits, survey.ceilings),
        *_oom_score(command, survey),
    ]
    if not isolated:
        return [*made, *_become(command, survey), {"do": "die_with_parent"}, _directory(command)]
    return [
        *landlock.steps(command, host, survey),
        *made,
        *_process_cap(command, host, survey),
        {"do": "new_keyring"},
        *_privileges(command, host, survey),
        {"do": "die_with_parent"},
        {"do": "no_new_privileges"},
        {**_directory(command), "confined": True},
        *landlock.end(command, host),
        *_filter(command, host, survey),
    ]


def _oom_score(command: Command, survey: Survey) -> list[Step]:
    if command.oom_score_adj <= 0 or command.oom_score_adj < survey.least_oom_score_adj:
        return []
    return [{"do": "write", "path": "/proc/self/oom_score_adj", "text": str(command.oom_score_adj)}]


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
    drop: Step = {"do": "drop_capabilities", "keep": kept}
    become: Step = {"do": "become", "uid": user.uid, "gid": user.gid, "groups": groups}
    made: list[Step] = [drop, *([{"do": "keep_capabilities"}] if ambient else []), become]
    if host.tier is Tier.LANDLOCK:
        made = _as_far_as_allowed(survey, made)
    return [*made, {"do": "set_capabilities", "keep": kept, "ambient": ambient, "has_all": mapped}]


def _as_far_as_allowed(survey: Survey, made: list[Step]) -> list[Step]:
    """Leave out what takes a capability that an ordinary user lacks, and root in a container may lack.

    What is left in the bounding set can't be had all the same, for there are no new privileges.
    """
    if survey.caller.uid != 0:
        return [step for step in made if step["do"] == "keep_capabilities"]
    return [{**step, "optional": True} if step["do"] == "drop_capabilities" else step for step in made]


def _kept(command: Command, survey: Survey) -> frozenset[str]:
    own = command.isolation.capabilities if survey.user.uid == 0 else frozenset()
    return own | command.isolation.ambient


def _directory(command: Command) -> Step:
    return {"do": "change_directory", "path": command.cwd or "/"}


def _filter(command: Command, host: Host, survey: Survey) -> list[Step]:
    if not command.isolation.seccomp:
        return []
    alone = host.tier is Tier.LANDLOCK  # what a namespace does elsewhere
    made = _assembled(
        survey.machine,
        _kept(command, survey),
        own_processes="pid" in command.isolation.namespaces,
        local_only=alone and command.isolation.network == network.NONE,
        without_ipc=alone and "ipc" in command.isolation.namespaces,
    )
    return [{"do": "seccomp", "program": made}]


@cache
def _assembled(machine: str, kept: frozenset[str], **choices: bool) -> str:
    return seccomp.program(machine, kept, **choices).hex()
