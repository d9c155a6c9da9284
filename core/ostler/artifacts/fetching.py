"""Run the fetcher: a process of its own that can be killed, and that leaves nothing when it is."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

from ostler.artifacts.fetcher.failures import RefusalError
from ostler.artifacts.fetcher.places import Place, remove_staging
from ostler.artifacts.fetcher.redaction import redact
from ostler.artifacts.identity import identity
from ostler.artifacts.planning import payload, plan
from ostler.errors import Problem, RecoverableError, RefusedError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Mapping

    from ostler.artifacts.values import Policy, Request

_FETCHER: Final = Path(__file__).parent / "fetcher" / "__main__.py"
_PROXIES: Final = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")
_PASSED_ON: Final = (
    *("LD_LIBRARY_PATH", "NETRC", "PATH", "SSL_CERT_DIR", "SSL_CERT_FILE"),
    *_PROXIES,
    *map(str.lower, _PROXIES),
)
_LOOK_SECONDS: Final = 0.1
_GRACE_SECONDS: Final = 4.0
_LAST_WORDS_BYTES: Final = 2000


def fetch(
    request: Request,
    policy: Policy,
    *,
    scratch: Path,
    cache: Path | None = None,
    on_event: Callable[[Mapping[str, Any]], None] | None = None,
    cancelled: threading.Event | None = None,
) -> None:
    """Fetch one artifact, check it, unpack it and put it in its place.

    ``scratch`` and ``cache`` are existing directories that no task can write to.  What was downloaded of
    an artifact when the line was cut stays in ``cache``, and the next fetch goes on there; without one it
    lies in ``scratch`` and is gone at the end.  ``on_event`` is called in this
    thread with ``{"artifact", "bytes", "total"}``, ``total`` None where it is not known.  Blocks; setting
    ``cancelled`` ends it within seconds.  On failure nothing is left at the destination or in ``scratch``.

    Raises RefusedError where trying again would not help (not allowed, not found, a checksum that
    differs, a bad archive), else RecoverableError.
    """
    planned = plan(request, policy)
    run = _Run(request, policy, on_event, cancelled)
    with _private(scratch, run) as private:
        kept = {"directory": str(cache or private), "name": identity(request, planned, cache)}
        asked = payload(request, policy, planned) | run.own_part(private) | {"partial": kept}
        with _started(private) as process:
            run.follow(process, asked, Path(private, "stderr"))


@contextmanager
def _private(scratch: Path, run: _Run) -> Iterator[str]:
    """Make a private directory for one run, gone at the end."""
    try:
        with tempfile.TemporaryDirectory(prefix="fetch-", dir=scratch) as private:
            yield private
    except OSError as error:
        text = f"can't be fetched: {error.strerror or error}: {error.filename}"
        raise run.error(RefusedError, text) from error


@contextmanager
def _started(private: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start the fetcher; at the end it is gone, with all that it started."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    with Path(private, "stderr").open("wb") as words:
        process = subprocess.Popen(
            [sys.executable, "-I", str(_FETCHER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            # A home of its own: no configuration or credential of the embedding user is picked up unseen.
            env=environment | {"HOME": private, "TMPDIR": private},
            cwd=private,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(OSError):
                pipe.close()  # the fetcher cleans up and ends when its stdin does
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_SECONDS)
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
    process.wait()


class _Run:
    """One run of the fetcher, from what it is told to what it answers."""

    def __init__(
        self,
        request: Request,
        policy: Policy,
        on_event: Callable[[Mapping[str, Any]], None] | None,
        cancelled: threading.Event | None,
    ) -> None:
        self._request = request
        self._on_event = on_event
        self._cancelled = cancelled
        self._timeout_seconds = policy.timeout_seconds
        self._deadline = time.monotonic() + (policy.timeout_seconds or float("inf"))
        self._staging = f".ostler-{token_hex(8)}"
        self._staged: list[str] | None = None
        self._done = False

    def own_part(self, private: str) -> dict[str, Any]:
        """Return the part of the fetcher's request that belongs to this run."""
        return {"scratch": private, "staging": self._staging, "module_paths": _module_paths()}

    def follow(self, process: subprocess.Popen[bytes], asked: Mapping[str, Any], words: Path) -> None:
        """Tell the fetcher what to do and hear it to its end."""
        try:
            self._tell(process, asked)
            for event in self._events(process):
                self._hear(event)
            if not self._done:
                _end(process)
                raise self.error(RecoverableError, _silence(process, words))
        finally:
            if not self._done:
                _end(process)
                self._sweep()

    def _tell(self, process: subprocess.Popen[bytes], asked: Mapping[str, Any]) -> None:
        assert process.stdin  # noqa: S101 - it is a pipe
        with suppress(BrokenPipeError):  # it ended already, and says why on its stdout
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            process.stdin.flush()

    def _events(self, process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
        assert process.stdout  # noqa: S101 - it is a pipe
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            rest = b""
            while True:
                self._check()
                if not selector.select(_LOOK_SECONDS):
                    continue
                block = os.read(process.stdout.fileno(), 65536)
                if not block:
                    return
                *lines, rest = (rest + block).split(b"\n")
                yield from map(json.loads, lines)

    def _check(self) -> None:
        if self._cancelled is not None and self._cancelled.is_set():
            raise self.error(RecoverableError, "cancelled")
        if time.monotonic() > self._deadline:
            raise self.error(RecoverableError, f"not fetched within {self._timeout_seconds:g} seconds")

    def _hear(self, event: Mapping[str, Any]) -> None:
        match event["event"]:
            case "progress":
                if self._on_event:
                    self._on_event({name: event[name] for name in ("artifact", "bytes", "total")})
            case "staging":
                self._staged = event["steps"]
            case "done":
                self._done = True
            case "error":
                kind = RefusedError if event["kind"] == "refused" else RecoverableError
                raise self.error(kind, event["text"])

    def error(self, kind: type[RefusedError | RecoverableError], text: str) -> Exception:
        """Make the error that names the artifact and its place in the job."""
        artifact = f"artifact {redact(self._request.source)}: {text}"
        return kind(str(Problem(self._request.where, self._request.path, artifact)))

    def _sweep(self) -> None:
        """Remove what a fetcher that was killed left beside the destination."""
        if self._staged is None:
            return
        with closing(Place(self._request.root, self._staged, None)) as place, suppress(RefusalError, OSError):
            place.descend(len(self._staged))
            if not place.missing:
                remove_staging(place.existing, self._staging)


def _silence(process: subprocess.Popen[bytes], words: Path) -> str:
    status = process.returncode
    how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
    last = words.read_bytes()[-_LAST_WORDS_BYTES:].decode(errors="replace").strip().rpartition("\n")[2]
    return redact(f"the fetcher {how}; its last words: {last or 'none'}")


def _module_paths() -> list[str]:
    """Return where packages are installed for this process; isolated, the fetcher looks in fewer places."""
    found = [path for path in sys.path if Path(path).name in {"site-packages", "dist-packages"}]
    spec = find_spec("fsspec")
    if spec is not None and spec.origin is not None:
        found.append(str(Path(spec.origin).parent.parent))
    return list(dict.fromkeys(found))
