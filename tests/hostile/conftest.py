"""Hostile drivers beside sound ones, in this process and in the command's."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from ostler import Client
from ostler.config import AgentConfig, ClientConfig, DriverDeadlines
from tests.cli.shell import Shell
from tests.hostile import hostile_driver
from tests.hostile.host import AGENT, Host
from tests.hostile.hostile_driver import RELEASE, Sound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GOLDEN = Path(__file__).with_name("golden")
BRIEF = DriverDeadlines(answer_seconds=1.0, destroy_seconds=1.0, end_seconds=1.0)
BRIEFLY_OPENED = evolve(BRIEF, open_seconds=1.0)  # for what hangs before it is open


@pytest.fixture
def golden() -> Callable[[str, dict[str, str]], None]:
    """Compare sentences, each by its name, with golden/NAME.txt; OSTLER_GOLDEN=write writes the file."""

    def compare(name: str, sentences: dict[str, str]) -> None:
        file, text = GOLDEN / f"{name}.txt", "".join(f"{key}: {each}\n" for key, each in sentences.items())
        text = re.sub(r"0x[0-9a-f]+", "ADDRESS", text)
        if os.environ.get("OSTLER_GOLDEN") == "write":
            file.write_text(text, "utf-8")
        assert text == file.read_text("utf-8")

    return compare


@pytest.fixture(autouse=True)
def released() -> Iterator[None]:
    """End what hangs when the test is over."""
    RELEASE.clear()
    yield
    RELEASE.set()


@pytest.fixture
def open_client(data_dir: Path) -> Iterator[Callable[..., Client]]:
    """Open clients with drivers of these names, and a ``sound`` one; and close them."""
    clients = []

    def make(deadlines: DriverDeadlines = BRIEF, **drivers: type[Sound]) -> Client:
        config = AgentConfig(client=ClientConfig(driver_deadlines=deadlines))
        client = Client(config, data_dir=data_dir, drivers={"sound": Sound, **drivers})
        clients.append(client)
        return client

    yield make
    RELEASE.set()
    for client in clients:
        client.close()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Install the hostile driver as a distribution, in a folder for PYTHONPATH."""
    folder = tmp_path / "site"
    metadata = folder / "acme_hostile-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-hostile\nVersion: 1.0\n")
    points = "[ostler.drivers.v1]\nhostile = hostile_driver:Installed\n"
    (metadata / "entry_points.txt").write_text(points)
    source = Path(hostile_driver.__file__)
    (folder / source.name).write_text(source.read_text("utf-8"))
    return folder


@pytest.fixture
def host(tmp_path: Path, data_dir: Path, site: Path) -> Host:
    folder = tmp_path / "folder"
    folder.mkdir()
    shell = Shell(folder, data_dir)
    shell.file(AGENT, "agent.hcl")
    return Host(shell, site)
