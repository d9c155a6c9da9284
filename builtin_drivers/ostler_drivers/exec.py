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
from ostler_drivers import host_limits
from ostler_drivers.denied_ids import DeniedIds, refuse_denied
from ostler_drivers.host_command import (
    CommandSettings,
    find_command,
    launch,
    refuse_bad_config,
)
from ostler_drivers.permissions import Permissions, Requests, grant

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        default=4096, help="How many processes and threads one task may have; 0 for no limit."
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
        found = f"isolation {host.tier}, cgroups {host.cgroups}; {host_limits.in_words(limits)}"
        asked = "" if enough else f"min_isolation asks for {least}"
        return Fingerprint(
            health=Health.HEALTHY if enough else Health.UNHEALTHY,
            reason="; ".join(part for part in (asked, found, host.reason) if part),
            remedy=host.remedy if enough else f"{host.remedy or 'nothing known'}; or lower min_isolation",
            attributes={"driver.exec.isolation": str(host.tier), "driver.exec.cgroups": host.cgroups},
            limits=limits,
            filesystem=Filesystem.NONE if host.tier is Tier.NONE else Filesystem.CHROOT,
        )

    @hookimpl
    def validate(self, task: Task) -> None:
        """Check what the types of the settings can't express."""
        refuse_bad_config(task.config, self._settings.pids_limit, self.context)
        refuse_denied(self.context, self._user(task, self.context.executor.host()))
        grant(self.context.name, self._settings, task.config)

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        """Start the command in its own root, or plainly where the operator accepts that."""
        host = self.context.executor.host()
        isolated = host.tier is not Tier.NONE
        user = self._user(task, host)
        refuse_denied(self.context, user)
        command = Command(
            id=task.id,
            argv=(find_command(task, _places(task.directories, isolated=isolated)), *task.config.args),
            env=task.environment,
            cwd="/" if isolated else task.directories.task,
            user=user,
            stdin=task.stdin_path,
            stdout=task.stdout_path,
            stderr=task.stderr_path,
            isolation=self._isolation(task) if isolated else Isolation(minimum=Tier.NONE),
            limits=host_limits.limits_of(task, self._settings.pids_limit, self.context),
            disk=(task.directories.task,),
            best_effort=True,
        )
        return launch(self.context, task, command)

    def _isolation(self, task: Task) -> Isolation:
        granted = grant(self.context.name, self._settings, task.config)
        return Isolation(
            namespaces=granted.namespaces,
            root=(*root_mounts(task.directories, self.context.chroot_env), *granted.mounts),
            hostname=task.name.encode()[:HOSTNAME_BYTES].decode(errors="ignore"),
            minimum=Tier(self._settings.min_isolation),
            seccomp=self._settings.seccomp,
            capabilities=granted.capabilities,
            ambient=granted.ambient,
            network=granted.network,
        )

    def _user(self, task: Task, host: Host) -> str:
        if task.user:
            return task.user
        can_change_user = host.tier is not Tier.NONE or os.geteuid() == 0
        return self._settings.default_user if can_change_user else ""


def root_mounts(directories: Directories, chroot_env: Mapping[str, str] | None) -> tuple[Mount, ...]:
    """List the binds of a task's root: the host's programs read-only, the task's directories writable."""
    host = chroot_env if chroot_env is not None else {path: path for path in ROOT}
    taken = OWN | {target.strip("/").split("/")[0] for target in host.values()}
    task, shared = Path(directories.task), Path(directories.shared)
    fetched = [each for each in sorted(task.iterdir()) if each.name not in taken]
    return (
        *(Mount(source, target) for source, target in host.items()),
        *(Mount(str(each), f"/{each.name}", readonly=False) for each in fetched),
        Mount(str(task / "tmp"), "/tmp", readonly=False),  # noqa: S108 - in the task's own root
        Mount(directories.local, "/local", readonly=False),
        Mount(directories.secrets, "/secrets", readonly=False),
        Mount(directories.shared, "/alloc", readonly=False),
        Mount(str(shared / "logs"), "/alloc/logs"),
    )


def _places(directories: Directories, *, isolated: bool) -> list[tuple[str, str]]:
    local, task = directories.local, directories.task
    return [(local, "/local"), (task, "/")] if isolated else [(local, local), (task, task)]
