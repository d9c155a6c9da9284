"""What two texts have in common that mean the same: their trees without places, and their comments."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Any, Final

from ostler.hcl.decoding import decode
from ostler.hcl.structure import tree
from ostler.hcl.syntax import Literal, Name, Node, Template, TemplateFor, TemplateIf, Traversal
from ostler.hcl.tokens import tokens

ROOT: Final = Path(__file__).parents[2]
PLACES: Final = {"start", "end"}


def shape(text: str | bytes, *, tolerant: bool = False) -> object:
    """Give the tree of a text without places."""
    return _shape(tree(decode(text, "x.hcl"), tolerant=tolerant))


def comments(text: str | bytes, *, tolerant: bool = False) -> list[str]:
    """Give the words of every comment, in the order of the text."""
    found = tokens(decode(text, "x.hcl"), tolerant=tolerant)
    return [token.text.rstrip() for token in found if token.kind == "comment"]


def spellings(text: str | bytes) -> list[str]:
    """Give every reference as it is written."""
    source = decode(text, "x.hcl")
    found = []
    waiting: list[Any] = [tree(source, tolerant=False)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Traversal) and isinstance(node.root, Name):
            found.append(source.text[node.start : node.end])
        waiting += (
            node if isinstance(node, (list, tuple)) else _fields(node) if isinstance(node, Node) else ()
        )
    return found


def project_files() -> list[Path]:
    """List the project's own files in the native syntax that have no mistake on purpose."""
    folders = (ROOT / "examples", ROOT / "tests" / "jobs" / "files")
    return sorted(chain.from_iterable(folder.glob("*.hcl") for folder in folders))


def _fields(node: Node) -> list[Any]:
    names = chain.from_iterable(getattr(kind, "__slots__", ()) for kind in type(node).__mro__)
    return [getattr(node, name) for name in sorted(set(names) - PLACES)]


def _shape(part: Any) -> object:  # noqa: ANN401 - a node, a list of them, or what they hold
    if isinstance(part, (list, tuple)):
        return [_shape(each) for each in part]
    if isinstance(part, (Template, TemplateIf, TemplateFor)):
        return [type(part).__name__, *(_shape(_merged(each)) for each in _fields(part))]
    return [type(part).__name__, *map(_shape, _fields(part))] if isinstance(part, Node) else part


def _merged(parts: Any) -> object:  # noqa: ANN401 - a list of parts, or another field
    """Join texts that follow on each other: a heredoc has one for each line."""
    if not isinstance(parts, list):
        return parts
    found: list[Any] = []
    for part in parts:
        if isinstance(part, Literal) and found and isinstance(found[-1], Literal):
            found[-1] = Literal(0, 0, f"{found[-1].value}{part.value}")
        elif not (isinstance(part, Literal) and part.value == ""):
            found.append(part)
    return found
