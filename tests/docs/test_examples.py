from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Any, Final

import pytest

from ostler import hcl
from ostler.executor import Executor, Tier
from tests.docs.pages import PAGES, ROOT, anchors, blocks, links

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.conftest import NeedKernel
    from tests.docs.pages import Block

RUN: Final = {"sh": ["sh", "-eu", "-c"], "python": [sys.executable, "-c"]}
READ: Final[Mapping[str, Callable[[str], Any]]] = {
    "hcl": lambda text: hcl.parse(text, "block.hcl", tolerant=True).content(hcl.Schema()),
    "json": json.loads,
    "python": lambda text: compile(text, "block.py", "exec"),
    "toml": tomllib.loads,
}
REMARK: Final = re.compile(r"file: [\w./-]+|exits with \d+|prints|not run: \S.*")
MACHINE: Final = re.compile(r"(?<![\w.$:])/(?:work|home/\w+|root/\w|tmp/\w+|Users)\b")


def names(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


TUTORIAL: Final = ROOT / "docs" / "tutorial.md"  # followed in one shell by tests/contrib
RUN_PAGES: Final = [
    page for page in PAGES if page != TUTORIAL and any(each.language in RUN for each in blocks(page))
]


class Reader:
    """Does what a reader does who tries a page from top to bottom, in an empty folder."""

    def __init__(self, folder: Path, data_dir: Path) -> None:
        self.folder = folder
        programs = folder / "bin"
        programs.mkdir(parents=True)
        for name, words in (("ostler", "-m ostler.cli"), ("python", ""), ("pytest", "-m pytest")):
            program = programs / name
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n', "utf-8")
            program.chmod(0o755)
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"},
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": f"{folder}:{os.environ.get('PYTHONPATH', '')}",
            "OSTLER_DATA_DIR": str(data_dir),
        }
        self.printed = ""

    def follow(self, block: Block) -> None:
        if block.file:
            target = self.folder / block.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, "utf-8")
        elif block.remark == "prints":
            assert self.printed == block.text
        elif block.language in RUN and not block.reason:
            self.run(block)

    def run(self, block: Block) -> None:
        done = subprocess.run(
            [*RUN[block.language], block.text],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        self.printed = done.stdout
        assert done.returncode == block.status, f"line {block.line}:\n{done.stdout}\n{done.stderr}"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("page", RUN_PAGES, ids=names)
def test_a_page_does_what_it_says(page: Path, data_dir: Path, need_kernel: NeedKernel) -> None:
    host = Executor(data_dir).host()
    if host.tier is Tier.NONE:
        need_kernel(f"the pages run tasks under exec: {host.reason}")
    reader = Reader(data_dir / "reader", data_dir)  # below it, so that every supervisor ends with the test
    for block in blocks(page):
        reader.follow(block)


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_every_block_can_be_read(page: Path) -> None:
    for block in blocks(page):
        if block.language in READ and not block.reason:
            READ[block.language](block.text)


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_every_remark_on_a_block_is_one_that_is_known(page: Path) -> None:
    remarks = [block.remark for block in blocks(page) if block.remark]
    assert [remark for remark in remarks if not REMARK.fullmatch(remark)] == []


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_every_block_names_its_language(page: Path) -> None:
    fences = page.read_text(encoding="utf-8").count("\n```")
    assert fences == 2 * len(blocks(page))


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_links_lead_somewhere(page: Path) -> None:
    assert [target for target in links(page) if not leads_somewhere(page, target)] == []


def leads_somewhere(page: Path, target: str) -> bool:
    if target.startswith(("https://", "http://")):
        return True
    path, _, anchor = target.partition("#")
    found = (page.parent / path).resolve() if path else page
    return found.exists() and (not anchor or anchor in anchors(found))


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_no_page_names_a_path_of_the_machine_it_was_written_on(page: Path) -> None:
    assert MACHINE.findall(page.read_text(encoding="utf-8")) == []
