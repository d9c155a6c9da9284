"""The two ways in which fetching fails, and the words for each."""

from __future__ import annotations

import errno
from typing import Final

_PASSING: Final = frozenset({408, 425, 429})
_NETWORK: Final = "check the address and the network"


class RefusalError(Exception):
    """Fetching again would fail again: the job or the operator has to change something."""


class TroubleError(Exception):
    """Fetching again may succeed."""


def explain(error: Exception, received_bytes: int, stall_seconds: float) -> Exception:
    """Return the refusal or the trouble that ``error``, raised while reading a source, means."""
    if isinstance(error, RefusalError | TroubleError):
        return error
    if isinstance(error, FileNotFoundError):
        return RefusalError("not found (for http: status 404); check the source")
    if isinstance(error, TimeoutError):
        return TroubleError(
            f"no byte came for {stall_seconds:g} seconds, after {received_bytes} bytes; {_NETWORK}"
        )
    status = getattr(error, "status", 0)
    if isinstance(status, int) and status:
        return _answered(status, str(getattr(error, "message", "")))
    return (
        _network(error, received_bytes) or _local(error) or TroubleError(f"{type(error).__name__}: {error}")
    )


def _answered(status: int, message: str) -> Exception:
    text = f"the server answered {status} {message}".rstrip()
    if status in _PASSING or status >= 500:  # noqa: PLR2004 - the server's own trouble
        return TroubleError(f"{text}; try again later")
    if status in {401, 403}:
        return RefusalError(f"{text}; give credentials in the source or in headers")
    return RefusalError(f"{text}; check the source")


def _network(error: Exception, received_bytes: int) -> Exception | None:
    if not type(error).__module__.startswith("aiohttp"):
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


def _local(error: Exception) -> Exception | None:
    if isinstance(error, PermissionError):
        return RefusalError(f"permission denied: {error.filename or error}")
    if isinstance(error, IsADirectoryError):
        return RefusalError("is a directory; name a file or an archive")
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return TroubleError("no space left on the device")
    return None
