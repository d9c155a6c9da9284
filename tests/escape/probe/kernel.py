"""Attempts at what steers the whole machine."""

from __future__ import annotations

import ctypes
import mmap
import os
import struct
from typing import TYPE_CHECKING

from tests.escape.probe.calls import (
    NEW_CGROUP,
    NEW_MOUNT,
    NEW_USER,
    call,
    enter_user_namespace,
    open_to_write,
    reaches_the_kernel,
    write_back,
)
from tests.escape.probe.table import PreventedError, attempt

if TYPE_CHECKING:
    from tests.escape.probe.table import Given


@attempt("write to /proc/sys")
def _(given: Given) -> None:
    write_back("/proc/sys/kernel/printk")


@attempt("set core_pattern")
def _(given: Given) -> None:
    write_back("/proc/sys/kernel/core_pattern")


@attempt("change a setting of the network in /proc/sys/net")
def _(given: Given) -> None:
    write_back("/proc/sys/net/ipv4/ip_forward")


@attempt("press a key of sysrq-trigger")
def _(given: Given) -> None:
    open_to_write("/proc/sysrq-trigger")


@attempt("write to /proc/irq")
def _(given: Given) -> None:
    write_back("/proc/irq/default_smp_affinity")


@attempt("read /proc/kcore")
def _(given: Given) -> None:
    with open("/proc/kcore", "rb") as source:
        if not source.read(64):
            message = "empty"
            raise PreventedError(message)


@attempt("read the addresses in /proc/kallsyms")
def _(given: Given) -> None:
    with open("/proc/kallsyms", encoding="ascii") as source:
        if not int(source.readline().split()[0], 16):
            message = "zeroes"
            raise PreventedError(message)


@attempt("see /sys")
def _(given: Given) -> None:
    os.listdir("/sys/kernel")


@attempt("write to /sys")
def _(given: Given) -> None:
    places = (
        "/sys/kernel/mm/transparent_hugepage/khugepaged/pages_to_scan",
        "/sys/kernel/mm/ksm/pages_to_scan",
        "/sys/kernel/rcu_normal",
        "/sys/kernel/profiling",
    )
    write_back(next((each for each in places if os.path.exists(each)), places[0]))


@attempt("open uevent_helper for writing")
def _(given: Given) -> None:
    open_to_write("/sys/kernel/uevent_helper")


@attempt("move into the cgroup above its own")
def _(given: Given) -> None:
    for mounted, own in _own_groups():
        above = f"{os.path.dirname(mounted + own)}/cgroup.procs"
        if os.path.exists(above):
            with open(above, "w", encoding="ascii") as target:
                target.write("0")
            return
    message = "no cgroup is there"
    raise PreventedError(message)


@attempt("raise the limits of its own cgroup")
def _(given: Given) -> None:
    for mounted, own in _own_groups():
        for name in ("pids.max", "memory.max", "memory.limit_in_bytes"):
            if os.path.exists(path := f"{mounted}{own}/{name}"):
                write_back(path)
                return
    message = "no limit is there"
    raise PreventedError(message)


def _own_groups() -> list[tuple[str, str]]:
    """List the places where this process's cgroups would be, as far as hierarchies are mounted."""
    with open("/proc/self/cgroup", encoding="utf-8") as source:
        own = [line.rstrip("\n").split(":", 2)[1:] for line in source]
    with open("/proc/self/mountinfo", encoding="utf-8") as source:
        lines = [line.split() for line in source]
    mounted = [(line[4], line[-1].split(",")) for line in lines if line[line.index("-") + 1] == "cgroup"]
    unified = [line[4] for line in lines if line[line.index("-") + 1] == "cgroup2"]
    found = [
        (point, path)
        for names, path in own
        for point, options in mounted
        if names and set(names.split(",")) <= set(options)
    ]
    return found + [(point, path) for names, path in own for point in unified if not names]


@attempt("set release_agent of a cgroup hierarchy")
def _(given: Given) -> None:
    _open_release_agent()


@attempt("set release_agent from a user namespace of its own")
def _(given: Given) -> None:
    enter_user_namespace(NEW_MOUNT | NEW_CGROUP)
    _open_release_agent()


