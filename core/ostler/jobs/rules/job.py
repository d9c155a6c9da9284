"""What a whole job has to keep, and when it is started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ostler.jobs.rules import cron
from ostler.jobs.rules.words import choice, together, twice, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.errors import Problem
    from ostler.jobs.found import Found

JOB_TYPES: Final = ("service", "batch", "system", "sysbatch")
_ENDING: Final = {"batch", "sysbatch"}
_LONGEST_DESCRIPTION: Final = 1000


def job(found: Found) -> Iterator[Problem]:
    """Check what a job says of itself."""
    yield from _name(found, "id", found.get("id", ""))
    yield from _name(found, "name", found.get("name", ""))
    yield from choice(found, "type", JOB_TYPES)
    yield from within(found, "priority", 1, 100)
    if found.get("region") == "":
        yield found.problem("the job's region is empty; take the line out for the default", "region")
    if "" in found.get("datacenters", []):
        yield found.problem("no datacenter's name may be empty", "datacenters")
    if not found.all("group") and not found.is_wrong("group") and not found.is_wrong("task"):
        yield found.problem("no group and no task; a job has at least one")
    yield from twice(found.all("group"), "group")
    for block in found.all("periodic"):
        yield from _periodic(block, found.get("type", ""))
    for block in found.all("parameterized"):
        yield from _parameterized(block, found.get("type", ""))
    for block in found.all("multiregion"):
        yield from twice(block.all("region"), "region")
    for block in found.all("ui"):
        yield from _ui(block)


def _name(found: Found, name: str, value: str) -> Iterator[Problem]:
    if not value and (name == "id" or found.written(name)):
        yield found.problem(f"the job's {name} is empty", name if found.written(name) else "")
    elif "\0" in value or (name == "id" and " " in value):
        yield found.problem(f"no space and no NUL may stand in a job's {name}, found {value!r}", name)


def _ends(found: Found, job_type: str) -> Iterator[Problem]:
    """Check that a job that is started again and again ends by itself."""
    if job_type in JOB_TYPES and job_type not in _ENDING:
        text = f"only in a job of type 'batch' or 'sysbatch', which ends; found type {job_type!r}"
        yield found.problem(text)


def _periodic(found: Found, job_type: str) -> Iterator[Problem]:
    if not found.get("enabled"):
        return
    yield from _ends(found, job_type)
    yield from together(found, "cron", "crons")
    if found.lacks("cron") and found.lacks("crons"):
        yield found.problem('required, but missing; write cron = "0 3 * * *" or crons = ["@daily"]', "cron")
    if found.get("SpecType") == "cron":
        for text in (found.get("cron"), *found.get("crons", [])):
            wrong = cron.wrong(text) if text else ""
            if wrong:
                yield found.problem(wrong, "cron" if text == found.get("cron") else "crons")
    yield from time_zone(found, "time_zone")


def time_zone(found: Found, name: str) -> Iterator[Problem]:
    """Check that a time zone is one of the IANA database."""
    wrong = cron.wrong_time_zone(found.get(name, ""))
    if wrong:
        yield found.problem(wrong, name)


def _parameterized(found: Found, job_type: str) -> Iterator[Problem]:
    yield from _ends(found, job_type)
    yield from choice(found, "payload", ("optional", "required", "forbidden"))
    both = sorted(set(found.get("meta_required", [])) & set(found.get("meta_optional", [])))
    if both:
        named = ", ".join(map(repr, both))
        yield found.problem(f"{named} can't be both required and optional", "meta_optional")


def _ui(found: Found) -> Iterator[Problem]:
    size = len(found.get("description", ""))
    if size > _LONGEST_DESCRIPTION:
        text = f"expected {_LONGEST_DESCRIPTION} characters at most, found {size}"
        yield found.problem(text, "description")
