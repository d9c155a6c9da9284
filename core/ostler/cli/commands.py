"""The commands and their options; what they do is imported when one is called."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from ostler.cli.fmt import fmt
from ostler.cli.options import job_options, site_options
from ostler.cli.reaching import execute, show_stats, signal_task
from ostler.cli.site import Site
from ostler.cli.storing import artifact, cache
from ostler.version import __version__

if TYPE_CHECKING:
    from ostler.cli.describe.named import Part
    from ostler.cli.describe.schema import Format
    from ostler.cli.printing.streams import Streams


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ostler", message="%(prog)s %(version)s")
@site_options
@click.pass_context
def cli(context: click.Context, config: str | None, data_dir: str | None) -> None:
    """Run Nomad's job files on this machine, through pluggable drivers."""
    context.obj = Site(config, data_dir)


@cli.command(short_help="Run the job in FILE until it ends or is stopped.")
@click.argument("file")
@site_options
@job_options
@click.option("--json", "as_json", is_flag=True, help="Print every event as a line of JSON on stdout.")
@click.option("--output", is_flag=True, help="Only print the job as the JSON of Nomad's API; run nothing.")
@click.option("--canonical", is_flag=True, help="Print it as --output does, with all defaults filled in.")
@click.option("-i", "--stdin", is_flag=True, help="Let the job's only task read what the command reads.")
@click.option("--stdin-task", metavar="TASK", default="", help="Let this task of the job read it.")
@click.pass_obj
def run(
    site: Site,
    file: str,
    config: str | None,
    data_dir: str | None,
    *,
    reading: dict[str, Any],
    as_json: bool,
    output: bool,
    canonical: bool,
    stdin: bool,
    stdin_task: str,
) -> None:
    """Run the job in FILE (- for stdin) in the foreground, until it ends or Ctrl-C stops it.

    The exit status is that of the first task that failed, else 0; 128+N when a signal ended it, 124 after
    a time-out, 130 after Ctrl-C, 2 for a mistake in what was given, 125 when Ostler itself failed.
    """
    if output or canonical:
        from ostler.cli.actions.api_json import print_api_json

        print_api_json(file, reading, canonical=canonical)
        return
    from ostler.cli.actions.run import run_job

    where = site.or_else(config, data_dir)
    reader = stdin_task or ("" if stdin else None)
    sys.exit(run_job(file, where, reading, as_json=as_json, reader=reader))


@cli.command(short_help="Check the job in FILE, and run nothing.")
@click.argument("file")
@site_options
@job_options
@click.option("--json", "as_json", is_flag=True, help="Print what is wrong as one JSON object, for editors.")
@click.pass_obj
def validate(
    site: Site, file: str, config: str | None, data_dir: str | None, *, reading: dict[str, Any], as_json: bool
) -> None:
    """Check the job in FILE (- for stdin), its drivers' settings and its constraints, and run nothing."""
    from ostler.cli.actions.validate import print_problems, validate_job

    where = site.or_else(config, data_dir)
    if as_json:
        sys.exit(print_problems(file, where, **reading))
    validate_job(file, where, **reading)


@cli.command()
@site_options
@click.option("--json", "as_json", is_flag=True, help="Print attributes and drivers as JSON.")
@click.pass_obj
def node(site: Site, config: str | None, data_dir: str | None, *, as_json: bool) -> None:
    """Show what this machine is and what each driver can do on it."""
    from ostler.cli.actions.node import show_node

    show_node(site.or_else(config, data_dir), as_json=as_json)


@cli.command(short_help="Try what isolation is made of, and say what is missing.")
@site_options
@click.option("--json", "as_json", is_flag=True, help="Print what was found as one JSON object.")
@click.option(
    "--plan",
    "plan",
    metavar="DRIVER",
    help="Instead print the plan of a task of DRIVER, step by step, and start nothing.",
)
@click.pass_obj
def doctor(site: Site, config: str | None, data_dir: str | None, plan: str | None, *, as_json: bool) -> None:
    """Try, one by one, what isolation is made of, and ask every driver how it is.

    What is missing is told with its reason and its remedy. The exit status is 0 when every driver that is
    enabled can be used, each with the least isolation that it accepts, and nothing that the configuration
    asks for is missing; else 1.
    """
    if plan is not None:
        from ostler.cli.actions.plan import show_plan

        show_plan(site.or_else(config, data_dir), plan, as_json=as_json)
        return
    from ostler.cli.actions.doctor import examine

    sys.exit(examine(site.or_else(config, data_dir), as_json=as_json))


@cli.command(short_help="List the tasks that run, or were left behind.")
@site_options
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects, one a task.")
@click.pass_obj
def status(site: Site, config: str | None, data_dir: str | None, *, as_json: bool) -> None:
    """List the tasks of the data directory that run, or were left behind by a command that died."""
    from ostler.cli.actions.allocations import show_allocations

    show_allocations(site.or_else(config, data_dir), as_json=as_json)


@cli.command(short_help="Show what a task of an ALLOCATION wrote.")
@click.argument("allocation")
@click.argument("task", default="")
@site_options
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until the task ends.")
@click.option("--stderr", is_flag=True, help="Its stderr [default: its stdout].")
@click.option("-n", "--tail", type=click.IntRange(0), metavar="LINES", help="Only the last lines.")
@click.option(
    "--offset", type=click.IntRange(0), default=0, metavar="BYTES", help="Only from this byte of it on."
)
@click.pass_obj
def logs(
    site: Site,
    allocation: str,
    task: str,
    config: str | None,
    data_dir: str | None,
    tail: int | None,
    offset: int,
    *,
    follow: bool,
    stderr: bool,
) -> None:
    """Show what a TASK of an ALLOCATION, named by the beginning of its id, wrote to stdout.

    TASK is needed only where there are several. With --follow, a task that has not begun is waited for, and
    the command ends when the task does. It works for the tasks of any command, ended ones too, as long as
    their directory is kept.
    """
    from ostler.cli.actions.logs import show_logs

    stream = "stderr" if stderr else "stdout"
    where = site.or_else(config, data_dir)
    show_logs(where, allocation, task, stream=stream, tail=tail, offset=offset, follow=follow)


