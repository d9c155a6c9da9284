from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import ostler.executor

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOM = Path(ostler.executor.__file__).parent
LINUX_MODULES = {"ctypes"}
LINUX_NAMES = {
    "epoll",
    "memfd_create",
    "O_PATH",
    "P_PIDFD",
    "pidfd_open",
    "pidfd_send_signal",
    "sched_getaffinity",
    "sched_setaffinity",
    "setns",
    "splice",
    "unshare",
    "F_SETPIPE_SZ",
}


def elsewhere() -> Iterator[tuple[Path, ast.AST]]:
    """Walk what has to work on every system."""
    for path in ROOM.rglob("*.py"):
        if ROOM / "linux" not in path.parents:
            yield from ((path.relative_to(ROOM), node) for node in ast.walk(ast.parse(path.read_text())))


def imported(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    return {(node.module or "").partition(".")[0]} if isinstance(node, ast.ImportFrom) else set()


def test_modules_that_only_linux_has_are_imported_below_linux_only() -> None:
    assert [str(path) for path, node in elsewhere() if imported(node) & LINUX_MODULES] == []


def test_calls_that_only_linux_has_are_made_below_linux_only() -> None:
    found = [(path, node) for path, node in elsewhere() if isinstance(node, ast.Attribute)]
    assert [f"{path}: {node.attr}" for path, node in found if node.attr in LINUX_NAMES] == []


def test_nothing_elsewhere_imports_the_linux_modules_when_it_is_imported() -> None:
    outside = [path for path in ROOM.rglob("*.py") if ROOM / "linux" not in path.parents]
    nodes = [(path, node) for path in outside for node in ast.parse(path.read_text()).body]
    imports = [(path, node.module or "") for path, node in nodes if isinstance(node, ast.ImportFrom)]
    assert [str(path) for path, module in imports if ".linux" in module] == []
