"""What a driver can be told, printed for editors, for people and to copy."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

import pytest

from ostler import config, jobs
from ostler.drivers import Catalog
from ostler.drivers.settings import check, read
from tests.cli import strangers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.shell import Shell

FORMATS: Final = ("json", "markdown", "hcl")


@pytest.fixture
def site(tmp_path: Path) -> str:
    return strangers.acme(tmp_path / "site")


@pytest.mark.parametrize("form", FORMATS)
def test_a_driver_is_described(form: str, site: str, ostler: Shell) -> None:
    ran = ostler("driver", "schema", "acme", "--format", form, PYTHONPATH=site)
    ostler.says(f"schema-{form}", ran.stdout.decode())
    assert (ran.code, ran.errors) == (0, "")


@pytest.mark.parametrize("form", FORMATS)
def test_a_secret_is_in_no_description(form: str, site: str, ostler: Shell) -> None:
    assert b"hunter2" not in ostler("driver", "schema", "acme", "--format", form, PYTHONPATH=site).stdout


def test_one_block_is_described_alone(ostler: Shell) -> None:
    both = json.loads(ostler("driver", "schema", "exec").stdout)
    assert json.loads(ostler("driver", "schema", "exec", "--block", "task").stdout) == both["task"]
    assert (
        b'plugin "exec"'
        not in ostler("driver", "schema", "exec", "--block", "task", "--format", "hcl").stdout
    )


def copied(ostler: Shell, driver: str, part: str, site: str = "") -> str:
    words = ("driver", "schema", driver, "--format", "hcl", "--block", part)
    return ostler(*words, PYTHONPATH=site).stdout.decode()


def uncommented(text: str) -> str:
    """Do what the first lines say: where no space follows a #, take it away."""
    return re.sub(r"^( *)#(?! )", r"\1", text, flags=re.MULTILINE)


@pytest.mark.parametrize("change", [str, uncommented], ids=["as printed", "all uncommented"])
@pytest.mark.parametrize("driver", ["exec", "raw_exec", "mock_driver", "acme"])
def test_both_blocks_are_read_back_when_copied(
    driver: str, change: Callable[[str], str], site: str, ostler: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(site)
    loaded = Catalog().load(driver)
    block = config.loads(change(copied(ostler, driver, "plugin", site)), "agent.hcl").plugins[driver]
    read(loaded.settings, block.config, path="plugin")
    (group,) = jobs.loads(change(copied(ostler, driver, "task", site)), filename="job.hcl").job.groups
    assert check(loaded.task_settings, group.tasks[0].config, path="config").problems == ()


def test_what_is_copied_says_what_holds_without_it(ostler: Shell) -> None:
    driver = Catalog().load("exec")
    block = config.loads(uncommented(copied(ostler, "exec", "plugin")), "agent.hcl").plugins["exec"]
    assert read(driver.settings, block.config, path="plugin") == driver.settings()


def test_a_job_to_begin_with_is_valid(ostler: Shell) -> None:
    ran = ostler("validate", ostler.file(copied(ostler, "exec", "task")))
    assert (ran.code, ran.errors) == (0, "")
