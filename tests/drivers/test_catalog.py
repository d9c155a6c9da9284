"""Drivers are found by metadata; what is wrong with one is said in one sentence."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any

import pytest

from ostler.drivers import Capabilities, Catalog
from ostler.errors import DriverError, MistakeError
from tests.drivers.trial import NoSettings, Trial

if TYPE_CHECKING:
    from collections.abc import Callable

    from ostler.drivers import DriverContext
    from tests.drivers.conftest import Install


def catalog(*names: str) -> Catalog:
    return Catalog([EntryPoint(name, f"nowhere:{name}", "ostler.drivers.v1") for name in names])


def refused(call: Callable[[], Any], kind: type[Exception] = MistakeError) -> str:
    with pytest.raises(kind) as raised:
        call()
    return str(raised.value).replace(sys.executable, "PYTHON")


def test_listing_imports_no_driver(install: Install) -> None:
    install("acme-trap", "1.0", drivers={"trap": "acme_trap:Trap"}, modules={"acme_trap": "raise SystemExit"})
    found = [info for info in Catalog().infos() if info.name == "trap"]
    assert [(info.distribution, info.target) for info in found] == [("acme-trap 1.0", "acme_trap:Trap")]


def test_listing_imports_neither_attrs_nor_cattrs() -> None:
    code = "import sys; from ostler.drivers.catalog import Catalog; Catalog().infos(); print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"attr", "attrs", "cattrs", "pluggy", "ostler_drivers"} & set(modules.stdout.split())


def test_an_unknown_name_is_answered_with_the_nearest(golden: Callable[[str, object], None]) -> None:
    golden("catalog-unknown-near", refused(lambda: catalog("exec", "docker").find("exce")))


def test_an_unknown_name_like_no_other_is_answered_with_a_package(
    golden: Callable[[str, object], None],
) -> None:
    golden("catalog-unknown-far", refused(lambda: catalog("exec").find("slurm")))


def test_without_any_driver_the_answer_says_so(golden: Callable[[str, object], None]) -> None:
    golden("catalog-empty", refused(lambda: catalog().find("exec")))


def test_a_name_from_two_providers_is_refused_with_both(
    install: Install, golden: Callable[[str, object], None]
) -> None:
    install("acme-one", "1.0", drivers={"twin": "acme_one:Twin"})
    install("acme-two", "2.1", drivers={"twin": "acme_two:Twin"})
    words = refused(lambda: Catalog().find("twin"))
    golden("catalog-twice", words.replace("acme-two 2.1 and acme-one 1.0", "acme-one 1.0 and acme-two 2.1"))


def test_a_failing_import_names_provider_version_and_cause(
    install: Install, golden: Callable[[str, object], None]
) -> None:
    modules = {"acme_lame": "import a_package_that_nobody_has"}
    install("acme-lame", "0.3", drivers={"lame": "acme_lame:Lame"}, modules=modules)
    golden("catalog-import", refused(lambda: Catalog().load("lame"), DriverError))


def test_a_driver_that_exits_at_import_ends_nobody(
    install: Install, golden: Callable[[str, object], None]
) -> None:
    modules = {"acme_exit": "raise SystemExit(3)"}
    install("acme-exit", "0.3", drivers={"exit": "acme_exit:Exit"}, modules=modules)
    golden("catalog-exit", refused(lambda: Catalog().load("exit"), DriverError))


def test_a_missing_class_is_named(install: Install, golden: Callable[[str, object], None]) -> None:
    install("acme-gone", "0.3", drivers={"gone": "acme_gone:Gone"}, modules={"acme_gone": ""})
    golden("catalog-gone", refused(lambda: Catalog().load("gone"), DriverError))


def test_what_is_no_class_is_refused(install: Install, golden: Callable[[str, object], None]) -> None:
    install("acme-odd", "0.3", drivers={"odd": "acme_odd:Odd"}, modules={"acme_odd": "Odd = 3"})
    golden("catalog-no-class", refused(lambda: Catalog().load("odd"), DriverError))


def test_a_driver_without_settings_is_refused(golden: Callable[[str, object], None]) -> None:
    class Bare:
        settings = NoSettings

    found = catalog()
    found.add("bare", Bare)
    words = refused(lambda: found.load("bare"), DriverError)
    golden("catalog-no-settings", words.replace(f"{__name__}:", "MODULE:"))


@pytest.mark.parametrize("declared", [Capabilities, {"signals": True}, None])
def test_capabilities_of_another_kind_are_refused(
    declared: object, golden: Callable[[str, object], None]
) -> None:
    class Able(Trial):
        capabilities = declared

    found = catalog()
    found.add("able", Able)
    words = refused(lambda: found.load("able"), DriverError).replace(f"{__name__}:", "MODULE:")
    golden(f"catalog-capabilities-{type(declared).__name__}", words)


def test_capabilities_may_be_a_property() -> None:
    class Able(Trial):
        @property
        def capabilities(self) -> Capabilities:
            return Capabilities()

    found = catalog()
    found.add("able", Able)
    assert found.load("able") is Able


def test_a_broken_driver_costs_only_whoever_names_it(install: Install) -> None:
    install("acme-broken", "1.0", drivers={"broken": "acme_broken:B"}, modules={"acme_broken": "1/0"})
    found = Catalog()
    found.add("trial", Trial)
    assert found.load("trial") is Trial


def test_a_class_hides_an_installed_driver_of_its_name(install: Install) -> None:
    install("acme-broken", "1.0", drivers={"trial": "acme_broken:B"}, modules={"acme_broken": "1/0"})
    found = Catalog()
    found.add("trial", Trial)
    assert found.load("trial") is Trial
    assert found.find("trial").provider == "this process"


def test_the_allowlist_keeps_others_out(golden: Callable[[str, object], None]) -> None:
    found = Catalog([EntryPoint("docker", "nowhere:D", "g")], allowed=["exec", "raw_exec"])
    golden("catalog-allowlist", refused(lambda: found.find("docker")))


def test_the_denylist_keeps_its_names_out_before_any_import(golden: Callable[[str, object], None]) -> None:
    found = Catalog([EntryPoint("docker", "nowhere:D", "g")], denied=["docker"])
    golden("catalog-denylist", refused(lambda: found.load("docker")))


def test_a_constructor_that_raises_is_named(
    context: DriverContext, golden: Callable[[str, object], None]
) -> None:
    class Explosive(Trial):
        def __init__(self, context: DriverContext) -> None:
            super().__init__()
            msg = f"no room in {context.name}"
            raise OSError(msg)

    found = catalog()
    found.add("explosive", Explosive)
    golden("catalog-constructor", refused(lambda: found.open("explosive", context), DriverError))
