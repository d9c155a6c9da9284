"""A secret goes to the host that it is for, and nowhere else."""

from __future__ import annotations

import sys
import threading
from base64 import b64decode
from typing import TYPE_CHECKING

import psutil
import pytest

from ostler.artifacts import Secret
from ostler.artifacts.fetcher.redaction import hidden
from ostler.errors import RecoverableError, RefusedError
from tests.artifacts.servers import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.artifacts.site import Desk, Site

VALUE = "s3cr3t/+ value"


@pytest.fixture
def token(desk: Desk, tmp_path: Path) -> Path:
    """Let jobs name a secret that stands in a file."""
    file = tmp_path / "token"
    file.write_text(VALUE + "\n")
    desk.allow(secrets={"token": Secret(file=str(file), hosts=("127.0.0.1",))})
    return file


def test_a_header_names_a_secret(site: Site, desk: Desk, token: Path) -> None:
    desk.fetch(f"{site.url}/hello.txt", headers={"X-Token": "key=${secret.token}"})
    assert site.asked[0][2]["X-Token"] == f"key={VALUE}"
    assert desk.files() == {"hello.txt": "hello\n"}


def test_a_password_in_the_source_may_be_one(site: Site, desk: Desk, token: Path) -> None:
    desk.fetch(site.url.replace("http://", "http://me:${secret.token}@") + "/hello.txt")
    assert site.password() == ("me", VALUE)


def test_a_secret_may_come_from_a_command(site: Site, desk: Desk) -> None:
    command = (sys.executable, "-c", "print('said')")
    desk.allow(secrets={"token": Secret(command=command, hosts=("*",))})
    desk.fetch(f"{site.url}/hello.txt", headers={"X-Token": "${secret.token}"})
    assert site.asked[0][2]["X-Token"] == "said"


