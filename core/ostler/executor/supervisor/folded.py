"""An order on its way: what plans of one shape have in common as one text, and the paths apart.

Whoever sends it wrote the text for the last task like it, and whoever carries it out knows the program by it,
so that neither reads fifty steps again for every start.
"""

from __future__ import annotations

import json
import marshal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    Step = Mapping[str, Any]

# Which steps open a path that is another for each task, and what they call it.
_PATHS = {"bind": "source", "open_group": "path", "open_input": "path", "open_output": "path"}
_MOST_KEPT = 64
_shapes: dict[bytes, str] = {}
_phases: dict[str, list[list[Step]]] = {}


def fold(order: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give an order with ``shape`` and ``paths`` in place of ``build`` and ``enter``; again is fine."""
    if "shape" in order:
        return order
    build, paths = _split(order["build"])
    key = marshal.dumps((build, order["enter"]))
    shape = _shapes.get(key)
    if shape is None:
        shape = _shapes[key] = _written(build, order["enter"])
        _forget_first(_shapes)
    left = {name: value for name, value in order.items() if name not in {"build", "enter"}}
    return {**left, "shape": shape, "paths": paths}


def unfold(order: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give an order with its steps; raises ValueError or LookupError for what `fold` didn't write."""
    if "shape" not in order:
        return order
    build, enter = filled(order["shape"], order["paths"])
    return {**order, "build": build, "enter": enter}


def filled(shape: str, paths: Sequence[str]) -> tuple[list[Step], list[Step]]:
    """Give the steps of ``build`` and ``enter``, with these paths."""
    phases = _phases.get(shape)
    if phases is None:
        phases = _phases[shape] = _read(shape)
        _forget_first(_phases)
    build, enter = phases
    steps, count = list(build), 0
    for index, step in enumerate(build):
        name = _PATHS.get(step["do"])
        if name is not None:
            steps[index] = {**step, name: paths[count]}
            count += 1
    return steps, enter


def _written(build: Sequence[Step], enter: Sequence[Step]) -> str:
    """Write a shape in a seventh of its JSON, without a character that JSON has to escape."""
    import binascii
    import zlib

    content = json.dumps([build, enter]).encode()
    return binascii.b2a_base64(zlib.compress(content), newline=False).decode()


def _read(shape: str) -> list[list[Step]]:
    import binascii
    import zlib

    try:
        build, enter = json.loads(zlib.decompress(binascii.a2b_base64(shape)))
    except zlib.error as error:
        msg = f"no shape of a plan: {error}"
        raise ValueError(msg) from error
    return [build, enter]


def _split(steps: Sequence[Step]) -> tuple[list[Step], list[str]]:
    """Put nothing where the paths are, and give these apart."""
    shaped: list[Step] = []
    paths: list[str] = []
    for step in steps:
        name = _PATHS.get(step["do"])
        if name is None:
            shaped.append(step)
        else:
            shaped.append({**step, name: ""})
            paths.append(step[name])
    return shaped, paths


def _forget_first(kept: dict[Any, Any]) -> None:
    if len(kept) > _MOST_KEPT:
        kept.pop(list(kept)[0], None)  # noqa: RUF015 - at once, whatever other threads do
