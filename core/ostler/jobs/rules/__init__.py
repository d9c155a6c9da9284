"""The rules that a job has to keep, beyond the types of its keys: what Nomad refuses, in better words.

They are asked of a canonical tree, so that every default stands in it.  Facts: ``Validate`` of Nomad's
server, read at version 1.9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.hcl.patterns import Patterns
from ostler.jobs.rules.group import group
from ostler.jobs.rules.job import job
from ostler.jobs.rules.network import networks
from ostler.jobs.rules.placement import patterns, placement
from ostler.jobs.rules.service import services
from ostler.jobs.rules.task import Surroundings, task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.errors import Problem
    from ostler.jobs.found import Found


def check(found: Found) -> list[Problem]:
    """Find everything in a job that breaks a rule, each mistake once."""
    return list(dict.fromkeys([*_broken(found), *patterns(found, Patterns()), *_texts(found)]))


def _broken(found: Found) -> Iterator[Problem]:
    job_type = found.get("type", "")
    yield from job(found)
    yield from placement(found, job_type)
    for each in found.all("group"):
        yield from group(each, job_type)
        yield from placement(each, job_type)
        yield from networks(each)
        yield from services(each)
        around = Surroundings.of(each)
        for inner in each.all("task"):
            yield from task(inner, around)
            yield from placement(inner, job_type)


def _texts(found: Found) -> Iterator[Problem]:
    """Check that no text holds a NUL, which no process can be given."""
    for name, value in found.values.items():
        for key, item in value.items() if isinstance(value, dict) else [("", value)]:
            if isinstance(item, str) and "\0" in key + item:
                yield found.problem("no NUL may stand in a text", f"{name}.{key}" if key else name)
    for blocks in found.blocks.values():
        for each in blocks:
            yield from _texts(each)
