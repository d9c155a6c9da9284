"""A program as the launcher in C takes it: calls of a fixed size, and the memory that they point into.

``native/calls.h`` holds the other end of this layout.
"""

from __future__ import annotations

import os
import struct
from functools import cache

from ostler.executor.linux import call_numbers
from ostler.executor.linux.program import Register

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ostler.executor.linux.program import Argument, Call, Program, Words

_MOST_ARGUMENTS, _MOST_TOLERATED = 6, 4
# number, step, register of the result; kinds of the arguments; pairs of tolerated errors; the arguments
_CALL = struct.Struct("=ihh6BBx8h6q")
_NUMBER, _ADDRESS, _REGISTER, _WORDS = range(4)
_WORD_BYTES = 8


class Packed:
    """What ``_launch.launch`` takes of a program."""

    def __init__(self, program: Program) -> None:
        self._memory = bytearray()
        self._places: dict[bytes, int] = {}
        self._pointers: list[int] = []
        phases = (program.build, program.enter, program.finish)
        self.calls = b"".join(map(self._call, (call for phase in phases for call in phase)))
        self.counts = tuple(map(len, phases))
        self.memory = bytes(self._memory) + bytes(-len(self._memory) % _WORD_BYTES)
        self.addresses = struct.pack(f"={len(self._pointers)}I", *self._pointers)
        self.registers = program.registers
        self.held = bytes(each.index for each in program.held)
        self.group = -1 if program.group is None else program.group.index

    def _call(self, call: Call) -> bytes:
        values = [self._value(each) for each in call.arguments]
        values += [(_NUMBER, 0)] * (_MOST_ARGUMENTS - len(values))
        pairs = [word for pair in call.tolerated.items() for word in pair]
        into = -1 if call.into is None else call.into.index
        return _CALL.pack(
            _number(call.name),
            call.step,
            into,
            *(kind for kind, _ in values),
            len(call.tolerated),
            *pairs,
            *(0,) * (2 * _MOST_TOLERATED - len(pairs)),
            *(value for _, value in values),
        )

    def _value(self, argument: Argument) -> tuple[int, int]:
        if isinstance(argument, int):
            return _NUMBER, argument
        if isinstance(argument, bytes):
            return _ADDRESS, self._bytes(argument)
        if isinstance(argument, Register):
            return _REGISTER, argument.index
        return self._words(argument)

    def _bytes(self, content: bytes) -> int:
        place = self._places.get(content)
        if place is None:
            place = self._places[content] = self._add(content + b"\0")
        return place

    def _words(self, words: Words) -> tuple[int, int]:
        """Put words there; what registers hold is known only when the call is made."""
        begin = [0 if isinstance(each, Register) else self._word(each) for each in words]
        place = self._add(struct.pack(f"={len(begin)}q", *begin))
        self._pointers += [
            place + _WORD_BYTES * index for index, each in enumerate(words) if isinstance(each, bytes)
        ]
        sources = [each.index + 1 if isinstance(each, Register) else 0 for each in words]
        if not any(sources):
            return _ADDRESS, place
        return _WORDS, self._add(struct.pack(f"={len(words) + 2}q", place, len(words), *sources))

    def _word(self, word: int | bytes) -> int:
        return self._bytes(word) if isinstance(word, bytes) else word

    def _add(self, content: bytes) -> int:
        self._memory += bytes(-len(self._memory) % _WORD_BYTES)
        place = len(self._memory)
        self._memory += content
        return place


@cache
def _number(name: str) -> int:
    return call_numbers.number(name, os.uname().machine)
