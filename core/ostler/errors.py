"""The errors that a caller of Ostler can act on, and the shape of a user's mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ostler.places import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WIDTH: Final = 100  # columns, where there is no terminal that has some
_GUTTER: Final = 8


class OstlerError(Exception):
    """Everything that Ostler raises on purpose."""


class Problem(NamedTuple):
    """One mistake: where it stands, what it is about, and what to do.

    ``where`` is ``file:line:column``, or empty for values that come from no file; one that comes out of a
    text is a `Place` and knows more.  ``path`` is dotted, such as ``job.web.task[0].config.image``, or
    empty; ``text`` says what is wrong, what was found and what to do, in one line.
    """

    where: str
    path: str
    text: str

    def __str__(self) -> str:
        """Give the line that a person reads."""
        return ": ".join(part for part in self if part)

    def to_dict(self) -> dict[str, Any]:
        """Give plain data: ``where``, ``path``, ``message`` and, None where it isn't known, ``range``."""
        known = self.where.to_dict() if isinstance(self.where, Place) else None
        return {"where": str(self.where), "path": self.path, "message": self.text, "range": known}


def by_place(problem: Problem) -> tuple[bool, str, int, int]:
    """Give the key that sorts problems by file, line and column; what has no place comes last."""
    file, *numbers = problem.where.rsplit(":", 2)
    if len(numbers) == 2 and all(number.isdecimal() for number in numbers):  # noqa: PLR2004 - line and column
        return False, file, int(numbers[0]), int(numbers[1])
    return True, "", 0, 0


def _shown(problems: Iterable[Problem], width: int, *, colour: bool) -> Iterator[str]:
    from ostler.excerpts import excerpt
    from ostler.visible import in_a_line

    bold, dim, red, plain = ("\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[0m") if colour else ("", "", "", "")
    for problem in problems:
        where, said = problem.where, in_a_line(str(problem._replace(where="")))
        yield f"{bold}{in_a_line(where)}{plain}: {said}" if where else said
        if not isinstance(where, Place) or not where.text:
            continue
        lines = excerpt(where.text, where.start, where.end, width=width - _GUTTER, masked=where.masked)
        for line in lines:
            yield f"{dim}{line.number:>5} |{plain} {line.shown}"
            yield f"{dim}      |{plain} {red}{line.marks}{plain}"


class MistakeError(OstlerError):
    """The user's input is wrong; all that is wrong with it is told at once, in ``problems``."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def shown(self, *, width: int = WIDTH, colour: bool = False) -> str:
        """Give every problem with the line of the file in which it stands, marked.

        Lines are cut to ``width`` columns round what is marked; ``colour`` is for a terminal.  Control
        characters are escaped.
        """
        return "\n".join(_shown(self.problems, width, colour=colour))

    @classmethod
    def single(cls, text: str, *, where: str = "", path: str = "") -> MistakeError:
        """Make the error of one problem."""
        return cls([Problem(where, path, text)])


class RefusedError(OstlerError):
    """A start is refused for good: the job or the operator has to change something first."""


class RecoverableError(OstlerError):
    """A start failed for a reason that may pass; the restart policy may try it again."""


class DriverError(OstlerError):
    """A driver, or a wrapper round it, did what the contract forbids; the message names it."""


class UnendedError(DriverError):
    """A driver did not say that a task has ended, or has not begun; the task may still run."""


class LateError(DriverError):
    """A driver did not answer within its deadline; what it was asked may still go on."""
