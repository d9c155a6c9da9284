"""What the process that runs a module sees of the host: everything, or a private root with what it needs."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ostler.executor import Command, Isolation, Mount, Tier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ostler.drivers import Task
    from ostler.executor import Limits

NAMESPACES: Final = frozenset({"mount", "pid", "ipc", "uts"})
LIBRARIES: Final = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/etc/ld.so.cache")
# As the host's own process has it: some interpreters find their libraries by it.
KEPT: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
USER: Final = "nobody"
MOST_LINKS: Final = 40


@frozen
class Shown:
    """A path of the host that a process sees, and whether it may write there."""

    path: str
    writable: bool = False


class View:
    """Where a process finds the host's paths; ``isolated`` moves each below a root of its own.

    Of two shown paths, the first may hold the second, which then lies in it there too.
    """

    def __init__(self, shown: Sequence[Shown], *, isolated: bool) -> None:
        self._shown = shown
        self.isolated = isolated

    def inside(self, path: str) -> str:
        """Give the process's name of a host path, which is one of those shown or below one."""
        if not self.isolated:
            return path
        number, shown = next(
            (number, each.path) for number, each in enumerate(self._shown) if _holds(each.path, path)
        )
        return f"/ostler/{number}{path.removeprefix(shown)}"

    def isolation(self) -> Isolation:
        """Plan the root."""
        if not self.isolated:
            return Isolation(minimum=Tier.NONE)
        own = (Mount(each.path, self.inside(each.path), readonly=not each.writable) for each in self._shown)
        programs = (Mount(path, path) for path in python_paths())
        return Isolation(namespaces=NAMESPACES, root=(*programs, *own))

    def command(self, task: Task, verb: str, folder: str, limits: Limits) -> Command:
        """Make the command that compiles or runs the module of ``folder``."""
        main = Path(__file__).with_name("process") / "__main__.py"
        return Command(
            id=task.id if verb == "run" else f"{task.id}.{verb}",
            argv=(interpreter(), "-I", "-S", "-X", "utf8", str(main), verb, self.inside(folder)),
            env={name: os.environ[name] for name in KEPT if name in os.environ},
            user=(task.user or USER) if self.isolated else "",
            stdout=task.stdout_path,
            stderr=task.stderr_path,
            isolation=self.isolation(),
            limits=limits,
            best_effort=True,
        )


def packages() -> list[str]:
    """Name the folders from which a process imports wasmtime."""
    spec = find_spec("wasmtime")
    places = spec.submodule_search_locations if spec else None
    return [str(Path(place).parent) for place in places or ()]


def interpreter() -> str:
    """Name the interpreter by a path without links but for its own, by which it knows its environment."""
    return _own_link(sys.executable) if sys.executable else "python3"


def python_paths() -> list[str]:
    """Name what an interpreter needs of the host, none within another."""
    homes = [
        sys.base_prefix,
        sys.prefix,
        str(Path(__file__).parent),
        *(f"{each}/wasmtime" for each in packages()),
    ]
    links = [os.path.dirname(path) for path in _links(interpreter())]  # noqa: PTH120 - links stay as they are
    wanted = {*LIBRARIES, *homes, *links, *(os.path.realpath(home) for home in homes)}
    kept: list[str] = []
    for path in sorted(path for path in wanted if os.path.lexists(path) and path != "/"):
        if not any(_holds(each, path) for each in kept):
            kept.append(path)
    return kept


def _links(path: str) -> Iterator[str]:
    """Follow a file's links one by one: each has to be there."""
    for _ in range(MOST_LINKS):
        yield path
        if not os.path.islink(path):  # noqa: PTH114 - links stay as they are
            return
        path = _own_link(os.path.join(os.path.dirname(path), os.readlink(path)))  # noqa: PTH115, PTH118, PTH120


def _own_link(path: str) -> str:
    directory, name = os.path.split(path)
    return f"{os.path.realpath(directory)}/{name}"


def _holds(directory: str, path: str) -> bool:
    return path == directory or path.startswith(f"{directory}/")
