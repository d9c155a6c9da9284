from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import subprocess
import sys
import tarfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from ostler.artifacts import Fetched
from ostler.artifacts.cache import Cache, contents, prune, verify
from ostler.errors import RecoverableError, RefusedError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.artifacts.site import Desk, Site

HELLO = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
NOBODY = 65534


@pytest.fixture
def cache(desk: Desk, tmp_path: Path) -> Cache:
    desk.cache = Cache(directory=tmp_path / "cache")
    return desk.cache


@pytest.fixture
def as_root(need_kernel: object) -> None:
    if os.geteuid() != 0:
        assert callable(need_kernel)
        need_kernel("hard links of a file that is root's")


def make_tar(path: Path) -> str:
    with tarfile.open(path, "w") as archive:
        for name in ("bin/tool", "lib/deep/er/one", "lib/two"):
            member = tarfile.TarInfo(name)
            member.mode, member.size = 0o755, len(name)
            archive.addfile(member, io.BytesIO(name.encode()))
        link = tarfile.TarInfo("lib/link")
        link.type, link.linkname = tarfile.SYMTYPE, "two"
        archive.addfile(link)
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def asked(site: Site) -> int:
    return len(site.asked)


def test_a_second_task_gets_it_without_asking_the_server(site: Site, desk: Desk, cache: Cache) -> None:
    names, url = ("one", "two"), f"{site.url}/hello.txt"
    came = [desk.fetch(url, f"web/local/{name}/", checksum=HELLO) for name in names]
    assert desk.files() == {"one/hello.txt": "hello\n", "two/hello.txt": "hello\n"}
    assert asked(site) == 1
    assert came == [Fetched(artifact=url, size_bytes=6, cached=cached) for cached in (False, True)]
    assert desk.is_clean()
    assert [(each.part, each.size_bytes) for each in contents(cache.store)] == [("content", 6)]


def test_what_any_source_gave_is_the_same_under_a_strong_checksum(
    site: Site, desk: Desk, cache: Cache
) -> None:
    desk.fetch(f"{site.url}/hello.txt", checksum=HELLO)
    desk.fetch("http://127.0.0.1:1/other.txt", checksum=HELLO)
    assert desk.files() == {"hello.txt": "hello\n", "other.txt": "hello\n"}


def test_a_checksum_that_can_be_forged_holds_for_one_source(site: Site, desk: Desk, cache: Cache) -> None:
    checksum = "md5:b1946ac92492d2347c6235b4d2611184"
    desk.fetch(f"{site.url}/hello.txt", checksum=checksum)
    desk.fetch(f"{site.url}/hello.txt", checksum=checksum)
    assert asked(site) == 1
    with pytest.raises(RecoverableError):
        desk.fetch("http://127.0.0.1:1/hello.txt", checksum=checksum)


def test_a_wrong_checksum_is_not_kept(site: Site, desk: Desk, cache: Cache) -> None:
    with pytest.raises(RefusedError, match="checksum differs"):
        desk.fetch(f"{site.url}/hello.txt", checksum="sha256:" + "0" * 64)
    assert contents(cache.store) == []
    assert list(cache.store.unfinished()) == []


def test_without_a_checksum_the_server_is_asked_whether_it_is_still_the_same(
    site: Site, desk: Desk, cache: Cache
) -> None:
    (site.directory / "tagged").write_text("first")
    for name in ("one", "two"):
        desk.fetch(f"{site.url}/tagged", f"web/local/{name}/")
    assert [headers["If-None-Match"] is None for _, _, headers in site.asked] == [True, False]
    (site.directory / "tagged").write_text("second")
    desk.fetch(f"{site.url}/tagged", "web/local/three/")
    assert desk.files() == {"one/tagged": "first", "two/tagged": "first", "three/tagged": "second"}
    assert [each.size_bytes for each in contents(cache.store)] == [6]


def test_without_a_checksum_and_a_strong_validator_nothing_is_kept(
    site: Site, desk: Desk, cache: Cache
) -> None:
    desk.fetch(f"{site.url}/hello.txt")
    assert desk.files() == {"hello.txt": "hello\n"}
    assert contents(cache.store) == []
    assert list(cache.store.unfinished()) == []


