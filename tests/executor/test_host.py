from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from ostler.executor import Enforcement, Executor, Tier

if TYPE_CHECKING:
    from pathlib import Path

    from tests.executor.bench import Bench


def test_probing_starts_nothing_and_touches_no_data_directory(tmp_path: Path) -> None:
    Executor(tmp_path / "data").host()
    assert list(tmp_path.iterdir()) == []


def test_the_answer_is_kept(bench: Bench) -> None:
    assert bench.executor.host() is bench.executor.host()


def test_what_is_missing_is_said_with_a_remedy(bench: Bench) -> None:
    host = bench.executor.host()
    assert host.platform == sys.platform
    if host.tier is not Tier.ROOT:
        assert host.reason
        assert host.remedy


def test_an_ordinary_user_is_not_taken_for_root(bench: Bench) -> None:
    if os.geteuid() != 0:
        assert bench.executor.host().tier is not Tier.ROOT


def test_without_cgroups_memory_and_pids_are_watched(bench: Bench) -> None:
    host = bench.executor.host()
    if host.cgroups == "none":
        assert host.limits.memory is host.limits.pids is Enforcement.WATCHED
        assert "cgroup" in host.reason


def test_time_is_always_watched(bench: Bench) -> None:
    assert bench.executor.host().limits.timeout is Enforcement.WATCHED
