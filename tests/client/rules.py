"""The source of a package that offers a policy and an observer; each appends to a file what it is asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from attrs import frozen

from ostler.drivers import Veto, hookimpl, setting

if TYPE_CHECKING:
    from collections.abc import Generator

    from ostler.drivers import Task, WrapperContext

    Steps = Generator[None, Any, Any]


@frozen(kw_only=True)
class Settings:
    """What both can be told."""

    log: str = setting(help="The file to append to.")
    denied: tuple[str, ...] = setting(help="The drivers to refuse.", default=())
    explode: bool = setting(help="Fail to be constructed.", default=False)


class Watch:
    """Notes every validation."""

    kind: ClassVar[Literal["policy", "observer"]] = "observer"
    settings = Settings

    def __init__(self, context: WrapperContext) -> None:
        if context.settings.explode:
            msg = "no fuse"
            raise OSError(msg)
        self.name, self.given, self.node = context.name, context.settings, context.node
        self.note("constructed")

    def note(self, what: str) -> None:
        with Path(self.given.log).open("a", encoding="utf-8") as file:
            file.write(f"{self.name} {what}\n")

    @hookimpl(wrapper=True)
    def validate(self, driver: str) -> Steps:
        self.note(driver)
        return (yield)


class Rules(Watch):
    """Refuses drivers."""

    kind = "policy"

    @hookimpl(wrapper=True)
    def validate(self, driver: str, task: Task) -> Steps:  # type: ignore[override]  # a hook takes what it names
        self.note(driver)
        if driver in self.given.denied:
            msg = f"{task.name} may not use {driver} on {self.node['attr.kernel.name']}"
            raise Veto(msg)
        return (yield)
