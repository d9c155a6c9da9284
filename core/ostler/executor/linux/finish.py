"""The last calls before a process is the task's command: its streams, a clean slate, exec."""

from __future__ import annotations

import os
import signal

from ostler.executor.linux.program import ANY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ostler.executor.linux.program import Words, Writer

_UMASK = 0o022
_FIRST_DESCRIPTOR, _ALL_DESCRIPTORS, _CLOSE_ON_EXEC = 3, 0xFFFFFFFF, 4
_SET_MASK = 2
# As the kernel takes them: a handler, flags, a restorer and a mask; a set of 64 signals.
_BY_DEFAULT, _SET_BYTES = bytes(32), 8
# Python ignores the first two, and whoever started the supervisor may have ignored the others.
_SIGNALS = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def finish(to: Writer, executable: str, argv: Iterable[str], env: Mapping[str, str]) -> None:
    """Lower the end of every launch."""
    for number, stream in sorted(to.streams.items()):
        to.call("dup3", stream, number, 0)
    to.call("close_range", _FIRST_DESCRIPTOR, _ALL_DESCRIPTORS, _CLOSE_ON_EXEC, tolerate={ANY: 0})
    for number in _SIGNALS:
        to.call("rt_sigaction", number.value, _BY_DEFAULT, 0, _SET_BYTES)
    to.call("umask", _UMASK)
    to.call("rt_sigprocmask", _SET_MASK, bytes(_SET_BYTES), 0, _SET_BYTES)
    to.call("execve", *what_to_become(executable, argv, env))


def what_to_become(
    executable: str, argv: Iterable[str], env: Mapping[str, str]
) -> tuple[bytes, Words, Words]:
    """Give what execve takes."""
    words = tuple(map(os.fsencode, argv))
    variables = tuple(os.fsencode(f"{name}={value}") for name, value in env.items())
    return os.fsencode(executable), (*words, 0), (*variables, 0)
