"""Where data is kept when nobody says where."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from ostler import MistakeError
from ostler.client import data_directory


@pytest.fixture
def ordinary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be no root, as far as the choice can see."""
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() or 12345)


def test_what_is_asked_for_wins_then_the_variable_then_the_configuration() -> None:
    variable = {"OSTLER_DATA_DIR": "/b"}
    assert data_directory.choose("/a", "/c", variable) == (Path("/a"), "")
    assert data_directory.choose(None, "/c", variable) == (Path("/b"), "")
    assert data_directory.choose(None, "/c", {}) == (Path("/c"), "")


def test_a_relative_place_is_made_absolute() -> None:
    assert data_directory.choose("here", "", {})[0] == Path.cwd() / "here"


def test_root_has_a_place_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert data_directory.choose(None, "", {"HOME": "/root"})[0] == Path("/var/lib/ostler")


@pytest.mark.usefixtures("ordinary")
def test_a_user_has_it_in_the_state_home_or_the_home(tmp_path: Path) -> None:
    state = {"XDG_STATE_HOME": str(tmp_path / "state"), "HOME": str(tmp_path)}
    assert data_directory.choose(None, "", state)[0] == tmp_path / "state" / "ostler"
    home = {"HOME": str(tmp_path)}
    assert data_directory.choose(None, "", home)[0] == tmp_path / ".local" / "state" / "ostler"


def test_without_a_home_it_is_private_temporary_and_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = data_directory._private_temporary()  # noqa: SLF001 - root can't be anybody else here
    assert found == tmp_path / f"ostler-{os.getuid()}"
    assert found.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("manner", ["open", "link"])
def test_somebody_elses_temporary_directory_is_refused(
    manner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    place = tmp_path / f"ostler-{os.geteuid()}"
    if manner == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        place.symlink_to(tmp_path / "elsewhere")
    else:
        place.mkdir()
        place.chmod(0o755)
    with pytest.raises(MistakeError, match="belongs to somebody else or is open to others"):
        data_directory._private_temporary()  # noqa: SLF001 - root can't be anybody else here


def test_a_place_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MistakeError, match="choose another with --data-dir"):
        data_directory.make(tmp_path / "file" / "below")


def test_nothing_of_the_trial_stays(tmp_path: Path) -> None:
    data_directory.make(tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []
