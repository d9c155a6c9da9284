from __future__ import annotations

import json

import pytest

import ostler.executor
from ostler.executor import Command, Exit, Process, Reason, Tier


def a_process() -> Process:
    return Process(
        id="a/b/c", pid=7, boot_id="x", start_time=9, directory="/d", tier=Tier.ROOT, cgroups=("/g",)
    )


def test_a_process_survives_being_written_down_as_json() -> None:
    process = a_process()
    assert Process.from_dict(json.loads(json.dumps(process.to_dict()))) == process


def test_a_newer_handle_can_be_read() -> None:
    assert Process.from_dict({**a_process().to_dict(), "colour": "red"}) == a_process()


def test_a_command_line_in_one_text_is_not_taken_for_its_letters() -> None:
    with pytest.raises(TypeError, match=r"Command\.argv: expected a tuple of words .*, found 'sh -c true'"):
        Command(id="a", argv="sh -c true")  # type: ignore[arg-type]


@pytest.mark.parametrize(("tier", "least"), [("root", "userns"), ("userns", "userns"), ("none", "none")])
def test_a_tier_reaches_those_below_it(tier: str, least: str) -> None:
    assert Tier(tier).reaches(Tier(least))


def test_a_tier_does_not_reach_a_better_one() -> None:
    assert not Tier.NONE.reaches(Tier.USERNS)


def test_only_an_exit_of_its_own_with_code_zero_is_successful() -> None:
    assert Exit(code=0).successful
    assert not Exit(code=1).successful
    assert not Exit(code=0, reason=Reason.STOPPED).successful


def test_every_public_name_can_be_had() -> None:
    assert all(getattr(ostler.executor, name) for name in ostler.executor.__all__)
