from __future__ import annotations

import os
from pathlib import Path

import pytest

from ostler.drivers.settings import Located
from ostler.errors import MistakeError
from ostler.hcl import parse
from ostler.tasks import evaluate_config

GOLDEN = Path(__file__).parent / "golden" / "evaluation.txt"
NODE = {"attr.kernel.name": "linux", "attr.cpu.arch": "amd64", "node.class": "big", "meta.rack": "r1"}
TASK = {"NOMAD_TASK_DIR": "/local", "with.dots": "dotted", "a..b": "odd"}


def evaluated(value: object, positions: dict[tuple[str | int, ...], str] | None = None) -> object:
    config = Located(value=value, positions=positions or {})
    return evaluate_config(config, variables=NODE, environment=TASK, path="job.web.config").value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("${NOMAD_TASK_DIR}/x", "/local/x"),
        ("${attr.kernel.name}-${attr.cpu.arch}", "linux-amd64"),
        ("${node.class} ${meta.rack}", "big r1"),
        ("${node.attr.cpu.arch} ${node.meta.rack}", "amd64 r1"),
        ('${env["a..b"]} ${env["NOMAD_TASK_DIR"]}', "odd /local"),
        ('${meta["rack"]} ${with.dots} ${ NOMAD_TASK_DIR }', "r1 dotted /local"),
        ("$${NOPE} %%{ if } $NOMAD_TASK_DIR $$", "${NOPE} %{ if } $NOMAD_TASK_DIR $$"),
    ],
)
def test_names_in_config_are_replaced(text: str, found: str) -> None:
    assert evaluated(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("${upper(meta.rack)}", "R1"),
        ('${attr.cpu.arch == "amd64" ? "x86" : attr.cpu.arch}-${NOMAD_TASK_DIR}', "x86-/local"),
        ('%{ if node.class == "big" }large%{ else }small%{ endif }', "large"),
        ('${upper(env["a..b"])} $${NOPE}', "ODD ${NOPE}"),
        ("${length([1, 2])}", 2),
        ("${length([1, 2]) / 4}", 0.5),
        ("${[for name in [meta.rack, node.class] : upper(name)]}", ["R1", "BIG"]),
        ("${hasindex(attr, meta.rack)} ${int(2.7)} ${with.dots}", "false 2 dotted"),
        (
            '${lower("É")}${reverse("ab")}${strlen("x")}${substr("abc", 1, 1)}${max(1, 2)}${min(1, 2)}',
            "éba1b21",
        ),
        ('${abs(-1)}${coalesce("", "c")}${jsonencode(concat([1], [2]))}${jsondecode("[3]")[0]}', "1[1,2]3"),
        ("${node.attr.cpu.arch}${upper(node.meta.rack)}", "amd64R1"),
    ],
)
def test_expressions_in_config_are_evaluated(text: str, found: object) -> None:
    assert evaluated(text) == found


def test_a_key_becomes_a_text() -> None:
    assert evaluated({"${length([1, 2])}": 1}) == {"2": 1}


def test_an_object_wins_over_a_value_of_its_name() -> None:
    variables = {"attr.driver.x": "1", "attr.driver.x.version": "2"}
    config = Located(value=["${upper(attr.driver.x.version)}", "${attr.driver.x}"])
    found = evaluate_config(config, variables=variables, environment={}, path="").value
    assert found == ["2", "1"]


@pytest.mark.parametrize(
    "text",
    [
        "${length([for a in jsondecode(env.many) : [for b in jsondecode(env.many) : b]])}",
        '${file("/etc/passwd")}',
        "${pow(10, 10)}",
        "${var.x}",
    ],
)
def test_an_expression_in_config_is_held_within_bounds(text: str) -> None:
    many = str(list(range(1000)))
    config = Located(value=text)
    with pytest.raises(MistakeError):
        evaluate_config(config, variables={}, environment={"many": many}, path="")


def test_every_string_and_key_of_the_tree_is_evaluated() -> None:
    tree = {"${meta.rack}": [{"a": ("${node.class}", 1, None, True)}]}
    assert evaluated(tree) == {"r1": [{"a": ["big", 1, None, True]}]}


def test_a_value_is_not_evaluated_again() -> None:
    config = Located(value="${X}")
    assert evaluate_config(config, variables={}, environment={"X": "${Y}"}, path="").value == "${Y}"


def test_what_was_interpolated_may_convert() -> None:
    exact, changed = Located(value={"n": 1}), Located(value={"n": "${meta.rack}"})
    lenient = [
        evaluate_config(each, variables=NODE, environment={}, path="").lenient for each in (exact, changed)
    ]
    assert lenient == [False, True]


def test_all_that_is_not_known_is_told_at_once_with_its_place() -> None:
    tree = {
        "command": "${NOMAD_TASK_DIRR}/x",
        "args": [
            "${attr.kernel.nmae}",
            "${FOO}",
            "${HOME:-x}",
            "${uper(meta.rack)}",
            "%{ if x }",
            "${",
            "${1 + meta.rack}",
        ],
    }
    positions: dict[tuple[str | int, ...], str] = {
        (): "job.hcl:1:1",
        ("args",): "job.hcl:3:5",
        ("args", 0): "job.hcl:3:13",
    }
    with pytest.raises(MistakeError) as caught:
        evaluated(tree, positions)
    if os.environ.get("OSTLER_GOLDEN") == "write":
        GOLDEN.write_text(f"{caught.value}\n")
    assert f"{caught.value}\n" == GOLDEN.read_text()


@pytest.mark.parametrize(("written", "found"), [("$${X}", "known"), ("$$${X}", "${X}"), ("${X}", "known")])
def test_a_job_file_is_evaluated_twice(written: str, found: str) -> None:
    text = parse(f'a = "{written}"\n', "job.hcl").attributes()["a"].value.plain()
    config = Located(value={"a": text}, lenient=True)
    assert evaluate_config(config, variables={}, environment={"X": "known"}, path="").value == {"a": found}
