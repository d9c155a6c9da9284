"""Whatever a file holds, it is either read or answered with mistakes that have a place."""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ostler.config import loads
from ostler.errors import MistakeError, Problem

NAMES = (
    "client",
    "plugin",
    "options",
    "meta",
    "artifact",
    "config",
    "limits",
    "exec",
    "server",
    "acl",
    "name",
)
KEYS = (
    "gc_max_allocs",
    "max_kill_timeout",
    "chroot_env",
    "allowed_paths",
    "http_max_size",
    "driver.allowlist",
)
WORDS = some.sampled_from((*NAMES, *KEYS, "driver.raw_exec.enable", "x", ""))
SCALARS = some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text() | WORDS
TREES = some.recursive(
    SCALARS, lambda inner: some.lists(inner) | some.dictionaries(WORDS, inner), max_leaves=20
)
QUICK = settings(deadline=None, max_examples=40, database=None, suppress_health_check=list(HealthCheck))


def _read(text: str | bytes, filename: str) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        loads(text, filename)
    except MistakeError as error:
        problems = error.problems
    assert [problem for problem in problems if not problem.where.startswith(f"{filename}:")] == []


@QUICK
@given(some.dictionaries(WORDS, TREES))
def test_any_json_is_read_or_refused_with_a_place(tree: dict[str, Any]) -> None:
    import json

    _read(json.dumps(tree), "agent.json")


@QUICK
@given(some.dictionaries(WORDS, TREES))
def test_any_native_tree_is_read_or_refused_with_a_place(tree: dict[str, Any]) -> None:
    _read("".join(_native(name, value) for name, value in tree.items()), "agent.hcl")


@QUICK
@given(some.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(MistakeError):
        loads(content, "agent.hcl")


def _native(name: str, value: object) -> str:
    import json

    if isinstance(value, dict):
        return f'"{name}" {{\n{"".join(_native(*item) for item in value.items())}}}\n'
    return f'"{name}" = {json.dumps(value)}\n'
