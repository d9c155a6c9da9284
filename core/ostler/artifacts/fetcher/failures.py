"""The two ways in which fetching fails, and the words for each."""

from __future__ import annotations

import errno
from typing import Final

_PASSING: Final = frozenset({408, 425, 429})
_FORBIDDEN: Final = frozenset({401, 403, 407})
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO})
_NETWORK: Final = "check the address and the network"


class RefusalError(Exception):
    """Fetching again would fail again: the job or the operator has to change something."""


class TroubleError(Exception):
    """Fetching again may succeed."""


def explain(error: Exception, received_bytes: int, stall_seconds: float) -> Exception:
    """Return the refusal or the trouble that ``error``, raised while reading a source, means."""
    if isinstance(error, RefusalError | TroubleError):
        return error
    if isinstance(error, TimeoutError):
        text = f"no byte came for {stall_seconds:g} seconds, after {received_bytes} bytes; {_NETWORK}"
        return TroubleError(text)
    return (
        _missing(error)
        or _answered(error)
        or _network(error, received_bytes)
        or (explain_local(error) if isinstance(error, OSError) and error.errno is not None else None)
        or TroubleError(f"{type(error).__name__}: {error}")
    )


def _missing(error: Exception) -> Exception | None:
    if isinstance(error, FileNotFoundError):
        return RefusalError(f"not found{_named(error)}; check the source")
    if isinstance(error, ImportError):
        return RefusalError(f"needs a package that is not installed: pip install {error.name}")
    return None


def explain_local(error: OSError) -> Exception:
    """Return the refusal or the trouble that an error of this machine's file system means."""
    text = f"{error.strerror or error}{_named(error)}"
    if error.errno in _FULL:
        return TroubleError(f"{text}; make room, or fetch less")
    return RefusalError(text)


def _named(error: OSError) -> str:
    return f": {error.filename}" if isinstance(error.filename, str) else ""


def _answered(error: Exception) -> Exception | None:
    status = getattr(error, "status", 0)
    if not isinstance(status, int) or not status:
        return None
    text = f"the server answered {status} {getattr(error, 'message', '')}".rstrip()
    if status in _PASSING or status >= 500:  # noqa: PLR2004 - the server's own trouble
        return TroubleError(f"{text}; try again later")
    remedy = "give credentials in the source or in headers" if status in _FORBIDDEN else "check the source"
    return RefusalError(f"{text}; {remedy}")


def _network(error: Exception, received_bytes: int) -> Exception | None:
    if not isinstance(error, ConnectionError) and not type(error).__module__.startswith("aiohttp"):
        return None
    from aiohttp import ClientConnectorCertificateError, ClientPayloadError, InvalidURL, TooManyRedirects

    if isinstance(error, InvalidURL):
        return RefusalError("the source is no valid URL")
    if isinstance(error, TooManyRedirects):
        return RefusalError("the server redirects without end; check the source")
    if isinstance(error, ClientConnectorCertificateError):
        reason = error.certificate_error
        return RefusalError(
            f"the server's certificate is not trusted: {reason}; set SSL_CERT_FILE, or insecure = true"
        )
    if isinstance(error, ClientPayloadError):
        return TroubleError(f"the connection was cut after {received_bytes} bytes; {_NETWORK}")
    return TroubleError(f"{str(error) or type(error).__name__}; {_NETWORK}")
