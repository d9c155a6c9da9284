"""The version of Ostler, said here alone."""

from __future__ import annotations

__version__ = "0.1.0"
