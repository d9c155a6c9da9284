"""End this process when the one that started it ends, or when nothing moves any more."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from typing import TYPE_CHECKING, Final, NoReturn

from .failures import TroubleError

if TYPE_CHECKING:
    from collections.abc import Callable

_GRACE_SECONDS: Final = 3.0


def watch(stalled: Callable[[], float]) -> None:
    """Start the thread that watches; ``stalled`` says for how many seconds too long nothing has moved.

    The main thread gets SystemExit or TroubleError and cleans up; if it can't, the process ends anyway.
    """
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGALRM, _give_up)
    threading.Thread(target=_watch, args=(stalled,), name="watch", daemon=True).start()


def _leave(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(1)


def _give_up(_signal: int, _frame: object) -> NoReturn:
    msg = "nothing came for too long; check the source and the network"
    raise TroubleError(msg)


def _watch(stalled: Callable[[], float]) -> None:
    reason = signal.SIGTERM
    while not select.select([0], [], [], 1)[0]:
        if stalled() > 0:
            reason = signal.SIGALRM
            break
    signal.pthread_kill(threading.main_thread().ident or 0, reason)  # which may wait for a socket
    time.sleep(_GRACE_SECONDS)
    os._exit(1)
