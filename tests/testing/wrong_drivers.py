"""Drivers that are wrong on purpose: each breaks one sentence of the contract, and keeps all others."""

from __future__ import annotations

from tests.testing.wrong import ending, looking, reaching, recovering, starting
from tests.testing.wrong.right import Right

MODULES = (looking, starting, ending, reaching, recovering)
DRIVERS: dict[str, type[Right]] = {
    name: found
    for module in MODULES
    for name, found in vars(module).items()
    if isinstance(found, type) and issubclass(found, Right) and found.breaks
}
KILLING = ("test_the_tasks_of_a_killed_host_are_found_again", "test_sweeping_ends_what_no_handle_knows")


def left_out(driver: type[Right]) -> tuple[str, ...]:
    """Name the tests that a driver is spared: the most costly, unless it is about them that it is wrong."""
    return () if driver is Right or driver.__module__ == recovering.__name__ else KILLING
