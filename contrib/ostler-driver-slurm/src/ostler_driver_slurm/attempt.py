"""One attempt to run a task, on disk: a script that sets its environment and runs it, and a gate before it.

Slurm gets a batch script of a few lines that hold no secret, since whoever may see the job can read it.
It waits at a gate until the driver knows the job's number: a job whose submission was never answered,
or whose host died over it, runs nothing and ends by itself.
"""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ostler.drivers import RefusedError, expand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.drivers import Task
    from ostler_driver_slurm.settings import SlurmTaskSettings

CLOSED, OPEN, PASSED, SAID = "closed", "open", "passed", "slurm"
GATE_SECONDS: Final = 120
# What Slurm tells a job, and the devices that it gave it.
_FROM_SLURM: Final = "SLURM*|CUDA_VISIBLE_DEVICES|GPU_DEVICE_ORDINAL|ROCR_VISIBLE_DEVICES|ZE_AFFINITY_MASK"

_BATCH: Final = """\
#!/bin/sh
PATH=/usr/bin:/bin
folder={folder}
tenths={tenths}
gate=
while read -r gate <"$folder/gate" && [ "$gate" = {closed} ] && [ $tenths -gt 0 ]; do
    tenths=$((tenths - 1))
    sleep 0.1
done
case $gate in
{open} | {passed}) echo {passed} >"$folder/gate" ;; # one that is requeued finds it passed
*) exit 75 ;;
esac
exec /bin/sh "$folder/run"
"""
_RUN: Final = """\
PATH=/usr/bin:/bin
exec >>{stdout} 2>>{stderr} || exit 74
set -- {words}
for name in $(env | sed -n 's/^\\([A-Za-z_][A-Za-z0-9_]*\\)=.*/\\1/p'); do
    case $name in
    {kept}) eval "set -- \\"$name=\\$$name\\" \\"\\$@\\"" ;;
    esac
done
exec env -i -- "$@"
"""


class Attempt:
    """The files of one attempt, in a folder of its own that no task can write to."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    @classmethod
    def of(cls, task: Task) -> Attempt:
        """Name the folder of an attempt."""
        return cls(Path(task.directories.shared, "logs", f".slurm.{task.id.rpartition('/')[2]}"))

    @property
    def folder(self) -> str:
        """Where the files are."""
        return str(self._folder)

    @property
    def batch_script(self) -> str:
        """What Slurm is given to run."""
        folder, tenths = shlex.quote(self.folder), GATE_SECONDS * 10
        return _BATCH.format(folder=folder, tenths=tenths, closed=CLOSED, open=OPEN, passed=PASSED)

    def write(self, task: Task, owner: tuple[int, int] | None) -> None:
        """Write the files, readable only by who runs the task; the gate is closed."""
        try:
            self._folder.mkdir()
            self._folder.chmod(0o711)
            self._put("script", task.config.script, 0o700, owner)
            self._put("run", self._run(task), 0o600, owner)
            self._put("gate", f"{CLOSED}\n", 0o600, owner)
            self._put(SAID, "", 0o600, owner)
        except OSError as error:
            self.remove()
            msg = f"can't write to {self._folder}: {error.strerror}"
            raise RefusedError(msg) from error

    @property
    def said_path(self) -> str:
        """Where Slurm's own daemons write what they do to the job; the task's stderr goes elsewhere."""
        return f"{self._folder}/{SAID}"

    def said(self) -> str:
        """Read what Slurm's daemons said of the job; empty where there was no need."""
        try:
            return Path(self.said_path).read_text("utf-8", errors="replace").strip()
        except OSError:
            return ""

    def open_gate(self) -> None:
        """Let the job run; written in place, since a node may remember for long that a name was not there."""
        with (self._folder / "gate").open("r+") as gate:
            gate.write(f"{OPEN}\n")
            gate.truncate()

    def begun(self) -> bool:
        """Tell whether the job has passed the gate, from where on a signal reaches it."""
        try:
            return (self._folder / "gate").read_text("utf-8") == f"{PASSED}\n"
        except OSError:
            return False

    def remove(self) -> None:
        """Remove the files; a job that still waits at the gate ends."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, task: Task) -> str:
        words = [f"{name}={value}" for name, value in task.environment.items()]
        words += self._command(task)
        return _RUN.format(
            stdout=shlex.quote(task.stdout_path),
            stderr=shlex.quote(task.stderr_path),
            words=shlex.join(words),
            kept=_FROM_SLURM,
        )

    def _command(self, task: Task) -> Iterator[str]:
        config: SlurmTaskSettings = task.config
        if config.script:
            yield from () if config.script.startswith("#!") else ("/bin/sh",)
            yield f"{self._folder}/script"
        else:
            command = expand(config.command, task.environment)
            yield from (
                ("nice", "-n", "0", "--") if "=" in command else ()
            )  # or env would take it as a variable
            yield command
        yield from config.args

    def _put(self, name: str, text: str, mode: int, owner: tuple[int, int] | None) -> None:
        path = self._folder / name
        path.write_bytes(os.fsencode(text))
        if owner is not None:
            os.chown(path, *owner)
        path.chmod(mode)
