"""Replace ``${name}`` in text by a variable's value; what is not known stays as it is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_REFERENCE: Final = re.compile(r"\$\{([A-Za-z0-9_.-]+)\}")


def interpolate(text: str, *variables: Mapping[str, str]) -> str:
    """Return ``text`` with every known ``${name}`` replaced, looked up in the first mapping that has it.

    Used for env, meta, artifact fields, constraints and ``user``.  It is one pass: a value that itself
    holds ``${...}`` is not looked at again.
    """

    def value(match: re.Match[str]) -> str:
        for known in variables:
            if match[1] in known:
                return known[match[1]]
        return match[0]

    return _REFERENCE.sub(value, text)
