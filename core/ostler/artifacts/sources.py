"""Read what a job writes as an artifact's source, and say what it means."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from ostler.artifacts.fetcher.redaction import redact
from ostler.errors import RefusedError

FORMATS: Final = ("tar.gz", "tar.bz2", "tar.xz", "tar.zst", "tar", "zip", "gz", "bz2", "xz", "zst")
_SHORT: Final = {"tgz": "tar.gz", "tbz2": "tar.bz2", "txz": "tar.xz", "tzst": "tar.zst"}
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=://)")
_GETTERS: Final = frozenset({"git", "hg", "s3", "gcs", "http", "https", "file"})
_DETECTED: Final = ("github.com/", "gitlab.com/", "bitbucket.org/", "git@")


class Link(NamedTuple):
    """One link of a chain; of a source that is no chain, the only one."""

    scheme: str
    url: str


class Source(NamedTuple):
    """A source, taken apart; ``checksum`` and ``archive`` are what its query said."""

    links: tuple[Link, ...]
    checksum: str
    archive: str

    @property
    def basename(self) -> str:
        """The last name in the path of what the first link names."""
        first = self.links[0]
        hosted = first.scheme in {"file", "http", "https"}
        path = urlsplit(first.url).path if hosted else first.url.partition("://")[2]
        return unquote(path).rstrip("/").rpartition("/")[2]


def resolve(source: str, base_directory: str | Path) -> str:
    """Return ``source`` as a URL; a path without a scheme is taken from ``base_directory``."""
    if _SCHEME.match(source) or "::" in source or source.startswith(_DETECTED):
        return source
    path, mark, query = source.partition("?")
    return f"file://{quote(str(Path(base_directory).absolute() / path))}{mark}{query}"


def shown(source: str) -> str:
    """Return ``source`` as a person may see it: without user, password and query values."""
    return redact(source)


def parse(source: str) -> Source:
    """Take a source apart.  Raises RefusedError for spellings that are not understood here."""
    if source.startswith(_DETECTED):
        msg = "a repository's short name is not supported yet; give the https:// address of an archive"
        raise RefusedError(msg)
    links = [_link(text) for text in source.split("::")]
    address, asked = _without_query(links[-1].url)
    links[-1] = Link(links[-1].scheme, address)
    _refuse_subdirectory(links[-1])
    return Source(tuple(links), asked.get("checksum", ""), asked.get("archive", ""))


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
    if text in _GETTERS:
        msg = f"'{text}::' is not supported yet; give an address that http or https can fetch"
        raise RefusedError(msg)
    if re.fullmatch(r"[a-z][a-z0-9+.-]*", text):
        return Link(text, text)
    msg = "has no scheme; write https://..., or a path relative to the job file"
    raise RefusedError(msg)


def _without_query(url: str) -> tuple[str, dict[str, str]]:
    """Take ``checksum`` and ``archive`` out of the query; the rest stays as it is written, signed or not."""
    address, mark, query = url.partition("?")
    asked, kept = {}, []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name in {"checksum", "archive"}:
            asked[name] = unquote(value)
        else:
            kept.append(part)
    return address + (mark if any(kept) else "") + "&".join(kept), asked


def _refuse_subdirectory(link: Link) -> None:
    if link.scheme == "file" and not link.url.startswith("file:///"):
        msg = "names a host; write file:///path for a file of this machine"
        raise RefusedError(msg)
    if "//" in urlsplit(link.url).path:
        msg = "picking a part with '//' is not supported yet; fetch the whole archive and use the part's path"
        raise RefusedError(msg)
