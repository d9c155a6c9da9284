"""What the plugin block and a task's config may hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from ostler.drivers import Duration, Words, setting

if TYPE_CHECKING:
    import attrs

_OWN: Final = """
    array batch chdir cluster-constraint clusters comment cpus-per-task error export export-file get-user-env
    gid gres help hold ignore-pbs input job-name mem mem-per-cpu no-requeue nodes ntasks open-mode output
    parsable partition account qos quiet requeue test-only time uid usage verbose version wait wrap
"""
OWN: Final = frozenset(_OWN.split())
_OPTION: Final = re.compile(r"[a-z][a-z0-9-]+")


def _foreign_options(_: object, field: attrs.Attribute[Any], names: tuple[str, ...]) -> None:
    for name in names:
        if not _OPTION.fullmatch(name):
            msg = f"{name!r} is no long option of sbatch; write it without dashes, such as 'constraint'"
            raise ValueError(msg, field)
        if name in OWN:
            msg = f"{name!r} is set by the driver itself and can't be left to jobs; leave it out"
            raise ValueError(msg, field)


def _positive(_: object, field: attrs.Attribute[Any], seconds: float) -> None:
    if seconds <= 0:
        msg = f"must be longer than nothing, found {seconds:g} s"
        raise ValueError(msg, field)


@frozen(kw_only=True)
class SlurmSettings:
    """The ``config`` of ``plugin "slurm"``."""

    partition: str = setting(
        default="", help="The partition of tasks that name none; empty: Slurm's default."
    )
    account: str = setting(default="", help="The account of tasks that name none; empty: the user's default.")
    qos: str = setting(default="", help="The quality of service of tasks that name none; empty: the default.")
    allowed_options: tuple[str, ...] = setting(
        default=(),
        validator=_foreign_options,
        help="Further long options of sbatch that a task may give in its options, without dashes.",
    )
    poll_interval: Duration = setting(
        default=2.0,
        validator=_positive,
        help="How often Slurm is asked for the state of all tasks together.",
    )
    answer_timeout: Duration = setting(
        default=30.0,
        validator=_positive,
        help="How long one of Slurm's programs may take to answer before it is given up and tried again.",
    )
    programs: str = setting(default="", help="The directory of sbatch, squeue and the others; empty: PATH.")
    slurm_conf: str = setting(
        default="", help="The path of slurm.conf; empty: SLURM_CONF, else what Slurm was built with."
    )


@frozen(kw_only=True)
class SlurmTaskSettings:
    """The ``config`` of a task."""

    command: str = setting(
        default="",
        help="The program to run: a path, or a name found in the PATH of the task on the node. "
        "$NAME and ${NAME} of the task's environment are replaced.",
    )
    args: Words = setting(
        default=(),
        help="Arguments: a list, one scalar, or one string that is split as a shell would.",
    )
    script: str = setting(
        default="",
        help="A script to run instead of a command; without a line #!... at its top it is one for /bin/sh.",
    )
    time_limit: Duration | None = setting(
        default=None,
        limit="timeout",
        help='Time after which a running task is ended with the reason timeout, such as "90s" or "12h".',
    )
    partition: str = setting(default="", help="The partition to run in; empty: the plugin's.")
    account: str = setting(default="", help="The account to charge; empty: the plugin's.")
    qos: str = setting(default="", help="The quality of service; empty: the plugin's.")
    nodes: int = setting(default=1, help="How many nodes to allocate; the command starts on the first one.")
    ntasks: int = setting(default=1, help="How many processes srun may start inside the allocation.")
    gres: str = setting(default="", help='Generic resources on every node, such as "gpu:2".')
    requeue: bool = setting(
        default=False,
        help="Whether Slurm may start the task once more after a node failed or it was preempted.",
    )
    options: Mapping[str, str] = setting(
        factory=dict,
        help="Further long options of sbatch, without dashes, of those in the plugin's allowed_options; "
        "an empty value gives the option alone.",
    )
