"""`ostler run --output`: print a job as Nomad's API would take it."""

from __future__ import annotations

import json
from typing import Any

import click

from ostler.cli.site import job_in
from ostler.visible import in_json


def print_api_json(file: str, reading: dict[str, Any], *, canonical: bool) -> None:
    """Print the JSON that Nomad's own ``job run -output`` prints; ``canonical`` fills in all defaults."""
    from ostler.jobs import Inputs, content, directory_of, filename, read_api

    job = job_in(file)
    inputs = Inputs(variables=reading["variables"], files=reading["var_files"])
    text, name, directory = content(job), filename(job), directory_of(job)
    document = read_api(text, name, inputs=inputs, directory=directory, canonical=canonical)
    click.echo(in_json(json.dumps(document, indent=4, ensure_ascii=False)))
