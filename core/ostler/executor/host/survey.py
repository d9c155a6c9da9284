"""The facts about host and command that a plan is made from, gathered before anything is started."""

from __future__ import annotations

import os
import stat
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from ostler.errors import RefusedError
from ostler.executor.host import account, ceilings, lookup
from ostler.executor.host.tree import Tree
from ostler.executor.values import Mount, Tier, path_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.executor.host.account import Account
    from ostler.executor.values import Command, Host

    Identity = tuple[int, int]

_COUNTS_PER_NAMESPACE = (5, 14)


class Source(NamedTuple):
    """One mount whose source exists: ``link`` is the text of a symbolic link, empty for anything else.

    ``holds`` is the path by which the data directory is known to lie in it, whatever links the mount names.
    """

    mount: Mount
    link: str = ""
    directory: bool = True
    holds: str = ""


class Survey(NamedTuple):
    """What a plan needs to know.

    ``directory`` is the data directory, ``groups`` the cgroup parents that may be used, by controller.
    ``counts_per_namespace`` tells whether the kernel counts a user's processes apart in a user namespace.
    ``machine`` is what the kernel calls this machine's processor.
    ``passed`` lists the standard streams that are handed over as descriptors, in their order.
    ``ceilings`` holds the resource limits that can't be raised, by name, where raising is not allowed, and
    ``least_oom_score_adj`` the lowest score there is to be had.  ``joined`` are the groups of others that
    the command runs in, in place of its own.
    """

    directory: str
    executable: str
    user: Account
    caller: Account
    groups: dict[str, str]
    sources: tuple[Source, ...] = ()
    counts_per_namespace: bool = False
    machine: str = "x86_64"
    passed: tuple[int, ...] = ()
    ceilings: Mapping[str, int] = MappingProxyType({})
    least_oom_score_adj: int = 0
    joined: Mapping[str, str] = MappingProxyType({})


def survey(
    command: Command, host: Host, directory: str, groups: dict[str, str], passed: tuple[int, ...] = ()
) -> Survey:
    """Gather the facts; raises RefusedError for a missing program or an unknown user."""
    _check_text(command)
    isolated = host.tier is not Tier.NONE and "mount" in command.isolation.namespaces
    found = sources(command.isolation.root, directory) if isolated else ()
    if isolated and not found:
        _refuse_empty_root(command)
    tree = Tree([each.mount for each in found] if host.tier.has_namespaces else [])
    user, caller = account.find(command.user), account.find("")
    if not (host.tier.has_namespaces and command.isolation.namespaces):
        _check_change(user, caller)
    return Survey(
        directory=directory,
        executable=lookup.program(command, tree),
        user=user,
        caller=caller,
        sources=found,
        groups=groups,
        counts_per_namespace=_release() >= _COUNTS_PER_NAMESPACE,
        machine=os.uname().machine,
        passed=passed,
        ceilings=ceilings.limits(),
        least_oom_score_adj=ceilings.least_oom_score_adj() if command.oom_score_adj else 0,
    )


def sources(mounts: tuple[Mount, ...], directory: str) -> tuple[Source, ...]:
    """Look at the sources of mounts; those that don't exist are left out."""
    above = _folders_above(directory, _identity(directory))
    return tuple(source for mount in mounts if (source := _source(mount, above)) is not None)


@lru_cache(maxsize=8)
def _folders_above(directory: str, _: Identity | None) -> dict[Identity, str]:
    """Tell by its identity each folder that the data directory lies in, and itself."""
    paths, path = [directory], directory
    while path != (path := os.path.dirname(path)):
        paths.append(path)
    found = ((_identity(each), each) for each in paths)
    return {identity: each for identity, each in found if identity is not None}


def _identity(path: str) -> Identity | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _source(mount: Mount, above: Mapping[tuple[int, int], str]) -> Source | None:
    try:
        found = os.lstat(mount.source)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        msg = f"mount {mount.source}: it can't be read ({error.strerror})"
        raise RefusedError(msg) from error
    is_link = stat.S_ISLNK(found.st_mode)
    return Source(
        mount=mount,
        link=os.readlink(mount.source) if is_link else "",
        directory=os.path.isdir(mount.source) if is_link else stat.S_ISDIR(found.st_mode),
        holds=above.get((found.st_dev, found.st_ino), ""),
    )


def _refuse_empty_root(command: Command) -> None:
    named = ", ".join(mount.source for mount in command.isolation.root)
    found = f"none of the sources of its mounts is there: {named}" if named else "Isolation.root is empty"
    msg = f"the task's root would hold nothing ({found}); show it what it needs, such as Mount('/', '/')"
    raise RefusedError(msg)


@cache
def _release() -> tuple[int, ...]:
    parts = os.uname().release.split("-")[0].split(".")[:2]
    return tuple(int(part) for part in parts if part.isdecimal())


def _check_text(command: Command) -> None:
    lookup.check_words(command.argv, command.env, command.cwd)
    streams = {"stdin": command.stdin, "stdout": path_of(command.stdout), "stderr": path_of(command.stderr)}
    lookup.check_text({"id": (command.id,), **{name: (path,) for name, path in streams.items()}})


def _check_change(user: Account, caller: Account) -> None:
    if caller.uid != 0 and (user.uid, user.gid) != (caller.uid, caller.gid):
        msg = (
            f"user {user.uid} with group {user.gid} can't be had: user {caller.uid} may not become another; "
            "leave the user empty, or run as root"
        )
        raise RefusedError(msg)
