"""`ostler cache`: what is kept of the artifacts that were fetched."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from ostler.cli.printing.apart import show
from ostler.cli.printing.columns import columns
from ostler.cli.printing.failures import say
from ostler.runner.telling import size

if TYPE_CHECKING:
    from ostler.artifacts.cache import Cache, Listed
    from ostler.cli.site import Site
    from ostler.config import AgentConfig

_HEAD: Final = ("SOURCE", "PART", "SIZE", "FILES", "USED", "STATE", "KEY")
_SHORT: Final = 20
_AGES: Final = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


def cache_at(site: Site) -> tuple[AgentConfig, Cache]:
    """Return the configuration and the cache that a command works with."""
    from ostler.client import data_directory
    from ostler.config import default, load
    from ostler.runner.fetching import cache_in

    config = load(site.config) if site.config else default()
    directory, note = data_directory.choose(site.data_dir, config.data_dir, os.environ)
    data_directory.make(directory)
    if note:
        say(f"note: {note}")
    return config, cache_in(Path(directory), config)


def list_cache(site: Site, *, as_json: bool) -> None:
    """Print a table of what is kept."""
    from ostler.artifacts.cache import contents

    listed = contents(cache_at(site)[1].store)
    if as_json:
        show(json.dumps([attrs.asdict(each) for each in listed], indent=2))
        return
    if not listed:
        say("note: nothing is kept")
        return
    for line in columns([_HEAD, *map(_row, listed)]):
        show(line)


def prune_cache(site: Site, *, everything: bool, as_json: bool) -> None:
    """Remove what is too much or too old, and print what that was."""
    from ostler.artifacts.cache import prune

    cache = cache_at(site)[1]
    pruned = prune(
        cache.store,
        max_bytes=cache.max_bytes,
        max_age_seconds=cache.max_age_seconds,
        everything=everything,
    )
    if as_json:
        show(json.dumps({**attrs.asdict(pruned), "freed_bytes": pruned.freed_bytes}, indent=2))
        return
    if pruned.removed:
        for line in columns([_HEAD, *map(_row, pruned.removed)]):
            show(line)
    show(f"removed {len(pruned.removed)}, freed {size(pruned.freed_bytes)}, kept {size(pruned.kept_bytes)}")


def verify_cache(site: Site, *, as_json: bool) -> int:
    """Read all that is kept, print what differs, and return the exit status."""
    from ostler.artifacts.cache import verify

    verified = list(verify(cache_at(site)[1].store))
    wrong = [each for each in verified if each.differing]
    if as_json:
        show(json.dumps([attrs.asdict(each) for each in verified], indent=2))
        return 1 if wrong else 0
    for each in wrong:
        paths = ", ".join(path or "the file" for path in each.differing)
        say(f"{each.listed.source} ({each.listed.part}): differs, and is removed: {paths}")
    total = sum(each.listed.size_bytes for each in verified)
    show(f"read {len(verified)}, {size(total)}: {len(wrong)} differ")
    return 1 if wrong else 0


def _row(each: Listed) -> tuple[str, ...]:
    shown: dict[str, Any] = {
        "source": each.source,
        "part": each.part,
        "size": size(each.size_bytes),
        "files": str(each.files),
        "used": f"{_age(time.time() - each.used)} ago",
        "state": "in use" if each.in_use else "free",
        "key": each.key[:_SHORT],
    }
    return tuple(shown.values())


def _age(seconds: float) -> str:
    for name, step in _AGES:
        if seconds >= step:
            return f"{int(seconds // step)}{name}"
    return "0s"
