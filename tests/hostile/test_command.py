"""What a driver does wrong costs the command no other driver, no task and not its stdout; and it ends."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.shell import line_with
from tests.hostile.host import Host, group, lasts, speaks

if TYPE_CHECKING:
    from collections.abc import Callable

PLACES = ("import", "constructor", "fingerprint", "validate", "start")
HOOKS = ("fingerprint", "validate", "start", "wait", "destroy", "close")


def tell(errors: str) -> list[str]:
    """Give the lines that name the driver, each from where it names it."""
    return [line[line.index("driver 'hostile'") :] for line in errors.splitlines() if "'hostile'" in line]


FAILURES = [
    *((place, deed) for place in PLACES for deed in ("raise", "exit", "interrupt")),
    *((place, "hang") for place in PLACES if place != "start"),  # which has no deadline
]


@pytest.mark.parametrize(("place", "deed"), FAILURES)
def test_a_driver_that_fails_ends_with_125_and_a_sentence(
    place: str, deed: str, host: Host, golden: Callable[[str, dict[str, str]], None]
) -> None:
    host.does(place, deed)
    ran = host.run(lasts())
    assert ran.code == 125
    assert "Traceback" not in ran.errors
    golden(f"command-{place}-{deed}", {"0": tell(ran.errors)[0]})


@pytest.mark.parametrize("place", ["import", "constructor", "fingerprint"])
@pytest.mark.parametrize("deed", ["interrupt", "exit", "hang"])
def test_the_node_is_shown_whatever_a_driver_does(place: str, deed: str, host: Host) -> None:
    host.does(place, deed)
    ran = host("node", "--json")
    drivers = json.loads(ran.stdout)["drivers"]
    assert ran.code == 0
    assert drivers["raw_exec"]["health"] == "healthy"
    assert drivers["hostile"]["health"] == "unhealthy"
    assert drivers["hostile"]["reason"].startswith("driver 'hostile' ")


@pytest.mark.parametrize("place", ["start", "wait", "destroy", "close"])
def test_a_task_of_another_driver_runs_beside_it(place: str, host: Host) -> None:
    host.does(place, "hang")
    running = host.start(lasts(), speaks())
    assert line_with(running.stdout, "spoken")
    deadline = time.monotonic() + 10
    while place in {"start", "wait"} and running.poll() is None and time.monotonic() < deadline:
        running.send_signal(signal.SIGINT)
        time.sleep(0.5)
    _, errors = running.communicate(timeout=15)
    assert "driver 'hostile'" in errors.decode()


@pytest.mark.parametrize("place", [*PLACES, "stop", *HOOKS[3:]])
def test_what_a_driver_prints_is_not_on_stdout(place: str, host: Host) -> None:
    host.does(place, "print")
    ran = host.run(lasts(), speaks())
    assert ran.code == 0
    assert ran.stdout == b"spoken\n"
    if place != "stop":  # which is not called
        for words in ("printed by", "written by", "echoed by a child of", "put on descriptor 1 by"):
            assert f"{words} a driver" in ran.errors


@pytest.mark.parametrize("words", [("node", "--json"), ("status", "--json"), ("driver", "schema", "hostile")])
def test_what_a_driver_prints_is_not_in_json(words: tuple[str, ...], host: Host) -> None:
    host.does("import", "print")
    ran = host(*words)
    assert ran.code == 0
    assert json.loads(ran.stdout) is not None


def test_what_a_driver_prints_is_not_among_the_events(host: Host) -> None:
    host.does("start", "print")
    ran = host.run(lasts(), options=("--json",))
    assert [json.loads(line)["type"] for line in ran.lines] == ["Received", "Started", "Terminated"]


@pytest.mark.parametrize("place", ["import", "constructor", *HOOKS])
def test_a_child_that_comes_back_is_ended_and_told_of(place: str, host: Host) -> None:
    host.does(place, "fork")
    ran = host.run(lasts(), speaks())
    assert (ran.code, ran.stdout) == (0, b"spoken\n")
    where = {"import": "its import", "constructor": "its constructor"}.get(place, place)
    said = f"driver 'hostile' forked in {where}, and the child came back from there; the child was ended"
    assert said in ran.errors.splitlines()


@pytest.mark.parametrize("place", ["import", "start"])
def test_a_thread_that_never_ends_does_not_keep_the_command(place: str, host: Host) -> None:
    host.does(place, "thread")
    began = time.monotonic()
    ran = host.run(lasts(), speaks())
    assert (ran.code, ran.stdout) == (0, b"spoken\n")
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("place", ["import", "constructor", "fingerprint", "start"])
def test_what_a_driver_changes_for_all_is_told_and_no_task_gets_it(
    place: str, host: Host, golden: Callable[[str, dict[str, str]], None]
) -> None:
    host.does(place, "meddle")
    show = group("raw_exec", 'command = "sh"\nargs = ["-c", "echo $LANG $MEDDLED"]')
    ran = host.run(lasts(), show)
    assert (ran.code, ran.stdout) == (0, b"C.UTF-8\n")
    lines = host.shell.plain(ran.errors).replace(", beside 'raw_exec',", ",").splitlines()
    told = [line for line in lines if line.startswith("while driver 'hostile'")]
    accused = [line for line in lines if line.startswith("while driver 'raw_exec'")]
    assert all(", beside 'hostile'," in line for line in accused)
    golden(f"meddle-{place}", {str(number): line for number, line in enumerate(told)})


@pytest.mark.parametrize("place", ["import", "start"])
def test_a_driver_can_not_handle_the_signals_of_the_command(place: str, host: Host) -> None:
    host.does(place, "signals")
    ran = host.run(lasts())
    assert ran.code == 125
    assert "ValueError" in tell(ran.errors)[0]


@pytest.mark.parametrize("deed", ["close", "take"])
@pytest.mark.parametrize("place", ["import", "start"])
def test_closed_descriptors_take_neither_stdout_nor_stderr_away(place: str, deed: str, host: Host) -> None:
    host.does(place, deed)
    ran = host.run(lasts(), speaks())
    assert (ran.code, ran.stdout) == (0, b"spoken\n")
    assert "raw_exec: Terminated" in ran.errors
    assert "something changed descriptor 2, which it closed" in ran.errors


def test_ctrl_c_ends_a_start_that_hangs(host: Host) -> None:
    host.does("start", "hang")
    running = host.start(lasts(), speaks("60"))
    assert line_with(running.stdout, "spoken")
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=15)
    assert time.monotonic() - began < 10
    assert running.returncode == 125
    assert tell(errors.decode())[-1] == (
        "driver 'hostile' did not answer start after the stop; what it starts may still run"
    )


def test_ctrl_c_ends_a_stop_that_hangs_and_the_task_is_found_later(host: Host) -> None:
    host.does("stop", "hang")
    running = host.start(lasts("60s"))
    line_with(running.stderr, "Started")
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=15)
    assert running.returncode == 125
    assert "driver 'hostile' did not stop the task; it may still run" in tell(errors.decode())
    host.does("stop", "slow")
    assert host.states() == {"hostile": "running"}


@pytest.mark.parametrize("deed", ["hang", "raise"])
@pytest.mark.parametrize("place", ["recover", "inspect", "import"])
def test_a_task_whose_driver_can_not_be_asked_is_unknown(place: str, deed: str, host: Host) -> None:
    host.does("stop", "slow")
    running = host.start(lasts("60s"))
    line_with(running.stderr, "Started")
    running.kill()
    running.communicate()
    host.does(place, deed)
    assert host.states() == {"hostile": "unknown"}
    ran = host.run(speaks())
    assert (ran.code, ran.stdout) == (0, b"spoken\n")
