"""The `ostler` command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.lazy import exporter

if TYPE_CHECKING:
    from ostler.cli.commands import main

__all__ = ["main"]

__getattr__ = exporter(__name__, {"main": "ostler.cli.commands"})
