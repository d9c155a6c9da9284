"""What is deprecated goes when it was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.drivers import fields
from ostler.drivers.remarks import expired
from ostler.testing.sentences import sentence

if TYPE_CHECKING:
    from ostler.testing.harness import DriverHarness


class AgeingTests:
    """A deprecation that nobody carries out is a promise broken."""

    @sentence(fields.setting, "is gone in the version of the driver's package that it names.")
    def test_no_setting_outstays_its_deprecation(self, harness: DriverHarness) -> None:
        """Compare the version of the package with those that its deprecated fields name."""
        version = harness.catalog.find(harness.name).version
        classes = [harness.catalog.load(harness.name).settings, harness.driver.task_settings]
        assert [line for each in classes for line in expired(each, version)] == []
