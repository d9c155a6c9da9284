"""Find the logs of an allocation on disk, while it runs, when it was left behind, and when it has ended."""

from __future__ import annotations

import os
from glob import escape
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ostler.errors import MistakeError
from ostler.executor import LogFiles
from ostler.executor.connection.reading import last_lines
from ostler.nearest import nearest
from ostler.runner.output import STREAMS
from ostler.runner.state import AllocationState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ostler.executor import Executor

DEFAULT_BYTES: Final = 10 * 1024 * 1024


class TaskLog(NamedTuple):
    """One stream of one task, and where the records of its allocation are, as long as there are any."""

    files: LogFiles
    records: Path

    def read(
        self, executor: Executor, offset: int, tail: int | None, *, follow: bool
    ) -> Iterator[tuple[int, bytes]]:
        """Give pieces with their offsets, from ``offset`` on or the last lines; never hold the task back."""
        begin = offset if tail is None else last_lines(self.files, tail)
        return executor.read(self.files, offset=begin, follow=follow, hold=False, goes_on=self.goes_on)

    def goes_on(self) -> bool:
        """Tell whether a living process runs the allocation, or the log has not ended."""
        state = AllocationState(self.records)
        try:
            owned = self.records.is_dir() and not state.own()
        finally:
            state.close()
        return owned or any(os.path.lexists(each) for each in (self.files.fifo, self.files.spool))


class Logbook:
    """The logs of all allocations in a data directory."""

    def __init__(self, directory: Path) -> None:
        self._kept = directory / "alloc"
        self._records = directory / "client"

    def find(self, prefix: str, task: str, stream: str) -> TaskLog:
        """Find a log by the beginning of an allocation's id; MistakeError where it is not clear which."""
        if stream not in STREAMS:
            text = f"expected stdout or stderr, found {stream!r}"
            raise MistakeError.single(text, path="stream")
        allocation = self._allocation(prefix)
        logs = self._kept / allocation / "alloc" / "logs"
        limits = self._limits(allocation)
        named = self._task(allocation, task, logs, limits)
        name = f"{named}.{stream}"
        records = self._records / allocation
        files = LogFiles(
            fifo=str(records / f".{name}.fifo"),
            spool=str(logs / f".{name}.spool"),
            directory=str(logs),
            prefix=name,
            max_file_bytes=_full_bytes(logs, name, limits.get(named, {})),
        )
        return TaskLog(files, records)

    def _allocation(self, prefix: str) -> str:
        folders = (self._kept, self._records)
        known = {path.name for folder in folders for path in folder.glob("[!.]*") if path.is_dir()}
        found = sorted(name for name in known if name.startswith(prefix))
        if len(found) != 1:
            many = f"{len(found)} allocations begin" if found else "no allocation begins"
            text = f"{many} with {prefix!r} in {self._kept}"
            raise MistakeError.single(text)
        return found[0]

    def _limits(self, allocation: str) -> dict[str, Any]:
        try:
            return dict(AllocationState(self._records / allocation).description().logs)
        except ValueError:
            return {}

    def _task(self, allocation: str, task: str, logs: Path, limits: dict[str, Any]) -> str:
        written = {path.name.rsplit(".", 2)[0] for path in logs.glob("*.std*.[0-9]*")}
        known = sorted(written | set(limits))
        if task in known:
            return task
        if not task and len(known) == 1:
            return known[0]
        names = ", ".join(known) or "none"
        if not task:
            many = "several tasks; say which" if known else "no task with a log"
            text = f"allocation {allocation} has {many}: {names}"
            raise MistakeError.single(text)
        meant = nearest(task, known)
        hint = f"; did you mean {meant!r}?" if meant else ""
        text = f"no log of a task {task!r} in allocation {allocation}, which has {names}{hint}"
        raise MistakeError.single(text)


def _full_bytes(logs: Path, name: str, limits: dict[str, Any]) -> int:
    """Tell the size of a full file: from the records, else that of the largest."""
    if "max_file_bytes" in limits:
        return int(limits["max_file_bytes"])
    sizes = [path.stat().st_size for path in logs.glob(f"{escape(name)}.[0-9]*")]
    return max(sizes) if len(sizes) > 1 else DEFAULT_BYTES
