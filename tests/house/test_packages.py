"""Which of the packages and modules within one part of the core may import which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.house.source import CORE, dotted, imports, modules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.house.source import Import

# From the ground up: each imports what stands in an earlier row alone, and none of its neighbours in its own.
FLOORS: Final = {
    "executor": (
        {"capabilities", "kinds", "signals", "supervisor"},
        {"values"},
        {"host", "connection"},
        {"planning"},
        {"linux"},
        {"supervisor_daemon", "streams"},
        {"inside", "order"},
        {"entering"},
        {"executor"},
        {"planner", "__init__"},
    ),
    "cli": (
        {"options", "printing", "site"},
        {"actions", "check", "describe", "scaffold"},
        {"fmt", "reaching", "storing"},
        {"commands"},
        {"__init__", "__main__"},
    ),
}


def floors(part: str) -> dict[str, int]:
    return {name: floor for floor, names in enumerate(FLOORS[part]) for name in names}


def crossings(part: str) -> Iterator[tuple[str, str, Import]]:
    """Give each import from one package or module of a part into another one."""
    names = floors(part)
    for path in modules(CORE / "ostler" / part):
        here = dotted(path, CORE).removeprefix(f"ostler.{part}").lstrip(".").split(".")[0] or "__init__"
        for found in imports(path):
            there = found.name.removeprefix(f"ostler.{part}.").split(".")[0]
            if found.name.startswith(f"ostler.{part}.") and there in names and there != here:
                yield here, there, found


@pytest.mark.parametrize("part", FLOORS)
def test_every_package_of_a_part_has_a_floor(part: str) -> None:
    room = CORE / "ostler" / part
    there = {path.stem for path in room.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert there == floors(part).keys()


@pytest.mark.parametrize("part", FLOORS)
def test_imports_between_the_packages_of_a_part_go_down_only(part: str) -> None:
    """For the type checker too: whoever reads a package has to read no other one above it."""
    floor = floors(part)
    found = list(crossings(part))
    assert found
    assert [str(each) for here, there, each in found if floor[there] >= floor[here]] == []
