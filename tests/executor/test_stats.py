from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from ostler.executor import Enforcement, Isolation, Limits, Process
from ostler.executor.linux.gauges import Gauges
from tests.executor.bench import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.executor.bench import Bench

MEGABYTE = 1024 * 1024
HOG = (
    "import time; hog = bytearray(b'x' * (30 << 20)); open(path, 'wb').write(hog); print('done', flush=True)"
)


@pytest.mark.need("python3")
def test_memory_processor_processes_and_disk_are_told_apart(bench: Bench, tmp_path: Path) -> None:
    script = f"path = {str(tmp_path / 'file')!r}; {HOG}; time.sleep(60)"
    limits = Limits(memory_bytes=200 * MEGABYTE, pids=20)
    process = bench.start("python3", "-c", script, limits=limits)
    wait_until(lambda: "done" in bench.output())
    found = bench.executor.stats(process)
    assert 30 * MEGABYTE < (found.rss_bytes or 0) <= (found.memory_bytes or 0)
    assert found.pids == 1
    assert used_seconds(bench, process) > 0
    if bench.executor.host().limits.memory is Enforcement.ENFORCED:
        assert (found.cache_bytes or 0) >= 25 * MEGABYTE
        assert found.swap_bytes == 0


def test_what_a_child_has_used_counts_when_it_is_gone(bench: Bench, isolation: Isolation) -> None:
    work = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"
    script = f"sh -c '{work}'; (sh -c '{work}; echo done' &) ; exec sleep 60"
    process = bench.start("/bin/sh", "-c", script, isolation=isolation)
    used = []

    def done() -> bool:
        used.append(used_seconds(bench, process))
        return "done" in bench.output()

    wait_until(done)
    time.sleep(0.1)
    used.append(used_seconds(bench, process))
    assert used[-1] >= 0.05
    assert used == sorted(used)


def test_waiting_for_a_hard_limit_is_counted(bench: Bench, need_kernel: Callable[[str], None]) -> None:
    if bench.executor.host().limits.cpu_hard is not Enforcement.ENFORCED:
        need_kernel(bench.executor.host().reason or "the kernel holds no group back")
    process = bench.start("/bin/sh", "-c", "while :; do :; done", limits=Limits(cpus=0.1))
    wait_until(lambda: (bench.executor.stats(process).cpu_throttled_seconds or 0) > 0.1)
    assert (bench.executor.stats(process).cpu_throttled_periods or 0) > 0


def test_files_stay_open_for_a_bounded_number_of_tasks(tmp_path: Path) -> None:
    groups = {}
    for number in range(20):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "pids.current").write_text(f"{number}\n")
        groups[str(number)] = {"pids": str(folder)}
    before = len(os.listdir("/proc/self/fd"))
    gauges = Gauges(most=5)
    for name, group in groups.items():
        assert gauges.sample(name, group, os.getpid())["pids"] == int(name)
    opened = len(os.listdir("/proc/self/fd")) - before
    assert 5 <= opened <= 15
    for name in groups:
        gauges.close(name)
    assert len(os.listdir("/proc/self/fd")) == before


def used_seconds(bench: Bench, process: Process) -> float:
    found = bench.executor.stats(process)
    assert found.cpu_user_seconds is not None
    assert found.cpu_system_seconds is not None
    return found.cpu_user_seconds + found.cpu_system_seconds
