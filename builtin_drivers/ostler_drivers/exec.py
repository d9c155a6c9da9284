"""The `exec` driver: a command of the host in namespaces, a read-only private root and cgroups."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from attrs import frozen

from ostler.drivers import (
    Capabilities,
    Filesystem,
    Fingerprint,
    Health,
    ProcessHooks,
    hookimpl,
    setting,
)
from ostler.executor import Command, Host, Isolation, Mount, Tier
from ostler_drivers import host_limits, name_service
from ostler_drivers.command_settings import CommandSettings
from ostler_drivers.denied_ids import DeniedIds, refuse_denied
from ostler_drivers.host_command import (
    find_command,
    launch,
    refuse_bad_config,
)
from ostler_drivers.permissions import Permissions, Requests, grant
from ostler_drivers.surroundings import of_user

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ostler.drivers import Directories, DriverContext, Task, TaskHandle

# Nomad's default chroot_env.
ROOT: Final = (
    "/bin",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/run/resolvconf",
    "/run/systemd/resolve",
    "/sbin",
    "/usr",
)
HOSTNAME_BYTES: Final = 63  # the kernel counts bytes, a task's name may be of any letters
OWN: Final = frozenset({"alloc", "local", "private", "secrets", "tmp"})
_FILESYSTEMS: Final = {
    Tier.ROOT: Filesystem.CHROOT,
    Tier.USERNS: Filesystem.CHROOT,
    Tier.LANDLOCK: Filesystem.UNVEIL,
    Tier.NONE: Filesystem.NONE,
}


def _least_tier() -> str:
    return "userns" if sys.platform == "linux" else "none"


@frozen(kw_only=True)
class ExecSettings(DeniedIds, Permissions):
    """The ``config`` of ``plugin "exec"``."""

    min_isolation: Literal["root", "userns", "landlock", "none"] = setting(
        factory=_least_tier,
        help="The weakest isolation that is acceptable: root, userns, landlock or none. "
        "On Linux userns is the default, elsewhere none.",
    )
    default_user: str = setting(
        default="nobody", help="The user that a task runs as when the job names none."
    )
    pids_limit: int = setting(
        default=4096,
        validator=host_limits.is_no_less_than_zero,
        help="How many processes and threads one task may have; 0 for no limit.",
    )
    seccomp: bool = setting(
        default=True,
        help="Whether system calls are denied that container runtimes deny too. A program that needs one, or "
        "one of 32 bits, runs only without.",
    )


@frozen(kw_only=True)
class ExecTaskSettings(Requests, CommandSettings):
    """A task's ``config``: the command, what it may use, and what it asks for beyond the usual isolation."""


