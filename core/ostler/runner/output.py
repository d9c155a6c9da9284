"""Collect a task's output into rotated files and pass what comes on to whoever listens."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from ostler.executor import LogFiles

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from ostler.drivers.values import Directories
    from ostler.executor import Executor
    from ostler.jobs import Logs

Stream = Literal["stdout", "stderr"]
Listener = "Callable[[Stream, bytes], Awaitable[None]]"
CHUNK_BYTES: Final = 64 * 1024
STREAMS: Final[tuple[Stream, Stream]] = ("stdout", "stderr")
NULL: Final = "/dev/null"


class Output:
    """The two output streams of one task, from its first attempt to its last."""

    def __init__(
        self,
        executor: Executor,
        directories: Directories,
        task: str,
        logs: Logs,
        listener: Callable[[Stream, bytes], Awaitable[None]] | None,
    ) -> None:
        self._executor = executor
        self._listener = listener
        self._files = (
            {} if logs.disabled else {each: _files(directories, task, each, logs) for each in STREAMS}
        )
        self._followers: list[asyncio.Task[None]] = []

    def path(self, stream: Stream) -> str:
        """Where the task has to write ``stream``."""
        return self._files[stream].fifo if stream in self._files else NULL

    async def __aenter__(self) -> Output:
        for stream, files in self._files.items():
            await asyncio.to_thread(self._executor.collect, files)
            if self._listener is not None:
                follower = asyncio.create_task(self._follow(stream, files), name=f"follow {files.prefix}")
                self._followers.append(follower)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drain the pipes, let the listener have the last byte, and close."""
        for files in self._files.values():
            await asyncio.to_thread(self._executor.release, files)
        await asyncio.gather(*self._followers)

    async def _follow(self, stream: Stream, files: LogFiles) -> None:
        loop = asyncio.get_running_loop()
        connection = await asyncio.to_thread(self._executor.follow, files)
        with connection:
            connection.setblocking(False)
            while chunk := await loop.sock_recv(connection, CHUNK_BYTES):
                if self._listener is not None:
                    await self._listener(stream, chunk)


def _files(directories: Directories, task: str, stream: Stream, logs: Logs) -> LogFiles:
    place = Path(directories.shared) / "logs"
    return LogFiles(
        fifo=str(place / f".{task}.{stream}.fifo"),
        directory=str(place),
        prefix=f"{task}.{stream}",
        max_files=logs.max_files,
        max_file_bytes=logs.max_file_mb * 1024 * 1024,
    )
