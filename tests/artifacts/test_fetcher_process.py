from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from ostler.artifacts import Policy, Request, fetcher
from ostler.artifacts.planning import payload, plan

if TYPE_CHECKING:
    from tests.artifacts.site import Desk, Site

NETWORKING = {"aiohttp", "fsspec", "asyncio", "ssl", "yarl"}
EMBEDDING = """
import sys
from pathlib import Path
from ostler.artifacts import Policy, Request, fetch
source, root, scratch = sys.argv[1:]
request = Request(source=source, destination=root + "/web/local/", root=root)
fetch(request, Policy(), scratch=Path(scratch))
print(*sorted(sys.modules))
"""


def test_whoever_embeds_ostler_imports_no_network(site: Site, desk: Desk) -> None:
    command = [
        sys.executable,
        "-c",
        EMBEDDING,
        f"{site.url}/hello.txt",
        str(desk.allocation),
        str(desk.scratch),
    ]
    answer = subprocess.run(
        command, env={"PYTHONPATH": os.pathsep.join(sys.path)}, capture_output=True, check=True
    )
    assert not {"aiohttp", "fsspec", "asyncio"} & set(answer.stdout.decode().split())
    assert desk.files() == {"hello.txt": "hello\n"}


def test_the_fetcher_imports_neither_ostler_nor_a_network_before_it_needs_one(site: Site, desk: Desk) -> None:
    with zipfile.ZipFile(site.directory / "a.zip", "w") as archive:
        archive.writestr("x", "x")
    imported = modules_imported(f"file://{site.directory}/a.zip", desk)
    assert desk.files()["item/x"] == "x"
    assert not NETWORKING & imported
    assert not {name for name in imported if name.partition(".")[0] == "ostler"}
    assert len(imported) <= 135


def modules_imported(source: str, desk: Desk) -> set[str]:
    """Run the fetcher as it is run, and return what it imported beyond a bare interpreter."""
    request = Request(source=source, destination=f"{desk.allocation}/web/local/", root=str(desk.allocation))
    asked = payload(request, desk.policy, plan(request, desk.policy))
    content, product = desk.scratch / "content", desk.local
    content.mkdir()
    asked |= {"scratch": str(desk.scratch), "content": str(content), "product": str(product)}
    asked |= {"have": "", "validator": "", "made": False, "lock": -1, "module_paths": [], "secrets": []}
    path = Path(fetcher.__file__).parent / "__main__.py"
    command = [sys.executable, "-I", "-X", "importtime", str(path)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        process.stdin.flush()
        events = [json.loads(line) for line in process.stdout]
        lines = process.stderr.read().decode().splitlines()
    assert events[-1] == {"event": "done"}
    return {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}


def test_the_environment_of_the_fetcher_is_small(site: Site, desk: Desk, tmp_path: Path) -> None:
    script = "import os; os.environ['AWS_SECRET_ACCESS_KEY'] = 'x'\n" + EMBEDDING
    command = [sys.executable, "-c", script, f"{site.url}/stalled", str(desk.allocation), str(desk.scratch)]
    with subprocess.Popen(
        command, env={"PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(tmp_path)}
    ) as parent:
        import psutil

        while not site.asked:
            parent.poll()
        (child,) = psutil.Process(parent.pid).children()
        environment = child.environ()
        parent.kill()
        child.wait(8)
    assert set(environment) <= {"HOME", "TMPDIR", "LC_CTYPE"}
    assert environment["HOME"].startswith(str(desk.scratch))


def test_a_policy_allows_what_nomad_does_and_no_file_by_default() -> None:
    assert Policy().schemes == {"gcs", "git", "gs", "http", "https", "s3", "tar", "zip"}
    assert Policy().file_paths == ()
