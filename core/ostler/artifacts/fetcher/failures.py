"""The two ways in which fetching fails, and the words for each."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Final

from .space import fullest

if TYPE_CHECKING:
    from collections.abc import Iterable

_PASSING: Final = frozenset({408, 425, 429})
_FORBIDDEN: Final = frozenset({401, 403, 407})
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO})
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_NETWORK: Final = "check the address and the network"
_CONFINED: Final = (
    "the fetcher may not reach it; the operator allows it by filesystem_isolation_extra_paths "
    "in client { artifact { ... } }"
)


class RefusalError(Exception):
    """Fetching again would fail again: the job or the operator has to change something.

    ``key`` is the key of the artifact that it is about, as in `Request.places`.
    """

    def __init__(self, text: str, key: str = "source") -> None:
        super().__init__(text)
        self.key = key


class TroubleError(Exception):
    """Fetching again may succeed."""

    key = "source"


class LocalTroubleError(TroubleError):
    """This machine lacks something: what was being written is of no use, and the source is not to blame."""

    key = ""

    def __init__(self, text: str, *, is_full: bool) -> None:
        super().__init__(text)
        self._text, self._is_full = text, is_full

    def at(self, directories: Iterable[str]) -> str:
        """Say it with the file system that is full, the fullest of those that were written to."""
        where = fullest(directories) if self._is_full else ""
        return f"{self._text}{': ' if where else ''}{where}; make room, or fetch less"

    def __str__(self) -> str:
        """Say it without."""
        return self.at(())


class UnchangedError(Exception):
    """The source has still what it gave before, and it is known by its validator."""


class CutError(Exception):
    """The answer ended too early, or is not what was asked for; ``restart`` where it is of no use."""

    def __init__(self, text: str = "", *, restart: bool = False) -> None:
        super().__init__(text)
        self.restart = restart


class AnsweredError(Exception):
    """The server answered with a status that is none of success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def explain(error: Exception, received_bytes: int, stall_seconds: float) -> Exception:
    """Return the refusal or the trouble that ``error``, raised while reading a source, means."""
    for each in _causes(error):
        if isinstance(each, RefusalError | TroubleError | UnchangedError):
            return each
    if isinstance(error, TimeoutError):
        text = f"no byte came for {stall_seconds:g} seconds, after {received_bytes} bytes; {_NETWORK}"
        return TroubleError(text)
    return (
        _missing(error)
        or _answered_by_name(error)
        or _answered(error)
        or _network(error, received_bytes)
        or (explain_local(error) if isinstance(error, OSError) and error.errno is not None else None)
        or TroubleError(f"{type(error).__name__}: {error}")
    )


def _causes(error: BaseException) -> list[BaseException]:
    """List an error and what it was raised from: a file system wraps what the rules of a host refuse."""
    found: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in found:
        found.append(following)
        following = following.__cause__ or following.__context__
    return found


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
        is_full = error.errno in _NO_ROOM  # a name would be that of what was copied, which may lie elsewhere
        return LocalTroubleError(os.strerror(error.errno or 0) if is_full else text, is_full=is_full)
    if error.errno == errno.EACCES and isinstance(error.filename, str) and error.filename.startswith("/"):
        return RefusalError(f"{text}; {_CONFINED}")
    return RefusalError(text)


def explain_writing(error: OSError) -> Exception:
    """Return what an error of writing means: a file system may wait in vain for a network too."""
    if isinstance(error, TimeoutError | ConnectionError):
        return LocalTroubleError(f"{error.strerror or error} while it was written down", is_full=False)
    return explain_local(error)


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


def _answered_by_name(error: Exception) -> Exception | None:
    """Tell what errors mean whose packages are not imported for everybody."""
    if type(error).__module__ == "ftplib" and type(error).__name__ == "error_perm":
        return RefusalError(f"the server answered {error}; check the source and its user and password")
    if not type(error).__module__.startswith("paramiko."):
        return None
    if type(error).__name__ == "AuthenticationException":
        return RefusalError(f"{error}; give a user in the source, and password or sshkey in options")
    if "known_hosts" in str(error) or type(error).__name__ == "BadHostKeyException":
        return RefusalError(f"{error}; add the host to ~/.ssh/known_hosts, or insecure = true")
    return None


def _network(error: Exception, received_bytes: int) -> Exception | None:
    return _untrusted(error) or _unreached(error, received_bytes)


def _untrusted(error: Exception) -> Exception | None:
    import http.client
    import ssl

    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message or error
        return RefusalError(
            f"the server's certificate is not trusted: {reason}; set SSL_CERT_FILE, or insecure = true"
        )
    if isinstance(error, http.client.InvalidURL | UnicodeError):
        return RefusalError("the source is no valid URL")
    return None


def _unreached(error: Exception, received_bytes: int) -> Exception | None:
    import http.client
    import socket
    import ssl

    if isinstance(error, socket.gaierror):
        return TroubleError(f"the host's name is not known: {error.strerror}; {_NETWORK}")
    if isinstance(error, CutError) and str(error):
        return TroubleError(f"{error}; check the server")
    if isinstance(error, CutError | http.client.IncompleteRead | ConnectionResetError | EOFError):
        return TroubleError(f"the connection was cut after {received_bytes} bytes; {_NETWORK}")
    if isinstance(error, ConnectionError | http.client.HTTPException | ssl.SSLError):
        return TroubleError(f"{str(error) or type(error).__name__}; {_NETWORK}")
    return None
