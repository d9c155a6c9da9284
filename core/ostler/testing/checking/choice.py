"""What is checked: a driver, the settings of its plugin block and how its tasks do an act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from ostler.drivers import Catalog, Health, Located
from ostler.errors import MistakeError, OstlerError
from ostler.testing.acts import acts_at, acts_of

if TYPE_CHECKING:
    from pathlib import Path

    from ostler.drivers import Fingerprint
    from ostler.testing.act import ConfigFor
    from ostler.testing.harness import DriverHarness


class Choice(NamedTuple):
    """One driver, ready to be opened."""

    name: str
    settings: Located
    acts: ConfigFor


CHOICE: Final = pytest.StashKey[Choice]()


def choose(name: str, config: str, acts: str) -> Choice:
    """Read what the command line names; MistakeError says what is wrong with it."""
    catalog, settings = Catalog(), Located()
    if config:
        from ostler.config import load

        agent = load(config)
        catalog = Catalog(allowed=agent.client.driver_allowlist, denied=agent.client.driver_denylist)
        settings = agent.plugins[name].config if name in agent.plugins else settings
    catalog.check(name)
    return Choice(name, settings, acts_at(acts) if acts else acts_of(name))


def try_to_open(chosen: Choice, directory: Path) -> str:
    """Open the driver once and close it; returns why that fails.

    MistakeError for settings that are wrong, and where the driver itself says that it can't run tasks here.
    """
    from ostler.testing.harness import DriverHarness

    try:
        with DriverHarness(chosen.name, directory, settings=chosen.settings) as opened:
            found = _fingerprint(opened)
    except MistakeError:
        raise
    except OstlerError as error:
        return str(error)
    if found is not None and found.health is not Health.HEALTHY:
        said = "; ".join(part for part in (found.reason, found.remedy) if part)
        text = f"driver {chosen.name!r} is {found.health} here, so its tasks can't be tried: {said}"
        raise MistakeError.single(text)
    return ""


def _fingerprint(opened: DriverHarness) -> Fingerprint | None:
    """Ask the driver; what is wrong with its answer is for the tests to say."""
    try:
        return opened.call(opened.driver.fingerprint)
    except OstlerError:
        return None
