"""Compile or run one module: ``python -I -S .../process/__main__.py compile|run FOLDER``."""

from __future__ import annotations

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib would cost the start 5 ms


def main(verb: str, folder: str) -> None:
    """Do what the folder's order says."""
    sys.path.insert(0, os.path.dirname(os.path.dirname(HERE)))  # noqa: PTH120
    from ostler_driver_wasm.process import order

    asked = order.read(f"{folder}/{order.ORDER}")
    sys.path[:0] = asked["packages"]
    if verb == "compile":
        from ostler_driver_wasm.process.compiling import compile_module

        compile_module(asked, folder)
    else:
        from ostler_driver_wasm.process.running import run

        run(asked, folder)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
