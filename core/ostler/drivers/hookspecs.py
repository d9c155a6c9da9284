"""The contract: what a driver may implement, when each hook is called, and what its answer means.

Every hook is synchronous and is called on one of the driver's own daemon threads, never on the
thread of whoever embeds Ostler.  Hooks of different tasks run at the same time: fifty tasks that
start together each have their own output and their own end.  Hooks of one task follow one another,
save `stop`, `signal`, `stats` and `inspect`, which may come while `wait` runs.
A hook may not change ``os.environ``, the working directory, the umask or the signal handlers of the
process.  Hook arguments are only ever added, so an implementation names those it needs.

What a driver does wrong costs its own tasks and nobody else's.  Whatever it raises, SystemExit and
KeyboardInterrupt too, is its fault and named with the hook; an answer is looked at field by field, with
types as they are declared, before anything is made of it.  A hook that misses its deadline goes on alone
and its answer is lost.  ``start`` has no deadline, but is given up once the task's stop was asked for and
its kill_timeout and 10 seconds have passed; what it starts later is stopped at once.  Import, settings
and constructor have 30 seconds together, and the operator may set every deadline.  Under the command
whatever is printed goes to stderr.  A child made by ``os.fork`` that returns into Ostler is ended there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pluggy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.drivers.values import (
        Ended,
        ExecuteRequest,
        ExecuteResult,
        Exit,
        Finding,
        Fingerprint,
        SignalRequest,
        Stats,
        StopRequest,
        Task,
        TaskHandle,
        TaskStatus,
    )

PROJECT: Final = "ostler"
hookspec: Final = pluggy.HookspecMarker(PROJECT)
hookimpl: Final = pluggy.HookimplMarker(PROJECT)

REQUIRED: Final = ("fingerprint", "validate", "start", "stop")


@hookspec(firstresult=True)
def fingerprint() -> Fingerprint | None:
    """Say whether this machine can run the driver's tasks, and why not.

    Called before the first task and whenever the node is shown, with a deadline of 10 seconds each time.
    It looks and changes nothing: no output, no process, file or thread stays behind.  A machine
    that lacks something is an answer (undetected or unhealthy, with reason and remedy), not an
    exception.  A raise or a missed deadline counts as unhealthy.
    """


@hookspec(firstresult=True)
def validate(task: Task) -> None:
    """Check what the settings class alone cannot see in ``task``.

    Called with a deadline of 10 seconds before every ``start``, and by ``ostler validate`` where
    nothing is left to interpolate; the task's directories may not exist yet.  It starts nothing and
    writes nothing.  A task that is wrong is a `RefusedError` whose message says what was found and
    what to do; any other raise is the driver's fault.
    """


@hookspec(firstresult=True)
def start(task: Task) -> TaskHandle | None:
    """Start ``task`` and return a handle that survives a restart of the host.

    Called at most once for a task id, after ``validate``, when the task's directories and artifacts
    are there and its output is being read.  It returns once the task runs, not when it ends.  A task that
    another system has queued counts as running.  A raise
    means that nothing was left running: ``stop`` is not called for a task that never started.
    `RefusedError` says that the job is at fault and is final; `RecoverableError` lets the restart
    policy try again; any other raise is the driver's fault and final.
    """


@hookspec(firstresult=True)
def stop(handle: TaskHandle, request: StopRequest) -> None:
    """Stop the task, first politely, then by force once the grace period ends.

    Called at any time after ``start`` returned, also twice and at once with other hooks of the task.
    It returns when every process of the task is gone.  Stopping a task that has already ended is a
    success.  A raise means that the task may still run: it is reported, and ``stop`` is tried again.  One
    that has not returned 10 seconds after the grace is tried once more, by force, with 10 seconds.
    """


@hookspec(firstresult=True)
def wait(handles: Sequence[TaskHandle], timeout_seconds: float) -> Sequence[Ended] | None:
    """Return the ends of those of ``handles`` that have ended.

    Called over and over on one thread with all the driver's running tasks whose handle names no
    process of Ostler's executor.  It returns as soon as one has ended, and after ``timeout_seconds``
    with what there is, which may be nothing.  An end is told again for as long as its handle is
    among ``handles``.  A task that can't be found any more has ended with the reason ``lost``.  A
    raise is reported and the call repeated with a pause; a call that is 10 seconds late is reported.  After
    10 raises in a row over at least 60 seconds the tasks that were asked for end with the reason ``lost``,
    and the raise as its message.
    """


@hookspec(firstresult=True)
def explain(handle: TaskHandle, end: Exit) -> Exit | None:
    """Say in the driver's own words how a process of Ostler's executor ended.

    Called once for each handle that names a process, with a deadline of 10 seconds, when the executor
    tells its ``end`` and before anyone else hears of it; a task that was stopped is explained too.  The
    answer is told in place of ``end``, and decides over restarts; None leaves ``end`` as it is.  The hook
    changes nothing: asked again, by another process of the host too, it answers the same.  A raise or a
    missed deadline is reported and changes nothing.  Where a handle names no process, ``wait`` tells the
    whole end, and nobody asks.
    """


@hookspec(firstresult=True)
def recover(handle: TaskHandle) -> TaskHandle | None:
    """Find again the task of a handle that an earlier process of the host was given, however that ended.

    Called once for each handle that is not known to have ended, before any other hook of that task.
    It returns the handle to use from now on, upgraded if it was written by an older version.  For a
    task that the driver still knows it changes nothing.  A task that ended meanwhile is recovered too,
    and its end told by ``wait``.  A raise means that the task is lost.
    """


@hookspec(firstresult=True)
def sweep(known: Sequence[TaskHandle]) -> None:
    """End and remove what this driver left on the machine and no handle knows any more.

    Called at most once by a host, before it starts the first of the driver's tasks, where no other host
    starts tasks in the data directory, and after ``recover`` of all its handles that are still
    recorded: these are ``known``.  It touches nothing of the ``known`` handles and nothing that another
    data directory owns.  A raise is reported and changes nothing; a driver that is not done within 60
    seconds gets no task.
    """


@hookspec(firstresult=True)
def inspect(handle: TaskHandle) -> TaskStatus | None:
    """Say what is known of the task, ended ones too, until ``destroy``.

    Called when somebody looks, with a deadline of 10 seconds.  It changes nothing.  A raise is shown
    to whoever asked.
    """


@hookspec(firstresult=True)
def stats(handle: TaskHandle) -> Stats | None:
    """Measure what the task uses at this moment; what is not known is None.

    Called when somebody looks, with a deadline of 10 seconds.  What a task has used is counted from its start
    and never falls.  It changes nothing.  A raise is shown
    to whoever asked.
    """


@hookspec(firstresult=True)
def signal(handle: TaskHandle, request: SignalRequest) -> None:
    """Send a signal to the task's main process.

    Called only where the capabilities declare ``signals``.  It is given by its name or by its number.  An
    unknown signal is a `RefusedError`
    and nothing is sent.
    """


@hookspec(firstresult=True)
def execute(handle: TaskHandle, request: ExecuteRequest) -> ExecuteResult | None:
    """Run a command inside the running task, on the streams that the request names, and return its exit code.

    Called only where the capabilities declare ``execute``.  The command has the task's environment, user and
    view of the machine.  It can read its input to the end, and when the hook returns, all that it wrote is
    on its outputs.  A command that lasts longer than the request's timeout is ended, with all that it
    started, and its code is 124.  A driver that has no terminal to give answers ``tty`` with a
    `RefusedError`.  Any other raise means that the command could not be run; the task goes on.
    """


@hookspec(firstresult=True)
def destroy(handle: TaskHandle, end: Exit | None) -> None:
    """Forget the task and remove what the driver kept of it.

    Called once after every end, before the task's directories are removed.  ``end`` is how the task ended,
    or None where nobody has learnt it.  A task that still runs is ended by force first.  A raise, or no
    answer within 60 seconds, is reported and changes nothing.
    """


@hookspec(firstresult=True)
def doctor() -> Sequence[Finding] | None:
    """Try what the driver depends on, piece by piece, and say what is well and what would mend the rest.

    Called when an operator asks for a diagnosis, with a deadline of 60 seconds for all drivers together.
    It leaves nothing behind.  A raise is shown as a finding that is not well.
    """


@hookspec(firstresult=True)
def close() -> None:
    """End what the driver holds in this process: threads, connections, files, helpers.  Tasks go on.

    Once no task runs, no process of the driver is left after it.  Called once, last, with a deadline of 10
    seconds.  A raise is reported and changes nothing.
    """
