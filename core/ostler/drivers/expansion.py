"""Replace ``$NAME`` from an environment, as the historic drivers did in their command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME: Final = re.compile(r"\$(?:\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))")


def expand(command: str, environment: Mapping[str, str]) -> str:
    """Return ``command`` with ``$NAME`` and ``${NAME}`` replaced from ``environment``.

    A name that is not set stays as it is written.  Never use it on arguments: there ``$NAME`` belongs
    to the shell.
    """
    return _NAME.sub(lambda match: environment.get(match[1] or match[2], match[0]), command)
