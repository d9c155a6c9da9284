"""The whole specification as frozen values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, assert_type

import attrs
import pytest
from tools.reference.__main__ import STUB
from tools.reference.stubs import stub

from ostler.jobs import Loaded, from_api, loads, specified
from ostler.jobs.specification import class_of, fields_of, type_of
from ostler.jobs.tables.job import JOB

if TYPE_CHECKING:
    from ostler.jobs.blocks import BlockType

FILES = Path(__file__).with_name("files")
EVERYTHING = ("service", "network", "template", "vault", "volume", "volume_mount", "lifecycle", "identity")
TEXT = """
job "web" {
  group "g" {
    network {
      mode = "bridge"
      port "http" {
        static = 80
      }
      port "admin" {}
    }
    volume "data" {
      type   = "host"
      source = "disk"
    }
    service {
      port = "http"
      check {
        type     = "http"
        path     = "/"
        interval = "10s"
        timeout  = "1.5s"
        header {
          Accept = ["text/plain"]
        }
      }
    }
    task "t" {
      driver         = "exec"
      shutdown_delay = "2s"
      config {
        command = "/bin/true"
      }
      template {
        data        = "x"
        destination = "local/x"
      }
      volume_mount {
        volume      = "data"
        destination = "/data"
      }
    }
  }
}
"""


def specification_of(text: str) -> specified.Job:
    found = loads(text, ignore=["shutdown_delay", *EVERYTHING]).specification
    assert found is not None
    return found


def every_kind(kind: BlockType, seen: dict[int, BlockType]) -> dict[int, BlockType]:
    if id(kind) not in seen:
        seen[id(kind)] = kind
        for field in kind.fields:
            if field.block:
                every_kind(field.block, seen)
    return seen


def test_what_is_not_run_stands_in_the_specification() -> None:
    group = specification_of(TEXT).group[0]
    check = group.service[0].check[0]
    assert (group.name, group.network[0].mode) == ("g", "bridge")
    assert [port.label for port in group.network[0].port] == ["admin"]
    assert [port.static for port in group.network[0].reserved_ports] == [80]
    assert (check.path, check.interval_seconds, check.timeout_seconds) == ("/", 10.0, 1.5)
    assert check.header == {"Accept": ("text/plain",)}
    assert group.volume["data"].source == "disk"
    assert group.task[0].volume_mount[0].destination == "/data"
    assert group.task[0].shutdown_delay_seconds == 2.0
    assert group.task[0].config == {"command": "/bin/true"}


def test_defaults_stand_in_the_specification() -> None:
    job = specification_of(TEXT)
    assert job.update is not None
    assert (job.priority, job.datacenters, job.update.max_parallel) == (50, ("*",), 1)
    assert (job.group[0].service[0].name, job.group[0].service[0].address_mode) == ("web-g", "auto")
    assert job.group[0].task[0].template[0].perms == "0644"
    assert job.periodic is None


def test_the_specification_is_frozen_and_compares() -> None:
    job = specification_of(TEXT)
    assert job == specification_of(TEXT)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        job.group[0].count = 3  # type: ignore[misc]


def test_its_types_are_told() -> None:
    """The type checker holds it, which checks the tests as it does whoever embeds the library."""
    loaded = loads(TEXT, ignore=["shutdown_delay", *EVERYTHING])
    assert_type(loaded.specification, specified.Job | None)
    group = specification_of(TEXT).group[0]
    assert_type(group.service[0].check[0].interval_seconds, float)
    assert_type(group.volume["data"], specified.Volume)
    assert isinstance(group.volume["data"], specified.Volume)
    assert STUB.read_text("utf-8") == stub(), "write it anew: python -m tools.reference"


def test_no_other_class_is_there() -> None:
    with pytest.raises(AttributeError, match=r"module 'ostler\.jobs\.specified' has no attribute 'Jobb'"):
        getattr(specified, "Jobb")  # noqa: B009 - the type checker knows that it is not there


def test_a_job_made_of_values_has_no_specification() -> None:
    document = {"ID": "j", "TaskGroups": [{"Name": "g", "Tasks": [{"Name": "t", "Driver": "exec"}]}]}
    assert Loaded(from_api(document)).specification is None


@pytest.mark.parametrize("kind", every_kind(JOB, {}).values(), ids=lambda kind: kind.name)
def test_every_block_has_a_class_whose_types_are_told(kind: BlockType) -> None:
    made = class_of(kind)
    assert set(made.__annotations__) == {field.name for field in attrs.fields(made)}
    assert all(type_of(field) for field in fields_of(kind))
