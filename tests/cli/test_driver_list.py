"""`ostler driver list`: drivers and wrappers, read from metadata alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.packages import write_package

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.shell import Ran, Shell

AGENT = """
wrapper "watch" {
}
wrapper "rules" {
  config {
    anything = 1
  }
}
"""
POINTS = {
    "ostler.wrappers.v1": {name: f"acme_trap:{name.title()}" for name in ("audit", "rules", "watch")},
    "ostler.drivers.v1": {"trap": "acme_trap:Trap"},
}


class Listing:
    """Lists what is installed, with a package among it whose import would end the command."""

    def __init__(self, ostler: Shell, folder: Path) -> None:
        modules = {"acme_trap": "raise SystemExit(9)"}
        self._site = str(write_package(folder, "acme-trap", "1.2", points=POINTS, modules=modules))
        self._ostler = ostler

    def __call__(self, *words: str) -> Ran:
        return self._ostler("driver", "list", *words, PYTHONPATH=self._site)

    def json(self, *words: str) -> dict[str, dict[str, Any]]:
        return {each["name"]: each for each in json.loads(self("--json", *words).stdout)}

    def wrappers(self, *words: str) -> list[list[str]]:
        """Give the second table, cell by cell."""
        table = self(*words).stdout.decode().partition("\n\n")[2]
        return [line.split() for line in table.splitlines()]


@pytest.fixture
def listing(ostler: Shell, tmp_path: Path) -> Listing:
    return Listing(ostler, tmp_path / "site")


@pytest.fixture
def agent(ostler: Shell) -> str:
    return ostler.file(AGENT, "agent.hcl")


def test_drivers_come_first_and_wrappers_in_a_table_of_their_own(listing: Listing) -> None:
    lines = listing().stdout.decode().partition("\n\n")[0].splitlines()
    assert ["trap", "acme-trap", "1.2", "acme_trap:Trap"] in [line.split() for line in lines]
    assert listing.wrappers() == [
        ["WRAPPER", "PROVIDER", "VERSION", "TARGET"],
        ["audit", "acme-trap", "1.2", "acme_trap:Audit"],
        ["rules", "acme-trap", "1.2", "acme_trap:Rules"],
        ["watch", "acme-trap", "1.2", "acme_trap:Watch"],
    ]


def test_without_a_wrapper_there_is_one_table(ostler: Shell) -> None:
    ran = ostler("driver", "list")
    assert (ran.code, b"WRAPPER" in ran.stdout, b"\n\n" in ran.stdout) == (0, False, False)


def test_a_configuration_says_which_are_enabled_and_in_which_order(listing: Listing, agent: str) -> None:
    found = [(row[0], row[1]) for row in listing.wrappers("--config", agent)]
    assert found == [("WRAPPER", "ORDER"), ("audit", "-"), ("rules", "2"), ("watch", "1")]


def test_json_says_what_kind_each_is(listing: Listing) -> None:
    found = listing.json()
    assert (found["trap"]["kind"], found["rules"]["kind"]) == ("driver", "wrapper")
    assert found["rules"] == {
        "kind": "wrapper",
        "name": "rules",
        "provider": "acme-trap",
        "version": "1.2",
        "target": "acme_trap:Rules",
        "problem": "",
    }


def test_json_holds_the_order_where_a_configuration_is_given(listing: Listing, agent: str) -> None:
    found = listing.json("--config", agent)
    places = {name: each.get("order", "none") for name, each in found.items()}
    assert places == places | {"watch": 1, "rules": 2, "audit": None, "trap": "none"}


def test_a_block_of_what_is_not_installed_is_a_mistake(listing: Listing, ostler: Shell) -> None:
    ran = listing("--config", ostler.file('wrapper "ruls" {\n}\n', "agent.hcl"))
    assert (ran.code, ran.stdout) == (2, b"")
    assert ran.errors.startswith(
        "agent.hcl:1:1: wrapper.ruls: no wrapper named 'ruls'; did you mean 'rules'?"
    )
