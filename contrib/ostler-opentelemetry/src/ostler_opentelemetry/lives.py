"""The life of each task as one span, from its start until it is destroyed, round the spans of its hooks."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from opentelemetry.trace import Link, Span, StatusCode, set_span_in_context

from ostler_opentelemetry.attributes import DRIVER, TASK_ID, of_end, of_handle, of_process, of_task

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.context import Context
    from opentelemetry.trace import Tracer

    from ostler.drivers import Ended, Exit, Task, TaskHandle
    from ostler_opentelemetry.attributes import Attributes


class Life:
    """One attempt to run a task; ``attributes`` say which."""

    def __init__(self, span: Span, attributes: Attributes) -> None:
        self.span, self.attributes = span, attributes

    @property
    def context(self) -> Context:
        """What makes the spans of the task's hooks children of its life."""
        return set_span_in_context(self.span)

    def end(self, end: Exit | None) -> None:
        """Finish the span; a task that failed, and was not asked to end, is an error."""
        self.span.set_attributes(of_end(end))
        if end is not None and not end.successful and str(end.reason) != "stopped":
            self.span.set_status(StatusCode.ERROR)
        self.span.end()


class Lives:
    """The lives of the tasks that were started in this process and are not destroyed."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._lock = threading.Lock()
        self._lives: dict[str, Life] = {}

    def begin(self, driver: str, task: Task) -> Life:
        """Begin the life of a task that is about to start."""
        attributes = of_task(driver, task)
        return Life(self._tracer.start_span(f"task {driver}", attributes=attributes), attributes)

    def keep(self, life: Life, handle: TaskHandle) -> None:
        """Remember a task that runs."""
        life.span.set_attributes(of_process(handle))
        with self._lock:
            self._lives[str(life.attributes[TASK_ID])] = life

    def of(self, driver: str, handle: TaskHandle) -> tuple[Attributes, Context | None]:
        """Say what is known of a task, and give the context of its life; None if it did not begin here."""
        with self._lock:
            life = self._lives.get(handle.task_id)
        return (of_handle(driver, handle), None) if life is None else (life.attributes, life.context)

    def take(self, handle: TaskHandle) -> Life | None:
        """Forget a task and give its life; None if it did not begin here, or is over."""
        with self._lock:
            return self._lives.pop(handle.task_id, None)

    def rest(self, driver: str) -> list[Life]:
        """Forget every task of a driver, and give their lives."""
        with self._lock:
            found = [name for name, life in self._lives.items() if life.attributes[DRIVER] == driver]
            return [self._lives.pop(name) for name in found]

    def links(self, ended: Iterable[Ended]) -> list[Link]:
        """Give links to the lives of tasks that ended."""
        with self._lock:
            found = [self._lives.get(each.task_id) for each in ended]
        return [Link(life.span.get_span_context()) for life in found if life is not None]
