"""The policies and observers that packages offer; an operator's block names the ones that are imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ostler.drivers.catalog import Catalog
from ostler.drivers.compatibility import GROUPS, WRAPPER_GROUPS

if TYPE_CHECKING:
    from ostler.drivers.values import WrapperContext
    from ostler.drivers.wrappers import Wrapper


class WrapperCatalog(Catalog):
    """The wrappers by name; which of them are policies is not known before they are imported."""

    groups: ClassVar = WRAPPER_GROUPS
    noun: ClassVar = "wrapper"
    package: ClassVar = "ostler-"
    other: ClassVar = ("driver", "plugin", GROUPS)
    declares: ClassVar[tuple[str, ...]] = ("settings",)

    def construct(self, name: str, context: WrapperContext) -> Wrapper:
        """Construct wrapper ``name`` and check what it wraps; DriverError names provider and cause."""
        from ostler.drivers.wrappers import Wrapper, wrapped_hooks

        kind = self.load(name)
        try:
            wrapper = Wrapper(name, kind(context), kind.kind)
        except (Exception, SystemExit) as error:
            raise self._broken(name, "could not be constructed", error) from error
        wrapped_hooks(wrapper)
        return wrapper

    def _wrong(self, driver: object) -> str:
        if wrong := super()._wrong(driver):
            return wrong
        kind = getattr(driver, "kind", None)
        if isinstance(kind, str) and kind in {"policy", "observer"}:
            return ""
        return f'says that its kind is {kind!r}; write kind = "policy" or kind = "observer"'
