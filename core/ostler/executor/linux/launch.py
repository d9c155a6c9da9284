"""Which launcher starts tasks on this machine: the one in C, or the one by ctypes."""

from __future__ import annotations

import os

from ostler.executor.linux.launched import INIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    from ostler.executor.linux.launched import Told
    from ostler.executor.supervisor.loop import Loop

    class Launcher(Protocol):
        """What starts tasks."""

        def launch(self, order: Mapping[str, Any], slot_path: str, name: str, done: Told) -> None:
            """Carry out a plan; ``done`` hears, on the loop, of the start or why there is none."""


COMPILED, FORKED = "c", "ctypes"
_CHOICE = "OSTLER_LAUNCHER"
# Raised here and in native/calls.h when what the extension takes changes: one built before is not used.
CALL_FORMAT = 4


def choose(loop: Loop) -> Launcher:
    """Give the launcher that is to be used: the one in C where it was built, unless told otherwise."""
    if kind() == COMPILED:
        from ostler.executor.linux.compiled import Compiled

        return Compiled(loop)
    from ostler.executor.linux.forked import Forked

    return Forked(loop)


def kind() -> str:
    """Name the launcher that is used on this machine: ``c`` or ``ctypes``."""
    wanted = os.environ.get(_CHOICE, COMPILED)
    return COMPILED if wanted == COMPILED and _built() else FORKED


def _built() -> bool:
    """Tell whether the extension and the init in C are there, were built for this code, and can be used."""
    try:
        from ostler.executor.linux import _launch
    except ImportError:
        return False
    if getattr(_launch, "FORMAT", 0) != CALL_FORMAT:
        return False
    return os.access(INIT, os.X_OK) and not os.statvfs(INIT).f_flag & os.ST_NOEXEC
