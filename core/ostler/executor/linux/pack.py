"""A program as the launcher in C takes it: calls of a fixed size, and the memory that they point into.

Two plans that differ only in what paths they open have the same calls.  A program is therefore packed with
holes in place of those paths, kept, and filled for each launch.  ``native/calls.h`` holds the other end of
this layout.
"""

from __future__ import annotations

import os
import struct
from functools import cache
from itertools import accumulate

from ostler.executor.linux import call_numbers, holes
from ostler.executor.linux.program import Register

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ostler.executor.linux.program import Argument, Call, Program, Words

_MOST_ARGUMENTS, _MOST_TOLERATED = 6, 4
# number, step, register of the result; kinds of the arguments; pairs of tolerated errors; the arguments
_CALL = struct.Struct("=ihh6BBx8h6q")
_NUMBER, _ADDRESS, _REGISTER, _WORDS, _INDIRECT = range(5)
_WORD_BYTES = 8
# What execve takes: the program, its words, its variables.
_EXEC = 3


class Packed:
    """What ``_launch.begin`` takes of a program that has ``holes``."""

    def __init__(self, program: Program, most_holes: int) -> None:
        self._table = _WORD_BYTES * (most_holes + _EXEC)
        self._memory = bytearray(self._table)
        self._places: dict[bytes, int] = {}
        self._pointers: list[int] = []
        self._holes: dict[bytes, int] = {}
        self._fillings: list[tuple[int, str]] = []
        phases = (program.build, program.enter, program.finish[:-1])
        execve = self._packed(program.finish[-1], [(_INDIRECT, _WORD_BYTES * each) for each in range(_EXEC)])
        self.calls = b"".join([*(self._call(call) for phase in phases for call in phase), execve])
        late = len(program.build) - program.early
        self.counts = (program.early, late, len(program.enter), len(program.finish))
        self.registers = program.registers
        self.held = bytes(each.index for each in program.held)
        self.reaches_all = program.reaches_all
        self.group = -1 if program.group is None else program.group.index
        pointers = [*self._pointers, *_words_from(0, _EXEC + len(self._fillings))]
        self._addresses = struct.pack(f"={len(pointers)}I", *pointers)

    def fill(self, values: Sequence[str], order: Mapping[str, Any]) -> tuple[bytes, bytes]:
        """Give the memory, with values in its holes and a command to become, and where it holds addresses."""
        argv, env = order["argv"], [f"{name}={value}" for name, value in order["env"].items()]
        texts = [order["executable"], *argv, *env, *(values[index] + rest for index, rest in self._fillings)]
        content = os.fsencode("\0".join(texts))  # at once, which takes a quarter of the time
        words = content.split(b"\0")
        if len(words) != len(texts):
            msg = "a NUL would end a path or a word early"
            raise ValueError(msg)
        begin = len(self._memory)
        *places, end = accumulate(map(len, words), lambda place, length: place + length + 1, initial=begin)
        after_argv = 1 + len(argv)
        after_env = after_argv + len(env)
        argv_at = end + -end % _WORD_BYTES
        env_at = argv_at + _WORD_BYTES * after_argv
        lists = [*places[1:after_argv], 0, *places[after_argv:after_env], 0]
        table = [places[0], argv_at, env_at, *places[after_env:]]
        memory = b"".join(
            (
                struct.pack(f"={len(table)}q", *table),
                self._memory[_WORD_BYTES * len(table) :],
                content,
                bytes(argv_at - end + 1),
                struct.pack(f"={len(lists)}q", *lists),
            )
        )
        pointers = [*_words_from(argv_at, len(argv)), *_words_from(env_at, len(env))]
        return memory, self._addresses + struct.pack(f"={len(pointers)}I", *pointers)

    def _call(self, call: Call) -> bytes:
        return self._packed(call, [self._value(each) for each in call.arguments])

    def _packed(self, call: Call, values: list[tuple[int, int]]) -> bytes:
        values += [(_NUMBER, 0)] * (_MOST_ARGUMENTS - len(values))
        pairs = [word for pair in call.tolerated.items() for word in pair]
        return _CALL.pack(
            _number(call.name),
            call.step,
            -1 if call.into is None else call.into.index,
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
            if holes.is_hole(argument):
                return _INDIRECT, self._hole(argument)
            return _ADDRESS, self._bytes(argument)
        if isinstance(argument, Register):
            return _REGISTER, argument.index
        return self._words(argument)

    def _hole(self, content: bytes) -> int:
        place = self._holes.get(content)
        if place is not None:
            return place
        place = self._holes[content] = _WORD_BYTES * (_EXEC + len(self._fillings))
        if place >= self._table:
            msg = "a value stands in more ways than there is room for"
            raise ValueError(msg)
        self._fillings.append(holes.parts(content))
        return place

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


def _words_from(begin: int, count: int) -> range:
    """Give where words lie that follow each other."""
    return range(begin, begin + _WORD_BYTES * count, _WORD_BYTES)


@cache
def _number(name: str) -> int:
    return call_numbers.number(name, os.uname().machine)
