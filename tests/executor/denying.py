"""Deny this process some system calls, as a container's seccomp profile does, and become another program.

Run as ``python -I denying.py NAMES PROGRAM...``: NAMES are ``namespaces`` (clone and unshare of any),
``clone3``, ``mounts`` and ``landlock``, with commas between.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

NAMESPACES = 0x7E020000
NUMBERS = {
    "x86_64": {"clone": 56, "unshare": 272, "clone3": 435, "mount": 165, "landlock": 444},
    "aarch64": {"clone": 220, "unshare": 97, "clone3": 435, "mount": 40, "landlock": 444},
}
LOAD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, DENY = 0x7FFF0000, 0x00050000


def program(names: list[str]) -> bytes:
    """Write a filter in classic BPF: a rule falls through where it doesn't hold."""
    numbers = NUMBERS[os.uname().machine]
    lines: list[tuple[int, int, int, int]] = []
    if "namespaces" in names:
        for each in ("clone", "unshare"):
            lines += [(LOAD, 0, 0, 0), (EQUAL, 0, 3, numbers[each]), (LOAD, 0, 0, 16)]
            lines += [(ANY_BIT, 0, 1, NAMESPACES), (RETURN, 0, 0, DENY | errno.EPERM)]
        lines += denied(numbers["clone3"], errno.ENOSYS)
    if "clone3" in names:
        lines += denied(numbers["clone3"], errno.ENOSYS)
    if "mounts" in names:
        lines += denied(numbers["mount"], errno.EPERM)
    if "landlock" in names:
        lines += denied(numbers["landlock"], errno.ENOSYS)
    return b"".join(struct.pack("<HBBI", *line) for line in [*lines, (RETURN, 0, 0, ALLOW)])


def denied(number: int, error: int) -> list[tuple[int, int, int, int]]:
    return [(LOAD, 0, 0, 0), (EQUAL, 0, 1, number), (RETURN, 0, 0, DENY | error)]


def put_on(held: bytes) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    kept = ctypes.create_string_buffer(held)
    head = struct.pack("<H6xQ", len(held) // 8, ctypes.addressof(kept))
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.c_char_p(head), 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    put_on(program(sys.argv[1].split(",")))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - it is what this is for
