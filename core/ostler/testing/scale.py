"""How much the kit asks of a driver."""

from __future__ import annotations

from attrs import frozen


@frozen(kw_only=True)
class Scale:
    """How long the kit waits for a driver, and how much it asks of one.

    A hook that takes longer than ``patience_seconds`` counts as hanging.  ``moment_seconds`` is how long the
    kit looks whether something happens that should not.  A task that writes much writes so many
    ``megabytes``; a ``crowd`` of tasks starts together.
    """

    patience_seconds: float = 10.0
    moment_seconds: float = 0.2
    megabytes: float = 100.0
    crowd: int = 50
