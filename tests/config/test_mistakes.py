"""What an operator reads after a mistake in the agent's file; the words are in golden/."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ostler import Client
from ostler.config import AgentConfig, FlawedConfigError, PluginBlock, check_plugins, load, loads
from ostler.errors import MistakeError, by_place

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(each for each in GOLDEN.iterdir() if each.suffix in {".hcl", ".json"})


def _words(content: str | bytes, filename: str) -> str:
    with pytest.raises(MistakeError) as raised:
        loads(content, filename)
    return f"{raised.value}\n"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_mistake_of_a_file_is_named_at_once(file: Path) -> None:
    expected = file.with_suffix(file.suffix + ".txt").read_text("utf-8")
    assert _words(file.read_bytes(), file.name) == expected


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"\x7fELF\x02\x01\x01\x00\x00",
            "agent.hcl:1:8: a zero byte at offset 7: expected a text, found a binary file\n",
        ),
        (b'name = "\xff"', "agent.hcl:1:9: invalid UTF-8: byte 0xff at offset 8; expected a text in UTF-8\n"),
        (
            'name = "n1"'.encode("utf-16"),
            (
                "agent.hcl:1:1: invalid UTF-8: byte 0xff at offset 0; expected a text in UTF-8, "
                "found UTF-16; save the file as UTF-8\n"
            ),
        ),
    ],
)
def test_what_is_no_text_is_refused(content: bytes, words: str) -> None:
    assert _words(content, "agent.hcl") == words


def _unreadable(path: Path) -> str:
    with pytest.raises(MistakeError) as raised:
        load(path)
    return str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "agent.hcl"
    assert _unreadable(path) == f"{path}: the configuration can't be read: No such file or directory"


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "agent.hcl"
    path.write_text("")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("the kernel lets this user read every file")
    assert _unreadable(path) == f"{path}: the configuration can't be read: Permission denied"


def test_a_path_through_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "agent.hcl"
    assert _unreadable(path) == f"{path}: the configuration can't be read: Not a directory"


def test_an_endless_file_is_refused() -> None:
    assert (
        _unreadable(Path("/dev/zero"))
        == "/dev/zero: the configuration can't be read: it is larger than 16 MiB"
    )


def test_a_path_too_long_for_the_kernel_is_named() -> None:
    assert _unreadable(Path("x" * 300)) == f"{'x' * 300}: the configuration can't be read: File name too long"


def test_a_directory_without_configuration_is_named(tmp_path: Path) -> None:
    (tmp_path / "agent.hcl~").write_text("")
    (tmp_path / ".agent.hcl").write_text("")
    assert (
        _unreadable(tmp_path)
        == f"{tmp_path}: the configuration can't be read: the directory holds no *.hcl or *.json file"
    )


def test_the_mistakes_of_all_files_of_a_directory_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.hcl").write_text("nam = 1")
    (tmp_path / "b.json").write_text('{"nam": 1}')
    assert _unreadable(tmp_path) == (
        f"{tmp_path}/a.hcl:1:1: unknown key 'nam'; did you mean 'name'?\n"
        f"{tmp_path}/b.json:1:2: unknown key 'nam'; did you mean 'name'?"
    )


def test_what_is_wrong_with_a_file_leaves_its_plugin_blocks_to_be_checked() -> None:
    text = 'plugin "podmn" {\n}\nplugin "exec" {\n  limit = 1\n}\nplugin {\n}\nacl {\n  enabled = true\n}\n'
    with pytest.raises(FlawedConfigError) as raised:
        loads(text, "agent.hcl")
    missing = check_plugins(raised.value.config, ["exec"])
    problems = sorted([*raised.value.problems, *missing], key=by_place)
    assert [f"{each.where} {each.path}" for each in problems] == [
        "agent.hcl:1:1 plugin.podmn",
        "agent.hcl:4:3 plugin.exec",
        "agent.hcl:6:1 ",
        "agent.hcl:8:1 acl",
    ]


def test_the_plugin_blocks_of_all_files_are_left_to_be_checked(tmp_path: Path) -> None:
    (tmp_path / "a.hcl").write_text('plugin "one" {\n}\n')
    (tmp_path / "b.json").write_text('{"plugin": {"two": {"limits": 1}}}')
    (tmp_path / "c.hcl").write_text('plugin "three" {')
    with pytest.raises(FlawedConfigError) as raised:
        load(tmp_path)
    assert (list(raised.value.config.plugins), raised.value.config.directory) == (
        ["one", "two"],
        str(tmp_path),
    )


def test_a_client_tells_every_mistake_of_its_configuration_at_once(tmp_path: Path) -> None:
    path = tmp_path / "agent.hcl"
    path.write_text('plugin "podmn" {\n}\nplugin "exec" {\n  limit = 1\n}\nacl {\n  enabled = true\n}\n')
    with pytest.raises(MistakeError) as raised:
        Client(path, drivers={"exec": object})
    assert [(each.where.removeprefix(str(path)), each.path) for each in raised.value.problems] == [
        (":1:1", "plugin.podmn"),
        (":4:3", "plugin.exec"),
        (":6:1", "acl"),
    ]


def test_plugin_blocks_that_come_from_no_file_are_checked_too() -> None:
    config = AgentConfig(plugins={name: PluginBlock(name=name) for name in ("podmn", "dockr")})
    with pytest.raises(MistakeError) as raised:
        Client(config)
    assert [(each.where, each.path) for each in raised.value.problems] == [
        ("", "plugin.podmn"),
        ("", "plugin.dockr"),
    ]
