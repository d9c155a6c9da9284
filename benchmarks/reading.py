"""What ``hcl.py`` times, run by the interpreter in which ostler and python-hcl2 are installed.

usage: reading.py ROUNDS FILE...
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import hcl2

from ostler.errors import MistakeError
from ostler.hcl import parse
from ostler.jobs import read_api
from timing import interleave, medians

if TYPE_CHECKING:
    from collections.abc import Callable

LARGE_ROUNDS: Final = 3
TASK: Final = """
  group "group-{number}" {{
    count = {number}
    constraint {{
      attribute = "${{attr.kernel.name}}"
      value     = "linux"
    }}
    task "task" {{
      driver = "docker" # the {number}th
      config {{
        image = "registry.example/service:1.{number}"
        args  = ["--port", "${{NOMAD_PORT_http}}", "--name", "x-{number}"]
      }}
      env = {{ LEVEL = "info", NUMBER = {number} }}
      template {{
        destination = "local/file"
        data        = <<-EOT
          number = {number}
          {{{{ range service "x" }}}}{{{{ .Address }}}}{{{{ end }}}}
        EOT
      }}
    }}
  }}
"""
LEAST: Final = 'job "a" {\n  group "b" {\n    count = 3\n    args  = ["${node.class}"]\n  }\n}\n'
IMPORT: Final = "import time; begin = time.perf_counter(); {}; print(time.perf_counter() - begin)"


def large(size_bytes: int) -> str:
    """Give a job of about this size."""
    groups = (size_bytes - 20) // len(TASK.format(number=10_000))
    return 'job "large" {\n' + "".join(TASK.format(number=number) for number in range(groups)) + "}\n"


def timed(call: Callable[[], object]) -> float:
    """Time one call, without what it leaves to the collector of garbage."""
    gc.collect()
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def spread(calls: list[Callable[[], object]]) -> float:
    """Give the median of the times of these calls."""
    gc.collect()
    found = []
    for call in calls:
        begin = time.perf_counter()
        call()
        found.append(time.perf_counter() - begin)
    return statistics.median(found)


def decoded(text: str) -> None:
    """Read a whole job; one that wants values for its variables is refused when it was evaluated."""
    try:
        read_api(text, "job.hcl", canonical=True)
    except MistakeError as error:
        if not all("variable" in problem.text for problem in error.problems):
            raise


def imported(statements: str) -> float:
    """Time an import, and what is done then, in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", IMPORT.format(statements)], stdout=subprocess.PIPE, check=True
    )
    return float(done.stdout)


def main() -> None:
    """Print the medians."""
    rounds, names = int(sys.argv[1]), sys.argv[2:]
    texts = [Path(name).read_text(encoding="utf-8") for name in names]
    peer = {text for text in texts if taken_by_peer(text)}
    measures: dict[str, dict[str, Callable[[], float]]] = {
        "parse": {
            "ours": partial(spread, [partial(parse, text, "job.hcl") for text in texts]),
            "python-hcl2": partial(spread, [partial(hcl2.loads, text) for text in texts if text in peer]),
        },
        "job": {"ours": partial(spread, [partial(decoded, text) for text in texts])},
        "import": {
            "ours": partial(imported, "import ostler.hcl"),
            "python-hcl2": partial(imported, "import hcl2"),
        },
        "first parse": {
            "ours": partial(imported, f"import ostler.hcl; ostler.hcl.parse({LEAST!r}, 'a')"),
            "python-hcl2": partial(imported, f"import hcl2; hcl2.loads({LEAST!r})"),
        },
    }
    found = taken(measures, rounds)
    tenth, small, big = large(100_000), large(2_500_000), large(5_000_000)
    found |= taken(
        {
            "0.1 MB": {
                "ours": partial(timed, partial(parse, tenth, "job.hcl")),
                "python-hcl2": partial(timed, partial(hcl2.loads, tenth)),
            },
            "2.5 MB": {"ours": partial(timed, partial(parse, small, "job.hcl"))},
            "5 MB": {"ours": partial(timed, partial(parse, big, "job.hcl"))},
        },
        LARGE_ROUNDS,
    )
    print(json.dumps(found))


def taken_by_peer(text: str) -> bool:
    """Tell whether python-hcl2 reads it at all."""
    try:
        hcl2.loads(text)
    except Exception:  # noqa: BLE001 - whatever the peer raises
        return False
    return True


def taken(measures: dict[str, dict[str, Callable[[], float]]], rounds: int) -> dict[str, dict[str, float]]:
    """Take all measures in turns, and give their medians."""
    flat = {f"{row}\n{who}": call for row, each in measures.items() for who, call in each.items()}
    interleave(flat, 1)
    found: dict[str, dict[str, float]] = {row: {} for row in measures}
    for name, seconds in medians(interleave(flat, rounds)).items():
        row, who = name.split("\n")
        found[row][who] = seconds
    return found


if __name__ == "__main__":
    main()
