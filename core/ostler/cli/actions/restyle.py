"""`ostler fmt`: job files and agent configurations in the canonical style."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from ostler.cli.printing.apart import show, stdout
from ostler.cli.printing.failures import exit_status
from ostler.cli.site import job_in
from ostler.errors import MistakeError, Problem
from ostler.hcl import HclError, parse, reformat
from ostler.jobs import content
from ostler.places import Place
from ostler.visible import in_a_line, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDINGS: Final = (".hcl", ".nomad")
_OF_A_JOB: Final = {"job", "variable", "variables", "locals"}


class Wish(NamedTuple):
    """What is done with a file whose style is not canonical, other than to rewrite it."""

    check: bool
    diff: bool


def format_files(names: tuple[str, ...], wish: Wish) -> int:
    """Format each file; give the exit status.

    It is 0, 1 where ``wish.check`` found a file that is not in the canonical style, or 2 where a
    file can't be read, parsed or written; the others are formatted all the same.
    """
    statuses = [_status(name, wish) for name in names]
    return max(statuses, default=0)


def _status(name: str, wish: Wish) -> int:
    try:
        files = list(_files(name))
    except MistakeError as error:
        return exit_status(error)
    return max(_status_of_file(file, wish) for file in files)


def _status_of_file(file: str, wish: Wish) -> int:
    try:
        return _format(file, wish)
    except MistakeError as error:
        return exit_status(error)


def _files(name: str) -> Iterator[str]:
    """Give the file, or each file of the folder and those below; hidden ones are left out."""
    if not Path(name).is_dir():
        yield name
        return
    found = False
    for folder, below, files in os.walk(name):
        below[:] = sorted(each for each in below if not each.startswith("."))
        for file in sorted(files):
            if file.endswith(ENDINGS) and not file.startswith("."):
                found = True
                yield str(Path(folder, file))
    if not found:
        text = f"no file in this folder ends in {' or '.join(ENDINGS)}; name the file itself"
        raise MistakeError.single(text, where=name)


def _format(file: str, wish: Wish) -> int:
    before = content(job_in(file))
    after = _formatted(before, "<stdin>" if file == "-" else file).encode()
    if file == "-" and not wish.check and not wish.diff:
        stdout().buffer.write(after)
        return 0
    if after == before:
        return 0
    if wish.diff:
        _show_diff(file, before.decode(), after.decode())
        return int(wish.check)
    if not wish.check:
        _write(file, after)
    show(in_a_line(file))
    return int(wish.check)


def _formatted(text: bytes, name: str) -> str:
    try:
        return reformat(text, name)
    except HclError as error:
        if _is_old_agent_file(text, name):
            return reformat(text, name, tolerant=True)
        if text.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
            msg = "this is JSON, which has no style of Ostler's; any formatter of JSON will do"
            raise MistakeError.single(msg, where=name) from None
        raise MistakeError(
            Problem(Place.of(each.range), "", each.message) for each in error.diagnostics
        ) from None


def _is_old_agent_file(text: bytes, name: str) -> bool:
    """Say whether the text is an agent's configuration in HCL1: a job has to be HCL2."""
    try:
        body = parse(text, name, tolerant=True)
    except HclError:
        return False
    return not any(block.type in _OF_A_JOB for block in body.blocks())


def _show_diff(file: str, before: str, after: str) -> None:
    from difflib import unified_diff

    lines = unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), file, file)
    for line in lines:
        show(visible(line.removesuffix("\n").removesuffix("\r")))


def _write(file: str, text: bytes) -> None:
    """Rewrite the file, where a link leads to it too; MistakeError where it can't be."""
    path = Path(os.path.realpath(file))
    known = path.stat()
    if not stat.S_ISREG(known.st_mode):
        msg = "is no regular file; only such a one can be rewritten"
        raise MistakeError.single(msg, where=file)
    if not os.access(path, os.W_OK):
        msg = f"can't be written: {os.strerror(errno.EACCES)}"
        raise MistakeError.single(msg, where=file)
    try:
        _replace(path, text, known)
    except OSError as error:
        msg = f"can't be written: {error.strerror}"
        raise MistakeError.single(msg, where=file) from error


def _replace(path: Path, text: bytes, known: os.stat_result) -> None:
    """Put a new file in the place of the old one at once, with its mode and owner."""
    descriptor, scratch = tempfile.mkstemp(prefix=".ostler-fmt-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _take_over(file.fileno(), known)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(scratch).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(scratch).unlink()
        raise


def _take_over(descriptor: int, known: os.stat_result) -> None:
    fresh = os.fstat(descriptor)
    if (fresh.st_uid, fresh.st_gid) != (known.st_uid, known.st_gid):
        os.fchown(descriptor, known.st_uid, known.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(known.st_mode))
