"""What tries the machine early goes on beside its caller, and stays no longer than it is of use."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from ostler.executor import Executor, Tier
from ostler.executor.host.probing import TIERS, Canary, probing, take
from ostler.executor.order import Linux
from tests.house.source import CORE

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = CORE / "ostler" / "executor" / "linux" / "canary.py"


EARLIER: set[int] = set()  # children that other tests of this process have not waited for


@pytest.fixture(autouse=True)
def _mind_the_others() -> None:
    EARLIER.clear()
    EARLIER.update(each.pid for each in psutil.Process().children())


def canaries() -> list[int]:
    """List the children that came since, those too that ended and were not waited for: all are canaries."""
    return [each.pid for each in psutil.Process().children() if each.pid not in EARLIER]


def test_the_first_who_asks_takes_the_canary_that_was_begun_early() -> None:
    with probing():
        (begun,) = canaries()
        first, second = take(), take()
        assert len(canaries()) == 2
    assert begun in canaries()
    first.end()
    second.end()
    assert canaries() == []


def test_an_executor_asks_the_canary_that_was_begun_early(data_dir: Path) -> None:
    with probing():
        executor = Executor(data_dir)
        assert executor.host() is executor.host()
        assert canaries() == []
    executor.close()


def test_a_canary_that_nobody_asked_is_ended_with_the_block() -> None:
    with probing():
        assert len(canaries()) == 1
    assert canaries() == []


def test_a_canary_that_nobody_asked_is_ended_with_who_began_it() -> None:
    orders = Linux()
    orders.prepare()
    orders.prepare()
    assert len(canaries()) == 1
    orders.close()
    assert canaries() == []


def test_an_executor_that_was_prepared_and_never_asked_leaves_nothing(data_dir: Path) -> None:
    executor = Executor(data_dir)
    executor.prepare()
    executor.close()
    assert canaries() == []


def test_the_portable_executor_tries_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSTLER_EXECUTOR", "portable")
    with probing():
        assert canaries() == []


def test_tiers_are_tried_until_one_can_be_had(data_dir: Path) -> None:
    canary = Canary()
    failed = list(canary.answer())
    canary.end()
    executor = Executor(data_dir)
    tier = executor.host().tier
    executor.close()
    assert failed == list(TIERS if tier is Tier.NONE else TIERS[: TIERS.index(tier)])


def test_a_canary_that_breaks_leaves_no_tier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    canary = Canary()
    failures = canary.answer()
    canary.end()
    assert {tier: each["phase"] for tier, each in failures.items()} == dict.fromkeys(TIERS, "canary")


def test_the_canary_imports_next_to_nothing() -> None:
    command = [sys.executable, "-I", "-S", "-X", "importtime", str(PROGRAM), "userns"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=dict(os.environ))
    modules = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "ostler.executor.linux.lower" in modules
    assert modules & {"attr", "json", "logging", "re", "socket", "subprocess", "threading", "typing"} == set()
