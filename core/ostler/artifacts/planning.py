"""Check a request against the policy, and write down for the fetcher what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from ostler.artifacts import options, secrets
from ostler.artifacts.fetcher.failures import RefusalError
from ostler.artifacts.fetcher.guard import Guard
from ostler.artifacts.fetcher.packages import missing
from ostler.artifacts.fetcher.redaction import redact
from ostler.artifacts.sources import BY_HOST, FORMATS, Source, archive_format, named_format, parse
from ostler.errors import RefusedError
from ostler.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.artifacts.values import Policy, Request
    from ostler.errors import Problem

DIGITS: Final = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
FILE: Final = "file"  # instead of a type: what follows is the address of a file of checksums
_MODES: Final = ("any", "file", "dir")
_OFF: Final = frozenset({"false", "0", "f", "-"})
_NOTHING_INSIDE: Final = (
    "'//' picks a part of an archive or a repository, and this is neither; name the format in options.archive"
)
_REMEDY: Final = "the operator adds it to allowed_schemes in client { artifact { ... } }"
# These open others, or files of this machine, past the rules for schemes and paths.
_NEVER: Final = frozenset({"async_wrapper", "asynclocal", "dask", "dir", "generic", "local", "reference"})
_CONNECTING: Final = BY_HOST | {"file", "gcs", "gs", "s3", "s3a"}


class Plan(NamedTuple):
    """What the fetcher has to make: of which format (or none), what kind of thing, and where."""

    source: Source
    archive: str
    kind: str
    steps: tuple[str, ...]
    checksum: tuple[str, str] | None
    storage_options: dict[str, Any]
    checksum_file: str = ""

    @property
    def packed(self) -> bool:
        """Tell that the source's name is one of a compressed file, which a server may call an encoding."""
        return archive_format(self.source.basename) in {"gz", "tar.gz"}


def problems(request: Request, policy: Policy) -> tuple[Problem, ...]:
    """Return all that is wrong with a request, as far as it can be told without fetching."""
    try:
        plan(request, policy)
    except _WrongError as error:
        return error.problems
    return ()


