"""A simulated command inside a simulated task, on the streams that its request names."""

from __future__ import annotations

import os
import select
import signal
import time
from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen

from ostler.drivers import Reason, setting
from ostler_drivers.mock_task import MockCommand, MockTask, killed

if TYPE_CHECKING:
    from ostler.drivers import ExecuteRequest

TOO_LONG: Final = 124
CHUNK: Final = 1 << 16


@frozen(kw_only=True)
class MockInside(MockCommand):
    """What a command that is run inside the task does."""

    stdin_echo: bool = setting(
        help="Whether it first reads its input to the end and writes it to stdout.", default=False
    )


def run_inside(command: MockInside, request: ExecuteRequest) -> int:
    """Simulate a command, and return its exit code."""
    deadline = time.monotonic() + request.timeout_seconds
    if command.stdin_echo:
        text = _read(request.stdin_path, deadline).decode(errors="surrogateescape")
        command = evolve(command, stdout_string=text + command.stdout_string)
    outputs = (request.stdout_path, request.stderr_path)
    task = MockTask(command, outputs, lambda: None, name=f"inside {request.command[0]}")
    over = task.join(max(0.0, deadline - time.monotonic()))
    task.end(killed(signal.SIGKILL, Reason.STOPPED))
    task.leave()
    return task.exit.code if over and task.exit else TOO_LONG


def _read(path: str, deadline: float) -> bytes:
    """Read to the end of the input, or until the deadline."""
    pieces: list[bytes] = []
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([descriptor], [], [], left)
            piece = os.read(descriptor, CHUNK) if ready else b""
            if not piece:
                break
            pieces.append(piece)
    finally:
        os.close(descriptor)
    return b"".join(pieces)
