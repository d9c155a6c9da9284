"""Links that a task leaves where the host works later: at a restart, in its logs, when all is removed."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from ostler import Client, config
from ostler.executor import Executor, Tier

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import NeedKernel

PLANT = """
test -e $NOMAD_TASK_DIR/planted && { echo again; exit 0; }
for each in $NOMAD_TASK_DIR $NOMAD_SECRETS_DIR $NOMAD_ALLOC_DIR/data $NOMAD_ALLOC_DIR/tmp /tmp; do
  ln -s %(victim)s/file $each/file
  ln -s %(victim)s $each/folder
  mkdir -p $each/deep/er && ln -s %(victim)s $each/deep/er/folder && chmod 000 $each/deep
done
ln -s %(victim)s/file $NOMAD_ALLOC_DIR/logs/web.stdout.1 && echo planted in the logs
rm -rf $NOMAD_ALLOC_DIR/logs && echo removed the logs
%(more)s
touch $NOMAD_TASK_DIR/planted
exit 1
"""
AS_ROOT = """
mv $NOMAD_ALLOC_DIR/logs $NOMAD_ALLOC_DIR/elsewhere && echo moved the logs
mv $NOMAD_ALLOC_DIR/tmp $NOMAD_ALLOC_DIR/moved && ln -s %(victim)s $NOMAD_ALLOC_DIR/tmp
chown -h 0:0 $NOMAD_TASK_DIR/file
"""
JOB = """
job "plants" {
  type = "batch"
  group "all" {
    task "web" {
      driver = "exec"
      user   = "%(user)s"
      config {
        command = "/bin/sh"
        args    = ["-c", %(script)s]
      }
      restart {
        attempts = 1
        delay    = "0s"
        mode     = "fail"
      }
    }
  }
}
"""
NEXT = """
job "next" {
  type = "batch"
  group "all" {
    task "next" {
      driver = "exec"
      config {
        command = "/bin/true"
      }
    }
  }
}
"""
AGENT = """
client {
  options {
    "user.denylist" = ""
  }
}
"""
FEWEST = 10


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """Give a folder that no task may change."""
    folder = tmp_path / "victim"
    folder.mkdir(mode=0o700)
    (folder / "file").write_text("untouched", encoding="ascii")
    (folder / "file").chmod(0o600)
    return folder


def look(folder: Path) -> list[tuple[Any, ...]]:
    """Tell all there is to a folder: what it holds, whose it is and who may use it."""
    found = [folder, *sorted(folder.rglob("*"))]
    stats = [(each, os.lstat(each)) for each in found]
    return [
        (str(each), stat.st_mode, stat.st_uid, stat.st_gid, stat.st_nlink, stat.st_size, stat.st_mtime_ns)
        for each, stat in stats
    ]


@pytest.mark.parametrize("user", ["nobody", "root"])
def test_links_that_a_task_left_lead_the_host_nowhere(
    user: str, data_dir: Path, victim: Path, need_kernel: NeedKernel
) -> None:
    host = Executor(data_dir).host()
    if not host.tier.reaches(Tier.ROOT if user == "root" else Tier.USERNS):
        need_kernel(host.reason)
    more = AS_ROOT % {"victim": victim} if user == "root" else ""
    script = json.dumps(PLANT % {"victim": victim, "more": more})
    before = look(victim)
    with Client(config.loads(AGENT, "agent.hcl"), data_dir=data_dir) as client:
        ran = client.run(JOB % {"user": user, "script": script}, keep_allocations=1)
        assert (ran.code, ran.output) == (0, b"again\n"), ran
        (allocation,) = (data_dir / "alloc").iterdir()
        planted = [each for each in allocation.rglob("*") if each.is_symlink()]
        assert len(planted) >= FEWEST
        assert {each.resolve() for each in planted} == {
            victim,
            victim / "file",
        }  # whoever followed would be there
        client.run(NEXT, keep_allocations=0)
    assert not allocation.exists()
    assert look(victim) == before
