"""Sort the options of an artifact by who they are for: Ostler, the git program, or a file system."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from ostler.artifacts.sources import GIT_OPTIONS, OPTIONS
from ostler.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.artifacts.sources import Source
    from ostler.artifacts.values import Request

_PLAIN: Final = frozenset({"http", "https", "file"})
_AWS: Final = {
    "aws_access_key_id": "key",
    "aws_access_key_secret": "secret",
    "aws_access_token": "token",
    "aws_profile": "profile",
    "region": "client_kwargs.region_name",
}
# By these a file system opens another one, past the list of allowed schemes, leaves its own ways, goes by
# another host than the one that a secret is for, or takes a key of this machine.
_REFUSED: Final = frozenset(
    {
        "allow_agent",
        "asynchronous",
        "fo",
        "fs",
        "key_filename",
        "look_for_keys",
        "loop",
        "proxies",
        "proxy",
        "remote_options",
        "remote_protocol",
        "skip_instance_cache",
        "target_options",
        "target_protocol",
    }
)
_REF: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./@+-]*")


def problems(request: Request, source: Source) -> list[tuple[str, str]]:
    """Say which options mean nothing for this source, or are wrong: the key of each, and the words."""
    found: list[tuple[str, str]] = []
    scheme = source.links[-1].scheme if source.links else "https"
    known = (*OPTIONS, *(GIT_OPTIONS if scheme == "git" else ()))
    for name in request.options:
        if scheme in _PLAIN | {"git"} and name not in known:
            meant = nearest(name, known)
            guess = f"did you mean {meant!r}?" if meant else f"known are: {', '.join(known)}"
            found.append((f"options.{name}", f"options.{name} is not known here; {guess}"))
        if _REFUSED & set(name.split(".")):
            why = "by it a source could use what is not its own"
            found.append((f"options.{name}", f"options.{name} is not allowed: {why}; leave it out"))
    if source.is_git:
        wrong = _of_git(_said(request, source), request.checksum)
        found += [(request.key(name), text) for name, text in wrong]
    return found


def _of_git(said: Mapping[str, str], checksum: str) -> list[tuple[str, str]]:
    found = []
    ref, depth = said.get("ref", ""), said.get("depth", "")
    if ref and (not _REF.fullmatch(ref) or ".." in ref):
        found.append(("ref", f"ref {ref!r} is no branch, tag or commit"))
    if depth and not re.fullmatch("[0-9]+", depth):
        found.append(("depth", f"depth {depth!r} is no number of commits"))
    if checksum or "checksum" in said:
        found.append(("checksum", "a repository has no checksum; give a whole commit as ref"))
    return found


def _said(request: Request, source: Source) -> dict[str, str]:
    return {**source.implied, **source.asked, **request.options}


def for_git(request: Request, source: Source) -> dict[str, str]:
    """Return what the git program is told of."""
    said = _said(request, source)
    return {name: said.get(name, "") for name in GIT_OPTIONS} if source.is_git else {}


def for_file_system(request: Request, source: Source) -> dict[str, Any]:
    """Return the options of the file system that opens the last link; a dotted name is one inside another."""
    scheme = source.links[-1].scheme
    if scheme in _PLAIN or source.is_git:
        return {}
    said = {name: value for name, value in _said(request, source).items() if name not in OPTIONS}
    if scheme not in {"s3", "s3a"}:
        return said
    found = {_AWS.get(name, name): value for name, value in said.items() if name != "version"}
    if not {"anon", "key", "profile"} & found.keys():
        found["anon"] = "true"  # else it looks for credentials of this machine
    if "version" in said:
        found["version_aware"] = "true"
    return found


def version_of(request: Request, source: Source) -> str:
    """Return the version of an object that is asked for."""
    is_object = source.links[-1].scheme in {"s3", "s3a"}
    return _said(request, source).get("version", "") if is_object else ""
