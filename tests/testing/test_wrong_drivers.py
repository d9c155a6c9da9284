"""The kit itself is tested: each wrong driver fails the one test whose sentence it breaks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ostler.testing import DriverConformance, sentences_of
from tests.testing.wrong_drivers import DRIVERS

pytestmark = pytest.mark.timeout(300)  # the first test runs the kit against all of them

ROOT = Path(__file__).parents[2]
MODULE = """
import os
import pytest
from ostler.testing import DriverConformance, DriverHarness
from tests.testing import test_builtin_drivers, wrong_drivers

Driver = getattr(wrong_drivers, os.environ["WRONG_DRIVER"])


@pytest.fixture
def harness(tmp_path):
    with DriverHarness(Driver, tmp_path / "ostler", patience_seconds=1.0) as opened:
        yield opened


@pytest.fixture
def config():
    return test_builtin_drivers.mock_config


class TestWrong(DriverConformance):
    pass
"""


class Verdict:
    def __init__(self, said: str) -> None:
        self.said = said
        self.failed = sorted(re.findall(r"^(?:FAILED|ERROR) \S+::(\w+)", said, re.MULTILINE))
        self.skipped = re.findall(r"^SKIPPED .*: (.*)$", said, re.MULTILINE)


def judge(name: str, folder: Path) -> Verdict:
    module = folder / "test_wrong.py"
    options = ["-q", "-rfEs", "--tb=short", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(folder)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--basetemp", folder / name, module],
        cwd=folder,
        env={**os.environ, "WRONG_DRIVER": name, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return Verdict(done.stdout + done.stderr)


@pytest.fixture(scope="session")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    """Run the kit against every driver, a few at a time."""
    folder = tmp_path_factory.mktemp("wrong")
    (folder / "test_wrong.py").write_text(MODULE)
    names = ["Right", *DRIVERS]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(names, pool.map(lambda name: judge(name, folder), names), strict=True))


def test_a_right_driver_fails_nothing_and_skips_nothing(verdicts: dict[str, Verdict]) -> None:
    right = verdicts["Right"]
    assert (right.failed, right.skipped) == ([], []), right.said


@pytest.mark.parametrize("name", DRIVERS)
def test_a_wrong_driver_fails_the_one_test_it_breaks(name: str, verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[name]
    assert verdict.failed == [DRIVERS[name].breaks], verdict.said


def test_every_test_of_the_kit_has_a_driver_that_fails_it() -> None:
    tests = {name for name in dir(DriverConformance) if name.startswith("test_")}
    assert {driver.breaks for driver in DRIVERS.values()} == tests


@pytest.mark.parametrize("name", [name for name in dir(DriverConformance) if name.startswith("test_")])
def test_every_test_of_the_kit_quotes_a_sentence_that_stands(name: str) -> None:
    assert dict(sentences_of(DriverConformance))[name].stands
