"""The driver keeps the contract: every sentence of it that concerns this driver is a test of the kit."""

from __future__ import annotations

from ostler.testing import DriverConformance


class TestSlurm(DriverConformance):
    driver = "slurm"
