"""How a task of this driver does what the conformance kit asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.testing import Act


def config(act: Act) -> Mapping[str, object]:
    """Give the config of a task that does ``act``."""
    return {"script": act.script}
