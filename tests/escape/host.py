"""Let tasks of the exec driver try everything, as any user: ``... host FOLDER [no-seccomp|landlock]``.

Prints JSON: the tier that was found, and the verdicts by task.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ostler import Client, config
from ostler.executor.supervisor.address import PROTOCOL
from ostler_drivers.exec import ROOT
from tests.escape.scene import python, scene

if TYPE_CHECKING:
    from collections.abc import Sequence

NOBODY = 65534
LANDLOCK = "landlock" in sys.argv[2:]
PATIENCE_SECONDS = 20
NEIGHBOUR = "echo said >$NOMAD_SECRETS_DIR/own; until test -e %s; do sleep 0.05; done"
PROBER = "cd $NOMAD_ALLOC_DIR/data; exec %s >$NOMAD_TASK_NAME.json"


def main() -> None:
    """Run the tasks and print what they found."""
    folder = Path(sys.argv[1])
    if LANDLOCK:
        os.environ["OSTLER_TIER"] = "landlock"
    root = os.geteuid() == 0
    with scene(NOBODY) as given:
        secret = os.open(given["readable"], os.O_RDONLY)
        os.set_inheritable(secret, True)  # noqa: FBT003 - takes no keyword
        of_group = folder.with_name("of-group")
        given.update(
            data_dir=str(folder), of_group=str(of_group) if LANDLOCK else "/of-group", protocol=PROTOCOL
        )
        names = ["nobody", "offline", "root"] if root else ["nobody", "offline"]
        print(json.dumps(_try(folder, given, names)))


def _try(folder: Path, given: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    with Client(_settings(folder, given), data_dir=folder) as client:
        _, found = client.node()
        run = client.start(_job(given, names), keep_allocations=1)
        _tell_late(folder, given)
        results = [folder.glob(f"alloc/*/alloc/data/{name}.json") for name in names]
        result = run.wait()
        assert result, "it did not end"
        assert result.code == 0, (result, result.stderr)
        verdicts = [json.loads(next(each).read_text(encoding="utf-8")) for each in results]
    return {
        "tier": found["exec"].attributes["driver.exec.isolation"],
        **dict(zip(names, verdicts, strict=True)),
    }


def _settings(folder: Path, given: dict[str, Any]) -> config.AgentConfig:
    shown = {path: path for path in (*ROOT, given["granted"])}
    shown[str(folder.with_name("of-group"))] = given["of_group"]
    root = "\n".join(f'"{source}" = "{target}"' for source, target in shown.items())
    seccomp = "false" if "no-seccomp" in sys.argv else "true"
    least = 'min_isolation = "landlock"' if LANDLOCK else ""
    plugin = f'plugin "exec" {{\nconfig {{\nseccomp = {seccomp}\n{least}\n}}\n}}'
    options = 'options {\n"user.denylist" = ""\n}'
    return config.loads(f"client {{\nchroot_env {{\n{root}\n}}\n{options}\n}}\n{plugin}", "agent.hcl")


def _job(given: dict[str, Any], names: Sequence[str]) -> str:
    over = f"{given['granted']}/over"
    probe = f"{python()} -S -B -m tests.escape.probe.main '{json.dumps(given)}'"
    tasks = [_task(name, PROBER % probe, given["granted"]) for name in names]
    tasks.append(_task("neighbour", NEIGHBOUR % over, ""))
    return 'job "escape" {\ntype = "batch"\ngroup "all" {\n' + "\n".join(tasks) + "\n}\n}"


def _task(name: str, script: str, path: str) -> str:
    user = 'user = "root"' if name == "root" else ""
    network = 'network_mode = "none"' if name == "offline" else ""
    config = f'config {{\ncommand = "/bin/sh"\nargs = ["-c", {json.dumps(script)}]\n{network}\n}}'
    return (
        f'task "{name}" {{\ndriver = "exec"\n{user}\n{config}\nenv {{\nPYTHONPATH = "{path}"\n}}\n'
        f"restart {{\nattempts = 0\n}}\n}}"
    )


def _tell_late(folder: Path, given: dict[str, Any]) -> None:
    """Tell the tasks what is known only when all of them run."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    secrets: list[Path] = []
    while not secrets:
        assert time.monotonic() < deadline, "the neighbour did not start"
        time.sleep(0.01)
        secrets = [each for each in folder.glob("alloc/*/neighbour/secrets/own") if each.stat().st_size]
    late = {"secret": str(secrets[0]), "supervisor": _supervisor(folder)}
    written = Path(given["granted"], "late")
    written.write_text(json.dumps(late), encoding="ascii")
    written.rename(written.with_suffix(".json"))
    Path(given["granted"], "over").touch()


def _supervisor(folder: Path) -> int:
    for each in Path("/proc").iterdir():
        words = _words(each) if each.name.isdigit() else []
        if os.fsencode(folder) in words and any(b"supervisor" in word for word in words):
            return int(each.name)
    message = "the supervisor was not found"
    raise AssertionError(message)


def _words(process: Path) -> list[bytes]:
    try:
        return (process / "cmdline").read_bytes().split(b"\0")
    except OSError:  # it is gone
        return []


if __name__ == "__main__":
    main()
