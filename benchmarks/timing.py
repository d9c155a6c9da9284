"""What the benchmarks share: measures taken in turn, their medians, and how they compare with a peer's."""

from __future__ import annotations

import os
import statistics
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Goal(NamedTuple):
    """What a ratio should be: at most this, or at least."""

    limit: float
    at_least: bool = False

    def met(self, ratio: float) -> bool:
        """Tell whether a ratio is as it should be."""
        return ratio >= self.limit if self.at_least else ratio <= self.limit

    def __str__(self) -> str:
        """Give the goal as the table shows it."""
        return f"at {'least' if self.at_least else 'most'} {self.limit:g}"


class Row(NamedTuple):
    """One of our figures beside those of its peers, all of one run; ``unit`` says how they are shown."""

    ours: float
    peers: Mapping[str, float]
    goals: Mapping[str, Goal]
    unit: str = "ms"

    @property
    def ratios(self) -> dict[str, float]:
        """Give ours divided by each peer's."""
        return {name: self.ours / figure for name, figure in self.peers.items()}

    @property
    def met(self) -> bool:
        """Tell whether every ratio that has a goal is as it should be."""
        return all(self.goals[name].met(ratio) for name, ratio in self.ratios.items() if name in self.goals)

    def lines(self, name: str) -> list[str]:
        """Give what a person reads of it."""
        scale = 1000 if self.unit == "ms" else 1
        head = f"{name:22} {self.ours * scale:9.2f} {self.unit}"
        return [head, *(self._against(peer, scale) for peer in self.peers)]

    def _against(self, peer: str, scale: int) -> str:
        ratio = self.ratios[peer]
        found = f"    {ratio:7.2f} x {peer:15} {self.peers[peer] * scale:9.2f} {self.unit}"
        if peer not in self.goals:
            return found
        goal = self.goals[peer]
        return f"{found}   {goal}: {'met' if goal.met(ratio) else 'MISSED'}"


def interleave(
    measures: Mapping[str, Callable[[], float]],
    rounds: int,
    *,
    pause_seconds: float = 0.0,
    fewer: Mapping[str, int] | None = None,
) -> dict[str, list[float]]:
    """Take every measure once a round, so that whatever else the machine does meets all alike.

    Nothing runs for ``pause_seconds`` before each; ``fewer`` names those that are not taken in every round.
    """
    most = dict(fewer or {})
    found: dict[str, list[float]] = {name: [] for name in measures}
    for number in range(rounds):
        for name, measure in measures.items():
            if number < most.get(name, rounds):
                time.sleep(pause_seconds)
                found[name].append(measure())
    return found


def medians(found: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Give the median of each."""
    return {name: statistics.median(each) for name, each in found.items() if each}


def spawned(command: list[str]) -> float:
    """Time a command from posix_spawn to its end, which has to be 0; what it prints is dropped."""
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
    ]
    begin = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
    _, status = os.waitpid(pid, 0)
    taken = time.perf_counter() - begin
    if status:
        msg = f"{' '.join(command)} ended with wait status {status}"
        raise RuntimeError(msg)
    return taken
