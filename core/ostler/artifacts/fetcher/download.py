"""Bring a source into one whole, checked file, from which it is placed or unpacked."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .failures import LocalTroubleError, RefusalError
from .formats import PACKED, BadStreamError, Budget, Counted, decompressed
from .opening import Source
from .partial import PARTIAL, Partial
from .redaction import redact
from .sink import BLOCK_BYTES, Sink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from io import BufferedReader

    from .channel import Progress
    from .partial import Validator

_NEW: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_ENCODINGS: Final = {"gzip": "gz", "x-gzip": "gz"}


class Whole(NamedTuple):
    """A file that came whole: open, and under a path from which it may be renamed."""

    descriptor: int
    path: str

    @contextmanager
    def opened(self) -> Iterator[BufferedReader]:
        """Read it from its beginning."""
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        with os.fdopen(os.dup(self.descriptor), "rb") as file:
            yield file


class Download:
    """One download; ``reading`` is the sink that bytes come into now, or None."""

    def __init__(self, request: Mapping[str, Any], progress: Progress) -> None:
        self._request = request
        self._progress = progress
        self.reading: Sink | None = None
        # What the source gave, and how much of that an earlier try had brought already.
        self.size_bytes = self.kept_bytes = 0
        algorithm, digits = request["checksum"] or ("sha256", "")
        self.algorithm: str = algorithm
        self._digits: str = digits
        self.digest = ""
        self.validator: Validator | None = None

    @contextmanager
    def whole(self) -> Iterator[Whole]:
        """Download, check, and give the file.

        It has reached the disk and lies in the directory of partial downloads or in the scratch directory,
        from where it may be renamed.  A download that was cut stays to be taken up; nothing else stays.
        """
        partial = Partial(self._request["content"], PARTIAL, _named(self._request))
        try:
            yield from self._brought(partial)
        except (RefusalError, LocalTroubleError, OSError):  # of use to nobody, and it takes room
            partial.drop()
            raise
        except BaseException:
            partial.leave()
            raise
        else:
            partial.drop()
        finally:
            partial.close()

    def _brought(self, partial: Partial) -> Iterator[Whole]:
        source = Source(self._request)
        if source.is_chain:
            self._read(source, partial, "")
            limits = {
                "max_bytes": self._request["max_unpacked_bytes"],
                "max_ratio": self._request["max_ratio"],
            }
            budget = Budget(partial.size, **limits)
            yield from self._remade(lambda sink: source.read_over(partial.path, sink, budget))
            return
        self._read(source, partial, self.algorithm)
        if encoding := self._encoding(source):
            yield from self._remade(lambda sink: self._decode(encoding, partial, sink))
            return
        yield Whole(partial.descriptor, partial.path)

    def _encoding(self, source: Source) -> str:
        """Return the compression that the server put on, unless what was asked for is compressed itself."""
        packed = self._request["archive"] in PACKED or self._request["packed"]
        return "" if packed else _ENCODINGS.get(source.encoding, "")

    def _read(self, source: Source, partial: Partial, algorithm: str) -> None:
        sink = self._sink(partial.descriptor, algorithm)
        self.reading = sink
        try:
            if partial.validator().holds:
                sink.take_up()
            else:
                sink.restart()
            source.read_into(sink, partial)
            sink.flush_to_disk()
            self.size_bytes, self.kept_bytes = sink.received, sink.kept
            final = algorithm and not self._encoding(source)
            self.digest = sink.verify(self._digits if final else "")
            self.validator = partial.validator()
        finally:
            self.reading = None
            sink.close()

    def _remade(self, make: Callable[[Sink], None]) -> Iterator[Whole]:
        """Make the file from what was downloaded, in the scratch directory."""
        path = f"{self._request['scratch']}/whole"
        descriptor = os.open(path, _NEW, 0o600)
        sink = self._sink(descriptor, self.algorithm)
        self.reading = sink
        try:
            make(sink)
            sink.flush_to_disk()
            self.digest = sink.verify(self._digits)
            self.reading = None
            yield Whole(descriptor, path)
        finally:
            self.reading = None
            sink.close()
            os.close(descriptor)

    def _decode(self, encoding: str, partial: Partial, sink: Sink) -> None:
        """Take off the compression that the server put on although it was asked not to."""
        limits = {"max_bytes": self._request["max_size_bytes"], "max_ratio": self._request["max_ratio"]}
        with Whole(partial.descriptor, partial.path).opened() as file:
            stream = Counted(decompressed(encoding, file), Budget(partial.size, **limits))
            try:
                while block := stream.read(BLOCK_BYTES):
                    sink.write(block)
            except BadStreamError as error:
                msg = f"the server says that it is compressed, and it can't be read so: {error}"
                raise RefusalError(msg) from error

    def _sink(self, descriptor: int, algorithm: str) -> Sink:
        most = self._request["max_size_bytes"]
        return Sink(descriptor, self._progress, algorithm=algorithm, max_bytes=most)


def _named(request: Mapping[str, Any]) -> str:
    """Name a source so that it can be told from another, without what is secret."""
    endpoints = [text for name, text in sorted(request["storage_options"].items()) if "endpoint" in name]
    return redact(" ".join([request["links"][-1]["url"], *endpoints]))
