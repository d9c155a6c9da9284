"""The first host of a data directory lets drivers sweep; what lives is never touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ostler import Client
from ostler.client.hosts import Hosts
from ostler.errors import DriverError
from ostler.runner import sweeping
from tests.client import lingering
from tests.client.lingering import CannotSweep, Lingering, SweepsForLong, SweepsUntilToldEnough, job

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


class Theatre:
    """Hosts in processes of their own, on one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.things = data_dir / "drivers" / "lingering"
        self.hosts: list[subprocess.Popen[bytes]] = []

    def host(self, manner: str, kind: type[Lingering] = Lingering) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", lingering.__name__, str(self.data_dir), kind.__name__, manner]
        running = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE)
        self.hosts.append(running)
        return running

    def kill(self, running: subprocess.Popen[bytes]) -> None:
        os.kill(running.pid, signal.SIGKILL)
        running.communicate()

    def run(self, kind: type[Lingering] = Lingering, **config: Any) -> None:  # noqa: ANN401 - a task's settings
        with Client(data_dir=self.data_dir, drivers={"lingering": kind}) as client:
            assert client.run(job(short=True, **config)).code == 0

    def made(self, count: int = 1) -> set[str]:
        """Wait for things, and give their names."""
        while len(found := {path.name for path in self.things.glob("*") if path.name != "swept"}) < count:
            time.sleep(0.02)
        return found

    @property
    def swept(self) -> list[str]:
        """What each sweep was told of."""
        path = self.things / "swept"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def theatre(data_dir: Path) -> Iterator[Theatre]:
    made = Theatre(data_dir)
    yield made
    for each in made.hosts:
        if each.poll() is None:
            made.kill(each)


def started(running: subprocess.Popen[bytes]) -> None:
    assert running.stdout is not None
    assert b"Started\n" in iter(running.stdout.readline, b"")


def test_what_a_start_left_whose_process_died_is_swept(theatre: Theatre) -> None:
    dead = theatre.host("stuck")
    (thing,) = theatre.made()
    theatre.kill(dead)
    theatre.run()
    assert not (theatre.things / thing).exists()


def test_what_is_recorded_is_recovered_and_known(theatre: Theatre) -> None:
    dead = theatre.host("running")
    started(dead)
    (thing,) = theatre.made()
    theatre.kill(dead)
    theatre.run()
    assert (theatre.things / thing).exists()
    (known,) = theatre.swept[1:]
    assert known.replace("/", ".").startswith(thing)
    assert known.endswith(":{'recovered': 'yes'}")


def test_a_start_of_a_living_host_is_not_swept(theatre: Theatre) -> None:
    theatre.host("stuck")
    (thing,) = theatre.made()
    theatre.run()
    assert len(theatre.swept) == 1  # the other's own, before its start
    assert (theatre.things / thing).exists()


def test_a_client_sweeps_before_its_first_task_alone(theatre: Theatre) -> None:
    with Client(data_dir=theatre.data_dir, drivers={"lingering": Lingering}) as client:
        for _ in range(2):
            client.run(job(short=True))
    assert theatre.swept == [""]


def test_two_clients_of_one_process_are_two_hosts(theatre: Theatre) -> None:
    drivers = {"lingering": Lingering}
    with Client(data_dir=theatre.data_dir, drivers=drivers) as first:
        first.run(job(short=True))
        theatre.run()
    theatre.run()
    assert theatre.swept == ["", ""]


def test_a_host_waits_for_a_sweep_before_it_starts(theatre: Theatre) -> None:
    dead = theatre.host("stuck")
    theatre.made()
    theatre.kill(dead)
    theatre.host("running", SweepsForLong)
    while len(theatre.swept) < 2:
        time.sleep(0.02)
    began = time.monotonic()
    theatre.run()
    assert time.monotonic() - began > 1.0
    assert len(theatre.made()) == 1  # that of the one that swept; neither start was taken for a left one


def test_a_host_that_dies_over_its_sweep_leaves_it_to_the_next(theatre: Theatre) -> None:
    theatre.run()
    (theatre.things / "left").touch()
    dead = theatre.host("running", SweepsForLong)
    while len(theatre.swept) < 2:
        time.sleep(0.02)
    theatre.kill(dead)
    assert (theatre.things / "left").exists()
    theatre.run()
    assert not (theatre.things / "left").exists()


def test_a_sweep_that_raises_is_a_warning_that_names_the_driver(
    theatre: Theatre, caplog: pytest.LogCaptureFixture
) -> None:
    theatre.run(CannotSweep)
    assert "driver 'lingering' raised in sweep: OSError('no broom')" in caplog.text


def test_a_record_that_cannot_be_read_keeps_drivers_from_sweeping(
    theatre: Theatre, caplog: pytest.LogCaptureFixture
) -> None:
    dead = theatre.host("running")
    started(dead)
    theatre.kill(dead)
    (record,) = theatre.data_dir.glob("client/*/????????.json")
    record.write_text('{"version": 99}')
    before = theatre.made()
    theatre.run()
    assert "no driver was asked to sweep: " in caplog.text
    assert before <= theatre.made()


def test_a_driver_that_hangs_in_its_sweep_gets_no_task_before_it_is_done(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "SWEEP_SECONDS", 0.2)
    drivers = {"lingering": SweepsUntilToldEnough, "other": Lingering}
    words = "driver 'lingering' did not answer sweep within 0.2 s, and is still at it; it gets no task before"
    for _ in range(2):  # the second while the first one's driver still sweeps
        with Client(data_dir=theatre.data_dir, drivers=drivers) as client:
            with pytest.raises(DriverError, match=words):
                client.start(job())
            assert client.run(job("other", short=True)).code == 0
    (theatre.things / "enough").touch()
    while list(theatre.data_dir.glob("drivers/*.sweeping")):
        time.sleep(0.05)
    theatre.run()


def test_a_sweep_whose_process_died_keeps_nobody_waiting(theatre: Theatre) -> None:
    theatre.run()
    (theatre.data_dir / "drivers" / ".lingering.sweeping").touch()
    theatre.run()


def test_a_seat_is_had_alone_once(data_dir: Path) -> None:
    first = Hosts(data_dir)
    assert first.alone
    first.join()
    second = Hosts(data_dir)
    assert not second.alone
    first.close()
    second.close()
    third = Hosts(data_dir)
    assert third.alone
    third.close()


def test_looking_and_validating_take_no_seat(data_dir: Path) -> None:
    with Client(data_dir=data_dir, drivers={"lingering": Lingering}) as client:
        client.validate(job())
        client.allocations()
    assert not (data_dir / "hosts.lock").exists()
