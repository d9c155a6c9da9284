"""Every attempt of the probe, outside of isolation and on every tier, beside what the page says of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import pytest

from ostler.executor.linux.trial import landlock_version
from tests import leftovers
from tests.conftest import KEEPER
from tests.escape import page
from tests.escape.probe import main

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import NeedKernel
    from tests.escape.conftest import Tried

ATTEMPTS: Final = tuple(main.table.ATTEMPTS)
FEWEST: Final = 40
SCOPED: Final = "connect to an abstract Unix socket of the host"
SCOPES: Final = 6
OF_GROUP: Final = "read what only a further group of whoever ran Ostler may read"


@pytest.fixture(scope="module", autouse=True)
def nothing_left_behind(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Look once for what is left behind: all but one test of each column only read what it found."""
    root = request.config.stash[KEEPER]
    before = leftovers.look(root)
    yield
    assert leftovers.settle(root, before, tmp_path_factory.getbasetemp()) == []


@pytest.mark.parametrize("column", page.COLUMNS)
@pytest.mark.parametrize("title", ATTEMPTS)
def test_an_attempt_goes_as_the_page_says(
    title: str, column: str, tried: Tried, need_kernel: NeedKernel
) -> None:
    through = went(title, column, tried, need_kernel)
    if through and (title == SCOPED or column == "landlock") and landlock_version() < SCOPES:
        need_kernel("this kernel's Landlock knows no abstract sockets and no signals")
    assert through == page.rows()[title][column]


@pytest.mark.parametrize("column", page.OFFLINE)
@pytest.mark.parametrize("title", page.rows(page.OFFLINE))
def test_without_a_network_an_attempt_goes_as_the_page_says(
    title: str, column: str, tried: Tried, need_kernel: NeedKernel
) -> None:
    assert went(title, column, tried, need_kernel) == page.rows(page.OFFLINE)[title][column]


def went(title: str, column: str, tried: Tried, need_kernel: NeedKernel) -> bool:
    """Tell whether an attempt got through inside, which means something if it does outside."""
    if title == OF_GROUP and os.geteuid() != 0:
        need_kernel("only root can give a file to another group")
    outside, inside = tried.get("outside"), tried.get(column)
    if isinstance(outside, str):
        need_kernel(outside)
    if isinstance(inside, str):
        need_kernel(inside)
    if not outside[title]["done"]:
        need_kernel(f"it can't be done outside of isolation either: {outside[title]['why']}")
    assert not inside[title]["why"].startswith("BROKEN"), inside[title]["why"]
    print(inside[title])
    return bool(inside[title]["done"])


def test_the_page_has_a_row_for_every_attempt() -> None:
    assert sorted(page.rows()) == sorted(ATTEMPTS)
    modules = {title: attempt.__module__ for title, attempt in main.table.ATTEMPTS.items()}
    of_network = [title for title in ATTEMPTS if modules[title] == main.network.__name__]
    assert sorted(page.rows(page.OFFLINE)) == sorted(of_network)


def test_enough_attempts_succeed_outside(tried: Tried, need_kernel: NeedKernel) -> None:
    outside = tried.get("outside")
    if os.geteuid() != 0 or isinstance(outside, str):
        need_kernel("only root may do everything that is tried")
    broken = {title: each["why"] for title, each in outside.items() if each["why"].startswith("BROKEN")}
    assert broken == {}
    assert sum(each["done"] for each in outside.values()) >= FEWEST
