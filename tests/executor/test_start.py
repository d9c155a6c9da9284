from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from ostler.errors import RefusedError
from ostler.executor import Exit, Reason, Stats
from tests.executor.bench import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.executor.bench import Bench


def test_an_exit_code_comes_back(bench: Bench) -> None:
    assert bench.shell("exit 7") == Exit(code=7)


def test_a_death_by_signal_is_told_as_one(bench: Bench) -> None:
    assert bench.shell("kill -USR1 $$") == Exit(code=128 + 10, signal=10, reason=Reason.SIGNALED)


def test_the_arguments_and_the_environment_are_exactly_those_given(bench: Bench) -> None:
    assert bench.says('printf "%s\n" "$A" "$0"', env={"A": "größe ß"}) == ["größe ß", "/bin/sh"]


def test_nothing_of_the_embedders_environment_gets_in(bench: Bench) -> None:
    names = {line.partition("=")[0] for line in bench.says("env")}
    assert names - {"PWD", "_", "SHLVL", "OLDPWD"} == {"PATH"}


def test_a_command_starts_in_its_directory(bench: Bench, tmp_path: Path) -> None:
    assert bench.says("pwd", cwd=str(tmp_path)) == [str(tmp_path)]


def test_a_name_without_a_slash_is_looked_up_on_the_path(bench: Bench, tmp_path: Path) -> None:
    tool = tmp_path / "a-tool"
    tool.write_text("#!/bin/sh\nexit 3\n")
    tool.chmod(0o755)
    assert bench.run("a-tool", env={"PATH": f"/nowhere:{tmp_path}"}).code == 3


def test_a_command_begins_with_a_clean_slate(bench: Bench) -> None:
    found = bench.says("umask; ulimit -c; grep -E '^Sig(Blk|Ign)' /proc/self/status | cut -f2 | sort -u")
    assert found[:2] == ["0022", "0"]
    internal = 0b11 << 31  # what the C library keeps for its threads, and whose posix_spawn ignores
    assert {int(mask, 16) & ~internal for mask in found[2:]} == {0}


def test_no_descriptor_leaks_in(bench: Bench) -> None:
    assert bench.says("cd /proc/self/fd && echo *") == ["0 1 2"] or bench.output().split() == [
        "0",
        "1",
        "2",
        "3",
    ]


def test_standard_input_is_empty(bench: Bench) -> None:
    assert bench.says("cat; echo end") == ["end"]


def test_a_command_leads_a_session_of_its_own(bench: Bench) -> None:
    pid, session = bench.says("read a b c d e session rest < /proc/$$/stat; echo $$; echo $session")
    assert pid == session


def test_output_is_appended_to_a_file(bench: Bench, tmp_path: Path) -> None:
    target = tmp_path / "log"
    for word in ("one", "two"):
        bench.shell(f"echo {word}", stdout=str(target))
    assert target.read_text() == "one\ntwo\n"


def test_the_exit_can_be_waited_for_again(bench: Bench) -> None:
    process = bench.start("/bin/true")
    assert bench.end(process) == bench.end(process)


def test_waiting_gives_up_after_its_time(bench: Bench) -> None:
    process = bench.start("/bin/sleep", "60")
    assert bench.executor.wait(process, 0.05) is None


def test_an_end_is_called_back_once(bench: Bench) -> None:
    heard: list[tuple[str, Exit]] = []
    leave = bench.executor.on_end(lambda name, outcome: heard.append((name, outcome)))
    first = bench.start("/bin/true")
    bench.end(first)
    bench.executor.recover(first)
    leave()
    bench.run("/bin/true")
    assert heard == [(first.id, Exit(code=0))]


def test_a_callback_that_fails_keeps_nobody_from_hearing(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []
    bench.executor.on_end(lambda *_: 1 / 0)  # type: ignore[arg-type]
    bench.executor.on_end(lambda name, _: heard.append(name))
    process = bench.start("/bin/true")
    bench.end(process)
    bench.executor.processes()  # answered by the same thread, so afterwards
    assert heard == [process.id]
    assert "callback" in caplog.text


def test_an_id_is_used_once(bench: Bench) -> None:
    command = bench.command("/bin/sleep", "60")
    bench.started.append(bench.executor.start(command))
    with pytest.raises(RefusedError, match="every attempt needs a new id"):
        bench.executor.start(command)


def test_a_running_process_is_measured(bench: Bench) -> None:
    process = bench.start("/bin/sleep", "60")
    wait_until(lambda: bench.executor.stats(process).memory_bytes)  # the kernel counts pages by the dozen
    found = bench.executor.stats(process)
    assert found.pids == 1
    assert found.cpu_user_seconds is not None


def test_of_an_ended_process_nothing_is_measured(bench: Bench) -> None:
    process = bench.start("/bin/true")
    bench.end(process)
    assert bench.executor.stats(process) == Stats()


def test_many_are_started_at_once(bench: Bench) -> None:
    processes = [bench.start("/bin/sh", "-c", f"exit {code}") for code in range(20)]
    assert [bench.end(process).code for process in processes] == list(range(20))


def test_a_signal_reaches_the_command(bench: Bench) -> None:
    process = bench.start("/bin/sh", "-c", "trap 'exit 5' HUP; echo up; while :; do sleep 0.01; done")
    while not bench.output():
        pass
    bench.executor.signal(process, "HUP")
    assert bench.end(process).code == 5


@pytest.mark.parametrize("name", ["SIGTERM", "term", str(int(signal.SIGTERM))])
def test_a_signal_is_named_in_any_usual_way(bench: Bench, name: str) -> None:
    process = bench.start("/bin/sleep", "60")
    bench.executor.signal(process, name)
    assert bench.end(process).signal == signal.SIGTERM
