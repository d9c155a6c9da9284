"""The options that commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable


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
