"""Every key of the specification is acted on, means nothing on one machine, or is not built yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ostler.jobs.standing import ACTED, IDLE, LATER, STANDING
from ostler.jobs.tables.job import GROUP, JOB
from ostler.jobs.tables.resources import LOGS, RESOURCES
from ostler.jobs.tables.task import ARTIFACT, TASK
from ostler.jobs.tables.upkeep import RESTART

if TYPE_CHECKING:
    from ostler.jobs.blocks import BlockType

JUDGED = [JOB, GROUP, TASK, RESOURCES, RESTART, LOGS, ARTIFACT]


@pytest.mark.parametrize("kind", JUDGED, ids=lambda kind: kind.name)
def test_every_key_has_exactly_one_standing(kind: BlockType) -> None:
    standing = STANDING[kind.name]
    named = [*standing.acted, *standing.idle, *standing.later]
    assert sorted(named) == sorted(kind.by_name)


def test_every_judged_block_is_in_the_table() -> None:
    assert set(STANDING) == {kind.name for kind in JUDGED}


def test_every_key_that_is_not_acted_on_says_why() -> None:
    reasons = [why for each in STANDING.values() for why in [*each.idle.values(), *each.later.values()]]
    assert all(len(why.split()) > 2 for why in reasons)


def test_a_name_that_can_be_ignored_means_one_thing() -> None:
    assert not LATER & (ACTED | IDLE)
