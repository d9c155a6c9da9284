"""How a task asks for each limit: in its resources, or by a setting of the driver's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import pytest

from ostler.drivers import Enforcement, Resources, Task, fields
from ostler.drivers.settings import Located, read
from ostler.errors import MistakeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ostler.testing.harness import DriverHarness

HELD: Final = {Enforcement.ENFORCED, Enforcement.WATCHED}
IN_RESOURCES: Final = {"memory": "memory", "memory_soft": "memory_max", "cores": "cores"}
VALUES: Final = (7, "7", "7s", "7MB", True)


@attrs.frozen
class Request:
    """A task that asks for a limit, and how it does."""

    task: Task
    words: str


def need(harness: DriverHarness, limit: str) -> None:
    """Skip the test of a limit that does not hold here."""
    word = getattr(harness.limits, limit)
    if word not in HELD:
        pytest.skip(f"driver {harness.name!r} does not hold the limit `{limit}`: here it is {word}")


def setting_for(harness: DriverHarness, limit: str, amount: float) -> Mapping[str, Any]:
    """Ask for a limit by the driver's own setting; skip the test where there is none."""
    for name in _marked(harness, limit):
        return {name: amount}
    pytest.skip(f"driver {harness.name!r} has no setting of a task that is marked `limit={limit!r}`")


def requests(harness: DriverHarness, config: Mapping[str, Any], limit: str) -> Iterator[Request]:
    """List the tasks that ask for a limit, each in its own way."""
    if word := IN_RESOURCES.get(limit):
        resources = Resources(memory_mb=64, memory_max_mb=128, cores=1, asked=frozenset({word}))
        yield Request(harness.task(config, resources=resources), f"`{word}` of the resources")
    for name in {*_marked(harness, limit), *_named(harness, limit)}:
        yield Request(harness.task({**config, name: _value(harness, config, name)}), f"the setting `{name}`")


def _marked(harness: DriverHarness, limit: str) -> list[str]:
    declared = attrs.fields(harness.driver.task_settings)
    return [field.name for field in declared if fields.declared(field).limit == limit]


def _named(harness: DriverHarness, limit: str) -> list[str]:
    names = {limit, f"{limit}_limit"}
    return [field.name for field in attrs.fields(harness.driver.task_settings) if field.name in names]


def _value(harness: DriverHarness, config: Mapping[str, Any], name: str) -> object:
    """Find a value that the type of a setting takes."""
    for value in VALUES:
        try:
            read(harness.driver.task_settings, Located(value={**config, name: value}), path="config")
        except MistakeError:
            continue
        return value
    pytest.skip(f"driver {harness.name!r}: the kit knows no value for the setting `{name}`")
