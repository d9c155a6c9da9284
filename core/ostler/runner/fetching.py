"""Fetch the artifacts of one task: the job's, and those that the driver's own fields ask for."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from ostler.drivers.settings import artifacts as artifacts_of
from ostler.errors import RecoverableError
from ostler.runner.events import EventType
from ostler.runner.users import owner_of
from ostler.tasks import interpolate

if TYPE_CHECKING:
    from attrs import AttrsInstance

    from ostler.artifacts import Fetched, Policy, Request
    from ostler.artifacts.cache import Cache
    from ostler.config import AgentConfig
    from ostler.drivers.values import Task
    from ostler.errors import Problem
    from ostler.jobs import Job, JobArtifact, JobTask
    from ostler.runner.preparation import Assignment
    from ostler.runner.telling import Emit, Telling
    from ostler.runner.workplace import Workplace

_AT_ONCE: Final = 3
_HARMLESS: Final = frozenset(
    {"mode", "destination", *(f"options.{name}" for name in ("archive", "checksum", "depth", "ref"))}
)


class Fetching:
    """Fetches each artifact of a task once, however often the task starts, and can be cancelled."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._done: set[str] = set()
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Give up what is being fetched."""
        self._cancelled.set()

    async def fetch(self, assignment: Assignment, task: Task, emit: Emit) -> None:
        """Fetch what was not fetched yet, three at a time; OstlerError names what could not be had.

        What could be had stays, and is not fetched again when the task is tried again.
        """
        requests = [self._request(each, assignment, task) for each in assignment.task.artifacts]
        requests += [
            self._request(artifact, assignment, task, executable=executable)
            for artifact, executable in asked_by_driver(task.config, assignment.task)
        ]
        few = asyncio.Semaphore(_AT_ONCE)
        scratch = Path(task.directories.allocation)
        ended = await asyncio.gather(
            *(self._one(each, scratch, emit, few) for each in requests), return_exceptions=True
        )
        failed = [each for each in ended if isinstance(each, BaseException)]
        if failed:
            # What trying again does not help decides; the others are told, so that all can be put right.
            failed.sort(key=lambda each: isinstance(each, RecoverableError))
            for other in failed[1:]:
                emit(EventType.FAILED_ARTIFACT_DOWNLOAD, str(other), None)
            raise failed[0]

    async def _one(self, request: Request, scratch: Path, emit: Emit, few: asyncio.Semaphore) -> None:
        from ostler.runner.telling import Telling

        key = repr(attrs.astuple(request, recurse=False))
        if key in self._done:
            return
        async with few:
            telling = Telling(_shown(request.source), emit)
            telling.begin()
            fetching = self._place.fetching.submit(self._fetch, request, scratch, telling)
            telling.end(await asyncio.wrap_future(fetching))
            self._done.add(key)

    def _fetch(self, request: Request, scratch: Path, telling: Telling) -> Fetched:
        from ostler.artifacts import fetch

        return fetch(
            request,
            policy_of(self._place),
            scratch=scratch,
            cache=cache_of(self._place),
            on_event=telling.progress,
            cancelled=self._cancelled,
        )

    def _request(
        self,
        artifact: JobArtifact,
        assignment: Assignment,
        task: Task,
        *,
        executable: bool = False,
    ) -> Request:
        from ostler.artifacts import Request, destination, resolve

        node = self._place.node.variables()

        def said(text: str) -> str:
            return interpolate(text, task.environment, node)

        place = task.directories
        source = resolve(said(artifact.source), assignment.job.source_directory)
        where, path = artifact.where, artifact.path
        there, key = artifact.places.get("destination", (where, path))
        return Request(
            source=source,
            destination=destination(place, said(artifact.destination), where=there, path=key),
            root=place.allocation,
            mode=artifact.mode,
            options={name: said(value) for name, value in artifact.options.items()},
            headers={name: said(value) for name, value in artifact.headers.items()},
            insecure=artifact.insecure,
            executable=executable,
            owner=owner_of(task.user) if artifact.chown else None,
            users=_users(assignment, self._place),
            where=where,
            path=path,
            places=_places(artifact),
        )


def _users(assignment: Assignment, place: Workplace) -> frozenset[int] | None:
    """Return who may see what is fetched: the users of the group's tasks, None where one is not known."""
    owners = [_held_to(each, place) for each in assignment.group.tasks]
    found = frozenset(owner[0] for owner in owners if owner)
    return found if all(owners) else None


