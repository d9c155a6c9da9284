"""Collect a task's output into rotated files and pass what comes on to whoever listens."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self

from ostler.drivers.values import Sink
from ostler.errors import OstlerError, RecoverableError
from ostler.executor import LogFiles
from ostler.runner.users import owner_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from ostler.drivers.values import Directories
    from ostler.jobs import JobTask, Logs
    from ostler.runner.workplace import Workplace

Stream = Literal["stdout", "stderr"]
CHUNK_BYTES: Final = 64 * 1024
AGAIN_SECONDS: Final = 0.02
STREAMS: Final[tuple[Stream, Stream]] = ("stdout", "stderr")
NULL: Final = "/dev/null"
MEBIBYTE: Final = 1024 * 1024
logger = logging.getLogger(__name__)


class Output:
    """The two output streams of one task, from its first attempt to its last."""

    def __init__(
        self,
        place: Workplace,
        directories: Directories,
        task: JobTask,
        listener: Callable[[Stream, bytes], Awaitable[None]] | None,
    ) -> None:
        self._executor = place.executor
        self._owner = owner_of(task.user)
        self._listener = listener
        sink = place.open(task.driver).driver.capabilities.output
        streams = () if task.logs.disabled else STREAMS
        self._files = {each: _files(directories, task, each, sink) for each in streams}
        self._followers: list[asyncio.Task[None]] = []
        self._released = asyncio.Event()

    def path(self, stream: Stream) -> str:
        """Where the task has to write ``stream``."""
        files = self._files.get(stream)
        return NULL if files is None else files.path

    async def __aenter__(self) -> Self:
        try:
            for files in self._files.values():
                await asyncio.to_thread(self._collect, files)
        except OstlerError:
            await self._release()
            raise
        if self._listener is not None:
            self._followers = [
                asyncio.create_task(self._follow(stream, files), name=f"follow {files.prefix}")
                for stream, files in self._files.items()
            ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drain the pipes, let the listener have the last byte, and close."""
        await self._release()
        await asyncio.gather(*self._followers)

    def _collect(self, files: LogFiles) -> None:
        self._executor.collect(files)
        if files.spool and self._owner is not None and os.geteuid() == 0:
            os.chown(files.spool, *self._owner, follow_symlinks=False)

    async def _release(self) -> None:
        for files in self._files.values():
            try:
                await self._persistently(self._executor.release, files)
            except OstlerError as error:
                logger.warning("%s: %s", files.prefix, error)
        self._released.set()

    async def _follow(self, stream: Stream, files: LogFiles) -> None:
        """Pass everything on; where a supervisor died, its successor is asked for the rest.

        An end that came before the release may be that of the supervisor, so that one more look follows it.
        """
        offset, over = 0, False
        while not over:
            released = self._released.is_set()
            try:
                offset, complete = await self._read(stream, files, offset)
                over = released and complete
            except OstlerError as error:
                logger.warning("%s: %s", files.prefix, error)
                over = released
            if not released:
                await self._pause()

    async def _read(self, stream: Stream, files: LogFiles, offset: int) -> tuple[int, bool]:
        """Pass on what comes, and return the offset that was reached and whether nothing more can come."""
        loop = asyncio.get_running_loop()
        with await asyncio.to_thread(self._executor.follow, files, offset=offset) as connection:
            offset = connection.offset
            connection.setblocking(False)  # noqa: FBT003 - takes no keyword
            while chunk := await _received(loop, connection):
                offset += len(chunk)
                if self._listener is not None:
                    await self._listener(stream, chunk)
        return offset, not connection.collecting and offset >= connection.end

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._released.wait(), AGAIN_SECONDS)
        except TimeoutError:
            return

    async def _persistently(self, ask: Callable[[LogFiles], None], files: LogFiles) -> None:
        """Ask the supervisor, and once more its successor if it died over the answer."""
        try:
            await asyncio.to_thread(ask, files)
        except RecoverableError:
            await asyncio.to_thread(ask, files)


def limits(logs: Logs) -> dict[str, int]:
    """Say how much of a log is kept, in the terms of `LogFiles`."""
    return {"max_files": logs.max_files, "max_file_bytes": logs.max_file_mb * MEBIBYTE}


async def _received(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> bytes:
    try:
        return await loop.sock_recv(connection, CHUNK_BYTES)
    except ConnectionError:
        return b""


def _files(directories: Directories, task: JobTask, stream: Stream, sink: Sink) -> LogFiles:
    directory = Path(directories.shared) / "logs"
    return LogFiles(
        fifo=_fifo(directories, task.name, stream) if sink is Sink.PIPE else "",
        # Whoever shares the allocation's directory with this machine sees nothing else of it.
        spool=str(directory / f".{task.name}.{stream}.spool") if sink is Sink.FILE else "",
        directory=str(directory),
        prefix=f"{task.name}.{stream}",
        max_files=task.logs.max_files,
        max_file_bytes=task.logs.max_file_mb * MEBIBYTE,
    )


def _fifo(directories: Directories, task: str, stream: Stream) -> str:
    # A FIFO can be written through a read-only mount: it lies among the records, where no task looks.
    allocation = Path(directories.allocation)
    return str(allocation.parents[1] / "client" / allocation.name / f".{task}.{stream}.fifo")
