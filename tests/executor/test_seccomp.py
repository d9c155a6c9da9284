from __future__ import annotations

import errno
import json
import platform
import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from ostler.executor.planning import denied_calls, seccomp

if TYPE_CHECKING:
    from ostler.executor import Isolation
    from tests.conftest import Need
    from tests.executor.bench import Bench

MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
HEADERS = {
    "x86_64": ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"),
    "aarch64": ("/usr/include/asm-generic/unistd.h",),
}
ALLOW, EPERM, ENOSYS, KILL = 0x7FFF0000, 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS, 0x80000000
CLONE = {"x86_64": 56, "aarch64": 220}
CLONE3, HIGHEST = 435, 500
NEWUSER, THREAD = 0x10000000, 0x3D0F00
TIOCSTI, TIOCGWINSZ = 0x5412, 0x5413


def outcome(program: bytes, machine: str, number: int, *arguments: int) -> int:
    """Run the program as the kernel would."""
    words = struct.pack("<IIQ6Q", number, MACHINES[machine], 0, *arguments, *[0] * (6 - len(arguments)))
    at, loaded, longest = 0, 0, len(program) // 8
    for _ in range(longest):
        code, true, false, value = struct.unpack_from("<HBBI", program, at * 8)
        if code == 0x06:
            return int(value)
        if code == 0x20:
            loaded = struct.unpack_from("<I", words, value)[0]
            at += 1
            continue
        passed = {0x15: loaded == value, 0x35: loaded >= value, 0x45: bool(loaded & value)}[code]
        at += 1 + (true if passed else false)
    pytest.fail("it has no end")


def made(machine: str, *capabilities: str, own_processes: bool = True) -> bytes:
    return seccomp.program(machine, capabilities, own_processes=own_processes)


@pytest.mark.parametrize("machine", MACHINES)
def test_exactly_the_listed_calls_are_denied(machine: str) -> None:
    program = made(machine, own_processes=False)
    listed = {call.numbers[machine] for call in denied_calls.CALLS.values() if machine in call.numbers}
    personality = denied_calls.PERSONALITY.numbers[machine]
    for number in set(range(HIGHEST)) - {CLONE3, personality}:
        assert outcome(program, machine, number) == (EPERM if number in listed else ALLOW), number


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_those_of_the_kernels_headers(machine: str) -> None:
    found = next((path for path in HEADERS[machine] if Path(path).exists()), None)
    if found is None:
        pytest.skip("the kernel's headers are not installed")
    text = Path(found).read_text(encoding="ascii")
    numbers = {name: int(value) for name, value in re.findall(r"define __NR(?:3264)?_(\w+)\s+(\d+)", text)}
    calls = {
        **denied_calls.CALLS,
        **denied_calls.IPC,
        **{name: getattr(denied_calls, name.upper()) for name in ("clone", "clone3", "ioctl", "personality")},
    }
    ours = {name: call.numbers[machine] for name, call in calls.items() if machine in call.numbers}
    known = {name: number for name, number in ours.items() if name in numbers}
    assert known == {name: numbers[name] for name in known}
    assert set(ours) - set(known) <= {"open_tree_attr"}


@pytest.mark.parametrize("machine", MACHINES)
def test_without_a_namespace_for_them_system_v_objects_are_denied(machine: str) -> None:
    program = seccomp.program(machine, (), own_processes=True, without_ipc=True)
    for call in denied_calls.IPC.values():
        assert outcome(program, machine, call.numbers[machine]) == EPERM
        assert outcome(made(machine), machine, call.numbers[machine]) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_threads_may_be_cloned_and_namespaces_not(machine: str) -> None:
    program = made(machine)
    assert outcome(program, machine, CLONE[machine], THREAD) == ALLOW
    assert outcome(program, machine, CLONE[machine], THREAD | NEWUSER) == EPERM
    assert outcome(program, machine, CLONE3) == ENOSYS


