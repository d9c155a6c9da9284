"""The kit's acts as configs of the drivers that the tests here run."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.testing import Act

REAL: Final = ("busy", "directory", "environ", "files", "memory_mb", "numbers", "processes")
SIMULATED: Final = ("child", "code", "deaf", "inside", "seconds", "signal", "stderr", "stdout")


def command_config(act: Act) -> Mapping[str, Any]:
    return {"command": "/bin/sh", "args": ["-c", act.script]}


def mock_config(act: Act) -> Mapping[str, Any]:
    act.only(*SIMULATED, because="a simulated task only writes a text, waits and ends")
    return simulated(act)


def right_config(act: Act) -> Mapping[str, Any]:
    """The wrong drivers, and the right one that they come from, can simulate it all."""
    return {**simulated(act), **{name: getattr(act, name) for name in REAL if name in act.asked}}


def simulated(act: Act) -> Mapping[str, Any]:
    config = {**command(act), "kill_after": 3600.0 if act.deaf else 0.0}
    inside = {**command(act.inside), "stdin_echo": act.inside.echo} if act.inside else None
    return config | ({"exec_command": inside} if inside else {})


def command(act: Act) -> Mapping[str, Any]:
    return {
        "run_for": act.seconds,
        "stdout_string": "terminal" if act.terminal else act.stdout,
        "stderr_string": act.stderr,
        "exit_code": act.code,
        "exit_signal": int(signal.Signals[act.signal]) if act.signal else 0,
    }
