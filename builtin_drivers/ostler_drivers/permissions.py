"""What a task may ask for beyond the usual isolation, and what the operator allows: nothing by default."""

from __future__ import annotations

import os
import posixpath
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from attrs import frozen

from ostler.drivers import RefusedError, setting
from ostler.executor import CAPABILITIES, DEFAULT_CAPABILITIES, Mount, Tier

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from attrs import Attribute

Mode = Literal["private", "host"]
Namespace = Literal["pid", "ipc"]
Network = Literal["host", "none"]

ALL: Final = "all"
_KEPT_PLACES: Final = ("/dev", "/proc", "/sys")


def _are_capabilities(_: object, field: Attribute[Any], names: Collection[str]) -> None:
    try:
        _known(names)
    except ValueError as error:
        raise ValueError(str(error), field) from None


def _is_off(_: object, field: Attribute[Any], value: object) -> None:
    if value:
        msg = "can't be had: without pivot_root a task could reach the host's root; leave it out"
        raise ValueError(msg, field)


def _are_absolute(_: object, field: Attribute[Any], paths: Iterable[str]) -> None:
    for path in paths:
        if not path.startswith("/"):
            msg = f"expected an absolute path, found {path!r}"
            raise ValueError(msg, field)


@frozen(kw_only=True, slots=False)  # one of several bases
class Permissions:
    """The part of a plugin's settings that says what tasks may ask for."""

    allow_caps: tuple[str, ...] = setting(
        default=DEFAULT_CAPABILITIES,
        validator=_are_capabilities,
        help="The capabilities that a task may have, by name with or without `CAP_`, or `all`.",
    )
    default_pid_mode: Mode = setting(
        default="private", help="Whether a task that says nothing has a PID namespace of its own."
    )
    default_ipc_mode: Mode = setting(
        default="private", help="Whether a task that says nothing has an IPC namespace of its own."
    )
    default_network_mode: Network = setting(
        default="host", help="The network of a task that says nothing: the host's, or none but a loopback."
    )
    allow_host_modes: tuple[Namespace, ...] = setting(
        default=(),
        help='Which of `pid_mode` and `ipc_mode` a task may set to host: any of "pid" and "ipc".',
    )
    allow_mounts: tuple[str, ...] = setting(
        default=(),
        validator=_are_absolute,
        help="Directories of the host from which tasks may mount, read-only. Links in a task's source are "
        "followed before it is compared.",
    )
    allow_writable_mounts: tuple[str, ...] = setting(
        default=(),
        validator=_are_absolute,
        help="Directories of the host from which tasks may mount, also with `readonly = false`.",
    )
    no_pivot_root: bool = setting(
        default=False, validator=_is_off, help="Accepted as false only: the root is always changed for good."
    )


@frozen(kw_only=True)
class MountRequest:
    """One mount of a task."""

    source: str = setting(help="An absolute path of the host.", example="/srv/models")
    target: str = setting(help="Where it appears in the task's root.", example="/models")
    readonly: bool = setting(default=True, help="Whether the task may only read it.")


@frozen(kw_only=True, slots=False)  # one of several bases
class Requests:
    """The part of a task's `config` that asks for more than the usual, or for less."""

    pid_mode: Mode | None = setting(
        default=None,
        help="`private` or `host`: whose processes it sees. The plugin decides if it is missing.",
    )
    ipc_mode: Mode | None = setting(
        default=None, help="`private` or `host`: whose shared memory and queues it sees."
    )
    network_mode: Network | None = setting(
        default=None,
        help="`host` or `none`: the host's network, or none but a loopback of its own. A plugin whose "
        "`default_network_mode` is none gives no task the host's.",
    )
    cap_add: tuple[str, ...] = setting(
        default=(), help="Capabilities to have whoever the user is, as far as the plugin's `allow_caps` goes."
    )
    cap_drop: tuple[str, ...] = setting(
        default=(), help="Capabilities that a task which is root does without, or `all`."
    )
    mounts: tuple[MountRequest, ...] = setting(
        default=(), help="What to show of the host, below what the plugin's `allow_mounts` names."
    )


class Granted(NamedTuple):
    """What a task gets of what it asked for: all of it, else it is refused."""

    namespaces: frozenset[str]
    capabilities: frozenset[str]
    ambient: frozenset[str]
    mounts: tuple[Mount, ...]
    network: str


