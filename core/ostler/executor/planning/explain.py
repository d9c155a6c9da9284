"""From a failed step and the kernel's error number to a sentence: what, why, and what to do."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ostler.executor.planning.plan import Plan

    Step = dict[str, Any]

_DOING = {
    "become": "become user {uid} with group {gid}",
    "bind": "mount {source} at {target}",
    "change_directory": "start in the directory {path}",
    "copy": "write {path}",
    "cover": "hide {target}",
    "hostname": "set the host name {name!r}",
    "join_network": "join the network namespace {path}",
    "landlock": "make the rules of Landlock",
    "landlock_allow": "allow {path} by Landlock",
    "landlock_restrict": "be held to the rules of Landlock",
    "link": "link {target} to {text}",
    "make_directory": "make the directory {path}",
    "make_group": "make the cgroup {path}",
    "map_user": "map the user of the user namespace",
    "mount": "mount a {kind} at {target}",
    "open_group": "open the cgroup {path}",
    "open_input": "open {path} for the task's input",
    "open_output": "open {path} for the task's output",
    "raise_loopback": "bring up the loopback of the task's network",
    "outrank": "keep a capability for the task's init",
    "pivot": "change the root to {root}",
    "seccomp": "filter system calls",
    "set_capabilities": "have the task's capabilities",
    "restrict": "make {target} read-only",
    "seal": "make {target} read-only",
    "take_passed": "take the stream {number} that was handed over",
    "write": "write {text!r} to {path}",
}
_REMEDIES = {
    (
        "change_directory",
        errno.ELOOP,
    ): "name the directory itself, not by way of /proc/PID or a circle of links",
    ("change_directory", errno.ENOENT): "make the directory, or name another one",
    ("change_directory", errno.EACCES): "let the task's user enter it, or name another one",
    ("open_output", errno.ENXIO): "nothing reads this FIFO; collect it before the start",
    ("open_output", errno.ELOOP): "it is a symbolic link; name the file itself",
    (
        "bind",
        errno.EROFS,
    ): "it is not there, and can't be made in what is mounted above it, which is the host's: make it there, "
    "mount at a folder that is there, such as /mnt, or let the root show less than Mount('/', '/')",
    ("bind", errno.ELOOP): "a symbolic link is in the way; remove it, or mount elsewhere",
    ("write", errno.EINVAL): "the kernel does not take this value",
    ("write", errno.ERANGE): "name processors that this machine has",
    ("set_capabilities", errno.EPERM): "whoever runs Ostler has not all that are asked for; ask for fewer",
    ("seccomp", errno.EINVAL): "the kernel was built without seccomp filters; turn seccomp off",
    ("join_network", errno.ENOENT): "make it first: ip netns add NAME makes /run/netns/NAME",
    ("join_network", errno.EINVAL): "it is no network namespace; name one, such as /run/netns/NAME",
    ("join_network", errno.EACCES): "only root may join a namespace that another made",
    ("join_network", errno.EPERM): "only root may join a namespace that another made",
    ("raise_loopback", errno.EPERM): "give whoever runs Ostler CAP_NET_ADMIN",
    ("make_group", errno.EBUSY): "a task of this id is there already; every attempt needs a new id",
    ("join_groups", errno.ENOSPC): "a cpuset without cpus takes no task; name cores that exist",
}


def sentence(plan: Plan, failure: dict[str, Any]) -> str:
    """Say what failed, why, and what to do where that is known."""
    phase, number = failure["phase"], failure["errno"]
    if phase == "exec":
        return _exec(plan, number)
    if phase == "clone":
        return f"the task's namespaces ({', '.join(plan.namespaces) or 'none'}) can't be made: {_why(number)}"
    steps: tuple[Step, ...] = getattr(plan, phase)
    if not 0 <= failure["index"] < len(steps):
        return f"the task can't be started ({phase}): {_why(number)}"
    step = steps[failure["index"]]
    remedy = _REMEDIES.get((step["do"], number))
    doing = _DOING.get(step["do"], step["do"].replace("_", " ")).format(**_seen(plan, step))
    return f"can't {doing}: {_why(number)}" + (f"; {remedy}" if remedy else "")


def _seen(plan: Plan, step: Step) -> Step:
    """Name a place of the task's root as the task would see it."""
    root = next((each["root"] for each in plan.build if each["do"] == "pivot"), None)
    if root is None or not step.get("target", "").startswith(f"{root}/"):
        return step
    return {**step, "target": step["target"].removeprefix(root)}


def _exec(plan: Plan, number: int) -> str:
    path = plan.executable
    if number == errno.ENOENT:
        return (
            f"can't execute {path}: it is there, but the interpreter or loader that it names is not; add "
            "that (a first line that ends in CR LF names another one)"
        )
    if number == errno.EACCES:
        return (
            f"can't execute {path}: permission denied; let the task's user execute it and enter its folders"
        )
    if number == errno.E2BIG:
        return (
            f"can't execute {path}: {_why(number)}; one word holds 128 KiB at most, and all of argv and env "
            "a quarter of the stack's limit (ulimit -s): hand it over in a file or as stdin"
        )
    if number == errno.ENOEXEC:
        return f"can't execute {path}: it is no program of this machine, nor a script that begins with #!"
    return f"can't execute {path}: {_why(number)}"


def _why(number: int) -> str:
    return f"{os.strerror(number)} ({errno.errorcode.get(number, number)})"
