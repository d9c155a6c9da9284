"""Time the reading of job files beside python-hcl2, from an installed wheel, interleaved in one run.

usage: hcl.py [--json] [--rounds N]

The files are those of $OSTLER_JOB_CORPUS, else the project's own.  The rows:

    parse       a job file, to the tree of its syntax, in the median over the files
    job         the same, evaluated, decoded and filled in: a whole job
    0.1 MB      a generated file of repeated tasks, parsed
    2.5 MB, 5 MB   the same, larger: the peer would take minutes
    import      `import ostler.hcl` in a fresh interpreter
    first parse the same, with a file of six lines parsed

python-hcl2 parses to dicts, leaves expressions as text, and evaluates nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from startup import install
from timing import Goal, Row

PEER: Final = "python-hcl2"
FOLDERS: Final = ("examples", "tests/jobs/files")
SECONDS: Final = {"parse": 0.00025, "job": 0.0015, "import": 0.012}
LINEAR: Final = 2.5  # at most: twice the size, and a quarter for what else the machine does


def files() -> list[str]:
    """List the job files: the corpus, or the project's own in the native syntax."""
    corpus = os.environ.get("OSTLER_JOB_CORPUS")
    root = Path(__file__).resolve().parent.parent
    folders = [Path(corpus, "hcl")] if corpus else [root / folder for folder in FOLDERS]
    return sorted(
        str(path) for folder in folders for path in folder.glob("*.hcl") if path.name != "agent.hcl"
    )


def measure(folder: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Give the seconds of each row, ours and the peer's."""
    programs = install(folder)
    python = str(programs / "python")
    pip = [python, "-m", "pip", "-q", "--disable-pip-version-check", "install", PEER]
    subprocess.run(pip, check=True, stdout=sys.stderr)
    script = Path(__file__).with_name("reading.py")
    done = subprocess.run([python, script, str(rounds), *files()], stdout=subprocess.PIPE, check=True)
    return dict(json.loads(done.stdout))


def rows(found: dict[str, dict[str, float]]) -> dict[str, Row]:
    """Set ours beside the peer's; the goals are times of our own, or how the time grows."""
    return {
        name: Row(each["ours"], {peer: each[peer] for peer in each if peer != "ours"}, goals(name))
        for name, each in found.items()
    }


def goals(name: str) -> dict[str, Goal]:
    """Give the goal of a row that is compared with a goal, not with the peer."""
    if name in SECONDS:
        return {"the goal": Goal(1)}
    return {"2.5 MB": Goal(LINEAR)} if name == "5 MB" else {}


def main() -> int:
    """Give 1 when a figure is missed, but not to a program."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--rounds", type=int, default=10, help="how often each is timed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ostler-hcl-") as scratch:
        found = measure(Path(scratch), options.rounds)
    for name, limit in SECONDS.items():
        found[name]["the goal"] = limit
    found["5 MB"]["2.5 MB"] = found["2.5 MB"]["ours"]
    table = rows(found)
    if options.json:
        ratios = {name: row.ratios for name, row in table.items()}
        print(json.dumps({"ratios": ratios, "seconds": found, "files": len(files())}))
    else:
        print(f"{len(files())} job files")
        print("\n".join(line for name, row in table.items() for line in row.lines(name)))
    return 0 if options.json else int(not all(row.met for row in table.values()))


if __name__ == "__main__":
    sys.exit(main())
