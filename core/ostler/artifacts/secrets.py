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
from ostler.errors import Problem, RecoverableError, RefusedError
from ostler.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ostler.artifacts.sources import Source
    from ostler.artifacts.values import Policy, Request, Secret

_REFERENCE: Final = re.compile(r"\$\{secret\.([A-Za-z0-9_-]+)\}")
_BLOCK: Final = "client { artifact { ... } }"
_FIX: Final = f"the operator mends it in {_BLOCK}"
_COMMAND_SECONDS: Final = 30
_LARGEST_BYTES: Final = 65536
# Where a scheme's address names no host, this is what it connects to.
_HOSTS: Final = {"s3": "s3.amazonaws.com", "s3a": "s3.amazonaws.com"} | dict.fromkeys(
    ("gs", "gcs"), "storage.googleapis.com"
)
_ENDPOINTS: Final = ("endpoint_url", "client_kwargs.endpoint_url")


class Revealed(NamedTuple):
    """A request in which the secrets stand, and the secrets themselves, which nobody may be shown."""

    request: Request
    values: tuple[str, ...]


def problems(request: Request, source: Source, policy: Policy) -> Iterator[str]:
    """Say which secrets are not there, or not for this source."""
    for name in _named(request):
        secret = policy.secrets.get(name)
        if secret is None:
            meant = nearest(name, policy.secrets)
            guess = f"did you mean {meant!r}?" if meant else f'the operator adds secret "{name}" to {_BLOCK}'
            yield f"there is no secret {name!r}; {guess}"
        elif source.links:
            yield from _unmeant(name, secret, source, request)


def _unmeant(name: str, secret: Secret, source: Source, request: Request) -> Iterator[str]:
    where = f'the operator changes secret "{name}" in {_BLOCK}'
    for scheme in source.schemes:
        if secret.schemes and scheme not in secret.schemes:
            yield f"the secret {name!r} is not for {scheme!r} (only: {', '.join(secret.schemes)}); {where}"
    host = _host(source, request)
    if not secret.is_for(host):
        shown = host or "this kind of source"
        yield f"the secret {name!r} is not for {shown} (only: {', '.join(secret.hosts)}); {where}"


def _host(source: Source, request: Request) -> str:
    """Return the host that the secret would be shown to."""
    scheme = source.links[-1].scheme
    if scheme not in _HOSTS:
        return source.host
    said: Mapping[str, str] = {**source.implied, **request.options}
    for name in _ENDPOINTS:
        if endpoint := said.get(name):
            return urlsplit(endpoint).hostname or ""
    return _HOSTS[scheme]


def _named(request: Request) -> list[str]:
    texts = (request.source, *request.options.values(), *request.headers.values())
    return list(dict.fromkeys(name for text in texts for name in _REFERENCE.findall(text)))


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
