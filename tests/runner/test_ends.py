"""Ends are learnt once, however early or late they are told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from ostler.drivers import Exit, Process, Reason, TaskHandle
from ostler.drivers.facade import Driver
from ostler.executor import Executor
from ostler.runner.ends import PATIENCE, Ends, Patience
from tests.runner.drivers import Courteous, LingersTwice, Polite, RaisesEveryOther, WaitsInVain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def executor(data_dir: Path) -> Iterator[Executor]:
    executor = Executor(data_dir)
    yield executor
    executor.close()


class Named:
    name = "courteous"


def driver(kind: type[Polite] = Courteous) -> Driver:
    return Driver("courteous", kind(Named()))  # type: ignore[arg-type]


def handle(word: str, *, process: bool = True) -> TaskHandle:
    known = Process(id=f"a/{word}/1", pid=1, boot_id="", start_time=0, directory="/")
    return TaskHandle(task_id=f"a/{word}/1", driver="courteous", process=known if process else None)


def test_an_end_that_comes_before_anybody_asks_is_kept(executor: Executor) -> None:
    async def act() -> Exit:
        ends = Ends(executor, asyncio.get_running_loop())
        ends.own("a")
        ends.tell("another/t/1", Exit(code=6))
        ends.tell("a/t/1", Exit(code=5))
        try:
            return await asyncio.wait_for(ends.expect(handle("t"), driver()), 5)
        finally:
            ends.close()

    assert asyncio.run(act()) == Exit(code=5)


def test_an_end_may_be_told_from_any_thread_and_twice(executor: Executor) -> None:
    async def act() -> Exit:
        ends = Ends(executor, asyncio.get_running_loop())
        future = ends.expect(handle("t"), driver())
        await asyncio.to_thread(ends.tell, "a/t/1", Exit(code=5))
        await asyncio.to_thread(ends.tell, "a/t/1", Exit(code=6))
        try:
            return await asyncio.wait_for(future, 5)
        finally:
            ends.close()

    assert asyncio.run(act()) == Exit(code=5)


def test_an_end_after_everybody_left_is_no_error(executor: Executor) -> None:
    async def act() -> None:
        ends = Ends(executor, asyncio.get_running_loop())
        ends.expect(handle("t"), driver())
        ends.forget(handle("t"))
        ends.close()
        ends.tell("a/t/1", Exit(code=5))

    asyncio.run(act())


def test_many_tasks_of_one_driver_are_watched_by_one_thread(executor: Executor) -> None:
    async def act() -> list[Exit]:
        ends, courteous = Ends(executor, asyncio.get_running_loop()), driver()
        handles = [handle(str(number), process=False) for number in range(20)]
        futures = [ends.expect(each, courteous) for each in handles]
        courteous.plugin.ended |= {each.task_id: Exit(code=i) for i, each in enumerate(handles)}  # type: ignore[attr-defined]
        try:
            return await asyncio.wait_for(asyncio.gather(*futures), 10)
        finally:
            ends.close()

    assert [end.code for end in asyncio.run(act())] == list(range(20))


def test_a_wait_that_only_raises_loses_its_tasks_with_its_last_words(executor: Executor) -> None:
    async def act() -> tuple[Exit, Driver]:
        ends, vain = Ends(executor, asyncio.get_running_loop(), Patience(5, 0.1, 0.01)), driver(WaitsInVain)
        try:
            return await asyncio.wait_for(ends.expect(handle("t", process=False), vain), 10), vain
        finally:
            ends.close()

    end, vain = asyncio.run(act())
    calls = len(vain.plugin.asked)  # type: ignore[attr-defined]
    assert end.reason is Reason.LOST
    assert calls >= 5
    assert f"driver 'courteous' raised in wait: OSError('no answer {calls}')" in end.message
    assert f"({calls} times in a row" in end.message


def test_every_call_that_is_late_is_told_of(executor: Executor, caplog: pytest.LogCaptureFixture) -> None:
    async def act() -> Exit:
        ends = Ends(executor, asyncio.get_running_loop(), late_seconds=0.1)
        try:
            return await ends.expect(handle("t", process=False), driver(LingersTwice))
        finally:
            ends.close()

    assert asyncio.run(act()) == Exit(code=7)
    assert ["has not answered wait" in each for each in caplog.messages] == [True, True]


def test_a_task_that_was_added_late_has_patience_of_its_own(executor: Executor) -> None:
    async def act() -> tuple[Exit, bool]:
        ends, vain = Ends(executor, asyncio.get_running_loop(), Patience(2, 0.0)), driver(WaitsInVain)
        first = ends.expect(handle("first", process=False), vain)
        await asyncio.sleep(0.5)
        second = ends.expect(handle("second", process=False), vain)
        try:
            end = await asyncio.wait_for(first, 10)
            return end, second.done()
        finally:
            ends.close()

    assert asyncio.run(act())[1] is False


def test_an_answer_begins_the_count_anew(executor: Executor) -> None:
    async def act() -> Exit:
        ends, moody = Ends(executor, asyncio.get_running_loop(), Patience(2, 0.0)), driver(RaisesEveryOther)
        try:
            return await asyncio.wait_for(ends.expect(handle("t", process=False), moody), 20)
        finally:
            ends.close()

    assert asyncio.run(act()) == Exit(code=7)


def test_ten_failures_over_a_minute_are_the_usual_patience() -> None:
    assert Patience(failures=10, seconds=60.0, pause_seconds=1.0) == PATIENCE
