"""Say what an artifact is known by in the cache."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from ostler.artifacts.fetcher.formats import PACKED

if TYPE_CHECKING:
    from pathlib import Path

    from ostler.artifacts.planning import Plan
    from ostler.artifacts.values import Request

_STRONG: Final = frozenset({"sha256", "sha512"})
_ASKED: Final = frozenset({"http", "https"})
_SECRET_BYTES: Final = 32


class Wanted(NamedTuple):
    """What is looked for: the names of what the source gives, and of what is made of it (or "").

    ``checked`` says that what is found needs no look at the source; ``access`` stands for the
    credentials, "" for none.
    """

    key: str
    content: str
    product: str
    checked: bool
    access: str

    @property
    def name(self) -> str:
        """The name of what the task gets."""
        return self.product or self.content


def wanted(request: Request, planned: Plan, secret: bytes) -> Wanted | None:
    """Say what to look for; None where the source gives nothing to know it by.

    Under sha256 and sha512, what any source gave is the same.  md5 and sha1 can be forged, so they hold
    for one source.  What has no checksum is known by its source, and its server is asked each time.
    No credential can be read out of a key: they are digests under a secret of the cache's own.
    """

    def digest(*parts: object) -> str:
        return hmac.new(secret, json.dumps(parts).encode(), hashlib.sha256).hexdigest()

    links = [link.url for link in planned.source.links]
    credentials = [
        sorted(planned.storage_options.items()),
        sorted(request.headers.items()),
        [part for url in links for part in _secrets(url)],
    ]
    access = digest("access", credentials) if any(credentials) else ""
    options = sorted(planned.storage_options.items())
    source = digest("source", links, options, sorted(request.headers.items()), request.insecure)
    if planned.checksum:
        algorithm, expected = planned.checksum
        key = f"{algorithm}-{expected}" + ("" if algorithm in _STRONG else f"-{source[:32]}")
    elif {link.scheme for link in planned.source.links} <= _ASKED:
        # What a server compressed although it was asked not to is kept so for one, and not for the other.
        key = f"source-{source}" + ("-packed" if planned.archive in PACKED else "")
    else:
        return None
    part = f"-{digest('part', planned.source.subdirectory)[:16]}" if planned.source.subdirectory else ""
    product = f"{key}.{planned.archive}-{planned.kind}{part}" if planned.archive else ""
    return Wanted(key, f"{key}.content", product, bool(planned.checksum), access)


def _secrets(url: str) -> list[str]:
    parts = urlsplit(url)
    user = parts.netloc.rpartition("@")[0]
    return [part for part in (user, parts.query) if part]


def secret_of(directory: Path) -> bytes:
    """Return the secret of a cache, made on first use."""
    path = directory / "secret"
    with suppress(FileNotFoundError):
        return path.read_bytes()
    fresh = directory / f"secret.{os.getpid()}.{os.urandom(4).hex()}"
    fresh.touch(0o600)
    fresh.write_bytes(os.urandom(_SECRET_BYTES))
    with suppress(FileExistsError):
        os.link(fresh, path)  # the first to come decides
    fresh.unlink()
    return path.read_bytes()
