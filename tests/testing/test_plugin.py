"""What pytest loads of Ostler in everybody's tests is next to nothing."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, ClassVar

from attrs import evolve

from ostler.testing import Act, DriverConformance, Sentence
from ostler.testing.sentences import sentence
from ostler_drivers.raw_exec import RawExec

if TYPE_CHECKING:
    from pathlib import Path

    from ostler.testing.plugin import OpenDriver


def test_the_plugin_imports_no_more_than_it_needs() -> None:
    code = "import pytest, sys; before = set(sys.modules); import ostler.testing.plugin"
    code += "; print(*set(sys.modules) - before)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert set(said.split()) == {"ostler", "ostler.lazy", "ostler.testing", "ostler.testing.plugin"}


def test_a_failing_test_of_the_kit_shows_its_values(tmp_path: Path) -> None:
    module = """
import pytest
from ostler.testing import DriverConformance

@pytest.fixture
def harness(open_driver):
    return open_driver("mock_driver")

@pytest.fixture
def config():
    return lambda act: {"exit_code": act.code + 1}

class TestMock(DriverConformance):
    pass
"""
    (tmp_path / "test_mock.py").write_text(module)
    options = ["-q", "-p", "no:cacheprovider", "-c", "/dev/null", "-k", "every_exit_code"]
    options += ["--basetemp", str(tmp_path / "run")]  # the usual place may hold much of others to clear away
    command = [sys.executable, "-m", "pytest", *options, "test_mock.py"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    assert "1 failed" in said
    assert "At index 0 diff: (1, 0, <Reason.EXITED: 'exited'>) != (0, 0, <Reason.EXITED: 'exited'>)" in said


UNNAMED = """
from ostler.testing import DriverConformance
from ostler_drivers.mock_driver import MockDriver

class TestNothing(DriverConformance):
    pass

class TestClass(DriverConformance):
    driver = MockDriver
"""


def test_what_is_left_to_write_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "test_unnamed.py").write_text(UNNAMED)
    options = ["-q", "-p", "no:cacheprovider", "-c", "/dev/null", "-k", "every_exit_code"]
    command = [sys.executable, "-m", "pytest", *options, "test_unnamed.py"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    assert "\nname the driver in the class: driver = 'NAME'; or write the fixture `harness`\n" in said
    assert "\nwrite the fixture `config`: a class that no entry point names offers no acts\n" in said
    assert "2 errors" in said


def test_a_skip_names_the_capability_that_is_not_declared(open_driver: OpenDriver) -> None:
    class Silent(RawExec):
        capabilities: ClassVar = evolve(RawExec.capabilities, execute=False)

    test = DriverConformance.test_a_command_in_the_task_reads_its_input
    found: Sentence = test.sentence  # type: ignore[attr-defined]
    excuse = found.excuse(open_driver(Silent, {"enabled": True}).driver)
    assert excuse.endswith(" does not declare the capability `execute`")


def test_a_sentence_that_nobody_says_does_not_stand() -> None:
    @sentence(Act, "Whatever you like.")
    def test() -> None: ...

    assert not test.sentence.stands  # type: ignore[attr-defined]
