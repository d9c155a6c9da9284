"""What has to be installed for a scheme, and how to tell without importing it that it is missing."""

from __future__ import annotations

import shutil
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# Each is imported by the name that it is installed by.
PACKAGES: Final[Mapping[str, str]] = {
    "abfs": "adlfs",
    "adl": "adlfs",
    "az": "adlfs",
    "dropbox": "dropboxdrivefs",
    "gcs": "gcsfs",
    "github": "requests",
    "gs": "gcsfs",
    "hf": "huggingface_hub",
    "oci": "ocifs",
    "oss": "ossfs",
    "s3": "s3fs",
    "s3a": "s3fs",
    "sftp": "paramiko",
    "smb": "smbprotocol",
    "ssh": "paramiko",
    "webdav": "webdav4",
}
_EXTRAS: Final = {
    "adlfs": "azure",
    "gcsfs": "gcs",
    "huggingface_hub": "hf",
    "paramiko": "sftp",
    "s3fs": "s3",
}
_SPECIFICATIONS: Final = "fsspec.specs"  # by these entry points another package opens a scheme


def missing(scheme: str) -> str:
    """Say what is not installed that a scheme needs, and what to do; empty where nothing is known to lack."""
    if scheme == "git":
        return "" if shutil.which("git") else "needs git, which is not installed: apt install git"
    package = PACKAGES.get(scheme)
    if package is None or find_spec(package) or entry_points(group=_SPECIFICATIONS, name=scheme):
        return ""
    return needs(scheme)


def needs(scheme: str) -> str:
    """Say what to install for a scheme; empty where that is not known."""
    package = PACKAGES.get(scheme)
    if package is None:
        return ""
    extra = f" (it is what Ostler's extra {_EXTRAS[package]!r} names)" if package in _EXTRAS else ""
    return f"the scheme {scheme!r} needs a package that is not installed: pip install {package}{extra}"
