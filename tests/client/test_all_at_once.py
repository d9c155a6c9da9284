"""Mistakes that the job's rules find and mistakes that its drivers find are told together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ostler import Client, MistakeError

if TYPE_CHECKING:
    from tests.client.conftest import Golden

JOB = """
job "many" {
  type = "batch"
  group "many" {
    count = 1.5
    task "one" {
      driver = "mock_driver"
      template {
        data        = "x"
        destination = "local/x"
      }
      config {
        run_fore = "1s"
      }
    }
    task "two" {
      driver = "mock_drive"
    }
    task "three" {
      config {
        anything = 1
      }
    }
  }
}
"""


def test_rules_and_drivers_speak_together(client: Client, golden: Golden) -> None:
    with pytest.raises(MistakeError) as raised:
        client.run(JOB)
    golden("all-at-once", str(raised.value))
