"""The rules that every test is held to, and the words with which one is skipped."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, Protocol

import pytest

from tests import keeper, leftovers

if TYPE_CHECKING:
    from collections.abc import Iterator

REFUSED: Final = "kernel or container refused"
TESTS: Final = Path(__file__).parent
# Words, wheels, pages, the kit itself and what other programs serve: the same on every interpreter.
ONCE: Final = (
    "artifacts/test_confinement.py",
    "artifacts/test_guard.py",
    "artifacts/test_resuming.py",
    "artifacts/test_schemes.py",
    "artifacts/test_secrets.py",
    "cli/test_cache.py",
    "cli/test_check.py",
    "cli/test_control_characters.py",
    "cli/test_docs.py",
    "cli/test_forgetting.py",
    "cli/test_mistakes.py",
    "cli/test_new.py",
    "cli/test_reaching.py",
    "cli/test_reports.py",
    "cli/test_schema.py",
    "cli/test_secrets.py",
    "cli/test_status.py",
    "cli/test_stdin.py",
    "contrib/",
    "docs/",
    "escape/",
    "executor/test_ordinary_user.py",
    "hcl/test_functions",
    "hcl/test_layout.py",
    "hcl/test_limits.py",
    "hcl/test_printing.py",
    "hostile/",
    "house/",
    "jobs/test_canonical.py",
    "jobs/test_corpus.py",
    "jobs/test_hcl_json.py",
    "jobs/test_specification.py",
    "testing/test_wrong_drivers.py",
)
# What differs between interpreters shows on the oldest or the newest: those between run the rest alone.
OUTERMOST: Final = (
    "artifacts/",
    "cli/",
    "client/",
    "errors/",
    "exec/",
    "executor/",
    "hcl/",
    "jobs/",
    "mock_driver/",
    "node/",
    "raw_exec/",
    "runner/",
    "tasks/",
    "testing/",
)
# What starts nothing of Ostler's and touches no file of another's: the same for every user.
ANYONE: Final = (
    "artifacts/test_guard.py",
    "artifacts/test_resuming.py",
    "artifacts/test_schemes.py",
    "artifacts/test_sources.py",
    "cli/test_check.py",
    "cli/test_docs.py",
    "cli/test_driver_list.py",
    "cli/test_new.py",
    "cli/test_schema.py",
    "config/",
    "contrib/",
    "docs/test_index.py",
    "docs/test_reference.py",
    "docs/test_security.py",
    "drivers/",
    "errors/",
    "executor/test_ordinary_user.py",
    "hcl/",
    "hostile/test_client.py",
    "hostile/test_command.py",
    "hostile/test_untrusted_jobs.py",
    "house/",
    "jobs/",
    "testing/test_wrong_drivers.py",
)
# What mostly waits, for the kernel or for pip: lanes of their own, so that the lanes are of a length.
KERNEL: Final = ("exec/", "executor/", "raw_exec/")
PACKAGES: Final = ("contrib/",)
MARKS: Final = {
    "once": ONCE,
    "outermost": OUTERMOST,
    "anyone": ANYONE,
    "kernel": KERNEL,
    "packages": PACKAGES,
}
KEEPER: Final = pytest.StashKey[int]()
CGROUPS: Final = Path("/sys/fs/cgroup")


class Need(Protocol):
    """Skip the test unless every named program or package is there; under OSTLER_REQUIRE=1 fail instead."""

    def __call__(self, *names: str) -> None: ...


class NeedKernel(Protocol):
    """Skip the test because the kernel or the container refuses something; counted in the closing line."""

    def __call__(self, reason: str) -> NoReturn: ...


def pytest_configure(config: pytest.Config) -> None:
    """Put a keeper above this process, and hand its children clean signals, as a terminal's are."""
    # A shell's background job has the first two ignored, one under nohup the last.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    if config.pluginmanager.hasplugin("hypothesispytest"):
        settle_examples(config)
    config.stash[KEEPER] = os.getppid() if config.option.collectonly else keeper.adopt_orphans()


def settle_examples(config: pytest.Config) -> None:
    """Count no example of Hypothesis as late, which a busy machine makes so, and try the same ones in CI."""
    from hypothesis import HealthCheck, settings

    derandomize = os.environ.get("OSTLER_REQUIRE") == "1"
    late = [HealthCheck.too_slow]
    settings.register_profile("ostler", deadline=None, suppress_health_check=late, derandomize=derandomize)
    settings.load_profile("ostler")
    config.addinivalue_line("filterwarnings", "ignore:Generating overly large repr")  # of a long example


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what one lane alone can tell, so that the others needn't repeat it."""
    for item in items:
        place = item.path.relative_to(TESTS).as_posix()
        for mark, places in MARKS.items():
            if place.startswith(places):
                item.add_marker(mark)


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Count what the kernel refused apart from what is merely missing."""
    if report.skipped and REFUSED in str(report.longrepr):
        return REFUSED, "k", "REFUSED"
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the reasons of what was refused, as -ra does for the skipped."""
    for report in terminalreporter.getreports(REFUSED):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.write_line(f"REFUSED {report.nodeid}: {reason}")


def missing(name: str) -> bool:
    """Tell whether ``name`` is neither a program on PATH nor a package that can be imported."""
    return shutil.which(name) is None and importlib.util.find_spec(name) is None


def require(*names: str) -> None:
    """Skip, or fail under OSTLER_REQUIRE=1, unless every named program or package is there."""
    absent = [name for name in names if missing(name)]
    if not absent:
        return
    reason = f"not installed: {', '.join(absent)}"
    if os.environ.get("OSTLER_REQUIRE") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Honour ``@pytest.mark.need("git", ...)``."""
    for marker in item.iter_markers("need"):
        require(*marker.args)


@pytest.fixture(scope="session")
def need() -> Need:
    """Give the function that skips a test for a missing program or package."""
    return require


@pytest.fixture(scope="session")
def need_kernel() -> NeedKernel:
    """Give the function that skips a test for what the kernel or the container refuses."""

    def skip(reason: str) -> NoReturn:
        pytest.skip(f"{REFUSED}: {reason}")

    return skip


@pytest.fixture(autouse=True)
def nothing_left_behind(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Fail a test that leaves a process, thread, mount or cgroup, or changes the environment."""
    root, own = request.config.stash[KEEPER], tmp_path_factory.getbasetemp()
    before = leftovers.look(root)
    yield
    left = leftovers.settle(root, before, own)
    if left:
        leftovers.clear(root, before)
        pytest.fail("the test left behind:\n  " + "\n  ".join(left), pytrace=False)


@pytest.fixture
def data_dir(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """Give a data directory whose supervisor ends with the test."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    yield folder
    if sys.platform.startswith("linux"):
        end_supervisors(request.config.stash[KEEPER], folder)


@pytest.fixture
def processors() -> Iterator[None]:
    """Have the processors of the machine for one test: any other that reserves some, in any run, waits."""
    if not CGROUPS.is_dir():
        yield
        return
    import fcntl

    descriptor = os.open(CGROUPS, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def end_supervisors(root: int, folder: Path) -> None:
    """End the supervisors of a data directory; tasks that outlive one are left for the check to find."""
    deadline = time.monotonic() + 5
    while supervisors := [p for p in keeper.descendants(root) if serves(p, folder)]:
        for process in supervisors:
            with suppress(ProcessLookupError):  # it may just be leaving by itself
                os.kill(process.pid, signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL)
        time.sleep(0.02)


def serves(process: keeper.Running, folder: Path) -> bool:
    """Tell whether a process is the supervisor of ``folder``."""
    return "supervisor" in process.command and str(folder) in process.command
