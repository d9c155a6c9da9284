"""A web server with bad manners, and an allocation to fetch into."""

from __future__ import annotations

import gzip
import hashlib
import threading
from base64 import b64decode
from collections.abc import Mapping
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import Factory, define, evolve

from ostler.artifacts import Fetched, Policy, Request, fetch
from ostler.artifacts.cache import Cache

if TYPE_CHECKING:
    from email.message import Message


class Site(ThreadingHTTPServer):
    """Serves the files of a directory, and what is asked for by name in a bad manner."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.asked: list[tuple[str, str, Message]] = []
        self.closing = threading.Event()
        self.crowded = threading.Event()
        self.busy_times = 3
        self.counting = threading.Lock()
        self.at_once = self.most_at_once = 0
        self.was_asked = threading.Event()
        super().__init__(("127.0.0.1", 0), _Manners)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def password(self) -> tuple[str, str]:
        """Tell the user and the password that the first question held."""
        user, _, password = b64decode(self.asked[0][2]["Authorization"].split()[1]).decode().partition(":")
        return user, password


class _Manners(SimpleHTTPRequestHandler):
    server: Site

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 - as the server calls it
        super().__init__(*arguments, directory=str(arguments[2].directory))

    def log_message(self, *_words: object) -> None:
        """Keep quiet."""

    def do_HEAD(self) -> None:
        self.server.asked.append(("HEAD", self.path, self.headers))
        self.send_error(405)

    def do_GET(self) -> None:
        self.server.asked.append(("GET", self.path, self.headers))
        self.server.was_asked.set()
        path = urlsplit(self.path).path  # who takes this for a proxy sends a whole address
        manner = getattr(self, "get_" + path.strip("/").replace("-", "_"), super().do_GET)
        manner()

    def get_busy(self) -> None:
        self.send_error(503)

    def get_busy_once(self) -> None:
        """Be busy when asked for the first time, in every round of tries of one fetch."""
        times = sum(path == self.path for _, path, _ in self.server.asked)
        if times <= self.server.busy_times:
            self.send_error(503)
            return
        self._answer(b"calm", length=4)

    def get_crowd(self) -> None:
        """Count how many are served at the same time: the first wait for the third, all for one too many."""
        server = self.server
        with server.counting:
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
            if server.at_once == 3:
                server.crowded.set()
        server.crowded.wait(20)
        server.closing.wait(0.4)
        with server.counting:
            server.at_once -= 1
        self._answer(b"calm", length=4)

    def get_forbidden(self) -> None:
        self.send_error(403)

    def get_cut(self) -> None:
        self._answer(b"half", length=8)

    def get_stalled(self) -> None:
        self._answer(b"half", length=8)
        self.wfile.flush()
        self.server.closing.wait(20)

    def get_compressed(self) -> None:
        if "identity" not in self.headers["Accept-Encoding"]:
            self._answer(gzip.compress(b"plain"), length=None, encoding="gzip")
            return
        self._answer(b"plain", length=5)

    def get_endless(self) -> None:
        self._answer(b"a" * 100_000, length=None)

    def get_tagged(self) -> None:
        """Know its bytes by a strong validator."""
        text = (self.server.directory / "tagged").read_bytes()
        tag = f'"{hashlib.sha256(text).hexdigest()[:16]}"'
        if self.headers["If-None-Match"] == tag:
            self.send_response(304)
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def get_to_metadata(self) -> None:
        self._redirect("http://169.254.169.254/latest/meta-data/iam")

    def get_echo_reason(self) -> None:
        self.send_error(403, f"no {self.headers['X-Token']}")

    def get_to_a_file(self) -> None:
        self._redirect("file:///etc/passwd")

    def get_to_another_host(self) -> None:
        self._redirect(f"http://localhost:{self.server.server_port}/hello.txt")

    def get_to_own_address(self) -> None:
        self._redirect(f"{self.server.url}/hello.txt")

    def get_round_and_round(self) -> None:
        self._redirect("/round-and-round")

    def _answer(self, body: bytes, *, length: int | None, encoding: str = "") -> None:
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(length))
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.end_headers()
        self.wfile.write(body)

    def _redirect(self, target: str) -> None:
        self.send_response(302)
        self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()


@define
class Desk:
    """An allocation, a scratch directory, and the policy under which things are fetched."""

    allocation: Path
    scratch: Path
    policy: Policy = Factory(Policy)
    cache: Cache | None = None
    events: list[Mapping[str, Any]] = Factory(list)

    @property
    def local(self) -> Path:
        return self.allocation / "web" / "local"

    def allow(self, **fields: Any) -> None:  # noqa: ANN401 - the fields of Policy
        self.policy = evolve(self.policy, **fields)

    def fetch(self, source: str, destination: str = "web/local/", **fields: Any) -> Fetched:  # noqa: ANN401 - of Request
        stopped: threading.Event | None = fields.pop("cancelled", None)
        request = Request(
            source=source,
            destination=f"{self.allocation}/{destination}",
            root=str(self.allocation),
            where="job.nomad.hcl:7:5",
            path="job.hello.group[0].task[0].artifact[0]",
            **fields,
        )
        return fetch(
            request,
            self.policy,
            scratch=self.scratch,
            cache=self.cache,
            on_event=self.events.append,
            cancelled=stopped,
        )

    def files(self) -> dict[str, str]:
        """Tell what lies in ``local``: the files with their text, links with their target."""
        found = {}
        for path in sorted(self.local.rglob("*")):
            if path.is_symlink():
                found[str(path.relative_to(self.local))] = f"-> {path.readlink()}"
            elif path.is_file():
                found[str(path.relative_to(self.local))] = path.read_text()
        return found

    def is_clean(self) -> bool:
        """Tell that nothing is staged or left over anywhere."""
        return not list(self.scratch.iterdir()) and not list(self.allocation.rglob(".ostler-*"))
