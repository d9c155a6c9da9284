"""Fetch a git repository by the git program, and give the tree of one commit as a tar archive.

No hook, no submodule, no configuration of the repository takes part, and git is never asked for anything
but what the operator's rules for hosts allow.  What is secret stands in files of the private home.
"""

from __future__ import annotations

import os
import re
import resource
import shlex
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from .credentials import from_netrc, user_of
from .download import Whole
from .failures import RefusalError, TroubleError
from .packages import missing
from .programs import FailedError, run
from .shells import key_text, private_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .channel import Progress
    from .guard import Guard

_MOST_ENTRIES: Final = 1_000_000  # ten times what the largest usual ones hold
_BLOCK: Final = 65536
_SSH_SETTINGS: Final = "/etc/ssh/ssh_config"
_PORTS: Final = {"http": 80, "https": 443, "ssh": 22, "git": 9418}
_COMMIT: Final = re.compile("[0-9a-f]{4,64}")
_ABSENT: Final = ("couldn't find remote ref", "not our ref", "no such ref", "unadvertised object")
_REFUSED: Final = (
    "Authentication failed",
    "could not read Username",
    "could not read Password",
    "Permission denied",
    "Host key verification failed",
    "not found",
    "does not appear to be a git repository",
    "does not exist",
    "transport",
    "returned error: 3",
    "returned error: 4",
    "certificate",
)
_REMEDIES: Final = {
    "could not read Username": "give credentials in the netrc file, or as user and password in the source",
    "Host key verification failed": "add the host to ~/.ssh/known_hosts, or insecure = true",
    "returned error: 3": "write the address that it redirects to",
    "Permission denied": "give options.sshkey",
}


