"""How a task of this driver does what the conformance kit asks for: one program, told by its arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ostler_driver_wasm.places import ACTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.testing import Act

PLACES: Final = {"local/": "3", "secrets/": "4", "alloc/data/": "6"}
PAGES_PER_MB: Final = 16
CAN: Final = (
    "stdout",
    "stderr",
    "environ",
    "numbers",
    "files",
    "memory_mb",
    "busy",
    "seconds",
    "code",
    "deaf",
)


def config(act: Act) -> Mapping[str, object]:
    """Give the config of a task that does ``act``."""
    return {"module": ACTS, "args": words(act)}


def words(act: Act) -> list[str]:
    """Write an act down: a letter, then what it needs, and so on.

    A program hears no signal, so that it is neither polite nor deaf: a stop ends it.
    """
    act.only(*CAN, because="a WebAssembly program has no children, sends no signals and has no directory")
    pairs = [("o", act.stdout), ("e", act.stderr), *(("v", name) for name in act.environ)]
    pairs += [("n", str(act.numbers)), *(pair for name in act.files for pair in _file(name))]
    pairs += [("m", str(act.memory_mb * PAGES_PER_MB)), ("b", "") if act.busy else ("s", _milliseconds(act))]
    return [word for pair in [*pairs, ("x", str(act.code))] for word in pair]


def _milliseconds(act: Act) -> str:
    return str(int(act.seconds * 1000))


def _file(name: str) -> list[tuple[str, str]]:
    place = next(place for place in PLACES if name.startswith(place))
    return [(PLACES[place], name.removeprefix(place)), ("=", name)]
