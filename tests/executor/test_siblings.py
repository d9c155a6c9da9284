"""Two tasks of one group: neither takes away nor forges what the other says."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ostler import Client, config
from ostler.executor import Executor, Tier
from tests.conftest import KEEPER, end_supervisors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import NeedKernel

GROUP = """
job "two" {
  type = "batch"
  group "two" {
    task "victim" {
      driver = "%(driver)s"
      user   = "nobody"
      config {
        command = "/bin/sh"
        args    = ["-c", %(victim)s]
      }
      restart {
        attempts = 0
      }
    }
    task "thief" {
      driver = "%(driver)s"
      user   = "nobody"
      config {
        command = "/bin/sh"
        args    = ["-c", %(script)s]
      }
      restart {
        attempts = 0
      }
    }
  }
}
"""
VICTIM = """
cd $NOMAD_ALLOC_DIR/data
echo mine
touch said
until test -e done; do sleep 0.01; done
echo still mine
"""
WAIT = "until test -e $NOMAD_ALLOC_DIR/data/said; do sleep 0.01; done; cd $NOMAD_ALLOC_DIR/logs; "
DONE = "\ntouch $NOMAD_ALLOC_DIR/data/done\n"
STEAL = """
for each in .[a-z]* *fifo*; do test -e $each && echo there: $each; done
echo forged >>.victim.stdout.fifo && echo wrote
timeout 0.2 cat .victim.stdout.fifo && echo read
echo tried
"""


def outputs(data_dir: Path, driver: str, script: str) -> dict[str, str]:
    """Run the two, and give what each has in its log."""
    scripts = {"victim": json.dumps(VICTIM), "script": json.dumps(script + DONE)}
    settings = config.loads('plugin "raw_exec" { config { enabled = true } }', "agent.hcl")
    with Client(settings, data_dir=data_dir) as client:
        ran = client.run(GROUP % {"driver": driver, **scripts}, keep_allocations=1)
    assert ran.code == 0
    assert list(data_dir.glob("client/*")) == []
    (logs,) = data_dir.glob("alloc/*/alloc/logs")
    return {name: (logs / f"{name}.stdout.0").read_text() for name in ("victim", "thief")}


@pytest.fixture
def isolated(data_dir: Path, need_kernel: NeedKernel) -> Path:
    host = Executor(data_dir).host()
    if not host.tier.reaches(Tier.USERNS):
        need_kernel(host.reason)
    return data_dir


def test_the_output_of_a_sibling_is_neither_taken_nor_forged(isolated: Path) -> None:
    assert outputs(isolated, "exec", WAIT + STEAL) == {"victim": "mine\nstill mine\n", "thief": "tried\n"}


def test_what_a_sibling_has_written_is_read_in_the_logs(isolated: Path) -> None:
    found = outputs(
        isolated, "exec", WAIT + "until test -s victim.stdout.0; do sleep 0.01; done; cat victim.stdout.0"
    )
    assert found["thief"] == "mine\n"


def test_a_task_writes_to_its_own_secrets(isolated: Path) -> None:
    assert outputs(isolated, "exec", "echo x >/secrets/x && cat /secrets/x")["thief"] == "x\n"


@pytest.fixture
def open_to_all(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Give a data directory that every user may pass through."""
    with tempfile.TemporaryDirectory(prefix="ostler-siblings-") as folder:
        path = Path(folder)
        path.chmod(0o711)
        yield path
        end_supervisors(request.config.stash[KEEPER], path)


def test_a_task_without_a_root_of_its_own_is_heard_as_another_user_too(
    open_to_all: Path, need_kernel: NeedKernel
) -> None:
    if os.geteuid() != 0:
        need_kernel("only root can become another user")
    found = outputs(open_to_all, "raw_exec", "id -un; echo again")
    assert found == {"victim": "mine\nstill mine\n", "thief": "nobody\nagain\n"}
