"""What `ostler validate` says to a person and to an editor."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from typing import TYPE_CHECKING, Any

from tests.cli.shell import job, sh, task

if TYPE_CHECKING:
    from tests.cli.shell import Shell

WRONG = job(task("t", 'comand = "echo"\n\targs = ["${NO_SUCH}"]'))


def report(ostler: Shell, text: str, code: int) -> dict[str, Any]:
    ran = ostler("validate", "--json", ostler.file(text))
    assert ran.code == code, ran.errors
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def on_a_terminal(ostler: Shell, text: str, **variables: str) -> str:
    """Let `ostler validate` write to a terminal, and give what it wrote."""
    name, (reader, writer) = ostler.file(text), pty.openpty()
    words, environment = ostler.words(["validate", name]), {**ostler.environment, **variables}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        words, cwd=ostler.folder, env=environment, stderr=writer, stdin=quiet, stdout=quiet
    ) as process:
        os.close(writer)
        written = b""
        try:
            while piece := os.read(reader, 1 << 16):
                written += piece
        except OSError:  # the last writer has gone
            pass
        finally:
            os.close(reader)
        assert process.wait() == 2
    return written.decode()


def test_every_problem_is_given_with_its_range(ostler: Shell) -> None:
    found = report(ostler, WRONG, 2)
    assert found["valid"] is False
    where = [(each["severity"], each["where"], each["path"]) for each in found["problems"]]
    path = "job.j.group[0].task[0].config"
    assert where == [
        ("error", "job.nomad.hcl:8:7", f"{path}.command"),
        ("error", "job.nomad.hcl:9:1", f"{path}.comand"),
    ]
    stretch = found["problems"][1]["range"]
    begin = WRONG.index("comand")
    assert stretch == {
        "filename": "job.nomad.hcl",
        "start": {"line": 9, "column": 1, "offset": begin},
        "end": {"line": 9, "column": 7, "offset": begin + 6},
    }
    assert found["problems"][1]["message"] == "unknown key 'comand'; did you mean 'command'?"


def test_what_the_language_finds_has_a_range_too(ostler: Shell) -> None:
    text = 'job "j" {\n  group "g" {\n'
    (problem,) = report(ostler, text, 2)["problems"]
    assert [text[problem["range"][end]["offset"]] for end in ("start", "end")] == ["g", " "]


def test_a_name_that_nothing_resolves_is_marked_alone(ostler: Shell) -> None:
    text = job(task("t", 'command = "echo"\nargs = [\n"${NO_SUCH}"]'))
    (problem,) = report(ostler, text, 2)["problems"]
    stretch = problem["range"]
    assert text[stretch["start"]["offset"] : stretch["end"]["offset"]] == "${NO_SUCH}"


def test_what_an_artifact_has_wrong_is_told_once(ostler: Shell) -> None:
    artifact = 'artifact {\n  source = ""\n  options {\n    checksum = "md6:abc"\n  }\n}\n'
    found = report(ostler, job(sh("true").replace("driver", f"{artifact}driver", 1)), 2)
    path = "job.j.group[0].task[0].artifact[0]"
    assert [each["path"] for each in found["problems"]] == [f"{path}.source", f"{path}.options.checksum"]


def test_a_file_that_is_not_there_has_no_range(ostler: Shell) -> None:
    ran = ostler("validate", "--json", "absent.hcl")
    assert ran.code == 2
    (problem,) = json.loads(ran.stdout)["problems"]
    assert (problem["where"], problem["range"]) == ("absent.hcl", None)


def test_a_valid_job_has_notes_at_most(ostler: Shell) -> None:
    found = report(ostler, job(sh("true"), group="ephemeral_disk {}"), 0)
    assert found["valid"] is True
    assert [(each["severity"], each["message"]) for each in found["problems"]] == [
        ("note", "not acted on: ephemeral_disk")
    ]


def test_mistakes_are_coloured_on_a_terminal_alone(ostler: Shell) -> None:
    assert "\x1b[31m^^^^^^" in on_a_terminal(ostler, WRONG)
    assert b"\x1b" not in ostler("validate", ostler.file(WRONG)).errors.encode()


def test_no_color_is_heeded(ostler: Shell) -> None:
    written = on_a_terminal(ostler, WRONG, NO_COLOR="1")
    assert "\x1b" not in written
    assert "      | ^^^^^^" in written
