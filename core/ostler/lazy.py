"""Export names from a package without importing their modules before they are used (PEP 562)."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def exporter(package: str, sources: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a module's ``__getattr__`` that finds each name in the module that ``sources`` gives for it."""

    def find(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
        source = sources.get(name)
        if source is None:
            msg = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(msg)
        return getattr(import_module(source), name)

    return find