class _Wrong:
    """What is wrong with a request, in the order in which it was found; each with the key it is about."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.found: list[Problem] = []

    def add(self, key: str, *texts: str) -> None:
        self.found += [self._request.problem(key, text) for text in texts]


class _WrongError(RefusedError):
    def __init__(self, found: list[Problem]) -> None:
        self.problems = tuple(found)
        super().__init__("\n".join(map(str, found)))


def plan(request: Request, policy: Policy) -> Plan:
    """Decide what to do.  Raises RefusedError with all that is wrong, a line each."""
    wrong = _Wrong(request)
    source, texts = _source(request.source, policy)
    wrong.add("source", *texts)
    for key, text in _unallowed_hosts(request, source, policy):
        wrong.add(key, text)
    archive = _archive(request, source, wrong)
    checksum = None if source.is_git else _checksum(request, source, policy, wrong)
    for key, text in (*options.problems(request, source), *secrets.problems(request, source, policy)):
        wrong.add(key, text)
    for name, value in request.headers.items():
        if {"\n", "\r", "\0"} & {*name, *value}:
            wrong.add(f"headers.{name}", f"headers.{name} holds a line break; write it on one line")
    steps = _steps(request, wrong)
    kind = _kind(request, source, archive, wrong)
    if wrong.found:
        raise _WrongError(wrong.found)
    names_directory = request.mode != "file" or request.destination.endswith("/")
    if kind != "tree" and names_directory:
        steps = (*steps, _file_name(request, source, archive))
    source = _versioned(request, source)
    algorithm, digits = checksum or ("", "")
    known, address = (None, digits) if algorithm == FILE else (checksum, "")
    return Plan(source, archive, kind, steps, known, options.for_file_system(request, source), address)


def payload(request: Request, policy: Policy, planned: Plan) -> dict[str, Any]:
    """Return the request as the fetcher reads it, but for what only its starter knows."""
    return {
        "label": request.shown,
        "links": [link._asdict() for link in planned.source.links],
        "archive": planned.archive,
        "kind": planned.kind,
        "checksum": planned.checksum,
        "headers": dict(request.headers),
        "insecure": request.insecure,
        "packed": planned.packed,
        "git": options.for_git(request, planned.source),
        "subdirectory": planned.source.subdirectory,
        "storage_options": planned.storage_options,
        "netrc": policy.netrc,
        "known_hosts": policy.known_hosts,
        "confined": policy.confined,
        "extra_paths": policy.extra_paths,
        "schemes": sorted(policy.schemes),
        "hosts": policy.hosts,
        "allow_private": policy.allow_private,
        "file_paths": policy.file_paths,
        "max_size_bytes": policy.max_size_bytes,
        "max_files": policy.max_files,
        "max_unpacked_bytes": policy.max_unpacked_bytes,
        "max_ratio": policy.max_ratio,
        "stall_seconds": policy.stall_seconds,
    }


def _source(written: str, policy: Policy) -> tuple[Source, list[str]]:
    """Take a source apart, and say what is wrong with it."""
    try:
        source = parse(written)
    except RefusedError as error:
        return Source((), {}), [str(error)]
    texts = [_unallowed(scheme, policy) for scheme in source.schemes if scheme not in policy.schemes]
    lacking = (missing(scheme) for scheme in source.schemes if scheme in policy.schemes)
    texts += filter(None, lacking)
    texts += [
        f"the scheme {scheme!r} is never fetched by: it opens others past the rules; name the file itself"
        for scheme in source.schemes
        if scheme in _NEVER
    ]
    texts += [
        f"the scheme {link.scheme!r} reads nothing of the link after it; it can only be the last of a chain"
        for link in source.links[:-1]
        if link.scheme in _CONNECTING
    ]
    return source, texts


def _unallowed_hosts(request: Request, source: Source, policy: Policy) -> Iterator[tuple[str, str]]:
    """Say which of the hosts that a job names, in the address or as an endpoint, may not be connected to."""
    guard = Guard(policy.hosts, allow_private=policy.allow_private)
    for host in secrets.hosts(source, request) if source.links else ():
        if host and host not in secrets.WELL_KNOWN:
            try:
                guard.check_named(host)
            except RefusalError as error:
                named = [name for name, text in request.options.items() if host in text.lower()]
                yield request.key(named[0]) if named else "source", str(error)


def _versioned(request: Request, source: Source) -> Source:
    """Name the version of an object in its address, as its file system wants it."""
    version = options.version_of(request, source)
    if not version:
        return source
    last = source.links[-1]
    return source._replace(
        links=(*source.links[:-1], last._replace(url=f"{last.url}?versionId={quote(version)}"))
    )


def _unallowed(scheme: str, policy: Policy) -> str:
    allowed = ", ".join(sorted(policy.schemes)) or "none"
    meant = nearest(scheme, policy.schemes)
    guess = f"; did you mean {meant!r}?" if meant else f"; {_REMEDY}"
    return f"the scheme {scheme!r} is not allowed (allowed: {allowed}){guess}"


def _archive(request: Request, source: Source, wrong: _Wrong) -> str:
    if source.is_git:
        return "tar"
    asked = str(request.options.get("archive", source.asked.get("archive", ""))).lower()
    if asked in _OFF or not source.links:
        return ""
    if not asked or asked in {"true", "1", "t"}:
        return archive_format(source.basename)
    found = named_format(asked)
    if found is None:
        text = f"options.archive {asked!r} is no known format; one of: {', '.join(FORMATS)}, false"
        wrong.add(request.key("archive"), text)
    return found or ""


def _checksum(request: Request, source: Source, policy: Policy, wrong: _Wrong) -> tuple[str, str] | None:
    said = (request.checksum, request.options.get("checksum", ""), source.asked.get("checksum", ""))
    given = set(map(str, said)) - {""}
    if len(given) > 1:
        text = f"has checksums that differ: {', '.join(sorted(given))}; keep one"
        wrong.add(request.key("checksum"), text)
    for text in given:
        algorithm, _, digits = text.partition(":")
        if algorithm == FILE:
            return _checksum_file(digits, request, policy, wrong)
        if not re.fullmatch(f"[0-9a-fA-F]{{{DIGITS.get(algorithm, 0)}}}", digits) or algorithm not in DIGITS:
            problem = f"checksum {text!r} is not type:hex with type md5, sha1, sha256 or sha512, nor file:URL"
            wrong.add(request.key("checksum"), problem)
            return None
        return algorithm, digits.lower()
    return None


def _checksum_file(address: str, request: Request, policy: Policy, wrong: _Wrong) -> tuple[str, str] | None:
    """Check the address of a file of checksums as that of an artifact."""
    source, found = _source(address, policy)
    found += [text for _, text in _unallowed_hosts(request, source, policy)]
    for text in found:
        wrong.add(request.key("checksum"), f"checksum file:{redact(address)}: {text}")
    return None if found else (FILE, address)


def _steps(request: Request, wrong: _Wrong) -> tuple[str, ...]:
    root, given = request.root.rstrip("/") + "/", request.destination
    steps = tuple(step for step in given.removeprefix(root).split("/") if step not in {"", "."})
    if not (given + "/").startswith(root) or ".." in steps or (request.mode == "file" and not steps):
        text = f"artifact destination path escapes the allocation directory: {given!r}"
        wrong.add("destination", f"{text}; choose one below local/")
    return steps


def _kind(request: Request, source: Source, archive: str, wrong: _Wrong) -> str:
    if request.mode not in _MODES:
        wrong.add("mode", f"mode {request.mode!r} is not known; one of: {', '.join(_MODES)}")
    if not archive:
        if source.subdirectory:
            wrong.add("source", _NOTHING_INSIDE)
        if request.mode == "dir":
            text = "mode = dir needs an archive, and its name is none; name the format in options.archive"
            wrong.add("mode", text)
        return "file"
    if archive in {"gz", "bz2", "xz", "zst"}:
        if source.subdirectory:
            wrong.add("source", _NOTHING_INSIDE)
        return "compressed"
    return "single" if request.mode == "file" else "tree"


def _file_name(request: Request, source: Source, archive: str) -> str:
    name = request.options.get("filename", "") or source.asked.get("filename", "") or source.basename
    if name == source.basename and archive_format(name) and archive and request.mode != "file":
        name = name.rpartition(".")[0]
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        text = f"has no file name ({name!r})"
    elif secrets.names_one(name):
        text = "its file name would show a secret"
    else:
        return name
    raise _WrongError([request.problem(request.key("filename"), f"{text}; give options.filename")])