def _open_release_agent() -> None:
    place = os.path.join(os.environ.get("NOMAD_TASK_DIR", "/tmp"), "hierarchy")
    os.makedirs(place, exist_ok=True)
    call("mount", "cgroup", place, "cgroup", 0, "freezer")
    with open(f"{place}/release_agent", "r+", encoding="utf-8") as agent:
        named = agent.read()
        agent.write(named or "\n")


@attempt("load a kernel module")
def _(given: Given) -> None:
    image = os.memfd_create("image")
    os.write(image, b"no module")
    reaches_the_kernel("finit_module", image, "", 0)


@attempt("load a kernel module from memory")
def _(given: Given) -> None:
    reaches_the_kernel("init_module", ctypes.create_string_buffer(64), 64, "")


@attempt("unload a kernel module")
def _(given: Given) -> None:
    reaches_the_kernel("delete_module", "no-such-module", os.O_NONBLOCK)


@attempt("boot into another kernel with kexec")
def _(given: Given) -> None:
    reaches_the_kernel("kexec_load", 0, 0, None, 0x0EAD)


@attempt("reboot the machine")
def _(given: Given) -> None:
    reaches_the_kernel("reboot", 0, 0, 0, None)  # without the magic numbers it does nothing


@attempt("turn swap on")
def _(given: Given) -> None:
    reaches_the_kernel("swapon", "/no-such-file", 0)


@attempt("turn process accounting on")
def _(given: Given) -> None:
    reaches_the_kernel("acct", "/no-such-file")


@attempt("set the clock")
def _(given: Given) -> None:
    # A tick of 0 is refused by every kernel, once it has seen that the caller might set one.
    reaches_the_kernel("adjtimex", struct.pack("=I508x", 0x4000))


@attempt("set the host name")
def _(given: Given) -> None:
    call("sethostname", "escaped", 7)


@attempt("set the domain name")
def _(given: Given) -> None:
    call("setdomainname", "escaped", 7)


@attempt("read the kernel's log")
def _(given: Given) -> None:
    call("syslog", 3, ctypes.create_string_buffer(4096), 4096)


@attempt("make a BPF map")
def _(given: Given) -> None:
    call("bpf", 0, struct.pack("=4I112x", 2, 4, 4, 1), 72)  # an array of one number


@attempt("watch the whole machine with performance events")
def _(given: Given) -> None:
    _perf(pid=-1, cpu=0, flags=0)


@attempt("watch itself with performance events")
def _(given: Given) -> None:
    _perf(pid=0, cpu=-1, flags=0b1100000)  # neither kernel nor hypervisor


def _perf(*, pid: int, cpu: int, flags: int) -> None:
    software, size = 1, 112
    attributes = struct.pack("=2I5Q64x", software, size, 0, 0, 0, 0, flags)
    call("perf_event_open", attributes, pid, cpu, -1, 0)


@attempt("handle page faults of user space with userfaultfd")
def _(given: Given) -> None:
    call("userfaultfd", 1)


@attempt("handle page faults of the kernel with userfaultfd")
def _(given: Given) -> None:
    call("userfaultfd", 0)


@attempt("set up io_uring")
def _(given: Given) -> None:
    call("io_uring_setup", 1, ctypes.create_string_buffer(256))


@attempt("have its memory laid out without randomness (personality)")
def _(given: Given) -> None:
    call("personality", 0x0040000)


@attempt("use the ports of the processor (iopl)")
def _(given: Given) -> None:
    call("iopl", 3)


@attempt("use one port of the processor (ioperm)")
def _(given: Given) -> None:
    call("ioperm", 0x80, 1, 1)


@attempt("make a user namespace through the 32-bit system calls")
def _(given: Given) -> None:
    if os.uname().machine != "x86_64":
        message = "this kind of machine has no such door"
        raise PreventedError(message)
    # mov eax, 310; mov ebx, NEW_USER; int 0x80; ret - with rbx kept
    code = b"\x53\xb8" + (310).to_bytes(4, "little") + b"\xbb" + NEW_USER.to_bytes(4, "little")
    code += b"\xcd\x80\x5b\xc3"
    memory = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(code)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    result = ctypes.CFUNCTYPE(ctypes.c_int)(start)()
    if result < 0:
        raise OSError(-result, "unshare")


@attempt("watch all files with fanotify")
def _(given: Given) -> None:
    call("fanotify_init", 0x4, os.O_RDONLY)
