"""The filter of system calls: from the table of what is withheld to a program of classic BPF."""

from __future__ import annotations

import errno
import struct
from typing import TYPE_CHECKING, Final

from ostler.executor.planning import denied_calls as denied

if TYPE_CHECKING:
    from collections.abc import Collection

    Label = str
    Check = tuple[tuple[int, int, Label, Label], ...]

_MACHINES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_NUMBER_AT, _MACHINE_AT, _ARGUMENTS_AT = 0, 4, 16
_X32: Final = 0x40000000

_INSTRUCTION: Final = struct.Struct("<HBBI")
_LOAD, _RETURN = 0x20, 0x06
_EQUAL, _AT_LEAST, _ANY_BIT = 0x15, 0x35, 0x45
_LONGEST_JUMP: Final = 255

_RESULTS: Final = {
    "allow": 0x7FFF0000,
    "denied": 0x00050000 | errno.EPERM,
    "unknown": 0x00050000 | errno.ENOSYS,
    "kill": 0x80000000,
}
# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET
_NAMESPACES: Final = 0x7E020000
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_PERSONALITIES: Final = (0x0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)
_AF_UNIX, _AF_VSOCK = 1, 40
# By name: which argument is looked at, and the tests of its lower half, which is all that the kernel reads.
_CHECKS: Final[dict[str, tuple[int, Check]]] = {
    "clone": (0, ((_ANY_BIT, _NAMESPACES, "denied", "allow"),)),
    "ioctl": (1, ((_EQUAL, _TIOCSTI, "denied", ""), (_EQUAL, _TIOCLINUX, "denied", "allow"))),
    "personality": (
        0,
        (
            *((_EQUAL, each, "allow", "") for each in _PERSONALITIES[:-1]),
            (_EQUAL, _PERSONALITIES[-1], "allow", "denied"),
        ),
    ),
    "socket": (0, ((_EQUAL, _AF_VSOCK, "denied", "allow"),)),
}
_LOCAL_ONLY: Final[dict[str, tuple[int, Check]]] = {
    "socket": (0, ((_EQUAL, _AF_UNIX, "allow", "denied"),)),
}


def program(
    machine: str,
    capabilities: Collection[str],
    *,
    own_processes: bool,
    local_only: bool = False,
    without_ipc: bool = False,
) -> bytes:
    """Assemble the filter for a task with these capabilities.

    ``own_processes`` tells that it sees no others, ``local_only`` that it gets sockets of Unix alone,
    ``without_ipc`` that it gets no System V objects and no message queues.
    What is withheld fails with EPERM; clone3 with ENOSYS, so that libc falls back to clone, whose flags
    can be looked at.  A call by the numbers of another machine (32 bits) kills the process.
    """
    assembly = _Assembly()
    assembly.load(_MACHINE_AT)
    assembly.test(_EQUAL, _MACHINES[machine], "", "kill")
    assembly.load(_NUMBER_AT)
    _search(
        assembly,
        _ranges(
            machine, _outcomes(machine, capabilities, own_processes=own_processes, without_ipc=without_ipc)
        ),
    )
    for name, (argument, checks) in {**_CHECKS, **(_LOCAL_ONLY if local_only else {})}.items():
        assembly.mark(name)
        assembly.load(_ARGUMENTS_AT + 8 * argument)
        for check in checks:
            assembly.test(*check)
    for name, value in _RESULTS.items():
        assembly.mark(name)
        assembly.end(value)
    return assembly.program()


def _outcomes(
    machine: str, capabilities: Collection[str], *, own_processes: bool, without_ipc: bool
) -> dict[int, Label]:
    """Say by number what becomes of the calls that are not simply allowed."""
    given = frozenset(capabilities)
    spared = denied.OWN_PROCESSES if own_processes else frozenset()
    found = {
        call.numbers[machine]: "denied"
        for name, call in {**denied.CALLS, **(denied.IPC if without_ipc else {})}.items()
        if machine in call.numbers and name not in spared and not call.lifted_by & given
    }
    looked_at = {
        "ioctl": denied.IOCTL,
        "personality": denied.PERSONALITY,
        "socket": denied.SOCKET,
    }
    found.update((call.numbers[machine], name) for name, call in looked_at.items())
    if not denied.CLONE.lifted_by & given:
        found[denied.CLONE.numbers[machine]] = "clone"
        found[denied.CLONE3.numbers[machine]] = "unknown"
    return found


def _ranges(machine: str, outcomes: dict[int, Label]) -> list[tuple[int, Label]]:
    """Cut the numbers into ranges of one outcome: where each begins, and what becomes of it."""
    found: list[tuple[int, Label]] = [(0, outcomes.get(0, "allow"))]
    for number in sorted({each for known in outcomes for each in (known, known + 1)}):
        outcome = outcomes.get(number, "allow")
        if outcome != found[-1][1]:
            found.append((number, outcome))
    return [*found, (_X32, "denied")] if machine == "x86_64" else found


def _search(assembly: _Assembly, ranges: list[tuple[int, Label]]) -> None:
    """Halve the ranges until one is left: eight tests at most, where a list would need a hundred."""
    middle = len(ranges) // 2
    below, above = ranges[:middle], ranges[middle:]
    first, second = _entry(below), _entry(above)
    assembly.test(_AT_LEAST, above[0][0], second, first)
    for half, entry in ((below, first), (above, second)):
        if len(half) > 1:
            assembly.mark(entry)
            _search(assembly, half)


def _entry(ranges: list[tuple[int, Label]]) -> Label:
    return ranges[0][1] if len(ranges) == 1 else f"{ranges[0][0]}-{ranges[-1][0]}"


class _Assembly:
    """Instructions on their way to a program: jumps name labels, which come later."""

    def __init__(self) -> None:
        self._instructions: list[tuple[int, Label, Label, int]] = []
        self._labels: dict[Label, int] = {}

    def mark(self, label: Label) -> None:
        self._labels[label] = len(self._instructions)

    def load(self, offset: int) -> None:
        self._instructions.append((_LOAD, "", "", offset))

    def test(self, how: int, value: int, true: Label, false: Label) -> None:
        """Jump by a test of what was loaded; an empty label means the next instruction."""
        self._instructions.append((how, true, false, value))

    def end(self, result: int) -> None:
        self._instructions.append((_RETURN, "", "", result))

    def program(self) -> bytes:
        return b"".join(
            _INSTRUCTION.pack(code, self._jump(at, true), self._jump(at, false), value)
            for at, (code, true, false, value) in enumerate(self._instructions)
        )

    def _jump(self, at: int, label: Label) -> int:
        distance = self._labels[label] - at - 1 if label else 0
        if not 0 <= distance <= _LONGEST_JUMP:
            msg = f"the filter grew too long: {label} is {distance} instructions away"
            raise AssertionError(msg)
        return distance
