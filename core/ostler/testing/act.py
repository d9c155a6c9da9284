"""What the kit asks a task to do, told so that every kind of driver can do it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen


@frozen(kw_only=True)
class Act:
    """One thing for a task to do; the author of a driver turns it into the task's config.

    It writes ``stdout`` and ``stderr``, lasts for ``seconds`` and ends with ``code``.  A ``deaf`` act
    goes on when it is asked politely to stop.  One with a ``child`` leaves a process in a session of its
    own that holds its output.  ``inside`` is what a command run inside the task does, for a driver whose
    tasks have to know it beforehand; others just get its ``argv``.
    """

    seconds: float = 0.0
    stdout: str = ""
    stderr: str = ""
    code: int = 0
    deaf: bool = False
    child: bool = False
    inside: Act | None = None

    @property
    def script(self) -> str:
        """The act as a script for ``/bin/sh``."""
        # A shell that waits for a program passes over what it is sent; the program itself does not.
        sleep = f"sleep {self.seconds:g}" if self.code else f"exec sleep {self.seconds:g}"
        lines = [
            "trap '' HUP INT QUIT TERM USR1 USR2" if self.deaf else "",
            f"printf %s {shlex.quote(self.stdout)}" if self.stdout else "",
            f"printf %s {shlex.quote(self.stderr)} >&2" if self.stderr else "",
            f"setsid sleep {self.seconds:g} &" if self.child else "",
            sleep if self.seconds else "",
            f"exit {self.code}",
        ]
        return "\n".join(line for line in lines if line)

    @property
    def argv(self) -> tuple[str, ...]:
        """The act as a command line."""
        return ("/bin/sh", "-c", self.script)


ConfigFor = Callable[[Act], Mapping[str, Any]]
"""Turns an act into the config of a task that does it."""
