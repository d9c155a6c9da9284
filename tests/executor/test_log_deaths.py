"""Supervisors killed at random while a task writes at full speed: every byte comes, once, in order."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from ostler.executor import Exit, LogFiles
from tests.executor.bench import pids_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.executor.bench import Bench

LINES = 16_000_000
MEGABYTE = 1024 * 1024


def kill_at_random(data_dir: Path, over: threading.Event, killed: list[int]) -> None:
    chance = random.Random(11)
    while not over.wait(chance.uniform(0.001, 0.03)):
        for pid in pids_of(f"supervisor_daemon/__main__.py {data_dir}"):
            with suppress(ProcessLookupError):
                os.kill(pid, 9)
                killed.append(pid)
        time.sleep(0.15)


def test_a_writer_at_full_speed_loses_no_byte_to_the_deaths_of_supervisors(
    bench: Bench, data_dir: Path, tmp_path: Path
) -> None:
    wanted = hashlib.sha256(subprocess.run(["seq", f"{LINES}"], capture_output=True, check=True).stdout)
    logs = LogFiles(
        directory=str(tmp_path / "logs"), prefix="web.stdout", max_files=100, max_file_bytes=3 * MEGABYTE
    )
    over, killed = threading.Event(), list[int]()
    process = bench.start("seq", f"{LINES}", stdout=logs)
    killer = threading.Thread(target=kill_at_random, args=(data_dir, over, killed))
    killer.start()
    told, place = hashlib.sha256(), 0
    try:
        for offset, piece in bench.executor.read(logs, follow=True):
            assert offset == place
            told.update(piece)
            place += len(piece)
    finally:
        over.set()
        killer.join()
    assert bench.end(process) == Exit(code=0)
    kept = hashlib.sha256()
    for _, piece in bench.executor.read(logs):
        kept.update(piece)
    assert (told.hexdigest(), kept.hexdigest()) == (wanted.hexdigest(), wanted.hexdigest())
    assert len(killed) >= 2
