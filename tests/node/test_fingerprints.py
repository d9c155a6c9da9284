"""Drivers asked side by side."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from ostler import hookimpl
from ostler.drivers.facade import Driver
from ostler.drivers.threads import DriverThreads
from ostler.drivers.values import Fingerprint, Health, StopRequest, Task, TaskHandle
from ostler.node import Node, fingerprint, with_drivers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEALTHY = Fingerprint(health=Health.HEALTHY)
Asked = tuple[Driver, DriverThreads]


class Sample:
    """A driver whose fingerprint is a function."""

    def __init__(self, answer: Callable[[], object]) -> None:
        self.answer = answer

    @hookimpl
    def fingerprint(self) -> object:
        return self.answer()

    @hookimpl
    def validate(self, task: Task) -> None:
        pass

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        return TaskHandle(task_id=task.id, driver="sample")

    @hookimpl
    def stop(self, handle: TaskHandle, request: StopRequest) -> None:
        pass


@pytest.fixture
def asked() -> Iterator[Callable[[str, Callable[[], object]], Asked]]:
    started = []

    def make(name: str, answer: Callable[[], object]) -> Asked:
        threads = DriverThreads(name)
        started.append(threads)
        return Driver(name, Sample(answer)), threads

    yield make
    for threads in started:
        threads.close()


def test_drivers_are_asked_side_by_side(asked: Callable[[str, Callable[[], object]], Asked]) -> None:
    meeting = threading.Barrier(3)

    def meet() -> Fingerprint:
        meeting.wait(5)
        return HEALTHY

    found = fingerprint([asked(name, meet) for name in ("a", "b", "c")])
    assert found == {"a": HEALTHY, "b": HEALTHY, "c": HEALTHY}


def test_a_late_driver_is_unhealthy_and_delays_nobody(
    asked: Callable[[str, Callable[[], object]], Asked],
) -> None:
    release = threading.Event()

    def hang() -> Fingerprint:
        release.wait(10)
        return HEALTHY

    start = time.monotonic()
    found = fingerprint([asked("slow", hang), asked("quick", lambda: HEALTHY)], deadline_seconds=0.2)
    release.set()
    assert time.monotonic() - start < 2
    assert found["quick"] == HEALTHY
    assert found["slow"].health is Health.UNHEALTHY
    assert found["slow"].reason == "driver 'slow' did not answer fingerprint within 0.2 s"
    assert found["slow"].remedy


def test_a_driver_that_raises_is_unhealthy_with_the_reason(
    asked: Callable[[str, Callable[[], object]], Asked],
) -> None:
    def fail() -> Fingerprint:
        msg = "no such socket"
        raise OSError(msg)

    found = fingerprint([asked("broken", fail), asked("well", lambda: HEALTHY)])
    assert found["broken"].reason == "driver 'broken' raised in fingerprint: OSError('no such socket')"
    assert found["broken"].health is Health.UNHEALTHY
    assert found["well"] == HEALTHY


def test_a_driver_whose_own_time_out_passed_is_not_called_late(
    asked: Callable[[str, Callable[[], object]], Asked],
) -> None:
    def expire() -> Fingerprint:
        msg = "daemon said nothing"
        raise TimeoutError(msg)

    assert "daemon said nothing" in fingerprint([asked("patient", expire)])["patient"].reason


def test_a_wrong_answer_is_unhealthy(asked: Callable[[str, Callable[[], object]], Asked]) -> None:
    found = fingerprint([asked("odd", lambda: "fine")])["odd"]
    assert found.reason.startswith("driver 'odd' answered 'fine' to fingerprint; expected ")


def test_a_closed_driver_is_unhealthy(asked: Callable[[str, Callable[[], object]], Asked]) -> None:
    driver, threads = asked("shut", lambda: HEALTHY)
    threads.close()
    assert fingerprint([(driver, threads)])["shut"].reason == "driver 'shut' is closed"


def test_only_a_detected_driver_has_its_attribute() -> None:
    node = with_drivers(
        Node(id="1", name="n1"),
        {
            "a": HEALTHY,
            "b": Fingerprint(health=Health.UNHEALTHY, reason="no daemon"),
            "c": Fingerprint(health=Health.UNDETECTED, reason="disabled"),
        },
    )
    assert node.attributes == {"driver.a": "1", "driver.b": "1"}


def test_a_drivers_attributes_become_text() -> None:
    found = Fingerprint(
        health=Health.HEALTHY,
        attributes={
            "driver.a": True,
            "driver.a.gpu": False,
            "driver.a.slots": 3,
            "driver.a.load": 0.5,
            "driver.a.x": "",
        },
    )
    assert with_drivers(Node(id="1", name="n1"), {"a": found}).attributes == {
        "driver.a": "1",
        "driver.a.gpu": "false",
        "driver.a.slots": "3",
        "driver.a.load": "0.5",
    }


def test_a_driver_can_not_change_what_the_machine_is() -> None:
    found = Fingerprint(health=Health.HEALTHY, attributes={"kernel.name": "mine"})
    node = Node(id="1", name="n1", attributes={"kernel.name": "linux"})
    assert with_drivers(node, {"a": found}).attributes["kernel.name"] == "linux"


def test_a_later_answer_takes_the_place_of_the_earlier_one() -> None:
    earlier = Fingerprint(health=Health.HEALTHY, attributes={"driver.a.version": "1"})
    node = with_drivers(Node(id="1", name="n1"), {"a": earlier, "b": HEALTHY})
    assert with_drivers(node, {"a": Fingerprint(health=Health.UNDETECTED)}).attributes == {"driver.b": "1"}
