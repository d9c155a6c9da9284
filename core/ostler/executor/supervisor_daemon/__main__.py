"""Start a data directory's supervisor: ``python -I -S .../supervisor_daemon/__main__.py DIRECTORY KIND``.

The first process ends with 0 once the socket listens, and with 3 when another supervisor is there.
"""

import os
import sys
from types import ModuleType

_CORE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_OTHER_IS_THERE = 3


def _open_packages() -> None:
    """Make the executor's modules importable by their names, and nothing else that is installed."""
    for name, folder in (("ostler", _CORE), ("ostler.executor", os.path.join(_CORE, "executor"))):
        package = ModuleType(name)
        package.__path__ = [folder]
        sys.modules[name] = package


if __name__ == "__main__":
    _open_packages()
    from ostler.executor.supervisor_daemon.birth import start

    # Its embedder waits for this end; tidying the interpreter up would take as long as starting it.
    os._exit(0 if start(sys.argv[1], sys.argv[2]) else _OTHER_IS_THERE)
