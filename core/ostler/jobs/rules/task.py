"""What a task has to keep."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from ostler.jobs.names import wrong_task_name
from ostler.jobs.rules.files import artifact, template
from ostler.jobs.rules.job import time_zone
from ostler.jobs.rules.policies import restart
from ostler.jobs.rules.resources import logs, resources
from ostler.jobs.rules.words import choice, inside, not_negative, required, there_are, twice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ostler.errors import Problem
    from ostler.jobs.found import Found

HOOKS: Final = ("prestart", "poststart", "poststop")
PROPAGATIONS: Final = ("", "private", "host-to-task", "bidirectional")
_ACTION: Final = re.compile("[A-Za-z0-9-]{1,128}")
_IDENTITY: Final = re.compile("[A-Za-z0-9_-]{1,128}")
_DEFAULT: Final = "default"


class Surroundings(NamedTuple):
    """The group of a task, the names of its volumes, and those of its services that have a sidecar."""

    group: Found
    volumes: dict[str, None]
    sidecars: dict[str, None]

    @classmethod
    def of(cls, group: Found) -> Surroundings:
        """Look at a group once for all its tasks."""
        volumes = dict.fromkeys(volume.label for volume in group.all("volume"))
        sidecars = dict.fromkeys(
            service.get("name")
            for service in group.all("service")
            if any(block.all("sidecar_service") for block in service.all("connect"))
        )
        return cls(group, volumes, sidecars)


def task(found: Found, around: Surroundings) -> Iterator[Problem]:
    """Check a task."""
    wrong = wrong_task_name(found.label)
    if wrong:
        yield found.problem(wrong)
    if found.lacks("driver"):
        yield found.problem("required, but missing; name the driver that runs the task", "driver")
    yield from not_negative(found, "kill_timeout", "shutdown_delay")
    yield from _environment(found)
    for name, rule in _RULES.items():
        for block in found.all(name):
            yield from rule(block)
    for block in found.all("logs"):
        yield from logs(block, around.group)
    yield from _destinations(found.all("template"))
    yield from _identities(found.all("identity"))
    yield from twice(found.all("action"), "action")
    yield from twice(found.all("secret"), "secret")
    for mount in found.all("volume_mount"):
        yield from _volume_mount(mount, around.volumes)
    yield from _proxy(found, around.sidecars)


def _environment(found: Found) -> Iterator[Problem]:
    for name in found.get("env", {}):
        if not name or "=" in name:
            yield found.problem(f"a variable can't be named {name!r}", f"env.{name}")


def _lifecycle(found: Found) -> Iterator[Problem]:
    if found.lacks("hook"):
        yield found.problem(f"required, but missing; one of {', '.join(HOOKS)}", "hook")
    else:
        yield from choice(found, "hook", HOOKS)


def _vault(found: Found) -> Iterator[Problem]:
    yield from choice(found, "change_mode", ("noop", "signal", "restart"))
    if "root" in found.get("policies", []):
        yield found.problem("no task is given the policy 'root'", "policies")


def _dispatch_payload(found: Found) -> Iterator[Problem]:
    yield from inside(found, "file", "local")


def _destinations(templates: list[Found]) -> Iterator[Problem]:
    seen: dict[str, Found] = {}
    for each in templates:
        first = seen.setdefault(each.get("destination", ""), each)
        if first is not each and each.get("destination"):
            place = first.where("destination") or first.path
            yield each.problem(f"another template is written there already, at {place}", "destination")


def _identities(identities: list[Found]) -> Iterator[Problem]:
    seen: set[str] = set()
    for identity in identities:
        if identity.get("name") in seen:
            yield identity.problem(f"there is already an identity {identity.get('name')!r}", "name")
        seen.add(identity.get("name"))
        yield from _identity(identity)


def _identity(found: Found) -> Iterator[Problem]:
    mode, signal = found.get("change_mode", ""), found.get("change_signal", "")
    if not _IDENTITY.fullmatch(found.get("name", "")):
        text = f"expected letters, digits, '-' and '_', 128 at most, found {found.get('name')!r}"
        yield found.problem(text, "name")
    if "" in found.get("aud", []):
        yield found.problem("no audience may be empty", "aud")
    yield from choice(found, "change_mode", ("", "noop", "signal", "restart"))
    if mode == "signal" and not signal:
        yield found.problem("required by change_mode 'signal', but missing", "change_signal")
    if signal and mode != "signal":
        yield found.problem('needs change_mode = "signal"', "change_signal")
    yield from not_negative(found, "ttl")
    if found.get("ttl", 0) > 0 and found.get("name") == _DEFAULT:
        yield found.problem("the default identity does not expire; name this one", "ttl")
    if found.get("filepath"):
        yield from inside(found, "filepath")


def _volume_mount(found: Found, volumes: dict[str, None]) -> Iterator[Problem]:
    name = found.get("volume", "")
    if not name:
        yield found.problem("required, but missing; name a volume of the group", "volume")
    elif name not in volumes:
        yield found.problem(f"no volume {name!r} in the group; {there_are(volumes)}", "volume")
    yield from choice(found, "propagation_mode", PROPAGATIONS)
    yield from choice(found, "selinux_label", ("", "z", "Z"))


def _csi_plugin(found: Found) -> Iterator[Problem]:
    yield from required(found, "id", "type")
    if found.get("type"):
        yield from choice(found, "type", ("node", "controller", "monolith"))
    staged, mounted = found.get("stage_publish_base_dir", ""), found.get("mount_dir", "")
    if staged and mounted and staged.startswith(mounted):
        yield found.problem(f"lies within mount_dir, {mounted!r}, found {staged!r}", "stage_publish_base_dir")


def _action(found: Found) -> Iterator[Problem]:
    if not _ACTION.fullmatch(found.label):
        text = f"an action is named by letters, digits and '-', 128 at most, found {found.label!r}"
        yield found.problem(text)
    yield from required(found, "command")


def _secret(found: Found) -> Iterator[Problem]:
    if not found.label:
        yield found.problem("the secret's name is empty")
    yield from required(found, "provider", "path")


def _schedule(found: Found) -> Iterator[Problem]:
    for block in found.all("cron"):
        yield from required(block, "start", "end")
        yield from time_zone(block, "timezone")


def _proxy(found: Found, sidecars: dict[str, None]) -> Iterator[Problem]:
    """Check a task that says of itself that it is the sidecar of a service."""
    kind, _, name = found.get("kind", "").partition(":")
    if kind != "connect-proxy" or not name:
        return
    for key in ("service", "leader"):
        if found.all(key) or found.get(key):
            yield found.problem("not for a task that is a sidecar; take it out", key)
    if name not in sidecars:
        text = f"no service {name!r} with a sidecar in the group; {there_are(sidecars)}"
        yield found.problem(text, "kind")


_RULES: Final[dict[str, Callable[[Found], Iterator[Problem]]]] = {
    "restart": restart,
    "resources": resources,
    "artifact": artifact,
    "template": template,
    "lifecycle": _lifecycle,
    "vault": _vault,
    "dispatch_payload": _dispatch_payload,
    "csi_plugin": _csi_plugin,
    "action": _action,
    "secret": _secret,
    "schedule": _schedule,
}
