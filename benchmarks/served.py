"""A web server in a process of its own, for the benchmarks: strong validators, ranges, and a log."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Asked(NamedTuple):
    """One line of the log: what was asked for, and from which byte on."""

    path: str
    start: int


class Served(NamedTuple):
    """A server that runs."""

    url: str
    log: Path

    def asked(self, path: str) -> list[Asked]:
        """Give what was asked of a path."""
        lines = [line.split() for line in self.log.read_text().splitlines()]
        return [Asked(each, int(start)) for each, start in lines if each == path]


class Handler(BaseHTTPRequestHandler):
    """Serves the files of the working directory."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_words: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        """Send a file, or what follows the byte that is asked for."""
        with Path(self.path.lstrip("/")).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            tag = f'"{size}-{os.fstat(file.fileno()).st_mtime_ns}"'
            asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            start = int(asked[1]) if asked and self.headers.get("If-Range", tag) == tag else 0
            with Path(os.environ["LOG"]).open("a") as log:
                log.write(f"{self.path} {start}\n")
            self.send_response(206 if start else 200)
            self.send_header("ETag", tag)
            self.send_header("Content-Length", str(size - start))
            if start:
                self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
            self.end_headers()
            self.wfile.flush()
            try:
                self.connection.sendfile(file, start)
            except OSError:
                self.close_connection = True


@contextmanager
def serving(directory: Path, log: Path) -> Iterator[Served]:
    """Serve a directory until the end of the block."""
    log.touch()
    with subprocess.Popen(
        [sys.executable, __file__], cwd=directory, env={"LOG": str(log)}, stdout=subprocess.PIPE
    ) as process:
        port = int(process.stdout.readline()) if process.stdout else 0
        yield Served(f"http://127.0.0.1:{port}", log)
        process.kill()


def main() -> None:
    """Serve, and say on which port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
