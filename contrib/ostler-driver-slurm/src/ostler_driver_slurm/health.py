"""What this machine can do with Slurm, and what a cluster's configuration holds of a task's limits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ostler.drivers import Enforcement, Fingerprint, Health, LimitSupport, RecoverableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler_driver_slurm.cluster import Cluster
    from ostler_driver_slurm.programs import Programs

ANSWER_SECONDS: Final = 4.5  # two questions within a fingerprint's deadline
_CONFIGURATION: Final = 'give the cluster\'s slurm.conf: plugin "slurm" { config { slurm_conf = "..." } }'
_LIMITS: Final = (
    "have Slurm hold them, with TaskPlugin=task/affinity,task/cgroup in slurm.conf and "
    "ConstrainCores=yes and ConstrainRAMSpace=yes in cgroup.conf"
)
ATTRIBUTES: Final = {
    "driver.slurm.version": "The version of Slurm's controller.",
    "driver.slurm.cluster": "The name of the cluster.",
    "driver.slurm.accounting": "Whether ends are known after the controller has forgotten the jobs.",
    "driver.slurm.partitions": "The names of the partitions, with commas between them.",
    "driver.slurm.nodes": "How many nodes the partitions have; one that is in two counts twice.",
}
_HELD: Final = frozenset({Enforcement.ENFORCED, Enforcement.WATCHED})


def fingerprint(programs: Programs, cluster: Cluster) -> Fingerprint:
    """Say whether tasks can run: the programs are there, and the controller answers."""
    missing = programs.missing()
    if missing:
        return Fingerprint(
            health=Health.UNDETECTED,
            reason=f"not installed: {', '.join(missing)}",
            remedy="install Slurm's client programs (Debian: slurm-client), or name their directory in "
            'plugin "slurm" { config { programs = "..." } }',
        )
    named = programs.configuration
    if named and not Path(named).is_file():  # Slurm itself would look for it for a minute
        return Fingerprint(health=Health.UNHEALTHY, reason=f"there is no file {named}", remedy=_CONFIGURATION)
    try:
        config = cluster.config(ANSWER_SECONDS)
        listed = programs("sinfo", "--noheader", "--format=%R|%D|%T", timeout_seconds=ANSWER_SECONDS)
    except RecoverableError as error:
        return Fingerprint(health=Health.UNHEALTHY, reason=str(error), remedy=_remedy(str(error)))
    return _healthy(config, _partitions(listed))


def limits(config: Mapping[str, str]) -> LimitSupport:
    """Read from a cluster's configuration how well it holds what a task asks for."""
    return LimitSupport(memory=_memory(config), cores=_cores(config), timeout=Enforcement.WATCHED)


def _memory(config: Mapping[str, str]) -> Enforcement:
    if _constrained(config, "ConstrainRAMSpace"):
        return Enforcement.ENFORCED
    if config.get("JobAcctGatherType", "").endswith("/none"):
        return Enforcement.IGNORED
    watched = "OverMemoryKill" in config.get("JobAcctGatherParams", "")
    return Enforcement.WATCHED if watched else Enforcement.COUNTED


def _cores(config: Mapping[str, str]) -> Enforcement:
    bound = "affinity" in config.get("TaskPlugin", "") or _constrained(config, "ConstrainCores")
    return Enforcement.ENFORCED if bound else Enforcement.COUNTED


def _constrained(config: Mapping[str, str], what: str) -> bool:
    return "cgroup" in config.get("TaskPlugin", "") and config.get(what, "").lower() == "yes"


def _healthy(config: Mapping[str, str], partitions: Mapping[str, int]) -> Fingerprint:
    support = limits(config)
    kept = config.get("AccountingStorageType", "").endswith("slurmdbd")
    age = config.get("MinJobAge", "300 sec")
    short = f"no accounting: an end that is not read within MinJobAge ({age}) is lost"
    held = {support.memory, support.cores} <= _HELD
    return Fingerprint(
        health=Health.HEALTHY,
        reason="" if kept else short,
        remedy="" if held else _LIMITS,
        attributes={
            "driver.slurm.version": config.get("SLURM_VERSION", ""),
            "driver.slurm.cluster": config.get("ClusterName", ""),
            "driver.slurm.accounting": kept,
            "driver.slurm.partitions": ",".join(sorted(partitions)),
            "driver.slurm.nodes": sum(partitions.values()),
        },
        limits=support,
    )


def _partitions(listed: str) -> dict[str, int]:
    """Count the nodes of each partition; one that is in two is counted in both."""
    found: dict[str, int] = {}
    for line in listed.splitlines():
        name, count, *_ = line.split("|")
        found[name] = found.get(name, 0) + int(count)
    return found


def _remedy(words: str) -> str:
    if "munge" in words.lower() or "authentication" in words.lower():
        return "start munged with the key of the cluster"
    if "configuration" in words.lower():
        return _CONFIGURATION
    return "start slurmctld, or see why this machine can't reach it"
