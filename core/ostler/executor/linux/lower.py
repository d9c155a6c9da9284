"""From the steps of a plan to a program: each step is lowered to a few system calls by one small function."""

from __future__ import annotations

from ostler.executor.linux import lower_landlock, lower_mounts, lower_network, lower_process
from ostler.executor.linux.finish import finish
from ostler.executor.linux.lowering import Lowering
from ostler.executor.linux.program import ABSENT, ANY, Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from ostler.executor.linux.facts import Facts

_CONDITIONS = frozenset({"do", "optional", "if_there"})
STEPS: dict[str, Callable[..., None]] = {
    **lower_landlock.STEPS,
    **lower_mounts.STEPS,
    **lower_network.STEPS,
    **lower_process.STEPS,
}


def lower(plan: Mapping[str, Any], facts: Facts, *, into_cgroup: bool = False) -> Program:
    """Lower a plan, but for what is prepared before the clone; a pure function.

    ``into_cgroup`` tells that the launcher can clone into a cgroup of version 2.
    """
    to = Lowering(facts, plan.get("passed", ()), into_cgroup=into_cgroup)
    to.joined = plan.get("joined", ())
    _lower_phase(to, plan["build"])
    build = to.take()
    to.open_files = facts.open_files
    _lower_phase(to, plan["enter"])
    enter = to.take()
    if "argv" in plan:
        finish(to, plan.get("executable", ""), plan["argv"], plan["env"])
    return Program(build, enter, to.take(), to)


def _lower_phase(to: Lowering, steps: Iterable[Mapping[str, Any]]) -> None:
    """Lower the steps of a phase.

    A step that is ``optional`` may fail; one that is ``if_there`` only because what it is about is not.
    """
    for index, step in enumerate(steps):
        to.step = index
        arguments = {key: value for key, value in step.items() if key not in _CONDITIONS}
        lowered = STEPS[step["do"]]
        if step.get("optional") or step.get("if_there"):
            _lower_perhaps(to, lowered, arguments, (ANY,) if step.get("optional") else ABSENT)
        else:
            lowered(to, **arguments)


def _lower_perhaps(
    to: Lowering, lowered: Callable[..., None], arguments: dict[str, Any], numbers: Iterable[int]
) -> None:
    begin = len(to.calls)
    with to.places.unsure():
        lowered(to, **arguments)
    for number in numbers:
        to.forgive(begin, number)
