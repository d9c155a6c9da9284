"""A program: the system calls that a plan comes down to, as plain data that either launcher carries out.

Nothing is decided between clone and exec but this: a call that fails with an error number that it
tolerates is passed over, with as many calls after it as it names; any other failure ends the launch.
"""

from __future__ import annotations

import errno

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, TypeAlias, Union

    Words: TypeAlias = tuple[Union[int, bytes, "Register"], ...]  # noqa: UP007 - one is defined below
    Argument: TypeAlias = Union[int, bytes, Words, "Register"]  # noqa: UP007

ANY = 0  # in place of an error number: every failure
ABSENT = (errno.ENOENT, errno.ENOTDIR)


class Register:
    """Where the result of an earlier call is kept: a descriptor, or -1 when that call was passed over."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index

    def __repr__(self) -> str:
        return f"r{self.index}"


class Call:
    """One system call: a number or a register is passed as it is, bytes by their address, ended by a NUL.

    A tuple is passed by the address of its words: numbers, the addresses of bytes, results of registers.
    ``step`` is the index of the step in its phase.  ``tolerated`` maps error numbers to how many of the
    calls that follow are passed over too.
    """

    __slots__ = ("arguments", "into", "name", "step", "tolerated", "words")

    def __init__(
        self,
        name: str,
        arguments: tuple[Argument, ...],
        step: int,
        into: Register | None,
        tolerated: dict[int, int],
    ) -> None:
        self.name = name
        self.arguments = arguments
        self.step = step
        self.into = into
        self.tolerated = tolerated
        self.words: Sequence[Any] | None = None

    def __repr__(self) -> str:
        into = f"{self.into} = " if self.into else ""
        passes = "".join(
            f" unless {errno.errorcode.get(number, 'any')}{f' +{skip}' if skip else ''}"
            for number, skip in self.tolerated.items()
        )
        return f"{self.step}: {into}{self.name}({', '.join(map(repr, self.arguments))}){passes}"

    def skipped(self, number: int) -> int | None:
        """Tell how many calls are passed over after a failure; None when it is not tolerated."""
        return self.tolerated.get(number, self.tolerated.get(ANY))


class Program:
    """What is carried out after a clone: ``build`` by the init to be, ``enter`` by the command to be.

    ``finish`` makes the latter the command.  ``held`` are descriptors that the init keeps until its end;
    ``group`` is the cgroup that the command is cloned into, where the launcher can do that.  Of ``build``
    the first ``early`` calls need nothing that is prepared on the host but folders.  ``reaches_all`` tells
    that a call of ``enter`` is about all that share the memory, unless who cloned its process waits for it.
    """

    __slots__ = ("build", "early", "enter", "finish", "group", "held", "reaches_all", "registers")

    def __init__(self, build: list[Call], enter: list[Call], finish: list[Call], writer: Writer) -> None:
        self.build = build
        self.enter = enter
        self.finish = finish
        self.registers = writer.registers
        self.early = len(build) if writer.early is None else writer.early
        self.held = writer.held
        self.group = writer.group
        self.reaches_all = writer.reaches_all


class Writer:
    """Write a program call by call; what steps hand on to later ones is kept here."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.step = 0
        self.registers = 0
        self.early: int | None = None
        self.groups: list[Register] = []
        self.group: Register | None = None
        self.streams: dict[int, Register | int] = {}
        self.held: list[Register] = []
        self.reaches_all = False

    def call(self, name: str, *arguments: Argument, tolerate: Mapping[int, int] | None = None) -> None:
        """Add a call; ``tolerate`` maps error numbers to how many of the next calls are passed over then."""
        self.calls.append(Call(name, arguments, self.step, None, dict(tolerate or {})))

    def open(self, name: str, *arguments: Argument, tolerate: Mapping[int, int] | None = None) -> Register:
        """Add a call whose result later ones need."""
        into = Register(self.registers)
        self.registers += 1
        self.calls.append(Call(name, arguments, self.step, into, dict(tolerate or {})))
        return into

    def forgive(self, begin: int, number: int) -> None:
        """Let the calls from ``begin`` on fail with an error number, and pass over those that are left."""
        last = len(self.calls) - 1
        for index in range(begin, last + 1):
            self.calls[index].tolerated.setdefault(number, last - index)

    def take(self) -> list[Call]:
        """Give the calls of a phase that is complete, and begin the next one."""
        taken, self.calls = self.calls, []
        return taken
