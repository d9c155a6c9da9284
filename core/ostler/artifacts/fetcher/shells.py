"""Reach hosts by ssh only if their keys are known, which fsspec's own file system does not ask for."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

from .failures import RefusalError


def register(known_hosts: str, *, insecure: bool) -> None:
    """Put a file system for ``sftp`` and ``ssh`` in the place of fsspec's."""
    import paramiko
    from fsspec import register_implementation
    from fsspec.implementations.sftp import SFTPFileSystem

    class Known(SFTPFileSystem):  # type: ignore[misc]
        def _connect(self) -> None:
            self.client = paramiko.SSHClient()
            self.client.set_missing_host_key_policy(
                paramiko.AutoAddPolicy() if insecure else paramiko.RejectPolicy()
            )
            if known_hosts and Path(known_hosts).exists() and not insecure:
                self.client.load_host_keys(known_hosts)
            self.client.connect(self.host, **self.ssh_kwargs)
            self.ftp = self.client.open_sftp()

    for name in ("sftp", "ssh"):
        register_implementation(name, Known, clobber=True)


def options(said: dict[str, Any], home: str) -> dict[str, Any]:
    """Return the options of a connection: no key of this machine is tried, ``sshkey`` is what counts."""
    found = {"look_for_keys": False, "allow_agent": False, **said}
    if key := found.pop("sshkey", ""):
        found["key_filename"] = private_file(home, "key", key_text(key))
    return found


def private_file(home: str, name: str, text: str) -> str:
    """Write what is secret where no command line and no environment holds it."""
    path = f"{home}/{name}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode())
    return path


def key_text(text: str) -> str:
    """Return a key as ssh reads it; go-getter takes it in base64."""
    if text.lstrip().startswith("-----BEGIN"):
        return text.strip() + "\n"
    try:
        found = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
        return found.decode().strip() + "\n"
    except ValueError:
        msg = "options.sshkey is no private key, as it is or in base64"
        raise RefusalError(msg) from None
