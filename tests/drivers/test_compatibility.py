"""A driver that is made for another Ostler is known by its metadata, and never imported."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

import ostler
from ostler.drivers import Catalog
from ostler.errors import MistakeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.drivers.conftest import Install

TRAP = {"acme_trap": "raise SystemExit"}
FITTING = [
    "ostler",
    "ostler>=0.0.1",
    f"ostler=={ostler.__version__}",
    "Ostler (>=0.0.1,<1000)",
    'ostler<0.0.1; python_version < "3"',
    'ostler[testing]<0.0.1; extra == "test"',
    "ostler-driver-other<0.0.1",
    "ostler_other<0.0.1",
    "attrs<0.0.1",
    "ostler ~= what",
]
EXCLUDING = [
    "ostler<0.0.1",
    "ostler[testing]>=1000",
    "OSTLER>=1000,<2000",
    'ostler<0.0.1; python_version > "3"',
]


def refused(name: str) -> str:
    with pytest.raises(MistakeError) as raised:
        Catalog().load(name)
    return str(raised.value).replace(sys.executable, "PYTHON").replace(ostler.__version__, "VERSION")


def problem(name: str) -> str:
    (found,) = [info.problem for info in Catalog().infos() if info.name == name]
    return found.replace(ostler.__version__, "VERSION")


@pytest.mark.parametrize("requires", FITTING)
def test_a_package_that_does_not_exclude_this_version_is_used(install: Install, requires: str) -> None:
    install("acme-fit", "1.0", drivers={"fit": "acme_fit:Fit"}, requires=requires)
    assert problem("fit") == ""
    assert Catalog().find("fit").provider == "acme-fit"


@pytest.mark.parametrize("requires", EXCLUDING)
def test_a_package_that_excludes_this_version_is_listed_as_such(install: Install, requires: str) -> None:
    install("acme-trap", "1.0", drivers={"trap": "acme_trap:Trap"}, modules=TRAP, requires=requires)
    assert problem("trap").endswith("; this is ostler VERSION")


def test_a_package_that_excludes_this_version_is_refused_before_its_import(
    install: Install, golden: Callable[[str, object], None]
) -> None:
    install("acme-trap", "1.0", drivers={"trap": "acme_trap:Trap"}, modules=TRAP, requires="ostler<0.0.1")
    golden("catalog-excludes", refused("trap"))


def test_a_driver_for_another_contract_is_listed_as_such(install: Install) -> None:
    install("acme-trap", "1.0", drivers={"trap": "acme_trap:Trap"}, modules=TRAP, contract="v2")
    assert problem("trap") == "is made for v2 of the driver contract; this Ostler speaks v1"
    assert "trap" not in Catalog().names


def test_a_driver_for_another_contract_is_refused_before_its_import(
    install: Install, golden: Callable[[str, object], None]
) -> None:
    install("acme-trap", "1.0", drivers={"trap": "acme_trap:Trap"}, modules=TRAP, contract="v2")
    golden("catalog-contract", refused("trap"))


def test_a_driver_for_another_contract_is_no_second_provider(install: Install) -> None:
    install("acme-old", "1.0", drivers={"twin": "acme_old:Twin"})
    install("acme-new", "2.0", drivers={"twin": "acme_new:Twin"}, modules=TRAP, contract="v2")
    assert Catalog().find("twin").provider == "acme-old"
    assert [(info.provider, bool(info.problem)) for info in Catalog().infos() if info.name == "twin"] == [
        ("acme-new", True),
        ("acme-old", False),
    ]


def test_what_fits_imports_no_parser_of_versions(install: Install) -> None:
    install("acme-fit", "1.0", drivers={"fit": "acme_fit:Fit"}, requires="attrs>=1")
    sys.modules.pop("packaging.requirements", None)
    Catalog().infos()
    assert "packaging.requirements" not in sys.modules
