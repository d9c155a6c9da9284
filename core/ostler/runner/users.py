"""Which user a task asks for, whether the operator allows it, and which numbers stand for it here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.errors import Problem

if TYPE_CHECKING:
    from ostler.jobs import JobTask
    from ostler.runner.open_driver import OpenDriver


def denied_user(task: JobTask, opened: OpenDriver) -> Problem | None:
    """Say that the job asks for a user whom the operator's denylist names, by name or by number."""
    if not task.user or not opened.denied_users:
        return None
    name, _, group = task.user.partition(":")
    denied = {_uid(each) for each in opened.denied_users} - {None}
    as_root = 0 in denied and _gid(group) == 0
    if name not in opened.denied_users and _uid(name) not in denied and not as_root:
        return None
    text = (
        f"tasks of driver {opened.driver.name!r} may not run as {task.user!r}; "
        'the operator can change client { options { "user.denylist" } }'
    )
    return Problem(task.where, f"{task.path}.user", text)


def wrong_user(task: JobTask) -> Problem | None:
    """Say that the job names its user by an interpolation, which is not resolved there."""
    if "${" not in task.user:
        return None
    text = f"interpolation is not acted on here, found {task.user!r}; write the user's name or uid"
    return Problem(task.where, f"{task.path}.user", text)


def owner_of(user: str) -> tuple[int, int] | None:
    """Return the (uid, gid) of a user by name or number; None where it is empty or unknown here."""
    if not user:
        return None
    try:
        import pwd

        found = pwd.getpwuid(int(user)) if user.isdecimal() else pwd.getpwnam(user.partition(":")[0])
    except (ImportError, KeyError):
        return None
    return found.pw_uid, found.pw_gid


def _gid(group: str) -> int | None:
    if group.isdecimal():
        return int(group)
    return 0 if group == "root" else None


def _uid(user: str) -> int | None:
    if user.isdecimal():
        return int(user)
    owner = owner_of(user)
    return owner[0] if owner else None
