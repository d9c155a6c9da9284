"""Turn an error into words on stderr and an exit status."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import click

from ostler.cli.printing.apart import stderr
from ostler.cli.printing.terminal import coloured, columns
from ostler.errors import MistakeError, OstlerError, RefusedError
from ostler.visible import in_a_line

MISTAKE: Final = 2
OWN_FAILURE: Final = 125
INTERRUPTED: Final = 130


def exit_status(error: Exception) -> int:
    """Say ``error`` on stderr and return the status: 2 for the user's mistake, 125 for Ostler's own."""
    if isinstance(error, click.exceptions.Exit | click.ClickException | click.Abort):
        return _of_the_command_line(error)
    if isinstance(error, MistakeError):
        with suppress(OSError):
            _show(error)
        return MISTAKE
    if isinstance(error, OstlerError):
        for line in str(error).split("\n"):
            say(line)
        return MISTAKE if isinstance(error, RefusedError) else OWN_FAILURE
    return _own_failure(error)


def say(text: str) -> None:
    """Write one line to stderr, whatever it holds; where that is refused, the status tells it."""
    with suppress(OSError):
        click.echo(in_a_line(text), file=stderr())


def _show(error: MistakeError) -> None:
    stream = stderr()
    if not coloured(stream):
        click.echo(error.shown(width=columns(stream)), file=stream)
        return
    stream.flush()
    # Past the text that escapes controls: these are our own.
    text = error.shown(width=columns(stream), colour=True)
    stream.buffer.write(f"{text}\n".encode("utf-8", "backslashreplace"))
    stream.buffer.flush()


def _of_the_command_line(error: click.exceptions.Exit | click.ClickException | click.Abort) -> int:
    if isinstance(error, click.Abort):
        return INTERRUPTED
    if isinstance(error, click.ClickException):
        with suppress(OSError):
            error.show(file=stderr())
    return error.exit_code


def _own_failure(error: Exception) -> int:
    import traceback

    with suppress(OSError):
        traceback.print_exception(error, file=stderr())
    say(f"ostler failed: {type(error).__name__}: {error} (this is a bug of Ostler or of a package it loaded)")
    return OWN_FAILURE
