"""Every kind of source, from a real server of its kind."""

from __future__ import annotations

import base64
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from ostler.artifacts import Secret
from ostler.errors import OstlerError, RefusedError
from tests.artifacts import servers

if TYPE_CHECKING:
    from pathlib import Path

    from tests.artifacts.site import Desk, Site

SCHEMES = frozenset({"file", "ftp", "git", "http", "s3", "sftp", "zip"})

NO_SHELL = "sshd lets no user in who has no shell"


@pytest.fixture(autouse=True)
def schemes(desk: Desk) -> None:
    """Allow all that is tested here."""
    desk.allow(schemes=SCHEMES)


@pytest.mark.need("s3fs", "moto", "flask_cors")
def test_an_object_of_an_s3_store(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret-key")
    desk.allow(secrets={"key": Secret(file=str(tmp_path / "key"), hosts=("127.0.0.1",))})
    options = {"aws_access_key_id": "me", "aws_access_key_secret": "${secret.key}", "region": "us-east-1"}
    with servers.object_store(file=b"content") as url:
        desk.fetch(f"s3::{url}/bucket/file", options=options)
        desk.fetch("s3://bucket/file", "web/local/b/", options={**options, "endpoint_url": url})
        with pytest.raises(RefusedError, match="not found"):
            desk.fetch(f"s3::{url}/bucket/absent", options=options)
    assert desk.files() == {"file": "content", "b/file": "content"}
    assert desk.is_clean()


@pytest.mark.need("pyftpdlib")
@pytest.mark.filterwarnings("ignore:The async(ore|hat) module is deprecated:DeprecationWarning")
def test_a_file_by_ftp(site: Site, desk: Desk) -> None:
    with servers.ftp(site.directory) as host:
        desk.fetch(f"ftp://me:pass@{host}/hello.txt")
        with pytest.raises(RefusedError) as caught:
            desk.fetch(f"ftp://me:wrong-password@{host}/hello.txt")
    assert desk.files() == {"hello.txt": "hello\n"}
    assert "wrong-password" not in str(caught.value)


@pytest.mark.skipif(not servers.may_log_in(), reason=NO_SHELL)
@pytest.mark.need("/usr/sbin/sshd", "paramiko", "ssh-keygen")
def test_a_file_by_sftp(site: Site, desk: Desk, tmp_path: Path) -> None:
    with servers.ssh(tmp_path) as shell:
        source = f"sftp://{shell.user}@127.0.0.1:{shell.port}{site.directory}/hello.txt"
        with pytest.raises(RefusedError, match="not found in known_hosts; add the host"):
            desk.fetch(source, options={"sshkey": shell.key})
        desk.allow(known_hosts=str(shell.known))
        desk.fetch(source, options={"sshkey": shell.key})
        with pytest.raises(RefusedError, match="give a user in the source, and password or sshkey"):
            desk.fetch(source, options={"password": "x"})
    assert desk.files() == {"hello.txt": "hello\n"}


@pytest.mark.skipif(not servers.may_log_in(), reason=NO_SHELL)
@pytest.mark.need("git", "/usr/sbin/sshd", "ssh-keygen")
def test_a_repository_by_ssh(desk: Desk, tmp_path: Path) -> None:
    servers.repository(tmp_path / "srv")
    with servers.ssh(tmp_path) as shell:
        source = f"git::ssh://{shell.user}@127.0.0.1:{shell.port}{tmp_path}/srv/r.git"
        options = {"sshkey": base64.b64encode(shell.key.encode()).decode()}
        with pytest.raises(RefusedError, match=r"Host key verification failed.*; add the host"):
            desk.fetch(source, options=options)
        desk.allow(known_hosts=str(shell.known))
        desk.fetch(source, options=options)
    assert desk.files()["dir/file"] == "two\n"


@pytest.mark.need("git")
def test_a_repository_whose_tree_holds_itself_over_and_over_is_refused(site: Site, desk: Desk) -> None:
    """A few objects stand for 10^12 files, which git would list in memory."""

    def git(*words: str, given: str = "") -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words],
            input=given,
            cwd=site.directory / "r.git",
            text=True,
            check=True,
            stdout=subprocess.PIPE,
        )
        return done.stdout.strip()

    (site.directory / "r.git").mkdir()
    git("init", "--quiet", "--bare", "--initial-branch=main")
    tree = git("mktree")
    for _ in range(12):
        tree = git("mktree", given="".join(f"040000 tree {tree}\td{each}\n" for each in range(10)))
    git("update-ref", "refs/heads/main", git("commit-tree", tree, "-m", "x"))
    with pytest.raises(RefusedError, match="holds more than 1000000 files and directories"):
        desk.fetch(f"git::file://{site.directory}/r.git")
    assert desk.is_clean()


