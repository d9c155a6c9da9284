"""Functions that look at this machine: at its files, its folders and the home directory."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ostler.hcl import JOB_FUNCTIONS, Environment, HclError, Limits, Scope, parse_expression

if TYPE_CHECKING:
    from ostler.hcl.environment import Trust

MACHINE = ["abspath", "file", "filebase64", "fileexists", "fileset", "pathexpand"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files of several kinds."""
    for name in ("a.txt", "b.conf", ".hidden.txt", "sub/c.txt", "sub/deep/d.txt", "sub/deep/e[1].txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"this is {name}\n", encoding="utf-8")
    (tmp_path / "bytes").write_bytes(b"\xff\x00")
    (tmp_path / "link.txt").symlink_to("a.txt")
    (tmp_path / "sub" / "up").symlink_to("..")
    (tmp_path / "other").symlink_to("sub/deep")
    (tmp_path / "nowhere.txt").symlink_to("not there")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


def evaluated(
    call: str, directory: Path, trust: Trust = "trusted", limits: Limits | None = None, **names: str
) -> object:
    environment = Environment(directory, trust=trust, limits=limits)
    scope = Scope({"var": names}, functions=JOB_FUNCTIONS, environment=environment)
    return parse_expression(call, "job").evaluate(scope)


def complaint(call: str, directory: Path, trust: Trust = "trusted", limits: Limits | None = None) -> str:
    with pytest.raises(HclError) as caught:
        evaluated(call, directory, trust, limits)
    (problem,) = caught.value.diagnostics
    return problem.message


def test_a_file_is_read_from_the_job_files_directory(folder: Path) -> None:
    assert evaluated('file("a.txt")', folder) == "this is a.txt\n"
    assert evaluated('file("./sub/../sub/c.txt")', folder) == "this is sub/c.txt\n"
    assert evaluated('file("link.txt")', folder) == "this is a.txt\n"
    assert evaluated("file(var.path)", folder / "sub", path=str(folder / "a.txt")) == "this is a.txt\n"
    assert evaluated('filebase64("bytes")', folder) == base64.b64encode(b"\xff\x00").decode()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ('file("none")', "'path': there is no file none"),
        ('file("bytes")', "'path': the bytes of bytes are no text (UTF-8); filebase64 reads them"),
        ('file("sub")', "'path': sub is no regular file"),
        ('file("pipe")', "'path': pipe is no regular file"),
        ('file("a.txt/b")', "'path': a.txt/b can't be read: Not a directory"),
        ('file("a\\u0000b")', "'path': a path can't hold the character U+0000"),
        (
            'file("~nobody/x")',
            "'path': the home of another user can't be looked up; write ~ or ~/... for your own",
        ),
        ('fileexists("sub")', "'path': sub is no regular file"),
        ('fileset(".", "a[")', "'pattern': this is no pattern for files: the '[' is never closed"),
        ('fileset(".", "{a")', "'pattern': this is no pattern for files: the '{' is never closed"),
        ('fileset(".", "a\\\\")', "'pattern': this is no pattern for files: it ends with a backslash"),
    ],
)
def test_what_can_not_be_read_is_told(
    call: str, words: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert complaint(call, Path()) == f"{call.partition('(')[0]}(): the argument {words}"


def test_a_file_that_is_too_large_is_not_read(folder: Path) -> None:
    with (folder / "large").open("wb") as stream:
        stream.truncate(1 << 40)
    assert "more than 4096 KiB" in complaint('file("large")', folder, limits=Limits(size_bytes=4 << 20))


def test_a_file_exists_where_a_regular_one_is(folder: Path) -> None:
    assert evaluated('fileexists("a.txt")', folder) is True
    assert evaluated('fileexists("none")', folder) is False
    assert evaluated('fileexists("nowhere.txt")', folder) is False


@pytest.mark.parametrize(
    ("path", "pattern", "found"),
    [
        (".", "*.txt", [".hidden.txt", "a.txt", "link.txt"]),
        (".", "?.txt", ["a.txt"]),
        (".", "[ab].*", ["a.txt", "b.conf"]),
        (".", "[^a].*", ["b.conf"]),
        (".", "{a,b}.{txt,conf}", ["a.txt", "b.conf"]),
        (".", "sub/*", ["sub/c.txt"]),
        (".", "*/c.txt", ["sub/c.txt"]),
        (".", "sub/**/d.txt", ["sub/deep/d.txt"]),
        (".", "**/deep/d.txt", ["sub/deep/d.txt"]),
        (".", "**/**/c.txt", ["sub/c.txt"]),
        ("sub", "**/*.txt", ["c.txt", "deep/d.txt", "deep/e[1].txt"]),
        ("sub/deep", "**", ["d.txt", "e[1].txt"]),
        (".", "sub/deep/e\\\\[1].txt", ["sub/deep/e[1].txt"]),
        (".", "other/*", ["other/d.txt", "other/e[1].txt"]),
        (".", "a.txt", ["a.txt"]),
        (".", "./sub//c.txt", ["sub/c.txt"]),
        (".", "none", []),
        ("none", "*", []),
        ("a.txt", "*", []),
    ],
)
def test_a_set_of_files_matches_a_pattern(path: str, pattern: str, found: list[str], folder: Path) -> None:
    assert evaluated(f'fileset("{path}", "{pattern}")', folder) == found
    assert (
        evaluated(f'fileset("${{var.root}}/{path}", "{pattern}")', folder / "sub", root=str(folder)) == found
    )


def test_two_stars_follow_links_but_never_in_a_circle(folder: Path) -> None:
    found = evaluated('fileset(".", "**")', folder)
    assert isinstance(found, list)
    assert {"a.txt", "sub/c.txt", "sub/deep/d.txt", "other/d.txt", "bytes", "link.txt"} <= set(found)
    assert not any("up/sub" in path for path in found)


def test_folders_of_many_entries_are_not_looked_at_for_ever(folder: Path) -> None:
    assert "steps" in complaint('fileset(".", "**")', folder, limits=Limits(steps=100))


def test_a_tilde_is_the_home_directory(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("HOME", str(folder))
    assert evaluated('pathexpand("~")', folder / "sub") == str(folder)
    assert evaluated('pathexpand("~/x/../y")', folder / "sub") == f"{folder}/y"
    assert evaluated('pathexpand("a/~")', folder) == "a/~"
    assert evaluated('pathexpand("")', folder) == ""
    assert evaluated('file("~/a.txt")', folder / "sub") == "this is a.txt\n"


def test_a_path_is_absolute_from_the_current_directory(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.chdir(folder / "sub")
    assert evaluated('abspath("x/../y")', folder) == f"{folder}/sub/y"
    assert evaluated('abspath("//etc//x/")', folder) == "/etc/x"


@pytest.mark.parametrize("name", MACHINE)
def test_an_untrusted_text_does_not_look_at_the_machine(name: str, folder: Path) -> None:
    arguments = '"a.txt", "*"' if name == "fileset" else '"a.txt"'
    words = f"{name}(): {name} looks at this machine, which neither an untrusted text nor a validation may do"
    assert complaint(f"{name}({arguments})", folder, "untrusted") == words


def test_an_untrusted_text_takes_paths_apart(folder: Path) -> None:
    assert evaluated('"${dirname("/a/b")} ${basename("/a/b")}"', folder, "untrusted") == "/a b"
