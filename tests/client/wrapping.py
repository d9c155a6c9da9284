"""Policies and observers to wrap drivers with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ostler import hookimpl
from ostler.drivers import Veto

if TYPE_CHECKING:
    from collections.abc import Generator


class Refuses:
    """Refuses one hook."""

    def __init__(self, hook: str, reason: str) -> None:
        self.hook, self.reason = hook, reason

    @hookimpl(wrapper=True)
    def start(self) -> Generator[None, Any, Any]:
        self._judge("start")
        return (yield)

    @hookimpl(wrapper=True)
    def validate(self) -> Generator[None, Any, Any]:
        self._judge("validate")
        return (yield)

    def _judge(self, hook: str) -> None:
        if hook == self.hook:
            raise Veto(self.reason)


class Counts:
    """Counts the starts."""

    def __init__(self) -> None:
        self.started = 0

    @hookimpl(wrapper=True)
    def start(self) -> Generator[None, Any, Any]:
        answer = yield
        self.started += 1
        return answer
