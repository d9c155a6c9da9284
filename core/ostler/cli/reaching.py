"""The commands that reach into a task that runs: `ostler exec`, `ostler signal` and `ostler stats`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ostler.cli.options import site_options

if TYPE_CHECKING:
    from ostler.cli.site import Site

_task = click.option(
    "--task", metavar="TASK", default="", help="Which of its tasks; needed where several run."
)


@click.command(
    "exec",
    short_help="Run a COMMAND in a task that runs.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@site_options
@_task
@click.option("-i", "--stdin", is_flag=True, help="Let the command read what this one reads.")
@click.option("-t", "--tty", is_flag=True, help="Give it a terminal of its own, for which this one stands.")
@click.argument("allocation")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_obj
def execute(
    site: Site,
    allocation: str,
    command: tuple[str, ...],
    config: str | None,
    data_dir: str | None,
    task: str,
    *,
    stdin: bool,
    tty: bool,
) -> None:
    """Run a COMMAND in a task of the ALLOCATION whose id begins so, as the task's user and with its view.

    It is given nothing to read without -i. For a shell: `ostler exec -i -t ALLOCATION sh`. The exit status is
    the command's, 128+N when a signal ended it. It ends when this command does, and with its task.
    """
    from ostler.cli.actions import reach

    where = site.or_else(config, data_dir)
    sys.exit(reach.execute(allocation, command, where, task=task, interactive=stdin, terminal=tty))


@click.command("signal", short_help="Send a SIGNAL to a task that runs.")
@site_options
@_task
@click.argument("allocation")
@click.argument("signal")
@click.pass_obj
def signal_task(
    site: Site, allocation: str, signal: str, config: str | None, data_dir: str | None, task: str
) -> None:
    """Send a SIGNAL, by its name or number, to a task of the ALLOCATION whose id begins so."""
    from ostler.cli.actions import reach

    reach.signal_task(allocation, signal, site.or_else(config, data_dir), task=task)


@click.command("stats", short_help="Show what a task that runs uses.")
@site_options
@_task
@click.option("--json", "as_json", is_flag=True, help="Print it as one JSON object.")
@click.argument("allocation")
@click.pass_obj
def show_stats(
    site: Site, allocation: str, config: str | None, data_dir: str | None, task: str, *, as_json: bool
) -> None:
    """Show what a task of the ALLOCATION whose id begins so uses now, and what it has used since its start.

    What is not known on this machine, or by the task's driver, is left out.
    """
    from ostler.cli.actions.measuring import show_measured

    show_measured(allocation, site.or_else(config, data_dir), task=task, as_json=as_json)
