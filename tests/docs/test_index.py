"""Nobody is sent to a package index for Ostler: what is called so on PyPI is another program."""

from __future__ import annotations

import re
from typing import Final

import pytest

from tests.docs.pages import ROOT

PLACES: Final = (
    "*.md",
    "docs/**/*.md",
    "contrib/*/README.md",
    "core/ostler/cli/scaffold/templates/**/*",
    "core/ostler/**/*.py",
    "builtin_drivers/**/*.py",
)
# A requirement that pip would look up: the bare name, with extras or a version, but no path and no address.
LOOKED_UP: Final = re.compile(r"pip\sinstall\s[^\n`]*(?<![\w./$-])ostler(?:\[\w+\])?(?![\w./\[-])(?! @ )")
NAMED: Final = re.compile(r"pypi\.org/(project|simple)/ostler\b(?!-)")
OFFERED: Final = re.compile(r"pip install ostler-[a-z]")


def text_of(pattern: str) -> dict[str, str]:
    files = [path for path in ROOT.glob(pattern) if path.is_file() and path.suffix != ".pyc"]
    return {str(path.relative_to(ROOT)): path.read_text() for path in files}


@pytest.mark.parametrize("pattern", PLACES)
def test_nobody_is_told_to_install_ostler_from_an_index(pattern: str) -> None:
    texts = text_of(pattern)
    assert texts
    wrong = (LOOKED_UP, NAMED, OFFERED)
    assert [name for name, text in texts.items() if any(each.search(text) for each in wrong)] == []


@pytest.mark.parametrize("command", ["pip install ostler", "pip install -U 'ostler[testing]' build"])
def test_a_command_that_would_is_found(command: str) -> None:
    assert LOOKED_UP.search(command)


@pytest.mark.parametrize(
    "command",
    [
        "pip install path/to/ostler",
        'pip install "ostler[testing] @ $OSTLER"',
        "pip install ./ostler-0.1.0.whl",
        "pip install ostler-driver-x",
    ],
)
def test_a_command_that_would_not_is_passed(command: str) -> None:
    assert not LOOKED_UP.search(command)
