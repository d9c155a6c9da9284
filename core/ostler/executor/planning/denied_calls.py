"""The system calls that an isolated task is denied, with their numbers.

The list is what Docker's default seccomp profile withholds (moby, ``profiles/seccomp/default.json``), and
io_uring, which it withholds since version 25.  As there, a capability that a task was given brings back the
calls that it is about.  The numbers are those of ``asm/unistd_64.h`` and ``asm-generic/unistd.h``.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Call(NamedTuple):
    """A system call: its number by machine, and the capabilities any of which brings it back."""

    numbers: dict[str, int]
    lifted_by: frozenset[str]


def _call(x86_64: int | None, aarch64: int | None, *lifted_by: str) -> Call:
    numbers = {"x86_64": x86_64, "aarch64": aarch64}
    return Call(
        {machine: number for machine, number in numbers.items() if number is not None},
        frozenset(lifted_by),
    )


CALLS: Final = {
    "acct": _call(163, 89, "sys_pacct"),
    "add_key": _call(248, 217),
    "bpf": _call(321, 280, "bpf", "sys_admin"),
    "chroot": _call(161, 51, "sys_chroot"),
    "clock_adjtime": _call(305, 266, "sys_time"),
    "clock_settime": _call(227, 112, "sys_time"),
    "delete_module": _call(176, 106, "sys_module"),
    "fanotify_init": _call(300, 262, "sys_admin"),
    "finit_module": _call(313, 273, "sys_module"),
    "fsconfig": _call(431, 431, "sys_admin"),
    "fsmount": _call(432, 432, "sys_admin"),
    "fsopen": _call(430, 430, "sys_admin"),
    "fspick": _call(433, 433, "sys_admin"),
    "get_mempolicy": _call(239, 236, "sys_nice"),
    "init_module": _call(175, 105, "sys_module"),
    "io_uring_enter": _call(426, 426),
    "io_uring_register": _call(427, 427),
    "io_uring_setup": _call(425, 425),
    "ioperm": _call(173, None, "sys_rawio"),
    "iopl": _call(172, None, "sys_rawio"),
    "kcmp": _call(312, 272, "sys_ptrace"),
    "kexec_file_load": _call(320, 294),
    "kexec_load": _call(246, 104),
    "keyctl": _call(250, 219),
    "lookup_dcookie": _call(212, 18, "sys_admin"),
    "mbind": _call(237, 235, "sys_nice"),
    "migrate_pages": _call(256, 238, "sys_nice"),
    "mount": _call(165, 40, "sys_admin"),
    "mount_setattr": _call(442, 442, "sys_admin"),
    "move_mount": _call(429, 429, "sys_admin"),
    "move_pages": _call(279, 239, "sys_nice"),
    "name_to_handle_at": _call(303, 264, "sys_admin"),
    "nfsservctl": _call(180, 42),
    "open_by_handle_at": _call(304, 265, "dac_read_search"),
    "open_tree": _call(428, 428, "sys_admin"),
    "open_tree_attr": _call(467, 467, "sys_admin"),
    "perf_event_open": _call(298, 241, "perfmon", "sys_admin"),
    "pidfd_getfd": _call(438, 438, "sys_ptrace"),
    "pivot_root": _call(155, 41, "sys_admin"),
    "process_madvise": _call(440, 440, "sys_ptrace"),
    "process_vm_readv": _call(310, 270, "sys_ptrace"),
    "process_vm_writev": _call(311, 271, "sys_ptrace"),
    "ptrace": _call(101, 117, "sys_ptrace"),
    "quotactl": _call(179, 60, "sys_admin"),
    "quotactl_fd": _call(443, 443, "sys_admin"),
    "reboot": _call(169, 142, "sys_boot"),
    "request_key": _call(249, 218),
    "set_mempolicy": _call(238, 237, "sys_nice"),
    "set_mempolicy_home_node": _call(450, 450, "sys_nice"),
    "setdomainname": _call(171, 162, "sys_admin"),
    "sethostname": _call(170, 161, "sys_admin"),
    "setns": _call(308, 268, "sys_admin"),
    "settimeofday": _call(164, 170, "sys_time"),
    "swapoff": _call(168, 225, "sys_admin"),
    "swapon": _call(167, 224, "sys_admin"),
    "_sysctl": _call(156, None),
    "sysfs": _call(139, None),
    "syslog": _call(103, 116, "syslog", "sys_admin"),
    "umount2": _call(166, 39, "sys_admin"),
    "unshare": _call(272, 97, "sys_admin"),
    "uselib": _call(134, None),
    "userfaultfd": _call(323, 282),
    "ustat": _call(136, None),
    "vhangup": _call(153, 58, "sys_tty_config"),
}
# Of use to debuggers; within a PID namespace of its own a task reaches only itself with it.
OWN_PROCESSES: Final = frozenset({"ptrace"})

# What reaches the host's where there is no IPC namespace, to be had by its number without being made.
IPC: Final = {
    "mq_open": _call(240, 180),
    "mq_unlink": _call(241, 181),
    "msgctl": _call(71, 187),
    "msgget": _call(68, 186),
    "msgrcv": _call(70, 188),
    "msgsnd": _call(69, 189),
    "semctl": _call(66, 191),
    "semget": _call(64, 190),
    "semop": _call(65, 193),
    "semtimedop": _call(220, 192),
    "shmat": _call(30, 196),
    "shmctl": _call(31, 195),
    "shmget": _call(29, 194),
}

# What is looked at by its arguments.
CLONE: Final = _call(56, 220, "sys_admin")
CLONE3: Final = _call(435, 435, "sys_admin")
IOCTL: Final = _call(16, 29)
PERSONALITY: Final = _call(135, 92)
SOCKET: Final = _call(41, 198)
