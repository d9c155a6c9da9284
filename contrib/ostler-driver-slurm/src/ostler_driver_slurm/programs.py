"""Call Slurm's programs: with an environment of their own, within a time, and never after the end."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from typing import TYPE_CHECKING, Final

from ostler.drivers import RecoverableError

if TYPE_CHECKING:
    from ostler_driver_slurm.settings import SlurmSettings

NEEDED: Final = ("sbatch", "squeue", "scancel", "scontrol")
# Options hide in SBATCH_*, SQUEUE_* and so on, and a host that runs in a job of its own has SLURM_*.
KEPT: Final = ("HOME", "LOGNAME", "SLURM_CONF", "USER")
_DEFAULT_PATH: Final = "/usr/local/bin:/usr/bin:/bin"


class FailedError(RecoverableError):
    """One of the programs failed; the message holds what it said."""


class UnansweredError(FailedError):
    """Whether Slurm did what it was asked is not known: it did not answer."""


class Programs:
    """The programs of one cluster."""

    def __init__(self, settings: SlurmSettings) -> None:
        path = os.environ.get("PATH", _DEFAULT_PATH)
        self._path = f"{settings.programs}{os.pathsep}{path}" if settings.programs else path
        self._environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        self._environment |= {"PATH": self._path, "LC_ALL": "C"}
        if settings.slurm_conf:
            self._environment["SLURM_CONF"] = settings.slurm_conf
        self._timeout = settings.answer_timeout
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._closed = False

    @property
    def configuration(self) -> str:
        """The path of slurm.conf where it was named; empty where Slurm looks for it itself."""
        return self._environment.get("SLURM_CONF", "")

    def missing(self) -> list[str]:
        """Name those that are not installed."""
        return [name for name in NEEDED if shutil.which(name, path=self._path) is None]

    def __call__(self, name: str, *arguments: str, text: str = "", timeout_seconds: float = 0.0) -> str:
        """Return what the program writes; ``text`` is its input, a timeout of 0 the operator's.

        Raises UnansweredError when it does not get an answer in time, FailedError when it fails otherwise.
        """
        seconds = timeout_seconds or self._timeout
        running = self._started(name, arguments)
        try:
            written, said = running.communicate(os.fsencode(text), seconds)
        except subprocess.TimeoutExpired as error:
            msg = f"{name} got no answer from Slurm within {seconds:g} s"
            raise UnansweredError(msg) from error
        finally:
            self._ended(running)
        if running.returncode:
            raise _failure(name, os.fsdecode(said))
        return os.fsdecode(written)

    def close(self) -> None:
        """End those that still run, and start none any more."""
        with self._lock:
            self._closed = True
            for running in self._running:
                running.kill()

    def _started(self, name: str, arguments: tuple[str, ...]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                msg = f"{name}: the driver is closed"
                raise FailedError(msg)
            found = shutil.which(name, path=self._path)
            if found is None:
                msg = f"{name} is not installed; install Slurm's client programs"
                raise FailedError(msg)
            # A session of its own, so that Ctrl-C at the host's terminal doesn't break a submission.
            running = subprocess.Popen(
                [found, *arguments],
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
            self._running.add(running)
        return running

    def _ended(self, running: subprocess.Popen[bytes]) -> None:
        if running.poll() is None:
            running.kill()
            running.communicate()
        with self._lock:
            self._running.discard(running)


_SILENT: Final = (
    "unable to contact slurm controller",
    "timed out",
    "zero bytes were transmitted",
    "transport endpoint",
    "connection refused",
    "connection reset",
    "unexpected message received",
    "communication",
    "in standby mode",
)


def _failure(name: str, said: str) -> FailedError:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    words = lines[-1] if lines else f"{name} failed and said nothing"
    munge = next((line for line in lines if "munge" in line.lower() and "restart with" not in line), "")
    if munge:
        return FailedError(munge)
    if not lines or any(sign in words.lower() for sign in _SILENT):
        return UnansweredError(words)
    return FailedError(words)