class Repository:
    """One repository, fetched into the scratch directory."""

    def __init__(self, request: Mapping[str, Any], guard: Guard, progress: Progress) -> None:
        self._request = request
        self._guard = guard
        self._progress = progress
        self._url: str = request["links"][-1]["url"]
        self._parts = urlsplit(self._url)
        self._home = Path(request["scratch"])
        self._asked: Mapping[str, str] = request["git"]
        self._settings: list[tuple[str, str]] = []
        self._environment: dict[str, str] = {}
        self.size_bytes = 0

    @contextmanager
    def whole(self) -> Iterator[Whole]:
        """Give the tree of the commit that is asked for, as a tar file.  Raises as a download does."""
        if lacking := missing("git"):
            raise RefusalError(lacking)
        address = self._prepare()
        directory = self._home / "repository"
        self._git("init", "--quiet", "--bare", str(directory))
        # Every file of the commit as it is, whatever its own attributes say.
        attributes = "* -export-ignore -export-subst -text -ident -filter\n"
        (directory / "info").mkdir(exist_ok=True)
        (directory / "info" / "attributes").write_text(attributes)
        commit = self._fetch(directory, address)
        self.size_bytes = _size(directory)
        self._progress.tell(self.size_bytes, None, finished=True)
        self._count(directory, commit)
        tree = self._home / "tree.tar"
        self._git("archive", "--format=tar", f"--output={tree}", commit, at=directory)
        descriptor = os.open(tree, os.O_RDONLY)
        try:
            yield Whole(descriptor, str(tree))
        finally:
            os.close(descriptor)

    def _fetch(self, directory: Path, address: str) -> str:
        """Fetch as little as the server gives, and return the commit."""
        ref = self._asked["ref"] or "HEAD"
        depth = self._asked["depth"] or "1"
        shallow = () if depth == "0" else (f"--depth={depth}",)
        try:
            self._git("fetch", "--progress", "--no-tags", *shallow, "--", address, ref, at=directory)
        except FailedError as error:
            if shallow and "shallow capabilities" in error.words:
                return self._fetch_all(directory, address, ref)  # a server of files alone
            if not (_COMMIT.fullmatch(ref) and any(word in error.words for word in _ABSENT)):
                raise self._explained(error, ref) from error
            return self._fetch_all(directory, address, ref)
        return "FETCH_HEAD"

    def _fetch_all(self, directory: Path, address: str, commit: str) -> str:
        """Fetch everything for a commit that the server gives by no other name."""
        refs = ("+HEAD:refs/ostler/HEAD", "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        commit = "refs/ostler/HEAD" if commit == "HEAD" else commit
        try:
            self._git("fetch", "--progress", "--", address, *refs, at=directory)
            self._git("cat-file", "-e", f"{commit}^{{commit}}", at=directory)
        except FailedError as error:
            raise self._explained(error, commit) from error
        return commit

    def _count(self, directory: Path, commit: str) -> None:
        """Refuse a tree that a few objects blow up without end, before git holds all of it in memory."""
        command = ["git", "--git-dir", str(directory), "ls-tree", "-r", "-t", "-z", "--name-only", commit]
        environment = {**os.environ, **self._environment}
        left = _MOST_ENTRIES
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
            assert process.stdout  # noqa: S101 - it is a pipe
            while left >= 0 and (block := process.stdout.read(_BLOCK)):
                left -= block.count(b"\0")
            process.kill()
        if left < 0:
            msg = f"holds more than {_MOST_ENTRIES} files and directories; name a smaller repository"
            raise RefusalError(msg)

    def _explained(self, error: FailedError, ref: str) -> Exception:
        words = error.last_words.rstrip(".")
        if any(word in error.words for word in _ABSENT) or "Not a valid object" in error.words:
            return RefusalError(f"the repository has no ref {ref!r}; name a branch, a tag or a commit")
        remedy = next((text for word, text in _REMEDIES.items() if word in error.words), "check the source")
        if any(word in error.words for word in _REFUSED):
            return RefusalError(f"git could not fetch it: {words}; {remedy}")
        return TroubleError(f"git could not fetch it: {words}; check the address and the network")

    def _git(self, *words: str, at: Path | None = None) -> None:
        settings = {"GIT_CONFIG_COUNT": str(len(self._settings))}
        for number, (name, value) in enumerate(self._settings):
            settings |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
        where = ("--git-dir", str(at)) if at else ()
        environment = {**os.environ, **self._environment, **settings}
        with _largest_file(self._request["max_size_bytes"]):
            run(["git", *where, *words], environment, self._request["stall_seconds"], self._moved)

    def _moved(self) -> None:
        self._progress.tell(_size(self._home / "repository"), None)

    def _prepare(self) -> str:
        """Write the settings down and return the address that git is given."""
        scheme = self._parts.scheme
        self._environment = {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "SSH_ASKPASS": "", "LC_ALL": "C"}
        self._settings = [
            ("protocol.allow", "never"),
            (f"protocol.{scheme}.allow", "always"),
            ("core.hooksPath", "/dev/null"),
            ("core.fsmonitor", "false"),
            ("credential.helper", ""),
            ("fetch.recurseSubmodules", "false"),
            ("gc.auto", "0"),
            ("http.followRedirects", "false"),
            ("http.lowSpeedLimit", "1"),
            ("http.lowSpeedTime", str(max(1, round(self._request["stall_seconds"])))),
            ("safe.directory", "*"),
            ("transfer.fsckObjects", "true"),
        ]
        if scheme == "file":
            return self._local()
        address = self._pinned()
        if scheme in {"http", "https"}:
            return self._web(address)
        if scheme == "ssh":
            return self._secure_shell(address)
        # git's own protocol: connect to the address that was checked
        netloc = f"[{address}]" if ":" in address else address
        port = f":{self._parts.port}" if self._parts.port else ""
        return f"git://{netloc}{port}{self._parts.path}"

    def _local(self) -> str:
        from .opening import allowed_path

        return f"file://{allowed_path(self._parts.path, self._request['file_paths'])}"

    def _pinned(self) -> str:
        """Look the host up once; the address that is allowed is the one that git connects to."""
        host = self._parts.hostname
        if not host or host.startswith("-"):
            msg = "the source is no valid URL"
            raise RefusalError(msg)
        self._guard.check_host(host)
        try:
            port = self._parts.port or _PORTS[self._parts.scheme]
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            msg = f"the host's name is not known: {error.strerror}; check the address and the network"
            raise TroubleError(msg) from None
        for each in found:
            self._guard.check_address(str(each[4][0]))
        return str(found[0][4][0])

    def _web(self, address: str) -> str:
        parts = self._parts
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        netloc = parts.netloc.rpartition("@")[2]
        self._settings.append(("http.curloptResolve", f"{host}:{port}:{address}"))
        if self._request["insecure"]:
            self._settings.append(("http.sslVerify", "false"))
        pair = user_of(self._url) or from_netrc(self._request["netrc"], host)
        if pair:
            user, password = (quote(word, safe="") for word in pair)
            store = private_file(
                str(self._home), "credentials", f"{parts.scheme}://{user}:{password}@{netloc}\n"
            )
            self._settings.append(("credential.helper", f"store --file={shlex.quote(store)}"))
        if self._request["headers"]:
            lines = [f"[http {_quoted(f'{parts.scheme}://{netloc}/')}]"]
            lines += [f"\textraHeader = {_quoted(f'{name}: {value}')}" for name, value in self._headers()]
            self._settings.append(
                ("include.path", private_file(str(self._home), "headers", "\n".join(lines) + "\n"))
            )
        return f"{parts.scheme}://{netloc}{parts.path}" + (f"?{parts.query}" if parts.query else "")

    def _headers(self) -> list[tuple[str, str]]:
        return list(self._request["headers"].items())

    def _secure_shell(self, address: str) -> str:
        parts = self._parts
        host = parts.hostname or ""
        alias = host if parts.port in {None, 22} else f"[{host}]:{parts.port}"
        known = self._request["known_hosts"] or "/dev/null"
        options = {
            "BatchMode": "yes",
            "ConnectTimeout": "10",
            "ServerAliveInterval": str(max(1, round(self._request["stall_seconds"] / 3))),
            "HostName": address,
            "HostKeyAlias": alias,
            "StrictHostKeyChecking": "no" if self._request["insecure"] else "yes",
            "UserKnownHostsFile": "/dev/null" if self._request["insecure"] else known,
            "IdentityAgent": "none",
            "PermitLocalCommand": "no",
        }
        key = self._asked["sshkey"]
        if not key:  # else ssh takes those of whoever runs this, whom it looks up in passwd
            options["IdentityFile"] = "none"
        settings = _SSH_SETTINGS if Path(_SSH_SETTINGS).exists() else "none"
        words = [
            "ssh",
            "-F",
            settings,
            *(word for name, value in options.items() for word in ("-o", f"{name}={value}")),
        ]
        if key:
            words += ["-i", private_file(str(self._home), "key", key_text(key)), "-o", "IdentitiesOnly=yes"]
        self._environment |= {"GIT_SSH_COMMAND": shlex.join(words), "GIT_SSH_VARIANT": "ssh"}
        netloc = f"{parts.username}@" if parts.username else ""
        port = f":{parts.port}" if parts.port else ""
        return f"ssh://{netloc}{f'[{host}]' if ':' in host else host}{port}{parts.path}"


@contextmanager
def _largest_file(limit: int) -> Iterator[None]:
    """Let the programs that are started meanwhile write no file beyond what the operator allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    if limit and (hard == resource.RLIM_INFINITY or limit < hard):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _size(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.glob("objects/pack/*"))


def _quoted(text: str) -> str:
    """Quote a value of git's configuration."""
    if "\n" in text or "\0" in text:
        msg = "a header holds a line break"
        raise RefusalError(msg)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
