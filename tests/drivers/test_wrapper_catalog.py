"""Policies and observers of packages are found by metadata; what is wrong with one is one sentence."""

from __future__ import annotations

import logging
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ostler import hookimpl
from ostler.drivers import Catalog, WrapperCatalog, WrapperContext
from ostler.errors import DriverError, MistakeError
from tests.drivers.trial import NoSettings
from tests.packages import write_package

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from tests.drivers.conftest import Install

    Golden = Callable[[str, object], None]

CONTEXT = WrapperContext(name="w", settings=NoSettings(), node={}, logger=logging.getLogger("w"))


class Offer:
    """Puts a package on the path that offers wrappers, by their names, as classes of one module."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder, self._monkeypatch = folder, monkeypatch

    def __call__(
        self, name: str, version: str, source: str = "", *, group: str = "v1", **points: str
    ) -> None:
        module = name.replace("-", "_")
        targets = {each: f"{module}:{kind}" for each, kind in points.items()}
        offered = {f"ostler.wrappers.{group}": targets}
        site = write_package(self._folder, name, version, points=offered, modules={module: source})
        self._monkeypatch.syspath_prepend(str(site))


@pytest.fixture
def offer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offer:
    return Offer(tmp_path / "site", monkeypatch)


def refused(call: Callable[[], Any], kind: type[Exception] = MistakeError) -> str:
    with pytest.raises(kind) as raised:
        call()
    return str(raised.value).replace(sys.executable, "PYTHON").replace(f"{__name__}:", "MODULE:")


def added(kind: type[Any]) -> WrapperCatalog:
    catalog = WrapperCatalog([])
    catalog.add("mine", kind)
    return catalog


def test_listing_imports_no_wrapper(offer: Offer) -> None:
    offer("acme-trap", "1.0", "raise SystemExit", trap="Trap")
    found = [info for info in WrapperCatalog().infos() if info.name == "trap"]
    assert [(info.distribution, info.target) for info in found] == [("acme-trap 1.0", "acme_trap:Trap")]


def test_a_wrapper_is_no_driver_and_a_driver_no_wrapper(offer: Offer, install: Install) -> None:
    offer("acme-rules", "1.0", rules="Rules")
    install("acme-engine", "1.0", drivers={"engine": "acme_engine:Engine"})
    assert "rules" not in Catalog().names
    assert "engine" in Catalog().names
    assert "rules" in WrapperCatalog().names
    assert "engine" not in WrapperCatalog().names
    said = "no driver named 'rules': it is a wrapper, and its block is wrapper \"rules\" { }"
    assert refused(lambda: Catalog().find("rules")) == said
    said = "no wrapper named 'engine': it is a driver, and its block is plugin \"engine\" { }"
    assert refused(lambda: WrapperCatalog().find("engine")) == said


def test_an_unknown_name_is_answered_with_the_nearest(offer: Offer, golden: Golden) -> None:
    offer("acme-rules", "1.0", rules="Rules")
    golden("wrapper-catalog-near", refused(lambda: WrapperCatalog().check("rulse")))


def test_an_unknown_name_like_no_other_is_answered_with_a_package(golden: Golden) -> None:
    golden("wrapper-catalog-far", refused(lambda: WrapperCatalog([]).check("opentelemetry")))


def test_a_name_from_two_providers_is_refused_with_both(offer: Offer, golden: Golden) -> None:
    offer("acme-one", "1.0", twin="Twin")
    offer("acme-two", "2.1", twin="Twin")
    words = refused(lambda: WrapperCatalog().load("twin"))
    both = words.replace("acme-two 2.1 and acme-one 1.0", "acme-one 1.0 and acme-two 2.1")
    golden("wrapper-catalog-twice", both)


def test_a_wrapper_for_another_contract_is_refused_before_its_import(offer: Offer, golden: Golden) -> None:
    offer("acme-later", "3.0", "raise SystemExit", group="v2", later="Later")
    assert [bool(info.problem) for info in WrapperCatalog().infos()] == [True]
    golden("wrapper-catalog-contract", refused(lambda: WrapperCatalog().load("later")))


def test_a_failing_import_names_provider_version_and_cause(offer: Offer, golden: Golden) -> None:
    offer("acme-lame-rules", "0.3", "import a_package_that_nobody_has", lame="Lame")
    golden("wrapper-catalog-import", refused(lambda: WrapperCatalog().load("lame"), DriverError))


def test_a_wrapper_that_does_not_say_its_kind_is_refused(golden: Golden) -> None:
    class Undecided:
        settings = NoSettings

    class Odd(Undecided):
        kind = ("policy",)

    said = [refused(partial(added(kind).load, "mine"), DriverError) for kind in (Undecided, Odd)]
    golden("wrapper-catalog-kind", "\n".join(said))


def test_a_wrapper_without_settings_is_refused(golden: Golden) -> None:
    class Bare:
        kind = "policy"

    golden("wrapper-catalog-settings", refused(lambda: added(Bare).load("mine"), DriverError))


def test_a_constructor_that_raises_is_named(golden: Golden) -> None:
    class Explosive:
        kind, settings = "policy", NoSettings

        def __init__(self, context: WrapperContext) -> None:
            msg = f"no rules for {context.name}"
            raise OSError(msg)

    words = refused(lambda: added(Explosive).construct("mine", CONTEXT), DriverError)
    golden("wrapper-catalog-constructor", words)


def test_a_wrapper_that_would_decide_nothing_is_refused_at_once(golden: Golden) -> None:
    class Idle:
        kind, settings = "policy", NoSettings

        def __init__(self, context: WrapperContext) -> None:
            """Wrap nothing."""

    golden("wrapper-catalog-idle", refused(lambda: added(Idle).construct("mine", CONTEXT), DriverError))


def test_a_wrapper_is_constructed_with_its_context() -> None:
    class Watches:
        kind, settings = "observer", NoSettings

        def __init__(self, context: WrapperContext) -> None:
            self.context = context

        @hookimpl(wrapper=True)
        def doctor(self) -> Generator[None, Any, Any]:
            return (yield)

    found = added(Watches).construct("mine", CONTEXT)
    assert (found.name, found.kind, found.hooks.context) == ("mine", "observer", CONTEXT)
