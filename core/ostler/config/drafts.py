"""What one file says, checked and not yet joined with the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs
from attrs import Factory, frozen

from ostler.config.blocks import AgentBlock, ClientBlock
from ostler.config.keys import ARTIFACT, CACHE, CLIENT, DEADLINES, SECRET, TOP
from ostler.config.options import check_options
from ostler.config.plugins import plugin
from ostler.config.rules import check_client
from ostler.config.values import PluginBlock, WrapperBlock
from ostler.config.wrappers import wrapper
from ostler.drivers.settings import read
from ostler.errors import MistakeError, Problem
from ostler.places import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from ostler.config.sections import Reading, Section
    from ostler.hcl import Block, Body

T = TypeVar("T")
Labelled = TypeVar("Labelled", PluginBlock, WrapperBlock)

_TABLES: Final = {
    "client.artifact": ARTIFACT,
    "client.artifact.cache": CACHE,
    "client.driver_deadlines": DEADLINES,
}


@frozen(kw_only=True)
class Draft:
    """One file, or several that were joined; ``options_where`` holds the place of each option."""

    agent: AgentBlock = Factory(AgentBlock)
    client: ClientBlock = Factory(ClientBlock)
    options_where: Mapping[str, str] = Factory(dict)
    plugins: Mapping[str, PluginBlock] = Factory(dict)
    wrappers: Mapping[str, WrapperBlock] = Factory(dict)
    given: Mapping[str, Any] = Factory(dict)
    noted: tuple[str, ...] = ()


def draft(body: Body, reading: Reading) -> Draft:
    """Read a whole file; what is wrong with it is in ``reading``."""
    top = reading.section(body, TOP, "")
    clients = [_client(block, reading) for block in top.blocks if block.type == "client"]
    checked = [_checked(ClientBlock, client, reading, "client") for client in clients]
    return Draft(
        agent=_checked(AgentBlock, top, reading, ""),
        client=checked[0] if checked else ClientBlock(),
        options_where=_options_where(clients[0]) if clients else {},
        plugins=_labelled(top, "plugin", plugin, reading),
        wrappers=_labelled(top, "wrapper", wrapper, reading),
        given={"agent": top.tree, "client": clients[0].tree if clients else {}},
        noted=tuple(dict.fromkeys(reading.noted)),
    )


def joined(earlier: Draft, later: Draft) -> Draft:
    """Let a later file change what an earlier one says: maps key by key, labelled blocks as a whole."""
    return Draft(
        agent=_changed(earlier.agent, later.agent, later.given["agent"]),
        client=_changed(earlier.client, later.client, later.given["client"]),
        options_where={**earlier.options_where, **later.options_where},
        plugins={**earlier.plugins, **later.plugins},
        wrappers={**earlier.wrappers, **later.wrappers},
    )


def _changed(earlier: T, later: T, given: Mapping[str, Any]) -> T:
    changes: dict[str, Any] = {}
    for name, said in given.items():
        old, new = getattr(earlier, name), getattr(later, name)
        if attrs.has(type(new)):
            changes[name] = _changed(old, new, said)
        else:
            changes[name] = {**old, **new} if isinstance(new, dict) else new
    return attrs.evolve(earlier, **changes)  # type: ignore[misc]


def _client(block: Block, reading: Reading) -> Section:
    section = reading.section(block.body, CLIENT, "client")
    _nest(section, reading, "client")
    check_options(section.tree.get("options", {}), _options_where(section), reading)
    check_client(section, reading)
    return section


def _nest(section: Section, reading: Reading, path: str) -> None:
    """Read the blocks in a section, and those in them."""
    for block in section.blocks:
        inner = f"{path}.{block.type}"
        if block.labels:
            _nest_labelled(section, block, reading, f"{inner}.{block.labels[0]}")
        elif table := _TABLES.get(inner):
            nested = reading.section(block.body, table, inner)
            _nest(nested, reading, inner)
            section.nest(block.type, nested)
        else:
            reading.free(section, block, inner)


def _nest_labelled(section: Section, block: Block, reading: Reading, path: str) -> None:
    """Read a block by its label: a secret of artifacts."""
    name, where = block.labels[0], Place.of(block.type_range, masked=True)
    found = reading.section(block.body, SECRET, path)
    if name in section.tree.setdefault(block.type, {}):
        reading.problems.append(Problem(where, path, "configured twice; keep one"))
    if len({"command", "env", "file"} & found.tree.keys()) != 1:
        text = "needs one of env, file and command, which says where the secret is"
        reading.problems.append(Problem(where, path, text))
    section.tree[block.type][name] = found.tree
    section.positions |= {(block.type, name, *at): place for at, place in found.positions.items()}
    section.names |= {(block.type, name, *at): place for at, place in found.names.items()}


def _options_where(client: Section) -> dict[str, str]:
    return {str(at[1]): place for at, place in client.positions.items() if at[:1] == ("options",) and at[1:]}


def _labelled(
    top: Section, kind: str, read_block: Callable[[Block, Reading], Labelled], reading: Reading
) -> dict[str, Labelled]:
    """Read the blocks of a type by their labels, each of which may stand once."""
    blocks: dict[str, Labelled] = {}
    for found in [read_block(block, reading) for block in top.blocks if block.type == kind]:
        first = blocks.setdefault(found.name, found)
        if first is not found:
            text = f"configured twice; the first block stands at {first.where}"
            reading.problems.append(Problem(found.where, f"{kind}.{found.name}", text))
    return blocks


def _checked(cls: type[T], section: Section, reading: Reading, path: str) -> T:
    try:
        return read(cls, reading.located(section), path=path)
    except MistakeError as error:
        reading.mistake(error)
        return cls()
