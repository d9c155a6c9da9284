"""The drivers that are installed, known by their metadata; only the one that is named is imported."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from ostler.drivers.compatibility import GROUP, GROUPS, WRAPPER_GROUPS, foreign, misfit
from ostler.drivers.installed import offered
from ostler.errors import DriverError, MistakeError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from ostler.drivers.boundary import Contained
    from ostler.drivers.facade import Driver
    from ostler.drivers.installed import EntryPoint
    from ostler.drivers.values import DriverContext
    from ostler.drivers.wrappers import Wrapper

__all__ = ["GROUP", "Catalog", "DriverInfo"]

CAUSE_CHARACTERS: Final = 500


class DriverInfo(NamedTuple):
    """What is known of a driver before it is imported; ``target`` is ``module:Class``.

    ``problem`` says why this Ostler can't use it: made for another version of the contract, or its package
    asks for another version of Ostler.  It is looked for by `Catalog.infos` alone.
    """

    name: str
    provider: str
    version: str
    target: str
    problem: str = ""

    @property
    def distribution(self) -> str:
        """The provider and its version, as a person would name them."""
        return f"{self.provider} {self.version}".strip()


class Catalog:
    """The drivers by name.  ``allowed`` (empty: all) and ``denied`` hold names, as the operator gave them."""

    groups: ClassVar = GROUPS
    noun: ClassVar = "driver"
    package: ClassVar = "ostler-driver-"
    other: ClassVar = (
        "wrapper",
        "wrapper",
        WRAPPER_GROUPS,
    )  # what else is offered: its noun, block and groups
    declares: ClassVar[tuple[str, ...]] = ("settings", "task_settings")

    def __init__(
        self,
        points: Iterable[EntryPoint] | None = None,
        *,
        allowed: Collection[str] = (),
        denied: Collection[str] = (),
    ) -> None:
        self._allowed, self._denied = frozenset(allowed), frozenset(denied)
        self._points: dict[str, list[EntryPoint]] = {}
        self._foreign: dict[str, list[EntryPoint]] = {}
        self._added: dict[str, type[Any]] = {}
        for point in offered(self.groups) if points is None else points:
            (self._foreign if foreign(point) else self._points).setdefault(point.name, []).append(point)

    def add(self, name: str, driver: type[Any]) -> None:
        """Make a driver class known without an entry point; it hides an installed one of that name."""
        self._added[name] = driver

    @property
    def names(self) -> list[str]:
        """The names of all drivers, those that may not be used too."""
        return sorted({*self._points, *self._added})

    def infos(self) -> list[DriverInfo]:
        """Describe every driver, each provider of a name apart, without importing any.

        Those made for another version of the contract are listed too, with their problem.
        """
        added = [info for name in sorted(self._added) for info in self._infos(name)]
        points = [point for name in self._points.keys() - self._added.keys() for point in self._points[name]]
        points += [point for name in self._foreign for point in self._foreign[name] if self._only(point)]
        found = [_describe(point)._replace(problem=misfit(point)) for point in points]
        return sorted([*added, *found])

    def refusal(self, name: str) -> str:
        """Say why the operator's lists keep driver ``name`` from being used; empty if they don't."""
        if self._allowed and name not in self._allowed:
            return f"driver {name!r} is not in driver.allowlist ({', '.join(sorted(self._allowed))})"
        return f"driver {name!r} is in driver.denylist" if name in self._denied else ""

    def find(self, name: str) -> DriverInfo:
        """Describe driver ``name``; MistakeError if it is unknown, not allowed or provided twice."""
        self.check(name)
        return self._infos(name)[0]

    def check(self, name: str) -> None:
        """Raise MistakeError if ``name`` is unknown, refused, provided twice or made for another Ostler."""
        text = ""
        if name not in self._added and len(self._points.get(name, ())) > 1:
            both = " and ".join(info.distribution for info in self._infos(name))
            text = f"{self.noun} {name!r} is provided by both {both}; uninstall one"
        elif refusal := self.refusal(name):
            text = f"{refusal}; change client.options in the agent's configuration"
        if name not in self._points and name not in self._added:
            text = self._unknown(name)
        if text := text or self._misfit(name):
            raise MistakeError.single(text)

    def load(self, name: str) -> type[Any]:
        """Import driver ``name`` and return its class; DriverError names provider, version and cause."""
        self.check(name)
        with self._contained(name, "its import", "failed to load"):
            driver = self._added[name] if name in self._added else self._points[name][0].load()
            wrong = self._wrong(driver)
        if wrong:
            info = self.find(name)
            msg = f"{self.noun} {name!r} from {info.distribution} {wrong} ({info.target})"
            raise DriverError(msg)
        return driver

    def open(self, name: str, context: DriverContext, wrappers: Sequence[Wrapper] = ()) -> Driver:
        """Construct driver ``name`` and return the facade that calls it."""
        from ostler.drivers.facade import Driver

        driver = self.load(name)
        with self._contained(name, "its constructor", "could not be constructed"):
            return Driver(name, driver(context), wrappers)

    def _infos(self, name: str) -> list[DriverInfo]:
        if name in self._added:
            driver = self._added[name]
            return [DriverInfo(name, "this process", "", f"{driver.__module__}:{driver.__qualname__}")]
        return [_describe(point) for point in self._points.get(name, ())]

    def _only(self, point: EntryPoint) -> bool:
        """Tell whether a provider offers a driver for another version of the contract alone."""
        ours = self._points.get(point.name, ())
        return all(
            each.dist is None or point.dist is None or each.dist.name != point.dist.name for each in ours
        )

    def _misfit(self, name: str) -> str:
        """Say that the one provider of a driver is not for this Ostler, and what to install."""
        if name in self._added:
            return ""
        point = (self._points.get(name) or self._foreign[name])[0]
        if not (problem := misfit(point)):
            return ""
        info = _describe(point)
        remedy = f"install a version of {info.provider} that fits, or another Ostler"
        return f"{self.noun} {name!r} from {info.distribution} {problem}; {remedy}"

    def _unknown(self, name: str) -> str:
        if name in self._foreign:
            return self._misfit(name)
        noun, block, groups = self.other
        if any(point.name == name for point in offered(groups)):
            return f'no {self.noun} named {name!r}: it is a {noun}, and its block is {block} "{name}" {{ }}'
        from ostler.nearest import nearest

        near = nearest(name, self.names)
        hint = (
            f"did you mean {near!r}? "
            if near
            else f"install its package, by convention {self.package}{name} "
        )
        installed = ", ".join(self.names) or "none"
        return f"no {self.noun} named {name!r}; {hint}(installed: {installed}; searched {sys.executable})"

    def _wrong(self, driver: object) -> str:
        """Say what keeps ``driver`` from being a class of the kind that is offered; empty if nothing does."""
        import attrs

        from ostler.drivers.values import Capabilities

        if not isinstance(driver, type):
            return "is not a class"
        for attribute in self.declares:
            declared = getattr(driver, attribute, None)
            if not (isinstance(declared, type) and attrs.has(declared)):
                return f"declares no attrs class as {attribute}"
        able = getattr(driver, "capabilities", Capabilities())
        if not isinstance(
            able, Capabilities | property
        ):  # what a property gives is only known of an instance
            return f"declares no Capabilities(...) as capabilities, but {able!r:.80}"
        return ""

    def _contained(self, name: str, where: str, what: str) -> Contained:
        from ostler.drivers.boundary import Contained

        return Contained(name, where, partial(self._broken, name, what), noun=self.noun)

    def _broken(self, name: str, what: str, error: BaseException) -> DriverError:
        from ostler.drivers.shown import one_line, said

        cause = one_line(f"{type(error).__name__}: {said(error)}".removesuffix(": "), CAUSE_CHARACTERS)
        return DriverError(f"{self.noun} {name!r} from {self.find(name).distribution} {what}: {cause}")


def _describe(point: EntryPoint) -> DriverInfo:
    if point.dist is None:
        return DriverInfo(point.name, "an unknown distribution", "", point.value)
    return DriverInfo(point.name, point.dist.name, point.dist.version, point.value)
