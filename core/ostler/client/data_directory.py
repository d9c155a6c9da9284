"""Choose the data directory: what was asked for, else a place that fits the user."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ostler.errors import MistakeError

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE: Final = "OSTLER_DATA_DIR"
_PRIVATE: Final = 0o700


def choose(asked: str | Path | None, configured: str, environment: Mapping[str, str]) -> tuple[Path, str]:
    """Return the data directory and a note for the operator, mostly empty.

    ``asked`` wins over ``$OSTLER_DATA_DIR``, that over what the agent's configuration says.  Without any
    it is ``/var/lib/ostler`` for root and ``$XDG_STATE_HOME/ostler`` for a user; a user without a home
    gets a private directory in the temporary one, and the note says so.
    """
    given = asked or environment.get(VARIABLE) or configured
    if given:
        return Path(given).absolute(), ""
    if os.geteuid() == 0:
        return Path("/var/lib/ostler"), ""
    home = _home(environment)
    if home is not None:
        return home / "ostler", ""
    directory = _private_temporary()
    return directory, f"no home directory: data is kept in {directory}; choose a place with --data-dir"


def make(directory: Path) -> None:
    """Make the data directory, as closed to others as the tasks' users allow; MistakeError if that fails."""
    try:
        directory.mkdir(mode=0o711, parents=True, exist_ok=True)
        trial = directory / f".probe-{os.urandom(8).hex()}"
        trial.touch(mode=_PRIVATE, exist_ok=False)
        trial.unlink()
    except OSError as error:
        text = f"can't use {directory} as data directory: {error.strerror}; choose another with --data-dir"
        raise MistakeError.single(text) from error


def _home(environment: Mapping[str, str]) -> Path | None:
    state = environment.get("XDG_STATE_HOME", "")
    if state and os.access(Path(state).parent, os.W_OK):
        return Path(state)
    home = environment.get("HOME", "")
    return Path(home) / ".local" / "state" if home and os.access(home, os.W_OK | os.X_OK) else None


def _private_temporary() -> Path:
    import tempfile

    directory = Path(tempfile.gettempdir()) / f"ostler-{os.geteuid()}"
    directory.mkdir(mode=_PRIVATE, exist_ok=True)
    found = directory.lstat()
    if found.st_uid != os.geteuid() or found.st_mode & 0o77 or directory.is_symlink():
        text = f"{directory} belongs to somebody else or is open to others; choose a place with --data-dir"
        raise MistakeError.single(text)
    return directory
