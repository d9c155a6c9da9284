"""The command as its user has it: a process, its exit status, what it wrote, what it left."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

GOLDEN: Final = Path(__file__).with_name("golden")
PROGRAM: Final = (sys.executable, "-m", "ostler.cli")
NOBODY: Final = 65534
PATH: Final = "/usr/local/bin:/usr/bin:/bin"
TEMPORARY: Final = ("*.part", "*.new", "*.fifo", ".probe-*", ".ostler-*", "fetch-*", "artifact-*")


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    stdout: bytes
    errors: str

    @property
    def lines(self) -> list[str]:
        return self.stdout.decode().splitlines()


class Shell:
    """Runs commands on one data directory, from one folder."""

    def __init__(self, folder: Path, data_dir: Path) -> None:
        self.folder = folder
        self.data_dir = data_dir
        self.environment = {"PATH": PATH, "LANG": "C.UTF-8", "HOME": str(folder)}
        if kind := os.environ.get("OSTLER_EXECUTOR"):
            self.environment["OSTLER_EXECUTOR"] = kind

    def file(self, content: str | bytes, name: str = "job.nomad.hcl") -> str:
        """Write a file and return its name."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    def words(self, command: Iterable[str]) -> list[str]:
        return [*PROGRAM, "--data-dir", str(self.data_dir), *command]

    def __call__(self, *command: str, stdin: bytes = b"", **variables: str) -> Ran:
        """Run `ostler` with these words, and this to read, to its end."""
        done = subprocess.run(
            self.words(command),
            cwd=self.folder,
            env={**self.environment, **variables},
            input=stdin,
            capture_output=True,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr.decode("utf-8", "surrogateescape"))

    def run(self, job: str, *options: str, **variables: str) -> Ran:
        """Run the text of a job."""
        return self("run", *options, self.file(job), stdin=b"", **variables)

    def start(self, job: str, *options: str, **streams: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401 - Popen's
        """Start to run the text of a job."""
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
        words = self.words(["run", *options, self.file(job)])
        return subprocess.Popen(words, cwd=self.folder, env=self.environment, **pipes)

    def left(self) -> list[str]:
        """Name what a run may not leave in the data directory: records, and whatever is half made."""
        records = [*self.data_dir.glob("client/*"), *self.data_dir.glob("tasks/*")]
        half = [path for pattern in TEMPORARY for path in self.data_dir.rglob(pattern)]
        return sorted(str(path.relative_to(self.data_dir)) for path in (*records, *half))

    def allocations(self) -> list[Path]:
        return sorted(self.data_dir.glob("alloc/*"))

    def plain(self, text: str) -> str:
        """Take out what differs from run to run."""
        text = text.replace(str(self.data_dir), "DATA").replace(str(self.folder), "FOLDER")
        text = text.replace(sys.executable, "PYTHON")
        for pattern, word in (
            (r"(?m)^\d\d:\d\d:\d\d ", "TIME "),
            (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ALLOCATION"),
            (r"(/\w+)/[0-9a-f]{8}\b", r"\1/ATTEMPT"),
            (r"127\.0\.0\.1:\d+", "SERVER"),
            (r"after \d+\.\d s", "after SECONDS s"),
        ):
            text = re.sub(pattern, word, text)
        return text

    def says(self, name: str, errors: str) -> None:
        """Compare what a user reads with a golden file."""
        path, found = GOLDEN / f"{name}.txt", self.plain(errors)
        if os.environ.get("OSTLER_GOLDEN") == "write":
            path.write_text(found, "utf-8")
        assert found == path.read_text("utf-8"), f"{path.name} holds other words than:\n{found}"


def line_with(stream: IO[bytes] | None, word: str) -> str:
    """Read lines until one holds ``word``."""
    assert stream is not None
    for line in stream:
        if word in line.decode():
            return line.decode()
    message = f"the stream ended without {word!r}"
    raise AssertionError(message)


def job(*tasks: str, kind: str = "batch", group: str = "", count: int = 1) -> str:
    """Write a job of one group."""
    head = f'job "j" {{\n  type = "{kind}"\n  group "g" {{\n    count = {count}'
    return "\n".join([head, group, *tasks, "  }\n}\n"])


def task(name: str, config: str, *, driver: str = "exec", more: str = "restart { attempts = 0 }") -> str:
    """Write a task."""
    head = f'    task "{name}" {{\n      driver = "{driver}"\n      config {{'
    return f"{head}\n{config}\n      }}\n{more}\n    }}"


def supervisor(shell: Shell) -> int:
    """Find the supervisor of the data directory; 0 if there is none."""
    words = ["pgrep", "-f", f"supervisor_daemon/__main__.py {shell.data_dir}"]
    found = subprocess.run(words, capture_output=True, check=False).stdout.split()
    return int(found[0]) if found else 0


def sh(script: str, name: str = "t", *, driver: str = "exec", more: str = "restart { attempts = 0 }") -> str:
    """Write a task that is a script of the shell; ``$`` has to be the shell's."""
    quoted = script.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("${", "$$${")
    return task(name, f'command = "sh"\n args = ["-c", "{quoted}"]', driver=driver, more=more)


def as_nobody(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    drop = ("setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups")
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PYTHONPATH": str(folder / "site")}
    program = (*drop, "/usr/bin/python3", "-B", "-m", "ostler.cli")
    return subprocess.run([*program, *words], env=environment, cwd=folder, capture_output=True, check=False)
