"""What importing the language brings along, in an interpreter that has nothing else."""

from __future__ import annotations

import subprocess
import sys
from ast import literal_eval
from pathlib import Path
from typing import Final

import ostler

CORE: Final = str(Path(ostler.__file__).parent.parent)
SCRIPT: Final = """
import sys
sys.path.insert(0, sys.argv[1])
import ostler.hcl
imported = sorted(sys.modules)
scope = ostler.hcl.Scope({"var": {"n": "x"}, "local": {}}, functions=ostler.hcl.JOB_FUNCTIONS)
body = ostler.hcl.parse('a = upper("${var.n}-${node.class}")\\nb { c = [for x in [1.5] : x] }', "x.hcl")
print(body.within(scope).free().plain(), file=sys.stderr)
print([imported, sorted(sys.modules)])
"""


def modules() -> tuple[set[str], set[str], str]:
    """Give the modules after the import, those after an evaluation, and what it gave."""
    command = [sys.executable, "-I", "-S", "-c", SCRIPT, CORE]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    imported, used = literal_eval(done.stdout)
    return set(imported), set(used), done.stderr


def test_the_language_needs_little_of_the_standard_library() -> None:
    """Each of these takes a good part of the time that all of the package takes."""
    imported, used, found = modules()
    assert found == "{'a': 'X-${NODE.CLASS}', 'b': [{'c': [1.5]}]}\n"
    assert imported & {"typing", "collections", "functools", "re", "enum", "decimal"} == set()
    assert "typing" not in used
    assert "re" in used, "else the modules of an interpreter are not told"


def test_what_is_read_into_is_there_after_the_import() -> None:
    """What is only moved to the first use would not be saved."""
    imported, _, _ = modules()
    parts = {"body", "expression", "position", "scope", "syntax", "types", "values"}
    assert {f"ostler.hcl.{part}" for part in parts} <= imported
