"""Read a log: what its files hold, or what comes until its end, each piece with its offset."""

from __future__ import annotations

import json
import os
import socket
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve

from ostler.errors import RecoverableError, RefusedError
from ostler.executor.connection.link import introduce, read_line
from ostler.executor.supervisor.segments import NO_END, Segments
from ostler.executor.values import LogFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ostler.executor.values import Command

CHUNK_BYTES: Final = 256 * 1024
_LOOK_SECONDS: Final = 1.0
_BLOCK_BYTES: Final = 64 * 1024


class LogSocket(socket.socket):
    """A connected socket with the bytes of a log, the first of which stands at ``offset``.

    Only while somebody has the log collected is it ``collecting``: else no more comes than up to ``end``.
    """

    offset: int = 0
    end: int = 0
    collecting: bool = False


def opened(directory: str, kind: str, request: dict[str, Any]) -> LogSocket:
    """Ask the supervisor of a directory, which is started if need be, for the stream of a log."""
    peer, _ = introduce(directory, kind)
    try:
        peer.sendall(json.dumps({"n": 0, "do": "follow", **request}).encode() + b"\n")
        line = read_line(peer)
    except OSError:
        line = b""
    answer = json.loads(line) if line else {}
    if "ok" not in answer:
        peer.close()
        if "error" in answer:
            raise RefusedError(answer["error"])
        msg = f"the supervisor of {directory} is gone"
        raise RecoverableError(msg)
    stream = LogSocket(fileno=peer.detach())
    found = answer["ok"]
    stream.offset, stream.end, stream.collecting = found["offset"], found["end"], found["collecting"]
    return stream


def placed(logs: LogFiles) -> LogFiles:
    """Write out where everything is, for a supervisor that is somewhere else."""
    made = evolve(logs, directory=os.path.abspath(logs.directory))
    if made.direct:
        return made
    if made.spool:
        return evolve(made, spool=os.path.abspath(made.spool))
    return evolve(made, fifo=os.path.abspath(made.path))


def placed_streams(command: Command, logs: dict[str, LogFiles]) -> Command:
    """Write out where the streams and the measured directories are; a relative path is the caller's."""
    named = {"stdin": command.stdin, "stdout": command.stdout, "stderr": command.stderr}
    named.update({name: each.path for name, each in logs.items()})
    found: dict[str, Any] = {name: _absolute(str(path)) for name, path in named.items()}
    found["disk"] = tuple(map(_absolute, command.disk))
    changed = {name: place for name, place in found.items() if place != getattr(command, name)}
    return evolve(command, **changed) if changed else command  # most name nothing but absolute paths


def _absolute(path: str) -> str:
    return path if path.startswith("/") or not path else os.path.abspath(path)


def logs_of(command: Command) -> dict[str, LogFiles]:
    """Give the logs that end with the process, by the name of the stream."""
    streams = {"stdout": command.stdout, "stderr": command.stderr}
    return {name: placed(each) for name, each in streams.items() if isinstance(each, LogFiles)}


def held(logs: LogFiles, offset: int = 0) -> Iterator[tuple[int, bytes]]:
    """Give what the files hold now; what somebody removes meanwhile is left out."""
    segments = _segments(logs)
    end = segments.end
    while (offset := segments.next(offset)) < end:
        found = segments.locate(offset)
        if found is None:
            return
        for content in _content(segments, *found):
            yield offset, content
            offset += len(content)


def followed(
    connect: Callable[[int], LogSocket], offset: int, goes_on: Callable[[], bool]
) -> Iterator[tuple[int, bytes]]:
    """Give what is there and what comes, over the deaths of supervisors, until the log has ended.

    ``goes_on`` is asked now and then while nothing comes.
    """
    more = True
    while more:
        with connect(offset) as peer:
            offset = peer.offset
            peer.settimeout(_LOOK_SECONDS)
            while content := _received(peer, goes_on):
                yield offset, content
                offset += len(content)
            # A supervisor that died hung up too.
            more = (peer.collecting and goes_on()) or offset < peer.end


def last_lines(logs: LogFiles, count: int) -> int:
    """Find the offset of the last ``count`` lines that the files hold; one that isn't ended is a line too."""
    segments = _segments(logs)
    if count <= 0:
        return segments.end
    wanted = 0
    for number, start, size in reversed(list(segments.each())):
        for end in range(size, 0, -_BLOCK_BYTES):
            begin = max(0, end - _BLOCK_BYTES)
            block = b"".join(_content(segments, number, begin, end - begin))
            wanted = wanted or count + block.endswith(b"\n")
            found = block.count(b"\n")
            if found >= wanted:
                return start + begin + _after_line(block, found - wanted + 1)
            wanted -= found
    return segments.start


def _after_line(block: bytes, number: int) -> int:
    """Give the place behind the line's end of that number."""
    place = 0
    for _ in range(number):
        place = block.index(b"\n", place) + 1
    return place


def _received(peer: LogSocket, goes_on: Callable[[], bool]) -> bytes:
    while True:
        try:
            return peer.recv(CHUNK_BYTES)
        except TimeoutError:
            if not goes_on():
                return b""
        except ConnectionError:
            return b""


def _segments(logs: LogFiles) -> Segments:
    most = NO_END if logs.direct else logs.max_file_bytes
    return Segments(os.path.abspath(logs.directory), logs.prefix, logs.max_files, most)


def _content(segments: Segments, number: int, position: int, count: int) -> Iterator[bytes]:
    try:
        descriptor = segments.open(number, os.O_RDONLY)
    except FileNotFoundError:
        return
    with open(descriptor, "rb", buffering=0) as source:
        source.seek(position)
        while count > 0 and (content := source.read(min(count, CHUNK_BYTES))):
            yield content
            count -= len(content)
