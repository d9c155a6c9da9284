"""Write values as a job file or an agent's file holds them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from ostler.drivers import Duration
from ostler.drivers.plain import plain
from ostler.jobs.durations import SECOND, spoken

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def literal(value: Any, hint: Any = Any) -> str:  # noqa: ANN401 - any value of any annotation
    """Write ``value``, whose type is ``hint``, as an expression."""
    if hint is Duration and isinstance(value, int | float):
        return f'"{spoken(round(value * SECOND))}"'
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        pairs = [f"{_key(str(key))} = {literal(each)}" for key, each in value.items()]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(literal(each) for each in value)}]"
    return json.dumps(plain(value))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def _key(name: str) -> str:
    return name if _NAME.fullmatch(name) else _quoted(name)