@cli.command(short_help="Stop an ALLOCATION that was left behind.")
@click.argument("allocation")
@site_options
@click.option(
    "--forget",
    is_flag=True,
    help="Remove its records even where its driver is gone or fails; end what can be, and say what is left.",
)
@click.pass_obj
def stop(site: Site, allocation: str, config: str | None, data_dir: str | None, *, forget: bool) -> None:
    """Stop an ALLOCATION, named by the beginning of its id, that outlived the command which ran it."""
    from ostler.cli.actions.allocations import forget_allocation, stop_allocation

    end = forget_allocation if forget else stop_allocation
    end(allocation, site.or_else(config, data_dir))


@cli.group(short_help="List, begin, describe and check drivers.")
def driver() -> None:
    """Look at the drivers that are installed, and hold them to the contract."""


@driver.command("list", short_help="List the installed drivers and wrappers.")
@click.option(
    "--config", metavar="FILE", help="Say which of the wrappers this configuration enables, in its order."
)
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects, each with its kind.")
@click.pass_obj
def driver_list(site: Site, config: str | None, *, as_json: bool) -> None:
    """List the installed drivers, and the wrappers to put round them, without importing any."""
    from ostler.cli.actions.driver import list_drivers

    list_drivers(config or site.config, as_json=as_json)


@driver.command("new")
@click.argument("name")
@click.option("--directory", metavar="DIR", default=".", help="Where to write it [default: here].")
def driver_new(name: str, directory: str) -> None:
    """Write a package to begin driver NAME with.

    It is called ostler-driver-NAME, and holds the driver, its settings, tests by the conformance kit, a job
    to try it with and what it takes to publish it. Its tests pass as it is.
    """
    from ostler.cli.scaffold.command import new_driver

    new_driver(name, directory)


@driver.command("schema")
@click.argument("name")
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "markdown", "hcl"]),
    default="json",
    help="JSON Schema for editors and programs (the default), tables for a page, or blocks to copy.",
)
@click.option(
    "--block",
    type=click.Choice(["plugin", "task"]),
    help="Only the plugin's block, or only a task's [default: both].",
)
def driver_schema(name: str, form: Format, block: Part | None) -> None:
    """Print what driver NAME can be told in its two blocks.

    They are the config of its plugin block and that of a task. With --format hcl every setting is shown with
    its default, and both can be copied: `--block plugin` into the agent's configuration, `--block task` as a
    job to begin with.
    """
    from ostler.cli.describe.schema import print_schema

    print_schema(name, form, block)


@driver.command("check")
@click.argument("name")
@click.option(
    "--config", metavar="FILE", default="", help="The agent's configuration, for the plugin's block."
)
@click.option(
    "--acts",
    metavar="MODULE:FUNCTION",
    default="",
    help="What turns an Act of the kit into a task's config [default: what the driver's package offers].",
)
@click.option("--json", "in_json", is_flag=True, help="Print the report as one JSON object.")
@click.option(
    "-k", "pattern", metavar="PATTERN", default="", help="Only the tests whose names fit, as in pytest."
)
@click.pass_obj
def driver_check(site: Site, name: str, config: str, acts: str, pattern: str, *, in_json: bool) -> None:
    """Hold driver NAME to the contract, sentence by sentence.

    Each sentence was held, broken, with what was seen, or skipped, because the driver does not declare or
    implement it. The exit status is 0 if none was broken, 1 if one was, 2 where the driver can't be checked.
    """
    from ostler.cli.check.command import check_driver

    where = config or site.config or ""
    sys.exit(check_driver(name, config=where, acts=acts, pattern=pattern, in_json=in_json))


@driver.command("docs")
@click.argument("name")
def driver_docs(name: str) -> None:
    """Print a page on driver NAME, in Markdown.

    It holds both blocks of settings, what the driver can do, how well its limits hold, what it fetches and
    what it says of the node.
    """
    from ostler.cli.describe.page import print_page

    print_page(name)


for each in (artifact, cache, execute, fmt, signal_task, show_stats):
    cli.add_command(each)


def main() -> None:
    """Run the command; what goes wrong ends in a sentence on stderr and a status that tells whose fault."""
    gc.disable()  # nothing that is imported becomes garbage; `run` turns it on again
    # What is left is the interpreter's own tidying up, which takes a tenth of a short run.
    os._exit(_status())


def _status() -> int:
    from ostler.cli.printing import streams
    from ostler.cli.printing.failures import OWN_FAILURE, say

    closed = streams.closed()
    found = streams.Streams()
    if closed & {"stdout", "stderr"}:
        say(f"stdout is closed: nothing can be written there; give it a file, such as {os.devnull}")
        return OWN_FAILURE
    return found.settle(_called(found))


def _called(streams: Streams) -> int:
    from ostler.cli.printing.failures import exit_status

    try:
        cli(standalone_mode=False)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:  # noqa: BLE001 - the one place where errors become words and a status
        return 0 if streams.refused else exit_status(error)
    except KeyboardInterrupt:
        return 130
    return 0
