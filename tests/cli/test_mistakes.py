"""Bad input: words on stderr, the exit status, nothing left running or half-written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.cli.shell import Shell, as_nobody, job, sh, task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ECHO = 'command = "echo"\nargs = "hi"'


def artifact(source: str, more: str = "") -> str:
    return f'artifact {{\nsource = "{source}"\n{more}\n}}\nrestart {{ attempts = 0 }}'


JOBS = {
    "syntax": 'job "j" {\n  group "g" {\n    task "t" {\n      driver = \n  }\n',
    "unknown-driver": job(task("t", ECHO, driver="exce")),
    "unknown-key": job(task("t", 'comand = "echo"\ncommand = "echo"')),
    "unknown-block": job(sh("true", more="restarts { attempts = 0 }")),
    "not-acted-on-yet": job(sh("true", more='template {\ndata = "x"\ndestination = "local/x"\n}\nvault {}')),
    "wrong-type": job(task("t", 'command = ["echo"]\ntimeout = "soon"')),
    "missing-command": job(task("t", "args = [1]")),
    "empty-command": job(task("t", 'command = ""')),
    "no-such-command": job(task("t", 'command = "/nowhere/program"')),
    "no-such-command-on-path": job(task("t", 'command = "no-such-program"')),
    "not-executable": job(task("t", 'command = "/etc/hostname"')),
    "unknown-variable": job(task("t", 'command = "echo"\nargs = ["${NO_SUCH}"]')),
    "denied-user": job(sh("true", more='user = "root"')),
    "unknown-user": job(sh("true", more='user = "nobody-of-that-name"\nrestart { attempts = 0 }')),
    "unmet-constraint": job(
        sh("true", more='constraint {\nattribute = "${attr.kernel.name}"\nvalue = "plan9"\n}')
    ),
    "disabled-driver": job(sh("true", driver="raw_exec")),
    "escaping-destination": job(
        sh("true", more=artifact("http://127.0.0.1:9/x", 'destination = "../../../x"'))
    ),
    "refused-artifact": job(sh("true", more=artifact("file:///etc/passwd"))),
    "refused-scheme": job(sh("true", more=artifact("gopher://127.0.0.1/x"))),
    "artifact-mode": job(sh("true", more=artifact("http://127.0.0.1:9/x", 'mode = "fil"'))),
    "artifact-without-source": job(sh("true", more="artifact {\n}")),
    "misspelt-root": job(task("t", 'command = "true"\nargs = [vra.n, "${lcoal.n}"]', driver="exec")),
    "several-at-once": job(
        task("a", "comand = 1", driver="exec"),
        task("b", ECHO, driver="exce"),
        task("c", "run_fore = 1", driver="mock_driver"),
    ),
    "unknown-meta": job(
        task("t", 'command = "echo"\nargs = ["${NOMAD_META_colour}"]', more='meta { color = "red" }')
    ),
    "unknown-kill-signal": job(sh("true", more='kill_signal = "SIGNOPE"')),
}


@pytest.mark.parametrize("name", JOBS)
def test_a_mistake_in_the_job_is_told(name: str, ostler: Shell) -> None:
    ran = ostler.run(JOBS[name])
    ostler.says(name, ran.errors)
    assert (ran.code, ran.stdout) == (2, b"")
    assert ostler.left() == []


@pytest.mark.parametrize(
    "name",
    [
        "syntax",
        "unknown-driver",
        "unknown-key",
        "wrong-type",
        "several-at-once",
        "unknown-user",
        "unknown-variable",
        "unknown-meta",
    ],
)
def test_validate_tells_the_same_as_run(name: str, ostler: Shell) -> None:
    ran = ostler("validate", ostler.file(JOBS[name]))
    ostler.says(name, ran.errors)
    assert (ran.code, ran.stdout) == (2, b"")


def test_what_is_wrong_before_anything_runs_makes_no_allocation(ostler: Shell) -> None:
    for name in (
        "unknown-key",
        "refused-artifact",
        "unmet-constraint",
        "disabled-driver",
        "denied-user",
        "empty-command",
        "unknown-user",
        "unknown-variable",
        "unknown-meta",
    ):
        assert ostler.run(JOBS[name]).code == 2
    assert ostler.allocations() == []


def test_an_artifact_that_is_not_found_is_told(ostler: Shell, site: tuple[str, Path]) -> None:
    ran = ostler.run(job(sh("true", more=artifact(f"{site[0]}/absent"))))
    ostler.says("artifact-not-found", ran.errors)
    assert ran.code == 2
    assert ostler.left() == []


def test_a_server_that_nobody_is_at_is_told(ostler: Shell) -> None:
    ran = ostler.run(job(sh("true", more=artifact("http://127.0.0.1:9/x"))))
    ostler.says("artifact-no-server", ran.errors)
    assert ran.code == 2
    assert ostler.left() == []


def test_a_checksum_that_differs_is_told_and_nothing_is_kept(ostler: Shell, site: tuple[str, Path]) -> None:
    (site[1] / "file.txt").write_text("content")
    options = f'options {{\nchecksum = "sha256:{"0" * 64}"\n}}'
    ran = ostler.run(job(sh("true", more=artifact(f"{site[0]}/file.txt", options))))
    ostler.says("artifact-checksum", ran.errors)
    assert ran.code == 2
    assert ostler.left() == []
    assert list(ostler.data_dir.rglob("file.txt")) == []


def test_a_destination_that_escapes_once_interpolated_is_told(ostler: Shell, site: tuple[str, Path]) -> None:
    (site[1] / "file.txt").write_text("content")
    more = (
        artifact(f"{site[0]}/file.txt", 'destination = "${NOMAD_META_UP}/../../../x"')
        + '\nmeta { UP = "../.." }'
    )
    ran = ostler.run(job(sh("true", more=more)))
    assert ran.code == 2
    assert "leaves the allocation's directory" in ran.errors
    assert list(ostler.folder.parent.rglob("x")) == []


FILES = {
    "binary": b"\x7fELF\x02\x01\x01\x00\x00",
    "invalid-utf8": b'job "\xff" {}\n',
    "empty": b"",
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("command", ["run", "validate"])
def test_a_file_that_is_no_job_is_told(name: str, command: str, ostler: Shell) -> None:
    ran = ostler(command, ostler.file(FILES[name]))
    ostler.says(f"job-{name}", ran.errors)
    assert ran.code == 2


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_configuration_is_told(name: str, ostler: Shell) -> None:
    ran = ostler.run(job(sh("true")), "--config", ostler.file(FILES[name], "agent.hcl"))
    ostler.says(f"config-{name}", ran.errors)
    assert ran.code == (0 if name == "empty" else 2)


@pytest.mark.parametrize("place", ["missing.hcl", ".", "job.nomad.hcl/below"])
def test_a_job_that_cannot_be_read_is_told(place: str, ostler: Shell) -> None:
    ostler.file(job(sh("true")))
    for command in (["run"], ["run", "--output"], ["validate"]):
        ran = ostler(*command, place)
        ostler.says(f"job-place-{place.strip('.').replace('/', '-') or 'directory'}", ran.errors)
        assert (ran.code, ran.stdout) == (2, b"")


@pytest.mark.parametrize("place", ["missing.hcl", "nothing"])
def test_a_configuration_that_cannot_be_read_is_told(place: str, ostler: Shell) -> None:
    (ostler.folder / "nothing").mkdir()
    ran = ostler.run(job(sh("true")), "--config", place)
    ostler.says(f"config-place-{place}", ran.errors)
    assert (ran.code, ran.stdout) == (2, b"")


AGENTS = {
    "key": 'client {\n  optins { }\n}\nplugin "exec" {\n  config {\n    defalt_user = "nobody"\n  }\n}\n',
    "plugin-missing": 'plugin "podman" {\n  config {}\n}\n',
    "limits": 'plugin "exec" {\n  config {\n    limits = "x"\n    pids_limit = "many"\n  }\n}\n',
    "type": 'plugin "exec" {\n  config {\n    pids_limit = "many"\n    min_isolation = "total"\n  }\n}\n',
}


@pytest.mark.parametrize("name", AGENTS)
def test_a_mistake_in_the_configuration_is_told(name: str, ostler: Shell) -> None:
    ran = ostler.run(job(sh("true")), "--config", ostler.file(AGENTS[name], "agent.hcl"))
    ostler.says(f"agent-{name}", ran.errors)
    assert (ran.code, ran.stdout) == (2, b"")
    assert ostler.left() == []


def test_a_data_directory_that_is_a_file_is_told(ostler: Shell) -> None:
    ostler.file("", "taken")
    ran = ostler.run(job(sh("true")), "--data-dir", "taken")
    ostler.says("data-dir-file", ran.errors)
    assert ran.code == 2


def test_a_data_directory_that_cannot_be_made_is_told(ostler: Shell) -> None:
    ran = ostler.run(job(sh("true")), "--data-dir", "/proc/no/data")
    ostler.says("data-dir-proc", ran.errors)
    assert ran.code == 2


@pytest.mark.parametrize("name", ["alloc", "client", "drivers"])
def test_a_file_where_a_folder_of_the_data_directory_belongs_is_told(name: str, ostler: Shell) -> None:
    (ostler.data_dir / name).write_text("in the way")
    ran = ostler.run(job(sh("true")))
    ostler.says(f"data-dir-no-{name}", ran.errors)
    assert ran.code == 2


@pytest.mark.need("setpriv")
def test_a_read_only_data_directory_is_told(
    ostler: Shell, everybodys: Path, need_kernel: Callable[[str], None]
) -> None:
    if os.geteuid() != 0:
        need_kernel("only root can become another user")
    directory = everybodys / "data"
    directory.mkdir(mode=0o755)
    path = everybodys / "job.nomad.hcl"
    path.write_text(job(sh("true")))
    ran = as_nobody(everybodys, "run", "--data-dir", str(directory), str(path))
    words = ran.stderr.decode().replace(str(everybodys), "FOLDER")
    ostler.says("data-dir-read-only", words)
    assert ran.returncode == 2
    assert list(directory.iterdir()) == []


def test_an_unknown_option_ends_with_2(ostler: Shell) -> None:
    ran = ostler("run", "--jsn", "x.hcl")
    assert ran.code == 2
    assert "--json" in ran.errors


def test_no_file_ends_with_2(ostler: Shell) -> None:
    assert ostler("run").code == 2


def test_secrets_in_a_url_are_not_shown(ostler: Shell, site: tuple[str, Path]) -> None:
    url = site[0].replace("http://", "http://user:hunter2@")
    ran = ostler.run(job(sh("true", more=artifact(f"{url}/absent?token=hunter2"))))
    assert ran.code == 2
    assert "hunter2" not in ran.errors
