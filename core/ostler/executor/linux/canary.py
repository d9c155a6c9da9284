"""Try the tiers that are named, best first, in throw-away children, until one can be had.

Run as ``python -I -S .../linux/canary.py TIER...``; prints the version of Landlock, 0 for none, and one line
for each tier that failed: its name, the phase, the index of the step and the kernel's error number.
"""

import os
import sys
from types import ModuleType

_CORE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def _open_packages() -> None:
    for name, folder in (("ostler", _CORE), ("ostler.executor", os.path.join(_CORE, "executor"))):
        package = ModuleType(name)
        package.__path__ = [folder]
        sys.modules[name] = package


def _try(tiers: list[str]) -> None:
    from ostler.executor.linux.trial import attempt, landlock_version

    print(landlock_version())  # noqa: T201 - its answer
    for tier in tiers:
        failure = attempt(tier)
        if failure is None:
            return
        print(tier, *failure)  # noqa: T201 - its answer


if __name__ == "__main__":
    _open_packages()
    _try(sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)  # somebody waits for it, and has no use for a tidy interpreter
