"""The contract changes by adding; what is to go is announced, and goes when it was said."""

from __future__ import annotations

import inspect
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import pluggy
import pytest

import ostler
from ostler.drivers import hookspecs, values
from ostler.drivers.deprecation import ContractWarning, Deprecated, arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOOKS: Final = [
    function for function in vars(hookspecs).values() if hasattr(function, f"{hookspecs.PROJECT}_spec")
]
CONTRACT: Final = Path(__file__).with_name("golden") / "contract-v1.txt"
LOOSE: Final = Deprecated(since="0.0.1", until="0.0.2", instead="task")


class Aged:
    """A contract in which one argument is on its way out."""

    @hookspecs.hookspec(firstresult=True, warn_on_impl_args=arguments(command=LOOSE))
    def start(self, task: object, command: object) -> object:
        """Start a task."""


class Old:
    @hookspecs.hookimpl
    def start(self, command: object) -> object:
        return command


def announced(functions: list[Any]) -> Iterator[ContractWarning]:
    for function in functions:
        for warning in (function.ostler_spec["warn_on_impl_args"] or {}).values():
            assert isinstance(warning, ContractWarning), f"{function.__name__}: write arguments(...)"
            yield warning


def contract() -> Iterator[str]:
    """Write the contract down: each hook with its arguments, each value with its fields."""
    for hook in HOOKS:
        yield f"{hook.__name__}({', '.join(inspect.signature(hook).parameters)})"
    for name in values.__all__:
        kind = getattr(values, name)
        if attrs.has(kind):
            yield f"{name}: {', '.join(field.name for field in attrs.fields(kind))}"


def names(line: str) -> list[str]:
    return line.replace("(", ", ").replace(": ", ", ").strip(")").split(", ")


def test_an_implementation_with_a_deprecated_argument_is_told_what_to_use() -> None:
    relay = pluggy.PluginManager(hookspecs.PROJECT)
    relay.add_hookspecs(Aged)
    with pytest.warns(ContractWarning) as told:
        relay.register(Old())
    words = "the hook argument 'command': deprecated since ostler 0.0.1, gone in 0.0.2; use task"
    assert [str(each.message) for each in told] == [words]
    assert told[0].filename == __file__
    assert told[0].lineno == Old.start.__code__.co_firstlineno


def test_an_implementation_without_it_is_told_nothing() -> None:
    class New:
        @hookspecs.hookimpl
        def start(self, task: object) -> object:
            return task

    relay = pluggy.PluginManager(hookspecs.PROJECT)
    relay.add_hookspecs(Aged)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        relay.register(New())


@pytest.mark.parametrize(("version", "expired"), [("0.0.1", False), ("0.0.2", True), ("0.0.2rc1", False)])
def test_what_was_announced_expires(version: str, expired: bool) -> None:  # noqa: FBT001 - a case of the table
    assert LOOSE.expired(version) is expired


def test_nothing_of_the_contract_outstays_its_deprecation() -> None:
    assert [str(each) for each in announced(HOOKS) if each.deprecated.expired(ostler.__version__)] == []
    assert [each.deprecated for each in announced([Aged.start])] == [LOOSE._replace(since="ostler 0.0.1")]


def test_the_contract_only_grows(golden: Callable[[str, object], None]) -> None:
    """What an earlier version said is still there, in its order; new arguments and fields come at the end."""
    promised = {names(line)[0]: names(line) for line in CONTRACT.read_text("utf-8").splitlines()}
    present = {names(line)[0]: names(line) for line in contract()}
    assert {name: present.get(name, [])[: len(said)] for name, said in promised.items()} == promised
    golden("contract-v1", "\n".join(contract()))


def test_a_new_field_of_a_value_that_drivers_are_given_or_make_is_optional() -> None:
    """Else an older driver, which does not know it, could make the value no more."""
    needed = {
        name: [field.name for field in attrs.fields(kind) if field.default is attrs.NOTHING]
        for name in ("Capabilities", "Fingerprint", "TaskHandle", "TaskStatus", "Ended", "Finding")
        if attrs.has(kind := getattr(values, name))
    }
    assert needed == {
        "Capabilities": [],
        "Fingerprint": ["health"],
        "TaskHandle": ["task_id", "driver"],
        "TaskStatus": ["running"],
        "Ended": ["task_id", "exit"],
        "Finding": ["name", "well", "found"],
    }
