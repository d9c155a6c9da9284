"""Fuzz the HCL room, guided by coverage; needs atheris from PyPI, and is run by hand.

usage: fuzz_hcl.py CORPUS_FOLDER [-max_total_time=600] [another option of libFuzzer]...

A text is read in the native syntax, tolerantly, as JSON and as a lone expression, evaluated with the
functions of a job, formatted twice and printed.  A find is any exception but the package's own, a formatted
text that reads otherwise, or a run beyond 10 s.  Files in the folder are what it begins with; it adds what
reaches more.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "core"), str(ROOT)]

import ostler.hcl

with atheris.instrument_imports():
    for each in pkgutil.walk_packages(ostler.hcl.__path__, "ostler.hcl."):
        importlib.import_module(each.name)

from ostler.hcl import (
    JOB_FUNCTIONS,
    Body,
    Environment,
    HclError,
    Scope,
    parse,
    parse_expression,
    parse_json,
    reformat,
)
from ostler.hcl.decoding import decode
from ostler.hcl.printing import text_of
from ostler.hcl.structure import tree
from tests.hcl.shapes import shape

ROOTS = {"var": {"a": [1, {"b": "x"}], "s": "t"}, "local": {"c": True, "n": None}}
SCOPE = Scope(ROOTS, functions=JOB_FUNCTIONS, environment=Environment("/", trust="untrusted"))
LONGEST = 1024
WORDS = Path(__file__).with_suffix(".dict")  # what libFuzzer inserts


def one_input(data: bytes) -> None:
    """Try one text in every way; what the package raises on purpose is no find."""
    read(data[:LONGEST])


def read(text: bytes) -> None:
    """Read it in its four ways."""
    for tolerant in (False, True):
        try:
            body = parse(text, "fuzz.hcl", tolerant=tolerant)
        except HclError as error:
            check_words(error)
        else:
            evaluate(body)
            check_style(text, tolerant=tolerant)
    try:
        evaluate(parse_json(text, "fuzz.json"))
    except HclError as error:
        check_words(error)
    try:
        parse_expression(text, "fuzz")
    except HclError as error:
        check_words(error)


def evaluate(body: Body) -> None:
    """Evaluate all of a body."""
    try:
        value = body.within(SCOPE).free()
        value.plain()
        value.positions()
        value.names()
    except HclError as error:
        check_words(error)


def check_words(error: HclError) -> None:
    """Hold that each problem is one line with a place."""
    for found in error.diagnostics:
        assert found.range.start.line >= 1, found
        assert "\n" not in found.message, found


def check_style(text: bytes, *, tolerant: bool) -> None:
    """Hold that formatting and printing change no meaning, and formatting twice nothing at all."""
    once = reformat(text, "fuzz.hcl", tolerant=tolerant)
    assert reformat(once, "fuzz.hcl", tolerant=tolerant) == once, once
    meant = shape(text, tolerant=tolerant)
    assert shape(once, tolerant=tolerant) == meant, once
    if not tolerant:
        printed = text_of(tree(decode(text, "fuzz.hcl"), tolerant=False))
        assert shape(printed) == meant, printed


if __name__ == "__main__":
    options = ["-timeout=10", f"-max_len={LONGEST}", f"-dict={WORDS}"]
    atheris.Setup([*sys.argv, *options], one_input)
    atheris.Fuzz()
