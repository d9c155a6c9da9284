"""The observer: it wraps every hook of the contract and makes a span and a measurement of each call."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from attrs import frozen
from opentelemetry import metrics, trace
from opentelemetry.trace import StatusCode

from ostler.drivers import hookimpl, setting
from ostler.errors import OstlerError
from ostler_opentelemetry.attributes import DRIVER, HOOK, of_error, of_process, of_task
from ostler_opentelemetry.instruments import Instruments
from ostler_opentelemetry.lives import Lives

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from opentelemetry.context import Context
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, TracerProvider

    from ostler.drivers import Ended, Exit, Task, TaskHandle, WrapperContext
    from ostler_opentelemetry.attributes import Attributes
    from ostler_opentelemetry.lives import Life

    Steps = Generator[None, Any, Any]

SCOPE = "ostler_opentelemetry"
FLUSH_MILLISECONDS = 4000


@frozen(kw_only=True)
class OpenTelemetrySettings:
    """The ``config`` of ``wrapper "opentelemetry"``."""

    messages: bool = setting(
        default=False,
        help="Whether a span that failed holds the words of the error too, which may quote a task's config.",
    )


class OpenTelemetry:
    """Trace and measure every hook, with the global providers unless others are given."""

    kind: ClassVar[Literal["policy", "observer"]] = "observer"
    settings = OpenTelemetrySettings

    def __init__(
        self,
        context: WrapperContext | None = None,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
    ) -> None:
        self._given: OpenTelemetrySettings = context.settings if context else OpenTelemetrySettings()
        self._providers = tracer_provider, meter_provider
        self._tracer = trace.get_tracer(SCOPE, tracer_provider=tracer_provider)
        self._instruments = Instruments(metrics.get_meter(SCOPE, meter_provider=meter_provider))
        self._lives = Lives(self._tracer)

    @hookimpl(wrapper=True)
    def fingerprint(self, driver: str) -> Steps:
        """Trace the look at the machine."""
        return (yield from self._traced("fingerprint", {DRIVER: driver}))

    @hookimpl(wrapper=True)
    def validate(self, driver: str, task: Task) -> Steps:
        """Trace the check, which is no part of the task's life: it may be all that happens."""
        return (yield from self._traced("validate", of_task(driver, task)))

    @hookimpl(wrapper=True)
    def start(self, driver: str, task: Task) -> Steps:
        """Begin the task's life with its start."""
        life = self._lives.begin(driver, task)
        try:
            handle = yield from self._traced("start", life.attributes, life.context)
        except BaseException as error:
            self._failed(life.span, error)
            life.span.end()
            self._instruments.started(driver, error)
            raise
        self._lives.keep(life, handle)
        self._instruments.started(driver)
        return handle

    @hookimpl(wrapper=True)
    def stop(self, driver: str, handle: TaskHandle) -> Steps:
        """Trace the stop."""
        return (yield from self._of_task("stop", driver, handle))

    @hookimpl(wrapper=True)
    def wait(self, driver: str) -> Steps:
        """Measure every wait, and trace those that told of an end or failed: it is called every second."""
        began, clock = time.time_ns(), time.perf_counter()
        ended: Sequence[Ended] = ()
        failure: BaseException | None = None
        try:
            ended = yield
        except BaseException as error:
            failure = error
            raise
        finally:
            self._instruments.took(driver, "wait", time.perf_counter() - clock, failure)
            if ended or failure:
                self._waited(driver, began, ended, failure)
        return ended

    @hookimpl(wrapper=True)
    def explain(self, driver: str, handle: TaskHandle) -> Steps:
        """Trace the explanation of an end."""
        return (yield from self._of_task("explain", driver, handle))

    @hookimpl(wrapper=True)
    def recover(self, driver: str, handle: TaskHandle) -> Steps:
        """Trace the recovery."""
        return (yield from self._of_task("recover", driver, handle))

    @hookimpl(wrapper=True)
    def sweep(self, driver: str) -> Steps:
        """Trace the sweep."""
        return (yield from self._traced("sweep", {DRIVER: driver}))

    @hookimpl(wrapper=True)
    def inspect(self, driver: str, handle: TaskHandle) -> Steps:
        """Trace the look at a task."""
        return (yield from self._of_task("inspect", driver, handle))

    @hookimpl(wrapper=True)
    def stats(self, driver: str, handle: TaskHandle) -> Steps:
        """Trace the measurement of a task."""
        return (yield from self._of_task("stats", driver, handle))

    @hookimpl(wrapper=True)
    def signal(self, driver: str, handle: TaskHandle) -> Steps:
        """Trace the signal."""
        return (yield from self._of_task("signal", driver, handle))

    @hookimpl(wrapper=True)
    def execute(self, driver: str, handle: TaskHandle) -> Steps:
        """Trace the command in a task."""
        return (yield from self._of_task("execute", driver, handle))

    @hookimpl(wrapper=True)
    def destroy(self, driver: str, handle: TaskHandle, end: Exit | None) -> Steps:
        """End the task's life with its destruction."""
        try:
            return (yield from self._of_task("destroy", driver, handle))
        finally:
            if life := self._lives.take(handle):
                self._over(driver, life, end)

    @hookimpl(wrapper=True)
    def doctor(self, driver: str) -> Steps:
        """Trace the diagnosis."""
        return (yield from self._traced("doctor", {DRIVER: driver}))

    @hookimpl(wrapper=True)
    def close(self, driver: str) -> Steps:
        """Trace the close, and hand on what is held back: the process may end without any other sign."""
        try:
            return (yield from self._traced("close", {DRIVER: driver}))
        finally:
            for life in self._lives.rest(driver):
                self._over(driver, life, None)
            self._flush()

    def _over(self, driver: str, life: Life, end: Exit | None) -> None:
        life.end(end)
        self._instruments.ended(driver, end)

    def _of_task(self, hook: str, driver: str, handle: TaskHandle) -> Steps:
        attributes, context = self._lives.of(driver, handle)
        return (yield from self._traced(hook, {**attributes, **of_process(handle)}, context))

    def _traced(self, hook: str, attributes: Attributes, parent: Context | None = None) -> Steps:
        """Make a span of a call, within which the driver's own spans stand, and measure it."""
        driver, clock = str(attributes[DRIVER]), time.perf_counter()
        failure: BaseException | None = None
        with self._tracer.start_as_current_span(
            f"{hook} {driver}",
            parent,
            attributes={HOOK: hook, **attributes},
            record_exception=False,  # a traceback may show what must not be told
            set_status_on_exception=False,
        ) as span:
            try:
                answer = yield
            except BaseException as error:
                failure = error
                self._failed(span, error)
                raise
            finally:
                self._instruments.took(driver, hook, time.perf_counter() - clock, failure)
            return answer

    def _waited(self, driver: str, began: int, ended: Sequence[Ended], failure: BaseException | None) -> None:
        links = self._lives.links(ended)
        attributes = {HOOK: "wait", DRIVER: driver}
        span = self._tracer.start_span(f"wait {driver}", attributes=attributes, links=links, start_time=began)
        if failure is not None:
            self._failed(span, failure)
        span.end()

    def _failed(self, span: Span, error: BaseException) -> None:
        told = self._given.messages and isinstance(error, OstlerError)
        span.set_status(StatusCode.ERROR, str(error) if told else None)
        span.set_attributes(of_error(error))

    def _flush(self) -> None:
        tracer_provider, meter_provider = self._providers
        providers = (
            tracer_provider or trace.get_tracer_provider(),
            meter_provider or metrics.get_meter_provider(),
        )
        for provider in providers:
            flush = getattr(provider, "force_flush", None)  # which is the SDK's, not the API's
            if flush is not None:
                flush(FLUSH_MILLISECONDS)
