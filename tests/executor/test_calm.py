"""Whether all has to be measured again is told by the machine as a whole."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from ostler.executor.linux import calm
from ostler.executor.linux.calm import Calm

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these files")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    """Give what says how many threads the machine has, and how many MiB could be had.

    It stands for the kernel: the machine's memory is not a test's to take.
    """

    def say(threads: int, available: int) -> None:
        monkeypatch.setattr(calm, "_look", lambda: (threads, available * 1024))

    say(100, 1000)
    return say


def test_what_the_machine_says_is_read() -> None:
    found = calm._look()  # noqa: SLF001 - what it is about
    assert found is not None
    threads, available_kib = found
    assert len(os.listdir("/proc/self/task")) <= threads
    assert 0 < available_kib < os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024


def test_nothing_is_calm_before_it_was_measured() -> None:
    assert not Calm().lasts()


@pytest.mark.usefixtures("machine")
def test_it_lasts_for_a_while_and_ends_with_something_new() -> None:
    found = Calm()
    found.begin()
    assert [found.lasts() for _ in range(33)] == [True] * 32 + [False]
    found.begin()
    found.end()
    assert not found.lasts()


@pytest.mark.parametrize(
    ("threads", "available", "lasts"), [(108, 984, True), (109, 1000, False), (100, 983, False)]
)
def test_it_ends_when_something_grows(
    machine: Callable[[int, int], None], threads: int, available: int, *, lasts: bool
) -> None:
    found = Calm()
    found.begin()
    machine(threads, available)
    assert found.lasts() is lasts


def test_what_others_free_hides_nothing(machine: Callable[[int, int], None]) -> None:
    found = Calm()
    found.begin()
    machine(50, 1500)
    assert found.lasts()
    machine(60, 1480)
    assert not found.lasts()


def test_a_machine_that_says_nothing_is_never_calm(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Calm()
    monkeypatch.setattr(calm, "_look", lambda: None)
    found.begin()
    assert not found.lasts()
