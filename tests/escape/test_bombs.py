"""Bombs against the limits of a task, and a neighbour that has to stay on time meanwhile."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from ostler.executor import Enforcement, Exit, Isolation, Limits, Mount, Process, Reason, Tier
from tests.conftest import KEEPER, end_supervisors
from tests.escape.bomb import FAR
from tests.escape.scene import python
from tests.executor.bench import Bench

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import NeedKernel

MEGABYTE: Final = 1 << 20
HERE: Final = Path(__file__).parent
SHOWN: Final = ("/bin", "/etc", "/lib", "/lib64", "/usr")
LIMITS: Final = {
    "fork": Limits(pids=40),
    "memory": Limits(memory_bytes=64 * MEGABYTE),
    "thread": Limits(pids=40),
    "descriptor": Limits(open_files=64),
    "inode": Limits(inodes=500),
    "disk": Limits(disk_bytes=8 * MEGABYTE),
    "log": Limits(output_bytes=4 * MEGABYTE),
    "nameless": Limits(disk_bytes=8 * MEGABYTE),
}
AMPLE: Final = Limits(pids=400, memory_bytes=400 * MEGABYTE)
REASONS: Final = {
    "memory": Reason.OOM,
    "inode": Reason.DISK_LIMIT,
    "disk": Reason.DISK_LIMIT,
    "log": Reason.OUTPUT_LIMIT,
    "nameless": Reason.DISK_LIMIT,
}
TICK_SECONDS: Final = 0.02
# The latest was 48 ms late, on two processors that ran other tests too.
LATEST_SECONDS: Final = 0.5
NEIGHBOUR: Final = f"""
import json, os, sys, time
late, due = [], time.monotonic() + {TICK_SECONDS}
while not os.path.exists("/local/over"):
    time.sleep(max(0, due - time.monotonic()))
    now = time.monotonic()
    late.append((now, now - due))
    due = now + {TICK_SECONDS}
with open("/local/late", "w") as told:
    json.dump(late, told)
"""


class Went(NamedTuple):
    """How a bomb went off: how far it got outside and inside, how it ended, and from when to when it ran."""

    outside: int
    inside: int
    end: Exit | None
    began: float
    ended: float


class Field:
    """Where bombs go off, beside a neighbour that ticks."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.folder = bench.folder
        self.tier = bench.executor.host().tier
        self.support = bench.executor.host().limits
        self._neighbour = self._start([python(), "-S", "-c", NEIGHBOUR], self._local("neighbour"), Limits())

    def bomb(self, kind: str) -> Went:
        """Let one go off, first outside and then inside, and stop it if it is only held back."""
        plain, local = self._local(f"{kind}-outside"), self._local(kind)
        words = [python(), "-S", "bomb.py", kind]
        self.bench.run(*words, str(plain), str(plain / "report"), cwd=str(HERE), limits=AMPLE)
        began = time.monotonic()
        process = self._start([*words, "/local", "/local/report", "stay"], local, LIMITS[kind])
        seconds = 10.0 if kind in REASONS else 1.0
        end = self.bench.executor.wait(process, seconds)
        self.bench.executor.stop(process, grace_seconds=0)
        return Went(_report(plain), _report(local), end, began, time.monotonic())

    def lateness(self) -> list[tuple[float, float]]:
        """End the neighbour and give when each tick came, and how late."""
        local = self._local("neighbour")
        (local / "over").touch()
        self.bench.end(self._neighbour)
        return [tuple(each) for each in json.loads((local / "late").read_text(encoding="ascii"))]

    def _local(self, name: str) -> Path:
        local = self.folder / name
        local.mkdir(exist_ok=True)
        local.chmod(0o777)
        return local

    def _start(self, words: list[str], local: Path, limits: Limits) -> Process:
        mounts = [Mount(each, each) for each in SHOWN]
        mounts += [Mount(str(HERE), "/bombs"), Mount(str(local), "/local", readonly=False)]
        isolation = Isolation(namespaces=frozenset({"mount", "pid", "ipc", "uts"}), root=tuple(mounts))
        return self.bench.start(
            *words,
            isolation=isolation,
            limits=limits,
            disk=(str(local),),
            user="nobody",
            cwd="/bombs",
            best_effort=True,
        )


def _report(local: Path) -> int:
    report = local / "report"
    return int(report.read_text(encoding="ascii") or 0) if report.exists() else 0


@pytest.fixture(scope="module")
def went(request: pytest.FixtureRequest, need_kernel: NeedKernel) -> Iterator[dict[str, Went]]:
    """Let all of them go off, one after the other; the neighbour's ticks are under ``late``."""
    with tempfile.TemporaryDirectory(prefix="ostler-bombs-") as name:
        folder, data_dir = Path(name), Path(name, "data")
        folder.chmod(0o711)
        data_dir.mkdir(mode=0o700)
        bench = Bench(data_dir, folder)
        try:
            if not bench.executor.host().tier.reaches(Tier.USERNS):
                need_kernel(bench.executor.host().reason)
            field = Field(bench)
            found = {kind: field.bomb(kind) for kind in LIMITS}
            LATE.extend(field.lateness())
            HELD.update({name: getattr(field.support, name) for name in ("memory", "pids")})
            yield found
        finally:
            bench.clear()
            end_supervisors(request.config.stash[KEEPER], data_dir)


LATE: Final[list[tuple[float, float]]] = []
HELD: Final[dict[str, Enforcement]] = {}


@pytest.mark.parametrize("kind", LIMITS)
def test_a_bomb_gets_far_where_nothing_limits_it(kind: str, went: dict[str, Went]) -> None:
    assert went[kind].outside == FAR[kind]


@pytest.mark.parametrize("kind", LIMITS)
def test_a_bomb_is_held_or_ends_with_its_reason(kind: str, went: dict[str, Went]) -> None:
    bomb = went[kind]
    if kind in REASONS:
        assert bomb.end is not None
        assert bomb.end.reason is REASONS[kind]
        return
    if bomb.end is not None:  # where processes are watched, and not held back by the kernel
        assert HELD["pids"] is Enforcement.WATCHED
        assert bomb.end.reason is Reason.PIDS_LIMIT
    assert 0 < bomb.inside <= 64


@pytest.mark.parametrize("kind", LIMITS)
def test_a_neighbour_stays_on_time_beside_a_bomb(kind: str, went: dict[str, Went]) -> None:
    bomb = went[kind]
    # A tick that was due meanwhile counts, also one that came when the bomb was over.
    late = [seconds for moment, seconds in LATE if bomb.began <= moment - seconds <= bomb.ended]
    assert max(late) < LATEST_SECONDS
