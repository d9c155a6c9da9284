"""A driver is held to the contract, and found as it is."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import click
import pytest

from ostler.cli.check.outcomes import Checked, Tried, by_sentence
from ostler.cli.check.report import as_text
from tests.cli import strangers

if TYPE_CHECKING:
    from pathlib import Path

    from ostler.cli.check.outcomes import Outcome
    from tests.cli.shell import Shell

pytestmark = pytest.mark.timeout(120)

LOOKING: Final = ("-k", "inspecting or measuring or doctor_knows or doctor_leaves")
ENABLED: Final = 'plugin "raw_exec" {\n  config {\n    enabled = true\n  }\n}\n'


@pytest.fixture
def site(tmp_path: Path) -> str:
    return strangers.wrong(tmp_path / "site")


def checked(ostler: Shell, *words: str, site: str = "") -> tuple[int, dict[str, Any]]:
    """Check a driver, and give the status and what is reported for programs."""
    ran = ostler("driver", "check", *words, "--json", PYTHONPATH=site)
    assert ran.errors == ""
    return ran.code, json.loads(ran.stdout)


def subjects(report: dict[str, Any], outcome: str) -> set[str]:
    return {each["subject"] for each in report["sentences"] if each["outcome"] == outcome}


def test_a_right_driver_breaks_nothing(ostler: Shell) -> None:
    code, report = checked(ostler, "mock_driver", *LOOKING)
    assert (code, report["driver"], report["provider"]) == (0, "mock_driver", "ostler")
    assert (subjects(report, "held"), subjects(report, "broken")) == ({"inspect", "stats"}, set())
    reasons = {each["reason"] for each in report["sentences"] if each["outcome"] == "skipped"}
    assert reasons == {"driver 'mock_driver' does not implement the hook `doctor`"}


def test_what_is_broken_is_told_with_what_was_seen(ostler: Shell, site: str) -> None:
    code, report = checked(ostler, "confused", *LOOKING, site=site)
    tests = [test for each in report["sentences"] for test in each["tests"]]
    seen = [test["seen"] for test in tests if test["outcome"] == "broken"]
    assert (code, subjects(report, "broken")) == (1, {"inspect", "stats"})
    assert ["driver 'confused' raised in stats: ValueError('no idea')"] in seen
    assert "not True" in [lines[0] for lines in seen]
    assert {report[word] > 0 for word in ("held", "broken", "skipped")} == {True}


def test_a_driver_that_ends_the_process_is_blamed_and_the_rest_is_tried(ostler: Shell, site: str) -> None:
    code, report = checked(ostler, "fatal", "-k", "signal_reaches or measuring", site=site)
    assert (code, subjects(report, "broken"), subjects(report, "held")) == (1, {"signal"}, {"stats"})
    assert "the process of its host ended with status 7" in str(report)


def test_a_driver_that_can_not_be_constructed_is_broken(ostler: Shell, site: str) -> None:
    ran = ostler("driver", "check", "dead", PYTHONPATH=site)
    ostler.says("check-dead", re.sub(r"in \d+\.\d s", "in SECONDS s", ran.stdout.decode()))
    assert (ran.code, ran.errors) == (1, "")


def tried(subject: str, sentence: str, outcome: Outcome, *seen: str, stated: str = "") -> Tried:
    doing = "A task that does not obey is gone too." if stated else ""
    return Tried(subject, sentence, "test_a_deaf_task_is_stopped", doing, outcome, stated, seen)


NO_DOCTOR: Final = "driver 'acme' does not implement the hook `doctor`"
TESTS: Final = (
    tried("Task", "are opened for writing by whoever writes the task's output", "held"),
    tried("doctor", "what would mend the rest", "skipped", NO_DOCTOR),
    tried("doctor", "It leaves nothing behind.", "skipped", NO_DOCTOR),
    tried("stop", "Stop the task, first politely", "held"),
    tried(
        "stop",
        "then by force once the grace period ends",
        "broken",
        "None is not None",
        "None = end()",
        stated="assert running.end() is not None",
    ),
    tried("stop", "It returns when every process of the task is gone, and not ``before``.", "held"),
    tried("stop", "It returns when every process of the task is gone, and not ``before``.", "broken", "no"),
    tried("Exit", "One that `stop` ended has the reason `stopped`.", "held"),
    tried("Task", "All of it arrives, in order, however much it is.", "held"),
    tried("fingerprint", "Said in a sentence " + "that is long " * 10 + "and ends.", "held"),
)


def test_a_report_is_written_hook_by_hook(ostler: Shell) -> None:
    lines = as_text(Checked("acme", "acme-driver", "1.3", by_sentence(TESTS), 12.34))
    ostler.says("check-report", click.unstyle("\n".join([*lines, ""])))


def test_how_far_it_is_stands_in_one_line_of_a_terminal(ostler: Shell) -> None:
    ours, theirs = pty.openpty()
    words = ostler.words(["driver", "check", "mock_driver", "-k", "fingerprint"])
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=theirs, env=ostler.environment) as running:
        os.close(theirs)
        shown = b"".join(iter(lambda: read(ours), b""))
    os.close(ours)
    assert running.returncode == 0
    assert re.fullmatch(rb"(\rchecking mock_driver: \d+ of \d+)+\r\x1b\[K", shown)


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # how Linux tells the end of a terminal
        return b""


def test_the_plugin_s_settings_come_from_the_agent_s_file(ostler: Shell) -> None:
    agent = ostler.file(ENABLED, "agent.hcl")
    for words in (("--config", agent, "driver", "check"), ("driver", "check", "--config", agent)):
        assert ostler(*words, "raw_exec", "-k", "what_has_ended_succeeds").code == 0


ACTS: Final = "def do(act):\n    return {'run_for': act.seconds}\n\n\nnothing = 3\n"


def test_other_acts_may_be_given(ostler: Shell) -> None:
    ostler.file(ACTS, "my_acts.py")
    words = ("driver", "check", "mock_driver", "-k", "every_exit_code")
    assert ostler(*words).code == 0
    assert ostler(*words, "--acts", "my_acts:do").code == 1  # they know no code


MISTAKES: Final = {
    "unknown": ("exce",),
    "undetected": ("raw_exec", "--acts", "ostler_drivers.acts:command"),
    "no-acts": ("acme",),
    "acts-form": ("mock_driver", "--acts", "my_acts"),
    "acts-import": ("mock_driver", "--acts", "nowhere:nothing"),
    "acts-attribute": ("mock_driver", "--acts", "my_acts:missing"),
    "acts-no-function": ("mock_driver", "--acts", "my_acts:nothing"),
    "pattern": ("mock_driver", "-k", "nosuchtest"),
    "config": ("mock_driver", "--config", "agent.hcl"),
    "config-missing": ("mock_driver", "--config", "missing.hcl"),
    "denied": ("mock_driver", "--config", "denying.hcl"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_what_can_not_be_checked_is_told(name: str, ostler: Shell, site: str, tmp_path: Path) -> None:
    ostler.file(ACTS, "my_acts.py")
    ostler.file('plugin "mock_driver" {\n  config {\n    fs_isolation = "chrot"\n  }\n}\n', "agent.hcl")
    ostler.file('client {\n  options {\n    "driver.denylist" = "mock_driver"\n  }\n}\n', "denying.hcl")
    path = os.pathsep.join([site, strangers.acme(tmp_path / "acme")])
    ran = ostler("driver", "check", *MISTAKES[name], PYTHONPATH=path)
    ostler.says(f"check-{name}", ran.errors)
    assert (ran.code, ran.stdout) == (2, b"")


def test_ctrl_c_ends_the_check_and_leaves_nothing(ostler: Shell) -> None:
    command = ostler.words(["driver", "check", "mock_driver"])
    process = subprocess.Popen(
        command, cwd=ostler.folder, env=ostler.environment, stdout=subprocess.PIPE, start_new_session=True
    )
    time.sleep(2)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=60)[0] == b""
    assert process.returncode == 130


def test_the_kit_is_not_imported_by_the_command() -> None:
    script = "import sys, ostler.cli.check.command; print('pytest' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
