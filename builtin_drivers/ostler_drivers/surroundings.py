"""The environment of a task of `exec` or `raw_exec`: what its user adds, and what is denied."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def without(environment: Mapping[str, str], patterns: Iterable[str]) -> dict[str, str]:
    """Leave out the variables whose name one of the patterns matches (``AWS_*``)."""
    denied = tuple(patterns)
    return {
        name: value
        for name, value in environment.items()
        if not any(fnmatchcase(name, pattern) for pattern in denied)
    }


def of_user(environment: Mapping[str, str], user: str) -> dict[str, str]:
    """Add USER, LOGNAME and HOME of a user of this machine, where the job says nothing else."""
    import pwd

    if not user:
        return dict(environment)
    name, _, _ = user.partition(":")
    try:
        entry = pwd.getpwuid(int(name)) if name.isdecimal() else pwd.getpwnam(name)
    except KeyError:
        return dict(environment)
    return {"USER": entry.pw_name, "LOGNAME": entry.pw_name, "HOME": entry.pw_dir, **environment}
