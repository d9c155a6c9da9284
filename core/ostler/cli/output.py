"""`ostler run --output`: print a job as Nomad's API would take it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ostler.errors import MistakeError


def print_api_json(file: str) -> None:
    """Print the JSON that Nomad's own ``job run -output`` prints for the file."""
    from ostler.jobs import read_api

    click.echo(json.dumps(read_api(_bytes(file), file), indent=4, ensure_ascii=False))


def _bytes(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        text = f"can't be read: {error.strerror}"
        raise MistakeError.single(text, where=file) from error
