from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Final

from tests.house.source import BUILTIN, CORE, ROOT, Import, dotted, file_of, imports, modules, strings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FLOORS: Final = {
    "excerpts": -2,
    "places": -2,
    "visible": -2,
    "errors": -1,
    "lazy": -1,
    "nearest": -1,
    "sizes": -1,
    "version": -1,
    "hcl": 0,
    "executor": 0,
    "drivers": 1,
    "jobs": 2,
    "node": 2,
    "tasks": 2,
    "artifacts": 2,
    "config": 2,
    "runner": 3,
    "client": 4,
    "cli": 5,
    "testing": 5,
}
PUBLIC: Final = ("ostler", "ostler.drivers", "ostler.executor", "ostler.errors", "ostler.testing")
DRIVER_NAMES: Final = {"docker", "exec", "java", "mock_driver", "qemu", "raw_exec"}


def room(name: str) -> str:
    """Give the part of the core that a dotted name belongs to, or "" for the package itself."""
    return next((part for part in name.split(".")[1:2] if part in FLOORS), "")


EXEC = frozenset({"ostler.client.command", "ostler.cli.reaching"})


def permitted(path: Path) -> set[str]:
    """Give the names that mean something else: a call, a command, what ``ostler.run`` does by default."""
    calls = room(dotted(path, CORE)) == "executor"
    return {"exec"} if calls or dotted(path, CORE) in EXEC else set()


def inner_imports() -> Iterator[tuple[str, Import]]:
    for path in modules(CORE):
        here = room(dotted(path, CORE))
        yield from ((here, found) for found in imports(path) if found.name.split(".")[0] == "ostler")


def goes_down(here: str, there: str) -> bool:
    return here == there or FLOORS[there] < FLOORS[here]


def test_every_part_of_the_core_has_a_floor() -> None:
    parts = {path.stem for path in (CORE / "ostler").iterdir() if path.suffix == ".py" or path.is_dir()}
    assert parts - {"__init__", "__pycache__", "__main__"} <= FLOORS.keys()


def test_imports_go_down_only() -> None:
    wrong = [
        str(found)
        for here, found in inner_imports()
        if here and room(found.name) and not goes_down(here, room(found.name))
    ]
    assert wrong == []


def test_no_part_of_the_core_imports_the_front_door() -> None:
    wrong = [str(found) for here, found in inner_imports() if here and not room(found.name)]
    assert wrong == []


def test_no_files_import_each_other_in_a_circle() -> None:
    """Not for the type checker either: what two modules have to know belongs below both."""
    names = {path: dotted(path, root) for root in (CORE, BUILTIN) for path in modules(root)}
    below = {
        name: {names[file] for each in imports(path) if (file := file_of(each.name)) and file != path}
        for path, name in names.items()
    }
    assert circle(below) == []


def circle(below: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(below).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_a_circle_is_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "c", "b", "a"]


def test_the_language_imports_nothing_else_of_the_program() -> None:
    wrong = [str(found) for here, found in inner_imports() if here == "hcl" and room(found.name) != "hcl"]
    assert wrong == []


def test_the_core_imports_no_driver() -> None:
    found = [each for path in modules(CORE) for each in imports(path)]
    assert [str(each) for each in found if each.name.startswith(("ostler_driver", "contrib"))] == []


def test_the_core_names_no_driver() -> None:
    named = [
        f"{path.relative_to(ROOT)}:{line} names {text!r}"
        for path in modules(CORE)
        for line, text in strings(path)
        if text.removeprefix("driver.").split(".")[0] in DRIVER_NAMES - permitted(path)
    ]
    assert named == []


def test_the_drivers_use_public_names_only() -> None:
    found = [each for path in modules(BUILTIN) for each in imports(path)]
    inner = [each for each in found if each.name.split(".")[0] == "ostler"]
    assert [str(each) for each in inner if each.name.rpartition(".")[0] not in PUBLIC] == []


def test_what_only_linux_has_is_imported_by_the_executor_alone() -> None:
    wrong = [
        str(found)
        for here, found in inner_imports()
        if found.name.startswith("ostler.executor.linux") and here != "executor"
    ]
    assert wrong == []
