"""What goes round the process of a module is found by trying, and can be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from ostler.drivers import Enforcement, Health, RefusedError
from ostler.executor import Tier

if TYPE_CHECKING:
    from pathlib import Path

    from ostler.testing.plugin import OpenDriver


@pytest.fixture
def ostler_executor() -> None:
    """Let each test start an executor of its own, which looks at its environment when it starts."""


def test_the_process_is_isolated_where_that_can_be_had(open_driver: OpenDriver, modules: Path) -> None:
    harness = open_driver("wasm", {"allowed_paths": [str(modules)]})
    host = harness.executor.host()
    if not host.tier.reaches(Tier.USERNS):
        pytest.skip(host.reason)
    running = harness.run({"module": f"{modules}/sleep.wat"})
    assert running.handle.process is not None
    assert running.handle.process.tier is host.tier
    assert harness.driver.fingerprint().attributes["driver.wasm.isolation"] == str(host.tier)


def test_it_runs_without_any_isolation_too(
    open_driver: OpenDriver, modules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSTLER_EXECUTOR", "portable")
    harness = open_driver("wasm", {"allowed_paths": [str(modules)]})
    found = harness.driver.fingerprint()
    assert (found.health, found.attributes["driver.wasm.isolation"]) == (Health.HEALTHY, "none")
    assert found.limits is not None
    assert (found.limits.memory, found.limits.cpu) == (Enforcement.ENFORCED, Enforcement.IGNORED)
    running = harness.run({"module": f"{modules}/hello.wat"})
    assert running.stdout.shows(b"hello\n", 20)


def test_isolation_that_is_asked_for_and_can_not_be_had_makes_it_unhealthy(
    open_driver: OpenDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSTLER_EXECUTOR", "portable")
    found = open_driver("wasm", {"isolation": "userns"}).driver.fingerprint()
    assert found.health is Health.UNHEALTHY
    assert found.reason.startswith("isolation = 'userns' is asked for; wasmtime ")
    assert found.remedy.endswith('; or set isolation = "auto"')


def test_a_user_without_isolation_is_refused(open_driver: OpenDriver) -> None:
    harness = open_driver("wasm", {"isolation": "none"})
    task = evolve(harness.task({"module": "local/a.wasm"}), user="nobody")
    with pytest.raises(RefusedError, match="user: found 'nobody', but without isolation a module"):
        harness.call(harness.driver.validate, task)
