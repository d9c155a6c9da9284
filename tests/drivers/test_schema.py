"""A settings class is described as JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from attrs import frozen

from ostler.drivers import Duration, Words, setting
from ostler.drivers.schema import json_schema


@frozen
class Login:
    """How to log in."""

    user: str = setting(help="The name.")
    password: str = setting(help="The password.", default="hunter2", secret=True)


@frozen
class Settings:
    """What can be set."""

    image: str = setting(help="What to run.")
    count: int = setting(help="How many.", default=1)
    share: float = setting(help="Which part.", default=0.5)
    fast: bool = setting(help="Whether to hurry.", default=False)
    mode: Literal["bind", "volume"] = setting(help="Which kind.", default="bind")
    timeout: Duration | None = setting(help="How long.", default=None)
    args: Words = setting(help="Arguments.", default=("a", "b"))
    labels: Mapping[str, int] = setting(help="Labels.", factory=dict)
    logins: tuple[Login, ...] = setting(help="Logins.", default=())
    login: Login = setting(help="A login.", factory=lambda: Login(user="me"))
    token: str = setting(help="A secret.", default="hunter2", secret=True)
    anything: Any = setting(help="Whatever.", default=None)


def field(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json_schema(Settings)["properties"][name]
    return found


def test_the_whole_is_a_closed_object() -> None:
    schema = json_schema(Settings)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert (schema["title"], schema["description"]) == ("Settings", "What can be set.")
    assert (schema["type"], schema["additionalProperties"]) == ("object", False)


def test_a_field_without_default_is_required() -> None:
    assert json_schema(Settings)["required"] == ["image"]


def test_help_becomes_the_description() -> None:
    assert field("image") == {"description": "What to run.", "type": "string"}


def test_scalars_have_their_types_and_defaults() -> None:
    found = {name: (field(name)["type"], field(name)["default"]) for name in ("count", "share", "fast")}
    assert found == {"count": ("integer", 1), "share": ("number", 0.5), "fast": ("boolean", False)}


def test_a_choice_is_an_enum() -> None:
    assert field("mode") == {"description": "Which kind.", "enum": ["bind", "volume"], "default": "bind"}


def test_a_duration_is_a_string_or_a_number() -> None:
    assert field("timeout")["anyOf"][0]["type"] == ["string", "number"]


def test_what_may_be_left_out_may_be_null() -> None:
    assert field("timeout")["anyOf"][1] == {"type": "null"}
    assert field("timeout")["default"] is None


def test_words_are_a_list_or_a_scalar() -> None:
    assert field("args")["type"] == ["array", "string", "number", "boolean"]
    assert field("args")["default"] == ["a", "b"]


def test_a_map_is_an_object_of_its_values() -> None:
    found = field("labels")
    assert (found["type"], found["additionalProperties"]) == ("object", {"type": "integer"})


def test_nested_classes_are_referred_to() -> None:
    assert field("logins")["items"] == {"$ref": "#/$defs/Login"}
    assert json_schema(Settings)["$defs"]["Login"]["required"] == ["user"]


def test_a_secret_is_written_only_and_its_default_not_shown() -> None:
    assert field("token") == {"description": "A secret.", "type": "string", "writeOnly": True}
    assert "hunter2" not in json.dumps(json_schema(Settings))


def test_anything_goes_where_the_type_says_so() -> None:
    assert field("anything") == {"description": "Whatever.", "default": None}


@frozen
class Tree:
    children: tuple[Tree, ...] = setting(help="More of the same.", default=())


def test_a_class_may_nest_itself() -> None:
    assert json_schema(Tree)["$defs"]["Tree"]["properties"]["children"]["items"] == {"$ref": "#/$defs/Tree"}
