"""Fetch one artifact, as the line of JSON on stdin says, and tell how it goes in lines of JSON."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from pathlib import Path


def _main() -> int:
    """Load the modules beside this file as a package of their own: this process may not find Ostler."""
    beside = Path(__file__).parent
    name = "ostler_fetcher"
    spec = importlib.util.spec_from_file_location(
        name, beside / "__init__.py", submodule_search_locations=[str(beside)]
    )
    assert spec is not None  # noqa: S101 - there is a loader for .py
    sys.modules[name] = importlib.util.module_from_spec(spec)
    work = importlib.import_module(f"{name}.work")
    return int(work.main())


if __name__ == "__main__":
    os._exit(_main())  # no thread or connection of a file system can hold the end back
