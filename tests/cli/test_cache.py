"""`ostler artifact fetch` and `ostler cache`."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.shell import Shell

AGENT = """
client {
  artifact {
    allowed_schemes = ["file"]
    allowed_paths   = ["."]
    cache {
      max_size = "%s"
    }
  }
}
"""


@pytest.fixture
def fetched(ostler: Shell) -> str:
    """Fetch a file and return its checksum."""
    ostler.file(AGENT % "1MB", "agent.hcl")
    ostler.file("words", "words.txt")
    checksum = f"sha256:{hashlib.sha256(b'words').hexdigest()}"
    ran = ostler("--config", "agent.hcl", "artifact", "fetch", "words.txt", "out", "--checksum", checksum)
    assert ran.code == 0, ran.errors
    return checksum


def test_an_artifact_is_fetched_into_a_directory_and_kept(ostler: Shell, fetched: str) -> None:
    assert (ostler.folder / "out" / "words.txt").read_text() == "words"
    (ostler.folder / "words.txt").unlink()
    command = ("--config", "agent.hcl", "artifact", "fetch", "words.txt", "two/x", "--mode", "file")
    again = ostler(*command, "--checksum", fetched)
    assert (ostler.folder / "two" / "x").read_text() == "words"
    assert again.lines == [f"placed from the cache file://{ostler.folder}/words.txt (5 B), into two/x"]
    assert ostler.left() == []


def test_every_event_comes_as_json(ostler: Shell, fetched: str) -> None:
    ran = ostler(
        "--config", "agent.hcl", "artifact", "fetch", "words.txt", "x", "--json", "--checksum", fetched
    )
    (last,) = map(json.loads, ran.lines)
    assert last.pop("seconds") < 60
    assert last == {
        "artifact": f"file://{ostler.folder}/words.txt",
        "size_bytes": 5,
        "kept_bytes": 0,
        "cached": True,
        "destination": "x",
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("words.txt", "out", "--option", "a"), "--option: expected NAME=VALUE, found 'a'"),
        (("words.txt", "out", "--option", "a=b"), "options.a is not known here"),
        (("gone.txt", "out"), "not found"),
        (("words.txt", "out", "--checksum", "md5:" + "0" * 32), "checksum differs"),
    ],
)
def test_what_is_refused_ends_with_two(
    ostler: Shell, fetched: str, words: tuple[str, ...], said: str
) -> None:
    ran = ostler("--config", "agent.hcl", "artifact", "fetch", *words)
    assert (ran.code, said in ran.errors) == (2, True), ran.errors


def test_the_cache_is_listed(ostler: Shell, fetched: str) -> None:
    head, row = ostler("cache", "list").lines
    assert head.split() == ["SOURCE", "PART", "SIZE", "FILES", "USED", "STATE", "KEY"]
    assert row.split()[:5] == [f"file://{ostler.folder}/words.txt", "content", "5", "B", "1"]
    (listed,) = json.loads(ostler("cache", "list", "--json").stdout)
    assert (listed["key"], listed["size_bytes"], listed["in_use"]) == (fetched.replace(":", "-"), 5, False)


def test_the_cache_is_verified(ostler: Shell, fetched: str) -> None:
    assert (ostler("cache", "verify").code, ostler("cache", "verify").lines) == (0, ["read 1, 5 B: 0 differ"])
    (kept,) = ostler.data_dir.glob("artifacts/entries/*/item")
    times = kept.stat()
    kept.write_text("sword")
    os.utime(kept, ns=(times.st_atime_ns, times.st_mtime_ns))
    ran = ostler("cache", "verify")
    assert (ran.code, ran.lines) == (1, ["read 1, 5 B: 1 differ"])
    assert "(content): differs, and is removed: the file" in ran.errors
    assert ostler("cache", "verify", "--json").lines == ["[]"]


def test_the_cache_is_pruned_to_the_configured_size(ostler: Shell, fetched: str) -> None:
    assert ostler("cache", "prune").lines == ["removed 0, freed 0 B, kept 5 B"]
    ostler.file(AGENT % "4B", "agent.hcl")
    ran = ostler("--config", "agent.hcl", "cache", "prune")
    assert ran.lines[-1] == "removed 1, freed 5 B, kept 0 B"
    assert ostler("cache", "list").errors == "note: nothing is kept\n"


def test_all_can_be_removed(ostler: Shell, fetched: str) -> None:
    pruned = json.loads(ostler("cache", "prune", "--all", "--json").stdout)
    assert (len(pruned["removed"]), pruned["freed_bytes"], pruned["kept_bytes"]) == (1, 5, 0)


def all_shown(terminal: int) -> bytes:
    """Read what a terminal is sent, until nobody has it open any more."""
    shown = b""
    with suppress(OSError):
        while piece := os.read(terminal, 100_000):
            shown += piece
    os.close(terminal)
    return shown


def test_a_bar_is_shown_on_a_terminal(ostler: Shell, fetched: str, tmp_path: Path) -> None:
    main, inner = pty.openpty()
    command = ostler.words(["--config", "agent.hcl", "artifact", "fetch", "words.txt", "tty", "--no-cache"])
    environment = {**ostler.environment, "TERM": "xterm"}
    with ThreadPoolExecutor() as reading:
        showing = reading.submit(all_shown, main)  # a terminal that nobody reads takes 4 kB
        try:
            done = subprocess.run(
                command, cwd=ostler.folder, env=environment, stdout=subprocess.PIPE, stderr=inner, check=True
            )
        finally:
            os.close(inner)
        shown = showing.result()
    assert b"words.txt" in shown
    assert b"5/5 bytes" in shown
    assert b"\\x1b" not in shown
    assert b"words.txt (5 B) in " in done.stdout
    assert done.stdout.endswith(b" s, into tty\n")
