"""Run the fetcher: a process of its own that can be killed, and that leaves nothing when it is."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ostler.artifacts.fetcher.redaction import hidden
from ostler.errors import RecoverableError, RefusedError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ostler.artifacts.values import Policy, Request

_FETCHER: Final = Path(__file__).parent / "fetcher" / "__main__.py"
_PROXIES: Final = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")
_PASSED_ON: Final = (
    *("LD_LIBRARY_PATH", "PATH", "SSL_CERT_DIR", "SSL_CERT_FILE"),
    *_PROXIES,
    *map(str.lower, _PROXIES),
)
_LOOK_SECONDS: Final = 0.1
_GRACE_SECONDS: Final = 4.0
_LAST_WORDS_BYTES: Final = 2000


class Run:
    """One artifact's run: its deadline, its events, its errors, and the fetcher where one is needed."""

    def __init__(
        self,
        request: Request,
        policy: Policy,
        on_event: Callable[[Mapping[str, Any]], None] | None,
        cancelled: threading.Event | None,
        secrets: tuple[str, ...] = (),
    ) -> None:
        self.request = request
        self.secrets = secrets
        self.policy = policy
        self._on_event = on_event
        self.cancelled = cancelled
        self._timeout_seconds = policy.timeout_seconds
        self._deadline = time.monotonic() + (policy.timeout_seconds or float("inf"))

    def check(self) -> None:
        """Raise RecoverableError once it was cancelled, or takes too long."""
        if self.cancelled is not None and self.cancelled.is_set():
            raise self.error(RecoverableError, "cancelled")
        if time.monotonic() > self._deadline:
            raise self.error(RecoverableError, f"not fetched within {self._timeout_seconds:g} seconds")

    def tell(self, event: Mapping[str, Any]) -> None:
        """Pass an event on to whoever wants to hear."""
        if self._on_event:
            self._on_event(event)

    def error(self, kind: type[RefusedError | RecoverableError], text: str, key: str = "") -> Exception:
        """Make the error that names the artifact and its place in the job, or that of one of its keys."""
        known = key if key in self.request.places else "source" if key else ""
        return kind(str(self.request.problem(known, hidden(text, self.secrets))))

    def fetch(self, asked: Mapping[str, Any], private: Path, lock: int) -> dict[str, Any]:
        """Run the fetcher to its end, and return what it says of the content.

        It works in ``private``.  It holds ``lock`` too, a descriptor or -1: who comes after waits for it.
        """
        own = {"scratch": str(private), "lock": lock, "module_paths": _module_paths()}
        own["secrets"] = self.secrets
        with _started(private, lock, self.policy.environment) as process:
            _say(process, {**asked, **own})
            return self._hear(process, private / "stderr")

    def _hear(self, process: subprocess.Popen[bytes], words: Path) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for event in self._events(process):
            match event["event"]:
                case "progress":
                    self.tell({name: value for name, value in event.items() if name != "event"})
                case "content":
                    content = event
                case "done":
                    return content
                case "error":
                    kind = RefusedError if event["kind"] == "refused" else RecoverableError
                    raise self.error(kind, event["text"], event["key"])
        _end(process)
        raise self.error(RecoverableError, _silence(process, words))

    def _events(self, process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
        assert process.stdout  # noqa: S101 - it is a pipe
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            rest = b""
            while True:
                self.check()
                if not selector.select(_LOOK_SECONDS):
                    continue
                block = os.read(process.stdout.fileno(), 65536)
                if not block:
                    return
                *lines, rest = (rest + block).split(b"\n")
                yield from map(json.loads, lines)


@contextmanager
def _started(private: Path, lock: int, passed_on: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Start the fetcher; at the end it is gone, with all that it started."""
    environment = {name: os.environ[name] for name in (*_PASSED_ON, *passed_on) if name in os.environ}
    with (private / "stderr").open("wb") as words:
        process = subprocess.Popen(
            [sys.executable, "-I", str(_FETCHER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            # A home of its own: no configuration or credential of the embedding user is picked up unseen.
            env=environment | {"HOME": str(private), "TMPDIR": str(private)},
            cwd=private,
            start_new_session=True,
            pass_fds=(lock,) if lock >= 0 else (),
        )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(OSError):
                pipe.close()  # the fetcher ends when its stdin does
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_SECONDS)
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
    process.wait()


def _say(process: subprocess.Popen[bytes], asked: Mapping[str, Any]) -> None:
    assert process.stdin  # noqa: S101 - it is a pipe
    with suppress(BrokenPipeError):  # it ended already, and says why on its stdout
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        process.stdin.flush()


def _silence(process: subprocess.Popen[bytes], words: Path) -> str:
    status = process.returncode
    how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
    last = words.read_bytes()[-_LAST_WORDS_BYTES:].decode(errors="replace").strip().rpartition("\n")[2]
    return f"the fetcher {how}; its last words: {last or 'none'}"


def _module_paths() -> list[str]:
    """Return where packages are installed for this process; isolated, the fetcher looks in fewer places."""
    found = [path for path in sys.path if Path(path).name in {"site-packages", "dist-packages"}]
    spec = find_spec("fsspec")
    if spec is not None and spec.origin is not None:
        found.append(str(Path(spec.origin).parent.parent))
    return list(dict.fromkeys(found))
