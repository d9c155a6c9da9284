"""`ostler fmt`: what it writes, says and leaves alone."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from ostler.cli.actions.restyle import Wish, format_files

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.shell import Shell

WRITE = Wish(check=False, diff=False)
MESSY = b'job "j" {\ntype="batch" # c\n  count = 1\n}\n'
NEAT = b'job "j" {\n  type  = "batch" # c\n  count = 1\n}\n'
AGENT = b'"client" {\nenabled=true\n}\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "job.nomad"
    path.write_bytes(MESSY)
    return path


def test_a_file_is_rewritten_and_keeps_its_mode(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.chmod(0o640)
    assert format_files((str(file),), WRITE) == 0
    assert file.read_bytes() == NEAT
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert list(file.parent.iterdir()) == [file]
    assert capsys.readouterr().out == f"{file}\n"


def test_what_is_in_the_style_is_not_touched(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(NEAT)
    before = file.stat()
    for wish in (WRITE, Wish(check=True, diff=False), Wish(check=True, diff=True)):
        assert format_files((str(file),), wish) == 0
    assert file.stat() == before
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        (Wish(check=True, diff=False), 1),
        (Wish(check=False, diff=True), 0),
        (Wish(check=True, diff=True), 1),
    ],
)
def test_check_and_diff_write_nothing(
    file: Path, capsys: pytest.CaptureFixture[str], wish: Wish, status: int
) -> None:
    assert format_files((str(file),), wish) == status
    assert file.read_bytes() == MESSY
    out = capsys.readouterr().out
    assert ('+  type  = "batch" # c\n' in out) == wish.diff
    assert wish.diff or out == f"{file}\n"


def test_a_folder_stands_for_the_files_in_it_and_below(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["a.hcl", "b.nomad", "below/c.vars.hcl", "d.txt", ".e.hcl", ".git/f.hcl"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(MESSY)
    assert format_files((str(tmp_path),), WRITE) == 0
    changed = [name for name in names if (tmp_path / name).read_bytes() == NEAT]
    assert changed == names[:3]
    assert capsys.readouterr().out.splitlines() == [str(tmp_path / name) for name in changed]


def test_a_link_stays_and_its_file_is_rewritten(file: Path) -> None:
    link = file.with_name("link.hcl")
    link.symlink_to(file.name)
    assert format_files((str(link),), WRITE) == 0
    assert link.is_symlink()
    assert file.read_bytes() == NEAT


def test_one_wrong_file_does_not_keep_the_others_from_it(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = file.with_name("wrong.hcl")
    wrong.write_bytes(b'a=1\njob "j" {\n b="x\n}\n')
    missing = file.with_name("missing.hcl")
    assert format_files((str(wrong), str(missing), str(file)), WRITE) == 2
    assert file.read_bytes() == NEAT
    assert wrong.read_bytes().startswith(b"a=1")
    said = capsys.readouterr().err
    assert f"{wrong}:3:4: this text is never closed" in said
    assert f"{missing}: there is no such file\n" in said


@pytest.mark.parametrize(
    ("text", "words"),
    [(b'{"job": {}}', "this is JSON"), (b'job "j" { a = 1 b = 2 }\n', ":1:17: "), (b"\xff", "invalid UTF-8")],
)
def test_what_is_no_native_syntax_is_refused(
    file: Path, capsys: pytest.CaptureFixture[str], text: bytes, words: str
) -> None:
    file.write_bytes(text)
    assert format_files((str(file),), WRITE) == 2
    assert words in capsys.readouterr().err
    assert file.read_bytes() == text


def test_an_agent_file_in_hcl1_is_formatted_too(file: Path) -> None:
    file.write_bytes(AGENT)
    assert format_files((str(file),), WRITE) == 0
    assert file.read_bytes() == b'"client" {\n  enabled = true\n}\n'


def test_a_folder_without_a_file_and_what_is_no_file_are_mistakes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert format_files((str(tmp_path),), WRITE) == 2
    assert format_files((os.devnull,), WRITE) == 0  # empty, which is in the style
    assert "no file in this folder ends in .hcl or .nomad; name the file itself" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_keeps_its_owner(file: Path) -> None:
    os.chown(file, 65534, 65533)
    assert format_files((str(file),), WRITE) == 0
    assert (file.stat().st_uid, file.stat().st_gid) == (65534, 65533)
    assert file.read_bytes() == NEAT


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes where it likes")
def test_a_file_that_may_not_be_written_is_told(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.chmod(0o444)
    assert format_files((str(file),), WRITE) == 2
    assert capsys.readouterr().err == f"{file}: can't be written: Permission denied\n"
    assert file.read_bytes() == MESSY


def test_stdin_is_formatted_to_stdout(ostler: Shell) -> None:
    ran = ostler("fmt", "-", stdin=MESSY)
    assert (ran.code, ran.stdout, ran.errors) == (0, NEAT, "")
    ran = ostler("fmt", "--check", "-", ostler.file(MESSY), stdin=NEAT)
    assert (ran.code, ran.stdout, ran.errors) == (1, b"job.nomad.hcl\n", "")
