"""`ostler validate`: check a job and run nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ostler.cli.printing.apart import keep, show
from ostler.cli.printing.failures import MISTAKE, say
from ostler.cli.site import job_in
from ostler.errors import MistakeError, Problem
from ostler.visible import in_a_line, in_json

if TYPE_CHECKING:
    from ostler.cli.site import Site


def validate_job(file: str, site: Site, **options: Any) -> None:  # noqa: ANN401 - those of `Client.validate`
    """Check the job in ``file`` and say that it is good; MistakeError says what is not."""
    for note in _notes(file, site, options):
        say(f"note: {note}")
    show(f"{in_a_line(file)}: the job is valid")


def print_problems(file: str, site: Site, **options: Any) -> int:  # noqa: ANN401 - those of `Client.validate`
    """Check the job in ``file``, print one JSON object that says what is wrong, and return the status."""
    problems: list[dict[str, Any]] = []
    try:
        notes = _notes(file, site, options)
    except MistakeError as error:
        notes = ()
        problems = [{"severity": "error", **problem.to_dict()} for problem in error.problems]
    found = [*problems, *({"severity": "note", **Problem("", "", note).to_dict()} for note in notes)]
    document = {"valid": not problems, "problems": found}
    show(in_json(json.dumps(document, indent=2, ensure_ascii=False)))
    return MISTAKE if problems else 0


def _notes(file: str, site: Site, options: dict[str, Any]) -> tuple[str, ...]:
    from ostler.client import Client

    keep()
    with Client(site.config, data_dir=site.data_dir) as client:
        return client.validate(job_in(file), **options)
