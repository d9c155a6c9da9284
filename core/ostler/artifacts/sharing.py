"""Have an artifact fetched into a store, or find it there, and put it in its place."""

from __future__ import annotations

import hashlib
import random
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ostler.artifacts.cache.keys import Wanted
from ostler.artifacts.cache.store import Entry, Store
from ostler.artifacts.laying import DamagedError, Way, is_as_kept, lay, way_for
from ostler.artifacts.obtaining import Obtained, Obtaining
from ostler.artifacts.placing import Target, staging
from ostler.artifacts.values import Fetched
from ostler.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.artifacts.cache import Cache
    from ostler.artifacts.cache.locks import Lock
    from ostler.artifacts.planning import Plan
    from ostler.artifacts.process import Run

_ASK_AGAIN_SECONDS: Final = (0.005, 0.03)
_UNSHARED: Final = Wanted("artifact", "artifact.content", "artifact.product", checked=False, access="")
_LAID: Final = "laid"


def fetch_unshared(run: Run, planned: Plan, scratch: Path) -> Fetched:
    """Fetch what no cache keeps."""
    with _private(run, planned, scratch) as private:
        own = Store(private)
        wanted = _UNSHARED._replace(product=_UNSHARED.product if planned.archive else "")
        obtaining = Obtaining(run=run, planned=planned, wanted=wanted, store=own, own=own)
        obtained = obtaining.obtain(private, lock=-1)
        place(obtained.entry, Way.MOVE, run, planned)
    return _told(run, obtained)


def fetch_shared(run: Run, planned: Plan, scratch: Path, cache: Cache, wanted: Wanted) -> Fetched:
    """Place what the cache has, or fetch it; of all who want it only one at a time does that."""
    shared = _Shared(run, planned, scratch, cache, wanted)
    with closing(cache.store.lock(wanted.key)) as lock:
        while not (obtained := shared.found(lock) or shared.fetched(lock)):
            run.check()
            time.sleep(random.uniform(*_ASK_AGAIN_SECONDS))  # noqa: S311 - not all at the same time
    return _told(run, obtained)


def _told(run: Run, obtained: Obtained) -> Fetched:
    return Fetched(
        artifact=run.request.shown,
        size_bytes=obtained.size_bytes,
        kept_bytes=obtained.kept_bytes,
        cached=obtained.cached,
    )


class _Shared:
    """One artifact that a cache may have."""

    def __init__(self, run: Run, planned: Plan, scratch: Path, cache: Cache, wanted: Wanted) -> None:
        self._run = run
        self._planned = planned
        self._scratch = scratch
        self._cache = cache
        self._wanted = wanted
        self._way = way_for(run.request, cache.store.directory)
        self._damaged = False

    def found(self, lock: Lock) -> Obtained | None:
        """Place what is there and needs no look at the source; None where there is no such thing."""
        store, wanted = self._cache.store, self._wanted
        if not wanted.checked or not store.find(wanted.name) or not lock.share():
            return None
        entry = store.find(wanted.name)
        if entry is None or not entry.is_on_disk or not entry.may_be_had(wanted.access, self._run.policy):
            return None
        try:
            place(entry, self._way, self._run, self._planned)
        except DamagedError:
            self._damaged = True  # whoever has the lock alone removes it
            return None
        return Obtained(entry, entry.record.size_bytes, 0, cached=True)

    def fetched(self, lock: Lock) -> Obtained | None:
        """Fetch and place it; None where somebody else has the lock, or has fetched it since."""
        store, wanted = self._cache.store, self._wanted
        if not lock.take():
            return None
        if self._damaged:
            store.discard(wanted.name)
            self._damaged = False
        if wanted.checked and store.sound(wanted.name, wanted.access, self._run.policy):
            return None
        with _private(self._run, self._planned, self._scratch) as private:
            obtained = self._obtain(private, lock)
            entry = obtained.entry
            if not entry.directory.is_relative_to(store.directory):
                place(entry, Way.MOVE, self._run, self._planned)
            elif lock.share():
                place(entry, self._way, self._run, self._planned)
            else:
                return None
        lock.close()
        self._cache.shrink()
        return obtained

    def _obtain(self, private: Path, lock: Lock) -> Obtained:
        linked = self._way in {Way.CLONE, Way.LINK}  # a copy of a tree costs as much as unpacking it
        return Obtaining(
            run=self._run,
            planned=self._planned,
            wanted=self._wanted,
            store=self._cache.store,
            own=Store(private),
            most_bytes=self._cache.max_bytes,
            keeps_products=linked,
        ).obtain(private, lock=lock.fileno())


def place(entry: Entry, way: Way, run: Run, planned: Plan) -> None:
    """Put it where the task will see it, whole or not at all."""
    tree = entry.record.is_tree
    with _reached(run, planned) as found:
        if not (way is Way.LINK and not tree and is_as_kept(entry) and found.link_file(entry.item)):
            with staging(found.existing, _staging(run)) as stage:
                lay(entry, way, run.request, stage, _LAID)
                (found.put_tree if tree else found.put_file)(stage, _LAID)
    if way is not Way.MOVE:
        entry.touch()


@contextmanager
def _reached(run: Run, planned: Plan) -> Iterator[Target]:
    """Open the destination as far as it is there.  Raises RefusalError where a link is in the way."""
    with closing(Target(run.request.root, planned.steps, run.request.owner)) as found:
        found.descend(len(found.missing) - (planned.kind != "tree"))
        yield found


def _staging(run: Run) -> str:
    """Name the staging directory: the same each time for one artifact, so that what is left is found."""
    request = run.request
    said = f"{request.path}\n{request.shown}\n{request.destination}"
    return f".ostler-{hashlib.sha256(said.encode()).hexdigest()[:16]}"


@contextmanager
def _private(run: Run, planned: Plan, scratch: Path) -> Iterator[Path]:
    """Make a private directory for one run, gone at the end."""
    try:
        made = tempfile.TemporaryDirectory(prefix="fetch-", dir=scratch)
    except OSError as error:
        text = f"can't be fetched: {error.strerror or error}: {error.filename}"
        raise run.error(RefusedError, text) from error
    with (
        made as private,
        _reached(run, planned),
    ):  # a destination that can't be is refused before anything comes
        yield Path(private)
