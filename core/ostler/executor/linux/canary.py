"""Try a plan's namespaces and root in throw-away children, and print how far each got.

Run as ``python -I -S .../linux/canary.py``, with a JSON list of ``{"namespaces": [...], "build": [...]}`` on
stdin; prints a JSON list of ``null`` or ``{"phase", "index", "errno"}``.
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


if __name__ == "__main__":
    _open_packages()
    import json

    from ostler.executor.linux.trial import attempt

    print(json.dumps([attempt(each) for each in json.load(sys.stdin)]))  # noqa: T201 - its answer
