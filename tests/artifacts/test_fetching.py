from __future__ import annotations

import gzip
import io
import os
import stat
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from ostler.artifacts import Policy, Request, problems, resolve
from ostler.errors import OstlerError, RecoverableError, RefusedError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.artifacts.site import Desk, Site

SHA256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"


def test_a_file_lands_in_the_destination_under_its_own_name(site: Site, desk: Desk) -> None:
    desk.fetch(f"{site.url}/hello.txt")
    assert desk.files() == {"hello.txt": "hello\n"}
    assert stat.S_IMODE((desk.local / "hello.txt").stat().st_mode) == 0o644
    assert desk.is_clean()


def test_only_one_get_is_sent_and_no_head(site: Site, desk: Desk) -> None:
    desk.fetch(f"{site.url}/hello.txt")
    assert [(method, path) for method, path, _ in site.asked] == [("GET", "/hello.txt")]


def test_progress_names_the_artifact_the_bytes_and_the_total(site: Site, desk: Desk) -> None:
    desk.fetch(f"{site.url}/hello.txt?token=secret")
    assert desk.events[-1] == {
        "artifact": f"{site.url}/hello.txt?token=...",
        "step": "fetching",
        "bytes": 6,
        "total": 6,
        "kept": 0,
        "rate": 0,
    }


def test_mode_file_takes_the_destination_as_the_name_of_the_file(site: Site, desk: Desk) -> None:
    desk.fetch(f"{site.url}/hello.txt", "web/local/bin/tool", mode="file", executable=True)
    assert stat.S_IMODE((desk.local / "bin/tool").stat().st_mode) == 0o755


def test_mode_file_with_a_slash_keeps_the_name_of_the_source(site: Site, desk: Desk) -> None:
    desk.fetch(f"{site.url}/hello.txt", "web/local/", mode="file")
    assert desk.files() == {"hello.txt": "hello\n"}


def test_a_filename_can_be_given(site: Site, desk: Desk) -> None:
    desk.fetch(f"{site.url}/hello.txt", options={"filename": "other"})
    assert desk.files() == {"other": "hello\n"}


def test_a_file_that_is_there_already_is_replaced(site: Site, desk: Desk) -> None:
    (desk.local / "hello.txt").write_text("old")
    desk.fetch(f"{site.url}/hello.txt")
    assert desk.files() == {"hello.txt": "hello\n"}


@pytest.mark.parametrize("where", ["options", "source", "field"])
def test_a_right_checksum_is_accepted_wherever_it_is_given(site: Site, desk: Desk, where: str) -> None:
    text, source = f"sha256:{SHA256}", f"{site.url}/hello.txt"
    if where == "options":
        desk.fetch(source, options={"checksum": text})
    elif where == "source":
        desk.fetch(f"{source}?checksum={text}")
    else:
        desk.fetch(source, checksum=text)
    assert desk.files() == {"hello.txt": "hello\n"}


def test_what_the_query_asks_of_ostler_is_not_sent_to_the_server(site: Site, desk: Desk) -> None:
    desk.fetch(f"{site.url}/hello.txt?a=%2F&archive=false&checksum=sha256:{SHA256}&b")
    assert site.asked[0][1] == "/hello.txt?a=%2F&b"


def test_a_wrong_checksum_leaves_nothing(site: Site, desk: Desk) -> None:
    with pytest.raises(RefusedError, match=r"checksum differs: expected md5:0{32}, found md5:b1946ac9"):
        desk.fetch(f"{site.url}/hello.txt", "web/local/new/", options={"checksum": "md5:" + "0" * 32})
    assert list(desk.local.iterdir()) == []
    assert desk.is_clean()


def test_a_file_url_is_read_below_the_allowed_paths(site: Site, desk: Desk) -> None:
    desk.fetch(f"file://{site.directory}/hello.txt")
    assert desk.files() == {"hello.txt": "hello\n"}


def test_a_path_may_hold_any_character(site: Site, desk: Desk) -> None:
    (site.directory / "a %41#b").write_text("odd")
    desk.fetch(resolve("a %41#b", site.directory))
    assert desk.files() == {"a %41#b": "odd"}


def test_a_link_in_an_allowed_path_leads_nowhere_else(site: Site, desk: Desk) -> None:
    (site.directory / "sly").symlink_to("/etc/passwd")
    with pytest.raises(RefusedError, match="/etc/passwd is not below what the operator allows"):
        desk.fetch(f"file://{site.directory}/sly")
    assert desk.files() == {}


def test_a_file_that_does_not_exist_is_named(site: Site, desk: Desk) -> None:
    with pytest.raises(RefusedError, match=f"not found: {site.directory}/nope; check the source"):
        desk.fetch(f"file://{site.directory}/nope")
    assert desk.is_clean()


def test_nobody_listening_may_pass(desk: Desk) -> None:
    with pytest.raises(RecoverableError, match=r"127\.0\.0\.1:1 .*; check the address and the network"):
        desk.fetch("http://127.0.0.1:1/x")


