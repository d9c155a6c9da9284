"""`ostler exec` and `ostler signal`: reach into a task that runs."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import threading
import tty
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from ostler.cli.printing.apart import keep, show, stderr, stdout
from ostler.errors import MistakeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from ostler.cli.site import Site
    from ostler.client import Client, Executed
    from ostler.executor import Terminal

_STDIN: Final = 0
_CHUNK: Final = 64 * 1024
_STEP_SECONDS: Final = 0.2


def signal_task(allocation: str, name: str, site: Site, *, task: str) -> None:
    """Send a signal to a task."""
    from ostler.client import Client

    keep()
    with Client(site.config, data_dir=site.data_dir) as client:
        client.signal(allocation, name, task=task)
    show(f"{allocation}: sent {name}")


def execute(
    allocation: str, command: Sequence[str], site: Site, *, task: str, interactive: bool, terminal: bool
) -> int:
    """Run a command in a task and return its code."""
    from ostler.client import Client

    keep()
    command = command[1:] if command[0] == "--" else command
    if not command:
        text = "none was given; write it behind the allocation"
        raise MistakeError.single(text, path="command")
    if terminal and not (os.isatty(_STDIN) and stdout().isatty()):
        text = "stdin and stdout have to be a terminal for it; leave out -t, or run this in a terminal"
        raise MistakeError.single(text, path="--tty")
    with Client(site.config, data_dir=site.data_dir) as client:
        if terminal:
            return _on_terminal(client, allocation, command, task=task, interactive=interactive)
        stdin = sys.stdin.buffer if interactive and sys.stdin else None
        write = _writer()
        return _ended(
            _apart(lambda: client.execute(allocation, command, task=task, stdin=stdin, on_output=write))
        ).code


def _writer() -> Callable[[str, bytes], None]:
    streams = {"stdout": stdout().buffer, "stderr": stderr().buffer}

    def write(stream: str, chunk: bytes) -> None:
        streams[stream].write(chunk)
        streams[stream].flush()

    return write


def _ended(running: Future[Executed]) -> Executed:
    """Wait in steps: the kernel may hand a signal to another thread, and only a new wait sees it then."""
    while True:
        try:
            return running.result(_STEP_SECONDS)
        except TimeoutError:
            if running.done():
                raise


def _apart(call: Callable[[], Executed]) -> Future[Executed]:
    """Make a call on a thread of its own."""
    from concurrent.futures import Future

    future: Future[Executed] = Future()

    def carry_out() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            future.set_exception(error)

    threading.Thread(target=carry_out, name="ostler-exec", daemon=True).start()
    return future


def _on_terminal(
    client: Client, allocation: str, command: Sequence[str], *, task: str, interactive: bool
) -> int:
    size = os.get_terminal_size(_STDIN)
    terminal = client.terminal(allocation, task=task, rows=size.lines, columns=size.columns)
    try:
        with _raw(), _resizing(terminal):
            running = _apart(lambda: client.execute_in(terminal, allocation, command, task=task))
            _copy(terminal, running, interactive=interactive)
        return running.result().code
    finally:
        terminal.close()


def _copy(terminal: Terminal, running: Future[Executed], *, interactive: bool) -> None:
    """Pass on what is typed and what is shown, to the last byte that the command has written."""
    out = stdout().buffer
    sources = [terminal.master, *([_STDIN] if interactive else [])]
    while True:
        over = running.done()
        ready, _, _ = select.select(sources, [], [], 0 if over else _STEP_SECONDS)
        if terminal.master in ready:
            out.write(terminal.read())
            out.flush()
        if _STDIN in ready:
            typed = os.read(_STDIN, _CHUNK)
            if typed:
                terminal.write(typed)
            else:
                sources.remove(_STDIN)
        if over and terminal.master not in ready:
            return


@contextmanager
def _raw() -> Iterator[None]:
    """Have every key go to the command as it is."""
    before = termios.tcgetattr(_STDIN)
    tty.setraw(_STDIN)
    try:
        yield
    finally:
        termios.tcsetattr(_STDIN, termios.TCSADRAIN, before)


@contextmanager
def _resizing(terminal: Terminal) -> Iterator[None]:
    def resize(*_: Any) -> None:  # noqa: ANN401 - what a handler of signals gets
        size = os.get_terminal_size(_STDIN)
        terminal.resize(size.lines, size.columns)

    before = signal.signal(signal.SIGWINCH, resize)
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)