def test_what_was_had_with_credentials_is_not_given_to_who_has_none(
    site: Site, desk: Desk, cache: Cache
) -> None:
    token = {"Authorization": "Bearer secret"}
    source = f"{site.url}/hello.txt"
    for number, headers in enumerate((token, token, {}, {}, token)):
        desk.fetch(source, f"web/local/{number}/", headers=headers, checksum=HELLO)
    assert [headers.get("Authorization") for _, _, headers in site.asked] == ["Bearer secret", None]


def test_no_credential_is_written_down_in_the_cache(site: Site, desk: Desk, cache: Cache) -> None:
    (site.directory / "tagged").write_text("x")
    host = site.url.replace("http://", "http://me:hunter2@")
    desk.fetch(f"{host}/hello.txt?sig=hunter2", headers={"X-Token": "hunter2"}, checksum=HELLO)
    desk.fetch(f"{host}/tagged?hunter2", options={"filename": "tagged"})
    found = [path for path in cache.directory.rglob("*") if path.is_file()]
    assert len(contents(cache.store)) == 2
    assert [path for path in found if "hunter2" in str(path) or b"hunter2" in path.read_bytes()] == []


def test_an_archive_is_unpacked_from_what_is_kept(site: Site, desk: Desk, cache: Cache) -> None:
    checksum = make_tar(site.directory / "a.tar")
    for name in ("one", "two"):
        desk.fetch(f"{site.url}/a.tar", f"web/local/{name}", checksum=checksum)
    desk.fetch(f"{site.url}/a.tar", "web/local/", checksum=checksum, options={"archive": "false"})
    one = {name.removeprefix("one/"): text for name, text in desk.files().items() if name.startswith("one/")}
    two = {name.removeprefix("two/"): text for name, text in desk.files().items() if name.startswith("two/")}
    assert one == two
    assert one["lib/link"] == "-> two"
    assert (desk.local / "a.tar").read_bytes() == (site.directory / "a.tar").read_bytes()
    assert asked(site) == 1


def test_a_tree_is_kept_where_it_can_be_linked(site: Site, desk: Desk, cache: Cache, as_root: None) -> None:
    checksum = make_tar(site.directory / "a.tar")
    for name in ("one", "two"):
        desk.fetch(f"{site.url}/a.tar", f"web/local/{name}", checksum=checksum, users=frozenset({NOBODY}))
    files = [desk.local / name / "lib/deep/er/one" for name in ("one", "two")]
    assert files[0].samefile(files[1])
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o755
    assert {each.part for each in contents(cache.store)} == {"content", "tar-tree"}
    assert [each.in_use for each in contents(cache.store) if each.part == "tar-tree"] == [True]


LINKABLE: dict[str, Any] = {"users": frozenset({NOBODY})}


@pytest.mark.parametrize(
    ("fields", "linked"),
    [
        (LINKABLE, True),
        ({}, False),
        ({"users": frozenset({0})}, False),
        ({"users": frozenset({NOBODY, 0})}, False),
        ({**LINKABLE, "owner": (NOBODY, NOBODY)}, False),
        ({**LINKABLE, "executable": True, "mode": "file"}, False),
    ],
)
def test_a_file_is_linked_only_where_no_task_can_write_it(
    site: Site, desk: Desk, cache: Cache, as_root: None, fields: dict[str, Any], *, linked: bool
) -> None:
    for _ in range(2):
        desk.fetch(f"{site.url}/hello.txt", checksum=HELLO, **fields)
        (kept,) = cache.directory.glob("entries/*/item")
        assert kept.samefile(desk.local / "hello.txt") == linked


SPOIL = """
import os, sys
path, uid = sys.argv[1], int(sys.argv[2])
os.setgroups([])
os.setgid(uid)
os.setuid(uid)
ways = {
    "write": lambda: os.write(os.open(path, os.O_WRONLY), b"evil"),
    "append": lambda: os.write(os.open(path, os.O_WRONLY | os.O_APPEND), b"evil"),
    "again": lambda: os.write(os.open(f"/proc/self/fd/{os.open(path, os.O_RDONLY)}", os.O_RDWR), b"evil"),
    "truncate": lambda: os.truncate(path, 0),
    "mode": lambda: os.chmod(path, 0o777),
    "owner": lambda: os.chown(path, uid, uid),
    "times": lambda: os.utime(path, (1, 1)),
}
for name, way in ways.items():
    try:
        way()
    except OSError:
        continue
    print(name)
"""


