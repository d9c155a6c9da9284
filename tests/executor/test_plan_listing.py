"""Whole plans, and the system calls that they come down to, beside those in golden/."""

from __future__ import annotations

import json
import os
import resource
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ostler.executor.linux.facts import Facts
from ostler.executor.linux.lower import lower
from tests.executor.test_plan import PARENTS, planned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.executor.linux.program import Argument, Call
    from ostler.executor.planning.plan import Plan

GOLDEN = Path(__file__).parent / "golden"
TIERS = ("root", "userns", "landlock", "none")
FACTS = Facts(40, (1 << 41) - 1, {f"RLIMIT_{name}": resource.RLIM_INFINITY for name in ("CORE", "NPROC")})
LONGEST = 120


def compare(name: str, lines: list[str]) -> None:
    """Compare with golden/NAME.txt; OSTLER_GOLDEN=write writes the file."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("OSTLER_GOLDEN") == "write":
        path.write_text("\n".join([*lines, ""]), "utf-8")
    assert "\n".join([*lines, ""]) == path.read_text("utf-8")


def cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text)} letters)"


def listed(plan: Plan, *, root: bool) -> Iterator[str]:
    """List the steps; those of the root are the same for all cgroups."""
    yield f"namespaces: {' '.join(plan.namespaces)}; watched: {json.dumps(plan.watch)}"
    for phase in ("prepare", "build", "enter"):
        for step in getattr(plan, phase):
            if root or "/data/root" not in str(step):
                yield cut(f"{phase} {json.dumps(step)}")


@pytest.mark.parametrize("tier", TIERS)
def test_the_plans_of_a_tier_are_known_step_by_step(tier: str) -> None:
    lines: list[str] = []
    for cgroups in PARENTS:
        made = planned(tier, cgroups, landlock=6)
        lines += [f"== {cgroups}", *listed(made, root=cgroups == "none")]
    compare(f"plan-{tier}", lines)


def shown(argument: Argument) -> str:
    return cut(repr(argument))


def told(call: Call) -> str:
    into = f"{call.into} = " if call.into else ""
    arguments = ", ".join(map(shown, call.arguments))
    tolerated = f" unless {call.tolerated}" if call.tolerated else ""
    return f"{call.step}: {into}{call.name}({arguments}){tolerated}"


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the flags of open differ between architectures")
@pytest.mark.parametrize("tier", ["root", "none"])
def test_the_calls_of_a_plan_are_known_one_by_one(tier: str) -> None:
    program = lower(planned(tier, "v1", landlock=6).order(), FACTS)
    phases = {"build": program.build, "enter": program.enter, "finish": program.finish}
    lines = [line for name, calls in phases.items() for line in (f"== {name}", *map(told, calls))]
    compare(f"program-{tier}", lines)


def test_version_two_is_entered_by_the_clone_where_that_can_be() -> None:
    order = planned("root", "v2").order()
    joined, cloned = (lower(order, FACTS, into_cgroup=each) for each in (False, True))
    assert (joined.group, cloned.group is None) == (None, False)
    assert len(joined.enter) == len(cloned.enter) + 1
