"""What `ostler run` writes, and where."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import re
import signal
import subprocess
import threading
import time

import pytest

from tests.cli.shell import Shell, job, line_with, sh, supervisor, task

FIFTY_MEGABYTES = 50 * 1000 * 1000


def test_stdout_is_the_tasks_stdout_and_nothing_else(ostler: Shell) -> None:
    ran = ostler.run(job(sh("printf 'a\\n'; echo warning >&2; printf 'no end'")))
    assert ran.stdout == b"a\nno end"
    assert "warning\n" in ran.errors


@pytest.mark.timeout(120)
def test_a_pipe_gets_every_byte(ostler: Shell) -> None:
    script = f"head -c {FIFTY_MEGABYTES} /dev/urandom | tee /local/copy"
    running = ostler.start(job(sh(script)), stderr=subprocess.DEVNULL)
    assert running.stdout is not None
    found = hashlib.sha256()
    size = 0
    while chunk := running.stdout.read(1 << 20):
        found.update(chunk)
        size += len(chunk)
    running.stdout.close()
    assert running.wait(20) == 0
    assert size == FIFTY_MEGABYTES
    (copy,) = ostler.data_dir.glob("alloc/*/t/local/copy")
    with copy.open("rb") as original:
        assert found.digest() == hashlib.file_digest(original, "sha256").digest()


def test_bytes_that_are_no_text_pass(ostler: Shell) -> None:
    assert ostler.run(job(sh("printf '\\377\\000\\n'"))).stdout == b"\xff\x00\n"


def test_every_event_is_a_line_of_json(ostler: Shell) -> None:
    ran = ostler.run(job(sh("echo hi; printf '\\377'; echo bad >&2; exit 3")), "--json")
    events = [json.loads(line) for line in ran.lines]
    assert ran.code == 3
    assert [each["type"] for each in events if each["type"] != "Output"] == [
        "Received",
        "Started",
        "Terminated",
        "Not Restarting",
    ]
    (end,) = (each for each in events if each["type"] == "Terminated")
    assert (end["code"], end["signal"], end["reason"]) == (3, 0, "exited")
    assert {"text", "base64"} & {key for each in events if each["type"] == "Output" for key in each}
    assert [each["text"] for each in events if each.get("stream") == "stderr"] == ["bad\n"]


def test_json_tells_the_signal_and_the_reason(ostler: Shell) -> None:
    more = "restart { attempts = 0 }\nresources { memory = 20 }"
    greedy = (
        'command = "/usr/bin/python3"\nargs = ["-c", "x = bytearray(300 << 20); x[::4096] = bytes(76800)"]'
    )
    for tasks, expected in (
        (task("t", "exit_signal = 15", driver="mock_driver"), (143, 15, "signaled")),
        (task("t", 'command = "sleep"\nargs = 60\ntimeout = "0.3s"'), None),
        (task("t", greedy, more=more), (137, 9, "oom")),
    ):
        ran = ostler.run(job(tasks), "--json")
        (end,) = (each for each in map(json.loads, ran.lines) if each["type"] == "Terminated")
        if expected is None:
            assert end["reason"] == "timeout"
        else:
            assert (end["code"], end["signal"], end["reason"]) == expected


def test_each_allocation_tells_once_where_its_logs_are(ostler: Shell) -> None:
    ran = ostler.run(job(sh("echo one", "a"), sh("echo two", "b"), count=2))
    notes = [line for line in ran.errors.splitlines() if line.startswith("note:")]
    kept = [(path.name, path / "alloc" / "logs") for path in ostler.allocations()]
    assert sorted(notes) == [f"note: allocation {name}: logs in {logs}" for name, logs in kept]
    assert all((logs / "a.stdout.0").read_bytes() == b"one\n" for _, logs in kept)


def test_json_tells_in_an_event_where_the_logs_are(ostler: Shell) -> None:
    ran = ostler.run(job(sh("true")), "--json")
    (allocation,) = ostler.allocations()
    assert json.loads(ran.lines[0])["details"] == {"logs": str(allocation / "alloc" / "logs")}
    assert ran.errors == ""


def test_nothing_is_told_of_logs_that_are_not_kept(ostler: Shell) -> None:
    ran = ostler.run(job(sh("true", more="restart { attempts = 0 }\nlogs { disabled = true }")))
    assert ran.code == 0
    assert "note:" not in ran.errors


def test_a_failure_is_said_on_stderr_beside_the_json(ostler: Shell) -> None:
    ran = ostler.run(job(task("t", 'command = "/nowhere"')), "--json")
    assert ran.code == 2
    assert all(json.loads(line) for line in ran.lines)
    assert "/nowhere" in ran.errors


def on_a_terminal(ostler: Shell, text: str) -> tuple[int, str]:
    """Run a job on a pseudo-terminal."""
    ours, theirs = pty.openpty()
    running = ostler.start(text, stdout=theirs, stderr=theirs, stdin=theirs)
    os.close(theirs)
    found = b""
    try:
        while chunk := os.read(ours, 4096):
            found += chunk
    except OSError:  # how Linux tells the end of a terminal
        pass
    os.close(ours)
    return running.wait(20), found.decode()


def test_a_terminal_gets_whole_lines_with_their_tasks_in_colour(ostler: Shell) -> None:
    code, found = on_a_terminal(
        ostler,
        job(sh("printf 'one\\ntw'; sleep 0.3; printf 'o'", "first"), sh("sleep 0.1; echo three", "second")),
    )
    assert code == 0
    assert re.search(r"\x1b\[\d+mfirst \| \x1b\[0mone\r\n", found)
    assert re.search(r"\x1b\[\d+mfirst \| \x1b\[0mtwo\r\n", found)
    assert re.search(r"\x1b\[\d+msecond \| \x1b\[0mthree\r\n", found)
    assert "Terminated: exit code 0, exited" in found


def test_ctrl_c_on_a_terminal_stops_the_job(ostler: Shell) -> None:
    ours, theirs = pty.openpty()
    running = ostler.start(
        job(sh("echo ready; exec sleep 60")), stdout=theirs, stderr=theirs, stdin=theirs, preexec_fn=os.setsid
    )
    os.close(theirs)
    found = b""
    while b"ready" not in found:
        found += os.read(ours, 4096)
    os.killpg(running.pid, signal.SIGINT)
    drain = threading.Thread(target=swallow, args=[ours])
    drain.start()
    assert running.wait(20) == 130
    drain.join()
    os.close(ours)
    assert ostler.left() == []


def swallow(terminal: int) -> None:
    try:
        while os.read(terminal, 4096):
            pass
    except OSError:
        return


def test_a_reader_that_leaves_ends_the_run_quietly(ostler: Shell) -> None:
    running = ostler.start(job(task("t", 'command = "yes"')))
    assert running.stdout is not None
    assert running.stdout.readline() == b"y\n"
    running.stdout.close()
    assert running.stderr is not None
    errors = running.stderr.read().decode()
    running.stderr.close()
    assert running.wait(20) == 128 + signal.SIGPIPE
    assert "Traceback" not in errors
    assert ostler.left() == []


def test_two_runs_on_one_data_directory_do_not_disturb_each_other(ostler: Shell) -> None:
    first = ostler.start(job(sh("echo ready; sleep 1; echo one; exit 3")))
    line_with(first.stdout, "ready")
    second = ostler.run(job(sh("echo two; exit 4")))
    rest, _ = first.communicate(timeout=20)
    assert (second.code, second.stdout) == (4, b"two\n")
    assert (first.returncode, rest) == (3, b"one\n")
    assert ostler.left() == []


def test_the_supervisor_may_die_and_nothing_is_lost(ostler: Shell) -> None:
    gate = ostler.folder / "gate"
    agent = ostler.file('plugin "raw_exec" { config { enabled = true } }', "agent.hcl")
    script = f"echo ready; while [ ! -e {gate} ]; do sleep 0.05; done; echo done; exit 5"
    running = ostler.start(job(sh(script, driver="raw_exec")), "--config", agent)
    line_with(running.stdout, "ready")
    first = supervisor(ostler)
    os.kill(first, signal.SIGKILL)
    while supervisor(ostler) in {0, first}:
        time.sleep(0.05)
    time.sleep(0.5)
    gate.touch()
    rest, errors = running.communicate(timeout=25)
    assert (running.returncode, rest) == (5, b"done\n"), errors
    assert ostler.left() == []
