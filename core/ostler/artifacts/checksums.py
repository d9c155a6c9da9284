"""Find an artifact's checksum in a file of checksums, as `sha256sum` and BSD's `sha256` write them."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from attrs import evolve

from ostler.artifacts.fetcher.failures import RefusalError
from ostler.artifacts.fetcher.redaction import hidden, redact
from ostler.artifacts.planning import DIGITS, plan
from ostler.artifacts.process import Run
from ostler.artifacts.sharing import fetch_unshared
from ostler.artifacts.sources import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.artifacts.planning import Plan

_MOST_BYTES: Final = 1024 * 1024
_GNU: Final = re.compile(r"\\?([0-9A-Fa-f]+) [ *](.+)")
_BSD: Final = re.compile(r"(MD5|SHA1|SHA256|SHA512) \((.+)\) = ([0-9A-Fa-f]+)", re.IGNORECASE)
_ALONE: Final = re.compile(r"[0-9A-Fa-f]+")
_KINDS: Final = {digits: algorithm for algorithm, digits in DIGITS.items()}


def looked_up(run: Run, planned: Plan, scratch: Path) -> Plan:
    """Return the plan with the checksum that the file says, which ``planned`` names by its address.

    The job's headers and options go with it only where it lies on the artifact's own host.
    """
    where = planned.checksum_file
    request = run.request
    own = _host(where) == _host(planned.source.links[-1].url)
    with tempfile.TemporaryDirectory(prefix="checksums-", dir=scratch) as directory:
        asked = evolve(
            request,
            source=where,
            destination=f"{directory}/checksums",
            root=directory,
            mode="file",
            options={**(_kept(request.options) if own else {}), "archive": "false"},
            checksum="",
            label=hidden(redact(where), run.secrets),
            headers=request.headers if own else {},
            executable=False,
            owner=None,
        )
        policy = evolve(run.policy, max_size_bytes=_MOST_BYTES)
        lookup = Run(asked, policy, None, run.cancelled, run.secrets)
        fetch_unshared(lookup, plan(asked, policy), Path(directory))
        text = Path(directory, "checksums").read_text(errors="replace")
    return planned._replace(checksum=found_in(text, planned.source.basename, where))


def found_in(text: str, name: str, where: str) -> tuple[str, str]:
    """Return (type, hex) of the line about ``name``.  Raises RefusalError where there is none, or several.

    A file that holds one checksum and no name is about whatever asks for it.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    named = [(path, found) for path, found in map(_read, lines) if found]
    fitting = {found for path, found in named if path.rpartition("/")[2] == name}
    if not fitting and len(named) == 1 and not named[0][0]:
        fitting = {named[0][1]}
    if len(fitting) != 1:
        what = "several checksums" if fitting else "no checksum"
        known = ", ".join(sorted({repr(path) for path, _ in named if path})[:5]) or "no file at all"
        msg = f"{redact(where)} holds {what} of {name!r} (it names {known}); write type:hex instead"
        raise RefusalError(msg)
    return fitting.pop()


def _read(line: str) -> tuple[str, tuple[str, str] | None]:
    if bsd := _BSD.fullmatch(line):
        return bsd[2], _known(bsd[3], bsd[1].lower())
    if gnu := _GNU.fullmatch(line):
        return gnu[2], _known(gnu[1])
    return "", _known(line) if _ALONE.fullmatch(line) else None


def _known(digits: str, algorithm: str = "") -> tuple[str, str] | None:
    kind = _KINDS.get(len(digits), "")
    return (kind, digits.lower()) if kind and algorithm in {"", kind} else None


def _kept(options: Mapping[str, str]) -> dict[str, str]:
    """Return the options of the source, without those that say what becomes of the artifact."""
    return {name: value for name, value in options.items() if name not in OPTIONS}


def _host(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.rpartition("@")[2]
