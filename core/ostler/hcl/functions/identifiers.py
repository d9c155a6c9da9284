"""Functions that make UUIDs."""

from __future__ import annotations

import re

from ostler.hcl.functions import Function, FunctionError, Parameter
from ostler.hcl.functions.arguments import short
from ostler.hcl.types import STRING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_UUID: Final = re.compile(
    r"(?:urn:uuid:)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}|[0-9a-f]{32}",
    re.IGNORECASE,
)


def _uuidv4() -> str:
    """Give a random UUID, another one each time.

    strlen(uuidv4()) -> 36

    Source: go-cty-funcs V4Func.
    """
    import uuid

    return str(uuid.uuid4())


def _uuidv5(namespace: str, name: str) -> str:
    """Give the UUID of a name within a namespace: `dns`, `url`, `oid`, `x500` or a UUID.

    uuidv5("dns", "example.com") -> "cfbff0d1-9375-5685-968c-48ce8b15ae17"

    Source: go-cty-funcs V5Func.
    """
    import uuid

    spaces = {
        "dns": uuid.NAMESPACE_DNS,
        "url": uuid.NAMESPACE_URL,
        "oid": uuid.NAMESPACE_OID,
        "x500": uuid.NAMESPACE_X500,
    }
    space = spaces.get(namespace)
    if space is None and _UUID.fullmatch(namespace):
        space = uuid.UUID(namespace)
    if space is None:
        msg = f"expected dns, url, oid, x500 or a UUID, found {short(namespace)!r}"
        raise FunctionError(msg, 0)
    return str(uuid.uuid5(space, name))


FUNCTIONS: Final = {
    "uuidv4": Function(_uuidv4),
    "uuidv5": Function(_uuidv5, Parameter("namespace", STRING), Parameter("name", STRING)),
}
