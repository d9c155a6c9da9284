"""What the built-in drivers' tasks are told, so that they do what the conformance kit asks of them."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.testing import Act

SIMULATED: Final = ("child", "code", "deaf", "inside", "seconds", "signal", "stderr", "stdout")


def command(act: Act) -> Mapping[str, Any]:
    """Do the act as a script of the shell."""
    return {"command": "/bin/sh", "args": ["-c", act.script]}


def mock(act: Act) -> Mapping[str, Any]:
    """Simulate the act, where it is one that leaves no trace on the machine."""
    act.only(*SIMULATED, because="a simulated task only writes a text, waits and ends")
    return simulated(act)


def simulated(act: Act) -> Mapping[str, Any]:
    """Simulate what can be simulated of the act."""
    config = {**_said(act), "kill_after": 3600.0 if act.deaf else 0.0}
    inside = {**_said(act.inside), "stdin_echo": act.inside.echo} if act.inside else None
    return config | ({"exec_command": inside} if inside else {})


def _said(act: Act) -> Mapping[str, Any]:
    return {
        "run_for": act.seconds,
        "stdout_string": "terminal" if act.terminal else act.stdout,
        "stderr_string": act.stderr,
        "exit_code": act.code,
        "exit_signal": int(signal.Signals[act.signal]) if act.signal else 0,
    }
