"""`ostler driver schema`: a driver's two settings classes, for editors, for people and to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from ostler.cli.describe.named import PARTS, Named
from ostler.cli.printing.apart import keep, show
from ostler.drivers.catalog import Catalog
from ostler.visible import in_json, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ostler.cli.describe.named import Part

Format = Literal["json", "markdown", "hcl"]


def print_schema(name: str, form: Format, part: Part | None) -> None:
    """Print one block of driver ``name``, or both."""
    keep()
    catalog = Catalog()
    named = Named(name, catalog.load(name), catalog)
    # Of JSON nothing is left to be made visible here.
    show(visible(_WRITERS[form](named, PARTS if part is None else (part,))))


def _as_json(named: Named, parts: Sequence[Part]) -> str:
    import json

    from ostler.drivers.schema import json_schema

    schemas = {part: json_schema(named.settings(part)) for part in parts}
    found = schemas if len(parts) > 1 else schemas[parts[0]]
    return in_json(json.dumps(found, indent=2, ensure_ascii=False))


def _as_tables(named: Named, parts: Sequence[Part]) -> str:
    from ostler.cli.describe.settings import tables

    return tables(named, parts)


def _as_blocks(named: Named, parts: Sequence[Part]) -> str:
    from ostler.cli.describe.blocks import blocks

    return blocks(named, parts)


_WRITERS: Final[dict[Format, Callable[[Named, Sequence[Part]], str]]] = {
    "json": _as_json,
    "markdown": _as_tables,
    "hcl": _as_blocks,
}
