"""What /proc tells of a task's processes, whatever they do to hide."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ostler.executor.linux import proc

if TYPE_CHECKING:
    from collections.abc import Iterator
    from subprocess import Popen

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these files")

DEEP = """
import os, signal, sys
from ostler.executor.linux import proc

sys.setrecursionlimit(60)
begun, begin = os.pipe()
if os.fork() == 0:
    os.setpgid(0, 0)
    for _ in range(100):
        if os.fork():
            os.wait()
            os._exit(0)
    os.write(begin, b"!")
    signal.pause()
os.read(begun, 1)
found = list(proc.descendants(os.getpid()))
os.killpg(found[0], signal.SIGKILL)
print(len(found), len(set(found)))
"""
RESTLESS = """
import subprocess, threading

with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as child:
    print(child.pid, flush=True)
    while True:
        threads = [threading.Thread(target=int) for _ in range(4)]
        for each in threads:
            each.start()
"""


@pytest.fixture
def restless() -> Iterator[Popen[bytes]]:
    """Give a process with one child, whose threads come and go."""
    with subprocess.Popen([sys.executable, "-c", RESTLESS], stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_processes_are_found_however_deep_they_lie() -> None:
    ran = subprocess.run([sys.executable, "-c", DEEP], capture_output=True, text=True, check=True)
    assert ran.stdout == "101 101\n"


def test_a_thread_that_ends_meanwhile_hides_no_child(restless: Popen[bytes]) -> None:
    assert restless.stdout is not None
    child = int(restless.stdout.readline())
    assert [proc.children(restless.pid) for _ in range(2000)] == [[child]] * 2000
