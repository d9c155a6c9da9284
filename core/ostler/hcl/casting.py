"""``typing.cast`` without ``typing``, which takes as long to import as half of this package."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import cast
else:

    def cast(_kind: object, value: object) -> object:  # noqa: D103 - as above
        return value


__all__ = ["cast"]
