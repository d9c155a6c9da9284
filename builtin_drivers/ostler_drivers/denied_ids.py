"""Users and groups of the host that no task may run as, as `denied_host_uids` and `denied_host_gids` say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from ostler.drivers import RefusedError, setting
from ostler.executor import Tier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attrs import Attribute

    from ostler.drivers import DriverContext


def _is_list_of_ranges(_: object, field: Attribute[Any], text: str) -> None:
    try:
        _ranges(text)
    except ValueError as error:
        raise ValueError(str(error), field) from None


@frozen(kw_only=True, slots=False)  # one of several bases
class DeniedIds:
    """The part of a plugin's settings that denies users and groups of the host."""

    denied_host_uids: str = setting(
        default="",
        validator=_is_list_of_ranges,
        help="User numbers of the host that no task may run as: numbers and ranges, such as `0,1000-1999`.",
    )
    denied_host_gids: str = setting(
        default="",
        validator=_is_list_of_ranges,
        help="Group numbers of the host that no task may run with, as its own or as supplementary ones.",
    )


def refuse_denied(context: DriverContext, user: str) -> None:
    """Refuse a user that has a denied number, by name or on the host; RefusedError for an unknown one.

    In a user namespace a task is on the host whoever runs Ostler.
    """
    asked = context.executor.account(user)
    accounts = [asked]
    if context.executor.host().tier is not Tier.ROOT:
        accounts.append(context.executor.account(""))
    settings = context.settings
    problems = [
        *_denied(context.name, "uid", [each.uid for each in accounts], settings.denied_host_uids),
        *_denied(
            context.name,
            "gid",
            [gid for each in accounts for gid in (each.gid, *each.groups)],
            settings.denied_host_gids,
        ),
    ]
    if problems:
        raise RefusedError("\n".join(problems))


def _denied(driver: str, kind: str, found: Iterable[int], text: str) -> list[str]:
    denied = _ranges(text)
    where = (
        f'denied_host_{kind}s = "{text}" in plugin "{driver}" denies it; choose another user, or change that'
    )
    return [
        f"running as {kind} {number} is disallowed; {where}"
        for number in dict.fromkeys(found)
        if any(number in each for each in denied)
    ]


def _ranges(text: str) -> list[range]:
    return [_range(part.strip()) for part in text.split(",") if part.strip()]


def _range(part: str) -> range:
    first, dash, last = (word.strip() for word in part.partition("-"))
    if not first.isdecimal() or (dash and not last.isdecimal()):
        msg = f"expected numbers and ranges such as '0,1000-1999', found {part!r}"
        raise ValueError(msg)
    lowest, highest = int(first), int(last or first)
    if highest < lowest:
        msg = f"the range {part!r} ends before it begins"
        raise ValueError(msg)
    return range(lowest, highest + 1)
