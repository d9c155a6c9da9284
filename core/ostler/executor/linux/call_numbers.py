"""The numbers of the system calls that programs are made of, by architecture."""

from __future__ import annotations

# The columns: first x86_64, then aarch64.
_NUMBERS = {
    "bind": (49, 200),
    "capset": (126, 91),
    "chdir": (80, 49),
    "chroot": (161, 51),
    "clone": (56, 220),
    "clone3": (435, 435),
    "close": (3, 57),
    "close_range": (436, 436),
    "connect": (42, 203),
    "dup3": (292, 24),
    "execve": (59, 221),
    "execveat": (322, 281),
    "faccessat": (269, 48),
    "fchdir": (81, 50),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "fcntl": (72, 25),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "ftruncate": (77, 46),
    "ioctl": (16, 29),
    "keyctl": (250, 219),
    "landlock_add_rule": (445, 445),
    "landlock_create_ruleset": (444, 444),
    "landlock_restrict_self": (446, 446),
    "mkdirat": (258, 34),
    "mknodat": (259, 33),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "openat": (257, 56),
    "openat2": (437, 437),
    "pidfd_open": (434, 434),
    "pivot_root": (155, 41),
    "prctl": (157, 167),
    "prlimit64": (302, 261),
    "pwrite64": (18, 68),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "sched_setaffinity": (203, 122),
    "seccomp": (317, 277),
    "sendto": (44, 206),
    "setgroups": (116, 159),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "setpgid": (109, 154),
    "setpriority": (141, 140),
    "setresgid": (119, 149),
    "setresuid": (117, 147),
    "setsid": (112, 157),
    "socket": (41, 198),
    "symlinkat": (266, 36),
    "umask": (95, 166),
    "umount2": (166, 39),
    "unlinkat": (263, 35),
    "unshare": (272, 97),
    "write": (1, 64),
}
_COLUMNS = {"x86_64": 0, "aarch64": 1}


def known(machine: str) -> bool:
    """Tell whether the numbers of a machine are known here."""
    return machine in _COLUMNS


def number(name: str, machine: str) -> int:
    """Give the number of a system call."""
    return _NUMBERS[name][_COLUMNS[machine]]
