"""A program carried out by ctypes, in a forked child: slower than the extension, and without a compiler."""

from __future__ import annotations

from ostler.executor.linux import syscalls
from ostler.executor.linux.program import Register

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.executor.linux.program import Argument, Call
    from ostler.executor.linux.syscalls import Words


class CallFailedError(Exception):
    """A call failed: the step that it belongs to and the kernel's error number."""

    def __init__(self, step: int, number: int) -> None:
        super().__init__(step, number)
        self.step = step
        self.number = number


def make_ready(calls: Sequence[Call]) -> None:
    """Make before a fork what is passed to the kernel: each page that a child writes to is copied first."""
    for call in calls:
        plain = [each for each in call.arguments if isinstance(each, (int, bytes))]
        if len(plain) == len(call.arguments):
            call.words = syscalls.words(call.name, plain)


def carry_out(calls: Sequence[Call], registers: list[int]) -> None:
    """Make the calls one by one; raises CallFailedError at the first that fails and is not tolerated."""
    position = 0
    while position < len(calls):
        call = calls[position]
        words = call.words or syscalls.words(call.name, [_value(each, registers) for each in call.arguments])
        result, number = syscalls.made(words)
        if result < 0:
            skipped = call.skipped(number)
            if skipped is None:
                raise CallFailedError(call.step, number)
            position += skipped
        elif call.into is not None:
            registers[call.into.index] = result
        position += 1


def _value(argument: Argument, registers: list[int]) -> int | bytes | Words:
    if isinstance(argument, tuple):
        return tuple(registers[each.index] if isinstance(each, Register) else each for each in argument)
    return registers[argument.index] if isinstance(argument, Register) else argument
