"""Read what a job writes as an artifact's source, and say what it means."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from ostler.artifacts.fetcher.redaction import redact
from ostler.artifacts.spellings import detected, is_detected, object_store
from ostler.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMATS: Final = ("tar.gz", "tar.bz2", "tar.xz", "tar.zst", "tar", "zip", "gz", "bz2", "xz", "zst")
OPTIONS: Final = ("archive", "checksum", "filename")
GIT_OPTIONS: Final = ("depth", "ref", "sshkey")
AWS_OPTIONS: Final = (
    "aws_access_key_id",
    "aws_access_key_secret",
    "aws_access_token",
    "aws_profile",
    "region",
    "version",
)
# The schemes whose address names a host that is connected to.
BY_HOST: Final = frozenset({"ftp", "git", "http", "https", "sftp", "ssh"})
_SHORT: Final = {"tgz": "tar.gz", "tbz2": "tar.bz2", "txz": "tar.xz", "tzst": "tar.zst"}
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=://)")
_FORCED: Final = re.compile(r"(git|hg|s3|gcs|http|https|file)::(.*)", re.DOTALL)
_BETWEEN_LINKS: Final = re.compile(r"::(?![^\[\]]*\])")  # and not within an address of IPv6
_STORES: Final = frozenset({"s3", "gcs"})
# In the path of any other scheme, two slashes are the file system's own affair.
_SUBDIRECTORIES: Final = frozenset({"file", "gcs", "git", "gs", "http", "https", "s3"})


class Link(NamedTuple):
    """One link of a chain; of a source that is no chain, the only one."""

    scheme: str
    url: str


class Source(NamedTuple):
    """A source, taken apart.

    ``asked`` is what its query said to the one who fetches, and ``subdirectory`` the part of it, after
    ``//``, that is wanted.  ``implied`` are options that its spelling stands for.
    """

    links: tuple[Link, ...]
    asked: Mapping[str, str]
    subdirectory: str = ""
    implied: Mapping[str, str] = {}

    @property
    def schemes(self) -> tuple[str, ...]:
        """Every scheme that has to be allowed: with git, also that of the web or the file below it."""
        found = dict.fromkeys(link.scheme for link in self.links)
        if self.is_git:
            transport = urlsplit(self.links[0].url).scheme
            found |= dict.fromkeys({transport} & {"http", "https", "file"})
        return tuple(found)

    @property
    def is_git(self) -> bool:
        """Tell whether the git program fetches it."""
        return bool(self.links) and self.links[-1].scheme == "git"

    @property
    def host(self) -> str:
        """The host, or what stands in its place, of the link that is connected to."""
        return urlsplit(self.links[-1].url).hostname or "" if self.links else ""

    @property
    def basename(self) -> str:
        """The last name in the path of what the first link names."""
        first = self.links[0]
        hosted = first.scheme in {"file", "http", "https"}
        path = urlsplit(first.url).path if hosted else first.url.partition("://")[2]
        return unquote(path).rstrip("/").rpartition("/")[2]


def resolve(source: str, base_directory: str | Path) -> str:
    """Return ``source`` as a URL; a path without a scheme is taken from ``base_directory``."""
    if _SCHEME.match(source) or "::" in source or is_detected(source):
        return source
    path, mark, query = source.partition("?")
    return f"file://{quote(str(Path(base_directory).absolute() / path))}{mark}{query}"


def shown(source: str) -> str:
    """Return ``source`` as a person may see it: without user, password and query values."""
    return redact(source)


def parse(source: str) -> Source:
    """Take a source apart.  Raises RefusedError for spellings that are not understood here."""
    source = detected(source)
    forced = _FORCED.fullmatch(source)
    if forced and forced[1] == "hg":
        msg = "Mercurial is not supported; give a git repository, or the https:// address of an archive"
        raise RefusedError(msg)
    if forced and forced[1] == "git":
        return _taken_apart((Link("git", _transport(forced[2])),), (*OPTIONS, *GIT_OPTIONS))
    if forced and forced[1] in _STORES:
        found = _taken_apart((Link(forced[1], forced[2]),), (*OPTIONS, *AWS_OPTIONS))
        url, implied = object_store(forced[1], found.links[0].url)
        return found._replace(links=(Link(url.partition("://")[0], url),), implied=implied)
    if forced and _SCHEME.match(forced[2]):
        return parse(forced[2])
    links = tuple(_link(text) for text in _BETWEEN_LINKS.split(source))
    own = GIT_OPTIONS if links[-1].scheme == "git" else AWS_OPTIONS if links[-1].scheme == "s3" else ()
    return _taken_apart(links, (*OPTIONS, *own))


def archive_format(name: str) -> str:
    """Return the archive format that a file's name ends with, or nothing."""
    for suffix in (*FORMATS, *_SHORT):
        if name.lower().endswith(f".{suffix}"):
            return _SHORT.get(suffix, suffix)
    return ""


def named_format(archive: str) -> str | None:
    """Return the format that ``archive = ...`` names, or None where there is no such format."""
    name = _SHORT.get(archive, archive)
    return name if name in FORMATS else None


def _link(text: str) -> Link:
    found = _SCHEME.match(text)
    if found:
        return Link(found[0].lower(), text)
    if re.fullmatch(r"[a-z][a-z0-9+.-]*", text):
        return Link(text, text)
    msg = "has no scheme; write https://..., or a path relative to the job file"
    raise RefusedError(msg)


def _check_host(link: Link) -> None:
    """Raise RefusedError for what no host and port can be read from."""
    try:
        parts = urlsplit(link.url)
        _ = parts.port if link.scheme in BY_HOST else parts
    except ValueError as error:
        msg = f"is no valid URL: {error}"
        raise RefusedError(msg) from None


def _transport(text: str) -> str:
    """Return the address of a repository as a URL."""
    inner = detected(text).removeprefix("git::")
    scheme = _SCHEME.match(inner)
    if scheme and scheme[0].lower() in {"https", "http", "ssh", "git", "file"}:
        return inner
    msg = "names no repository; write git::https://..., git::ssh://... or git@host:path"
    raise RefusedError(msg)


def _taken_apart(links: tuple[Link, ...], names: tuple[str, ...]) -> Source:
    _check_host(links[-1])
    address, asked = _without_query(links[-1].url, names)
    if links[-1].scheme == "file" and not address.startswith("file:///"):
        msg = "names a host; write file:///path for a file of this machine"
        raise RefusedError(msg)
    part = ""
    if links[-1].scheme in _SUBDIRECTORIES:
        address, part = _without_subdirectory(address)
    return Source((*links[:-1], Link(links[-1].scheme, address)), asked, part)


def _without_query(url: str, names: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """Take what is meant for us out of the query; the rest stays as it is written, signed or not."""
    address, mark, query = url.partition("?")
    asked, kept = {}, []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name in names:
            asked[name] = unquote(value)
        else:
            kept.append(part)
    return address + (mark if any(kept) else "") + "&".join(kept), asked


def _without_subdirectory(url: str) -> tuple[str, str]:
    """Take what follows ``//`` out of the path."""
    address, mark, query = url.partition("?")
    scheme, _, rest = address.partition("://")
    start = 1 if scheme == "file" else 0
    before, double, part = rest[start:].partition("//")
    if not double:
        return url, ""
    return f"{scheme}://{rest[:start]}{before}{mark}{query}", unquote(part).strip("/")