def test_a_missing_scratch_directory_is_an_error_that_names_it(site: Site, desk: Desk) -> None:
    desk.scratch.rmdir()
    with pytest.raises(
        RefusedError, match=f"artifact {site.url}/hello.txt: can't be fetched: .*{desk.scratch}"
    ):
        desk.fetch(f"{site.url}/hello.txt")


def test_a_missing_allocation_is_an_error_that_names_it(site: Site, desk: Desk) -> None:
    desk.allocation = desk.allocation / "gone"
    with pytest.raises(RefusedError, match=f"No such file or directory: {desk.allocation}"):
        desk.fetch(f"file://{site.directory}/hello.txt")


@pytest.mark.parametrize(
    ("path", "kind", "words"),
    [
        ("/missing", RefusedError, "answered 404"),
        ("/forbidden", RefusedError, "answered 403"),
        ("/busy", RecoverableError, "answered 503"),
        ("/cut", RecoverableError, "cut after 4 bytes"),
        ("/round-and-round", RefusedError, "redirects without end"),
        ("/to-a-file", RefusedError, "redirects to 'file'"),
    ],
)
def test_a_server_that_fails_leaves_nothing(
    site: Site, desk: Desk, path: str, kind: type[OstlerError], words: str
) -> None:
    desk.allow(schemes=frozenset({"http"}))
    with pytest.raises(kind, match=words):
        desk.fetch(site.url + path)
    assert desk.files() == {}
    assert desk.is_clean()


def test_no_byte_for_too_long_is_an_end(site: Site, desk: Desk) -> None:
    desk.allow(stall_seconds=0.3)
    with pytest.raises(RecoverableError, match=r"no byte came for 0.3 seconds, after 4 bytes"):
        desk.fetch(f"{site.url}/stalled")
    assert desk.is_clean()


def test_the_whole_time_can_be_limited(site: Site, desk: Desk) -> None:
    desk.allow(timeout_seconds=1.0)
    with pytest.raises(RecoverableError, match="not fetched within 1 seconds"):
        desk.fetch(f"{site.url}/stalled")
    assert desk.is_clean()


def test_cancelling_ends_the_fetcher_and_leaves_nothing(site: Site, desk: Desk) -> None:
    cancelled = threading.Event()
    threading.Timer(1.0, cancelled.set).start()
    started = time.monotonic()
    with pytest.raises(RecoverableError, match="cancelled"):
        desk.fetch(f"{site.url}/stalled", cancelled=cancelled)
    assert time.monotonic() - started < 4
    assert desk.files() == {}
    assert desk.is_clean()


def test_a_server_that_could_compress_is_asked_not_to(site: Site, desk: Desk) -> None:
    desk.fetch(f"{site.url}/compressed")
    assert desk.files() == {"compressed": "plain"}


def test_what_is_larger_than_allowed_is_refused(site: Site, desk: Desk) -> None:
    desk.allow(max_size_bytes=50_000)
    with pytest.raises(RefusedError, match="larger than the 50000 bytes"):
        desk.fetch(f"{site.url}/endless")
    assert desk.is_clean()


def test_headers_are_sent_but_not_to_another_host(site: Site, desk: Desk) -> None:
    desk.fetch(f"{site.url}/to-another-host", options={"filename": "x"}, headers={"X-Token": "secret"})
    assert [headers.get("X-Token") for _, _, headers in site.asked] == ["secret", None]
    assert desk.files() == {"x": "hello\n"}


def test_a_user_and_a_password_are_sent_and_never_shown(site: Site, desk: Desk) -> None:
    source = site.url.replace("http://", "http://me:pass@") + "/missing"
    with pytest.raises(RefusedError) as caught:
        desk.fetch(source)
    assert site.asked[0][2]["Authorization"].startswith("Basic ")
    assert "pass" not in str(caught.value) + str(desk.events)


def test_a_chain_is_read_through_a_copy(site: Site, desk: Desk) -> None:
    with zipfile.ZipFile(site.directory / "a.zip", "w") as archive:
        archive.writestr("bin/tool", "#!/bin/sh\n")
    desk.allow(schemes=frozenset({"http", "zip"}))
    desk.fetch(f"zip://bin/tool::{site.url}/a.zip")
    assert desk.files() == {"tool": "#!/bin/sh\n"}
    assert desk.is_clean()


def test_a_scheme_without_its_package_says_what_to_install(desk: Desk) -> None:
    desk.allow(schemes=frozenset({"oci"}))
    with pytest.raises(RefusedError, match="pip install ocifs"):
        desk.fetch("oci://bucket/thing")


