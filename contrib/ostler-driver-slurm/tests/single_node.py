"""A real Slurm of one node: munged, slurmctld and slurmd with a configuration and keys of their own."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Final

from ostler.testing.scale import Scale

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROGRAMS: Final = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol")
PATH: Final = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
PATIENCE_SECONDS: Final = 20.0
# A job is scheduled, launched and cleaned up by three daemons, here on one busy machine.
SCALE: Final = Scale(patience_seconds=30.0)

CONFIGURATION: Final = """\
ClusterName=ostler
SlurmctldHost=localhost(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={controller}
SlurmdPort={node}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherParams=OverMemoryKill
JobAcctGatherFrequency=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1,sched_min_interval=0
DefMemPerCPU=10
MinJobAge={forgets_after}
KillWait=1
MessageTimeout=5
ReturnToService=2
Prolog={folder}/prolog
MailProg=/bin/true
SwitchType=switch/none
MpiDefault=none
PrivateData=none
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName=localhost NodeAddr=127.0.0.1 CPUs=64 RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=localhost Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=localhost MaxTime=INFINITE State=UP PriorityTier=9
PartitionName=shut Nodes=localhost MaxTime=INFINITE State=DOWN
{more}
"""


class SingleNode:
    """One cluster in a folder; every daemon is a child of this process and is ended by its pid."""

    def __init__(self, folder: Path, *, forgets_after: int = 300, more: str = "") -> None:
        self.folder = folder
        self.conf = folder / "slurm.conf"
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("state", "spool", "munge"):
            (folder / name).mkdir(mode=0o700)
        folder.chmod(0o711)
        # What a node does between "the job runs" and the start of its process; for tests to make it long.
        (folder / "prolog").write_text(f"#!/bin/sh\n[ ! -e {folder}/slow ] || sleep 1\n")
        (folder / "prolog").chmod(0o755)
        controller, node = free_ports()
        self.conf.write_text(
            CONFIGURATION.format(
                folder=folder,
                user=own_name(),
                controller=controller,
                node=node,
                forgets_after=forgets_after,
                more=more,
            )
        )
        self.environment = {"PATH": PATH, "SLURM_CONF": str(self.conf), "LC_ALL": "C"}

    def start(self) -> None:
        """Start all daemons and wait until jobs can run."""
        self.start_munge()
        self.start_controller()
        self.start_node()

    def start_munge(self) -> None:
        """Start munged with a key of its own."""
        key = self.folder / "munge" / "key"
        if not key.exists():
            key.write_bytes(secrets.token_bytes(128))
            key.chmod(0o400)
        files = {"key-file": key, "socket": self.folder / "munge.socket"}
        files |= {f"{name}-file": self.folder / "munge" / name for name in ("pid", "log", "seed")}
        self._start("munged", "--foreground", "--force", "--num-threads=10", *_long(files))
        until((self.folder / "munge.socket").exists)

    def start_controller(self) -> None:
        """Start slurmctld, with what it saved, and wait until it answers."""
        self._start("slurmctld", "-D", "-f", str(self.conf))
        until(lambda: "UP" in self.try_to("scontrol", "ping"))

    def save(self) -> None:
        """Wait until the controller has written down the jobs of this moment, as it does within seconds."""
        now, state = time.time(), self.folder / "state" / "job_state"
        until(lambda: state.exists() and state.stat().st_mtime > now)

    def ensure_controller(self) -> None:
        """Start slurmctld unless it runs."""
        if "slurmctld" not in self._daemons:
            self.start_controller()

    def start_node(self) -> None:
        """Start slurmd, and wait until its node takes jobs."""
        self._start("slurmd", "-D", "-N", "localhost", "-f", str(self.conf))
        until(lambda: self.try_to("sinfo", "-h", "-p", "main", "-o", "%T").strip() in {"idle", "mixed"})

    def end(self, name: str, number: int = signal.SIGTERM) -> None:
        """End one daemon."""
        daemon = self._daemons.pop(name)
        daemon.send_signal(number)
        daemon.wait(PATIENCE_SECONDS)

    def close(self) -> None:
        """Cancel all jobs and end all daemons."""
        if "slurmctld" in self._daemons:
            self.try_to("scancel", "--user", own_name())
            self.try_to("scancel", "--state=PENDING", "--user", "nobody")
            deadline = time.monotonic() + PATIENCE_SECONDS
            while self.try_to("squeue", "-h").strip() and time.monotonic() < deadline:
                time.sleep(0.1)
        for name in reversed(list(self._daemons)):
            self.end(name)

    def ask(self, *words: str) -> str:
        """Run one of Slurm's programs, which has to succeed."""
        done = subprocess.run(
            words, env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout

    def try_to(self, *words: str) -> str:
        """Run one of Slurm's programs, which may fail."""
        done = subprocess.run(
            words, env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )
        return done.stdout

    def jobs(self, state: str = "all") -> list[int]:
        """List the numbers of jobs in some state."""
        return [int(word) for word in self.ask("squeue", "-h", "-t", state, "-o", "%i").split()]

    def _start(self, name: str, *arguments: str) -> None:
        found = shutil.which(name, path=PATH)
        assert found is not None
        with (self.folder / f"{name}.out").open("ab") as out:
            self._daemons[name] = subprocess.Popen(
                [found, *arguments],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )


def missing(*more: str) -> list[str]:
    """Name the programs that are not installed, of those that every test needs and of ``more``."""
    return [name for name in (*PROGRAMS, *more) if shutil.which(name, path=PATH) is None]


def until(true: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for something that comes true soon."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.05)


def _long(options: dict[str, Path]) -> list[str]:
    return [f"--{name}={value}" for name, value in options.items()]


def own_name() -> str:
    """Name the user that everything runs as."""
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name


def free_ports() -> tuple[int, int]:
    """Find two ports of this machine that nobody listens on."""
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def counting(parent: Path) -> Path:
    """Make a directory of programs that stand in front of Slurm's own and write each call down."""
    folder = parent / "programs"
    folder.mkdir()
    for name in ("sbatch", "squeue", "sacct", "scancel", "scontrol"):
        wrapper = folder / name
        real = shutil.which(name, path=PATH)
        wrapper.write_text(f'#!/bin/sh\necho {name} >>"{folder}/calls"\nexec {real} "$@"\n')
        wrapper.chmod(0o755)
    (folder / "calls").touch()
    return folder
