"""Ask the validators of settings one by one, where something else is wrong and attrs asks none or few."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_type_hints

import attrs

from ostler.drivers.kinds import blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cattrs import Converter

    from ostler.drivers.kinds import Path


def complaints(made: Converter, cls: type[Any], tree: object) -> Iterator[tuple[Path, Exception]]:
    """List what the validators of ``cls`` and of the blocks in it say of values whose types are right.

    A validator that looks at other fields can say nothing here: it is asked without them.
    """
    for block in blocks(cls, tree):
        hints = get_type_hints(block.cls)
        for field in attrs.fields(block.cls):
            if field.validator is not None and field.name in block.values:
                error = _asked(made, field, hints[field.name], block.values[field.name])
                if error is not None:
                    yield (*block.path, field.name), error


def _asked(made: Converter, field: attrs.Attribute[Any], hint: Any, given: object) -> Exception | None:  # noqa: ANN401
    try:
        value = made.structure(given, hint)
    except Exception:  # noqa: BLE001 - told by whoever read the whole
        return None
    try:
        field.validator(None, field, value)  # type: ignore[misc]  # the caller has looked
    except Exception as error:  # noqa: BLE001 - a validator may raise what it likes
        return error if field in error.args else None
    return None
