"""System calls by their numbers; each raises OSError."""

from __future__ import annotations

import ctypes
import errno
import os

NEW_MOUNT, NEW_CGROUP, NEW_UTS, NEW_IPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
NEW_USER, NEW_PID, NEW_NET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 0x1, 0x2, 0x20, 0x1000, 0x4000, 0x40000
DETACH = 2
SESSION_KEYRING = -3

# x86_64, then everything newer: aarch64 and riscv64.
NUMBERS = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clone3": (435, 435),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsopen": (430, 430),
    "init_module": (175, 105),
    "io_uring_setup": (425, 425),
    "ioperm": (173, -1),
    "iopl": (172, -1),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "mq_open": (240, 180),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "pivot_root": (155, 41),
    "process_vm_readv": (310, 270),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "reboot": (169, 142),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "setxattr": (188, 5),
    "mq_unlink": (241, 181),
    "shmctl": (31, 195),
    "shmget": (29, 194),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
    "vhangup": (153, 58),
}
_syscall = ctypes.CDLL(None, use_errno=True).syscall
_syscall.restype = ctypes.c_long


def call(name: str, *arguments: object) -> int:
    """Make a system call; text is handed over as a path."""
    number = NUMBERS[name][0 if os.uname().machine == "x86_64" else 1]
    if number < 0:
        raise OSError(errno.ENOSYS, f"there is no {name} on this kind of machine")
    ctypes.set_errno(0)
    result: int = _syscall(ctypes.c_long(number), *(_word(each) for each in arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


def reaches_the_kernel(name: str, *arguments: object) -> None:
    """Make a call that is wrong on purpose: refused for its arguments, it was allowed."""
    try:
        call(name, *arguments)
    except OSError as error:
        if error.errno in {errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EROFS}:
            raise


def _word(argument: object) -> object:
    if isinstance(argument, int):
        return ctypes.c_long(argument)
    if isinstance(argument, str):
        return ctypes.c_char_p(os.fsencode(argument))
    return ctypes.c_void_p(None) if argument is None else argument


def become_nobody() -> None:
    """Leave root behind, where it is root that tries."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)


def enter_user_namespace(others: int = 0) -> None:
    """Become the root of a new user namespace."""
    uid, gid = os.geteuid(), os.getegid()
    call("unshare", NEW_USER | others)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as target:
            target.write(text)


def write_back(path: str) -> None:
    """Write to a file of the kernel's what it held before."""
    descriptor = os.open(path, os.O_RDWR)
    os.write(descriptor, os.pread(descriptor, 4096, 0))


def open_to_write(path: str) -> None:
    """Open for writing, and write nothing."""
    os.close(os.open(path, os.O_WRONLY))
