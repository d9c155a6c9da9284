"""Users of the host: from a name to the ids that a process is started with."""

from __future__ import annotations

import os
import pwd
import time
from functools import lru_cache
from typing import Final, NamedTuple

from ostler.errors import RefusedError

_DIGITS: Final = 10
_MOST: Final = 2**32 - 2
"""The highest id: the kernel takes one more for no change, and of longer numbers the last 32 bits."""


class Account(NamedTuple):
    """A user's id, primary group and all groups."""

    uid: int
    gid: int
    groups: tuple[int, ...]


def find(user: str) -> Account:
    """Find ``name``, ``uid`` or ``uid:gid``, empty for the caller; RefusedError for one that there is not."""
    if not user:
        return Account(os.geteuid(), os.getegid(), tuple(os.getgroups()))
    uid, _, gid = user.partition(":")
    if uid.isdecimal() and (gid.isdecimal() or not gid):
        if max(map(len, (uid, gid))) > _DIGITS or max(int(uid), int(gid or 0)) > _MOST:
            msg = f"user {user!r}: the numbers of users and groups go up to {_MOST}"
            raise RefusedError(msg)
        return _by_number(int(uid), int(gid) if gid else None)
    return _by_name(user, int(time.monotonic()))


@lru_cache(maxsize=16)
def _by_name(user: str, _: int) -> Account:
    """Ask for a user, once a second: it takes as long as the rest of what is looked at before a start."""
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        msg = f"user {user!r} is not known on this machine; give a name from /etc/passwd, or uid:gid"
        raise RefusedError(msg) from None
    return Account(entry.pw_uid, entry.pw_gid, tuple(os.getgrouplist(user, entry.pw_gid)))


def _by_number(uid: int, gid: int | None) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        group = uid if gid is None else gid
        return Account(uid, group, (group,))
    group = entry.pw_gid if gid is None else gid
    return Account(uid, group, tuple(os.getgrouplist(entry.pw_name, group)))
