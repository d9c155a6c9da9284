"""The part of the embedder's door that reaches allocations by their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading

    from ostler.runner.orphans import Orphans
    from ostler.runner.standings import AllocationStanding, Forgotten
    from ostler.runner.workplace import Workplace


class Standing:
    """What a `Client` can do with any allocation that has records in its data directory."""

    _lock: threading.RLock

    def _workplace(self) -> Workplace:
        raise NotImplementedError

    def allocations(self) -> list[AllocationStanding]:
        """Say how every allocation with records in the data directory stands: run, or left by the dead."""
        with self._lock:
            return self._orphans().look()

    def stop(self, allocation: str) -> AllocationStanding:
        """End the allocation whose id begins with these letters, left behind by a process that died.

        MistakeError where there is none, or more than one, or a living process runs it.
        """
        with self._lock:
            return self._orphans().stop(allocation)

    def forget(self, allocation: str) -> Forgotten:
        """Remove the records of such an allocation where `stop` can't, such as for want of its driver.

        What can be ended is; the answer says what was left.  MistakeError as in `stop`.
        """
        with self._lock:
            return self._orphans().forget(allocation)

    def _orphans(self) -> Orphans:
        from ostler.runner.orphans import Orphans

        return Orphans(self._workplace())
