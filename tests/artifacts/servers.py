"""Servers of object stores, files and repositories: real ones, on loopback, for one test each."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator

SSHD: Final = "/usr/sbin/sshd"
_SAFE: Final = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}


@contextmanager
def object_store(**objects: bytes) -> Iterator[str]:
    """Serve a bucket named ``bucket``."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    try:
        _put(f"{url}/bucket", b"")
        for name, content in objects.items():
            _put(f"{url}/bucket/{name}", content)
        yield url
    finally:
        server.stop()


def _put(url: str, content: bytes) -> None:
    with urlopen(Request(url, content, {"Content-Type": "application/x"}, method="PUT")) as answer:  # noqa: S310 - it is http
        assert answer.status == 200


@contextmanager
def ftp(directory: Path) -> Iterator[str]:
    """Serve a directory by ftp to the user me with the password pass."""
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler
    from pyftpdlib.servers import FTPServer

    authorizer = DummyAuthorizer()
    authorizer.add_user("me", "pass", str(directory))
    handler = type("Handler", (FTPHandler,), {"authorizer": authorizer})
    server = FTPServer(("127.0.0.1", 0), handler)
    stopped = threading.Event()

    def serve() -> None:
        while not stopped.is_set():
            server.serve_forever(timeout=0.05, blocking=False)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"127.0.0.1:{server.socket.getsockname()[1]}"
    finally:
        stopped.set()
        thread.join()
        server.close_all()


class Shell:
    """A server of ssh for whoever runs the tests; ``key`` opens it and ``known`` knows it."""

    def __init__(self, directory: Path, port: int) -> None:
        self.port = port
        self.user = pwd.getpwuid(os.geteuid()).pw_name
        self.key = (directory / "client").read_text()
        self.known = directory / "known_hosts"
        host = (directory / "host.pub").read_text().split()
        self.known.write_text(f"[127.0.0.1]:{port} {host[0]} {host[1]}\n")


@contextmanager
def ssh(directory: Path) -> Iterator[Shell]:
    """Serve ssh."""
    for name in ("host", "client"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(directory / name)]
        subprocess.run(command, check=True)
    port = free_port()
    config = directory / "sshd_config"
    config.write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {directory}/host\nPidFile none\nUsePAM no\n"
        f"AuthorizedKeysFile {directory}/client.pub\nStrictModes no\nPermitRootLogin yes\n"
        "Subsystem sftp internal-sftp\n"
    )
    separation = Path("/run/sshd")
    made = os.geteuid() == 0 and not separation.exists()
    if made:
        separation.mkdir(mode=0o755)
    with subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield Shell(directory, port)
        finally:
            process.terminate()
            process.wait()
            if made:
                separation.rmdir()


@contextmanager
def git_daemon(directory: Path) -> Iterator[str]:
    """Serve the repositories of a directory by git's own protocol."""
    port = free_port()
    program = Path(subprocess.check_output(["git", "--exec-path"], text=True).strip()) / "git-daemon"
    words = [
        "--export-all",
        f"--base-path={directory}",
        "--listen=127.0.0.1",
        f"--port={port}",
        "--reuseaddr",
    ]
    with subprocess.Popen([str(program), *words], env={**os.environ, **_SAFE}, stderr=-3) as process:
        try:
            _wait_for(port)
            yield f"git://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


class Backend:
    """A web server of repositories; ``asked`` holds the Authorization of each question."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []
        self.url = ""


@contextmanager
def git_http(directory: Path, authorization: str = "") -> Iterator[Backend]:
    """Serve the repositories of a directory by git's smart http, to whoever sends ``authorization``."""
    backend = Backend()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_words: object) -> None:
            """Keep quiet."""

        def do_GET(self) -> None:
            backend.asked.append(self.headers["Authorization"])
            if authorization and self.headers["Authorization"] != authorization:
                _refuse(self)
                return
            _answer_by_git(self, directory)

        do_POST = do_GET  # noqa: N815 - as the server calls it

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    backend.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield backend
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _refuse(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(401)
    handler.send_header("WWW-Authenticate", 'Basic realm="x"')
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def _answer_by_git(handler: BaseHTTPRequestHandler, directory: Path) -> None:
    path, _, query = handler.path.partition("?")
    variables = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(directory),
        "GIT_HTTP_EXPORT_ALL": "1",
        **_SAFE,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_METHOD": handler.command,
        "CONTENT_TYPE": handler.headers["Content-Type"] or "",
        "HTTP_CONTENT_ENCODING": handler.headers["Content-Encoding"] or "",
        "GIT_PROTOCOL": handler.headers["Git-Protocol"] or "",
    }
    body = handler.rfile.read(int(handler.headers["Content-Length"] or 0))
    command = ["git", "http-backend"]
    done = subprocess.run(command, env=variables, input=body, capture_output=True, check=False)
    head, _, answer = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
    handler.send_response(int(headers.pop("Status", "200 OK").split()[0]))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(answer)))
    handler.end_headers()
    handler.wfile.write(answer)


def repository(directory: Path) -> str:
    """Make a bare repository ``r.git`` with two commits and a tag, and return the first commit."""
    work = directory / "work"
    work.mkdir(parents=True)

    def git(*words: str) -> str:
        command = ["git", "-c", "user.name=me", "-c", "user.email=me@example.com", *words]
        return subprocess.run(command, cwd=work, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--quiet", "--initial-branch=main")
    (work / "dir").mkdir()
    (work / "dir" / "file").write_text("one\n")
    (work / ".gitattributes").write_text("dir/file export-ignore\n")
    git("add", ".")
    git("commit", "--quiet", "--message=one")
    git("tag", "v1")
    first = git("rev-parse", "HEAD")
    (work / "dir" / "file").write_text("two\n")
    git("commit", "--quiet", "--all", "--message=two")
    subprocess.run(["git", "clone", "--quiet", "--bare", work, directory / "r.git"], check=True)
    shutil.rmtree(work)
    return first


def may_log_in() -> bool:
    """Tell whether a server of ssh lets whoever runs the tests in: not a user without a shell."""
    return not pwd.getpwuid(os.geteuid()).pw_shell.endswith(("/nologin", "/false"))


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port: int = line.getsockname()[1]
    return port


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    msg = f"nobody listens at {port}"
    raise TimeoutError(msg)