@pytest.mark.parametrize("uid", [0, NOBODY])
@pytest.mark.parametrize("name", ["hello.txt", "a.tar"])
def test_no_task_can_poison_the_cache(
    site: Site, desk: Desk, cache: Cache, as_root: None, uid: int, name: str
) -> None:
    checksum = HELLO if name == "hello.txt" else make_tar(site.directory / "a.tar")
    for directory in (desk.allocation, *desk.allocation.rglob("*")):
        directory.chmod(0o777)
    desk.fetch(f"{site.url}/{name}", "web/local/", checksum=checksum, users=frozenset({uid}))
    placed = desk.local / ("hello.txt" if name == "hello.txt" else "bin/tool")
    for directory in desk.allocation.parents[:3]:
        directory.chmod(0o755)
    task = subprocess.run(
        [sys.executable, "-c", SPOIL, placed, str(uid)],
        capture_output=True,
        check=True,
    )
    assert len(task.stdout.split()) == (0 if uid else 7)
    assert stat.S_IMODE(cache.directory.stat().st_mode) == 0o700
    assert [each.differing for each in verify(cache.store)] == [()] * len(contents(cache.store))
    desk.fetch(f"{site.url}/{name}", "web/local/again/", checksum=checksum, users=frozenset({NOBODY}))
    again = desk.local / "again" / placed.relative_to(desk.local)
    assert again.read_text() in {"hello\n", "bin/tool"}
    assert stat.S_IMODE(again.stat().st_mode) == (0o644 if name == "hello.txt" else 0o755)
    assert asked(site) == 1


def test_a_lock_that_a_task_takes_holds_nobody_up(
    site: Site, desk: Desk, cache: Cache, as_root: None
) -> None:
    import fcntl

    desk.fetch(f"{site.url}/hello.txt", checksum=HELLO, **LINKABLE)
    with (desk.local / "hello.txt").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        desk.fetch(f"{site.url}/hello.txt", "web/local/again/", checksum=HELLO, **LINKABLE)
    assert asked(site) == 1


@pytest.mark.parametrize("change", ["size", "time", "inode", "gone", "record"])
def test_what_changed_is_noticed_without_reading_it_and_fetched_anew(
    site: Site, desk: Desk, cache: Cache, change: str
) -> None:
    desk.fetch(f"{site.url}/hello.txt", checksum=HELLO)
    (kept,) = cache.directory.glob("entries/*/item")
    if change == "size":
        kept.write_text("hello, evil\n")
    elif change == "time":
        kept.write_text("evil!\n")
    elif change == "inode":
        times = kept.stat()
        kept.rename(kept.with_name("old"))
        kept.write_text("evil!\n")
        os.utime(kept, ns=(times.st_atime_ns, times.st_mtime_ns))
    elif change == "gone":
        kept.unlink()
    else:
        (kept.parent / "record.json").write_text("{")
    desk.fetch(f"{site.url}/hello.txt", checksum=HELLO)
    assert desk.files() == {"hello.txt": "hello\n"}
    assert asked(site) == 2
    assert kept.read_text() == "hello\n"


@pytest.mark.parametrize("path", ["bin/tool", "lib/link", "lib/new"])
def test_a_tree_that_changed_is_made_anew(
    site: Site, desk: Desk, cache: Cache, as_root: None, path: str
) -> None:
    checksum = make_tar(site.directory / "a.tar")
    desk.fetch(f"{site.url}/a.tar", "web/local/one", checksum=checksum, **LINKABLE)
    (tree,) = cache.directory.glob("entries/*-tree/item")
    (tree / path).unlink(missing_ok=True)
    (tree / path).write_text("evil")
    desk.fetch(f"{site.url}/a.tar", "web/local/two", checksum=checksum, **LINKABLE)
    assert "evil" not in desk.files().values()
    assert not (desk.local / "two/lib/new").exists()
    assert asked(site) == 1


