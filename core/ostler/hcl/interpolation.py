"""Evaluate templates."""

from __future__ import annotations

from ostler.hcl.datum import describe_datum, to_text
from ostler.hcl.loops import rounds
from ostler.hcl.syntax import Interpolation, Literal, Name, TemplateIf, Traversal
from ostler.hcl.traversals import plain_steps
from ostler.hcl.types import BOOL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ostler.hcl.frame import Frame
    from ostler.hcl.syntax import Part, Template


def template(frame: Frame, node: Template) -> object:
    """Evaluate a template; one that is a single interpolation has the type of what is in it."""
    parts = node.parts
    if len(parts) == 1 and isinstance(parts[0], Interpolation):
        return _interpolated(frame, parts[0])
    text = _joined(frame, parts)
    frame.scope.environment.build(len(text))
    return text


def _joined(frame: Frame, parts: list[Part]) -> str:
    return "".join([_text(frame, part) for part in parts])


def _interpolated(frame: Frame, part: Interpolation) -> object:
    inner = part.inner
    root = inner.root if isinstance(inner, Traversal) else inner
    scope = frame.scope
    if isinstance(root, Name) and root.name not in scope.names and not scope.unknown and _is_whole(inner):
        written = frame.written(part)
        if "~" not in {written[2], written[-2]}:
            return written
    return frame.evaluate(inner)


def _is_whole(inner: object) -> bool:
    return not isinstance(inner, Traversal) or plain_steps(inner) == len(inner.steps)


def _text(frame: Frame, part: Part) -> str:
    if isinstance(part, Literal):
        return str(part.value)
    if isinstance(part, Interpolation):
        datum = _interpolated(frame, part)
        text = to_text(datum)
        if text is None:
            expected = "expected a string, a number or a bool within a text"
            frame.fail(part.inner, f"{expected}, found {describe_datum(datum)}")
        return text
    if isinstance(part, TemplateIf):
        chosen = frame.converted(part.condition, BOOL, "the condition")
        return _joined(frame, part.yes if chosen else part.no)
    texts = []
    for inner in rounds(frame, part.names, part.source, "a loop"):
        texts.append(_joined(inner, part.body))
        frame.scope.environment.build(len(texts[-1]))
    return "".join(texts)
