"""From the steps of a plan to a program: each step is lowered to a few system calls by one small function."""

from __future__ import annotations

from ostler.executor.linux import lower_landlock, lower_mounts, lower_network, lower_process
from ostler.executor.linux.finish import finish
from ostler.executor.linux.places import Places
from ostler.executor.linux.program import ABSENT, ANY, Program, Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from ostler.executor.linux.facts import Facts
    from ostler.executor.linux.program import Register

_CONDITIONS = frozenset({"do", "optional", "if_there"})
STEPS: dict[str, Callable[..., None]] = {
    **lower_landlock.STEPS,
    **lower_mounts.STEPS,
    **lower_network.STEPS,
    **lower_process.STEPS,
}


class Lowering(Writer):
    """A program in the making, with what is known of the machine and of the root that it puts together."""

    def __init__(self, facts: Facts, passed: Sequence[int], *, into_cgroup: bool) -> None:
        super().__init__()
        self.joined: Sequence[int] = ()
        self.ruleset: Register | int = -1
        self.facts = facts
        self.passed = passed
        self.into_cgroup = into_cgroup
        self.places = Places(self)

    def phase(self, steps: Iterable[Mapping[str, Any]]) -> None:
        """Lower the steps of a phase.

        A step that is ``optional`` may fail; one that is ``if_there`` only because what it is about is not.
        """
        for index, step in enumerate(steps):
            self.step = index
            arguments = {key: value for key, value in step.items() if key not in _CONDITIONS}
            lowered = STEPS[step["do"]]
            if step.get("optional") or step.get("if_there"):
                self._perhaps(lowered, arguments, (ANY,) if step.get("optional") else ABSENT)
            else:
                lowered(self, **arguments)

    def _perhaps(
        self, lowered: Callable[..., None], arguments: dict[str, Any], numbers: Iterable[int]
    ) -> None:
        begin = len(self.calls)
        with self.places.unsure():
            lowered(self, **arguments)
        for number in numbers:
            self.forgive(begin, number)


def lower(plan: Mapping[str, Any], facts: Facts, *, into_cgroup: bool = False) -> Program:
    """Lower a plan, but for what is prepared before the clone; a pure function.

    ``into_cgroup`` tells that the launcher can clone into a cgroup of version 2.
    """
    lowering = Lowering(facts, plan.get("passed", ()), into_cgroup=into_cgroup)
    lowering.joined = plan.get("joined", ())
    lowering.phase(plan["build"])
    build = lowering.take()
    if facts.open_files is not None:
        lower_process.set_limit(lowering, "NOFILE", *facts.open_files)
    lowering.phase(plan["enter"])
    enter = lowering.take()
    if "argv" in plan:
        finish(lowering, plan.get("executable", ""), plan["argv"], plan["env"])
    return Program(build, enter, lowering.take(), lowering)
