"""A program carried out by ctypes, in a forked child: slower than the extension, and without a compiler."""

from __future__ import annotations

import os

from ostler.executor.linux import holes, syscalls
from ostler.executor.linux.finish import what_to_become
from ostler.executor.linux.program import Register

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ostler.executor.linux.program import Argument, Call, Program
    from ostler.executor.linux.syscalls import Words


class CallFailedError(Exception):
    """A call failed: the step that it belongs to and the kernel's error number."""

    def __init__(self, step: int, number: int) -> None:
        super().__init__(step, number)
        self.step = step
        self.number = number


class Ready:
    """A program for which is made once, and not in each child, what is passed to the kernel."""

    def __init__(self, program: Program, _most_holes: int) -> None:
        self._program = program
        calls = [*program.build, *program.enter, *program.finish]
        self._holed = [
            (call, call.arguments)
            for call in calls
            if any(isinstance(each, bytes) and holes.is_hole(each) for each in call.arguments)
        ]
        _make_ready(calls)

    def fill(self, values: Sequence[str], order: Mapping[str, Any]) -> Program:
        """Give the program, until it is filled again, with values in its holes and a command to become."""
        for call, arguments in self._holed:
            call.arguments = tuple(_filled(each, values) for each in arguments)
        last = self._program.finish[-1]
        last.arguments = what_to_become(order.get("executable", ""), order["argv"], order["env"])
        _make_ready([*(call for call, _ in self._holed), last])
        return self._program


def _filled(argument: Argument, values: Sequence[str]) -> Argument:
    if not isinstance(argument, bytes) or not holes.is_hole(argument):
        return argument
    index, rest = holes.parts(argument)
    return os.fsencode(values[index] + rest)


def _make_ready(calls: Sequence[Call]) -> None:
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
