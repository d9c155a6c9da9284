from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import ostler.executor
from ostler.executor import Command, Exit, Isolation, Limits, LogFiles, Mount, Process, Reason, Tier


def a_process() -> Process:
    return Process(
        id="a/b/c", pid=7, boot_id="x", start_time=9, directory="/d", tier=Tier.ROOT, cgroups=("/g",)
    )


def test_a_process_survives_being_written_down_as_json() -> None:
    process = a_process()
    assert Process.from_dict(json.loads(json.dumps(process.to_dict()))) == process


def test_a_newer_handle_can_be_read() -> None:
    assert Process.from_dict({**a_process().to_dict(), "colour": "red"}) == a_process()


def test_a_command_line_in_one_text_is_not_taken_for_its_letters() -> None:
    with pytest.raises(TypeError, match=r"Command\.argv: expected a tuple of words .*, found 'sh -c true'"):
        Command(id="a", argv="sh -c true")


def test_what_is_of_another_type_is_refused_where_it_is_written() -> None:
    cases: list[tuple[type, dict[str, Any], str]] = [
        (Command, {"argv": (Path("/bin/echo"),)}, "argv: expected a tuple of words"),
        (Command, {"argv": None}, "argv: expected a tuple of words"),
        (Command, {"env": {"A": 1}}, r"env: expected texts by name .*, found \{'A': 1\}"),
        (Command, {"env": None}, "env: expected texts by name"),
        (Command, {"user": 1000}, "user: expected text, found 1000"),
        (Command, {"stdout": -1}, "stdout: expected a path or LogFiles, found -1"),
        (Command, {"stderr": None}, "stderr: expected a path or LogFiles, found None"),
        (Command, {"stdin": b"abc"}, r"stdin: expected a path \(bytes and open files .*, found b'abc'"),
        (Isolation, {"namespaces": "mount"}, r"namespaces: expected a set .*, found 'mount'"),
        (Isolation, {"ambient": "net_raw"}, r"ambient: expected a set .*, found 'net_raw'"),
        (Isolation, {"root": ("/",)}, r"root: expected a tuple of mounts .*, found \('/',\)"),
        (Isolation, {"network": None}, "network: expected text, found None"),
        (Limits, {"memory_bytes": "64MiB"}, "memory_bytes: expected a whole number or None, found '64MiB'"),
        (Limits, {"memory_bytes": 1e9}, "memory_bytes: expected a whole number or None, found 1000000000.0"),
        (Limits, {"pids": True}, "pids: expected a whole number or None, found True"),
        (Limits, {"output_bytes": "5MB"}, "output_bytes: expected a whole number or None, found '5MB'"),
        (Limits, {"timeout_seconds": "5s"}, "timeout_seconds: expected a number or None, found '5s'"),
        (Limits, {"cores": 1}, "cores: expected text .*, found 1"),
        (
            LogFiles,
            {"directory": "d", "prefix": "a", "max_file_bytes": "10MB"},
            "max_file_bytes: expected a whole",
        ),
        (Command, {"disk": "/srv"}, r"disk: expected a tuple of paths .*, found '/srv'"),
        (LogFiles, {"directory": 3, "prefix": "a"}, "directory: expected a path, found 3"),
    ]
    for kind, fields, words in cases:
        needed = {"id": "a", "argv": ("true",)} if kind is Command else {}
        with pytest.raises(TypeError, match=rf"^{kind.__name__}\.{words}"):
            kind(**{**needed, **fields})


def test_paths_may_be_given_as_objects_and_names_as_a_list() -> None:
    root = [Mount(Path("/usr"), Path("/usr"))]
    isolation = Isolation(namespaces=["mount", "pid"], root=root)
    command = Command(
        id="a", argv=["true"], cwd=Path("/usr"), stdout=Path("out"), disk=[Path("d")], isolation=isolation
    )
    assert command.isolation.root == (Mount("/usr", "/usr"),)
    assert command.isolation.namespaces == {"mount", "pid"}
    assert (command.argv, command.cwd, command.stdout) == (("true",), "/usr", "out")
    assert command.disk == ("d",)


@pytest.mark.parametrize(("tier", "least"), [("root", "userns"), ("userns", "userns"), ("none", "none")])
def test_a_tier_reaches_those_below_it(tier: str, least: str) -> None:
    assert Tier(tier).reaches(Tier(least))


def test_a_tier_does_not_reach_a_better_one() -> None:
    assert not Tier.NONE.reaches(Tier.USERNS)


def test_only_an_exit_of_its_own_with_code_zero_is_successful() -> None:
    assert Exit(code=0).successful
    assert not Exit(code=1).successful
    assert not Exit(code=0, reason=Reason.STOPPED).successful


def test_every_public_name_can_be_had() -> None:
    assert all(getattr(ostler.executor, name) for name in ostler.executor.__all__)
