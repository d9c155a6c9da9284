"""Fetch an artifact: from the cache, or from its source by way of the cache."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ostler.artifacts.checksums import looked_up
from ostler.artifacts.fetcher.failures import LocalTroubleError, RefusalError, explain_local
from ostler.artifacts.planning import plan
from ostler.artifacts.process import Run
from ostler.artifacts.secrets import reveal
from ostler.artifacts.sharing import fetch_shared, fetch_unshared
from ostler.errors import RecoverableError, RefusedError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from ostler.artifacts.cache import Cache
    from ostler.artifacts.values import Fetched, Policy, Request


def fetch(
    request: Request,
    policy: Policy,
    *,
    scratch: Path,
    cache: Cache | None = None,
    on_event: Callable[[Mapping[str, Any]], None] | None = None,
    cancelled: threading.Event | None = None,
) -> Fetched:
    """Fetch one artifact, check it, unpack it and put it in its place.

    ``scratch`` is an existing directory that no task can write to.  What is in ``cache`` already is placed
    at once, and what many ask for at the same time is fetched once.  ``on_event`` is called in this
    thread while something comes, with ``{"artifact", "step", "bytes", "total", "kept", "rate"}``: ``step`` is
    ``fetching`` or ``unpacking``, ``total`` None where it is not known, ``kept`` of the bytes were there
    before this try, ``rate`` is in bytes a second.  Blocks; setting ``cancelled`` ends it within seconds.
    On failure nothing is left at the destination or in ``scratch``; the cache may keep the part of a
    download that it can go on from.

    Raises RefusedError where trying again would not help (not allowed, not found, a checksum that
    differs, a bad archive), else RecoverableError.
    """
    plan(request, policy)
    revealed = reveal(request, policy)
    request, planned = revealed.request, plan(revealed.request, policy)
    run = Run(request, policy, on_event, cancelled, revealed.values)
    with _explained(run, [str(scratch), request.root, *([str(cache.directory)] if cache else [])]):
        if planned.checksum_file:
            planned = looked_up(run, planned, scratch)
        wanted = cache.wanted(request, planned) if cache else None
        if cache is None or wanted is None:
            return fetch_unshared(run, planned, scratch)
        return fetch_shared(run, planned, scratch, cache, wanted)


@contextmanager
def _explained(run: Run, directories: Sequence[str]) -> Iterator[None]:
    try:
        yield
    except RefusalError as error:
        raise run.error(RefusedError, str(error)) from error
    except OSError as error:
        reason = explain_local(error)
        if isinstance(reason, LocalTroubleError):
            raise run.error(RecoverableError, reason.at(directories)) from error
        raise run.error(RefusedError, str(reason)) from error
