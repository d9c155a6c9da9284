"""Find a command's program before anything is started, and say where it was looked for."""

from __future__ import annotations

import posixpath
import stat
from typing import TYPE_CHECKING

from ostler.errors import RefusedError
from ostler.executor.host.tree import executable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ostler.executor.host.tree import Tree
    from ostler.executor.values import Command

DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"


def check_words(argv: Sequence[str], env: Mapping[str, str], cwd: str) -> None:
    """Refuse what no program can be given."""
    if not argv or not argv[0]:
        msg = "no command was given; argv needs at least the program"
        raise RefusedError(msg)
    check_text({"argv": argv, "env": (*env, *env.values()), "cwd": (cwd,)})
    for name in env:
        if not name or "=" in name:
            msg = f"env: {name!r} is no variable's name, which is not empty and holds no '='"
            raise RefusedError(msg)


def check_text(words: Mapping[str, Iterable[str]]) -> None:
    """Refuse what the kernel would take for shorter than it is, by where it stands."""
    for name, values in words.items():
        if any("\0" in value for value in values):
            msg = f"{name} holds a NUL character, which ends a text for the kernel; leave it out"
            raise RefusedError(msg)


def program(command: Command, tree: Tree) -> str:
    """Give the path of the program in the task's root; raises RefusedError."""
    tried = _candidates(command)
    for path in tried:
        mode = tree.mode(path)
        if mode is not None and (executable(mode) or len(tried) == 1):
            _check(command.argv[0], path, mode)
            return path
    raise RefusedError(_missing(command, tried))


def _candidates(command: Command) -> list[str]:
    name = command.argv[0]
    if "/" in name:
        return [posixpath.join(command.cwd or "/", name)]
    folders = command.env.get("PATH", DEFAULT_PATH).split(":")
    return [posixpath.join(command.cwd or "/", folder, name) for folder in folders]


def _check(name: str, path: str, mode: int) -> None:
    if stat.S_ISDIR(mode):
        msg = f"command {name!r} is a directory ({path}); name the program in it"
        raise RefusedError(msg)
    if not stat.S_ISREG(mode):
        msg = f"command {name!r} is not a regular file ({path})"
        raise RefusedError(msg)
    if not executable(mode):
        found = stat.S_IMODE(mode)
        msg = f"command {name!r} is not executable: {path} has the mode {found:04o}; chmod a+x it"
        raise RefusedError(msg)


def _missing(command: Command, tried: list[str]) -> str:
    place = "in the task's root" if "mount" in command.isolation.namespaces else "on this machine"
    name = command.argv[0]
    remedy = "; arguments are words of their own, args in a job" if " " in name.strip() else ""
    if "/" in name:
        return f"command {name!r} was not found: there is no {tried[0].replace('/./', '/')} {place}{remedy}"
    looked = ", ".join(dict.fromkeys(posixpath.dirname(path) for path in tried))
    return f"command {name!r} was not found: looked in {looked} {place}{remedy}"
