"""Variables and local values: where they come from, which of them wins, and what they become."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from ostler.errors import MistakeError
from ostler.jobs import Inputs, load, loads

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'job "j" {\n  group "g" {\n    task "t" {\n      driver = "exec"\n      config {\n'
TAIL = "\n      }\n    }\n  }\n}\n"


def config(declared: str, value: str = "var.x", **given: Any) -> Any:  # noqa: ANN401 - any value
    """Give what ``value`` is in a job whose variables are declared and given thus."""
    given.setdefault("environment", {})
    text = f"{declared}\n{HEAD}v = {value}{TAIL}"
    job = loads(text, filename="job.hcl", inputs=Inputs(**given)).job
    return job.groups[0].tasks[0].config.value["v"]


def words(declared: str, value: str = "var.x", **given: Any) -> str:  # noqa: ANN401 - those of Inputs
    with pytest.raises(MistakeError) as raised:
        config(declared, value, **given)
    return str(raised.value)


def file(tmp_path: Path, text: str, name: str = "a.vars") -> str:
    path = tmp_path / name
    path.write_text(text)
    return str(path)


def test_the_later_and_the_nearer_wins(tmp_path: Path) -> None:
    declared = 'variable "x" {\n  default = "default"\n}'
    environment = {"NOMAD_VAR_x": "environment"}
    first, second = file(tmp_path, 'x = "first"\n'), file(tmp_path, '{"x": "second"}', "b.json")
    assert config(declared) == "default"
    assert config(declared, environment=environment) == "environment"
    assert config(declared, environment=environment, files=[first]) == "first"
    assert config(declared, environment=environment, files=[first, second]) == "second"
    assert config(declared, environment=environment, files=[second, first]) == "first"
    flags = ["x=third", "x=fourth"]
    assert config(declared, environment=environment, files=[first], variables=flags) == "fourth"
    assert config(declared, environment=environment, files=[first], variables={"x": "python"}) == "python"


def test_the_environment_is_the_process_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOMAD_VAR_x", "mine")
    assert config('variable "x" {}', environment=None) == "mine"


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        ("", "[1, 2]", "[1, 2]"),
        ("", "${y", "${y"),
        ("string", '"quoted"', '"quoted"'),
        ("string", "a=b", "a=b"),
        ("string", "", ""),
        ("number", "3", 3),
        ("number", "1.5", 1.5),
        ("number", "1e3", 1000),
        ("bool", "true", True),
        ("list(string)", '["a", 2]', ["a", "2"]),
        ("set(number)", "[2, 1, 2]", [1, 2]),
        ("map(number)", '{ a = "1" }', {"a": 1}),
        ("tuple([string, bool])", '["a", false]', ["a", False]),
        ("object({ a = string, b = optional(number, 7) })", '{ a = "x", c = 1 }', {"a": "x", "b": 7}),
        ("list(object({ a = bool }))", "[{ a = true }]", [{"a": True}]),
    ],
)
def test_a_text_is_taken_raw_or_as_an_expression_by_the_type(kind: str, text: str, found: object) -> None:
    declared = f'variable "x" {{\n  {f"type = {kind}" if kind else ""}\n}}'
    assert config(declared, variables=[f"x={text}"]) == found
    assert config(declared, environment={"NOMAD_VAR_x": text}) == found


@pytest.mark.parametrize(
    ("default", "text", "found"),
    [('"a"', "[1]", "[1]"), ("1", "2", 2), ("[1, 2]", "[3, 4]", [3, 4]), ("true", "false", False)],
)
def test_a_default_says_the_type_where_nothing_else_does(default: str, text: str, found: object) -> None:
    for declared in (f'variable "x" {{\n  default = {default}\n}}', f"variables {{\n  x = {default}\n}}"):
        assert config(declared, variables=[f"x={text}"]) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("x", "x"),
        ("[1]", "[1]"),
        (3, 3),
        (1.5, 1.5),
        (2.0, 2),
        (Decimal("0.1"), 0.1),
        (True, True),
        ((1, "a"), [1, "a"]),
        ({"a": {"b": [True]}}, {"a": {"b": [True]}}),
    ],
)
def test_a_python_value_is_what_it_is(value: object, found: object) -> None:
    assert config('variable "x" {}', variables={"x": value}) == found


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"x", "found bytes"),
        (float("nan"), "found nan"),
        ({1: 2}, "found dict"),
        ([object()], "found object"),
    ],
)
def test_a_python_value_that_the_language_lacks_is_refused(value: object, said: str) -> None:
    assert words('variable "x" {}', variables={"x": value}).endswith(said)


def test_a_python_value_that_holds_itself_is_refused() -> None:
    value: list[object] = []
    value.append(value)
    assert words('variable "x" {}', variables={"x": value}) == (
        "var.x: the value is nested more than 64 levels deep"
    )


def test_local_values_stand_in_any_order() -> None:
    declared = 'locals {\n  a = "${local.b}-${var.x}"\n}\nvariable "x" {\n  default = 1\n}\nlocals {\n'
    assert config(declared + '  b = upper("b")\n}', "local.a") == "B-1"


def test_thousands_of_local_values_in_the_worst_order_take_no_time() -> None:
    chain = "\n".join(f"  l{index} = local.l{index + 1}" for index in range(5_000))
    assert config(f"locals {{\n{chain}\n  l5000 = 7\n}}", "local.l0") == 7


def test_what_is_not_declared_is_ignored_in_the_environment_alone(tmp_path: Path) -> None:
    declared = 'variable "x" {\n  default = 1\n}'
    assert config(declared, environment={"NOMAD_VAR_y": "2"}) == 1
    path = file(tmp_path, "y = 2\n")
    assert words(declared, files=[path], variables=["xx=1"]) == (
        f"{path}:1:1: var.y: there is no variable 'y'; declared: x\n"
        "--var xx: var.xx: there is no variable 'xx'; did you mean 'x'?"
    )
    assert words("", '"v"', variables={"x": 1}) == (
        "var.x: there is no variable 'x': the job file declares none"
    )


def test_a_variable_without_a_value_names_the_flag() -> None:
    assert words('variable "x" {}') == (
        "job.hcl:1:1: variable.x: the variable 'x' has no value: write --var x=... or a line in a "
        "--var-file, or give it a default"
    )


def test_null_is_a_value() -> None:
    assert config('variable "x" {\n  type = string\n  default = null\n}', "var.x == null") is True


@pytest.mark.parametrize("flag", ["x", "", "=1", "a b=1", "${x}=1"])
def test_a_flag_without_a_name_and_a_value_is_refused(flag: str) -> None:
    assert (
        words('variable "x" {}', variables=[flag])
        .splitlines()[-1]
        .startswith("--var: expected NAME=VALUE, as in --var count=3")
    )


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("number", "many", "expected a number, found the string 'many'"),
        ("bool", "yes", "expected a bool, written as in a job file, such as true: 'yes' can't be used here"),
        ("list(string)", "a,b", 'expected a list of strings, written as in a job file, such as ["a", "b"]'),
        ("list(string)", "var.x", "'var.x' can't be used here"),
        ("map(string)", '{ a = file("/etc/passwd") }', "no function can be called here"),
        ("list(number)", "[1, true]", "[1]: expected a number, found true"),
    ],
)
def test_a_text_of_another_type_is_told_at_its_source(kind: str, text: str, said: str) -> None:
    declared = f'variable "x" {{\n  type = {kind}\n}}'
    found = words(declared, variables=[f"x={text}"])
    assert found.startswith("--var x: var.x")
    assert said in found
    hidden = words(declared, environment={"NOMAD_VAR_x": text})
    assert hidden.startswith("NOMAD_VAR_x: var.x")
    assert hidden.endswith(", found something else (not shown)")


def test_a_value_of_the_environment_or_a_flag_is_not_shown_as_a_line() -> None:
    with pytest.raises(MistakeError) as raised:
        config(
            'variable "x" {\n  type = list(string)\n}',
            variables=["x=s3cret]"],
            environment={"NOMAD_VAR_x": "s3cret["},
        )
    assert len(raised.value.shown().splitlines()) == 2


def test_a_wrong_value_in_a_variable_file_points_there(tmp_path: Path) -> None:
    path = file(tmp_path, '# counts\nx = ["a",\n  {}, ]\n')
    declared = 'variable "x" {\n  type = list(string)\n}'
    assert words(declared, files=[path]) == f"{path}:3:3: var.x[1]: expected a string, found an object"


def test_a_value_that_a_key_refuses_points_to_its_variable_file(tmp_path: Path) -> None:
    path = file(tmp_path, 'count = "many"\nnames = ["x"]\n')
    text = 'variable "count" {}\nvariable "names" {}\njob "j" {\n  group "g" {\n    count = var.count\n'
    with pytest.raises(MistakeError) as raised:
        loads(
            f'{text}    task "t" {{\n driver = "${{var.names}}"\n }}\n }}\n}}\n',
            filename="job.hcl",
            inputs=Inputs(files=[path]),
        )
    assert str(raised.value).splitlines() == [
        f"{path}:1:9: job.j.group[0].count: expected a whole number, found string 'many'",
        f"{path}:2:9: job.j.group[0].task[0].driver: expected a string, found a list of 1",
    ]


def test_the_config_of_a_driver_knows_the_variable_file(tmp_path: Path) -> None:
    path = file(tmp_path, 'x = "soon"\n')
    text = f'variable "x" {{}}\n{HEAD}timeout = var.x{TAIL}'
    found = loads(text, filename="job.hcl", inputs=Inputs(files=[path])).job.groups[0].tasks[0].config
    assert found.where(("timeout",)) == f"{path}:1:5"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\nx = 2\n", ":2:1: 'x' is set twice; the first stands in line 1"),
        ("x = 1 +\n", ":1:8: expected a value, found the end of the line"),
        (
            'variable "x" {\n}\n',
            ":1:1: a 'variable' block can't stand in a variable file",
        ),
        ("x = var.y\n", ":1:5: var.x: 'var.y' can't be used here: the value may refer to nothing"),
        ('{"x": }', ":1:7: "),
        ("\xff", ":1:1: "),
    ],
)
def test_a_variable_file_that_cannot_be_read_is_told(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.vars"
    path.write_bytes(text.encode("latin-1"))
    assert words('variable "x" {\n default = 1\n}', files=[path]).startswith(f"{path}{said}")


def test_a_missing_variable_file_is_told(tmp_path: Path) -> None:
    path = str(tmp_path / "a.vars")
    assert (
        words("", '"v"', files=[path])
        == f"{path}: the variable file can't be read: No such file or directory"
    )


def test_variables_that_the_api_s_form_cannot_have_are_refused() -> None:
    document = json.dumps({"Job": {"ID": "j", "TaskGroups": []}})
    with pytest.raises(MistakeError, match="variables are given, and a job in the API's JSON has none"):
        loads(document, inputs=Inputs(variables={"x": 1}))


def test_paths_of_functions_start_at_the_job_s_directory(tmp_path: Path) -> None:
    (tmp_path / "word.txt").write_text("found")
    path = tmp_path / "job.hcl"
    path.write_text(f'locals {{\n  a = file("word.txt")\n}}\n{HEAD}v = local.a{TAIL}')
    assert load(path).job.groups[0].tasks[0].config.value == {"v": "found"}


def test_trust_is_one_of_two_words() -> None:
    with pytest.raises(MistakeError) as raised:
        Inputs(trust="untrused")  # type: ignore[arg-type]
    assert str(raised.value) == "trust: expected 'trusted' or 'untrusted', found 'untrused'"
