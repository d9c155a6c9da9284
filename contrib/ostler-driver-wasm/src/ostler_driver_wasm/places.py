"""From the paths that a job writes to those of the host, and the mistakes in them."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ostler.drivers import RefusedError
from ostler_driver_wasm.process.below import open_below

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.drivers import Directories

OWN: Final = ("local", "alloc", "secrets")
TAKEN: Final = (*OWN, "tmp")
# The program that does what the conformance kit asks of a task; it comes with the driver.
ACTS: Final = str(Path(__file__).with_name("acts.wat"))


@frozen
class Place:
    """A file: the directory that it lies in, and the parts of its path below it."""

    directory: str
    parts: tuple[str, ...]

    def open(self) -> int:
        """Open it for reading; OSError where it is not there or a link is on the way."""
        return open_below(self.directory, self.parts)


def find(path: str, key: str, directories: Directories, allowed: Sequence[str] | None = None) -> Place:
    """Find a file that is named as the task sees it, or by a host path where the operator may allow some."""
    name, *parts = [part for part in path.split("/") if part not in {"", "."}] or [""]
    if ".." in parts or "\0" in path:
        msg = f"{key}: found {path!r}; leave out .. and NUL characters"
        raise RefusedError(msg)
    if name in OWN and parts:
        own = {"local": directories.local, "alloc": directories.shared, "secrets": directories.secrets}
        return Place(own[name], tuple(parts))
    if path.startswith("/") and allowed is not None:
        real = Path(path if path == ACTS else allowed_path(path, key, allowed))
        return Place(str(real.parent), (real.name,))
    example = f"local/{[name, *parts][-1] or 'app.wasm'}"
    msg = f"{key}: found {path!r}; write where the task sees it, such as {example}"
    raise RefusedError(msg)


def allowed_path(path: str, key: str, allowed: Sequence[str]) -> str:
    """Give a host path without links; RefusedError unless it lies below one that the operator allows."""
    real = os.path.realpath(path)
    roots = [os.path.realpath(each) for each in allowed]
    if path.startswith("/") and any(posixpath.commonpath((root, real)) == root for root in roots):
        return real
    which = f"only what lies below {', '.join(allowed)}" if allowed else "no host path at all"
    msg = f"{key}: found {path!r}, but the plugin's allowed_paths allow {which}; let the operator add it"
    raise RefusedError(msg)
