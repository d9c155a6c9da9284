"""The commands beside `run`."""

from __future__ import annotations

import json

import pytest

from tests.cli.shell import Shell, job, sh, task

GATE = 'plugin "raw_exec" { config { enabled = true } }'


def test_validate_says_that_a_job_is_valid_and_runs_nothing(ostler: Shell) -> None:
    ran = ostler("validate", ostler.file(job(sh("exit 3"))))
    assert (ran.code, ran.stdout) == (0, b"job.nomad.hcl: the job is valid\n")
    assert ostler.allocations() == []


def test_validate_says_what_is_checked_again(ostler: Shell) -> None:
    config = 'command = "echo"\ntimeout = "${NOMAD_META_T}"'
    ran = ostler("validate", ostler.file(job(task("t", config, more='meta { T = "9s" }'))))
    assert ran.code == 0
    assert "job.j.group[0].task[0].config.timeout" in ran.errors


def test_validate_refuses_no_name_that_the_start_will_know(ostler: Shell) -> None:
    names = ("NOMAD_META_word", "NOMAD_META_WORD", "NOMAD_ALLOC_INDEX", "NOMAD_TASK_DIR", "OWN", "PATH")
    words = ", ".join(
        f'"${{{name}}}"' for name in (*names, "attr.kernel.name", "node.datacenter", 'env["OWN"]')
    )
    more = 'meta { word = "x" }\nenv { OWN = "${NOMAD_JOB_ID}" }\nrestart { attempts = 0 }\nuser = "65534"'
    text = job(task("t", f'command = "echo"\nargs = [{words}]', more=more))
    assert ostler("validate", ostler.file(text)).code == 0
    ran = ostler.run(text)
    assert (ran.code, ran.stdout.split()[:3]) == (0, [b"x", b"x", b"0"])


def test_output_prints_the_api_s_json_and_asks_no_driver(ostler: Shell) -> None:
    ran = ostler("run", "--output", ostler.file(job(task("t", 'image = "x"', driver="no-such-driver"))))
    found = json.loads(ran.stdout)["Job"]
    assert (ran.code, ran.errors) == (0, "")
    assert found["ID"] == "j"
    assert found["TaskGroups"][0]["Tasks"][0]["Driver"] == "no-such-driver"
    assert list(ostler.data_dir.iterdir()) == []


def test_canonical_output_fills_in_the_defaults(ostler: Shell) -> None:
    ran = ostler("run", "--output", "--canonical", ostler.file(job(task("t", 'image = "x"'))))
    found = json.loads(ran.stdout)["Job"]
    assert (ran.code, ran.errors) == (0, "")
    assert (found["Region"], found["TaskGroups"][0]["Tasks"][0]["KillTimeout"]) == ("global", 5_000_000_000)


def test_output_of_what_cannot_be_read_ends_with_2(ostler: Shell) -> None:
    ran = ostler("run", "--output", ostler.file('job "j" {'))
    assert (ran.code, ran.stdout) == (2, b"")
    assert "job.nomad.hcl:1:1" in ran.errors


def test_node_prints_attributes_and_drivers_as_json(ostler: Shell) -> None:
    ran = ostler("node", "--json")
    found = json.loads(ran.stdout)
    assert ran.code == 0
    assert found["attributes"]["kernel.name"] == "linux"
    assert found["attributes"]["driver.exec"] == "1"
    assert found["drivers"]["raw_exec"]["health"] == "undetected"
    assert found["drivers"]["raw_exec"]["provider"] == "ostler"


def test_node_draws_a_table(ostler: Shell) -> None:
    ran = ostler("node")
    assert ran.code == 0
    assert "kernel.name" in ran.stdout.decode()


def test_the_configuration_may_stand_before_or_after_the_command(ostler: Shell) -> None:
    agent, file = ostler.file(GATE, "agent.hcl"), ostler.file(job(sh("echo hi", driver="raw_exec")))
    assert ostler("--config", agent, "run", file).stdout == b"hi\n"
    assert ostler("run", "--config", agent, file).stdout == b"hi\n"
    assert ostler("run", file).code == 2


def test_the_data_directory_of_the_command_wins(ostler: Shell) -> None:
    file = ostler.file(job(sh("true")))
    assert ostler("validate", "--data-dir", str(ostler.folder / "other"), file).code == 0
    assert (ostler.folder / "other").is_dir()
    assert list(ostler.data_dir.iterdir()) == []


def test_drivers_are_listed_as_json(ostler: Shell) -> None:
    found = {each["name"]: each for each in json.loads(ostler("driver", "list", "--json").stdout)}
    assert {"exec", "raw_exec", "mock_driver"} <= found.keys()
    assert found["exec"]["provider"] == "ostler"
    assert found["exec"]["target"] == "ostler_drivers.exec:Exec"


def test_drivers_are_listed_for_people(ostler: Shell) -> None:
    assert any(line.startswith("raw_exec ") for line in ostler("driver", "list").lines)


def test_a_schema_tells_both_blocks(ostler: Shell) -> None:
    found = json.loads(ostler("driver", "schema", "exec").stdout)
    assert found["task"]["properties"]["command"]["description"]
    assert "min_isolation" in found["plugin"]["properties"]


def test_a_schema_of_an_unknown_driver_ends_with_2(ostler: Shell) -> None:
    ran = ostler("driver", "schema", "exce")
    assert ran.code == 2
    assert "did you mean 'exec'?" in ran.errors


def test_a_job_may_come_on_stdin(ostler: Shell) -> None:
    text = job(sh("echo hi")).encode()
    assert ostler("run", "-", stdin=text).stdout == b"hi\n"
    assert ostler("validate", "-", stdin=text).stdout == b"-: the job is valid\n"
    assert json.loads(ostler("run", "--output", "-", stdin=text).stdout)["Job"]["ID"] == "j"


def test_a_mistake_on_stdin_has_its_place(ostler: Shell) -> None:
    ran = ostler("run", "-", stdin=job(task("t", 'comand = "echo"', driver="exec")).encode())
    assert ran.code == 2
    ostler.says("stdin-mistake", ran.errors)


def test_relative_paths_of_a_job_on_stdin_start_where_the_command_does(ostler: Shell) -> None:
    ostler.file("content", "thing.txt")
    agent = 'client { artifact {\n allowed_schemes = ["file"]\n allowed_paths = ["."]\n} }'
    more = 'artifact { source = "thing.txt" }'
    text = job(sh("cat /local/thing.txt", more=more)).encode()
    ran = ostler("run", "--config", ostler.file(agent, "agent.hcl"), "-", stdin=text)
    assert (ran.code, ran.stdout) == (0, b"content")


def test_help_and_version(ostler: Shell) -> None:
    assert ostler("--version").stdout.startswith(b"ostler ")
    assert b"validate" in ostler("--help").stdout


@pytest.mark.parametrize("group", [(), ("driver",)])
def test_every_command_of_a_list_is_told_in_a_whole_line_of_eighty_columns(
    group: tuple[str, ...], ostler: Shell
) -> None:
    ran = ostler(*group, "--help", COLUMNS="80")
    listed = ran.stdout.decode().partition("Commands:\n")[2].splitlines()
    assert len(listed) >= 5
    assert [line for line in listed if not line.endswith(".") or line.endswith("...")] == []
