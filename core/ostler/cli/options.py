"""The options that commands share."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    Texts: TypeAlias = tuple[str, ...]


def site_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command be told where it works."""
    data_dir = click.option(
        "--data-dir",
        metavar="DIR",
        help="Where allocations, logs and records are kept [default: $OSTLER_DATA_DIR, then /var/lib/ostler "
        "for root, $XDG_STATE_HOME/ostler for a user].",
    )
    config = click.option(
        "--config", metavar="FILE", help="The agent's configuration: client and plugin blocks, HCL or JSON."
    )
    return config(data_dir(command))


def job_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command be told how to read a job; it gets ``reading``, the options of `Client.validate`."""

    @wraps(command)
    def called(*given: object, ignore: str, variables: Texts, var_files: Texts, **options: object) -> object:
        names = tuple(name for name in (part.strip() for part in ignore.split(",")) if name)
        reading = {"ignore": names, "variables": variables, "var_files": var_files}
        return command(*given, reading=reading, **options)

    ignore = click.option(
        "--ignore",
        metavar="BLOCKS",
        default="",
        help="Blocks that Ostler may leave out although the job has them, such as template,service.",
    )
    variables = click.option(
        "--var",
        "-var",
        "variables",
        metavar="NAME=VALUE",
        multiple=True,
        help="The value of a variable of the job; wins over files and over $NOMAD_VAR_NAME.",
    )
    files = click.option(
        "--var-file",
        "-var-file",
        "var_files",
        metavar="FILE",
        multiple=True,
        help="A file of variables, NAME = VALUE, in HCL or JSON; a later one wins over an earlier.",
    )
    return ignore(variables(files(called)))
