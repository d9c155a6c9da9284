"""Policies and observers of packages, put round the drivers by blocks of the agent's file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ostler import Client, MistakeError, hookimpl
from ostler.drivers import Veto
from ostler.errors import DriverError
from tests.packages import write_package

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.client.conftest import Golden

POINTS = {"rules": "acme_rules:Rules", "watch": "acme_rules:Watch", "lame": "acme_lame:Lame"}
SOURCES = {
    "acme_rules": Path(__file__).with_name("rules.py").read_text(encoding="utf-8"),
    "acme_lame": "import a_package_that_nobody_has",
}
JOB = """job "j" {
  type = "batch"
  group "g" {
    task "t" {
      driver = "mock_driver"
      config {
        stdout_string = "ran"
      }
    }
  }
}
"""


class Place:
    """A folder with an agent's file and the log of its wrappers."""

    def __init__(self, folder: Path, data_dir: Path) -> None:
        self.folder, self.data_dir = folder, data_dir
        self.log = folder / "log"

    def client(self, text: str, **options: Any) -> Client:  # noqa: ANN401 - the client's own
        path = self.folder / "agent.hcl"
        path.write_text(text.replace("LOG", str(self.log)))
        return Client(path, data_dir=self.data_dir, **options)

    def wrong(self, text: str, kind: type[Exception]) -> str:
        with pytest.raises(kind) as raised, self.client(text) as client:
            client.run(JOB)
        assert list(self.data_dir.glob("alloc/*")) == []
        return str(raised.value).replace(f"{self.folder}/", "")

    @property
    def said(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def place(tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    points = {"ostler.wrappers.v1": POINTS}
    site = write_package(tmp_path / "site", "acme-rules", "1.0", points=points, modules=SOURCES)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "acme_rules", raising=False)
    return Place(tmp_path, data_dir)


def block(name: str, *settings: str) -> str:
    return "\n".join([f'wrapper "{name}" {{', "config {", 'log = "LOG"', *settings, "}", "}", ""])


class Own:
    """A wrapper of the embedder's."""

    def __init__(self, name: str, log: Path) -> None:
        self.name, self.log = name, log

    @hookimpl(wrapper=True)
    def validate(self, driver: str) -> Generator[None, Any, Any]:
        with self.log.open("a", encoding="utf-8") as file:
            file.write(f"{self.name} {driver}\n")
        return (yield)


def test_a_veto_of_a_package_s_policy_has_the_place_of_the_task(place: Place, golden: Golden) -> None:
    (place.folder / "job.nomad.hcl").write_text(JOB)
    text = block("rules", 'denied = ["mock_driver"]')
    with place.client(text) as client, pytest.raises(MistakeError) as raised:
        client.run(place.folder / "job.nomad.hcl")
    golden("wrapper-veto", str(raised.value).replace(f"{place.folder}/", ""))
    assert list(place.data_dir.glob("alloc/*")) == []


def test_a_policy_that_agrees_lets_the_job_run(place: Place) -> None:
    with place.client(block("rules", 'denied = ["exec"]')) as client:
        assert client.run(JOB).output == b"ran"
    assert place.said == ["rules constructed", "rules mock_driver", "rules mock_driver"]


def test_a_driver_whose_fingerprint_a_policy_refuses_is_unhealthy_with_its_reason(
    place: Place, golden: Golden
) -> None:
    class NoLook:
        @hookimpl(wrapper=True)
        def fingerprint(self, driver: str) -> Generator[None, Any, Any]:
            if driver == "mock_driver":
                msg = "not on this machine"
                raise Veto(msg)
            return (yield)

    with place.client("", policies={"no-look": NoLook()}) as client:
        _, found = client.node()
        with pytest.raises(MistakeError) as raised:
            client.run(JOB)
    assert [name for name, each in found.items() if each.reason.startswith("refused")] == ["mock_driver"]
    golden("wrapper-fingerprint", str(raised.value))


def test_what_has_no_block_is_not_imported(place: Place) -> None:
    with place.client("") as client:
        assert client.run(JOB).output == b"ran"
    assert "acme_rules" not in sys.modules


def test_the_catalog_of_wrappers_is_not_even_looked_for_without_a_block(data_dir: Path) -> None:
    script = (
        "import sys; from ostler import Client\n"
        f"with Client(data_dir={str(data_dir)!r}) as client: client.run({JOB!r})\n"
        "print([name for name in sys.modules if name in"
        " {'ostler.drivers.wrapper_catalog', 'ostler.client.wrapping'}])"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


def test_the_embedder_s_own_stand_within_those_of_the_file(place: Place) -> None:
    text = block("rules") + block("watch")
    policies, observers = {"own": Own("own", place.log)}, {"seen": Own("seen", place.log)}
    with place.client(text, policies=policies, observers=observers) as client:
        client.validate(JOB)
    assert [each.split()[0] for each in place.said[2:]] == ["watch", "seen", "rules", "own"]


def test_the_order_is_that_of_the_file(place: Place) -> None:
    places = {"rules": "acme_rules:Rules", "other": "acme_rules:Rules"}
    points = {"ostler.wrappers.v1": {"other": places["other"]}}
    site = write_package(place.folder / "more", "acme-other", "1.0", points=points, modules={})
    sys.path.insert(0, str(site))
    try:
        for names in (("rules", "other"), ("other", "rules")):
            place.log.unlink(missing_ok=True)
            with place.client("".join(block(name) for name in names)) as client:
                client.validate(JOB)
            assert [each.split()[0] for each in place.said[2:]] == [*names]
    finally:
        sys.path.remove(str(site))


@pytest.mark.parametrize("name", ["lame", "rules", "watch"])
def test_a_wrapper_that_is_broken_lets_nothing_run(place: Place, name: str, golden: Golden) -> None:
    golden(f"wrapper-broken-{name}", place.wrong(block(name, "explode = true"), DriverError))


def test_a_broken_policy_is_asked_for_by_every_command(place: Place) -> None:
    with place.client(block("lame")) as client:
        for ask in (client.node, client.allocations, lambda: client.validate(JOB), lambda: client.run(JOB)):
            with pytest.raises(DriverError, match=r"wrapper 'lame' from acme-rules 1\.0 failed to load"):
                ask()


def test_the_mistakes_in_all_blocks_are_told_at_once(place: Place, golden: Golden) -> None:
    text = 'wrapper "rules" {\n  config {\n    lgo = "x"\n    denied = 3\n  }\n}\nwrapper "watch" {\n}\n'
    golden("wrapper-settings", place.wrong(text, MistakeError))


def test_a_block_of_what_is_not_installed_is_told_with_the_other_mistakes(
    place: Place, golden: Golden
) -> None:
    text = 'wrapper "ruls" {\n}\nplugin "podmn" {\n}\nwrapper "opentelemetry" {\n}\nnam = "x"\n'
    golden("wrapper-uninstalled", place.wrong(text, MistakeError))
    assert "acme_rules" not in sys.modules
