from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ostler.errors import RefusedError
from ostler.executor import Isolation, Mount, Tier
from tests.executor.bench import with_mounts

if TYPE_CHECKING:
    from tests.conftest import Need, NeedKernel
    from tests.executor.bench import Bench

SHORT_LIST = 0xA80405FB


def test_only_what_was_asked_for_is_in_the_root(bench: Bench, isolation: Isolation) -> None:
    names = set(bench.says("ls /", isolation=isolation))
    asked = {mount.target.lstrip("/") for mount in isolation.root}
    assert names <= asked | {"proc", "dev", "tmp"}
    assert not names & {"home", "root", "var", "run", "sys", "work", "mnt"}


def test_links_of_the_host_are_links_inside(bench: Bench, isolation: Isolation) -> None:
    if not Path("/bin").is_symlink():
        pytest.skip("/bin is no link on this machine")
    assert bench.says("readlink /bin", isolation=isolation) == [str(Path("/bin").readlink())]


def test_the_tasks_processes_are_all_that_is_seen(bench: Bench, isolation: Isolation) -> None:
    assert bench.says("echo /proc/[0-9]*; echo $$", isolation=isolation) == ["/proc/1 /proc/2", "2"]


def test_the_init_tells_no_path_of_the_host(bench: Bench, isolation: Isolation) -> None:
    process = bench.start("/bin/cat", "/proc/1/cmdline", isolation=isolation)
    bench.end(process)
    assert bench.output().startswith(f"ostler-init {process.id}")
    assert "/" not in bench.output().replace(process.id, "")


def test_the_init_has_what_keeps_the_command_from_tracing_it(bench: Bench, isolation: Isolation) -> None:
    """Before it says that nobody may look into it: they may be the same user."""
    process = bench.start("/bin/sleep", "60", isolation=isolation)
    inside = bench.executor.execute(process, ("/bin/sleep", "60"))
    for init in (process.pid, inside.process.pid):
        main = int(Path(f"/proc/{init}/task/{init}/children").read_text().split()[0])
        assert permitted(init) & ~permitted(main)
    inside.close()


def permitted(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1], 16) for line in lines if line.startswith("CapPrm:"))


def test_the_host_name_is_the_tasks_own(bench: Bench, isolation: Isolation) -> None:
    assert bench.says("hostname", isolation=isolation) == ["inside"]
    assert os.uname().nodename != "inside"


@pytest.mark.parametrize("path", ["/x", "/usr/x", "/etc/x", "/dev/x", "/proc/sys/kernel/hostname"])
def test_what_is_the_hosts_cannot_be_written(bench: Bench, isolation: Isolation, path: str) -> None:
    assert bench.shell(f"echo x > {path}", isolation=isolation, user="root").code != 0


def test_a_writable_mount_is_written_through(bench: Bench, isolation: Isolation, tmp_path: Path) -> None:
    local = tmp_path / "local"
    local.mkdir(mode=0o777)
    local.chmod(0o777)
    inside = with_mounts(isolation, Mount(str(local), "/local", readonly=False))
    assert bench.shell("echo hello > /local/x", isolation=inside, user="nobody").code == 0
    assert (local / "x").read_text() == "hello\n"


def test_a_readonly_mount_is_not(bench: Bench, isolation: Isolation, tmp_path: Path) -> None:
    inside = with_mounts(isolation, Mount(str(tmp_path), "/local"))
    assert bench.shell("echo x > /local/x", isolation=inside, user="root").code != 0


def test_a_single_file_can_be_mounted(bench: Bench, isolation: Isolation, tmp_path: Path) -> None:
    (tmp_path / "note").write_text("inside\n")
    inside = with_mounts(isolation, Mount(str(tmp_path / "note"), "/a/b/note"))
    assert bench.says("cat /a/b/note", isolation=inside) == ["inside"]


def test_a_missing_source_is_left_out(bench: Bench, isolation: Isolation) -> None:
    assert (
        bench.shell(
            "test ! -e /nowhere", isolation=with_mounts(isolation, Mount("/nowhere", "/nowhere"))
        ).code
        == 0
    )


