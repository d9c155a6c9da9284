"""A disk that is full: what was being written goes, and the error names the file system."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ostler.artifacts.fetcher.channel import Progress
from ostler.artifacts.fetcher.failures import LocalTroubleError
from ostler.artifacts.fetcher.sink import Sink

ROOT = Path(__file__).parents[2]
FETCH = """
import subprocess, sys
from pathlib import Path
from ostler.artifacts import Policy, Request, fetch
from ostler.artifacts.cache import Cache
from ostler.errors import RecoverableError

where, full = Path(sys.argv[1]), Path(sys.argv[1], "full")
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", full], check=True)
roots = {"cache": where / "cache", "scratch": where / "scratch", "local": where / "local"}
roots[sys.argv[2]] = full / "x"
for root in roots.values():
    root.mkdir()
asked = Request(
    source=f"file://{where}/{sys.argv[3]}", destination=f"{roots['local']}/d/", root=str(roots["local"])
)
policy = Policy(schemes=frozenset({"file"}), file_paths=(str(where),))
cache = Cache(directory=roots["cache"]) if sys.argv[2] == "cache" else None
try:
    fetch(asked, policy, scratch=roots["scratch"], cache=cache)
except RecoverableError as error:
    print(error)
left = [each for root in roots.values() for each in root.rglob("*") if each.is_file()]
print(sorted(each.name for each in left if each.stat().st_size > 1000))
"""


@pytest.fixture(scope="module")
def unshare() -> list[str]:
    """Give the command that may mount something of its own."""
    for words in (["unshare", "--mount"], ["unshare", "--map-root-user", "--mount"]):
        if subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0:
            return words
    pytest.skip("a file system of its own takes root or a user namespace")


@pytest.mark.parametrize("place", ["scratch", "local"])
@pytest.mark.parametrize("name", ["big", "big.gz"])
def test_it_is_told_and_nothing_is_left(unshare: list[str], tmp_path: Path, place: str, name: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "big").write_bytes(bytes(3_000_000))
    subprocess.run(["gzip", "--keep", str(tmp_path / "big")], check=True)
    done = subprocess.run(
        [*unshare, sys.executable, "-c", FETCH, str(tmp_path), place, name],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    words = f"No space left on device: the file system at {tmp_path}/full; make room, or fetch less"
    assert done.stdout.splitlines() == [f"artifact file://{tmp_path}/{name}: {words}", "[]"]


def test_no_try_goes_on_with_a_file_that_lacks_what_could_not_be_written() -> None:
    """A file system may have a network behind it, whose errors are not the source's to mend."""
    reading, writing = os.pipe()
    os.close(reading)
    sink = Sink(writing, Progress("a"), algorithm="", max_bytes=0)
    with pytest.raises(LocalTroubleError, match="Broken pipe while it was written down"):
        sink.write(b"lost")
    os.close(writing)
