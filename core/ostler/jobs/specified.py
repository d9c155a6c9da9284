"""The classes of `Loaded.specification`, made when they are asked for; ``specified.pyi`` has their types."""

from __future__ import annotations


def __getattr__(name: str) -> type[object]:
    from ostler.jobs.specification import class_of, names

    for kind, title in names().items():
        if title == name:
            return class_of(kind)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