def test_a_package_that_is_missing_is_told_without_importing_anything() -> None:
    """As `ostler validate` does, and with the extra that names it."""
    code = (
        "import sys; from ostler.artifacts import Policy, Request, problems\n"
        "asked = Request(source='gs://b/k', destination='/a/x', root='/a')\n"
        "found = problems(asked, Policy())\n"
        "print(*(each.text for each in found), *{'fsspec', 'gcsfs'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said = "pip install gcsfs (it is what Ostler's extra 'gcs' names)"
    missing = f"artifact gs://b/k: the scheme 'gs' needs a package that is not installed: {said}\n"
    assert done.stdout == (missing if find_spec("gcsfs") is None else "\n")


def test_git_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    asked = Request(source="git::https://example.com/r.git", destination="/a/x", root="/a")
    assert [each.text for each in problems(asked, Policy())] == [
        "artifact git::https://example.com/r.git: needs git, which is not installed: apt install git"
    ]


@pytest.mark.parametrize(
    ("suffix", "mode"),
    [("tar", "w"), ("tar.gz", "w:gz"), ("tgz", "w:gz"), ("tar.bz2", "w:bz2"), ("tar.xz", "w:xz")],
)
def test_archives_are_unpacked_without_their_set_id_bits(
    site: Site, desk: Desk, suffix: str, mode: str
) -> None:
    with tarfile.open(site.directory / f"a.{suffix}", mode) as archive:  # type: ignore[call-overload]
        member = tarfile.TarInfo("bin/run")
        member.mode, member.size = 0o4777, 2
        archive.addfile(member, io.BytesIO(b"ok"))
    desk.fetch(f"file://{site.directory}/a.{suffix}")
    assert desk.files() == {"bin/run": "ok"}
    assert stat.S_IMODE((desk.local / "bin/run").stat().st_mode) == 0o755


def test_a_zip_is_merged_into_what_is_there(site: Site, desk: Desk) -> None:
    with zipfile.ZipFile(site.directory / "a.zip", "w") as archive:
        archive.writestr("both/new.txt", "new")
    (desk.local / "both").mkdir()
    (desk.local / "both" / "old.txt").write_text("old")
    desk.fetch(f"file://{site.directory}/a.zip")
    assert desk.files() == {"both/new.txt": "new", "both/old.txt": "old"}


def test_a_compressed_file_loses_its_suffix(site: Site, desk: Desk) -> None:
    (site.directory / "words.gz").write_bytes(gzip.compress(b"words"))
    desk.fetch(f"file://{site.directory}/words.gz")
    assert desk.files() == {"words": "words"}


def test_archive_false_keeps_an_archive_as_it_is(site: Site, desk: Desk) -> None:
    (site.directory / "words.gz").write_bytes(b"no gzip at all")
    desk.fetch(f"file://{site.directory}/words.gz", options={"archive": "false"})
    assert desk.files() == {"words.gz": "no gzip at all"}


def test_mode_file_takes_the_only_file_out_of_an_archive(site: Site, desk: Desk) -> None:
    with zipfile.ZipFile(site.directory / "a.zip", "w") as archive:
        archive.writestr("tool", "x")
    desk.fetch(f"file://{site.directory}/a.zip", "web/local/run", mode="file")
    assert desk.files() == {"run": "x"}


def test_everything_is_given_to_the_owner(site: Site, desk: Desk, need_kernel: object) -> None:
    if os.geteuid() != 0:
        assert callable(need_kernel)
        need_kernel("chown as an ordinary user")
    with zipfile.ZipFile(site.directory / "a.zip", "w") as archive:
        archive.writestr("d/tool", "x")
    desk.fetch(f"file://{site.directory}/a.zip", "web/local/sub", owner=(65534, 65534))
    assert {path.lstat().st_uid for path in (desk.local / "sub").rglob("*")} == {65534}


def test_a_fetcher_that_is_killed_leaves_nothing(site: Site, desk: Desk) -> None:
    killed = threading.Thread(target=_kill_the_fetcher, args=(site,))
    killed.start()
    with pytest.raises(RecoverableError, match="the fetcher was killed by signal 9"):
        desk.fetch(f"{site.url}/stalled")
    killed.join()
    assert desk.files() == {}
    assert desk.is_clean()


def _kill_the_fetcher(site: Site) -> None:
    import psutil

    while not site.asked:
        time.sleep(0.05)
    for child in psutil.Process().children():
        child.kill()


def test_the_fetcher_ends_and_cleans_up_when_its_parent_is_killed(
    site: Site, desk: Desk, tmp_path: Path
) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nfrom ostler.artifacts import *\n"
        "source, root, scratch = sys.argv[1:]\n"
        "request = Request(source=source, destination=root + '/web/local/', root=root)\n"
        "fetch(request, Policy(), scratch=Path(scratch))\n"
    )
    command = [sys.executable, str(script), f"{site.url}/stalled", str(desk.allocation), str(desk.scratch)]
    with subprocess.Popen(command, env={"PYTHONPATH": os.pathsep.join(sys.path)}) as parent:
        while not site.asked:
            time.sleep(0.05)
        parent.kill()
    deadline = time.monotonic() + 8
    while list(desk.allocation.rglob(".ostler-*")) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert list(desk.local.iterdir()) == []
