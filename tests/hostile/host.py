"""The command beside a hostile driver, and the jobs that are run under it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.cli.shell import Ran, Shell

AGENT = """
client {
  driver_deadlines {
    answer  = "1s"
    destroy = "1s"
    end     = "1s"
    open    = "3s"
  }
}
plugin "raw_exec" {
  config {
    enabled = true
  }
}
"""


def group(driver: str, config: str) -> str:
    task = f'    task "{driver}" {{\n      driver = "{driver}"\n      kill_timeout = "100ms"\n'
    rest = f"      config {{\n{config}\n      }}\n      restart {{\n        attempts = 0\n      }}\n    }}"
    return f'  group "{driver}" {{\n{task}{rest}\n  }}'


def job(*groups: str) -> str:
    return "\n".join(['job "j" {\n  type = "batch"', *groups, "}\n"])


def speaks(seconds: str = "0", driver: str = "raw_exec") -> str:
    return group(driver, f'command = "sh"\nargs = ["-c", "echo spoken; exec sleep {seconds}"]')


def lasts(seconds: str = "0s", driver: str = "hostile") -> str:
    return group(driver, f'seconds = "{seconds}"')


class Host(NamedTuple):
    """The command, in whose environment the hostile driver is installed."""

    shell: Shell
    site: Path

    def does(self, place: str, deed: str) -> None:
        """Say what the driver is to do wrong from now on."""
        self.shell.environment |= {"PYTHONPATH": str(self.site), "HOSTILE": f"{place}:{deed}"}

    def __call__(self, *words: str) -> Ran:
        return self.shell("--config", "agent.hcl", *words)

    def run(self, *groups: str, options: tuple[str, ...] = ()) -> Ran:
        return self("run", *options, self.shell.file(job(*groups)))

    def start(self, *groups: str) -> subprocess.Popen[bytes]:
        return self.shell.start(job(*groups), "--config", "agent.hcl")

    def standings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self("status", "--json").stdout)
        return found

    def states(self) -> dict[str, str]:
        return {each["task"]: each["state"] for each in self.standings()}