def test_verifying_reads_all_and_removes_what_is_not_what_it_was(
    site: Site, desk: Desk, cache: Cache
) -> None:
    desk.fetch(f"{site.url}/hello.txt", checksum=HELLO)
    (kept,) = cache.directory.glob("entries/*/item")
    times = kept.stat()
    with kept.open("r+") as file:
        file.write("evil!")
    os.utime(kept, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert [each.differing for each in verify(cache.store)] == [("",)]
    assert contents(cache.store) == []


def test_what_may_not_have_reached_the_disk_is_read_once_after_a_restart(
    site: Site, desk: Desk, cache: Cache, as_root: None
) -> None:
    checksum = make_tar(site.directory / "a.tar")
    desk.fetch(f"{site.url}/a.tar", "web/local/one", checksum=checksum, **LINKABLE)
    (record,) = cache.directory.glob("entries/*-tree/record.json")
    tool = record.parent / "item/bin/tool"
    times = tool.stat()
    tool.write_bytes(bytes(times.st_size))
    os.utime(tool, ns=(times.st_atime_ns, times.st_mtime_ns))
    record.write_text(json.dumps({**json.loads(record.read_text()), "boot": "an earlier one"}))
    desk.fetch(f"{site.url}/a.tar", "web/local/two", checksum=checksum, **LINKABLE)
    assert (desk.local / "two/bin/tool").read_text() == "bin/tool"
    assert asked(site) == 1


def test_rules_of_today_hold_for_what_was_kept_yesterday(
    site: Site, desk: Desk, cache: Cache, as_root: None
) -> None:
    checksum = make_tar(site.directory / "a.tar")
    desk.fetch(f"{site.url}/a.tar", "web/local/one", checksum=checksum, **LINKABLE)
    desk.allow(max_files=2)
    with pytest.raises(RefusedError, match="more than the 2 files"):
        desk.fetch(f"{site.url}/a.tar", "web/local/two", checksum=checksum, **LINKABLE)


def test_many_threads_that_ask_at_once_get_one_download(site: Site, desk: Desk, cache: Cache) -> None:
    def ask(number: int) -> None:
        desk.fetch(f"{site.url}/hello.txt", f"web/local/{number}/", checksum=HELLO)

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(ask, range(16)))
    assert asked(site) == 1
    assert len(desk.files()) == 16


def test_who_waits_takes_over_from_who_is_gone(site: Site, desk: Desk, cache: Cache) -> None:
    stopped = threading.Event()

    def ask() -> None:
        with pytest.raises(RecoverableError, match="cancelled"):
            desk.fetch(f"{site.url}/stalled", checksum=HELLO, cancelled=stopped)

    first = threading.Thread(target=ask)
    first.start()
    while not site.asked:
        time.sleep(0.01)
    second = threading.Thread(
        target=lambda: desk.fetch(f"{site.url}/hello.txt", "web/local/second/", checksum=HELLO)
    )
    second.start()
    second.join(0.3)
    assert second.is_alive()
    assert asked(site) == 1
    stopped.set()
    second.join()
    first.join()
    assert desk.files() == {"second/hello.txt": "hello\n"}


def test_who_waits_can_be_cancelled(site: Site, desk: Desk, cache: Cache) -> None:
    key = f"sha256-{HELLO.partition(':')[2]}"
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    with closing(cache.store.lock(key)) as lock:
        assert lock.take()
        with pytest.raises(RecoverableError, match="cancelled"):
            desk.fetch(f"{site.url}/hello.txt", checksum=HELLO, cancelled=cancelled)
    assert asked(site) == 0


def fill(site: Site, desk: Desk, names: str) -> None:
    """Fetch a file for each letter, the last one first and hours ago."""
    for age, name in reversed(list(enumerate(names, start=1))):
        (site.directory / name).write_text(name * 1000)
        checksum = hashlib.sha256(name.encode() * 1000).hexdigest()
        desk.fetch(f"{site.url}/{name}", checksum=f"sha256:{checksum}")
        assert desk.cache
        entry = desk.cache.directory / "entries" / f"sha256-{checksum}.content"
        os.utime(entry / "record.json", (time.time() - age * 3600,) * 2)


def kept(cache: Cache) -> list[str]:
    return [each.source[-1] for each in contents(cache.store)]


def test_what_was_not_used_for_longest_goes_first(site: Site, desk: Desk, cache: Cache) -> None:
    fill(site, desk, "abcd")
    assert kept(cache) == ["a", "b", "c", "d"]
    pruned = prune(cache.store, max_bytes=2500)
    assert [each.source[-1] for each in pruned.removed] == ["d", "c"]
    assert (pruned.freed_bytes, pruned.kept_bytes) == (2000, 2000)
    assert kept(cache) == ["a", "b"]


