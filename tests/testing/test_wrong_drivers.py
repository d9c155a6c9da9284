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
from ostler.testing import DriverConformance, DriverHarness, Scale
from tests.testing import acts, wrong_drivers

SCALE = Scale(patience_seconds=2.0, moment_seconds=0.1, megabytes=0.05, crowd=16)


@pytest.fixture
def harness(request, tmp_path):
    with DriverHarness(request.cls.driver, tmp_path / "ostler", scale=SCALE) as opened:
        yield opened


@pytest.fixture
def config():
    return acts.right_config


for name in os.environ["WRONG_DRIVERS"].split():
    driver = {"Right": wrong_drivers.Right, **wrong_drivers.DRIVERS}[name]
    left_out = dict.fromkeys(wrong_drivers.left_out(driver))
    globals()[f"Test{name}"] = type(f"Test{name}", (DriverConformance,), {"driver": driver, **left_out})
"""


def judge(names: list[str], folder: Path) -> str:
    """Run the kit against some drivers, out of reach of this repository's own settings."""
    folder.mkdir()
    (folder / "test_wrong.py").write_text(MODULE)
    options = [
        "-q",
        "-rfEs",
        "--tb=short",
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
        "--rootdir",
        str(folder),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--basetemp", str(folder / "tmp"), "test_wrong.py"],
        cwd=folder,
        env={**os.environ, "WRONG_DRIVERS": " ".join(names), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture(scope="session")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Run the kit against every driver, and give what pytest said."""
    folder, names = tmp_path_factory.mktemp("wrong"), ["Right", *DRIVERS]
    share = 2 * (os.cpu_count() or 1)  # the kit waits about as much as it works
    shares = [names[first::share] for first in range(share)]
    with ThreadPoolExecutor(share) as pool:
        folders = [folder / str(number) for number in range(share)]
        return "\n".join(pool.map(judge, shares, folders))


def failures(name: str, said: str) -> list[str]:
    return sorted(re.findall(rf"^(?:FAILED|ERROR) \S+::Test{name}::(\w+)", said, re.MULTILINE))


def test_a_right_driver_fails_nothing_and_skips_nothing(said: str) -> None:
    assert " passed" in said
    assert (failures("Right", said), re.findall(r"^SKIPPED.*", said, re.MULTILINE)) == ([], []), said


@pytest.mark.parametrize("name", DRIVERS)
def test_a_wrong_driver_fails_the_one_test_it_breaks(name: str, said: str) -> None:
    assert failures(name, said) == [DRIVERS[name].breaks], said


def test_every_test_of_the_kit_has_a_driver_that_fails_it() -> None:
    tests = {name for name in dir(DriverConformance) if name.startswith("test_")}
    assert {driver.breaks for driver in DRIVERS.values()} == tests


@pytest.mark.parametrize("name", [name for name in dir(DriverConformance) if name.startswith("test_")])
def test_every_test_of_the_kit_quotes_a_sentence_that_stands(name: str) -> None:
    assert dict(sentences_of(DriverConformance))[name].stands