def test_the_data_directory_is_hidden(
    bench: Bench, isolation: Isolation, tmp_path: Path, data_dir: Path
) -> None:
    (tmp_path / "seen").touch()
    inside = with_mounts(isolation, Mount(str(tmp_path), "/all"))
    assert "seen" in bench.says("ls /all", isolation=inside)
    assert bench.says(f"ls -A /all/{data_dir.name}", isolation=inside) == []


def test_the_data_directory_is_hidden_however_a_mount_names_what_it_lies_in(
    bench: Bench, isolation: Isolation, tmp_path: Path, data_dir: Path
) -> None:
    (tmp_path / "seen").touch()
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "data-link").symlink_to(data_dir)
    for source in (f"{tmp_path}/link/.", f"{tmp_path}/link/../{tmp_path.name}"):
        inside = with_mounts(isolation, Mount(source, "/all"))
        assert "seen" in bench.says("ls /all", isolation=inside)
        assert bench.says(f"ls -A /all/{data_dir.name}", isolation=inside) == []
    directly = with_mounts(isolation, Mount(f"{tmp_path}/data-link/.", "/all"))
    assert bench.says("ls -A /all", isolation=directly) == []


def test_tmp_and_shared_memory_are_private(bench: Bench, isolation: Isolation) -> None:
    assert bench.says("echo x > /tmp/x; echo x > /dev/shm/x; ls /tmp /dev/shm | sort -u", isolation=isolation)
    assert not Path("/dev/shm/x").exists()


def test_the_usual_devices_work_and_no_others_are_there(bench: Bench, isolation: Isolation) -> None:
    bench.says(
        "echo x > /dev/null; head -c 8 /dev/urandom /dev/zero > /dev/null; echo x > /dev/stderr",
        isolation=isolation,
    )
    usual = "fd full null ptmx pts random shm stderr stdin stdout tty urandom zero"
    assert bench.says("cd /dev; echo *", isolation=isolation) == [usual]


def test_what_steers_or_tells_on_the_machine_is_sealed(bench: Bench, isolation: Isolation) -> None:
    script = "for f in kcore keys timer_list; do test -e /proc/$f && wc -c < /proc/$f; done; echo; "
    script += "test -w /proc/sysrq-trigger || test -w /proc/sys/kernel/core_pattern || echo sealed"
    found = bench.says(script, isolation=isolation, user="nobody")
    assert set(found) <= {"0", "", "sealed"}
    assert "sealed" in found


def test_an_ordinary_task_has_no_capability_and_gains_none(bench: Bench, isolation: Isolation) -> None:
    script = "grep -E '^(Cap|NoNewPrivs)' /proc/self/status | cut -f2 | sort -u"
    assert bench.says(script, isolation=isolation, user="nobody") == ["0000000000000000", "1"]


def test_root_inside_keeps_only_the_short_list(bench: Bench, isolation: Isolation) -> None:
    found = bench.says(
        "grep -E '^Cap(Bnd|Eff)' /proc/self/status | cut -f2", isolation=isolation, user="root"
    )
    assert [int(each, 16) & ~SHORT_LIST for each in found] == [0, 0]


def test_the_user_and_the_groups_are_those_asked_for(bench: Bench, isolation: Isolation) -> None:
    if bench.executor.host().tier is not Tier.ROOT:
        pytest.skip("a user namespace maps one user and keeps the caller's groups")
    assert bench.says("id -u; id -g; id -G", isolation=isolation, user="65534:65533") == [
        "65534",
        "65533",
        "65533",
    ]


def test_ipc_is_the_tasks_own(bench: Bench, isolation: Isolation) -> None:
    assert bench.says("readlink /proc/self/ns/ipc", isolation=isolation) != [
        str(Path("/proc/self/ns/ipc").readlink())
    ]


def test_a_script_runs_in_the_root(bench: Bench, isolation: Isolation, tmp_path: Path) -> None:
    script = tmp_path / "run"
    script.write_text("#!/bin/sh\nexit 9\n")
    script.chmod(0o755)
    inside = with_mounts(isolation, Mount(str(script), "/local/run"))
    assert bench.run("run", isolation=inside, cwd="/local", env={"PATH": "/local"}).code == 9


