"""Why something that isolation needs was refused, and what would mend it: each by its name."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from ostler.executor.linux.said import Said

_SYS_ADMIN: Final = 21
_SYS_RESOURCE: Final = 24
_DENIED: Final = frozenset({errno.EPERM, errno.EACCES})
_UNKNOWN: Final = frozenset({errno.ENOSYS, errno.EINVAL})
_PROFILE_WITH_USERNS: Final = (
    "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or give the Python that runs Ostler an "
    "AppArmor profile that says `userns,`"
)


class Why(NamedTuple):
    """A reason and a remedy."""

    reason: str
    remedy: str


def no_root(facts: Said, number: int) -> Why:
    """Say why namespaces and mounts can't be had without a user namespace."""
    if facts.user != 0:
        remedy = "run as root for namespaces and cgroups without a user namespace"
        return Why(f"user {facts.user} is not root", remedy)
    if not facts.capabilities >> _SYS_ADMIN & 1:
        reason = f"root lacks CAP_SYS_ADMIN here ({word(number)})"
        return Why(reason, "give the container CAP_SYS_ADMIN (docker run --cap-add SYS_ADMIN)")
    if number == errno.EACCES and facts.profile:
        return _profile(facts, number)
    if number in _UNKNOWN:
        reason = f"this kernel ({facts.release}) lacks a kind of namespace or of mount ({word(number)})"
        lacks = Why(reason, "run a kernel that has them")
        return _too_old(facts) if number == errno.ENOSYS else lacks
    if facts.filtered:
        return _filter("clone and unshare, or mount and pivot_root", number)
    return Why(f"root may not make namespaces or mounts here ({word(number)})", "run outside this container")


def no_user_namespace(facts: Said, number: int) -> Why:
    """Say why a user namespace can't be made or used."""
    if denied := _denied_by_setting(facts, number):
        return denied
    if number == errno.ENOSPC:
        most = facts.settings.get("user.max_user_namespaces", "some number")
        reason = f"there are as many user namespaces as user.max_user_namespaces allows ({most}), or 32 deep"
        return Why(reason, "raise user.max_user_namespaces, or run less deep")
    if number in _UNKNOWN:
        reason = f"this kernel ({facts.release}) was built without user namespaces ({word(number)})"
        return Why(reason, _unless_root(facts, "run a kernel with CONFIG_USER_NS"))
    if facts.filtered:
        denied = _filter("clone and unshare", number)
        return Why(f"user namespaces are denied: {denied.reason}", _unless_root(facts, denied.remedy))
    why = f"user namespaces are denied ({word(number)}), as they are in a chroot"
    return Why(why, _unless_root(facts, "run outside the chroot or container"))


def _denied_by_setting(facts: Said, number: int) -> Why | None:
    settings = facts.settings
    if settings.get("kernel.unprivileged_userns_clone") == "0" and facts.user != 0:
        return _setting("kernel.unprivileged_userns_clone", "0", "1")
    if settings.get("user.max_user_namespaces") == "0":
        return _setting("user.max_user_namespaces", "0", "15000")
    if settings.get("kernel.apparmor_restrict_unprivileged_userns") == "1" and number in _DENIED:
        reason = "user namespaces are denied by kernel.apparmor_restrict_unprivileged_userns = 1"
        return Why(reason, _PROFILE_WITH_USERNS)
    return None


def no_mounts(facts: Said, number: int, kind: str = "") -> Why:
    """Say why mounting is denied in a user namespace that could be made."""
    if facts.settings.get("kernel.apparmor_restrict_unprivileged_userns") == "1" and number in _DENIED:
        return no_user_namespace(facts, number)
    if kind == "proc" and number == errno.EPERM:
        reason = f"mounting a /proc is denied, because parts of the one here are covered ({word(number)})"
        allowed = "docker run --security-opt systempaths=unconfined, or procMount: Unmasked in Kubernetes"
        return Why(reason, _unless_root(facts, f"leave the container's /proc uncovered ({allowed})"))
    if number == errno.EACCES and facts.profile:
        denied = _profile(facts, number)
        return Why(f"mounting is denied: {denied.reason}", _unless_root(facts, denied.remedy))
    if number == errno.ENOSYS:
        return _too_old(facts)
    if facts.filtered:
        denied = _filter("mount, umount2, mount_setattr and pivot_root", number)
        return Why(f"mounting is denied: {denied.reason}", _unless_root(facts, denied.remedy))
    why = f"mounting in a user namespace is denied ({word(number)})"
    return Why(why, _unless_root(facts, "allow mounts in the container or its security module"))


def _too_old(facts: Said) -> Why:
    return no_call(facts, errno.ENOSYS, "openat2, open_tree or mount_setattr", "5.12")


def no_landlock(facts: Said, number: int) -> Why:
    """Say why there is no Landlock."""
    if number == errno.EOPNOTSUPP or (facts.modules and "landlock" not in facts.modules):
        chosen = f" ({', '.join(facts.modules)})" if facts.modules else ""
        reason = f"Landlock is not among the security modules chosen at boot{chosen}"
        return Why(reason, "add landlock to lsm= on the kernel's command line")
    if number in _UNKNOWN:
        reason = f"this kernel ({facts.release}) has no Landlock, or a filter hides it ({word(number)})"
        remedy = "run Linux 5.13 or newer with CONFIG_SECURITY_LANDLOCK, or allow the landlock_* system calls"
        return Why(reason, remedy)
    if facts.filtered:
        return _filter("landlock_create_ruleset, landlock_add_rule and landlock_restrict_self", number)
    return Why(f"Landlock can't be used ({word(number)})", "run outside this container")


def no_call(facts: Said, number: int, name: str, since: str) -> Why:
    """Say why a system call can't be had that Linux has since a version."""
    if facts.filtered:
        return _filter(name, number)
    reason = f"this kernel ({facts.release}) has no {name} ({word(number)})"
    return Why(reason, f"run Linux {since} or newer")


def no_raising(facts: Said, number: int) -> Why:
    """Say why hard resource limits can't be raised."""
    lacks = "" if facts.capabilities >> _SYS_RESOURCE & 1 else "without CAP_SYS_RESOURCE "
    reason = f"{lacks}hard limits can't be raised ({word(number)}): they are held to what they are"
    return Why(
        reason, "give Ostler CAP_SYS_RESOURCE, or raise the hard limits before Ostler starts (ulimit -H)"
    )


def no_change_of_user(facts: Said, number: int) -> Why:
    """Say why a task can't run as another user."""
    if facts.user != 0:
        return Why(f"user {facts.user} may not become another", "run as root for tasks of other users")
    reason = f"root may not become another user here ({word(number)})"
    return Why(reason, "give the container CAP_SETUID and CAP_SETGID")


def word(number: int) -> str:
    """Give an error number's name."""
    return errno.errorcode.get(number, str(number))


def _unless_root(facts: Said, remedy: str) -> str:
    return remedy if facts.user == 0 else f"run as root, or {remedy}"


def _setting(name: str, found: str, good: str) -> Why:
    return Why(f"user namespaces are denied by {name} = {found}", f"sysctl -w {name}={good}")


def _filter(names: str, number: int) -> Why:
    reason = f"the seccomp filter on this process seems to deny {names} ({word(number)})"
    return Why(reason, f"allow {names} in the container's seccomp profile (--security-opt seccomp=FILE)")


def _profile(facts: Said, number: int) -> Why:
    reason = f"the AppArmor profile {facts.profile} denies it ({word(number)})"
    return Why(reason, "allow mount in that profile, or start the container with apparmor=unconfined")
