"""Jobs as they are written, end to end."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.shell import Shell, as_nobody, job, line_with, sh, task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENABLED = 'plugin "raw_exec" { config { enabled = true } }'
SECONDS = 400_000 + os.getpid()  # tells our sleepers from others
PORTABLE = {"OSTLER_EXECUTOR": "portable"}
PLAIN = 'plugin "exec" {\n  config {\n    min_isolation = "none"\n%s\n  }\n}\n'


def variables(ran_stdout: bytes) -> dict[str, str]:
    return dict(line.split("=", 1) for line in ran_stdout.decode().splitlines() if "=" in line)


def test_count_runs_that_many_allocations_each_with_its_index(ostler: Shell) -> None:
    ran = ostler.run(job(sh("echo $NOMAD_ALLOC_INDEX $NOMAD_ALLOC_NAME"), count=3))
    assert sorted(ran.lines) == ["0 j.g[0]", "1 j.g[1]", "2 j.g[2]"]
    assert len(ostler.allocations()) == 3


def test_a_task_that_fails_stops_its_siblings_and_no_other_group(ostler: Shell) -> None:
    text = (
        'job "j" {\n type = "batch"\n'
        f'group "a" {{\n{sh("exit 3", "bad")}\n{sh("sleep 60", "sibling")}\n}}\n'
        f'group "b" {{\n{sh("sleep 1; echo well", "other")}\n}}\n}}\n'
    )
    ran = ostler.run(text)
    assert (ran.code, ran.stdout) == (3, b"well\n")
    assert "sibling: Sibling Task Failed: task 'bad' of the same allocation failed" in ran.errors
    assert "other: Terminated: exit code 0, exited" in ran.errors


def test_a_batch_task_is_restarted_as_its_policy_says(ostler: Shell) -> None:
    policy = 'restart {\nattempts = 2\ninterval = "10s"\ndelay = "0.1s"\nmode = "fail"\n}'
    ran = ostler.run(job(sh("echo again >> /alloc/data/count; exit 3", more=policy)))
    (count,) = ostler.data_dir.glob("alloc/*/alloc/data/count")
    assert ran.code == 3
    assert count.read_text().count("again") == 3
    ostler.says("restarts", ran.errors)


def test_a_batch_task_that_succeeds_is_not_restarted(ostler: Shell) -> None:
    assert ostler.run(job(sh("echo once"))).stdout == b"once\n"


@pytest.mark.parametrize("kind", ["service", "system"])
def test_a_lasting_task_that_succeeds_is_restarted(kind: str, ostler: Shell) -> None:
    policy = 'restart {\nattempts = 1\ninterval = "10s"\ndelay = "0.1s"\nmode = "fail"\n}'
    ran = ostler.run(job(sh("echo run", more=policy), kind=kind))
    assert ran.stdout == b"run\nrun\n"
    assert "Not Restarting: Exceeded allowed attempts 1" in ran.errors


def test_kill_signal_and_kill_timeout_are_honoured(ostler: Shell) -> None:
    more = 'kill_signal = "SIGUSR1"\nkill_timeout = "1s"\nrestart { attempts = 0 }'
    script = "trap 'echo asked' USR1; trap 'echo wrong' INT TERM; echo ready; while true; do sleep 0.1; done"
    running = ostler.start(job(sh(script, more=more)))
    line_with(running.stdout, "ready")
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    rest, errors = running.communicate(timeout=20)
    assert rest == b"asked\n"
    assert b"by force after 1 s" in errors
    assert b"signal 9" in errors
    assert 0.9 < time.monotonic() - began < 6


def test_logs_are_rotated_under_their_tasks_names(ostler: Shell) -> None:
    more = "restart { attempts = 0 }\nlogs {\nmax_files = 2\nmax_file_size = 1\n}"
    ran = ostler.run(job(sh("head -c 3500000 /dev/zero; echo err >&2", more=more)))
    (logs,) = ostler.data_dir.glob("alloc/*/alloc/logs")
    assert ran.code == 0
    assert sorted(path.name for path in logs.iterdir()) == ["t.stderr.0", "t.stdout.2", "t.stdout.3"]
    assert (logs / "t.stderr.0").read_text() == "err\n"
    assert (logs / "t.stdout.2").stat().st_size <= 1024 * 1024


def test_logs_that_are_disabled_are_nowhere(ostler: Shell) -> None:
    ran = ostler.run(job(sh("echo hidden", more="restart { attempts = 0 }\nlogs { disabled = true }")))
    assert (ran.code, ran.stdout) == (0, b"")


def test_the_environment_is_the_promised_one_and_holds_no_secret(ostler: Shell) -> None:
    more = 'meta {\nowner = "me"\n}\nenv {\nGREETING = "hi ${NOMAD_TASK_NAME} on ${attr.kernel.name}"\n}'
    ran = ostler.run(job(task("t", 'command = "env"', more=more)), SECRET="hunter2", LC_TIME="C", TZ="UTC")
    found = variables(ran.stdout)
    assert found["GREETING"] == "hi t on linux"
    assert (found["NOMAD_META_owner"], found["NOMAD_META_OWNER"]) == ("me", "me")
    assert (found["NOMAD_TASK_DIR"], found["NOMAD_ALLOC_DIR"], found["NOMAD_SECRETS_DIR"]) == (
        "/local",
        "/alloc",
        "/secrets",
    )
    assert found["NOMAD_ALLOC_ID"].startswith(found["NOMAD_SHORT_ALLOC_ID"])
    assert (found["LC_TIME"], found["TZ"]) == ("C", "UTC")
    assert "SECRET" not in found
    if os.geteuid() == 0:
        assert (found["USER"], found["LOGNAME"]) == ("nobody", "nobody")
    assert found.get("HOME") != os.environ.get("HOME", "")


def test_raw_exec_inherits_what_is_not_denied(ostler: Shell) -> None:
    ran = ostler.run(
        job(task("t", 'command = "env"', driver="raw_exec")),
        "--config",
        ostler.file(ENABLED, "agent.hcl"),
        OURS="yes",
        AWS_SECRET_ACCESS_KEY="hunter2",
    )
    found = variables(ran.stdout)
    assert found["OURS"] == "yes"
    assert "AWS_SECRET_ACCESS_KEY" not in found
    assert found["NOMAD_TASK_DIR"].startswith(str(ostler.data_dir))


def test_dollar_names_in_arguments_belong_to_the_shell(ostler: Shell) -> None:
    ran = ostler.run(job(sh("x=5; echo $x; echo ${x}6")))
    assert ran.lines == ["5", "56"]


def test_the_old_option_still_enables_raw_exec_with_one_note(ostler: Shell) -> None:
    agent = 'client {\n  options {\n    "driver.raw_exec.enable" = "1"\n  }\n}\n'
    ran = ostler.run(job(sh("echo hi", driver="raw_exec")), "--config", ostler.file(agent, "agent.hcl"))
    assert (ran.code, ran.stdout) == (0, b"hi\n")
    assert [line for line in ran.errors.splitlines() if line.startswith("note:") and "plugin" in line] != []


def test_the_historic_arguments_run_as_written(ostler: Shell) -> None:
    began = time.monotonic()
    assert ostler.run(job(task("t", 'command = "/bin/sleep"\nargs = 1'))).code == 0
    assert time.monotonic() - began >= 1
    ran = ostler.run(job(task("t", 'command = "/bin/echo"\nargs = "-n \'a  b\' c"')))
    assert ran.stdout == b"a  b c"


def test_the_historic_artifact_runs_as_written(ostler: Shell, site: tuple[str, Path]) -> None:
    program = b"#!/bin/sh\necho I am $0\n"
    (site[1] / "binary.bin").write_bytes(program)
    checksum = f"sha256:{hashlib.sha256(program).hexdigest()}"
    config = (
        f'artifact_source = "{site[0]}/binary.bin"\nchecksum = "{checksum}"\n'
        'command = "$NOMAD_TASK_DIR/binary.bin"'
    )
    ran = ostler.run(job(task("t", config)))
    assert (ran.code, ran.stdout) == (0, b"I am /local/binary.bin\n"), ran.errors
    ran = ostler.run(job(task("t", config.replace(checksum, f"md5:{'0' * 32}"))))
    assert ran.code == 2
    assert "checksum differs" in ran.errors


def test_limits_that_nothing_holds_refuse_the_start(ostler: Shell) -> None:
    limited = job(sh("echo ran", more="restart { attempts = 0 }\nresources { memory = 64 }"))
    agent = ostler.file(PLAIN % "", "agent.hcl")
    ran = ostler.run(limited, "--config", agent, **PORTABLE)
    ostler.says("limits-required", ran.errors)
    assert (ran.code, ran.stdout) == (2, b"")


def test_limits_at_best_effort_are_one_event(ostler: Shell) -> None:
    limited = job(sh("echo ran", more="restart { attempts = 0 }\nresources { memory = 64 }"))
    agent = ostler.file(PLAIN % 'limits = "best_effort"', "agent.hcl")
    ran = ostler.run(limited, "--config", agent, **PORTABLE)
    ostler.says("limits-best-effort", ran.errors)
    assert (ran.code, ran.stdout) == (0, b"ran\n")


def test_a_stop_ends_the_whole_tree(ostler: Shell) -> None:
    script = f"setsid sleep {SECONDS} & setsid sh -c 'trap \"\" INT TERM; sleep {SECONDS}' & echo ready; wait"
    agent = ostler.file(ENABLED, "agent.hcl")
    for driver in ("exec", "raw_exec"):
        running = ostler.start(job(sh(script, driver=driver)), "--config", agent)
        line_with(running.stdout, "ready")
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=20)
        assert running.returncode == 130
        assert (
            subprocess.run(["pgrep", "-f", f"^sleep {SECONDS}$"], check=False, capture_output=True).stdout
            == b""
        )


def test_a_task_sees_nothing_of_the_host_but_its_programs(ostler: Shell) -> None:
    ran = ostler.run(
        job(sh("ls / | tr '\\n' ' '; ls /root /home /var 2>/dev/null; echo; id -un; touch /usr/x 2>&1; true"))
    )
    seen = set(ran.lines[0].split())
    assert not {"root", "home", "var", "work"} & seen
    assert {"alloc", "local", "secrets", "tmp", "usr"} <= seen
    assert ran.lines[1] == "nobody"
    assert "Read-only" in ran.lines[2]


def test_a_constraint_that_is_met_lets_the_job_run(ostler: Shell) -> None:
    more = 'restart { attempts = 0 }\nconstraint {\nattribute = "${attr.driver.exec}"\nvalue = "1"\n}'
    assert ostler.run(job(sh("echo ran", more=more))).stdout == b"ran\n"


def test_what_is_not_acted_on_is_noted_once(ostler: Shell) -> None:
    text = job(sh("true")).replace(
        'type = "batch"', 'type = "batch"\n  datacenters = ["dc1"]\n  priority = 50'
    )
    ran = ostler.run(text)
    assert ran.code == 0
    assert ran.errors.count("note: not acted on: ") == 1


def test_ignore_runs_without_the_named_blocks(ostler: Shell) -> None:
    template = 'template {\ndata = "x"\ndestination = "y"\n}'
    text = job(sh("echo ran", more=f"restart {{ attempts = 0 }}\n{template}\nservice {{}}"))
    assert ostler.run(text).code == 2
    ran = ostler.run(text, "--ignore", "template,service")
    assert (ran.code, ran.stdout) == (0, b"ran\n")


@pytest.mark.need("setpriv")
def test_an_ordinary_user_runs_a_job_in_the_same_isolation(
    everybodys: Path, nobodys: Path, need_kernel: Callable[[str], None]
) -> None:
    if os.geteuid() != 0:
        need_kernel("only root can become another user")
    (everybodys / "job.nomad.hcl").write_text(job(sh("ls / | tr '\\n' ' '; exit 3")))
    ran = as_nobody(everybodys, "run", "--data-dir", str(nobodys), "job.nomad.hcl")
    if b"is unhealthy here: isolation is none" in ran.stderr:
        need_kernel(ran.stderr.decode())
    assert ran.returncode == 3, ran.stderr.decode()
    assert not {b"root", b"home", b"var"} & set(ran.stdout.split())


def test_a_task_that_writes_too_much_is_ended_and_what_it_wrote_is_kept(ostler: Shell) -> None:
    config = 'command = "sh"\nargs = ["-c", "head -c 3000000 /dev/zero; sleep 60"]\noutput_limit = "1MB"'
    ran = ostler.run(job(task("loud", config)))
    assert ran.code == 137
    assert "output_limit" in ran.errors
    assert "where 1000000 are allowed" in ran.errors
    assert 1_000_000 < len(ran.stdout) <= 3_000_000


def test_a_task_is_told_its_user_and_starts_where_it_says(ostler: Shell) -> None:
    script = 'args = ["-c", "echo $USER $LOGNAME $HOME; pwd"]'
    ran = ostler.run(job(task("who", f'command = "sh"\n{script}\nwork_dir = "/alloc/data"')))
    if os.geteuid() == 0:
        assert ran.lines[0].split()[:2] == ["nobody", "nobody"]
    assert ran.lines[1] == "/alloc/data"


def test_a_hard_limit_is_the_part_of_the_machine_that_its_mhz_are(
    ostler: Shell, need_kernel: Callable[[str], None]
) -> None:
    found = json.loads(ostler("node", "--json").stdout)
    frequency = int(found["attributes"].get("cpu.frequency", "0"))
    if os.geteuid() != 0 or not frequency:
        need_kernel("no cgroup of the processor can be made, or its MHz are not known")
    old = r"/sys/fs/cgroup/cpu$(sed -n 's/^[0-9]*:cpu://p' /proc/self/cgroup)/cpu.cfs_quota_us"
    new = r"/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)/cpu.max"
    script = f"cat {old} 2>/dev/null || cut -d' ' -f1 {new}"
    config = f'command = "sh"\nargs = ["-c", "{script}"]\ncpu_hard_limit = true'.replace("\\", "\\\\")
    more = f"resources {{\ncpu = {frequency // 4}\n}}\nrestart {{ attempts = 0 }}"
    agent = ostler.file(ENABLED, "agent.hcl")
    ran = ostler.run(job(task("held", config, driver="raw_exec", more=more)), "--config", agent)
    assert ran.code == 0, ran.errors
    assert int(ran.stdout) == pytest.approx(25_000, rel=0.02)
