"""The contract is written once: hookspecs, facade and values agree."""

from __future__ import annotations

import inspect
import re

import pytest

from ostler import drivers
from ostler.drivers import Driver, hookspecs
from ostler.drivers.hookspecs import REQUIRED

HOOKS = {
    name: function
    for name, function in vars(hookspecs).items()
    if inspect.isfunction(function) and hasattr(function, "ostler_spec")
}
RAISES = re.compile(r"\braises?\b|\bnot an\s+exception\b|`RefusedError`", re.IGNORECASE)


def parameters(function: object) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name != "self"]  # type: ignore[arg-type]


@pytest.mark.parametrize("hook", HOOKS)
def test_the_facade_takes_what_the_hook_takes(hook: str) -> None:
    assert parameters(getattr(Driver, hook)) == parameters(HOOKS[hook])


@pytest.mark.parametrize("hook", HOOKS)
def test_the_facade_answers_what_the_hook_answers(hook: str) -> None:
    answer = str(inspect.signature(HOOKS[hook]).return_annotation).removesuffix(" | None")
    assert inspect.signature(getattr(Driver, hook)).return_annotation == answer


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_says_when_it_is_called(hook: str) -> None:
    assert re.search(r"\bCalled\b", inspect.getdoc(HOOKS[hook]) or "")


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_says_what_a_raise_means(hook: str) -> None:
    assert RAISES.search(inspect.getdoc(HOOKS[hook]) or "")


@pytest.mark.parametrize("hook", HOOKS)
def test_one_call_addresses_one_driver(hook: str) -> None:
    assert HOOKS[hook].ostler_spec["firstresult"]


def test_the_required_hooks_are_hooks() -> None:
    assert set(REQUIRED) <= set(HOOKS)


def test_the_contract_says_on_which_thread_a_hook_is_called() -> None:
    assert "daemon threads" in (hookspecs.__doc__ or "")


@pytest.mark.parametrize("name", drivers.__all__)
def test_every_exported_name_exists_and_is_described(name: str) -> None:
    assert getattr(drivers, name).__doc__
