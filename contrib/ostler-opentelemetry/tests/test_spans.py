"""The spans: one for every hook, those of a task within its life, and nothing secret in any."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest
from conftest import job
from opentelemetry.trace import StatusCode
from ostler_opentelemetry import OpenTelemetry, OpenTelemetrySettings

from ostler import Client, MistakeError, hookimpl
from ostler.drivers import Veto, WrapperContext, hookspecs

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from conftest import Telescope

SECRET = "hunter2"  # noqa: S105 - to look for it
FAILING = ['command = "/bin/sh"', 'args = ["-c", "exit 3"]']


def test_every_hook_of_the_contract_is_wrapped() -> None:
    contract = [name for name, each in vars(hookspecs).items() if hasattr(each, "ostler_spec")]
    assert [name for name in contract if not hasattr(getattr(OpenTelemetry, name, None), "ostler_impl")] == []


@pytest.mark.parametrize("driver", ["exec", "raw_exec"])
def test_the_hooks_of_a_task_stand_within_its_life(telescope: Telescope, driver: str) -> None:
    if why := telescope.unhealthy(driver):
        pytest.skip(f"the kernel or the container refuses {driver}: {why}")
    result = telescope.run(job(driver, 'command = "/bin/true"'))
    assert result.code == 0, result.failure
    life = telescope.named(f"task {driver}")
    assert life.parent is None
    assert telescope.children(life) == [f"start {driver}", f"destroy {driver}"]
    alone = {f"fingerprint {driver}", f"close {driver}"}
    assert alone <= {span.name for span in telescope.spans if span.parent is None}


def test_a_span_says_which_task_it_is_about(telescope: Telescope) -> None:
    result = telescope.run(job("raw_exec", 'command = "/bin/true"'))
    said = dict(telescope.named("start raw_exec").attributes or {})
    allocation = result.tasks[0].allocation_id
    assert said.pop("ostler.task.id").startswith(f"{allocation}/star/")
    assert said == {
        "ostler.hook": "start",
        "ostler.driver": "raw_exec",
        "ostler.allocation.id": allocation,
        "ostler.group.name": "north",
        "ostler.job.id": "sky",
        "ostler.task.name": "star",
    }
    destroyed = telescope.named("destroy raw_exec").attributes or {}
    assert destroyed["ostler.job.id"] == "sky"
    assert isinstance(destroyed["process.pid"], int)


def test_the_life_of_a_task_that_fails_is_an_error_with_its_reason(telescope: Telescope) -> None:
    telescope.run(job("raw_exec", "\n".join(FAILING)))
    life = telescope.named("task raw_exec")
    said = life.attributes or {}
    assert (said["ostler.task.end.reason"], said["process.exit.code"]) == ("exited", 3)
    assert life.status.status_code is StatusCode.ERROR
    assert telescope.named("start raw_exec").status.status_code is StatusCode.UNSET


def test_each_attempt_is_a_life_of_its_own(telescope: Telescope) -> None:
    text = job("raw_exec", "\n".join(FAILING))
    telescope.run(text.replace("attempts = 0", 'attempts = 1\ndelay = "10ms"'))
    lives = [span for span in telescope.spans if span.name == "task raw_exec"]
    assert [telescope.children(life) for life in lives] == [["start raw_exec", "destroy raw_exec"]] * 2


def test_a_stop_stands_in_the_life_that_it_ends_without_an_error(telescope: Telescope) -> None:
    ready = threading.Event()
    with telescope.client() as client:
        text = job("raw_exec", 'command = "/bin/sh"\nargs = ["-c", "echo; exec sleep 60"]')
        running = client.start(text, on_output=lambda *_: ready.set())
        assert ready.wait(20)
        running.stop()
        running.wait(20)
    life = telescope.named("task raw_exec")
    assert telescope.children(life) == ["start raw_exec", "stop raw_exec", "destroy raw_exec"]
    assert (life.attributes or {})["ostler.task.end.reason"] == "stopped"
    assert life.status.status_code is StatusCode.UNSET


def test_a_wait_that_tells_of_an_end_links_to_the_life(telescope: Telescope) -> None:
    result = telescope.run(job("mock_driver", 'run_for = "1500ms"'))
    assert result.code == 0
    life = telescope.named("task mock_driver")
    waited = telescope.named("wait mock_driver")
    assert [link.context.span_id for link in waited.links] == [life.context.span_id]
    assert waited.parent is None


def test_a_start_that_fails_is_an_error_with_its_type_and_no_words(telescope: Telescope) -> None:
    result = telescope.run(job("mock_driver", f'start_error = "{SECRET}"'))
    assert result.code != 0
    for name in ("start mock_driver", "task mock_driver"):
        span = telescope.named(name)
        assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)
        assert (span.attributes or {})["error.type"] == "ostler.errors.RefusedError"
        assert span.events == ()


def test_a_veto_is_seen_as_the_error_that_it_is(telescope: Telescope) -> None:
    class NoStars:
        @hookimpl(wrapper=True)
        def validate(self) -> Generator[None, Any, Any]:
            msg = "the sky is closed"
            raise Veto(msg)
            yield

    with pytest.raises(MistakeError, match="refused by policy 'stars': the sky is closed"):
        telescope.run(job("mock_driver", 'run_for = "1s"'), policies={"stars": NoStars()})
    span = telescope.named("validate mock_driver")
    assert (span.attributes or {})["error.type"] == "ostler.drivers.wrappers.VetoedError"
    assert [each.name for each in telescope.spans if each.name.startswith(("task", "start"))] == []


def test_the_words_of_an_error_are_told_only_where_the_operator_says_so(
    tmp_path: Path, telescope: Telescope
) -> None:
    settings = OpenTelemetrySettings(messages=True)
    context = WrapperContext(name="o", settings=settings, node={}, logger=logging.getLogger("o"))
    plain = telescope.observer()
    talkative = OpenTelemetry(context, tracer_provider=plain._providers[0])  # noqa: SLF001 - the same exporter
    with Client(data_dir=tmp_path / "data", observers={"o": talkative}) as client:
        client.run(job("mock_driver", f'start_error = "{SECRET}"'))
    assert SECRET in str(telescope.named("start mock_driver").status.description)


def test_what_a_driver_raises_by_mistake_is_told_by_its_type_alone(telescope: Telescope) -> None:
    observer = telescope.observer()
    body = observer.fingerprint("lame")
    next(body)
    with pytest.raises(ValueError, match=SECRET):
        body.throw(ValueError(SECRET))
    span = telescope.named("fingerprint lame")
    assert (span.status.description, (span.attributes or {})["error.type"]) == (None, "ValueError")


def test_no_span_holds_a_task_s_config_or_environment(telescope: Telescope) -> None:
    more = f'env {{\n TOKEN = "{SECRET}"\n }}\n meta {{\n key = "{SECRET}"\n }}\n'
    telescope.run(job("raw_exec", f'command = "/bin/echo"\nargs = ["{SECRET}"]', more))
    assert telescope.spans
    assert SECRET not in "".join(span.to_json() for span in telescope.spans)


def test_spans_of_the_driver_s_own_stand_within_the_hook(telescope: Telescope) -> None:
    observer = telescope.observer()
    tracer = observer._tracer  # noqa: SLF001 - stands for a library that the driver calls
    body = observer.doctor("lame")
    next(body)
    with tracer.start_as_current_span("call of a library"):
        pass
    with pytest.raises(StopIteration):
        body.send(())
    assert telescope.children(telescope.named("doctor lame")) == ["call of a library"]


def test_a_task_of_an_earlier_process_is_named_by_its_handle(telescope: Telescope) -> None:
    from ostler.drivers import TaskHandle

    handle = TaskHandle(task_id="a1/star/00ff", driver="lame")
    body = telescope.observer().recover("lame", handle)
    next(body)
    with pytest.raises(StopIteration):
        body.send(handle)
    said = telescope.named("recover lame").attributes or {}
    assert (said["ostler.allocation.id"], said["ostler.task.name"]) == ("a1", "star")
