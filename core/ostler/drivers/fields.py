"""How a driver declares its settings: fields with a help text, and the types that only settings have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NewType

import attrs
from attrs import frozen

from ostler.drivers.deprecation import Deprecated

if TYPE_CHECKING:
    from collections.abc import Callable

METADATA: Final = "ostler"

Duration = NewType("Duration", float)
"""Seconds.  Written ``"90s"`` or ``"1h30m"`` in a job file, or as a number of seconds in Python."""

Size = NewType("Size", int)
"""Bytes.  Written ``"100MB"`` (powers of 1000) or ``"64MiB"`` (powers of 1024), or as a whole number."""

Words = NewType("Words", tuple[str, ...])
"""Words of a command line.  Written as a list, as one scalar, or as one string that a shell would split."""


@frozen
class ArtifactField:
    """Says that a field names the source of an artifact, which the core fetches before the start.

    ``checksum`` is the name of the field beside it that holds ``type:hex``.  The artifact is placed as
    ``mode`` (any, file, dir) below ``destination`` in the task's directory.
    """

    checksum: str = ""
    mode: str = "file"
    destination: str = "local/"
    executable: bool = True


@frozen(kw_only=True)
class Declared:
    """What a field says of itself beside its type."""

    help: str
    secret: bool = False
    artifact: ArtifactField | None = None
    limit: str = ""
    example: object = None
    deprecated: Deprecated | None = None


def setting(
    *,
    help: str,  # noqa: A002 - the word that every library of settings uses
    default: object = attrs.NOTHING,
    factory: Callable[[], object] | None = None,
    secret: bool = False,
    artifact: ArtifactField | None = None,
    limit: str = "",
    example: object = None,
    deprecated: Deprecated | None = None,
    validator: Callable[[Any, attrs.Attribute[Any], Any], None] | None = None,
) -> Any:  # noqa: ANN401 - stands for the field's own type, as attrs.field does
    """Declare one field of a settings class; it must say in ``help`` what it does.

    A ``secret`` is never shown.  ``limit`` names the limit (``timeout``, ``pids``) that the field asks
    for, so that it can be refused where it would not hold.  ``example`` is a value to show for a field
    that has to be set.  A ``deprecated`` field has a default, is noted wherever it is written, and is gone
    in the version of the driver's package that it names.  ``validator(instance, field, value)`` raises
    ``ValueError(text, field)`` for a value that its type allows but the driver doesn't.
    """
    declared = Declared(
        help=help, secret=secret, artifact=artifact, limit=limit, example=example, deprecated=deprecated
    )
    chosen = attrs.Factory(factory) if factory else default
    if deprecated and chosen is attrs.NOTHING:
        msg = "a deprecated field needs a default, so that it can be left out"
        raise TypeError(msg)
    return attrs.field(
        default=chosen, metadata={METADATA: declared}, repr=not secret, kw_only=True, validator=validator
    )


def declared(field: attrs.Attribute[Any]) -> Declared:
    """Return what a field declared with `setting` says of itself."""
    found = field.metadata.get(METADATA)
    return found if isinstance(found, Declared) else Declared(help="")


def described(field: attrs.Attribute[Any]) -> str:
    """Say what a field does and, where it is deprecated, since when, until when and what to use instead."""
    said = declared(field)
    words = str(said.deprecated or "")
    return f"{said.help} {words[:1].upper()}{words[1:]}." if words else said.help
