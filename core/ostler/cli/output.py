"""`ostler run --output`: print a job as Nomad's API would take it."""

from __future__ import annotations

import json

import click

from ostler.cli.visible import in_json


def print_api_json(file: str) -> None:
    """Print the JSON that Nomad's own ``job run -output`` prints for the file."""
    from ostler.jobs import content, read_api

    document = json.dumps(read_api(content(file), file), indent=4, ensure_ascii=False)
    click.echo(in_json(document))
