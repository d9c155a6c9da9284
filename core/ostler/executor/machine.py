"""The part of an executor that only looks at the machine and its users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.executor import account

if TYPE_CHECKING:
    from ostler.executor.account import Account
    from ostler.executor.checkup import Capability
    from ostler.executor.order import Orders
    from ostler.executor.values import Host


class Machine:
    """What an `Executor` tells before anything is started."""

    _orders: Orders

    def host(self) -> Host:
        """Find out by trying what this machine can isolate and limit; the answer is kept."""
        return self._orders.host()

    def examine(self) -> tuple[Capability, ...]:
        """Try what isolation is made of, one canary each; the portable executor has nothing to try."""
        return self._orders.examine()

    def account(self, user: str) -> Account:
        """Give the ids of a name, ``uid`` or ``uid:gid``, empty for the caller; RefusedError."""
        return account.find(user)
