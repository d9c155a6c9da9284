"""Control characters in what Ostler is given are shown, never sent; the tasks' own output passes as it is."""

from __future__ import annotations

import json
import os
import re
import signal
from typing import TYPE_CHECKING

import pytest

from ostler.cli.check.outcomes import Checked, Tried, by_sentence
from ostler.cli.check.report import as_json, as_text
from tests.cli.shell import Shell, job, line_with, sh, task
from tests.cli.test_output import on_a_terminal
from tests.packages import write_package

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
HOSTILE = r"t\u001b[2J\u009b1m\u007f\n00:00:00_fake"


def hostile(text: str) -> str:
    """Name the job, the group and the task so that they command a terminal."""
    for kind in ("job", "group", "task"):
        text = re.sub(rf'{kind} "\w+"', lambda found: f'{found[0][:-1]}{HOSTILE}"', text, count=1)
    return text


def test_errors_and_events_show_them(ostler: Shell) -> None:
    ran = ostler.run(hostile(job(task("t", r'command = "/no\u001b[31m\u009bsuch"'))))
    assert ran.code == 2
    ostler.says("control-characters", ran.errors)


def test_what_is_wrong_with_a_job_shows_them(ostler: Shell) -> None:
    text = hostile(job(task("t", r'command = "true"', driver=r"exec\u001b[31m")))
    for command in ("validate", "run"):
        ran = ostler(command, ostler.file(text))
        assert ran.code == 2
        assert r"\x1b[31m" in ran.errors
        assert len(ran.errors.splitlines()) == 3
        assert not CONTROL.search(ran.errors)


def test_json_escapes_those_that_json_allows(ostler: Shell) -> None:
    ran = ostler.run(hostile(job(sh(r"printf '\302\233\177'"))), "--json")
    text = ran.stdout.decode()
    assert not CONTROL.search(text)
    events = [json.loads(line) for line in text.splitlines()]
    assert events[0]["task"].endswith("t\x1b[2J\x9b1m\x7f\n00:00:00_fake")
    assert [each["text"] for each in events if each["type"] == "Output"] == ["\x9b\x7f"]


def test_the_api_s_json_escapes_them(ostler: Shell) -> None:
    ran = ostler("run", "--output", ostler.file(hostile(job(sh("true")))))
    assert not CONTROL.search(ran.stdout.decode())
    assert json.loads(ran.stdout)["Job"]["ID"].endswith("fake")


SPEAKS = """
from attrs import frozen
from ostler.drivers import setting


@frozen(kw_only=True)
class Settings:
    word: str = setting(help="A word \\x1b[2J\\x9b1m.", default="\\x1b[31m")


class Speaks:
    \"\"\"Says \\x1b[2J.\"\"\"

    settings = task_settings = Settings
"""


@pytest.mark.parametrize(
    "words", [["docs"], ["schema"], ["schema", "--format", "markdown"], ["schema", "--format", "hcl"]]
)
def test_what_a_driver_says_of_itself_shows_them(ostler: Shell, tmp_path: Path, words: list[str]) -> None:
    points = {"ostler.drivers.v1": {"speaks": "acme_speaks:Speaks"}}
    site = write_package(tmp_path, "acme-speaks", "1.0", points=points, modules={"acme_speaks": SPEAKS})
    ran = ostler("driver", *words, "speaks", PYTHONPATH=str(site))
    assert ran.code == 0, ran.errors
    assert "[2J" in ran.stdout.decode()
    assert not CONTROL.search(ran.stdout.decode())


@pytest.mark.parametrize("form", [as_json, lambda checked: "\n".join(as_text(checked))])
def test_a_report_on_a_driver_shows_them(form: Callable[[Checked], str]) -> None:
    test = Tried("t", "It ends.", "stop", "", "broken", "", ("raised \x1b[2J\x9b1m",))
    report = form(Checked("speaks", "acme", "1.0", by_sentence([test]), 1.0))
    assert "[2J" in report
    assert not CONTROL.search(re.sub(r"\x1b\[\d*m", "", report))


def test_a_terminal_is_sent_no_command_but_colours(ostler: Shell) -> None:
    code, found = on_a_terminal(ostler, hostile(job(sh(r"printf 'own \033[35m\n'; echo >&2"))))
    assert code == 0
    assert "own \x1b[35m\r\n" in found
    ours = re.sub(r"own \x1b\[35m|\x1b\[\d+m|\r", "", found)
    assert r"t\x1b[2J\x9b1m\x7f\n00:00:00_fake | " in found
    assert not CONTROL.search(ours)


def test_a_task_s_output_passes_byte_for_byte(ostler: Shell) -> None:
    ran = ostler.run(hostile(job(sh(r"printf '\033[31m\233\177'; printf '\033[32m\n' >&2"))))
    assert ran.stdout == b"\x1b[31m\x9b\x7f"
    assert "\x1b[32m\n" in ran.errors


def test_tables_show_them(ostler: Shell) -> None:
    running = ostler.start(hostile(job(sh("echo ready; exec sleep 60"))))
    line_with(running.stdout, "ready")
    ran = ostler("status")
    os.kill(running.pid, signal.SIGINT)
    running.communicate(timeout=20)
    assert len(ran.lines) == 2
    assert not CONTROL.search(ran.stdout.decode())


def test_the_node_s_name_is_shown_as_it_is(ostler: Shell) -> None:
    ran = ostler("node", "--config", ostler.file(r'name = "n[bold]\u001b[31m"', "agent.hcl"))
    assert ran.code == 0
    assert ran.lines[0].startswith(r"n[bold]\x1b[31m ")


def test_an_option_that_nobody_knows_shows_them(ostler: Shell) -> None:
    assert not CONTROL.search(ostler("run", "--jso\x9bn\x07").errors)


def test_a_warning_shows_them(ostler: Shell) -> None:
    record = ostler.data_dir / "client" / "a"
    record.mkdir(parents=True)
    (record / "owner.lock").touch()
    handle = {"task_id": "a/t/00000000", "driver": "gone\x1b[31m", "version": 1, "process": None}
    plain = {"version": 1, "record": handle | {"state": {}, "attributes": {}}}
    (record / "00000000.json").write_text(json.dumps(plain))
    ran = ostler("status")
    assert "gone" in ran.errors
    assert not CONTROL.search(ran.errors + ran.stdout.decode())