class Exec(ProcessHooks):
    """Run a command so that it sees only a read-only copy of the host's programs and its own directories."""

    settings = ExecSettings
    task_settings = ExecTaskSettings
    capabilities: ClassVar = Capabilities(
        signals=True,
        stdin=True,
        execute=True,
        filesystem=Filesystem.CHROOT,
        network_modes=frozenset({"host", "none"}),
        limits=host_limits.BEST,
        widened_by=frozenset({"cap_add"}),
        default_user="default_user",
        attributes={
            "driver.exec.isolation": "The tier that was found: `root`, `userns`, `landlock` or `none`.",
            "driver.exec.cgroups": "The generation of cgroups: `v1`, `v2`, `hybrid` or `none`.",
        },
    )

    def __init__(self, context: DriverContext) -> None:
        super().__init__(context)
        self._settings: ExecSettings = context.settings

    @hookimpl
    def fingerprint(self) -> Fingerprint:
        """Report the isolation that was found by trying, and whether it is enough."""
        host = self.context.executor.host()
        limits = host_limits.offered(host.limits)
        least = Tier(self._settings.min_isolation)
        enough = host.tier.reaches(least)
        found = f"isolation {host.tier}, cgroups {host.cgroups}"
        said = (found, host_limits.in_words(limits)) if enough else (f"min_isolation asks for {least}", found)
        return Fingerprint(
            health=Health.HEALTHY if enough else Health.UNHEALTHY,
            reason="; ".join(part for part in (*said, host.reason) if part),
            remedy=host.remedy if enough else f"{host.remedy or 'nothing known'}; or lower min_isolation",
            attributes={"driver.exec.isolation": str(host.tier), "driver.exec.cgroups": host.cgroups},
            limits=limits,
            filesystem=_FILESYSTEMS[host.tier],
        )

    @hookimpl
    def validate(self, task: Task) -> None:
        """Check what the types of the settings can't express."""
        refuse_bad_config(task.config, self._settings.pids_limit, self.context)
        host = self.context.executor.host()
        refuse_denied(self.context, self._user(task, host))
        grant(self.context.name, self._settings, task.config, host.tier)

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        """Start the command in its own root, or as well kept apart as the operator accepts."""
        host = self.context.executor.host()
        rooted = host.tier.has_namespaces
        user = self._user(task, host)
        refuse_denied(self.context, user)
        if not rooted and os.geteuid() == 0:
            account = self.context.executor.account(user)
            os.chown(task.directories.secrets, account.uid, account.gid, follow_symlinks=False)
        limits = host_limits.limits_of(task, self._settings.pids_limit, self.context)
        command = Command(
            id=task.id,
            argv=(find_command(task, _places(task, rooted=rooted)), *task.config.args),
            env=host_limits.told(of_user(_environment(task, host.tier), user), limits),
            cwd=task.config.work_dir or ("/" if rooted else task.directories.task),
            user=user,
            stdin=task.stdin_path,
            stdout=task.stdout_path,
            stderr=task.stderr_path,
            isolation=self._isolation(task, host.tier),
            limits=limits,
            disk=(task.directories.task,),
            best_effort=True,
        )
        return launch(self.context, task, command)

    def _isolation(self, task: Task, tier: Tier) -> Isolation:
        granted = grant(self.context.name, self._settings, task.config, tier)
        minimum = Tier(self._settings.min_isolation)
        if tier is Tier.NONE:
            return Isolation(namespaces=granted.namespaces, minimum=minimum, network=granted.network)
        mounts = root_mounts if tier.has_namespaces else places_on_host
        shown = mounts(task.directories, self.context.chroot_env)
        return Isolation(
            namespaces=granted.namespaces,
            root=(*shown, *name_service.mounts(shown), *granted.mounts),
            hostname=task.name.encode()[:HOSTNAME_BYTES].decode(errors="ignore"),
            minimum=minimum,
            seccomp=self._settings.seccomp,
            capabilities=granted.capabilities,
            ambient=granted.ambient,
            network=granted.network,
        )

    def _user(self, task: Task, host: Host) -> str:
        if task.user:
            return task.user
        can_change_user = host.tier.has_namespaces or os.geteuid() == 0
        return self._settings.default_user if can_change_user else ""


def _environment(task: Task, tier: Tier) -> Mapping[str, str]:
    """Point a task that has no /tmp to its own directory for that."""
    if tier is not Tier.LANDLOCK:
        return task.environment
    return {"TMPDIR": str(Path(task.directories.task, "tmp")), **task.environment}


def root_mounts(directories: Directories, chroot_env: Mapping[str, str] | None) -> tuple[Mount, ...]:
    """List the binds of a task's root: the host's programs read-only, the task's directories writable."""
    host = _of_the_host(chroot_env)
    task, shared = Path(directories.task), Path(directories.shared)
    return (
        *(Mount(source, target) for source, target in host.items()),
        *(Mount(str(each), f"/{each.name}", readonly=False) for each in _fetched(task, host.values())),
        Mount(str(task / "tmp"), "/tmp", readonly=False),  # noqa: S108 - in the task's own root
        Mount(directories.local, "/local", readonly=False),
        Mount(directories.secrets, "/secrets", readonly=False),
        Mount(directories.shared, "/alloc", readonly=False),
        Mount(str(shared / "logs"), "/alloc/logs"),
    )


def places_on_host(directories: Directories, chroot_env: Mapping[str, str] | None) -> tuple[Mount, ...]:
    """List the same as it lies on the host, for a task that has no root: what it may read, and write.

    A folder that may be written can't hold one that may only be read, so the shared one is opened in part.
    """
    host = _of_the_host(chroot_env)
    task, shared = Path(directories.task), Path(directories.shared)
    written = [
        *_fetched(task, host.values()),
        task / "tmp",
        Path(directories.local),
        Path(directories.secrets),
        *(each for each in sorted(shared.iterdir()) if each.name != "logs"),
    ]
    return (
        *(Mount(source, source) for source in (*host, str(shared))),
        *(Mount(str(each), str(each), readonly=False) for each in written),
    )


def _of_the_host(chroot_env: Mapping[str, str] | None) -> Mapping[str, str]:
    return chroot_env if chroot_env is not None else {path: path for path in ROOT}


def _fetched(task: Path, targets: Iterable[str]) -> list[Path]:
    taken = OWN | {target.strip("/").split("/")[0] for target in targets}
    return [each for each in sorted(task.iterdir()) if each.name not in taken]


def _places(task: Task, *, rooted: bool) -> list[tuple[str, str]]:
    """List where a command is looked for before the PATH: on the host, and as the task sees it."""
    local, own = task.directories.local, task.directories.task
    if not rooted:
        return [(local, local), (own, own)]
    return [(local, "/local"), (own, "/"), *((each.source, each.target) for each in task.config.mounts)]
