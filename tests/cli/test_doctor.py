"""`ostler doctor`: honest about what can't be had, and how it can."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import termios
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from attrs import frozen

from ostler.client import Client, diagnosis
from ostler.drivers import Fingerprint, Health, ProcessHooks, hookimpl
from ostler.drivers.values import Finding
from ostler.executor import Tier
from tests.cli.shell import PROGRAM
from tests.executor.denials import DENIALS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ostler.drivers import Task
    from tests.cli.shell import Shell
    from tests.conftest import NeedKernel

HARDLY = 'plugin "exec" { config { min_isolation = "none" } }'


def denied(ostler: Shell, name: str, *words: str) -> tuple[int, str]:
    """Run the command where something is denied; give its status and what it printed."""
    done = subprocess.run(
        [*DENIALS[name].words(), *PROGRAM, "--data-dir", str(ostler.data_dir), *words],
        cwd=ostler.folder,
        env=ostler.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_all_is_told_as_json_with_a_row_for_each_canary(ostler: Shell, need_kernel: NeedKernel) -> None:
    ran = ostler("doctor", "--json")
    found = json.loads(ran.stdout)
    if found["isolation"]["tier"] not in {Tier.ROOT, Tier.USERNS}:
        need_kernel(found["isolation"]["reason"])
    assert (ran.code, found["well"], found["drivers"]["exec"]["health"]) == (0, True, "healthy")
    names = {each["name"] for each in found["capabilities"]}
    kinds = {f"{kind} namespace" for kind in ("user", "mount", "pid", "ipc", "uts", "network")}
    assert names >= kinds | {"bind mount", "proc", "pivot_root", "seccomp", "landlock", "pidfd", "clone3"}
    assert names >= {"cgroup memory", "cgroup cpu", "cgroup pids", "launcher in C", "init in C"}
    assert [each for each in found["capabilities"] if not each["there"] and not each["remedy"]] == []
    assert ostler.left() == []


def test_a_table_is_told_without_colours_and_ends_in_a_verdict(ostler: Shell) -> None:
    ran = ostler("--config", ostler.file(HARDLY, "agent.hcl"), "doctor")
    assert (ran.code, ran.lines[-1]) == (0, "all that is asked for can be had")
    assert b"\x1b" not in ran.stdout
    assert [line for line in ran.lines if line.split()[:2] == ["healthy", "exec"]]


@pytest.mark.parametrize("name", DENIALS)
def test_what_is_denied_is_named_with_its_remedy(ostler: Shell, name: str, need_kernel: NeedKernel) -> None:
    denial = DENIALS[name]
    if reason := denial.can_not():
        need_kernel(reason)
    ostler.file('plugin "exec" { config { min_isolation = "root" } }', "agent.hcl")
    code, said = denied(ostler, name, "--config", "agent.hcl", "doctor")
    assert code == 1, said
    assert denial.reason in said
    assert denial.remedy in said
    assert said.splitlines()[-1] == "not all that is asked for can be had: exec"


def test_what_is_denied_and_not_asked_for_is_no_failure(ostler: Shell) -> None:
    name = "nothing at all by seccomp"
    code, said = denied(ostler, name, "--config", ostler.file(HARDLY, "least.hcl"), "doctor")
    assert code == 0, said
    assert DENIALS[name].remedy in said


def test_a_driver_that_is_configured_and_not_installed_is_missed(ostler: Shell) -> None:
    ran = ostler("--config", ostler.file('plugin "nix" { config { } }', "agent.hcl"), "doctor")
    assert ran.code != 0
    assert "nix" in ran.errors + ran.stdout.decode()


def test_a_driver_that_is_disabled_is_not_missed(ostler: Shell) -> None:
    off = f'{HARDLY}\nplugin "raw_exec" {{ config {{ enabled = false }} }}'
    ran = ostler("--config", ostler.file(off, "agent.hcl"), "doctor", "--json")
    assert ran.code == 0
    assert json.loads(ran.stdout)["drivers"]["raw_exec"]["wanted"] is False


def test_the_portable_executor_has_no_canaries(ostler: Shell) -> None:
    ran = ostler("--config", ostler.file(HARDLY, "a.hcl"), "doctor", "--json", OSTLER_EXECUTOR="portable")
    found = json.loads(ran.stdout)
    assert (ran.code, found["capabilities"], found["isolation"]["tier"]) == (0, [], "none")


def test_the_slower_launcher_is_told_apart(ostler: Shell, need_kernel: NeedKernel) -> None:
    ran = ostler("doctor", "--json", OSTLER_LAUNCHER="ctypes")
    rows = {each["name"]: each for each in json.loads(ran.stdout)["capabilities"]}
    if not rows:
        need_kernel("the portable executor has no launcher")
    assert (rows["launcher in C"]["there"], rows["launcher in C"]["remedy"]) == (
        False,
        "unset OSTLER_LAUNCHER",
    )
    assert rows["init in C"]["there"] is False
    assert "2.5 MB each" in rows["init in C"]["found"]  # as docs/benchmarks.md and docs/operators.md have it


def test_a_plan_is_printed_and_nothing_is_started(ostler: Shell) -> None:
    config = ostler.file(f'{HARDLY}\nplugin "raw_exec" {{ config {{ enabled = true }} }}', "agent.hcl")
    ran = ostler("--config", config, "doctor", "--plan", "exec", "--json")
    (plan,) = json.loads(ran.stdout)
    assert (ran.code, plan["argv"]) == (0, ["/bin/echo"])
    assert plan["enter"][-1]["do"] in {"change_directory", "seccomp"}
    assert str(ostler.data_dir / "alloc") in json.dumps(plan["build"])
    read = ostler("--config", config, "doctor", "--plan", "raw_exec", SECRET="hunter2")
    assert (read.code, read.lines[0]) == (0, "tier: none")
    assert {"env:", "    NOMAD_TASK_NAME=example", "build, in the task's first process:"} <= set(read.lines)
    assert "hunter2" not in read.stdout.decode()
    assert sorted(path.name for path in ostler.data_dir.iterdir()) == ["drivers"]


def test_a_driver_that_starts_no_process_has_no_plan(ostler: Shell) -> None:
    ran = ostler("doctor", "--plan", "mock_driver")
    assert (ran.code, ran.stdout) == (2, b"")
    assert "there is no plan to show" in ran.errors
    unknown = ostler("doctor", "--plan", "nix")
    assert unknown.code == 2
    assert unknown.errors.startswith("no driver named 'nix'; ")


def test_a_driver_that_can_not_be_used_has_no_plan(ostler: Shell) -> None:
    ran = ostler("doctor", "--plan", "exec", OSTLER_TIER="none")
    assert (ran.code, ran.stdout) == (2, b"")
    assert "driver 'exec' is unhealthy here: min_isolation asks for userns" in ran.errors
    assert "isolation none, cgroups" in ran.errors
    assert "ignored" not in ran.errors
    misspelled = ostler("doctor", OSTLER_TIER="usernss").stdout.decode()
    assert "OSTLER_TIER is 'usernss' and that is no tier" in misspelled
    assert "or make it one of root, userns, landlock, none" in misspelled
    assert "is undetected here: disabled" in ostler("doctor", "--plan", "raw_exec").errors


def test_on_a_terminal_nothing_is_wider_than_it(ostler: Shell) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (50, 60))
    words = [*PROGRAM, "--data-dir", str(ostler.data_dir), "doctor"]
    environment = {**ostler.environment, "OSTLER_EXECUTOR": "portable", "NO_COLOR": "1", "TERM": "dumb"}
    with subprocess.Popen(words, stdout=theirs, stdin=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # what a terminal gives at its end
            while piece := os.read(ours, 4096):
                shown += piece
    os.close(ours)
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in shown.decode().splitlines()]
    assert process.returncode == 1
    assert max(map(len, lines)) <= 60
    assert "unhealthy   exec         min_isolation asks for userns;" in lines
    assert "                         -> use the executor for Linux; or" in lines
    assert "                            lower min_isolation" in lines


@frozen
class NoSettings:
    """None."""


class Sick(ProcessHooks):
    """Has a `doctor` that finds something, raises or hangs."""

    settings: ClassVar = NoSettings
    task_settings: ClassVar = NoSettings
    act = ""
    released: threading.Event

    @hookimpl
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(health=Health.HEALTHY)

    @hookimpl
    def validate(self, task: Task) -> None: ...

    @hookimpl
    def start(self, task: Task) -> None: ...

    @hookimpl
    def doctor(self) -> Sequence[Finding]:
        if self.act == "raise":
            msg = "no pulse"
            raise RuntimeError(msg)
        if self.act == "hang":
            self.released.wait(10)
        return [Finding("engine", well=False, found="no socket", remedy="start it")]


@pytest.mark.parametrize(("act", "told"), [("", "no socket"), ("raise", "no pulse"), ("hang", "0.3 s")])
def test_what_a_driver_finds_is_told_however_it_does(
    act: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnosis, "PATIENCE_SECONDS", 0.3)
    released = threading.Event()
    kind: Any = type("Sick", (Sick,), {"act": act, "released": released})
    with Client(data_dir=tmp_path, drivers={"sick": kind}) as client:
        found = client.diagnose()
        released.set()
    (sick,) = (each for each in found.drivers if each.report.name == "sick")
    (finding,) = sick.findings
    assert told in finding.found
    assert (finding.well, sick.well, found.well) == (False, False, False)
    assert finding.remedy


def test_help_says_what_the_status_means(ostler: Shell) -> None:
    said = " ".join(ostler("doctor", "--help").stdout.decode().split())
    assert "exit status is 0 when every driver that is enabled can be used" in said
