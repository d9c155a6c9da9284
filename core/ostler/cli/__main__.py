"""`python -m ostler.cli`: the command, where its script is not installed."""

from __future__ import annotations

from ostler.cli.commands import main

main()
