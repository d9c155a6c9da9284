"""What the kit asks a task to do, told so that every kind of driver can do it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import fields, frozen

_ROOTS: Final = {"alloc": "NOMAD_ALLOC_DIR", "local": "NOMAD_TASK_DIR", "secrets": "NOMAD_SECRETS_DIR"}


@frozen(kw_only=True)
class Act:
    """One thing for a task to do; the author of a driver turns it into the task's config.

    What is asked for comes in this order.  ``echo``: it reads its input to the end and writes it to stdout.
    ``terminal``: it writes ``terminal`` if all its streams are one that it controls.  It writes ``stdout``
    and ``stderr``; the value of each variable of ``environ``, a newline after each, what is not set being
    empty; with ``directory`` the path of the directory that it starts in; the numbers from 1 to
    ``numbers``, a newline after each, to both streams.  It makes each of ``files``, which holds its own
    name: one below ``local/``, ``secrets/`` or ``alloc/``, wherever the task has these.  It starts so many
    ``processes``, all at once, each of which writes a dot to stdout.  With ``child`` it leaves processes
    that hold its output, one in a session of its own and one that has lost its parent too.  It takes
    ``memory_mb`` of memory.  A ``busy`` one keeps a processor at work until it is ended; any other lasts
    for ``seconds``, as what it started does.  It kills itself with ``signal``, or ends with ``code``.

    A ``deaf`` act goes on when it is asked politely to stop.  ``inside`` is what a command run inside the
    task does, for a driver whose tasks have to know it beforehand; others just get its ``argv``.
    """

    echo: bool = False
    terminal: bool = False
    stdout: str = ""
    stderr: str = ""
    environ: tuple[str, ...] = ()
    directory: bool = False
    numbers: int = 0
    files: tuple[str, ...] = ()
    processes: int = 0
    child: bool = False
    memory_mb: int = 0
    busy: bool = False
    seconds: float = 0.0
    signal: str = ""
    code: int = 0
    deaf: bool = False
    inside: Act | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """The names of what it asks for."""
        return tuple(each.name for each in fields(Act) if getattr(self, each.name) != each.default)

    def only(self, *names: str, because: str) -> None:
        """Raise NotImplementedError, with the reason, if it asks for anything else than ``names``."""
        if set(self.asked) - set(names):
            raise NotImplementedError(because)

    @property
    def script(self) -> str:
        """The act as a script for ``/bin/sh``."""
        lines = [
            "trap '' HUP INT QUIT TERM USR1 USR2" if self.deaf else "",
            *self._writing(),
            *(f"printf %s {shlex.quote(name)} > {_place(name)}" for name in self.files),
            *self._starting(),
            *self._lasting(),
            f"kill -s {self.signal.removeprefix('SIG')} $$" if self.signal else "",
            f"exit {self.code}",
        ]
        return "\n".join(line for line in lines if line)

    @property
    def argv(self) -> tuple[str, ...]:
        """The act as a command line."""
        return ("/bin/sh", "-c", self.script)

    def _writing(self) -> list[str]:
        own = "test -t 0 && test -t 1 && test -t 2 && : < /dev/tty"
        return [
            "cat" if self.echo else "",
            f"{own} && printf terminal" if self.terminal else "",
            f"printf %s {shlex.quote(self.stdout)}" if self.stdout else "",
            f"printf %s {shlex.quote(self.stderr)} >&2" if self.stderr else "",
            *(f"printf '%s\\n' \"${name}\"" for name in self.environ),
            "pwd" if self.directory else "",
            f"seq {self.numbers}; seq {self.numbers} >&2" if self.numbers else "",
        ]

    def _starting(self) -> list[str]:
        sleep = f"sleep {self.seconds:g}"
        return [
            *[f"{{ printf .; exec {sleep}; }} &"] * self.processes,
            f"setsid {sleep} &\n( setsid {sleep} & )" if self.child else "",
        ]

    def _lasting(self) -> list[str]:
        # A shell that waits for a program passes over what it is sent; the program itself does not.
        last = not (self.code or self.signal)
        sleep = f"{'exec ' if last else ''}sleep {self.seconds:g}"
        held = self.memory_mb * 1_000_000
        return [
            f"exec dd if=/dev/zero of=/dev/null bs={held} count={int(self.seconds) * 10 + 1}" if held else "",
            "while :; do :; done" if self.busy else "",
            sleep if self.seconds else "",
        ]


def _place(name: str) -> str:
    root, _, rest = name.partition("/")
    return f'"${_ROOTS[root]}"/{shlex.quote(rest)}'


ConfigFor = Callable[[Act], Mapping[str, Any]]
"""Turns an act into the config of a task that does it; NotImplementedError says why no task can."""
