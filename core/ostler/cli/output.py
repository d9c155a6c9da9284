"""`ostler run --output`: print a job as Nomad's API would take it."""

from __future__ import annotations

import json

import click

from ostler.cli.site import job_in
from ostler.visible import in_json


def print_api_json(file: str, *, canonical: bool) -> None:
    """Print the JSON that Nomad's own ``job run -output`` prints; ``canonical`` fills in all defaults."""
    from ostler.jobs import content, filename, read_api

    job = job_in(file)
    document = read_api(content(job), filename(job), canonical=canonical)
    click.echo(in_json(json.dumps(document, indent=4, ensure_ascii=False)))
