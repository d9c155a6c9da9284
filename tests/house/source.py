"""The repository's own text: its modules, what each imports, the strings it holds."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parents[2]
CORE: Final = ROOT / "core"
BUILTIN: Final = ROOT / "builtin_drivers"


class Import(NamedTuple):
    """A dotted name that a module imports, and where."""

    path: Path
    line: int
    name: str
    runs: bool  # whether it is ever carried out, and not written for the type checker alone

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line} imports {self.name}"


def modules(*roots: Path) -> list[Path]:
    return sorted(path for root in roots for path in root.rglob("*.py"))


def dotted(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def imports(path: Path) -> tuple[Import, ...]:
    running = set(_running(parsed(path)))
    statements = [node for node in ast.walk(parsed(path)) if isinstance(node, ast.Import | ast.ImportFrom)]
    return tuple(
        Import(path, node.lineno, name, node in running) for node in statements for name in _names(node)
    )


def file_of(name: str) -> Path | None:
    """Find the module of the core or of its drivers that a dotted name is or lies in."""
    while "." in name:
        places = [root.joinpath(*name.split(".")) for root in (CORE, BUILTIN)]
        files = [file for place in places for file in (place.with_suffix(".py"), place / "__init__.py")]
        found = [file for file in files if file.is_file()]
        if found:
            return found[0]
        name = name.rpartition(".")[0]
    return None


def reached(start: Path) -> dict[Path, list[Import]]:
    """Give each module of the core that can come to run once ``start`` does, and what it imports."""
    found: dict[Path, list[Import]] = {}
    waiting = [start]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = [each for each in imports(path) if each.runs]
            waiting += [file for each in found[path] if (file := file_of(each.name))]
    return found


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Give the string literals, docstrings aside."""
    documentation = set(map(id, _docstrings(parsed(path))))
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.lineno, node.value


def tracked() -> list[Path]:
    """List the files that are committed or would be; without git, every file of the known folders."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return [path for path in paths if path.is_file()]


def _names(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [f"{node.module}.{alias.name}" for alias in node.names]  # ruff bans relative imports (TID252)


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
            yield node
            yield from _running(node)


def _docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
