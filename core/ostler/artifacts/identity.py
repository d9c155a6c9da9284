"""Name what a request asks for, without anybody being able to read from the name what it says."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from contextlib import suppress
from secrets import token_bytes
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from ostler.artifacts.planning import Plan
    from ostler.artifacts.values import Request

_KEY_BYTES: Final = 32


def identity(request: Request, planned: Plan, cache: Path | None) -> str:
    """Return a name for the bytes that are asked for: the same source, options, headers and credentials.

    A source may hold a password.  So the name is a keyed digest, whose key never leaves the cache: who sees
    the name can't try passwords on it.
    """
    asked = {
        "links": [link.url for link in planned.source.links],
        "options": sorted(planned.storage_options.items()),
        "headers": sorted(request.headers.items()),
        "checksum": planned.checksum,
        "insecure": request.insecure,
    }
    key = _key(cache) if cache else token_bytes(_KEY_BYTES)
    return hmac.new(key, json.dumps(asked).encode(), hashlib.sha256).hexdigest()


def _key(cache: Path) -> bytes:
    """Return the cache's own key, made by whoever comes first."""
    path = cache / "key"
    with suppress(FileNotFoundError):
        key = path.read_bytes()
        if len(key) == _KEY_BYTES:
            return key
    own = cache / f"key-{token_bytes(8).hex()}"
    descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(token_bytes(_KEY_BYTES))
    with suppress(FileExistsError):
        os.link(own, path)
    own.unlink()
    return path.read_bytes()
