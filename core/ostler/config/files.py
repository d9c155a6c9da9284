"""Find the agent's file or files, read them, and join what they say."""

from __future__ import annotations

import os
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ostler.config.drafts import Draft, draft, joined
from ostler.config.options import enabled_plugins, lists
from ostler.config.sections import Reading
from ostler.config.values import (
    AgentConfig,
    ArtifactCache,
    ArtifactPolicy,
    ArtifactSecret,
    ClientConfig,
    DriverDeadlines,
)
from ostler.errors import MistakeError, Problem, by_place
from ostler.hcl import HclError, parse, parse_json
from ostler.sizes import size_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ostler.config.blocks import ArtifactBlock, CacheBlock, DeadlinesBlock, SecretBlock

MAX_BYTES: Final = 16 * 1024 * 1024
_SUFFIXES: Final = frozenset({".hcl", ".json"})


class FlawedConfigError(MistakeError):
    """Files that could be read have mistakes; ``config`` holds their labelled blocks, to find more there."""

    def __init__(self, problems: Iterable[Problem], config: AgentConfig) -> None:
        super().__init__(problems)
        self.config = config


def load(path: str | Path) -> AgentConfig:
    """Read the file at ``path``, or all ``*.hcl`` and ``*.json`` of a directory in the order of their names.

    MistakeError names every problem of every file; it is a FlawedConfigError where they could be read.
    """
    path = Path(path)
    files = _files(path)
    if files is None:
        return _assemble([(str(path), _content(path))], path.absolute().parent)
    return _assemble([(str(file), _content(file)) for file in files], path.absolute())


def loads(text: str | bytes, filename: str) -> AgentConfig:
    """Read a text; relative paths in it start at the directory of ``filename``.  Raises as `load` does."""
    return _assemble([(filename, text)], Path(filename).absolute().parent)


def _files(path: Path) -> list[Path] | None:
    """List the files of a directory; None where ``path`` is none."""
    try:
        if not path.is_dir():
            return None
        found = sorted(each for each in path.iterdir() if each.suffix in _SUFFIXES and each.name[0] != ".")
    except OSError as error:
        raise _unreadable(path, str(error.strerror)) from None
    if not found:
        raise _unreadable(path, "the directory holds no *.hcl or *.json file")
    return found


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unreadable(path, str(error.strerror)) from None
    if len(content) > MAX_BYTES:
        raise _unreadable(path, f"it is larger than {MAX_BYTES >> 20} MiB")
    return content


def _unreadable(path: Path, why: str) -> MistakeError:
    return MistakeError.single(f"the configuration can't be read: {why}", where=str(path))


def _assemble(texts: list[tuple[str, str | bytes]], directory: Path) -> AgentConfig:
    problems: list[Problem] = []
    notes: list[str] = []
    drafts = []
    for filename, text in texts:
        found = _draft(filename, text, problems)
        drafts.append(found)
        if found.noted:
            notes.append(f"{filename}: not acted on: {', '.join(found.noted)}")
    if problems:
        raise FlawedConfigError(problems, _flawed(drafts, directory))
    return _config(reduce(joined, drafts), directory, notes)


def _draft(filename: str, text: str | bytes, problems: list[Problem]) -> Draft:
    json = _is_json(filename, text)
    reading = Reading(lenient=not json)
    try:
        body = parse_json(text, filename) if json else parse(text, filename, tolerant=True)
        return draft(body, reading)
    except HclError as error:
        reading.complain(error.diagnostics, "")
        return Draft(given={"agent": {}, "client": {}})
    finally:
        problems.extend(sorted(reading.problems, key=by_place))


def _flawed(drafts: list[Draft], directory: Path) -> AgentConfig:
    # For a label that is missing stands the block's type.
    plugins = {name: block for each in drafts for name, block in each.plugins.items() if name != "plugin"}
    wrappers = {name: block for each in drafts for name, block in each.wrappers.items() if name != "wrapper"}
    return AgentConfig(plugins=plugins, wrappers=wrappers, directory=str(directory))


def _is_json(filename: str, text: str | bytes) -> bool:
    start = text[:4096]
    first = start.lstrip()[:1] if isinstance(start, str) else start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return filename.endswith(".json") or first in {"{", b"{"}


def _config(found: Draft, directory: Path, notes: list[str]) -> AgentConfig:
    enabled, remarks = enabled_plugins(found.client.options, found.options_where, found.plugins)
    client = ClientConfig(
        meta=found.client.meta,
        options=found.client.options,
        node_class=found.client.node_class,
        node_pool=found.client.node_pool,
        chroot_env=found.client.chroot_env,
        max_kill_timeout_seconds=found.client.max_kill_timeout,
        gc_max_allocs=found.client.gc_max_allocs,
        artifact=_policy(found.client.artifact, directory),
        artifact_cache=_cache(found.client.artifact.cache),
        driver_deadlines=_deadlines(found.client.driver_deadlines),
        **lists(found.client.options),
    )
    return AgentConfig(
        data_dir=_below(directory, found.agent.data_dir) if found.agent.data_dir else "",
        datacenter=found.agent.datacenter,
        region=found.agent.region,
        name=found.agent.name,
        client=client,
        plugins={**found.plugins, **enabled},
        wrappers=found.wrappers,
        notes=(*notes, *remarks),
        directory=str(directory),
    )


def _policy(block: ArtifactBlock, directory: Path) -> ArtifactPolicy:
    return ArtifactPolicy(
        schemes=frozenset(scheme.lower() for scheme in block.allowed_schemes),
        file_paths=tuple(_below(directory, path) for path in block.allowed_paths),
        max_size_bytes=size_bytes(block.http_max_size),
        max_files=block.decompression_file_count_limit,
        max_unpacked_bytes=size_bytes(block.decompression_size_limit),
        timeout_seconds=block.http_read_timeout,
        stall_seconds=block.stall_timeout,
        hosts=tuple(host.lower() for host in block.allowed_hosts),
        allow_private=block.allow_private,
        confined=not block.disable_filesystem_isolation,
        extra_paths=block.filesystem_isolation_extra_paths,
        environment=tuple(filter(None, map(str.strip, block.set_environment_variables.split(",")))),
        secrets={name: _secret(each, directory) for name, each in block.secret.items()},
    )


def _secret(block: SecretBlock, directory: Path) -> ArtifactSecret:
    return ArtifactSecret(
        env=block.env,
        file=_below(directory, block.file) if block.file else "",
        command=block.command,
        schemes=tuple(scheme.lower() for scheme in block.schemes),
        hosts=block.hosts,
    )


def _cache(block: CacheBlock) -> ArtifactCache:
    return ArtifactCache(
        enabled=block.enabled, max_bytes=size_bytes(block.max_size), max_age_seconds=block.max_age
    )


def _deadlines(block: DeadlinesBlock) -> DriverDeadlines:
    return DriverDeadlines(
        open_seconds=block.open,
        answer_seconds=block.answer,
        destroy_seconds=block.destroy,
        end_seconds=block.end,
    )


def _below(directory: Path, path: str) -> str:
    """Make a path absolute; symbolic links stay as they are, for whoever checks them."""
    return os.path.normpath(directory / path)
