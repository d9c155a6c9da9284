"""What a file system of somebody else's package, or git, can't do while it fetches."""

from __future__ import annotations

import ctypes
import sys
from typing import TYPE_CHECKING

import pytest

from ostler.errors import OstlerError, RefusedError
from tests.artifacts import acme

if TYPE_CHECKING:
    from pathlib import Path

    from tests.artifacts.site import Desk
    from tests.conftest import NeedKernel


@pytest.fixture(autouse=True)
def package(tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a package that adds a scheme, and allow that."""
    monkeypatch.syspath_prepend(str(acme.install(tmp_path)))
    desk.allow(schemes=frozenset({"acme", "zip"}))


@pytest.fixture
def landlock(need_kernel: NeedKernel) -> None:
    """Skip where the kernel has no Landlock."""
    if not sys.platform.startswith("linux") or ctypes.CDLL(None).syscall(444, None, 0, 1) < 1:
        need_kernel("Landlock")


def test_a_scheme_that_a_package_adds_is_fetched(desk: Desk) -> None:
    desk.fetch("acme://thing.txt")
    assert desk.files() == {"thing.txt": "hello\n"}


def test_its_options_come_from_the_job_as_what_it_expects(desk: Desk) -> None:
    desk.fetch("acme://thing.txt", options={"greeting": "12", "count": "2"})
    assert desk.files() == {"thing.txt": "12\n12\n"}


def test_what_it_prints_does_no_harm(desk: Desk) -> None:
    desk.fetch("acme://print/thing.txt")
    assert desk.files() == {"thing.txt": "hello\n"}


def test_what_it_does_not_know_is_refused_and_not_tried_again(desk: Desk) -> None:
    with pytest.raises(RefusedError, match="takes no arguments; check the options"):
        desk.fetch("acme://strict/thing.txt", options={"strict": "true", "size": "1"})


def test_a_scheme_that_is_not_allowed_is_not_imported(desk: Desk) -> None:
    desk.allow(schemes=frozenset({"https"}))
    with pytest.raises(RefusedError, match="the scheme 'acme' is not allowed"):
        desk.fetch("acme://thing.txt")


@pytest.mark.usefixtures("landlock")
def test_no_other_file_of_the_host_is_read_and_the_error_names_it(desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    with pytest.raises(RefusedError, match=rf"{secret}; the fetcher may not reach it; .*extra_paths"):
        desk.fetch(f"acme://read{secret}")


@pytest.mark.usefixtures("landlock")
def test_a_program_that_it_starts_is_held_too(desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    desk.fetch(f"acme://run{secret}", options={"filename": "words"})
    assert "Permission denied" in desk.files()["words"]


@pytest.mark.usefixtures("landlock")
def test_nothing_is_written_elsewhere_not_even_in_the_allocation(desk: Desk) -> None:
    for target in (desk.local / "planted", desk.scratch.parent / "planted"):
        with pytest.raises(OstlerError, match="planted; the fetcher may not reach it"):
            desk.fetch(f"acme://write{target}")
        assert not target.exists()


def test_the_operator_can_add_a_path(desk: Desk, tmp_path: Path) -> None:
    extra = tmp_path / "extra"
    extra.mkdir()
    (extra / "file").write_text("wanted")
    desk.allow(extra_paths=(f"d:r:{extra}",))
    desk.fetch(f"acme://read{extra}/file")
    assert desk.files() == {"file": "wanted"}


def test_the_operator_can_turn_it_off(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("wanted")
    desk.allow(confined=False)
    desk.fetch(f"acme://read{tmp_path}/file")
    assert desk.files() == {"file": "wanted"}


def test_a_package_connects_to_no_metadata_server(desk: Desk) -> None:
    with pytest.raises(RefusedError, match=r"169\.254\.169\.254 is link-local"):
        desk.fetch("acme://connect/x")


def test_variables_are_seen_that_the_operator_names(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSTLER_TEST_SHOWN", "1")
    monkeypatch.setenv("OSTLER_TEST_KEPT", "1")
    desk.allow(environment=("OSTLER_TEST_SHOWN",))
    desk.fetch("acme://environment/names")
    assert "OSTLER_TEST_SHOWN" in desk.files()["names"]
    assert "OSTLER_TEST_KEPT" not in desk.files()["names"]
