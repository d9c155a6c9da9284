"""The short spellings that go-getter knows: of repositories on well-known hosts, and of object stores.

The spellings are those of its documentation (v1.8).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from ostler.errors import RefusedError

_HOSTED: Final = re.compile(r"(github\.com|gitlab\.com|bitbucket\.org)/")
_SCP: Final = re.compile(r"([A-Za-z0-9_.-]+@[A-Za-z0-9.-]+):(?!//)(.+)", re.DOTALL)
_AMAZON: Final = re.compile(r"(?:[a-z0-9.-]+\.)?s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com/")
_GOOGLE: Final = re.compile(r"www\.googleapis\.com/storage/v1/")
_HOST_OF_A_BUCKET: Final = re.compile(
    r"(?P<bucket>[a-z0-9.-]+)\.s3(?:[.-](?P<region>[a-z0-9-]+))?\.amazonaws\.com"
)
_HOST_OF_ALL: Final = re.compile(r"s3(?:[.-](?P<region>[a-z0-9-]+))?\.amazonaws\.com")


def is_detected(source: str) -> bool:
    """Tell whether a source without a scheme is one of the short spellings."""
    return bool(_HOSTED.match(source) or _SCP.match(source) or _AMAZON.match(source) or _GOOGLE.match(source))


def detected(source: str) -> str:
    """Write a short spelling out; any other source stays as it is.  Raises RefusedError for half a one."""
    if _HOSTED.match(source):
        return _hosted(source)
    if scp := _SCP.match(source):
        return f"git::ssh://{scp[1]}/{scp[2]}"
    if _AMAZON.match(source):
        return f"s3::https://{source}"
    if _GOOGLE.match(source):
        return f"gcs::https://{source}"
    return source


def _hosted(source: str) -> str:
    """Write ``github.com/owner/name/part`` out: what follows the name is a part of the repository."""
    address, mark, query = source.partition("?")
    path, _, after = address.partition("//")
    steps = path.rstrip("/").split("/")
    if len(steps) < 3 or not all(steps):  # noqa: PLR2004 - host, owner, name
        msg = f"names no repository; write {steps[0]}/OWNER/NAME, or the https:// address of an archive"
        raise RefusedError(msg)
    repository = "/".join(steps[:3]).removesuffix(".git")
    part = "/".join(filter(None, [*steps[3:], after]))
    return f"git::https://{repository}.git{'//' + part if part else ''}{mark}{query}"


def object_store(getter: str, url: str) -> tuple[str, dict[str, str]]:
    """Turn the https address of an object into ``s3://`` or ``gs://``, and the options that it implies."""
    if url.startswith(("s3://", "gs://")):
        return url, {}
    parts = urlsplit(url)
    path = parts.path.lstrip("/")
    if getter == "gcs":
        return f"gs://{_object(path.removeprefix('storage/v1/'), url)}", {}
    host = parts.hostname or ""
    query = f"?{parts.query}" if parts.query else ""
    if found := _HOST_OF_ALL.fullmatch(host):
        return f"s3://{_object(path, url)}{query}", _region(found["region"])
    if found := _HOST_OF_A_BUCKET.fullmatch(host):
        return f"s3://{_object(found['bucket'] + '/' + path, url)}{query}", _region(found["region"])
    endpoint = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return f"s3://{_object(path, url)}{query}", {"endpoint_url": endpoint}


def _object(path: str, url: str) -> str:
    bucket, _, key = path.partition("/")
    if not bucket or not key:
        msg = f"names no object: {urlsplit(url).path!r}; write https://HOST/BUCKET/KEY after the '::'"
        raise RefusedError(msg)
    return path


def _region(name: str | None) -> dict[str, str]:
    return {"region": name} if name else {}
