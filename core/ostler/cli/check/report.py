"""Write down how a driver was found: for people, hook by hook, and for programs."""

from __future__ import annotations

import json
import shutil
from itertools import groupby, zip_longest
from textwrap import wrap
from typing import TYPE_CHECKING, Final

import click

from ostler.visible import in_json, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.cli.check.outcomes import Checked, Held, Outcome, Tried

WIDEST: Final = 100
_COLOURS: Final[dict[Outcome, str]] = {"held": "green", "broken": "red", "skipped": "yellow"}
_MARGIN: Final = " " * 11
_INNER: Final = " " * 19


def as_json(checked: Checked) -> str:
    """Write everything as one object."""
    sentences = [
        {
            "subject": each.subject,
            "sentence": each.text,
            "outcome": each.outcome,
            "reason": each.excuse if each.outcome == "skipped" else "",
            "tests": [
                {"test": test.test, "outcome": test.outcome, "stated": test.stated, "seen": list(test.seen)}
                for test in each.tests
            ],
        }
        for each in checked.sentences
    ]
    counts = {outcome: checked.count(outcome) for outcome in _COLOURS}
    head = {"driver": checked.name, "provider": checked.provider, "version": checked.version}
    tail = {"seconds": round(checked.seconds, 1), "sentences": sentences}
    return in_json(json.dumps({**head, **counts, **tail}, indent=2, ensure_ascii=False))


def as_text(checked: Checked) -> Iterator[str]:
    """Give the lines of a report: each sentence under its hook, with how it turned out."""
    width = min(shutil.get_terminal_size((80, 24)).columns, WIDEST)
    provider = visible(f"{checked.provider} {checked.version}".strip())
    yield f"{click.style(checked.name, bold=True)}, from {provider}"
    for subject, group in groupby(checked.sentences, key=lambda each: each.subject):
        yield from ("", click.style(subject, bold=True))
        yield from _subject(list(group), width)
    yield from ("", _closing(checked))


def _subject(group: list[Held], width: int) -> Iterator[str]:
    """Write the sentences of one hook; what excuses several in a row is said once, below them."""
    for each, after in zip_longest(group, group[1:]):
        word = click.style(f"{each.outcome:<9}", fg=_COLOURS[each.outcome])
        first, *more = wrap(_quoted(each.text), width - len(_MARGIN))
        yield f"  {word}{first}"
        yield from (_MARGIN + line for line in more)
        if each.outcome == "skipped" and (after is None or after.excuse != each.excuse):
            yield from (
                click.style(_MARGIN + line, dim=True) for line in wrap(each.excuse, width - len(_MARGIN))
            )
        for test in each.broken:
            yield from _broken(test, width)


def _broken(test: Tried, width: int) -> Iterator[str]:
    for head, texts in (
        ("tried", (_plain(test.tried),)),
        ("stated", (test.stated,)),
        ("seen", test.seen),
        ("test", (test.test,)),
    ):
        lines = [
            line
            for text in texts
            for line in wrap(visible(text), width - len(_INNER), break_long_words=False)
        ]
        for number, line in enumerate(lines):
            yield f"{_MARGIN}{head + ':' if number == 0 else '':<8}{line}"


def _closing(checked: Checked) -> str:
    parts = [
        click.style(f"{count} {outcome}", fg=colour if count else None)
        for outcome, colour in _COLOURS.items()
        for count in [checked.count(outcome)]
    ]
    return f"{', '.join(parts)}, in {checked.seconds:.1f} s"


def _quoted(text: str) -> str:
    """Mark what is but a part of a sentence."""
    before = "... " if text[:1].islower() else ""
    return f"{before}{_plain(text)}{'' if text.endswith('.') else ' ...'}"


def _plain(text: str) -> str:
    return text.replace("``", "`")
