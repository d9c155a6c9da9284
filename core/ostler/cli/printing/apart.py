"""The command's own stdout and stderr, apart from those that drivers print to.

A driver is code in the command's process, and so are the libraries that it imports: what any of them prints
must not get among the tasks' output or into JSON.  The command's own streams stand on descriptors of their
own; `keep` leaves stderr alone, by either name and number, to whoever else writes in this process.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from typing import TextIO

STDOUT: Final = 1
STDERR: Final = 2
_own: Final[dict[int, TextIO]] = {}


def own(out: TextIO, error: TextIO) -> None:
    """Make these the command's streams; neither stands on descriptor 1 or 2."""
    _own.update({STDOUT: out, STDERR: error})
    sys.stdout, sys.stderr = out, error


def keep() -> None:
    """Keep the command's streams for the command; to be called before a driver is imported.

    What is called stdout from then on, by Python and by programs that drivers start, is stderr.
    """
    if not _own or sys.stdout is not _own[STDOUT]:
        return
    os.dup2(STDERR, STDOUT)
    from ostler.cli.printing.words import words

    sys.stdout = sys.stderr = words(os.dup(STDERR))  # a driver may close it, or descriptor 2


def stdout() -> TextIO:
    """Return what the command writes its answer to."""
    return _own.get(STDOUT, sys.stdout)


def stderr() -> TextIO:
    """Return what the command writes its words to."""
    return _own.get(STDERR, sys.stderr)


def show(text: str) -> None:
    """Write a line of the command's answer."""
    click.echo(text, file=stdout())
