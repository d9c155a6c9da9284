"""Which keys and blocks are acted on, which mean nothing on one machine, and which are not built yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ostler.errors import Problem
from ostler.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from ostler.jobs.found import Found


class Standing(NamedTuple):
    """The keys and blocks of one block: those acted on, and the others, each with its reason."""

    acted: frozenset[str]
    idle: Mapping[str, str] = {}
    later: Mapping[str, str] = {}


_PLACING: Final = "there is one machine to run on, and nothing to choose"
_ROLLING: Final = "a job is started once, and no other version of it is running"
_LOST: Final = "nothing watches this machine from outside"
_SCALING: Final = "nothing from outside changes a count; its min stands for one that is missing"
_NO_SERVICE: Final = "no service is announced or checked"
_NO_VAULT: Final = "no secret is fetched"
_NO_VOLUME: Final = "no volume is mounted"
_NO_NETWORK: Final = "a task uses the machine's network as it is"

STANDING: Final[Mapping[str, Standing]] = {
    "job": Standing(
        acted=frozenset({"id", "name", "type", "constraint", "group", "task", "meta"}),
        idle={
            "region": _PLACING,
            "namespace": "there is no server that keeps jobs apart",
            "datacenters": _PLACING,
            "node_pool": _PLACING,
            "priority": _PLACING,
            "all_at_once": _PLACING,
            "affinity": _PLACING,
            "spread": _PLACING,
            "multiregion": _PLACING,
            "update": _ROLLING,
            "migrate": _ROLLING,
            "reschedule": "there is no other machine to try",
            "ui": "no page shows the job",
            "consul_token": "no server asks for it",
            "vault_token": "no server asks for it",
        },
        later={
            "periodic": "a job runs when it is started",
            "parameterized": "a job runs when it is started, without a payload",
            "vault": _NO_VAULT,
            "secret": _NO_VAULT,
        },
    ),
    "group": Standing(
        acted=frozenset({"count", "constraint", "task", "meta", "restart"}),
        idle={
            "affinity": _PLACING,
            "spread": _PLACING,
            "update": _ROLLING,
            "migrate": _ROLLING,
            "reschedule": "there is no other machine to try",
            "ephemeral_disk": "it serves to choose a machine; its size is only compared with the logs",
            "scaling": _SCALING,
            "disconnect": _LOST,
            "stop_after_client_disconnect": _LOST,
            "max_client_disconnect": _LOST,
            "prevent_reschedule_on_lost": _LOST,
        },
        later={
            "network": _NO_NETWORK,
            "volume": _NO_VOLUME,
            "service": _NO_SERVICE,
            "consul": _NO_SERVICE,
            "vault": _NO_VAULT,
            "shutdown_delay": "a task is stopped at once",
            "max_run_duration": "nothing ends a group by the clock",
        },
    ),
    "task": Standing(
        acted=frozenset(
            {
                *("driver", "user", "config", "env", "meta", "resources", "constraint", "restart", "logs"),
                *("artifact", "kill_timeout", "kill_signal"),
            }
        ),
        idle={
            "affinity": _PLACING,
            "scaling": _SCALING,
            "kind": "it marks what a server adds to a job",
        },
        later={
            "lifecycle": "all tasks of a group start together",
            "leader": "no task ends the others of its group",
            "template": "no file is rendered",
            "service": _NO_SERVICE,
            "consul": _NO_SERVICE,
            "vault": _NO_VAULT,
            "secret": _NO_VAULT,
            "identity": "no identity is signed",
            "volume_mount": _NO_VOLUME,
            "csi_plugin": _NO_VOLUME,
            "dispatch_payload": "a job runs without a payload",
            "shutdown_delay": "a task is stopped at once",
            "action": "there is no way yet to ask for it",
            "schedule": "a task runs until it ends",
        },
    ),
    "resources": Standing(
        acted=frozenset({"cpu", "cores", "memory", "memory_max"}),
        idle={
            "disk": "ephemeral_disk replaced it long ago",
            "iops": "it has had no effect for long",
            "secrets": "the secrets directory is bounded by the disk alone",
        },
        later={
            "network": _NO_NETWORK,
            "device": "no device is handed to a task",
            "numa": "a task is bound to no memory node",
        },
    ),
    "restart": Standing(
        acted=frozenset({"attempts", "interval", "delay", "mode"}),
        idle={"render_templates": "there are no templates to render again"},
    ),
    "logs": Standing(acted=frozenset({"max_files", "max_file_size", "disabled", "enabled"})),
    "artifact": Standing(
        acted=frozenset({"source", "options", "headers", "mode", "destination", "insecure", "chown"})
    ),
}

# What these blocks may say and still ask for nothing; an empty value is one of them.
_SILENT: Final[Mapping[str, frozenset[tuple[str, object]]]] = {
    "consul": frozenset({("cluster", "default")}),
    "network": frozenset({("mode", "host")}),
}

ACTED: Final = frozenset(name for each in STANDING.values() for name in each.acted)
IDLE: Final = frozenset(name for each in STANDING.values() for name in each.idle)
LATER: Final = frozenset(name for each in STANDING.values() for name in each.later)


def check(job: Found, ignore: Collection[str]) -> tuple[list[Problem], list[str]]:
    """Give the problems, and the names of what is not acted on in the order of the text."""
    problems = [_cannot_ignore(name) for name in sorted(ignore) if name not in LATER | IDLE]
    refused: list[tuple[Problem, str]] = []
    noted: dict[str, None] = {}
    for block, name, reason in _unacted(job):
        if reason is None or name in ignore:
            noted[name] = None
        else:
            refused += [(at.problem(reason, key), name) for at, key in _places(block, name)]
    remedy = ",".join(sorted({name for _, name in refused} | set(ignore) & LATER))
    problems += [_refusal(problem, name, remedy) for problem, name in refused]
    return problems, list(noted)


def _refusal(problem: Problem, name: str, remedy: str) -> Problem:
    text = f"'{name}' is not acted on yet: {problem.text}; to run without it: --ignore {remedy}"
    return problem._replace(text=text)


def _unacted(block: Found) -> Iterator[tuple[Found, str, str | None]]:
    """Give what is set and not acted on; its reason, or None where it means nothing here."""
    standing = STANDING.get(block.kind.name)
    if standing is None:
        return
    for name in [*block.values, *block.blocks]:
        if name in standing.idle:
            if not _is_default(block, name):
                yield block, name, None
        elif name in standing.later and _asks(block, name):
            yield block, name, standing.later[name]
        elif name in block.blocks:
            for nested in block.blocks[name]:
                yield from _unacted(nested)


def _is_default(block: Found, name: str) -> bool:
    """Say whether a key only says what stands for it anyway, as what a server filled in does."""
    field = block.kind.by_name.get(name)
    if field is None or name not in block.values:
        return False
    value = block.values[name]
    return field.default is not None and (tuple(value) if isinstance(value, list) else value) == field.default


def _asks(block: Found, name: str) -> bool:
    """Say whether a key or block asks for anything: ``leader = false`` and an empty ``consul`` do not."""
    if name in block.values:
        return bool(block.values[name])
    silent = _SILENT.get(name, frozenset())
    return any(_own(block, each) and not _says_nothing(each, silent) for each in block.blocks[name])


def _says_nothing(block: Found, silent: frozenset[tuple[str, object]]) -> bool:
    """Say whether a block that may be silent only says what stands for it anyway."""
    if not silent or any(block.blocks.values()):
        return False
    return all(not value or (name, value) in silent for name, value in block.values.items())


def _own(block: Found, nested: Found) -> bool:
    return nested.path.startswith(block.path)


def _places(block: Found, name: str) -> Iterator[tuple[Found, str]]:
    if name in block.values:
        yield block, name
    for each in block.blocks.get(name, []):
        if _own(block, each):
            yield each, ""


def _cannot_ignore(name: str) -> Problem:
    if name in ACTED:
        return Problem("", "--ignore", f"{name!r} is acted on and can't be ignored; take it out of the job")
    near = nearest(name, LATER)
    hint = f"did you mean {near!r}?" if near else f"known: {', '.join(sorted(LATER))}"
    return Problem("", "--ignore", f"unknown name {name!r}; {hint}")
