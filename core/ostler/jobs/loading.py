"""Load jobs: from a file, from a text, from the API's JSON."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from ostler.errors import MistakeError, Problem, by_place
from ostler.jobs import standing
from ostler.jobs.build import Builder
from ostler.jobs.canonicalise import canonicalise
from ostler.jobs.inputs.values import NOTHING
from ostler.jobs.rules import check
from ostler.jobs.text import Text, read
from ostler.jobs.values import Loaded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ostler.jobs.inputs.values import Inputs
    from ostler.jobs.values import Job

_LARGEST_BYTES: Final = 64 << 20


class FlawedJobError(MistakeError):
    """A job that could be read has mistakes; ``job`` is what was read, for whoever finds more of them.

    ``unread`` has the paths of what is missing in it because it could not be read.
    """

    def __init__(self, problems: Iterable[Problem], job: Job, unread: Iterable[str] = ()) -> None:
        super().__init__(problems)
        self.job = job
        self.unread = tuple(unread)


def load(path: str | Path | BinaryIO, *, ignore: Collection[str] = (), inputs: Inputs = NOTHING) -> Loaded:
    """Load the job of a file, by its path or open, in HCL, in HCL's JSON or in the API's JSON.

    ``ignore`` names blocks and keys that are not acted on yet and may be left out; ``inputs`` are the values
    of the file's variables.  MistakeError holds everything that is wrong.  Relative paths in an open file
    start at the current directory.
    """
    directory = directory_of(path)
    return _loaded(read(content(path), filename(path), inputs, directory), ignore, directory)


def loads(
    text: str | bytes, *, filename: str = "job", ignore: Collection[str] = (), inputs: Inputs = NOTHING
) -> Loaded:
    """Load the job of a text, as `load` does; ``filename`` is named in errors."""
    return _loaded(read(text, filename, inputs), ignore, "")


def from_api(document: Mapping[str, Any], *, ignore: Collection[str] = ()) -> Job:
    """Make a job of the API's JSON, with or without the key ``Job``; MistakeError as in `load`."""
    from ostler.jobs.api import Reader

    reader = Reader()
    job = reader.job(document)
    return _loaded(Text(job, reader.problems, lenient=False), ignore, "").job


def read_api(
    text: str | bytes,
    filename: str,
    *,
    inputs: Inputs = NOTHING,
    directory: str = "",
    canonical: bool = False,
) -> dict[str, Any]:
    """Give a job as the API's JSON: only what is written, nothing judged or left out.

    ``canonical`` fills in every default, as Nomad's server does.  Relative paths that the text's functions
    read start at ``directory``.  MistakeError where the text can't be read.
    """
    from ostler.jobs.render import render

    job, problems, *_ = read(text, filename, inputs, directory)
    if problems:
        raise MistakeError(problems)
    if canonical:
        canonicalise(job)
    return {"Job": render(job)}


def _loaded(text: Text, ignore: Collection[str], directory: str) -> Loaded:
    refused, noted = standing.check(text.job, frozenset(ignore))
    canonicalise(text.job)
    job = Builder(lenient=text.lenient, place=text.place).job(text.job, directory)
    problems = [*text.problems, *check(text.job), *refused]
    if problems:
        raise FlawedJobError(sorted(problems, key=by_place), job, text.unread)
    return Loaded(job, tuple(_notes(job, noted)), text.job)


def _notes(job: Job, noted: list[str]) -> list[str]:
    notes = [f"not acted on: {', '.join(noted)}"] if noted else []
    if job.type in {"system", "sysbatch"}:
        usual = "service" if job.type == "system" else "batch"
        notes.append(f"type {job.type!r} is run as {usual!r}: there is one machine")
    return notes


def directory_of(file: str | Path | BinaryIO) -> str:
    """Give the directory at which relative paths in a job file start; empty for the current one."""
    return str(Path(file).resolve().parent) if isinstance(file, str | Path) else ""


def filename(file: str | Path | BinaryIO) -> str:
    """Give the name of a job file that errors carry."""
    return str(file) if isinstance(file, str | Path) else str(getattr(file, "name", "<file>"))


def content(path: str | Path | BinaryIO) -> bytes:
    """Read a job file's bytes; MistakeError for what can't be read or is larger than any job."""
    try:
        with Path(path).open("rb") if isinstance(path, str | Path) else nullcontext(path) as file:
            found = file.read(_LARGEST_BYTES + 1)
    except IsADirectoryError:
        text = "is a directory; name the job file in it"
    except FileNotFoundError:
        text = "there is no such file"
    except OSError as error:
        text = f"can't be read: {error.strerror}"
    except ValueError as error:
        text = f"can't be read: {error}"
    else:
        if len(found) <= _LARGEST_BYTES:
            return found
        text = f"is larger than {_LARGEST_BYTES >> 20} MiB; no job is"
    raise MistakeError.single(text, where=filename(path))
