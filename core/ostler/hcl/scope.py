"""What names and calls mean where expressions are evaluated."""

from __future__ import annotations

from ostler.hcl.environment import Environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Final

    from ostler.hcl.functions import Functions


class Scope:
    """The values that names have; a name that is none of ``names`` stands for its own source text.

    ``names`` holds data by root: ``{"var": {"count": 3}, "local": {}}`` resolves ``var.count`` and
    refuses any other ``var.x``.  With ``unknown`` such a name is an error, and that gives the words for it
    as it is written.  Without ``functions`` none can be called.  ``environment`` is what
    functions may touch, and the account of what all expressions use together.
    """

    __slots__ = ("environment", "functions", "looped", "names", "unknown")

    def __init__(
        self,
        names: Mapping[str, object] | None = None,
        *,
        functions: Functions | None = None,
        environment: Environment | None = None,
        unknown: Callable[[str], str] | None = None,
    ) -> None:
        self.names: dict[str, object] = {**_OWN, **(names or {})}
        self.functions = functions
        self.environment = environment or Environment()
        self.unknown = unknown
        self.looped = False

    def within(self, names: Mapping[str, object]) -> Scope:
        """Give a scope in which these names are known too: the inside of a loop."""
        inner = Scope.__new__(Scope)
        inner.names = {**self.names, **names}
        inner.functions = self.functions
        inner.environment = self.environment
        inner.unknown = self.unknown
        inner.looped = True
        return inner


_OWN: Final[dict[str, object]] = {"var": {}, "local": {}}
