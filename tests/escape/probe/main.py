"""Try everything and print the verdicts: ``python -S -m tests.escape.probe.main GIVEN``."""

from __future__ import annotations

import json
import os
import sys
import time

from tests.escape.probe import files, kernel, mounts, network, processes, table

__all__ = ["files", "kernel", "mounts", "network", "processes", "table"]


def main() -> None:
    """Print a line of JSON."""
    given = json.loads(sys.argv[1])
    given |= _arranged(given)
    given["init"] = os.getppid()
    given["descriptors"] = [name for name in os.listdir("/proc/self/fd") if int(name) > 2 and _open(name)]
    print(json.dumps(table.carry_out(given)), flush=True)


def _arranged(given: table.Given) -> table.Given:
    """Say where a task finds what was arranged for it, once everything is in its place."""
    if "own" in given:
        return {}
    own, granted = os.environ["NOMAD_TASK_DIR"], given["granted"]
    late = os.path.join(granted, "late.json")
    while not os.path.exists(late):
        time.sleep(0.01)
    with open(late, encoding="ascii") as source:
        told: table.Given = json.load(source)
    places = {"readonly": granted, "loose": granted, "mounted": own}
    return {"own": own, "shared": os.environ["NOMAD_ALLOC_DIR"], **places, **told}


def _open(name: str) -> bool:
    """Tell whether a descriptor is still open: that by which they were listed is not."""
    return os.path.exists(f"/proc/self/fd/{name}")


if __name__ == "__main__":
    main()
