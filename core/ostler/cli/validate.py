"""`ostler validate`: check a job and run nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.cli.apart import keep, show
from ostler.cli.failures import say
from ostler.cli.site import job_in
from ostler.cli.visible import in_a_line

if TYPE_CHECKING:
    from ostler.cli.site import Site


def validate_job(file: str, site: Site, ignore: tuple[str, ...]) -> None:
    """Check the job in ``file`` and say that it is good; MistakeError says what is not."""
    from ostler.client import Client

    keep()
    with Client(site.config, data_dir=site.data_dir) as client:
        for note in client.validate(job_in(file), ignore=ignore):
            say(f"note: {note}")
    show(f"{in_a_line(file)}: the job is valid")
