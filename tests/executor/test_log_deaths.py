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

LINES = 6_000_000
MEGABYTE = 1024 * 1024
DEATHS = 8


class Killer(threading.Thread):
    """Kill supervisors at random instants, every other one once a byte has come from it.

    On a busy machine one takes longer to begin than an embedder would wait for ten that do nothing but die.
    """

    def __init__(self, data_dir: Path) -> None:
        super().__init__()
        self._data_dir = data_dir
        self.came = threading.Event()
        self.over = threading.Event()
        self.killed: list[int] = []

    def run(self) -> None:
        chance = random.Random(11)
        while len(self.killed) < DEATHS and not self.over.is_set():
            if len(self.killed) % 2 == 0:
                self.came.clear()
                self.came.wait(1)
            time.sleep(chance.uniform(0.001, 0.1))
            self._kill()

    def _kill(self) -> None:
        for pid in pids_of(f"supervisor_daemon/__main__.py {self._data_dir}"):
            with suppress(ProcessLookupError):
                os.kill(pid, 9)
                self.killed.append(pid)


def test_a_writer_at_full_speed_loses_no_byte_to_the_deaths_of_supervisors(
    bench: Bench, data_dir: Path, tmp_path: Path
) -> None:
    wanted = hashlib.sha256(subprocess.run(["seq", f"{LINES}"], capture_output=True, check=True).stdout)
    logs = LogFiles(
        directory=str(tmp_path / "logs"), prefix="web.stdout", max_files=100, max_file_bytes=3 * MEGABYTE
    )
    process = bench.start("seq", f"{LINES}", stdout=logs)
    killer = Killer(data_dir)
    killer.start()
    told, place = hashlib.sha256(), 0
    try:
        for offset, piece in bench.executor.read(logs, follow=True):
            assert offset == place
            told.update(piece)
            place += len(piece)
            killer.came.set()
    finally:
        killer.over.set()
        killer.join()
    assert bench.end(process) == Exit(code=0)
    kept = hashlib.sha256()
    for _, piece in bench.executor.read(logs):
        kept.update(piece)
    assert (told.hexdigest(), kept.hexdigest()) == (wanted.hexdigest(), wanted.hexdigest())
    assert len(killer.killed) >= 2
