"""A command in a running task: its order, its streams, and why it could not be run."""

from __future__ import annotations

import errno
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from ostler.errors import RefusedError
from ostler.executor.host.lookup import DEFAULT_PATH, check_words
from ostler.executor.streams.feeding import Feeder, Handed, descriptor_of
from ostler.executor.values import Tier

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from ostler.executor.streams.feeding import Input, Open
    from ostler.executor.streams.terminal import Terminal

    Output = str | int | Open
    Step = dict[str, Any]

NULL = "/dev/null"


def order(
    entry: Mapping[str, Any],
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: str,
    tty: bool,
    timeout_seconds: float | None,
) -> dict[str, Any]:
    """Write the order for a command in a task from what the task was started with; raises RefusedError."""
    check_words(argv, env, cwd)
    if timeout_seconds is not None and not 0 < timeout_seconds < float("inf"):
        msg = f"timeout_seconds = {timeout_seconds}: must be more than 0; leave it out for no end"
        raise RefusedError(msg)
    variables = {**entry["env"], **env}
    portable = "cwd" in entry  # then there are no namespaces to join
    join: list[Step] = [] if portable else [{"do": "join_namespaces"}]
    if entry["tier"] == Tier.USERNS.value:
        join.append({"do": "outrank"})
    streams = [{"do": "take_passed", "number": number, "index": number} for number in range(3)]
    return {
        "tier": entry["tier"],
        "namespaces": (),
        "prepare": (),
        "build": [*streams, *entry["build"], *join],
        "enter": _enter(entry["enter"], cwd, tty=tty),
        "candidates": candidates(argv[0], variables),
        "argv": list(argv),
        "env": variables,
        "cgroups": {},
        "watch": {},
        "timeout_seconds": timeout_seconds,
        "tty": tty,
        "cwd": cwd or entry.get("cwd", ""),
        "user": entry.get("user"),
    }


def _enter(steps: Sequence[Step], cwd: str, *, tty: bool) -> list[Step]:
    """Give the steps of the task's main process, for another directory and with a terminal where asked."""
    made: list[Step] = []
    for step in steps:
        if step["do"] == "change_directory" and cwd:
            made.append({**step, "path": cwd})
            continue
        if step["do"] == "write":  # to a file of its own in /proc, while it still has all its rights
            made += [{"do": "set_dumpable", "value": 1}, dict(step), {"do": "set_dumpable", "value": 0}]
            continue
        made.append(dict(step))
        if step["do"] == "new_session" and tty:
            made.append({"do": "control_terminal", "index": 0})
    return made


def candidates(name: str, env: Mapping[str, str]) -> list[str]:
    """List where a command may be, as the task sees it."""
    if "/" in name:
        return [name]
    return [os.path.join(folder or ".", name) for folder in env.get("PATH", DEFAULT_PATH).split(":")]


def sentence(content: Mapping[str, Any], failure: Mapping[str, Any]) -> str:
    """Say why the command could not be run."""
    number, phase, name = failure["errno"], failure["phase"], content["argv"][0]
    why = f"{os.strerror(number)} ({errno.errorcode.get(number, number)})"
    if phase == "exec" and number in {errno.ENOENT, errno.ENOTDIR}:
        looked = ", ".join(dict.fromkeys(os.path.dirname(path) for path in content["candidates"]))
        place = f"looked in {looked}" if "/" not in name else "there is no such file"
        return f"command {name!r} was not found in the task: {place}"
    if phase == "exec":
        return f"command {name!r} can't be executed in the task: {why}"
    if phase == "join":
        return f"the task's namespaces can't be joined: {why}"
    steps = content.get(phase, ())
    step = steps[failure["index"]] if 0 <= failure["index"] < len(steps) else {"do": phase}
    if step["do"] == "change_directory":
        return f"there is no directory {step['path']!r} in the task to run a command in: {why}"
    return f"no command can be run in the task ({step['do'].replace('_', ' ')}): {why}"


class Streams:
    """The three descriptors that are handed over, open until that is done."""

    def __init__(
        self,
        name: str,
        stdin: Input | str | None,
        outputs: Sequence[Output | None],
        terminal: Terminal | None,
    ) -> None:
        self._handed: Handed | None = None
        self._held = ExitStack()
        with ExitStack() as failed:
            failed.callback(self._held.close)
            if terminal is not None:
                self.descriptors = [terminal.slave] * 3
            else:
                self.descriptors = [self._input(stdin, name), *map(self._output, outputs)]
            failed.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    def feed(self) -> Feeder | None:
        """Begin to copy a stream to stdin, now that it is read; None where it is no stream."""
        return None if self._handed is None else self._handed.feed()

    def _input(self, source: Input | str | None, name: str) -> int:
        if source is None or isinstance(source, str):
            return self._open(source or NULL, os.O_RDONLY)
        self._handed = self._held.enter_context(Handed(source, name))
        return self._handed.descriptor

    def _output(self, target: Output | None) -> int:
        if target is None or isinstance(target, str):
            return self._open(target or NULL, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
        descriptor = descriptor_of(target)
        if descriptor is None:
            msg = f"expected a path, a descriptor or an open file to write to, found {target!r}"
            raise TypeError(msg)
        return descriptor

    def _open(self, path: str, flags: int) -> int:
        # A FIFO has its other end already, so that nobody waits for it.
        descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        os.set_blocking(descriptor, True)
        self._held.callback(os.close, descriptor)
        return descriptor
