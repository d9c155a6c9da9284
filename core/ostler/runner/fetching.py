"""Fetch the artifacts of one task: the job's, and those that the driver's own fields ask for."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from ostler.runner.events import EventType
from ostler.runner.preparation import driver_artifacts, owner_of
from ostler.tasks import interpolate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ostler.artifacts import Policy, Request
    from ostler.drivers.values import Task
    from ostler.jobs import JobArtifact
    from ostler.runner.preparation import Assignment
    from ostler.runner.workplace import Workplace


class Fetching:
    """Fetches each artifact of a task once, however often the task starts, and can be cancelled."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._done: set[str] = set()
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Give up what is being fetched."""
        self._cancelled.set()

    async def fetch(
        self,
        assignment: Assignment,
        task: Task,
        env: Mapping[str, str],
        emit: Callable[[EventType, str, dict[str, str] | None], None],
    ) -> None:
        """Fetch what was not fetched yet; OstlerError names the artifact that could not be had."""
        wanted = [*assignment.task.artifacts, *driver_artifacts(task, assignment.task)]
        requests = [self._request(each, assignment, task, env) for each in wanted]
        for request in requests:
            key = repr(attrs.astuple(request, recurse=False))
            if key not in self._done:
                emit(EventType.DOWNLOADING_ARTIFACTS, f"fetching {_shown(request.source)}", None)
                await self._one(request, Path(task.directories.task) / "tmp")
                self._done.add(key)

    async def _one(self, request: Request, scratch: Path) -> None:
        from ostler.artifacts import fetch

        await asyncio.to_thread(fetch, request, self._policy(), scratch=scratch, cancelled=self._cancelled)

    def _request(
        self, artifact: JobArtifact, assignment: Assignment, task: Task, env: Mapping[str, str]
    ) -> Request:
        from ostler.artifacts import Request, destination, resolve

        node = self._place.node.variables()

        def said(text: str) -> str:
            return interpolate(text, env, node)

        place = task.directories
        return Request(
            source=resolve(said(artifact.source), assignment.job.source_directory),
            destination=destination(place, said(artifact.destination), where=artifact.where, path=artifact.path),
            root=place.allocation,
            mode=artifact.mode,
            options={name: said(value) for name, value in artifact.options.items()},
            headers={name: said(value) for name, value in artifact.headers.items()},
            insecure=artifact.insecure,
            executable=artifact.executable,
            owner=owner_of(task.user) if artifact.chown else None,
            where=artifact.where,
            path=artifact.path,
        )

    def _policy(self) -> Policy:
        from ostler.artifacts import Policy

        chosen = self._place.config.client.artifact
        return Policy(**attrs.asdict(chosen, recurse=False))


def _shown(source: str) -> str:
    from ostler.artifacts import shown

    return shown(source)
