"""What a user reads after a mistake in a job: golden/FILE.txt holds the words for golden/FILE."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from ostler.errors import MistakeError
from ostler.jobs import JobTask, load, loads, read_api
from ostler.jobs.standing import LATER

GOLDEN = Path(__file__).with_name("golden")
CASES = sorted(path for path in GOLDEN.iterdir() if path.suffix in {".hcl", ".json"})
RULES = sorted(path for path in (GOLDEN / "rules").iterdir() if path.suffix == ".hcl")
JOB = 'job "j" {\n  task "t" {\n    driver = "exec"\n  }\n}\n'


def words_of(content: str | bytes, filename: str, *ignore: str) -> str:
    with pytest.raises(MistakeError) as raised:
        loads(content, filename=filename, ignore=ignore)
    return str(raised.value)


def unloadable(path: Path) -> str:
    with pytest.raises(MistakeError) as raised:
        load(path)
    return str(raised.value)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_every_mistake_of_a_job_is_told_at_once_in_these_words(path: Path) -> None:
    words, answer = words_of(path.read_bytes(), path.name), path.with_name(f"{path.name}.txt")
    if os.environ.get("OSTLER_GOLDEN") == "write":
        answer.write_text(f"{words}\n", "utf-8")
    assert f"{words}\n" == answer.read_text("utf-8")


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_every_broken_rule_is_told_at_once_in_these_words(path: Path) -> None:
    words, answer = words_of(path.read_bytes(), path.name, *LATER), path.with_name(f"{path.name}.txt")
    if os.environ.get("OSTLER_GOLDEN") == "write":
        answer.write_text(f"{words}\n", "utf-8")
    assert f"{words}\n" == answer.read_text("utf-8")


@pytest.mark.parametrize("path", [*CASES, *RULES], ids=lambda path: path.name)
def test_every_mistake_names_its_line_and_column(path: Path) -> None:
    for line in words_of(path.read_bytes(), path.name).splitlines():
        name, row, column, _ = line.split(":", 3)
        assert name == path.name
        assert int(row) >= 1
        assert int(column) >= 1


def test_an_empty_file_is_no_job() -> None:
    assert words_of(b" \n", "job.hcl") == 'job.hcl: the file is empty; a job begins with: job "name" {'


def test_binary_data_is_no_job() -> None:
    assert words_of(b"\x7fELF\x02\x00", "job.hcl") == (
        "job.hcl:1:6: a zero byte at offset 5: expected a text, found a binary file"
    )


def test_invalid_utf8_is_no_job() -> None:
    assert words_of(b'job "\xff" {}', "job.hcl") == (
        "job.hcl:1:6: invalid UTF-8: byte 0xff at offset 5; expected a text in UTF-8"
    )


def test_what_cannot_be_read_is_no_output_either() -> None:
    with pytest.raises(MistakeError) as raised:
        read_api((GOLDEN / "types.hcl").read_bytes(), "types.hcl")
    assert "types.hcl:2:17: job.types.type: expected a string, found a list of 1" in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "job.hcl"
    assert unloadable(path) == f"{path}: there is no such file"


def test_a_directory_is_no_job(tmp_path: Path) -> None:
    assert unloadable(tmp_path) == f"{tmp_path}: is a directory; name the job file in it"


def test_a_file_below_a_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "job.hcl"
    path.write_text(JOB)
    assert unloadable(path / "x") == f"{path}/x: can't be read: Not a directory"


def test_a_socket_is_no_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("job.hcl")
        assert unloadable(Path("job.hcl")) == "job.hcl: can't be read: No such device or address"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "job.hcl"
    path.write_text(JOB)
    path.chmod(0)
    assert unloadable(path) == f"{path}: can't be read: Permission denied"


def test_all_patterns_of_affinities_together_are_bounded() -> None:
    blocks = [
        f'affinity {{\n attribute = "x"\n regexp = "\\\\pL{{500}}{number}"\n }}\n' for number in range(420)
    ]
    found = words_of(JOB.replace("  task", "".join(blocks) + "  task"), "job.hcl", "affinity").splitlines()
    assert found[0].endswith("this is not a regular expression of RE2: pattern too large - compile failed")
    assert len(found) == 400
    assert found[-1].endswith(
        ".regexp: all patterns together take more than 20000000 steps; none is tried from here on"
    )


def test_an_ignored_name_has_to_be_known() -> None:
    assert words_of(JOB, "job.hcl", "templte", "zzz", "config") == (
        "--ignore: 'config' is acted on and can't be ignored; take it out of the job\n"
        "--ignore: unknown name 'templte'; did you mean 'template'?\n"
        "--ignore: unknown name 'zzz'; known: action, consul, csi_plugin, device, dispatch_payload, "
        "identity, leader, lifecycle, max_run_duration, network, numa, parameterized, periodic, "
        "schedule, secret, service, shutdown_delay, template, vault, volume, volume_mount"
    )


def test_the_remedy_keeps_what_is_ignored_already() -> None:
    words = words_of((GOLDEN / "not_yet.hcl").read_bytes(), "not_yet.hcl", "template", "vault")
    assert "'template'" not in words
    assert words.splitlines()[0].endswith(
        "--ignore consul,device,leader,lifecycle,network,parameterized,periodic,service,shutdown_delay,"
        "template,vault,volume"
    )


def test_a_file_without_an_end_is_no_job() -> None:
    assert unloadable(Path("/dev/zero")) == "/dev/zero: is larger than 64 MiB; no job is"


def test_a_task_made_by_hand_is_held_to_its_name_too() -> None:
    with pytest.raises(MistakeError) as raised:
        JobTask(name="../x", driver="exec")
    assert str(raised.value) == (
        "task.name: no '/', no '\\' and no NUL may stand in a task's name, found '../x'"
    )


def test_the_name_of_a_job_breaks_no_line() -> None:
    words = words_of('job "a\\nb" {}', "job.hcl")
    assert words == "job.hcl:1:1: job.a\\nb: no group and no task; a job has at least one"


@pytest.mark.parametrize("number", ["1e999999999", "1e-999999999", "9223372036854775808", "1_0", "inf"])
def test_a_number_without_measure_is_refused_at_once(number: str) -> None:
    words = words_of(JOB.replace("{\n", f'{{\n  priority = "{number}"\n', 1), "job.hcl")
    assert words == f"job.hcl:2:14: job.j.priority: expected a whole number, found string {number!r}"
