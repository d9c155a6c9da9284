"""What the making of a task holds open: by the name that /proc has for it, nothing leads out of the root."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from ostler.errors import RefusedError
from ostler.executor import Executor, Isolation, Mount, Tier
from ostler.executor.linux.launch import COMPILED, kind
from tests.executor.bench import Bench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import NeedKernel

NUMBERS = range(3, 24)
SHOWN = ("/bin", "/lib", "/lib64", "/usr")
ISOLATION = Isolation(
    namespaces=frozenset({"mount", "pid", "ipc", "uts"}), root=tuple(Mount(each, each) for each in SHOWN)
)
# The launcher in C with a folder open, as the supervisor has one that it measures just then.
LAUNCH: Final = """
import os, sys
from ostler.executor.linux.compiled import Compiled
from ostler.executor.supervisor.loop import Loop
script, slot = sys.argv[1:]
folder = os.open("/bin", os.O_RDONLY | os.O_DIRECTORY)
with open(script, "w") as written:
    written.write(f"#!/proc/self/fd/{folder}/sh\\n")
os.chmod(script, 0o755)
order = {"prepare": (), "namespaces": (), "build": (), "enter": (), "executable": script, "argv": [script]}
print(getattr(Compiled(Loop()).now({**order, "env": {}}, slot, "x"), "failure", "started"))
"""


@pytest.fixture
def bench(data_dir: Path, tmp_path: Path, need_kernel: NeedKernel) -> Iterator[Bench]:
    host = Executor(data_dir).host()
    if not host.tier.reaches(Tier.USERNS):
        need_kernel(host.reason)
    bench = Bench(data_dir, tmp_path)
    yield bench
    bench.clear()


def test_a_task_starts_in_no_folder_that_is_held_open(bench: Bench) -> None:
    user = "root" if bench.executor.host().tier is Tier.ROOT else ""
    for number in NUMBERS:
        with pytest.raises(RefusedError, match="can't start in the directory"):
            bench.start("/bin/true", isolation=ISOLATION, user=user, cwd=f"/proc/self/fd/{number}/..")


def test_a_program_is_found_in_no_folder_that_is_held_open(bench: Bench) -> None:
    user = "root" if bench.executor.host().tier is Tier.ROOT else ""
    for number in NUMBERS:
        with pytest.raises(RefusedError):
            bench.start(f"/proc/self/fd/{number}/../../../bin/true", isolation=ISOLATION, user=user)


def test_a_scripts_interpreter_is_found_in_no_folder_that_is_held_open(
    tmp_path: Path, need_kernel: NeedKernel
) -> None:
    if kind() != COMPILED:
        need_kernel("the launcher in C was not built")
    command = [sys.executable, "-c", LAUNCH, str(tmp_path / "script"), str(tmp_path / "slot")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert f"'errno': {errno.ENOENT}" in said.stdout, said


def test_a_command_in_a_task_starts_in_no_folder_that_is_held_open(bench: Bench) -> None:
    user = "root" if bench.executor.host().tier is Tier.ROOT else ""
    process = bench.start("/bin/sleep", "60", isolation=ISOLATION, user=user)
    for number in NUMBERS:
        with pytest.raises(RefusedError, match="there is no directory"):
            bench.executor.execute(process, ("/bin/true",), cwd=f"/proc/self/fd/{number}/..")


@pytest.mark.parametrize("folder", ["/proc/self/cwd", "/proc/self/root/usr", "/proc/1/cwd"])
def test_a_task_never_starts_where_proc_leads_to(bench: Bench, folder: str) -> None:
    """Whatever the supervisor has open just then, none of it is found under such a name."""
    with pytest.raises(RefusedError, match="can't start in the directory"):
        bench.start("/bin/true", isolation=ISOLATION, cwd=folder)
    process = bench.start("/bin/sleep", "60", isolation=ISOLATION)
    with pytest.raises(RefusedError, match="there is no directory"):
        bench.executor.execute(process, ("/bin/true",), cwd=folder)
