"""Settings are read strictly: every mistake at once, each with its place, secrets never shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Literal

import attrs
import pytest
from attrs import frozen

from ostler.drivers import ArtifactField, Duration, Located, Words, setting
from ostler.drivers.settings import artifacts, asked_limits, check, read
from ostler.errors import DriverError, MistakeError

Golden = Callable[[str, object], None]


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@frozen
class Mount:
    source: str = setting(help="From where.")
    readonly: bool = setting(help="Whether it may be written.", default=True)


def is_even(_: object, field: attrs.Attribute[Any], value: int) -> None:
    if value % 2:
        msg = f"found {value}, which is odd; write an even number"
        raise ValueError(msg, field)


@frozen
class Settings:
    image: str = setting(help="What to run.", default="none")
    count: int = setting(help="How many.", default=0, validator=is_even)
    share: float = setting(help="Which part.", default=0.0)
    fast: bool = setting(help="Whether to hurry.", default=False)
    mode: Literal["bind", "volume"] = setting(help="Which kind.", default="bind")
    timeout: Duration | None = setting(help="How long.", default=None, limit="timeout")
    args: Words = setting(help="Arguments.", default=())
    labels: Mapping[str, str] = setting(help="Labels.", factory=dict)
    ports: Mapping[str, int] = setting(help="Ports.", factory=dict)
    mount: tuple[Mount, ...] = setting(help="Mounts.", default=())
    auth: Mount | None = setting(help="One block.", default=None)
    token: str = setting(help="A secret.", default="", secret=True)
    pin: int = setting(help="A secret number.", default=0, secret=True)
    anything: Any = setting(help="Whatever.", default=None)
    paint: Colour = setting(help="A choice.", default=Colour.RED)
    paints: tuple[Colour, ...] = setting(help="Choices.", default=())
    either: str | int | None = setting(help="A name or a number.", default=None)
    url: str = setting(help="A file to fetch.", default="", artifact=ArtifactField(checksum="sum"))
    sum: str = setting(help="Its checksum.", default="")


def exactly(**values: object) -> Settings:
    return read(Settings, Located(value=values), path="config")


def leniently(**values: object) -> Settings:
    return read(Settings, Located(value=values, lenient=True), path="config")


def mistakes(reading: Callable[..., Settings], **values: object) -> str:
    with pytest.raises(MistakeError) as raised:
        reading(**values)
    return str(raised.value)


EXACT: dict[str, tuple[object, object]] = {
    "image": ("a", "a"),
    "count": (4, 4),
    "share": (1, 1.0),
    "fast": (True, True),
    "mode": ("volume", "volume"),
    "timeout": ("1h30m", 5400.0),
    "args": (["a", "b c"], ("a", "b c")),
    "labels": ({"a": "b"}, {"a": "b"}),
    "mount": ([{"source": "/a"}], (Mount(source="/a"),)),
    "auth": ({"source": "/a"}, Mount(source="/a")),
    "anything": ([{"x": 1}], [{"x": 1}]),
    "paint": ("blue", Colour.BLUE),
    "paints": (["blue", Colour.RED], (Colour.BLUE, Colour.RED)),
    "either": (3, 3),
}


@pytest.mark.parametrize("name", EXACT)
def test_an_exact_value_is_read(name: str) -> None:
    given, expected = EXACT[name]
    found = getattr(exactly(**{name: given}), name)
    assert (found, type(found)) == (expected, type(expected))


INEXACT: dict[str, object] = {
    "image": 3,
    "count": "4",
    "share": "0.5",
    "fast": "true",
    "mode": "volum",
    "timeout": "soon",
    "args": "don't",
    "labels": {"a": 1},
    "ports": {"http": "80"},
    "paint": "bleu",
    "paints": ["red", 3],
    "either": [],
}


def test_values_from_python_and_json_are_exact(golden: Golden) -> None:
    golden("settings-exact", mistakes(exactly, **INEXACT))


LENIENT: list[tuple[str, object, object]] = [
    ("image", 3, "3"),
    ("image", 1.5, "1.5"),
    ("image", True, "true"),
    ("count", "4", 4),
    ("count", 4.0, 4),
    ("share", "0.5", 0.5),
    ("fast", "true", True),
    ("fast", "0", False),
    ("timeout", 90, 90.0),
    ("timeout", "250ms", 0.25),
    ("args", 1, ("1",)),
    ("args", "-c 'a b'", ("-c", "a b")),
    ("args", [1, True], ("1", "true")),
    ("labels", [{"a": 1}], {"a": "1"}),
    ("mount", {"source": "/a"}, (Mount(source="/a"),)),
    ("either", "3", "3"),
    ("either", 3, 3),
    ("either", 2.5, "2.5"),
    ("either", None, None),
    ("auth", [{"source": "/a", "readonly": "false"}], Mount(source="/a", readonly=False)),
]


@pytest.mark.parametrize(("name", "given", "expected"), LENIENT)
def test_in_a_job_file_values_convert_where_nothing_is_lost(
    name: str, given: object, expected: object
) -> None:
    found = getattr(leniently(**{name: given}), name)
    assert (found, type(found)) == (expected, type(expected))


LOSSY: dict[str, object] = {
    "image": ["a"],
    "count": "4.5",
    "share": "half",
    "fast": "yes",
    "mode": 1,
    "timeout": True,
    "args": "don't",
    "labels": [{"a": "b"}, {"c": "d"}],
    "ports": {"http": "eighty"},
    "mount": "/a",
    "auth": [{"source": "/a"}, {"source": "/b"}],
    "url": [{"x": 1}],
    "sum": [{"x": 1}, {"y": 1}],
}


def test_in_a_job_file_nothing_is_lost(golden: Golden) -> None:
    golden("settings-lenient", mistakes(leniently, **LOSSY))


def test_every_mistake_is_told_at_once(golden: Golden) -> None:
    wrong = {
        "imagee": "a",
        "colour": "red",
        "count": 3,
        "mount": [{"source": "/a", "readonly": 1}, {}, {"source": 2, "sauce": "x"}],
    }
    golden("settings-all-at-once", mistakes(exactly, **wrong))


def is_odd(_: object, field: attrs.Attribute[Any], value: int) -> None:
    if not value % 2:
        msg = f"found {value}, which is even"
        raise ValueError(msg, field)


def beside(settings: Numbers, field: attrs.Attribute[Any], value: int) -> None:
    if value == settings.odd:
        msg = "found the same twice"
        raise ValueError(msg, field)


@frozen(kw_only=True)
class Numbers:
    odd: int = setting(help="One.", default=1, validator=is_odd)
    even: int = setting(help="Another.", default=0, validator=is_even)
    beside: int = setting(help="A third.", default=2, validator=beside)
    pin: int = setting(help="A secret.", default=0, validator=is_even, secret=True)
    inner: tuple[Numbers, ...] = setting(help="More.", default=())


def wrong_numbers(**values: object) -> list[str]:
    with pytest.raises(MistakeError) as raised:
        read(Numbers, Located(value=values), path="config")
    return str(raised.value).splitlines()


def test_all_validators_are_asked_at_once_and_beside_mistakes_of_other_kinds() -> None:
    wrong = {"odd": 2, "even": 3, "inner": [{}, {"even": 5}], "beside": "x", "nonsense": 1}
    assert sorted(wrong_numbers(**wrong)) == [
        "config.beside: expected whole number, found string 'x'",
        "config.even: found 3, which is odd; write an even number",
        "config.inner[1].even: found 5, which is odd; write an even number",
        "config.nonsense: unknown key 'nonsense'; known keys: beside, even, inner, odd, pin",
        "config.odd: found 2, which is even",
    ]


def test_a_validator_that_looks_at_another_field_is_asked_when_all_else_is_right() -> None:
    assert wrong_numbers(beside=3, odd=3) == ["config.beside: found the same twice"]
    assert wrong_numbers(beside=3, odd=3, even=1) == [
        "config.even: found 1, which is odd; write an even number"
    ]


def test_a_validator_of_a_secret_does_not_show_it() -> None:
    said = wrong_numbers(pin=4711, even=1)
    assert "config.pin: not acceptable (not shown: it is a secret)" in said


def test_a_field_s_own_check_speaks_at_the_field() -> None:
    assert mistakes(exactly, count=3) == "config.count: found 3, which is odd; write an even number"


def test_a_secret_is_never_shown(golden: Golden) -> None:
    said = mistakes(exactly, token=["hunter2"], pin="hunter2", auth={"source": 1})
    assert "hunter2" not in said
    golden("settings-secret", said)


def test_a_secret_is_not_shown_by_repr() -> None:
    assert "hunter2" not in repr(exactly(token="hunter2"))


def test_a_value_that_may_hold_a_secret_is_not_shown_by_the_repr_of_where_it_stands() -> None:
    assert "hunter2" not in repr(Located(value={"token": "hunter2"}))


def test_the_second_of_two_blocks_is_where_it_is_wrong() -> None:
    places = {("auth",): "a.hcl:2:3", ("auth", 0): "a.hcl:2:8", ("auth", 1): "a.hcl:6:8"}
    source = Located(value={"auth": [{"source": "/a"}, {"source": "/b"}]}, positions=places)
    with pytest.raises(MistakeError) as raised:
        read(Settings, source, path="config")
    assert str(raised.value) == "a.hcl:6:8: config.auth: only one block is allowed, found 2"


class Handle:
    """What lives in a process."""


@frozen
class Foreign:
    raw: Handle | None = setting(help="What no file holds.", default=None)


@pytest.mark.parametrize("ask", [read, check])
def test_a_type_that_no_file_can_hold_is_the_driver_s_fault(ask: Callable[..., object]) -> None:
    with pytest.raises(
        DriverError, match=r"^config\.raw: the driver declares it as Handle, which no file can hold$"
    ):
        ask(Foreign, Located(value={"raw": "x"}), path="config")


def test_a_number_that_is_a_secret_is_not_shown_in_a_job_file() -> None:
    assert "hunter2" not in mistakes(leniently, pin="hunter2")


POSITIONS = {
    (): "job.hcl:1:1",
    ("image",): "job.hcl:2:11",
    ("mount",): "job.hcl:3:3",
    ("mount", 0, "readonly"): "job.hcl:4:16",
    ("mount", 1): "job.hcl:6:3",
    ("auth", 0): "job.hcl:9:3",
    ("auth", 0, "source"): "job.hcl:10:14",
    ("labels", "a"): "job.hcl:12:9",
}


def test_a_mistake_stands_where_the_value_stands(golden: Golden) -> None:
    wrong = {
        "image": [],
        "mount": [{"source": "/a", "readonly": "x"}, {}],
        "auth": [{"source": []}],
        "labels": {"a": []},
        "colour": "red",
    }
    with pytest.raises(MistakeError) as raised:
        read(Settings, Located(value=wrong, positions=POSITIONS, lenient=True), path="job.task.config")
    golden("settings-positions", raised.value)


def test_no_block_at_all_is_an_empty_block() -> None:
    assert read(Settings, Located(value=None), path="config") == Settings()


@pytest.mark.parametrize("value", ["text", 3, ["a"], [{"image": "a"}, {}]])
def test_what_is_no_block_is_refused(value: object) -> None:
    with pytest.raises(MistakeError) as raised:
        read(Settings, Located(value=value), path="config")
    assert str(raised.value).startswith(("config: expected a block, found ", "config: only one block"))


DEFERRED = {
    "count": "${meta.count}",
    "fast": "${meta.fast}",
    "share": "${meta.share}",
    "timeout": "${meta.timeout}",
    "mode": "${meta.mode}",
    "mount": "${meta.mounts}",
}


def test_a_field_that_holds_an_interpolation_is_judged_later() -> None:
    found = check(Settings, Located(value=DEFERRED, lenient=True), path="config")
    assert found.problems == ()
    assert sorted(found.deferred) == sorted(f"config.{name}" for name in DEFERRED)


def test_a_text_that_holds_an_interpolation_is_a_text() -> None:
    found = check(Settings, Located(value={"image": "${meta.image}"}, lenient=True), path="config")
    assert (found.problems, found.deferred) == ((), ())


def test_what_is_sure_is_told_beside_what_has_to_wait() -> None:
    wrong = {"count": "${meta.count}", "imagee": "a"}
    found = check(Settings, Located(value=wrong, lenient=True), path="config")
    texts = [str(problem) for problem in found.problems]
    assert texts == ["config.imagee: unknown key 'imagee'; did you mean 'image'?"]
    assert found.deferred == ("config.count",)


def test_an_interpolation_that_nothing_resolved_is_a_mistake(golden: Golden) -> None:
    golden("settings-unresolved", mistakes(leniently, **DEFERRED))


def test_a_marked_field_asks_for_an_artifact() -> None:
    (request,) = artifacts(exactly(url="https://h/a", sum="md5:1"))
    assert (request.source, request.checksum, request.mode) == ("https://h/a", "md5:1", "file")


def test_an_empty_field_asks_for_no_artifact() -> None:
    assert artifacts(exactly()) == ()


def test_a_limit_is_asked_for_when_it_is_set() -> None:
    assert asked_limits(exactly(timeout="5s")) == {"timeout"}
    assert asked_limits(exactly()) == frozenset()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("1h30m", 5400), ("1.5s", 1.5), ("100us", 0.0001), ("-2s", -2), ("+2s", 2), (".5s", 0.5)],
)
def test_durations_are_go_s(text: str, seconds: float) -> None:
    assert exactly(timeout=text).timeout == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "5", "s", "5 s", "5x", "1h-5m", "१s"])
def test_what_is_no_duration_is_told(text: str) -> None:
    expected = (
        f"config.timeout: not a duration: {text!r}; write a number with its unit, such as '90s' or '1h30m'"
    )
    assert mistakes(exactly, timeout=text) == expected


def test_the_list_of_one_that_json_has_for_a_block_is_a_block() -> None:
    found = read(Settings, Located(value=[{"auth": [{"source": "/a"}], "mount": {"source": "/b"}}]), path="c")
    assert (found.auth, found.mount) == (Mount(source="/a"), (Mount(source="/b"),))
