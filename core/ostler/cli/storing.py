"""The commands that fetch an artifact and look after what is kept: `ostler artifact` and `ostler cache`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ostler.cli.options import site_options

if TYPE_CHECKING:
    from ostler.cli.site import Site

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")


@click.group(short_help="Fetch an artifact.")
def artifact() -> None:
    """Fetch what a job's artifact block would fetch."""


@artifact.command("fetch", short_help="Fetch URL to DESTINATION.")
@click.argument("url")
@click.argument("destination")
@site_options
@click.option(
    "--checksum",
    metavar="TYPE:HEX",
    default="",
    help="By md5, sha1, sha256 or sha512; or file:URL of a list.",
)
@click.option(
    "--mode", type=click.Choice(["any", "file", "dir"]), default="any", help="What DESTINATION becomes."
)
@click.option("--option", "options", metavar="NAME=VALUE", multiple=True, help="One of the block's options.")
@click.option("--header", "headers", metavar="NAME=VALUE", multiple=True, help="One to send with http.")
@click.option("--insecure", is_flag=True, help="Trust any certificate.")
@click.option("--no-cache", is_flag=True, help="Ask the source, and keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print every event as a line of JSON.")
@click.pass_obj
def artifact_fetch(  # noqa: PLR0913 - an argument for each option
    site: Site,
    url: str,
    destination: str,
    config: str | None,
    data_dir: str | None,
    checksum: str,
    mode: str,
    options: tuple[str, ...],
    headers: tuple[str, ...],
    *,
    insecure: bool,
    no_cache: bool,
    as_json: bool,
) -> None:
    """Fetch URL, check and unpack it as a job's artifact block would, and put it in DESTINATION.

    DESTINATION is a directory, with --mode file the file itself. What the configuration allows is allowed
    here. The exit status is 0; 2 for what is refused, such as a checksum that differs; 125 for trouble that
    may pass.
    """
    from ostler.cli.actions.fetched import Wish, fetch_artifact

    wish = Wish(
        source=url,
        destination=destination,
        checksum=checksum,
        mode=mode,
        options=options,
        headers=headers,
        insecure=insecure,
        cached=not no_cache,
    )
    fetch_artifact(wish, site.or_else(config, data_dir), as_json=as_json)


@click.group(short_help="List, shrink and check what was fetched.")
def cache() -> None:
    """Look after the artifacts that are kept for the next task."""


@cache.command("list", short_help="List what is kept.")
@site_options
@_json
@click.pass_obj
def cache_list(site: Site, config: str | None, data_dir: str | None, *, as_json: bool) -> None:
    """List what is kept, what was used last first.

    PART is the content, as its source gave it, or what was made of it. What is in use is being placed, or a
    task has it by a hard link.
    """
    from ostler.cli.actions.cached import list_cache

    list_cache(site.or_else(config, data_dir), as_json=as_json)


@cache.command("prune", short_help="Remove what is too much or too old.")
@site_options
@click.option("--all", "everything", is_flag=True, help="Remove all that is not in use.")
@_json
@click.pass_obj
def cache_prune(
    site: Site, config: str | None, data_dir: str | None, *, everything: bool, as_json: bool
) -> None:
    """Remove what was not used for longest until the configured size and age hold; never what is in use."""
    from ostler.cli.actions.cached import prune_cache

    prune_cache(site.or_else(config, data_dir), everything=everything, as_json=as_json)


@cache.command("verify", short_help="Read all that is kept, and check it.")
@site_options
@_json
@click.pass_obj
def cache_verify(site: Site, config: str | None, data_dir: str | None, *, as_json: bool) -> None:
    """Read all that is kept and compare it with its checksums; what differs is removed.

    The exit status is 0 when all was right, else 1.
    """
    from ostler.cli.actions.cached import verify_cache

    sys.exit(verify_cache(site.or_else(config, data_dir), as_json=as_json))
