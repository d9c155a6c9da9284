"""Where in a root that is put together something is mounted: reached without following any link.

A task may have planted links in what it can write to, so every folder on the way is opened by itself.
What was opened once is kept in a register until something is mounted over it.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.executor.linux.program import Register, Writer

AT_FDCWD = -100
_RESOLVE_NO_SYMLINKS = 0x04
_EXISTS = {errno.EEXIST: 0}


class Places:
    """The folders known so far, by their paths on the host, with the register that holds each.

    None in place of a register: what is mounted there now has to be opened before it is used.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._known: dict[str, Register | None] = {}
        self._of_the_host: list[Register] = []
        self._fresh: set[str] = set()

    def find(self, path: str) -> Register:
        """Open a folder, made if need be where it lies in a known one; ELOOP when a link is on the way."""
        found = self._known.get(path)
        if found is not None:
            return found
        above, name = self.split(path)
        if path not in self._known and above != AT_FDCWD:
            self._writer.call("mkdirat", above, os.fsencode(name), 0o755, tolerate=_EXISTS)
            if path.rpartition("/")[0] in self._fresh:
                self._fresh.add(path)
        self._known[path] = found = self.look(above, name)
        return found

    def find_file(self, path: str) -> Register:
        """Open what is no folder, made if need be."""
        above, name = self.split(path)
        self._writer.call("mknodat", above, os.fsencode(name), stat.S_IFREG | 0o644, 0, tolerate=_EXISTS)
        return self.look(above, name, directory=False)

    def new(self, path: str, *, file: bool) -> tuple[Register | int, str]:
        """Give by a folder and a name what is mounted on, made if need be; ELOOP when a link is on the way.

        In a file system that was made just now nobody has planted a link, so that nothing has to be opened.
        """
        above, name = self.split(path)
        if path.rpartition("/")[0] not in self._fresh or path in self._known:
            return (self.find_file(path) if file else self.find(path)), ""
        if file:
            self._writer.call("mknodat", above, os.fsencode(name), stat.S_IFREG | 0o644, 0, tolerate=_EXISTS)
        else:
            self._writer.call("mkdirat", above, os.fsencode(name), 0o755, tolerate=_EXISTS)
        return above, name

    def split(self, path: str) -> tuple[Register | int, str]:
        """Open the folder above, and give it with the name; a path below no known folder stays whole."""
        if not self._above(path):
            return AT_FDCWD, path
        above, _, name = path.rpartition("/")
        return self.find(above), name

    def nearest(self, path: str) -> tuple[Register | int, str]:
        """Give the nearest folder above that is known, and the path from there; nothing is made."""
        above = max(self._above(path), key=len, default="")
        return (self.find(above), path[len(above) + 1 :]) if above else (AT_FDCWD, path)

    def look(self, above: Register | int, name: str, *, directory: bool = True) -> Register:
        """Open something that is there, through no link."""
        flags = os.O_PATH | os.O_CLOEXEC | (os.O_DIRECTORY if directory else 0)
        how = struct.pack("=QQQ", flags, 0, _RESOLVE_NO_SYMLINKS)
        register = self._writer.open("openat2", above, os.fsencode(name), how, len(how))
        if above == AT_FDCWD:
            self._of_the_host.append(register)
        return register

    def close(self) -> None:
        """Let go of what is the host's: by way of a folder of it, a task could start outside.

        All that lies in the root is closed before the command begins.
        """
        for register in self._of_the_host:
            self._writer.call("close", register, tolerate={errno.EBADF: 0})
        self._of_the_host.clear()
        self._known.clear()
        self._fresh.clear()

    def mounted(self, path: str, root: Register | None = None, *, fresh: bool = False) -> None:
        """Take note of a mount on a folder; ``root`` is open on it, else it is opened once needed.

        A ``fresh`` one holds nothing but what is made in it from here on, and so do the folders made there.
        """
        self._fresh = {each for each in self._fresh if each != path and not each.startswith(f"{path}/")}
        if fresh:
            self._fresh.add(path)
        for each in [each for each in self._known if each.startswith(f"{path}/")]:
            del self._known[each]
        self._known[path] = root

    @contextmanager
    def unsure(self) -> Iterator[None]:
        """Forget what is opened meanwhile: it may come to nothing."""
        before = dict(self._known)
        yield
        now = self._known
        self._known = {
            path: known if now[path] == known else None for path, known in before.items() if path in now
        }

    def _above(self, path: str) -> list[str]:
        return [each for each in self._known if path.startswith(f"{each}/")]
