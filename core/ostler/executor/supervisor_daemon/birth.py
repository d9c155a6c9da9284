"""How a supervisor comes to life: one per directory, away from whoever started it."""

from __future__ import annotations

import os
import signal

from ostler.executor.supervisor import address, complaint
from ostler.executor.supervisor.loop import Loop
from ostler.executor.supervisor.records import Records
from ostler.executor.supervisor.server import Supervisor
from ostler.executor.supervisor.tasks import Tasks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from socket import socket

    from ostler.executor.supervisor.roles import Backend, Pump

LINUX = "linux"


def start(directory: str, kind: str) -> bool:
    """Listen, then serve in a process of its own; False when another supervisor holds the directory."""
    if not address.lock(directory):
        return False
    address.make_key(directory)
    listener = address.listen(directory)
    if os.fork() == 0:
        os.setsid()
        os.chdir("/")
        _reset_signals()
        try:
            _serve(directory, kind, listener)
        except Exception as error:  # noqa: BLE001 - the log is the only place where it can be told
            _log(error)
        finally:
            os._exit(0)
    return True


def _log(error: Exception) -> None:
    try:
        import traceback

        traceback.print_exc()
    except OSError:  # also that can't be opened any more
        complaint.write(f"{type(error).__name__}: {error}")


def _serve(directory: str, kind: str, listener: socket) -> None:
    loop = Loop()
    tasks = Tasks(loop, Records(directory), address.boot_id())
    backend, pump = _parts(kind, loop, tasks)
    supervisor = Supervisor(directory, listener, loop, tasks, pump, kind=kind)
    tasks.load(backend)
    supervisor.serve()


def _parts(kind: str, loop: Loop, tasks: Tasks) -> tuple[Backend, Pump]:
    if kind == LINUX:
        from ostler.executor.linux import backend, facts, pump

        facts.open_more_files()
        return backend.Backend(loop, tasks), pump
    from ostler.executor.supervisor import plain_pump, portable

    return portable.Backend(loop, tasks), plain_pump


def _reset_signals() -> None:
    """Be deaf to the terminal, and hand tasks a clean slate whatever the embedder ignored."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # what can't be written is an error among others
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
