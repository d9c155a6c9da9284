"""Find how a driver's tasks are made to do an act, where the driver's package says so itself."""

from __future__ import annotations

import re
from importlib import import_module
from importlib.metadata import entry_points
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from ostler.drivers import Catalog
from ostler.errors import MistakeError

if TYPE_CHECKING:
    from ostler.testing.act import ConfigFor

GROUP: Final = "ostler.conformance.v1"
_TARGET: Final = re.compile(r"[\w.]+:[\w.]+")
_MISSING: Final = (
    "driver {name!r} from {provider} offers no acts, so the kit can give its tasks nothing to do; name a "
    f"function that turns an Act into a task's config under the entry-point group {GROUP!r}, or give --acts "
    "module:function"
)


def acts_of(name: str) -> ConfigFor:
    """Load what the package of driver ``name`` offers for it; MistakeError where there is nothing."""
    info = Catalog().find(name)
    points = list(entry_points(group=GROUP, name=name))
    own = [point for point in points if point.dist and point.dist.name == info.provider]
    if not (own or points):
        raise MistakeError.single(_MISSING.format(name=name, provider=info.distribution))
    return acts_at((own or points)[0].value, where=f"the acts of driver {name!r}")


def acts_at(target: str, *, where: str = "--acts") -> ConfigFor:
    """Load the function at ``module:function``; MistakeError says what is wrong with it."""
    if not _TARGET.fullmatch(target):
        text = f"expected module:function, found {target!r}"
        raise MistakeError.single(text, path=where)
    module, _, function = target.partition(":")
    try:
        found: Any = attrgetter(function)(import_module(module))
    except Exception as error:
        text = f"{target} can't be loaded: {type(error).__name__}: {error}"
        raise MistakeError.single(text, path=where) from error
    if not callable(found):
        text = f"{target} is {found!r}; expected a function that turns an Act into a task's config"
        raise MistakeError.single(text, path=where)
    acts: ConfigFor = found
    return acts