@pytest.mark.need("git")
def test_git_uses_no_key_and_no_configuration_of_whoever_runs_this(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ssh program finds both by the user's entry in passwd, whatever HOME says."""
    program = tmp_path / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "fatal: $*" >&2\nexit 1\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    with pytest.raises(OstlerError, match=r"-F \S+ .*IdentityFile=none"):
        desk.fetch("git::ssh://me@127.0.0.1:1/r.git")


@pytest.mark.need("git")
@pytest.mark.parametrize(
    ("asked", "text"),
    [("", "two\n"), ("?ref=main", "two\n"), ("?ref=v1", "one\n"), ("?ref=v1&depth=5", "one\n")],
)
def test_a_repository_by_its_own_protocol(desk: Desk, tmp_path: Path, asked: str, text: str) -> None:
    servers.repository(tmp_path / "srv")
    with servers.git_daemon(tmp_path / "srv") as url:
        desk.fetch(f"git::{url}/r.git{asked}")
    assert desk.files()["dir/file"] == text
    assert ".git" not in {path.name for path in desk.local.iterdir()}
    assert max(each["bytes"] for each in desk.events if each["step"] == "fetching") > 0


@pytest.mark.need("git")
def test_a_commit_of_a_repository_is_named_whole_or_in_short(desk: Desk, tmp_path: Path) -> None:
    first = servers.repository(tmp_path / "srv")
    with servers.git_http(tmp_path / "srv") as backend:
        for ref in (first, first[:8]):
            desk.fetch(f"git::{backend.url}/r.git//dir?ref={ref}", f"web/local/{ref}/")
            assert (desk.local / ref / "file").read_text() == "one\n"
        with pytest.raises(RefusedError, match="has no ref 'nope'"):
            desk.fetch(f"git::{backend.url}/r.git?ref=nope")
        with pytest.raises(RefusedError, match=r"git could not fetch it: .*not found"):
            desk.fetch(f"git::{backend.url}/absent.git")
    assert desk.is_clean()


@pytest.mark.need("git")
@pytest.mark.parametrize("by", ["source", "netrc", "headers"])
def test_a_repository_behind_a_password(desk: Desk, tmp_path: Path, by: str) -> None:
    servers.repository(tmp_path / "srv")
    token = base64.b64encode(b"me:p:ss/w%rd").decode()
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password p:ss/w%rd\n")
    (tmp_path / "netrc").chmod(0o600)
    with servers.git_http(tmp_path / "srv", f"Basic {token}") as backend:
        source = f"git::{backend.url}/r.git"
        with pytest.raises(RefusedError, match="give credentials in the netrc file"):
            desk.fetch(source)
        if by == "source":
            desk.fetch(source.replace("http://", "http://me:p%3Ass%2Fw%25rd@"))
        elif by == "netrc":
            desk.allow(netrc=str(tmp_path / "netrc"))
            desk.fetch(source)
        else:
            desk.fetch(source, headers={"Authorization": f"Basic {token}"})
    assert desk.files()["dir/file"] == "two\n"


@pytest.mark.need("git")
def test_a_repository_that_lies_as_files_on_a_web_server(site: Site, desk: Desk) -> None:
    servers.repository(site.directory / "srv")
    subprocess.run(["git", "update-server-info"], cwd=site.directory / "srv" / "r.git", check=True)
    desk.fetch(f"git::{site.url}/srv/r.git?ref=v1")
    assert desk.files()["dir/file"] == "one\n"


@pytest.mark.need("git")
def test_a_repository_of_this_machine_lies_below_an_allowed_path(
    site: Site, desk: Desk, tmp_path: Path
) -> None:
    servers.repository(site.directory / "srv")
    desk.fetch(f"git::file://{site.directory}/srv/r.git//d*", mode="any")
    assert desk.files() == {"file": "two\n"}
    with pytest.raises(RefusedError, match="is not below what the operator allows"):
        desk.fetch(f"git::file://{tmp_path}")
