"""A policy round every driver of Ostler: only some drivers, a cap on memory, no task as root."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from attrs import frozen

from ostler.drivers import Veto, hookimpl, setting

if TYPE_CHECKING:
    from collections.abc import Generator

    from ostler.drivers import Task, WrapperContext

_MIB = 1024 * 1024


@frozen(kw_only=True)
class GuardrailsSettings:
    """The ``config`` of ``wrapper "guardrails"``."""

    drivers: tuple[str, ...] = setting(help="The drivers that jobs may use; every other one is refused.")
    memory_mb: int | None = setting(
        default=None, help="The most memory in MB that one task may ask for; no cap where it is not set."
    )
    allow_root: bool = setting(default=False, help="Whether a task may run as root.")
    unprivileged: tuple[str, ...] = setting(
        default=("exec",),
        help="The drivers that run a task as somebody else than root where its job names no user.",
    )


class Guardrails:
    """Refuse tasks that go beyond what the operator allows, when they are validated and when they start."""

    kind: ClassVar[Literal["policy", "observer"]] = "policy"
    settings = GuardrailsSettings

    def __init__(self, context: WrapperContext) -> None:
        self._allowed: GuardrailsSettings = context.settings

    @hookimpl(wrapper=True)
    def validate(self, driver: str, task: Task) -> Generator[None, Any, Any]:
        """Refuse early, so that `ostler validate` says it too."""
        self._judge(driver, task)
        return (yield)

    @hookimpl(wrapper=True)
    def start(self, driver: str, task: Task) -> Generator[None, Any, Any]:
        """Refuse what a job only shows once it is interpolated."""
        self._judge(driver, task)
        return (yield)

    def _judge(self, driver: str, task: Task) -> None:
        reasons = (self._driver(driver), self._memory(task), self._user(driver, task))
        if said := "; ".join(reason for reason in reasons if reason):
            raise Veto(said)

    def _driver(self, driver: str) -> str:
        if driver in self._allowed.drivers:
            return ""
        return f"driver {driver!r} is not among those allowed: {', '.join(self._allowed.drivers)}"

    def _memory(self, task: Task) -> str:
        most, asked = self._allowed.memory_mb, task.resources.memory_limit_bytes
        if most is None or (asked is not None and asked <= most * _MIB):
            return ""
        found = "memory without a limit" if asked is None else f"{asked // _MIB} MB of memory"
        return f"it asks for {found}, and {most} MB is the most: write resources {{ memory = {most} }}"

    def _user(self, driver: str, task: Task) -> str:
        if self._allowed.allow_root:
            return ""
        if task.user:
            return f"it asks to run as {task.user!r}, which is root" if _is_root(task.user) else ""
        if os.geteuid() != 0 or driver in self._allowed.unprivileged:
            return ""
        return f"driver {driver!r} would run it as root: give the task a user"


def _is_root(user: str) -> bool:
    """Tell whether a name or ``uid[:gid]`` is that of user 0 on this machine."""
    name = user.partition(":")[0]
    if name.isdecimal():
        return int(name) == 0
    try:
        return pwd.getpwnam(name).pw_uid == 0
    except KeyError:
        return name == "root"
