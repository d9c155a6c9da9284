"""A deprecated setting is noted wherever it is written, once, with its replacement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.cli import strangers
from tests.cli.shell import job, task

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.shell import Shell

AGENT: Final = """
plugin "acme" {
  config {
    pin = 1
    address = "https://acme.example"
    login {
      user = "me"
    }
  }
}
"""
CONFIG: Final = """
        image = ""
        ports = []
        colour = "green"
        volume {
          source = "/a"
        }
        volume {
          source = "/b"
          writable = true
        }
"""
JOB: Final = job(task("t", CONFIG, driver="acme"), task("u", CONFIG, driver="acme"))


@pytest.fixture
def site(tmp_path: Path) -> str:
    return strangers.acme(tmp_path / "site")


@pytest.mark.parametrize("command", ["run", "validate"])
def test_each_deprecated_setting_is_noted_once_with_its_place(command: str, ostler: Shell, site: str) -> None:
    agent = ostler.file(AGENT, "agent.hcl")
    ran = ostler(command, "--config", agent, ostler.file(JOB), PYTHONPATH=site)
    notes = [line for line in ran.errors.splitlines(keepends=True) if ": deprecated since" in line]
    ostler.says("deprecated", "".join(notes))
    assert ran.code == 0


def test_the_node_s_notes_tell_of_the_plugin_block(ostler: Shell, site: str) -> None:
    agent = ostler.file(AGENT, "agent.hcl")
    ran = ostler("node", "--config", agent, "--json", PYTHONPATH=site)
    assert ran.code == 0
    assert ran.errors.count("deprecated since acme-driver 1.2") == 1


def test_a_plugin_block_that_nobody_needs_is_not_noted(ostler: Shell, site: str) -> None:
    agent, file = ostler.file(AGENT, "agent.hcl"), ostler.file(job(task("t", "", driver="mock_driver")))
    ran = ostler("validate", "--config", agent, file, PYTHONPATH=site)
    assert (ran.code, ran.errors) == (0, "")
