"""A program in the making: what the lowering of each step writes to, and what it may know."""

from __future__ import annotations

from ostler.executor.linux.places import Places
from ostler.executor.linux.program import Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.executor.linux.facts import Facts
    from ostler.executor.linux.program import Register


class Lowering(Writer):
    """A program in the making, with what is known of the machine and of the root that it puts together."""

    def __init__(self, facts: Facts, passed: Sequence[int], *, into_cgroup: bool) -> None:
        super().__init__()
        self.joined: Sequence[int] = ()
        self.ruleset: Register | int = -1
        self.open_files: tuple[int, int] | None = None
        self.facts = facts
        self.passed = passed
        self.into_cgroup = into_cgroup
        self.places = Places(self)
