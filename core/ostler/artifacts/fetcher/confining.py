"""Let the kernel hold this process, and all that it starts, to the files that fetching takes (Landlock).

It writes to the directories that were made for it, and reads programs, certificates, the resolver's files and
the configuration of git and ssh.  Nothing of the host's other files, and no task's, can be reached.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# The kernel's numbers, the same on every machine: of calls, and of the accesses in the order of their bits.
_CREATE: Final = 444
_ADD: Final = 445
_RESTRICT: Final = 446
_NO_NEW_PRIVILEGES: Final = 38
_ASK_VERSION: Final = 1
_PATH_BENEATH: Final = 1
_KNOWN_SINCE: Final = {1: 13, 2: 14, 3: 15, 5: 16}  # how many accesses a version knows
_SCOPES_SINCE: Final = 6
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_TRUNCATE: Final = 1 << 14
_OF_FILES: Final = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | 1 << 15
_READ: Final = _READ_FILE | _READ_DIR
_RUN: Final = _READ | _EXECUTE
_DEVICES: Final = 1 << 6 | 1 << 11 | 1 << 15  # making them, and speaking to them
_SIZES: Final = {"Q": 8, "i": 4}

_PROGRAMS: Final = ("/bin", "/lib", "/lib32", "/lib64", "/sbin", "/usr", "/nix/store", "/run/current-system")
_SETTINGS: Final = (
    *("/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/ca-certificates.conf", "/etc/crypto-policies"),
    *("/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf"),
    *("/etc/services", "/etc/protocols", "/etc/passwd", "/etc/group", "/etc/localtime", "/etc/mime.types"),
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld.so.preload"),
    *("/etc/gitconfig", "/etc/ssh/ssh_config", "/etc/ssh/ssh_config.d", "/etc/ssh/ssh_known_hosts"),
    *("/etc/static", "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager"),
    *("/proc/self", "/proc/sys/kernel/random", "/proc/meminfo", "/proc/cpuinfo", "/proc/filesystems"),
    *("/dev/urandom", "/dev/random", "/dev/zero"),
)
_SPOKEN_TO: Final = ("/dev/null", "/dev/full")


def confine(request: Mapping[str, Any]) -> None:
    """Hold this process to its rules from now on; nothing happens where the kernel has no Landlock.

    No thread may have been started.  Raises OSError where the kernel has it and refuses.
    """
    if not sys.platform.startswith("linux") or not request["confined"]:
        return
    kernel = ctypes.CDLL(None, use_errno=True)
    version = kernel.syscall(_CREATE, None, 0, _ASK_VERSION)
    if version < 1:
        return
    rules = _Rules(kernel, version)
    for path, access in _allowed(request):
        rules.allow(path, access)
    rules.hold()


class _Rules:
    """A set of rules that is being made."""

    def __init__(self, kernel: ctypes.CDLL, version: int) -> None:
        self._kernel = kernel
        known = max(count for since, count in _KNOWN_SINCE.items() if since <= version)
        self._all = (1 << known) - 1
        scopes = 3 if version >= _SCOPES_SINCE else 0  # abstract sockets and other processes
        words = (ctypes.c_uint64 * 3)(self._all, 0, scopes)
        self._set = self._call(_CREATE, words, ctypes.sizeof(words) if scopes else _SIZES["Q"], 0)

    def allow(self, path: str, access: int) -> None:
        """Allow an access to a file, or to a directory with all below it, if it is there."""
        try:
            beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            return
        if not Path(path).is_dir():
            access &= _OF_FILES
        rule = (access & self._all).to_bytes(_SIZES["Q"], sys.byteorder)
        rule += beneath.to_bytes(_SIZES["i"], sys.byteorder)
        self._call(_ADD, self._set, _PATH_BENEATH, rule, 0)
        os.close(beneath)

    def hold(self) -> None:
        """Be held to the rules."""
        if self._kernel.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        self._call(_RESTRICT, self._set, 0)
        os.close(self._set)

    def _call(self, number: int, *arguments: object) -> int:
        result: int = self._kernel.syscall(number, *arguments)
        if result < 0:
            raise OSError(ctypes.get_errno(), f"Landlock: {os.strerror(ctypes.get_errno())}")
        return result


def _allowed(request: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    every = (1 << 16) - 1
    made = (request["scratch"], request["content"], request["product"])
    yield from ((path, every & ~_DEVICES & ~_EXECUTE) for path in made if path)
    yield from ((path, _READ | _WRITE_FILE | _TRUNCATE) for path in _SPOKEN_TO)
    yield from ((path, _RUN) for path in _programs(request["module_paths"]))
    own = (request["have"], request["netrc"], request["known_hosts"])
    yield from ((path, _READ) for path in (*_SETTINGS, *request["file_paths"], *own) if path)
    certificates = (os.environ.get(name, "") for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
    yield from ((path, _READ) for path in certificates if path)
    yield from (_extra(text) for text in request["extra_paths"])


def _programs(module_paths: Iterable[str]) -> Iterator[str]:
    yield from (*_PROGRAMS, sys.prefix, sys.base_prefix, str(Path(__file__).parent), *module_paths)
    for name in ("git", "ssh"):
        if found := shutil.which(name):
            yield str(Path(os.path.realpath(found)).parent)


def _extra(text: str) -> tuple[str, int]:
    """Read ``d:rwxc:/path`` as Nomad writes it: the letters are for read, write, execute and create."""
    _, letters, path = text.split(":", 2)
    every = (1 << 16) - 1
    bits = {"r": _READ, "w": _WRITE_FILE | _TRUNCATE, "x": _EXECUTE, "c": every & ~_DEVICES & ~_OF_FILES}
    access = 0
    for letter in letters:
        access |= bits[letter]
    return path, access
