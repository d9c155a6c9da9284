"""The command that writes files in the canonical style."""

from __future__ import annotations

import sys

import click


@click.command(short_help="Write each FILE in the canonical style.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--check", is_flag=True, help="Write nothing; list what is not in the style, and end with 1.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change.")
def fmt(files: tuple[str, ...], *, check: bool, diff: bool) -> None:
    """Write each FILE in the canonical style, and list those that changed.

    A FILE is a job, a file of variables or an agent's configuration; of a folder it is every file in it and
    below that ends in .hcl or .nomad; - is stdin, formatted to stdout. The style is that of `nomad fmt`. The
    exit status is 0; 1 where --check found something; 2 where a file can't be read, parsed or written.
    """
    from ostler.cli.actions.restyle import Wish, format_files

    sys.exit(format_files(files, Wish(check=check, diff=diff)))
