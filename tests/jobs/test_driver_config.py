"""What a driver's class finds wrong in a config block is told with its place in the job file."""

from __future__ import annotations

import json

import pytest
from attrs import frozen

from ostler.drivers import setting
from ostler.drivers.settings import Located, read
from ostler.errors import MistakeError
from ostler.jobs import loads, read_api

JOB = """\
job "j" {
  task "t" {
    driver = "mine"

    config {
      count  = "3"
      imagee = "x"

      mount {
        source   = "/a"
        readonly = "perhaps"
      }
    }
  }
}
"""


@frozen(kw_only=True)
class Mount:
    source: str = setting(help="what is mounted")
    readonly: bool = setting(help="whether it may be written", default=True)


@frozen(kw_only=True)
class Settings:
    image: str = setting(help="what is run")
    count: int = setting(help="how often", default=1)
    mount: tuple[Mount, ...] = setting(help="what is mounted", default=())


def config_of(text: str, filename: str) -> tuple[Located, str]:
    task = loads(text, filename=filename).job.groups[0].tasks[0]
    return task.config, f"{task.path}.config"


def words_of(text: str, filename: str) -> list[str]:
    located, path = config_of(text, filename)
    with pytest.raises(MistakeError) as raised:
        read(Settings, located, path=path)
    return sorted(map(str, raised.value.problems))


def test_a_wrong_setting_points_into_the_job_file() -> None:
    assert words_of(JOB, "job.hcl") == [
        "job.hcl:11:20: job.j.task[0].config.mount[0].readonly: expected bool, found string 'perhaps'",
        "job.hcl:5:5: job.j.task[0].config.image: required, but missing",
        "job.hcl:7:7: job.j.task[0].config.imagee: unknown key 'imagee'; did you mean 'image'?",
    ]


def test_a_wrong_setting_points_into_a_job_in_json_where_values_are_exact() -> None:
    text = json.dumps(read_api(JOB, "job.hcl"), indent=1)
    lines = text.splitlines()
    words = words_of(text, "job.json")
    assert "config.count: expected whole number, found string '3'" in "\n".join(words)
    for word in words:
        _, row, _, path, _ = word.split(":", 4)
        name = path.rpartition(".")[2]
        assert name == "image" or f'"{name}"' in lines[int(row) - 1]


def test_a_dynamic_block_is_answered_with_what_to_write_instead() -> None:
    made = '      dynamic "mount" {\n        for_each = ["/a"]\n      }\n\n      mount {'
    told = next(each for each in words_of(JOB.replace("      mount {", made), "job.hcl") if "dynamic" in each)
    assert told.startswith("job.hcl:9:7: job.j.task[0].config.dynamic: unknown key 'dynamic'; no")
    assert told.endswith("write NAME = [for each in LIST : { ... }]")
