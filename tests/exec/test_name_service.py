"""A task finds hosts by name, wherever the host keeps the files for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from ostler.executor import Executor, Isolation, Mount, Tier
from ostler_drivers.name_service import mounts
from tests.executor.bench import Bench

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import NeedKernel

FOLDERS = ("/bin", "/lib", "/lib64", "/usr")


def linked(folder: Path) -> Path:
    """Make an /etc whose resolv.conf is a link to a link to a file elsewhere."""
    etc, away = folder / "etc", folder / "away"
    etc.mkdir(parents=True)
    away.mkdir()
    (away / "real").write_text("nameserver 192.0.2.1\n")
    (away / "hop").symlink_to("real")
    (etc / "resolv.conf").symlink_to("../away/hop")
    (etc / "hosts").write_text("127.0.0.1 localhost\n")
    return etc


def test_every_link_on_the_way_is_shown_and_the_file_at_the_end(tmp_path: Path) -> None:
    etc = linked(tmp_path)
    found = mounts([Mount("/usr", "/usr"), Mount(str(etc), str(etc))], str(etc))
    assert [each.target for each in found] == [f"{tmp_path}/away/hop", f"{tmp_path}/away/real"]
    assert all(each.readonly for each in found)


def test_what_is_shown_already_or_is_no_link_needs_nothing(tmp_path: Path) -> None:
    etc = linked(tmp_path)
    assert mounts([Mount(str(tmp_path), str(tmp_path))], str(etc)) == ()
    (etc / "resolv.conf").unlink()
    assert mounts([Mount(str(etc), str(etc))], str(etc)) == ()


def test_the_links_of_another_system_lead_to_nothing_of_the_host_but_in_run(tmp_path: Path) -> None:
    etc = linked(tmp_path)
    for link in (f"{tmp_path}/away/real", "/etc/passwd", "../../../etc/passwd"):
        (etc / "resolv.conf").unlink()
        (etc / "resolv.conf").symlink_to(link)
        assert mounts([Mount(str(etc), "/etc")]) == ()


def test_a_file_that_not_everybody_may_read_is_not_shown(tmp_path: Path) -> None:
    etc = linked(tmp_path)
    (tmp_path / "away" / "real").chmod(0o600)
    assert mounts([Mount(str(etc), str(etc))], str(etc)) == ()


def test_a_link_without_end_comes_to_an_end(tmp_path: Path) -> None:
    etc = linked(tmp_path)
    (tmp_path / "away" / "hop").unlink()
    (tmp_path / "away" / "hop").symlink_to("hop")
    assert mounts([Mount(str(etc), str(etc))], str(etc)) == ()


def test_a_task_reads_it_through_the_link(data_dir: Path, tmp_path: Path, need_kernel: NeedKernel) -> None:
    host = Executor(data_dir).host()
    if not host.tier.reaches(Tier.USERNS):
        need_kernel(host.reason)
    etc = linked(tmp_path / "system")
    root = (*(Mount(each, each) for each in FOLDERS), Mount(str(etc), str(etc)))
    isolation = Isolation(namespaces=frozenset({"mount", "pid", "ipc", "uts"}), root=root)
    bench = Bench(data_dir, tmp_path)
    script = f"cat {etc}/resolv.conf"
    assert bench.shell(script, isolation=isolation).code != 0
    shown = evolve(isolation, root=(*root, *mounts(root, str(etc))))
    assert bench.says(script, isolation=shown) == ["nameserver 192.0.2.1"]
    bench.clear()
