"""What an embedder may do at an awkward moment or with an awkward value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import ostler
from ostler import Client, MistakeError

if TYPE_CHECKING:
    from pathlib import Path

JOB = """
job "corner" {
  type = "batch"
  group "left" {
    count = 2
    task "speaker" {
      driver = "mock_driver"
      config {
        run_for       = "%s"
        stdout_string = "said"
      }
    }
  }
  group "right" {
    task "speaker" {
      driver = "mock_driver"
      config {
        run_for       = "%s"
        stdout_string = "said"
      }
    }
  }
}
"""


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_job_that_is_ended_as_soon_as_it_starts_ends(how: str, client: Client) -> None:
    running = client.start(JOB % ("1h", "1h"))
    getattr(running, how)()
    result = running.wait(20)
    assert result is not None
    assert (result.code, [task.stopped for task in result.tasks]) == (130, [True, True, True])


def test_output_says_whose_it_is(client: Client) -> None:
    heard: list[str] = []
    running = client.start(JOB % ("20ms", "20ms"), on_output=lambda task, *_: heard.append(task))
    assert running.wait(20) is not None
    assert sorted(set(heard)) == ["left/speaker[0]", "left/speaker[1]", "right/speaker"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"memory": 0}, "memory: expected a size of at least 10 MiB in whole bytes, found 0"),
        ({"memory": 1.5}, "memory: expected a size of at least 10 MiB in whole bytes, found 1.5"),
        ({"memory": "1MiB"}, "memory: expected a size of at least 10 MiB in whole bytes, found '1MiB'"),
        ({"cpu_mhz": -1}, "cpu_mhz: expected a whole number of at least 1, found -1"),
        ({"env": {"B": 2}}, "env['B']: expected names and values that are strings, found 2"),
    ],
)
def test_a_bad_argument_is_named(arguments: dict[str, Any], words: str, data_dir: Path) -> None:
    with pytest.raises(MistakeError) as raised:
        ostler.run(["true"], data_dir=data_dir, **arguments)
    assert str(raised.value) == words


@pytest.mark.parametrize("job", [42, b"job", {"job": {}}])
def test_what_is_no_job_is_named(job: Any, client: Client) -> None:  # noqa: ANN401 - anything
    with pytest.raises(MistakeError, match=f"found {type(job).__name__}"):
        client.run(job)


def test_the_package_lists_its_names() -> None:
    assert {"Client", "AsyncClient", "run"} <= set(dir(ostler))


@pytest.mark.parametrize("user", ["root", "0", "1000:0", "nobody:root", "${NOMAD_TASK_NAME}"])
def test_no_job_becomes_root_or_nobody_knows_whom(user: str, client: Client) -> None:
    with pytest.raises(MistakeError, match=r"user: (tasks of driver 'exec' may not|interpolation is not)"):
        client.run(EXEC % user)


EXEC = """
job "rooted" {
  group "rooted" {
    task "rooted" {
      driver = "exec"
      user   = "%s"
      config {
        command = "/bin/true"
      }
    }
  }
}
"""
