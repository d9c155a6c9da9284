"""`ostler artifact fetch`: fetch one artifact, with a bar on a terminal and lines elsewhere."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
from attrs import frozen

from ostler.cli.actions.cached import cache_at
from ostler.cli.printing.apart import show, stderr
from ostler.cli.printing.failures import say
from ostler.errors import MistakeError
from ostler.runner.telling import going, said
from ostler.visible import in_a_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ostler.artifacts import Fetched
    from ostler.cli.site import Site

    Tell = Callable[[Mapping[str, Any]], None]

_EVERY_SECONDS: Final = 2.0


@frozen(kw_only=True)
class Wish:
    """What the command line asks for."""

    source: str
    destination: str
    checksum: str
    mode: str
    options: tuple[str, ...]
    headers: tuple[str, ...]
    insecure: bool
    cached: bool


def fetch_artifact(wish: Wish, site: Site, *, as_json: bool) -> None:
    """Fetch, and say how it went."""
    from ostler.artifacts import Request, fetch, resolve
    from ostler.runner.fetching import policy_in

    config, cache = cache_at(site)
    root, destination = _below(wish.destination)
    request = Request(
        source=resolve(wish.source, Path.cwd()),
        destination=destination,
        root=str(root),
        mode=wish.mode,
        options=_pairs(wish.options, "--option"),
        headers=_pairs(wish.headers, "--header"),
        insecure=wish.insecure,
        checksum=wish.checksum,
    )
    begun = time.monotonic()
    with _teller(as_json=as_json) as tell:
        kept = cache if wish.cached and config.client.artifact_cache.enabled else None
        fetched = fetch(request, policy_in(config), scratch=root, cache=kept, on_event=tell)
    _conclude(fetched, time.monotonic() - begun, wish.destination, as_json=as_json)


def _conclude(fetched: Fetched, seconds: float, destination: str, *, as_json: bool) -> None:
    """Say what came of it."""
    if as_json:
        lasted = {"seconds": round(seconds, 3), "destination": destination}
        show(json.dumps({**attrs.asdict(fetched), **lasted}))
        return
    how_long = "" if fetched.cached else f" in {seconds:.1f} s"
    show(f"{said(fetched)}{how_long}, into {destination}")


def _below(written: str) -> tuple[Path, str]:
    """Return the directory that is there already, which is trusted, and the destination below it."""
    root = Path(written).absolute()
    missing: list[str] = []
    while not root.is_dir():
        missing.insert(0, root.name)
        root = root.parent
    root = root.resolve()
    return root, str(root.joinpath(*missing)) + ("/" if written.endswith("/") or not missing else "")


def _pairs(given: tuple[str, ...], option: str) -> dict[str, str]:
    found = {}
    for each in given:
        name, mark, value = each.partition("=")
        if not mark or not name:
            text = f"expected NAME=VALUE, found {each!r}"
            raise MistakeError.single(text, where=option)
        found[name] = value
    return found


@contextmanager
def _teller(*, as_json: bool) -> Iterator[Tell]:
    if as_json:
        yield lambda event: show(json.dumps(event))
    elif stderr().isatty():
        with _bar() as tell:
            yield tell
    else:
        yield _lines()


def _lines() -> Tell:
    told = time.monotonic()

    def tell(event: Mapping[str, Any]) -> None:
        nonlocal told
        if time.monotonic() - told >= _EVERY_SECONDS:
            told = time.monotonic()
            say(f"{event['artifact']}: {going(event)}")

    return tell


@contextmanager
def _bar() -> Iterator[Tell]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
    with (
        os.fdopen(os.dup(stderr().fileno()), "w") as raw,  # the command's own escapes what moves a cursor
        Progress(*columns, TransferSpeedColumn(), console=Console(file=raw), transient=True) as progress,
    ):
        bar = progress.add_task("", total=None)

        def tell(event: Mapping[str, Any]) -> None:
            name = in_a_line(event["artifact"].rpartition("/")[2])
            name = f"{event['step']} {name}" if event["step"] == "unpacking" else name
            progress.update(bar, description=name, completed=event["bytes"], total=event["total"])

        yield tell
