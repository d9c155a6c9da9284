from __future__ import annotations

import os
import random
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from ostler.errors import RecoverableError
from ostler.executor import Exit, Isolation, Mount
from tests.executor.bench import pids_of, with_mounts

if TYPE_CHECKING:
    from pathlib import Path

    from ostler.executor import Process
    from tests.executor.bench import Bench

TASKS = 24


def start_stubbornly(bench: Bench, script: str, isolation: Isolation) -> Process:
    """Start, under a new id whenever a lost supervisor made the start fail."""
    for _ in range(50):
        try:
            return bench.start("/bin/sh", "-c", script, isolation=isolation)
        except RecoverableError:
            continue
    msg = "no start succeeded"
    raise AssertionError(msg)


def kill_supervisors(data_dir: Path, over: threading.Event) -> None:
    chance = random.Random(7)
    while not over.wait(chance.uniform(0.05, 0.4)):
        for pid in pids_of(f"supervisor/__main__.py {data_dir}"):
            with suppress(ProcessLookupError):  # it may just have left
                os.kill(pid, 9)


def test_supervisors_killed_at_random_lose_no_end_and_start_nothing_twice(
    bench: Bench, isolation: Isolation, tmp_path: Path, data_dir: Path
) -> None:
    inside = with_mounts(isolation, Mount(str(tmp_path), str(tmp_path), readonly=False))
    over = threading.Event()
    killer = threading.Thread(target=kill_supervisors, args=(data_dir, over))
    killer.start()
    processes = []
    for number in range(TASKS):
        script = f"echo begun >> {tmp_path}/begun.{number}; sleep 0.{number % 4}; exit {number}"
        processes.append(start_stubbornly(bench, script, (Isolation(), inside)[number % 2]))
    ends = [bench.end(process) for process in processes]
    over.set()
    killer.join()
    assert ends == [Exit(code=number) for number in range(TASKS)]
    begun = [(tmp_path / f"begun.{number}").read_text() for number in range(TASKS)]
    assert set(begun) == {"begun\n"}
