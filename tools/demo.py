"""Run ``examples/hello.nomad.hcl``: pack the repository, let a task fetch it and count what is in it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
WORK: Final = ROOT / "build" / "demo"
PACKED: Final = ("core", "builtin_drivers", "docs", "examples", "tests", "tools")


def pack(archive: Path) -> None:
    """Write the repository's text into ``archive``."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for folder in PACKED:
            for path in sorted((ROOT / folder).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    packed.write(path, path.relative_to(ROOT))


def main() -> int:
    """Give the exit status of the job."""
    WORK.mkdir(parents=True, exist_ok=True)
    pack(WORK / "repository.zip")
    command = [sys.executable, "-m", "ostler.cli", "run", "--config", "examples/agent.hcl"]
    options = ["--data-dir", str(WORK / "state"), "examples/hello.nomad.hcl"]
    return subprocess.run([*command, *options], cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