def grant(driver: str, allowed: Permissions, asked: Requests, tier: Tier) -> Granted:
    """Hold what a task asks for against what the operator allows; RefusedError names everything at once."""
    problems = [
        *_refused_modes(driver, allowed, asked),
        *_refused_capabilities(driver, allowed, asked),
        *(problem for each in asked.mounts for problem in _refused_mount(driver, allowed, each)),
        *_beyond(asked, tier),
    ]
    if problems:
        raise RefusedError("\n".join(problems))
    added, dropped = _known(asked.cap_add), _known(asked.cap_drop)
    usual = frozenset(DEFAULT_CAPABILITIES) & _known(allowed.allow_caps)
    return Granted(
        namespaces=frozenset({"mount", "uts", *_own(allowed, asked)}),
        capabilities=(usual - dropped) | added,
        ambient=added,
        mounts=tuple(
            Mount(os.path.realpath(each.source), each.target, readonly=each.readonly, exact=True)
            for each in asked.mounts
        ),
        network=asked.network_mode or allowed.default_network_mode,
    )


def _beyond(asked: Requests, tier: Tier) -> list[str]:
    """Refuse what would mean nothing without a root or a privilege to give."""
    if tier.has_namespaces:
        return []
    wanted = {"mounts": asked.mounts, "cap_add": asked.cap_add}
    remedy = "leave it out, or see `ostler doctor` for what is missing"
    return [
        f"config.{name}: can't be had in the tier {str(tier)!r}; {remedy}"
        for name, value in wanted.items()
        if value
    ]


def _own(allowed: Permissions, asked: Requests) -> list[str]:
    modes = {
        "pid": asked.pid_mode or allowed.default_pid_mode,
        "ipc": asked.ipc_mode or allowed.default_ipc_mode,
    }
    return [name for name, mode in modes.items() if mode == "private"]


def _refused_modes(driver: str, allowed: Permissions, asked: Requests) -> list[str]:
    modes = {
        "pid": (asked.pid_mode, allowed.default_pid_mode),
        "ipc": (asked.ipc_mode, allowed.default_ipc_mode),
    }
    problems = [
        f'config.{name}_mode: "host" is not allowed; to allow it, write '
        f'allow_host_modes = ["{name}"] in the config of plugin "{driver}"'
        for name, (mode, default) in modes.items()
        if mode == "host" != default and name not in allowed.allow_host_modes
    ]
    if asked.network_mode == "host" != allowed.default_network_mode:
        where = f'default_network_mode = "host" in the config of plugin "{driver}"'
        problems.append(f'config.network_mode: "host" is not allowed; to allow it, write {where}')
    return problems


def _refused_capabilities(driver: str, allowed: Permissions, asked: Requests) -> list[str]:
    problems, names = [], {"cap_add": asked.cap_add, "cap_drop": asked.cap_drop}
    for key, written in names.items():
        try:
            _known(written)
        except ValueError as error:
            problems.append(f"config.{key}: {error}")
    if problems:
        return problems
    beyond = sorted(_known(asked.cap_add) - _known(allowed.allow_caps))
    if not beyond:
        return []
    where = f'add them to allow_caps in the config of plugin "{driver}"'
    return [
        f"config.cap_add: the driver does not allow the following capabilities: {', '.join(beyond)}; {where}"
    ]


def _known(names: Collection[str]) -> frozenset[str]:
    """Give capabilities their names as the kernel has them, in lower case without ``cap_``."""
    plain = [name.strip().lower().removeprefix("cap_") for name in names]
    for name in plain:
        if name != ALL and name not in CAPABILITIES:
            near = get_close_matches(name, CAPABILITIES, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            msg = f"{name!r} is no capability of Linux{hint}"
            raise ValueError(msg)
    return frozenset(CAPABILITIES) if ALL in plain else frozenset(plain)


def _refused_mount(driver: str, allowed: Permissions, asked: MountRequest) -> list[str]:
    """Refuse a mount whose source, links followed, does not lie below what is allowed."""
    where = f"config.mounts: source {asked.source!r}"
    if not asked.source.startswith("/"):
        return [f"{where}: not an absolute path of the host"]
    target = posixpath.normpath(asked.target)
    if not target.startswith("/") or ".." in asked.target.split("/"):
        return [f"config.mounts: target {asked.target!r}: not an absolute path in the task's root"]
    if target.strip("/") == "" or any(_below(target, place) for place in _KEPT_PLACES):
        return [f"config.mounts: target {asked.target!r}: the task's own; mount elsewhere"]
    source = os.path.realpath(asked.source)
    roots = allowed.allow_writable_mounts + (allowed.allow_mounts if asked.readonly else ())
    if not any(_below(source, os.path.realpath(root)) for root in roots):
        key = "allow_mounts" if asked.readonly else "allow_writable_mounts"
        real = "" if source == asked.source else f" (which is {source})"
        return [f'{where}{real} is not allowed; name it, or what it lies in, in {key} of plugin "{driver}"']
    return [] if Path(source).exists() else [f"{where}: there is no such file or directory"]


def _below(path: str, root: str) -> bool:
    return os.path.commonpath([path, root]) == root
