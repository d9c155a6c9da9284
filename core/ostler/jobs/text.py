"""Read a text that holds a job into found blocks, whichever of the three forms it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ostler.errors import MistakeError, Problem
from ostler.hcl import HclError, Schema, parse, parse_json
from ostler.jobs.decode import Decoder, TooManyError
from ostler.jobs.inputs.scope import JobScope
from ostler.jobs.inputs.values import NOTHING
from ostler.jobs.names import path_of
from ostler.jobs.normalise import normalise
from ostler.jobs.tables.job import JOB
from ostler.places import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ostler.hcl import Block, Body
    from ostler.jobs.found import Found
    from ostler.jobs.inputs.values import Inputs

_FILE = Schema(blocks={"job": ("name",), "variable": ("name",), "variables": (), "locals": ()})
_API_KEYS = {"Job", "ID", "TaskGroups"}


class Text(NamedTuple):
    """The job of a text, all that is wrong with it so far, and whether its values convert.

    ``place`` says where a value comes from; ``unread`` has the paths of blocks that are missing because
    nothing of them could be read.
    """

    job: Found
    problems: list[Problem]
    lenient: bool
    place: Callable[..., Place] = Place.of
    unread: Sequence[str] = ()


def read(text: str | bytes, filename: str, inputs: Inputs = NOTHING, directory: str = "") -> Text:
    """Read the one job of a text; MistakeError where it holds none.

    Relative paths that its functions read start at ``directory``.
    """
    if not text.strip():
        msg = 'the file is empty; a job begins with: job "name" {'
        raise MistakeError.single(msg, where=filename)
    try:
        if not _is_json(text):
            return _hcl(parse(text, filename), JobScope(inputs, directory), lenient=True)
        body = parse_json(text, filename, templates=False)
        if _API_KEYS & body.attributes().keys():
            return Text(*_api(body, inputs), lenient=False)
        return _hcl(parse_json(text, filename), JobScope(inputs, directory), lenient=False)
    except HclError as error:
        problems = [Problem(Place.of(each.range), "", each.message) for each in error.diagnostics]
        raise MistakeError(problems) from None


def _is_json(text: str | bytes) -> bool:
    start = text[:100].lstrip()
    return (
        start.startswith("{")
        if isinstance(start, str)
        else start.removeprefix(b"\xef\xbb\xbf").startswith(b"{")
    )


def _hcl(body: Body, scope: JobScope, *, lenient: bool) -> Text:
    decoder = Decoder(JOB, scope.place)
    content = body.within(scope.scope).content(_FILE)
    decoder.note(content.diagnostics, "")
    jobs = [block for block in content.blocks if block.type == "job"]
    scope.fill(content.blocks)
    decoder.problems += scope.problems
    if not jobs:
        raise MistakeError([*decoder.problems, _no_job(body)])
    decoder.problems += [_second(block, jobs[0]) for block in jobs[1:]]
    try:
        job = decoder.block(jobs[0], JOB, path_of(*jobs[0].labels[:1] or [""]))
    except TooManyError:
        more = Problem("", "", "there may be more mistakes; these are enough to begin with")
        raise MistakeError([*decoder.problems, more]) from None
    return Text(job, decoder.problems + normalise(job), lenient, scope.place, decoder.unread)


def _api(body: Body, inputs: Inputs) -> tuple[Found, list[Problem]]:
    from ostler.jobs.api import Reader

    tree = body.free()
    document = tree.plain()
    reader = Reader(tree)
    job = reader.job(document if isinstance(document, dict) else {})
    if inputs.given:
        text = "variables are given, and a job in the API's JSON has none"
        reader.problems.append(Problem(Place.of(body.range), "", text))
    return job, reader.problems


def _second(block: Block, first: Block) -> Problem:
    text = f"a file holds one job; the first stands at {first.type_range}; move this one to its own file"
    return Problem(Place.of(block.type_range), path_of(*block.labels[:1] or [""]), text)


def _no_job(body: Body) -> Problem:
    return Problem(Place.of(body.range), "", 'no job in this file; a job begins with: job "name" {')