def test_arguments_are_compared_as_far_as_the_kernel_reads_them() -> None:
    program = made("x86_64")
    ioctl, personality, socket = 16, 135, 41
    assert outcome(program, "x86_64", ioctl, 0, TIOCGWINSZ) == ALLOW
    assert outcome(program, "x86_64", ioctl, 0, TIOCSTI) == EPERM
    assert outcome(program, "x86_64", ioctl, 0, TIOCSTI | 1 << 32) == EPERM
    assert outcome(program, "x86_64", personality, 0xFFFFFFFF) == ALLOW
    assert outcome(program, "x86_64", personality, 0x0400000) == EPERM
    assert [outcome(program, "x86_64", socket, family) for family in (1, 2, 40)] == [ALLOW, ALLOW, EPERM]


def test_the_calls_of_other_machines_are_no_way_round() -> None:
    program, i386, x32 = made("x86_64"), struct.pack("<IIQ6Q", 1, 0x40000003, 0, *[0] * 6), 0x40000000
    load, test = struct.unpack_from("<HBBI", program), struct.unpack_from("<HBBI", program, 8)
    assert (load[3], test[3] != struct.unpack_from("<I", i386, 4)[0]) == (4, True)
    assert struct.unpack_from("<HBBI", program, (2 + test[2]) * 8)[3] == KILL
    assert outcome(program, "x86_64", x32 | 1) == EPERM
    assert outcome(program, "x86_64", x32 | 165) == EPERM


def test_a_capability_brings_back_its_calls() -> None:
    mount, chroot, ptrace = 165, 161, 101
    assert outcome(made("x86_64", "sys_admin"), "x86_64", mount) == ALLOW
    assert outcome(made("x86_64", "sys_admin"), "x86_64", CLONE["x86_64"], NEWUSER) == ALLOW
    assert outcome(made("x86_64", "sys_admin"), "x86_64", chroot) == EPERM
    assert outcome(made("x86_64", "sys_chroot"), "x86_64", chroot) == ALLOW
    assert outcome(made("x86_64"), "x86_64", ptrace) == ALLOW
    assert outcome(made("x86_64", own_processes=False), "x86_64", ptrace) == EPERM


# Each with arguments that do no harm where the call is let through.
ATTEMPTS: dict[str, tuple[int, ...]] = {
    "add_key": (0, 0, 0, 0, 0),
    "bpf": (0, 0, 0),
    "io_uring_setup": (0, 0),
    "kexec_load": (0, 0, 0, 0xFFFF),
    "keyctl": (0, 0, 0),
    "mount": (0, 0, 0, 0, 0),
    "open_by_handle_at": (-1, 0, 0),
    "perf_event_open": (0, 0, -1, -1, 0),
    "process_vm_readv": (1, 0, 0, 0, 0, 0),
    "setns": (-1, 0),
    "unshare": (0,),
    "userfaultfd": (-1,),
}
SCRIPT = """
import ctypes, json, subprocess, sys, threading
libc = ctypes.CDLL(None, use_errno=True)
found = {}
for name, (number, arguments) in json.loads(sys.argv[1]).items():
    found[name] = libc.syscall(number, *arguments) < 0 and ctypes.get_errno()
thread = threading.Thread(target=lambda: found.update(thread=0))
thread.start()
thread.join()
found["child"] = subprocess.run(["/bin/true"]).returncode
print(json.dumps(found))
"""


def attempted(bench: Bench, isolation: Isolation) -> dict[str, Any]:
    """Make the calls in a task of root, and start a thread and a child."""
    machine = platform.machine()
    calls = {name: (denied_calls.CALLS[name].numbers[machine], args) for name, args in ATTEMPTS.items()}
    process = bench.start(
        "/usr/bin/python3", "-c", SCRIPT, json.dumps(calls), isolation=isolation, user="root"
    )
    assert bench.end(process).code == 0, bench.output()
    return dict(json.loads(bench.output()))


def test_what_is_withheld_fails_and_threads_and_children_do_not(
    bench: Bench, isolation: Isolation, need: Need
) -> None:
    need("/usr/bin/python3")
    unfiltered = attempted(bench, evolve(isolation, seccomp=False))
    assert {name for name, number in unfiltered.items() if number != errno.EPERM} >= {
        "add_key",
        "io_uring_setup",
        "keyctl",
        "unshare",
        "userfaultfd",
    }
    assert attempted(bench, isolation) == {**dict.fromkeys(ATTEMPTS, errno.EPERM), "thread": 0, "child": 0}
