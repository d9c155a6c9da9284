"""Put the operator's secrets where a job names them, and only for the hosts that they are meant for."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote, urlsplit

from attrs import evolve

from ostler.artifacts.fetcher.redaction import redact
from ostler.artifacts.sources import BY_HOST, OPTIONS
from ostler.errors import Problem, RecoverableError, RefusedError
from ostler.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ostler.artifacts.sources import Source
    from ostler.artifacts.values import Policy, Request, Secret

_REFERENCE: Final = re.compile(r"\$\{secret\.([A-Za-z0-9_-]+)\}")
_BLOCK: Final = "client { artifact { ... } }"
_FIX: Final = f"the operator mends it in {_BLOCK}"
_WHERE: Final = "write it as a user or a password, in the path or the query, in headers or in storage options"
_COMMAND_SECONDS: Final = 30
_LARGEST_BYTES: Final = 65536
# Where a scheme's address names no host, this is what it connects to.
_HOSTS: Final = {"s3": "s3.amazonaws.com", "s3a": "s3.amazonaws.com"} | dict.fromkeys(
    ("gs", "gcs"), "storage.googleapis.com"
)
WELL_KNOWN: Final = frozenset(_HOSTS.values())
_ENDPOINTS: Final = ("endpoint_url", "client_kwargs.endpoint_url")


class Revealed(NamedTuple):
    """A request in which the secrets stand, and the secrets themselves, which nobody may be shown."""

    request: Request
    values: tuple[str, ...]


def problems(request: Request, source: Source, policy: Policy) -> Iterator[tuple[str, str]]:
    """Say which secrets are not there, not for this source, or where one would be shown: key and words."""
    yield from _shown(request, source)
    for name, key in _named(request).items():
        yield from ((key, text) for text in _wrong(name, request, source, policy))


def _wrong(name: str, request: Request, source: Source, policy: Policy) -> Iterator[str]:
    secret = policy.secrets.get(name)
    if secret is None:
        meant = nearest(name, policy.secrets)
        guess = f"did you mean {meant!r}?" if meant else f'the operator adds secret "{name}" to {_BLOCK}'
        yield f"there is no secret {name!r}; {guess}"
    elif source.links:
        yield from _unmeant(name, secret, source, request)


def _shown(request: Request, source: Source) -> Iterator[tuple[str, str]]:
    """Say where a secret stands that goes to somebody else than the source's own host."""
    for name in OPTIONS:
        if any(names_one(said.get(name, "")) for said in (request.options, source.asked)):
            text = f"options.{name} holds a secret, which it would show to others; {_WHERE}"
            yield request.key(name), text
    if any(names_one(link.url) for link in source.links[:-1]):
        yield "source", f"a secret may only stand in the last link of a chain; {_WHERE}"


def _unmeant(name: str, secret: Secret, source: Source, request: Request) -> Iterator[str]:
    where = f'the operator changes secret "{name}" in {_BLOCK}'
    for scheme in source.schemes:
        if secret.schemes and scheme not in secret.schemes:
            yield f"the secret {name!r} is not for {scheme!r} (only: {', '.join(secret.schemes)}); {where}"
    for host in hosts(source, request):
        if not secret.is_for(host):
            shown = (
                host or f'{source.links[-1].scheme!r}, whose address does not tell the host (it takes "*")'
            )
            yield f"the secret {name!r} is not for {shown} (only: {', '.join(secret.hosts)}); {where}"


def hosts(source: Source, request: Request) -> list[str]:
    """Return the hosts that a source connects to, "" where neither its address nor an option tells."""
    scheme = source.links[-1].scheme
    if scheme in BY_HOST:
        return [source.host]
    if scheme not in _HOSTS:
        return [""]
    said: Mapping[str, str] = {**source.implied, **request.options}
    endpoints = dict.fromkeys(said[name] for name in _ENDPOINTS if said.get(name))
    return [urlsplit(endpoint).hostname or "" for endpoint in endpoints] or [_HOSTS[scheme]]


def _named(request: Request) -> dict[str, str]:
    """Return the names of the secrets, each with the key that names it first."""
    texts = {"source": request.source}
    texts |= {f"options.{name}": text for name, text in request.options.items()}
    texts |= {f"headers.{name}": text for name, text in request.headers.items()}
    found: dict[str, str] = {}
    for key, text in texts.items():
        for name in _REFERENCE.findall(text):
            found.setdefault(name, key)
    return found


def names_one(text: str) -> bool:
    """Tell whether a text names a secret."""
    return bool(_REFERENCE.search(text))


def without(text: str) -> str:
    """Return a text without the names of secrets: what is left may still wait for the task."""
    return _REFERENCE.sub("", text)


def reveal(request: Request, policy: Policy) -> Revealed:
    """Put the secrets in.  Raises RefusedError or RecoverableError where one can't be had."""
    found = {name: _value(name, policy.secrets[name], request) for name in _named(request)}
    if not found:
        return Revealed(request, ())
    values = tuple(found.values())

    def put(text: str, spelled: Callable[[str], str] = str) -> str:
        return _REFERENCE.sub(lambda match: spelled(found[match[1]]), text)

    revealed = evolve(
        request,
        source=put(request.source, lambda value: quote(value, safe="")),
        options={name: put(text) for name, text in request.options.items()},
        headers={name: put(text) for name, text in request.headers.items()},
        label=request.label or redact(request.source),
    )
    return Revealed(revealed, values)


def _value(name: str, secret: Secret, request: Request) -> str:
    try:
        value = _read(secret)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError) as error:
        raise _unreadable(name, _reason(error), request, RecoverableError) from None
    value = value.removesuffix("\n").removesuffix("\r")
    if not value:
        raise _unreadable(name, "it is empty", request, RefusedError)
    return value


def _read(secret: Secret) -> str:
    if secret.env:
        return os.environ.get(secret.env, "")
    if secret.file:
        with Path(secret.file).open("rb") as file:
            return file.read(_LARGEST_BYTES).decode()
    done = subprocess.run(
        secret.command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_COMMAND_SECONDS, check=True
    )
    return done.stdout.decode()


def _reason(error: Exception) -> str:
    """Say why without what a command wrote, which may be the secret."""
    if isinstance(error, subprocess.CalledProcessError):
        return f"its command ended with status {error.returncode}"
    if isinstance(error, subprocess.TimeoutExpired):
        return f"its command did not end within {_COMMAND_SECONDS} seconds"
    if isinstance(error, OSError):
        return f"{error.strerror}: {error.filename}"
    return "it is no text"


def _unreadable(
    name: str, why: str, request: Request, kind: type[RefusedError | RecoverableError]
) -> RefusedError | RecoverableError:
    text = f"artifact {redact(request.source)}: the secret {name!r} can't be had: {why}; {_FIX}"
    return kind(str(Problem(request.where, request.path, text)))
