"""The launcher in C prepares what is needed late while the init to be puts the root together."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ostler.executor.linux.launch import COMPILED, kind
from ostler.executor.supervisor import slot
from tests.executor.bench import wait_until

pytestmark = pytest.mark.skipif(kind() != COMPILED, reason="the launcher in C was not built")

LAUNCH = """
import json, os, signal, sys
from ostler.executor.linux import compiled
from ostler.executor.supervisor.loop import Loop
folder, text, dies = sys.argv[1:]
order = {
    "prepare": [
        {"do": "make_directory", "path": f"{folder}/made"},
        {"do": os.environ.get("STEP", "write"), "path": f"{folder}/{text}", "text": "ready"},
    ],
    "build": [],
    "enter": [],
    "namespaces": [],
    "executable": "/bin/sh",
    "argv": ["sh", "-c", f"cat {folder}/text >{folder}/seen"],
    "env": {"PATH": "/usr/bin:/bin"},
}
carried_out = compiled.prepared
def prepared(steps, first=0):
    if dies and first:
        os.kill(os.getpid(), signal.SIGKILL)
    carried_out(steps, first)
compiled.prepared = prepared
launcher = compiled.Compiled(Loop())
before = os.listdir("/proc/self/fd")
try:
    answer = launcher.now(order, f"{folder}/slot", "test")
except KeyError:
    answer = compiled.LaunchError("prepare", 1, 0)
    print(len(os.listdir("/proc/self/fd")) - len(before), "descriptors more")
if isinstance(answer, compiled.LaunchError):
    print(json.dumps(answer.failure))
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        print("nobody is left")
else:
    os.waitpid(answer.pid, 0)
"""


def launch(
    folder: Path, text: str = "text", dies: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    (folder / "text").write_text("not yet")
    return subprocess.run(
        [sys.executable, "-c", LAUNCH, str(folder), text, dies],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_begins_after_all_is_prepared(tmp_path: Path) -> None:
    done = launch(tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "made").is_dir()
    assert (tmp_path / "seen").read_text().startswith("ready")


def test_what_can_not_be_prepared_starts_nothing_and_names_its_step(tmp_path: Path) -> None:
    done = launch(tmp_path, text="no/such")
    failure, left = done.stdout.splitlines()
    assert json.loads(failure) == {"phase": "prepare", "index": 1, "errno": errno.ENOENT}
    assert left == "nobody is left"
    assert not (tmp_path / "seen").exists()


def test_an_error_that_nobody_foresaw_leaves_nothing_of_the_launch(tmp_path: Path) -> None:
    done = launch(tmp_path, STEP="no_such_step")
    assert done.stdout.splitlines()[::2] == ["0 descriptors more", "nobody is left"], done.stderr


def test_a_supervisor_that_dies_while_it_prepares_leaves_no_process(tmp_path: Path) -> None:
    assert launch(tmp_path, dies="yes").returncode == -signal.SIGKILL
    handle, end = slot.read(str(tmp_path / "slot"))
    wait_until(lambda: handle is None or not Path(f"/proc/{handle.pid}").exists())
    assert end is None
    assert not (tmp_path / "seen").exists()
