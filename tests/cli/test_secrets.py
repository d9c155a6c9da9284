"""A setting that is a secret is shown nowhere: in no words, events, descriptions, records or logs."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final

import pytest

from ostler.config import loads
from tests.cli import strangers
from tests.cli.shell import job, task

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.shell import Ran, Shell

SECRET: Final = "s3cret"
AGENT: Final = f"""
plugin "acme" {{
  config {{
    pin = 4711000
    token = "{SECRET}-token"
    login {{
      user = "me"
      password = "{SECRET}-password"
    }}
  }}
}}
"""
CONFIG: Final = f'image = ""\nports = []\nkey = "{SECRET}-key"'
RIGHT: Final = job(task("t", CONFIG, driver="acme"))
WRONG: Final = {
    "type": (AGENT.replace(f'"{SECRET}-token"', f'["{SECRET}"]'), RIGHT),
    "number": (AGENT.replace("4711000", f'"{SECRET}"'), RIGHT),
    "block": (AGENT.replace(f'"{SECRET}-password"', f'{{ a = "{SECRET}" }}'), RIGHT),
    "nearest": (AGENT.replace("password =", "passwort ="), RIGHT),
    "twice": (AGENT.replace("pin =", f'token = "{SECRET}"\n    pin ='), RIGHT),
    "task": (AGENT, RIGHT.replace(f'"{SECRET}-key"', f'["{SECRET}"]')),
}


def shown(ran: Ran) -> str:
    return ran.stdout.decode() + ran.errors


@pytest.fixture
def site(tmp_path: Path) -> str:
    return strangers.acme(tmp_path / "site")


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["plain", "json"])
def test_a_run_shows_and_writes_down_no_secret(options: tuple[str, ...], ostler: Shell, site: str) -> None:
    agent = ostler.file(AGENT, "agent.hcl")
    ran = ostler("run", "--config", agent, *options, ostler.file(RIGHT), PYTHONPATH=site)
    assert ran.code == 0, ran.errors
    assert SECRET not in shown(ran)
    files = [path for path in ostler.data_dir.rglob("*") if path.is_file()]
    assert files
    assert [str(path) for path in files if SECRET.encode() in path.read_bytes()] == []


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("command", ["run", "validate"])
def test_a_mistake_beside_a_secret_does_not_show_it(
    command: str, name: str, ostler: Shell, site: str
) -> None:
    agent, text = WRONG[name]
    ran = ostler(command, "--config", ostler.file(agent, "agent.hcl"), ostler.file(text), PYTHONPATH=site)
    assert ran.code == 2, ran.errors
    assert SECRET not in shown(ran)


def test_an_interpolation_beside_a_secret_does_not_show_it(ostler: Shell, site: str) -> None:
    text = RIGHT.replace(f"{SECRET}-key", f"{SECRET}${{NO_SUCH}}")
    ran = ostler("run", "--config", ostler.file(AGENT, "agent.hcl"), ostler.file(text), PYTHONPATH=site)
    assert ran.code == 2, ran.errors
    assert SECRET not in shown(ran)


def test_the_node_says_only_that_a_secret_is_set(ostler: Shell, site: str) -> None:
    ran = ostler("node", "--json", "--config", ostler.file(AGENT, "agent.hcl"), PYTHONPATH=site)
    settings = json.loads(ran.stdout)["drivers"]["acme"]["settings"]
    assert (settings["token"], settings["pin"]) == ("<secret>", "<secret>")
    assert settings["login"] == {"user": "me", "password": "<secret>"}
    assert SECRET not in shown(ran)


@pytest.mark.parametrize(
    "words", [("schema",), ("schema", "--format", "markdown"), ("schema", "--format", "hcl"), ("docs",)]
)
def test_no_description_shows_a_secret_default(words: tuple[str, ...], ostler: Shell, site: str) -> None:
    ran = ostler("driver", words[0], "acme", *words[1:], PYTHONPATH=site)
    assert (ran.code, "hunter2" in shown(ran)) == (0, False)


def test_a_configuration_does_not_show_what_it_holds_of_plugins() -> None:
    assert SECRET not in repr(loads(AGENT, "agent.hcl"))


def test_a_driver_that_is_checked_keeps_its_secrets(ostler: Shell, site: str, tmp_path: Path) -> None:
    ostler.file("def do(act):\n    return {'image': '', 'ports': 3}\n", "my_acts.py")
    agent = ostler.file(AGENT, "agent.hcl")
    words = ("driver", "check", "acme", "--config", agent, "--acts", "my_acts:do", "-k", "validat")
    ran = ostler(*words, PYTHONPATH=os.pathsep.join([site, str(tmp_path)]))
    assert (ran.code, SECRET in shown(ran)) == (1, False)
