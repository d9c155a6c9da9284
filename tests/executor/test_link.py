"""A reader that stumbles lets nobody wait."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from ostler.errors import RecoverableError
from ostler.executor import Executor
from ostler.executor.connection.link import Link
from tests.executor.bench import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from ostler.executor import Host
    from tests.executor.bench import Bench

KIND = "portable"


def test_an_error_over_news_ends_the_link_and_whoever_waits_is_told(portable: Bench, data_dir: Path) -> None:
    asked = threading.Event()
    broken: list[Link] = []

    def stumble(_: dict[str, Any]) -> None:
        asked.wait(10)
        time.sleep(0.1)
        msg = "stumbled"
        raise ValueError(msg)

    process = portable.start("/bin/sleep", "60")
    link = Link(str(data_dir), KIND, stumble, broken.append)
    link.call("watch", id=process.id)
    portable.executor.stop(process, grace_seconds=0)
    asked.set()
    with pytest.raises(RecoverableError, match="is gone"):
        link.call("processes")
    wait_until(lambda: broken == [link])
    assert link.over
    link.close()


class Blind(Executor):
    """An executor on a machine that can't be probed."""

    def host(self) -> Host:
        msg = "the machine can't be probed"
        raise RecoverableError(msg)


def test_an_error_in_early_probing_is_told_to_the_first_who_asks(
    data_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    executor = Blind(data_dir, portable=True)
    executor.prepare()
    with pytest.raises(RecoverableError, match="can't be probed"):
        executor.host()
    executor.close()
    assert capfd.readouterr().err == ""