def test_a_tier_that_is_not_there_refuses(portable: Bench) -> None:
    with pytest.raises(RefusedError, match="isolation 'userns' is asked for and 'none' is what there is"):
        portable.run("/bin/true", isolation=Isolation(namespaces=frozenset({"pid"})))


def test_nothing_is_mounted_on_the_host(bench: Bench, isolation: Isolation, data_dir: Path) -> None:
    bench.start("/bin/sleep", "60", isolation=isolation)
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        assert str(data_dir) not in mounts.read()


def test_a_link_that_a_task_planted_leads_no_mount_astray(
    bench: Bench, isolation: Isolation, tmp_path: Path
) -> None:
    shared, victim = tmp_path / "shared", tmp_path / "victim"
    shared.mkdir()
    victim.mkdir()
    (shared / "logs").symlink_to(victim)
    inside = with_mounts(
        isolation,
        Mount(str(shared), "/alloc", readonly=False),
        Mount("/usr", "/alloc/logs/made"),
    )
    with pytest.raises(RefusedError, match="a symbolic link is in the way"):
        bench.run("/bin/true", isolation=inside)
    assert list(victim.iterdir()) == []


def test_an_exact_mount_is_reached_through_no_link(
    bench: Bench, isolation: Isolation, tmp_path: Path
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").write_text("seen\n")
    (tmp_path / "link").symlink_to("there")
    straight = with_mounts(
        isolation,
        Mount(f"{tmp_path}/there", "/a", exact=True),
        Mount(f"{tmp_path}/there/file", "/b", exact=True),
    )
    assert bench.says("cat /a/file /b", isolation=straight) == ["seen", "seen"]
    round_about = with_mounts(isolation, Mount(f"{tmp_path}/link/file", "/b", exact=True))
    with pytest.raises(RefusedError, match="a symbolic link is in the way"):
        bench.run("/bin/true", isolation=round_about)
    round_about = with_mounts(isolation, Mount(f"{tmp_path}/link/file", "/b"))
    assert bench.says("cat /b", isolation=round_about) == ["seen"]


def test_a_mount_below_tmp_is_seen(bench: Bench, isolation: Isolation) -> None:
    inside = with_mounts(isolation, Mount("/usr", "/tmp/a/usr"))
    assert bench.shell("test -d /tmp/a/usr/bin && touch /tmp/own", isolation=inside).code == 0


KEY_NUMBERS = {"x86_64": (248, 250), "aarch64": (217, 219)}
SESSION_KEYRING, SEARCH, REVOKE = -3, 10, 3


def test_the_callers_session_keyring_is_out_of_reach(
    bench: Bench, isolation: Isolation, need: Need, need_kernel: NeedKernel
) -> None:
    need("/usr/bin/python3")
    add_key, keyctl = KEY_NUMBERS[os.uname().machine]
    libc = ctypes.CDLL(None, use_errno=True)
    name = b"ostler-test-%d" % os.getpid()  # the keyring is another run's too
    key = libc.syscall(add_key, b"user", name, b"secret", 6, SESSION_KEYRING)
    if key < 0:
        need_kernel("keys can't be added")
    search = f"ctypes.CDLL(None).syscall({keyctl}, {SEARCH}, {SESSION_KEYRING}, b'user', {name!r}, 0)"
    script = f"import ctypes; print({search})"
    try:
        plainly = bench.says(f'/usr/bin/python3 -c "{script}"', isolation=Isolation(minimum=Tier.NONE))
        isolated = bench.says(f'/usr/bin/python3 -c "{script}"', isolation=isolation)
    finally:
        libc.syscall(keyctl, REVOKE, key)
    assert (plainly, isolated) == ([str(key)], ["-1"])


def test_what_tells_of_the_machine_in_sys_is_hidden(bench: Bench, isolation: Isolation) -> None:
    if not any(Path("/sys/firmware").glob("*")):
        pytest.skip("this machine tells nothing there")
    shown = with_mounts(isolation, Mount("/sys", "/sys"))
    assert bench.says("ls -A /sys/firmware; ls /sys | grep -c devices", isolation=shown) == ["1"]
