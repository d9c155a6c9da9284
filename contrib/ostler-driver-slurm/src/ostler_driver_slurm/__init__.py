"""An Ostler driver that runs tasks as batch jobs of the Slurm workload manager."""

from __future__ import annotations

from ostler_driver_slurm.driver import Slurm

__all__ = ["Slurm"]
