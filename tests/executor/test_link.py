"""A reader that stumbles lets nobody wait."""

from __future__ import annotations

import subprocess
import sys
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


FORKING = """
import os, signal, sys
from ostler.errors import RefusedError
from ostler.executor import Executor

executor = Executor(sys.argv[1], portable=True)
executor.processes()
if os.fork() == 0:
    signal.alarm(20)
    try:
        executor.processes()
    except RefusedError as error:
        print(error, flush=True)
    executor.close()
    os._exit(0)
_, status = os.wait()
print(status, executor.processes())
executor.close()
"""


def test_a_process_that_an_embedder_forks_is_told_to_make_an_executor_of_its_own(data_dir: Path) -> None:
    """It would wait for ever, for its parent reads the answers, and takes them for its own."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKING, str(data_dir)],
        capture_output=True,
        text=True,
        check=True,
    )
    told, after = ran.stdout.splitlines()
    assert "what it forks makes one of its own" in told
    assert after == "0 []"