def test_what_is_too_old_goes(site: Site, desk: Desk, cache: Cache) -> None:
    fill(site, desk, "abcd")
    prune(cache.store, max_age_seconds=2.5 * 3600)
    assert kept(cache) == ["a", "b"]


def test_what_is_used_again_is_young(site: Site, desk: Desk, cache: Cache) -> None:
    fill(site, desk, "abcd")
    desk.fetch(f"{site.url}/d", checksum=f"sha256:{hashlib.sha256(b'd' * 1000).hexdigest()}")
    assert kept(cache) == ["d", "a", "b", "c"]


def test_what_is_in_use_stays(site: Site, desk: Desk, cache: Cache) -> None:
    fill(site, desk, "ab")
    with closing(cache.store.lock(contents(cache.store)[1].key)) as lock:
        assert lock.share()
        assert [each.in_use for each in contents(cache.store)] == [False, True]
        prune(cache.store, everything=True)
        assert kept(cache) == ["b"]
    prune(cache.store, everything=True)
    assert kept(cache) == []
    assert list((cache.directory / "locks").iterdir()) == []


def test_what_a_task_has_by_a_hard_link_stays(site: Site, desk: Desk, cache: Cache, as_root: None) -> None:
    desk.fetch(f"{site.url}/hello.txt", checksum=HELLO, **LINKABLE)
    prune(cache.store, everything=True)
    assert len(contents(cache.store)) == 1
    (desk.local / "hello.txt").unlink()
    prune(cache.store, everything=True)
    assert contents(cache.store) == []


def test_the_limit_holds_after_every_fetch(site: Site, desk: Desk, cache: Cache) -> None:
    cache.max_bytes = 2500
    fill(site, desk, "abcd")
    assert kept(cache) == ["a", "b"]


def test_what_is_larger_than_the_limit_is_fetched_and_not_kept(site: Site, desk: Desk, cache: Cache) -> None:
    cache.max_bytes = 5
    desk.fetch(f"{site.url}/hello.txt", checksum=HELLO)
    assert desk.files() == {"hello.txt": "hello\n"}
    assert contents(cache.store) == []
    assert list(cache.store.unfinished()) == []


def test_what_was_left_half_made_goes_after_a_day(cache: Cache) -> None:
    made = cache.store.making("sha256-0.content")
    (made / "partial.part").write_text("half")
    prune(cache.store)
    assert made.exists()
    for path in (made / "partial.part", made):
        os.utime(path, (time.time() - 90_000,) * 2)
    prune(cache.store)
    assert not made.exists()


FETCH = """
import sys
from pathlib import Path
from ostler.artifacts import Policy, Request, fetch
from ostler.artifacts.cache import Cache
source, root, scratch, cache, name, checksum = sys.argv[1:]
request = Request(source=source, destination=f"{root}/{name}/", root=root, checksum=checksum)
print("ready", flush=True)
sys.stdin.readline()
fetch(request, Policy(), scratch=Path(scratch), cache=Cache(directory=Path(cache)))
"""


def start(site: Site, desk: Desk, cache: Cache, name: str, source: str) -> subprocess.Popen[bytes]:
    words = [f"{site.url}/{source}", str(desk.local), str(desk.scratch), str(cache.directory), name, HELLO]
    return subprocess.Popen(
        [sys.executable, "-c", FETCH, *words],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def test_processes_that_ask_at_once_get_one_download(site: Site, desk: Desk, cache: Cache) -> None:
    running = [start(site, desk, cache, str(number), "hello.txt") for number in range(3)]
    for process in running:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
    for process in running:
        process.communicate(b"\n")
    assert [process.returncode for process in running] == [0, 0, 0]
    assert asked(site) == 1
    assert len(desk.files()) == 3


def test_a_process_that_is_killed_holds_nobody_up_and_its_fetcher_neither(
    site: Site, desk: Desk, cache: Cache
) -> None:
    with start(site, desk, cache, "killed", "stalled") as process:
        assert process.stdin
        process.stdin.write(b"\n")
        process.stdin.flush()
        while not site.asked:
            time.sleep(0.02)
        process.kill()
    desk.fetch(f"{site.url}/hello.txt", "web/local/next/", checksum=HELLO)
    assert desk.files() == {"next/hello.txt": "hello\n"}
    assert len(list(cache.directory.rglob("*.part"))) == 0
