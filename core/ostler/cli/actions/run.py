"""`ostler run`: a job in the foreground."""

from __future__ import annotations

import gc
import signal
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from ostler.cli.actions.reports import report_to
from ostler.cli.printing.apart import keep, stdout
from ostler.cli.printing.failures import OWN_FAILURE, say
from ostler.cli.site import job_in
from ostler.errors import MistakeError
from ostler.executor.host.probing import probing

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    from ostler.cli.site import Site
    from ostler.client import Client, Result, Run

# The kernel may hand a signal to another thread, and then only a wait that ends lets this one see it.
_WAIT_SECONDS: Final = 0.2
_STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_job(file: str, site: Site, reading: dict[str, Any], *, as_json: bool, reader: str | None) -> int:
    """Run the job in ``file`` to its end and return the exit status.

    ``reading`` says how the job is read, as the options of `Client.start` that `Client.validate` has too;
    ``reader`` names the task that reads the command's stdin, empty the only one, None nobody.
    """
    keep()
    job = job_in(file)
    given = {} if reader is None else {"stdin": _own_stdin(file), "stdin_task": reader}
    stopping = _Stopping()
    with probing():
        from ostler.client import Client

        with Client(site.config, data_dir=site.data_dir) as client:
            result = _result(client, stopping, job, as_json=as_json, **reading, **given)
            if as_json and result.failure:
                for line in result.failure.split("\n"):
                    say(line)
            return result.code if result.code == OWN_FAILURE else stopping.status or result.code


def _own_stdin(file: str) -> BinaryIO:
    if file == "-":
        text = "the job is read from it, so no task can read it too; name a file instead of -"
        raise MistakeError.single(text, where="<stdin>")
    if sys.stdin is None or sys.stdin.closed:
        text = "closed, and no task can read from it; give it a file, such as /dev/null"
        raise MistakeError.single(text, where="<stdin>")
    return sys.stdin.buffer


def _result(
    client: Client,
    stopping: _Stopping,
    job: Path | BinaryIO,
    *,
    as_json: bool,
    **options: Any,  # noqa: ANN401 - those of `Client.start`
) -> Result:
    report = report_to(stdout().buffer, as_json=as_json)
    running = client.start(
        job,
        on_event=report.event,
        on_output=report.output,
        keep_allocations=client.config.client.gc_max_allocs,
        **options,
    )
    # What is there by now stays to the end: a collection that looked through it would find nothing.
    gc.freeze()
    gc.enable()
    stopping.watch(running)
    for note in running.notes:
        say(f"note: {note}")
    try:
        return _wait(running)
    except OSError as error:
        error.add_note("the job was stopped")
        raise
    finally:
        report.close()


class _Stopping:
    """Stops the run on the first signal and kills it on the next; ``status`` is 128 plus the first signal.

    A signal that was ignored when the command began stays ignored: so nohup and a shell's background want it.
    """

    def __init__(self) -> None:
        self._running: Run | None = None
        self.status = 0
        for number in _STOPPING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._take)

    def watch(self, running: Run) -> None:
        """Let the signals go to a run from now on; before, they end the command."""
        self._running = running

    def _take(self, number: int, _: FrameType | None) -> None:
        first, self.status = not self.status, self.status or 128 + number
        if self._running is None:
            sys.exit(self.status)
        elif first:
            self._running.stop()
        else:
            self._running.kill()


def _wait(running: Run) -> Result:
    while True:
        result = running.wait(_WAIT_SECONDS)
        if result is not None:
            return result
