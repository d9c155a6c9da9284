"""The part of the embedder's door that only looks: what is well here, and what would be started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ostler.client.standing import Standing

if TYPE_CHECKING:
    from ostler.client.diagnosis import Diagnosis
    from ostler.runner.workplace import Workplace


class Looking(Standing):
    """What a `Client` can tell before anything runs."""

    def _fingerprinted(self) -> Workplace:
        raise NotImplementedError

    def diagnose(self) -> Diagnosis:
        """Try what isolation is made of, and ask every driver that may be used how it is.

        Takes a second or two; a driver's own `doctor` may take a minute.
        """
        from ostler.client.diagnosis import diagnose

        return diagnose(self._fingerprinted())

    def plan(self, driver: str) -> list[dict[str, Any]]:
        """Give, as plain data, the plan of each process that a driver would start for its simplest task.

        Nothing is started.  RefusedError where it can't be, or has no plan because the driver starts nothing
        through Ostler's executor.
        """
        from ostler.client.planning import plan_of
        from ostler.executor.planner import Planner
        from ostler.runner.workplace import Workplace

        with self._lock:
            here = self._workplace()
        planner = Planner(here.directory)
        place = Workplace(
            directory=here.directory,
            config=here.config,
            catalog=here.catalog,
            executor=planner,
            node=here.node,
        )
        try:
            return plan_of(driver, place)
        finally:
            place.close()
            planner.close()