def test_a_secret_may_come_from_a_variable(site: Site, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSTLER_TEST_SECRET", "said")
    desk.allow(secrets={"token": Secret(env="OSTLER_TEST_SECRET", hosts=("127.*",))})
    desk.fetch(f"{site.url}/hello.txt", headers={"X-Token": "${secret.token}"})
    assert site.asked[0][2]["X-Token"] == "said"


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        (Secret(file="/nonexistent/token", hosts=("*",)), "No such file or directory: /nonexistent/token"),
        (Secret(env="OSTLER_NO_SUCH", hosts=("*",)), "it is empty"),
        (
            Secret(command=(sys.executable, "-c", "print('leak'); raise SystemExit(3)"), hosts=("*",)),
            "its command ended with status 3",
        ),
    ],
)
def test_a_secret_that_can_not_be_had_is_named(site: Site, desk: Desk, secret: Secret, words: str) -> None:
    desk.allow(secrets={"token": secret})
    with pytest.raises((RefusedError, RecoverableError), match=words) as caught:
        desk.fetch(f"{site.url}/hello.txt", headers={"X-Token": "${secret.token}"})
    assert "secret 'token'" in str(caught.value)
    assert "leak" not in str(caught.value)
    assert site.asked == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("http://localhost:1/x", r"is not for localhost \(only: 127\.0\.0\.1\)"),
        ("http://127.0.0.1.evil.org/x", r"is not for 127\.0\.0\.1\.evil\.org"),
        ("http://127.0.0.1@evil.org/x", r"is not for evil\.org"),
        ("s3://127.0.0.1/x", r"is not for s3\.amazonaws\.com"),
        ("s3::http://evil.org/127.0.0.1/x", r"is not for evil\.org"),
    ],
)
def test_a_secret_is_shown_to_no_other_host(desk: Desk, token: Path, source: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        desk.fetch(source, headers={"X-Token": "${secret.token}"})


@pytest.mark.parametrize("by", ["option", "source"])
def test_a_secret_goes_to_no_file_of_checksums(site: Site, desk: Desk, token: Path, by: str) -> None:
    """Who it may be shown to was only asked of the artifact's own host."""
    checksum = f"file:http://localhost:{site.server_port}/${{secret.token}}"
    source, options = f"{site.url}/hello.txt", {"checksum": checksum}
    if by == "source":
        source, options = f"{source}?checksum={checksum}", {}
    with pytest.raises(RefusedError, match=r"options\.checksum holds a secret"):
        desk.fetch(source, options=options)
    assert site.asked == []


@pytest.mark.parametrize("named", ["hello.txt?filename=${secret.token}", "${secret.token}"])
def test_a_secret_becomes_no_name_that_a_task_sees(site: Site, desk: Desk, token: Path, named: str) -> None:
    token.write_text("hello.txt")
    with pytest.raises(RefusedError, match=r"holds a secret|file name would show a secret"):
        desk.fetch(f"{site.url}/{named}")
    assert (site.asked, desk.files()) == ([], {})


def test_a_secret_stands_in_no_first_link_of_a_chain(desk: Desk, token: Path) -> None:
    desk.allow(schemes=frozenset({"acme", "http"}))
    with pytest.raises(RefusedError, match="a secret may only stand in the last link"):
        desk.fetch("acme://example.com/${secret.token}::http://127.0.0.1/x")


@pytest.mark.parametrize(
    ("source", "options"),
    [
        ("webdav://127.0.0.1/x", {"base_url": "http://localhost/"}),
        ("hf://127.0.0.1/x", {"endpoint": "http://localhost"}),
        (
            "s3://bucket/x",
            {"endpoint_url": "http://127.0.0.1", "client_kwargs.endpoint_url": "http://localhost"},
        ),
        ("s3::http://127.0.0.1/b/x", {"config_kwargs.proxies.http": "http://localhost"}),
    ],
)
def test_a_secret_goes_to_no_host_that_an_option_names(
    desk: Desk, token: Path, source: str, options: dict[str, str]
) -> None:
    desk.allow(schemes=frozenset({"hf", "http", "s3", "webdav"}))
    with pytest.raises(RefusedError, match=r"is not for|is not allowed"):
        desk.fetch(source, options={**options, "token": "${secret.token}"})


def test_a_header_of_two_lines_is_refused_and_not_shown(site: Site, desk: Desk) -> None:
    with pytest.raises(RefusedError, match=r"headers\.X-Token holds a line break") as caught:
        desk.fetch(f"{site.url}/hello.txt", headers={"X-Token": "s3cr3t\nX-Other: 1"})
    assert "s3cr3t" not in str(caught.value)


def test_a_secret_may_be_for_one_scheme(site: Site, desk: Desk, token: Path) -> None:
    desk.allow(secrets={"token": Secret(file=str(token), hosts=("*",), schemes=("https",))})
    with pytest.raises(RefusedError, match=r"is not for 'http' \(only: https\)"):
        desk.fetch(f"{site.url}/hello.txt", headers={"X-Token": "${secret.token}"})


def test_a_name_that_is_nearly_right_is_told(site: Site, desk: Desk, token: Path) -> None:
    with pytest.raises(RefusedError, match="there is no secret 'tokn'; did you mean 'token'"):
        desk.fetch(f"{site.url}/hello.txt", headers={"X-Token": "${secret.tokn}"})


def test_a_redirect_to_another_host_does_not_carry_it(site: Site, desk: Desk, token: Path) -> None:
    source = site.url.replace("http://", "http://me:${secret.token}@") + "/to-another-host"
    desk.fetch(source, options={"filename": "x"}, headers={"X-Token": "${secret.token}"})
    first, second = (headers for _, _, headers in site.asked)
    assert (first["X-Token"], second["X-Token"], second["Authorization"]) == (VALUE, None, None)


@pytest.mark.parametrize("path", ["/${secret.token}/missing", "/missing?key=${secret.token}", "/echo-reason"])
def test_it_stands_in_no_error_and_no_event(site: Site, desk: Desk, token: Path, path: str) -> None:
    with pytest.raises(RefusedError) as caught:
        desk.fetch(site.url + path, headers={"X-Token": "${secret.token}"})
    told = f"{caught.value} {caught.value.__cause__} {desk.events}"
    assert "s3cr3t" not in told


def test_it_stands_in_no_command_line_environment_or_name(site: Site, desk: Desk, token: Path) -> None:
    seen: list[str] = []

    def look() -> None:
        site.was_asked.wait(10)
        children = psutil.Process().children(recursive=True)
        seen.extend(f"{child.cmdline()} {child.environ()}" for child in children)
        seen.extend(str(path) for path in desk.scratch.parent.rglob("*"))
        stopped.set()

    stopped = threading.Event()
    looking = threading.Thread(target=look)
    looking.start()
    with pytest.raises(RecoverableError, match="cancelled"):
        desk.fetch(f"{site.url}/stalled", headers={"X-Token": "${secret.token}"}, cancelled=stopped)
    looking.join()
    assert any("fetcher" in each for each in seen)
    assert "s3cr3t" not in " ".join(seen)


def test_every_spelling_of_it_is_hidden() -> None:
    text = "a s3cr3t/+ value b s3cr3t%2F%2B%20value c czNjcjN0Lysgdm%FsdWU"
    assert hidden(text, [VALUE]).startswith("a ... b ... c")


def test_the_default_of_the_netrc_file_is_for_every_other_host(
    site: Site, desk: Desk, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine example.com login you password pass\ndefault login me password pass\n")
    netrc.chmod(0o600)
    desk.allow(netrc=str(netrc))
    desk.fetch(f"{site.url}/to-another-host")
    assert site.password() == ("me", "pass")
    assert "Authorization" not in site.asked[1][2]  # the host that the job names is who may see it


@pytest.mark.parametrize("listens", [True, False])
def test_the_password_of_a_proxy_goes_to_it_and_into_no_error(
    site: Site, desk: Desk, monkeypatch: pytest.MonkeyPatch, *, listens: bool
) -> None:
    at = site.url.partition("//")[2] if listens else f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("http_proxy", f"http://me:s3cr3t@{at}")
    with pytest.raises((RecoverableError, RefusedError)) as caught:
        desk.fetch("http://example.com/forbidden")
    assert "s3cr3t" not in str(caught.value)
    if listens:
        assert (site.asked[0][1], "403" in str(caught.value)) == ("http://example.com/forbidden", True)
        sent = b64decode(site.asked[0][2]["Proxy-Authorization"].split()[1])
        assert sent == b"me:s3cr3t"


def test_the_netrc_file_is_honoured(site: Site, desk: Desk, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password pass\n")
    netrc.chmod(0o600)
    desk.allow(netrc=str(netrc))
    desk.fetch(f"{site.url}/to-another-host", options={"filename": "x"})
    assert site.password() == ("me", "pass")
    assert site.asked[1][2]["Authorization"] is None