def _held_to(task: JobTask, place: Workplace) -> tuple[int, int] | None:
    """Return the user that a task can do no more than, None where its driver does not declare that it is so.

    Whoever is given more power than a user has could write to what is another's, as root could.
    """
    opened = place.opened(task.driver)
    if opened is None:
        return None
    declared = opened.driver.capabilities
    if declared.widened_by is None or declared.widened_by & set(task.config.value or ()):
        return None
    if task.user or not declared.default_user:
        return owner_of(task.user)
    return owner_of(str(getattr(opened.settings, declared.default_user, "")))


def _shown(source: str) -> str:
    from ostler.artifacts import shown

    return shown(source)


def policy_of(place: Workplace) -> Policy:
    """Say what the operator allows to fetch."""
    return policy_in(place.config)


def policy_in(config: AgentConfig) -> Policy:
    """Say what a configuration allows to fetch."""
    from ostler.artifacts import Policy, Secret

    said = attrs.asdict(config.client.artifact, recurse=False)
    secrets = {name: Secret(**attrs.asdict(each)) for name, each in said.pop("secrets").items()}
    return Policy(
        **said,
        secrets=secrets,
        netrc=os.environ.get("NETRC", _at_home(".netrc")),
        known_hosts=_at_home(".ssh/known_hosts"),
    )


def _at_home(name: str) -> str:
    """Return the path of a file of whoever runs this; nothing where there is no home."""
    try:
        return str(Path.home() / name)
    except RuntimeError:
        return ""


def cache_of(place: Workplace) -> Cache | None:
    """Say where what was fetched is kept, None where the operator wants nothing kept."""
    enabled = place.config.client.artifact_cache.enabled
    return cache_in(place.directory, place.config) if enabled else None


def cache_in(directory: Path, config: AgentConfig) -> Cache:
    """Return the cache of a data directory, with the limits of a configuration."""
    from ostler.artifacts.cache import Cache

    limits = config.client.artifact_cache
    return Cache(
        directory=directory / "artifacts",
        max_bytes=limits.max_bytes,
        max_age_seconds=limits.max_age_seconds,
    )


def problems_before(artifact: JobArtifact, job: Job, place: Workplace) -> tuple[Problem, ...]:
    """Say what is wrong with an artifact before anything runs, as far as nothing is left to interpolate."""
    from ostler.artifacts import Request, problems, resolve
    from ostler.artifacts.secrets import without

    if "${" in without(artifact.source + "".join(artifact.options.values())):
        return ()
    request = Request(
        source=resolve(artifact.source, job.source_directory),
        destination="/artifact",
        root="/",
        mode=artifact.mode,
        options=artifact.options,
        headers=artifact.headers,
        where=artifact.where,
        path=artifact.path,
        places=_places(artifact),
    )
    return problems(request, policy_of(place))


def _places(artifact: JobArtifact) -> dict[str, tuple[str, str]]:
    """Say where each key stands; of one that may hold a credential the line is never shown."""
    harmless = _HARMLESS | ({"source"} if _shown(artifact.source) == artifact.source else set())
    return {
        key: (where if key in harmless else str(where), path)
        for key, (where, path) in artifact.places.items()
    }


def asked_by_driver(config: AttrsInstance, job_task: JobTask) -> list[tuple[JobArtifact, bool]]:
    """Turn what the driver's own fields ask to fetch into artifacts, each with whether it is executable."""
    from ostler.jobs import JobArtifact

    return [
        (
            JobArtifact(
                source=each.source,
                destination=each.destination,
                mode=each.mode,
                options={"checksum": each.checksum} if each.checksum else {},
                where=job_task.config.where(()),
                path=f"{job_task.path}.config",
                places={
                    key: (job_task.config.where((name,)), f"{job_task.path}.config.{name}")
                    for key, name in {"source": each.field, "options.checksum": each.checksum_field}.items()
                    if name
                },
            ),
            each.executable,
        )
        for each in artifacts_of(config)
    ]
