"""A key that is refused where a switch is on: however it is written, and whatever stands in the switch."""

from __future__ import annotations

import json
from typing import Final

import pytest

from ostler.config import loads
from ostler.config.keys import ARTIFACT, CLIENT, PLUGIN, TOP, Fate
from ostler.errors import MistakeError

SWITCHES: Final = [(name, switch) for name, key in TOP.items() for switch in key.switches]
OFF: Final = (False, "false")
NOT_OFF: Final[tuple[object, ...]] = (
    True,
    "true",
    "TRUE",
    "False",
    "no",
    "",
    0,
    1,
    0.5,
    None,
    [],
    [False],
    {},
)


def _forms(name: str, switch: str, value: object) -> dict[str, str]:
    """Write one switch in every form that an agent's file may take."""
    said = json.dumps(value)
    return {
        "object.json": f'{{"{name}": {{"{switch}": {said}}}}}',
        "list.json": f'{{"{name}": [{{"{switch}": {said}}}]}}',
        "second.json": f'{{"{name}": [{{}}, {{"{switch}": {said}}}]}}',
        "gap.json": f'{{"{name}": [null, {{"{switch}": {said}}}]}}',
        "label.json": f'{{"{name}": {{"label": {{"{switch}": {said}}}}}}}',
        "file.json": f'[{{"{name}": {{"{switch}": {said}}}}}]',
        "block.hcl": f"{name} {{\n  {switch} = {said}\n}}\n",
        "equals.hcl": f"{name} = {{ {switch} = {said} }}\n",
        "list.hcl": f"{name} = [{{ {switch} = {said} }}]\n",
    }


def _refused(text: str, filename: str) -> list[str]:
    try:
        loads(text, filename)
    except MistakeError as error:
        return [problem.path for problem in error.problems if problem.text.startswith("refused: ")]
    return []


def test_only_keys_of_the_top_have_switches() -> None:
    assert {name for name, _ in SWITCHES} == {"acl", "audit", "tls", "vault"}
    assert [key for table in (CLIENT, ARTIFACT, PLUGIN) for key in table.values() if key.switches] == []
    assert [key for key in TOP.values() if key.switches and key.fate is not Fate.REFUSED] == []


@pytest.mark.parametrize("value", NOT_OFF, ids=json.dumps)
@pytest.mark.parametrize(("name", "switch"), SWITCHES)
def test_a_switch_that_is_not_off_is_refused_in_every_form(name: str, switch: str, value: object) -> None:
    forms = _forms(name, switch, value)
    assert {form: _refused(text, form) for form, text in forms.items()} == {form: [name] for form in forms}


@pytest.mark.parametrize("value", OFF, ids=json.dumps)
@pytest.mark.parametrize(("name", "switch"), SWITCHES)
def test_a_switch_that_is_off_is_noted_in_every_form(name: str, switch: str, value: object) -> None:
    for form, text in _forms(name, switch, value).items():
        assert loads(text, form).notes == (f"{form}: not acted on: {name}",)


@pytest.mark.parametrize("value", [True, False, "", "x", 0, 1.5, ["x"], [[1]], [{}, True]], ids=json.dumps)
@pytest.mark.parametrize("name", sorted({name for name, _ in SWITCHES}))
def test_what_can_hold_no_switch_is_refused(name: str, value: object) -> None:
    assert _refused(json.dumps({name: value}), "agent.json") == [name]
    assert _refused(f"{name} = {json.dumps(value)}\n", "agent.hcl") == [name]


@pytest.mark.parametrize("value", [None, {}, [], [{}], {"replication_token": "x", "roles": ["a"]}])
def test_what_holds_no_switch_is_noted(value: object) -> None:
    assert loads(json.dumps({"acl": value}), "agent.json").notes == ("agent.json: not acted on: acl",)


def test_a_switch_in_other_letters_is_refused() -> None:
    assert _refused('{"acl": {"Enabled": true}}', "agent.json") == ["acl"]
    assert _refused("acl {\n  ENABLED = true\n}\n", "agent.hcl") == ["acl"]


def test_a_block_in_the_place_of_a_switch_is_refused() -> None:
    assert _refused("tls {\n  http {\n  }\n}\n", "agent.hcl") == ["tls"]


def test_a_switch_that_cannot_be_evaluated_is_refused() -> None:
    assert _refused("acl {\n  enabled = missing\n}\n", "agent.hcl") == ["acl"]
    assert _refused('{"acl": {"enabled": "${missing}"}}', "agent.json") == ["acl"]
