"""Constraints, judged against a node."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import frozen

from ostler.node import Node, drivers_in, judge, unmet

GOLDEN = Path(__file__).parent / "golden" / "constraints.txt"
NODE = Node(
    id="11111111-2222-5333-8444-555555555555",
    name="n1",
    attributes={
        "kernel.name": "linux",
        "kernel.version": "6.1.0-18-amd64",
        "cpu.numcores": "12",
        "cpu.frequency": "2400.5",
        "os.signals": "SIGHUP, SIGINT",
        "os.version": "12.11",
        "driver.exec": "1",
    },
    meta={"rack": "r7"},
)


@frozen
class Constraint:
    attribute: str
    operator: str = "="
    value: str = ""
    where: str = "job.nomad.hcl:4:3"
    path: str = "job.constraint[0]"


@pytest.mark.parametrize(
    ("attribute", "operator", "value"),
    [
        ("${attr.kernel.name}", "=", "linux"),
        ("${attr.kernel.name}", "", "linux"),
        ("${attr.kernel.name}", "==", "linux"),
        ("${attr.kernel.name}", "is", "linux"),
        ("${attr.kernel.name}", "!=", "windows"),
        ("${attr.kernel.name}", "not", "windows"),
        ("${attr.absent}", "!=", "windows"),
        ("${attr.cpu.numcores}", ">", "9"),
        ("${attr.cpu.numcores}", ">=", "12"),
        ("${attr.cpu.numcores}", "<=", "12"),
        ("${attr.cpu.frequency}", "<", "10000"),
        ("${attr.kernel.name}", "<", "m"),
        ("${attr.kernel.name}", "regexp", "^l.n"),
        ("${attr.os.version}", "version", ">= 12, < 13"),
        ("${attr.os.version}", "version", "~> 12.2"),
        ("${attr.kernel.version}", "semver", ">= 5.4"),
        ("${attr.os.signals}", "set_contains", "SIGINT"),
        ("${attr.os.signals}", "set_contains_all", "SIGINT,SIGHUP"),
        ("${attr.os.signals}", "set_contains_any", "SIGKILL, SIGHUP"),
        ("${meta.rack}", "is_set", ""),
        ("${meta.row}", "is_not_set", ""),
        ("${node.unique.name}", "=", "n1"),
        ("${node.datacenter}-${meta.rack}", "=", "dc1-r7"),
        ("r7", "=", "${meta.rack}"),
        ("${attr.driver.exec}", "=", "1"),
        ("", "distinct_hosts", "true"),
        ("${meta.rack}", "distinct_property", "2"),
    ],
)
def test_a_constraint_holds(attribute: str, operator: str, value: str) -> None:
    assert unmet([Constraint(attribute, operator, value)], NODE) == []


UNMET = [
    Constraint("${attr.kernel.name}", "=", "windows"),
    Constraint("${attr.kernel.name}", "!=", "linux"),
    Constraint("${attr.kernel.nam}", "=", "linux"),
    Constraint("${meta.row}", "is_set"),
    Constraint("${meta.rack}", "is_not_set"),
    Constraint("${attr.cpu.numcores}", ">", "100"),
    Constraint("${attr.kernel.name}", "<", "5"),
    Constraint("${attr.kernel.version}", "version", ">= 5.4"),
    Constraint("${attr.os.version}", "semver", "~> 12.1"),
    Constraint("${attr.os.version}", "version", "over 9000"),
    Constraint("${attr.kernel.name}", "version", ">= 5.4"),
    Constraint("${attr.kernel.name}", "regexp", "["),
    Constraint("${attr.os.signals}", "set_contains", "SIGHUP,SIGKILL"),
    Constraint("${attr.os.signals}", "set_contains_any", "SIGKILL"),
    Constraint("attr.kernel.name", "=", "linux"),
    Constraint("${NOMAD_TASK_NAME}", "=", "web"),
    Constraint("${attr.kernel.name}", "=", "${meta.rack}"),
    Constraint("${attr.kernel.name}", "regex", "l"),
    Constraint("${attr.driver.docker}", "=", "1"),
    Constraint("${attr.kernel.name}", "=", "bsd", where="", path="job.group[1].constraint[0]"),
]


def test_an_unmet_constraint_names_itself_its_place_and_the_value_found() -> None:
    assert "\n".join(unmet(UNMET, NODE)) + "\n" == GOLDEN.read_text("utf-8")


def test_no_pattern_takes_more_than_linear_time() -> None:
    hostile = Constraint("a" * 5000 + "b", "regexp", "(a+)+$")
    assert len(unmet([hostile], NODE)) == 1


def test_what_always_holds_on_one_machine_is_noted_once() -> None:
    twice = [Constraint("", "distinct_hosts", "true")] * 2
    assert judge(twice, NODE).notes == ("distinct_hosts always holds on one machine",)


def test_a_difference_that_holds_because_the_attribute_is_unknown_is_noted() -> None:
    (note,) = judge([Constraint("${attr.kernel.nam}", "!=", "windows")], NODE).notes
    assert note == (
        '${attr.kernel.nam} != "windows" holds because this node has no attr.kernel.nam; '
        "did you mean attr.kernel.name?"
    )


def test_the_drivers_that_a_text_refers_to_are_named() -> None:
    assert drivers_in("${attr.driver.docker.version}", "x-${attr.driver.raw_exec}", "${attr.cpu.arch}") == {
        "docker",
        "raw_exec",
    }


@pytest.mark.parametrize("pattern", ["(a?){500}|%d", "%d" + "x{1000}" * 200])
def test_all_patterns_together_are_bounded(pattern: str) -> None:
    """Each takes a millisecond and more, searched for or compiled in vain, and a file can hold 80,000."""
    found = unmet([Constraint("a" * 200, "regexp", pattern % number) for number in range(500)], NODE)
    assert len(found) < 100
    assert found[-1].endswith(
        "all patterns together take more than 20000000 steps; none is tried from here on"
    )


def test_a_pattern_that_comes_again_and_again_costs_little() -> None:
    assert unmet([Constraint("", "regexp", "(a?){900}")] * 6_000, NODE) == []


@pytest.mark.parametrize("operator", ["=", "!="])
def test_names_that_are_nearly_known_are_not_looked_for_without_end(operator: str) -> None:
    many = [Constraint(f"${{attr.kernel.nam{i}}}", operator, "x") for i in range(5_000)]
    found = judge(many, NODE)
    assert len(found.problems) + len(found.notes) <= 101
    assert operator == "!=" or "100 constraints don't hold; this one and those after" in str(
        found.problems[-1]
    )
