from __future__ import annotations

import math
import os
import signal
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from ostler.errors import RefusedError
from ostler.executor import Executor, Exit, Isolation, Limits, Mount, Tier
from ostler.executor.host import account

if TYPE_CHECKING:
    from tests.executor.bench import Bench

GOLDEN = Path(__file__).parent / "golden" / "refusals.txt"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Give a folder of things that can't be run."""
    folder = tmp_path / "files"
    folder.mkdir()
    for name, content, mode in (
        ("plain", b"text", 0o644),
        ("rubbish", b"\x00\x01\x02", 0o755),
        ("no-interpreter", b"#!/no/such/interpreter\n", 0o755),
    ):
        (folder / name).write_bytes(content)
        (folder / name).chmod(mode)
    (folder / "link").symlink_to("nowhere")
    return folder


def cases(files: Path) -> dict[str, dict[str, Any]]:
    return {
        "no command": {"argv": ()},
        "a missing name": {"argv": ("no-such-program",)},
        "a missing path": {"argv": (f"{files}/none",)},
        "a dangling link": {"argv": (f"{files}/link",)},
        "a directory": {"argv": (str(files),)},
        "a device": {"argv": ("/dev/null",)},
        "not executable": {"argv": (f"{files}/plain",)},
        "not a program": {"argv": (f"{files}/rubbish",)},
        "a script without its interpreter": {"argv": (f"{files}/no-interpreter",)},
        "an unknown user": {"argv": ("/bin/true",), "user": "no-such-user"},
        "a missing directory": {"argv": ("/bin/true",), "cwd": f"{files}/none"},
        "a file as directory": {"argv": ("/bin/true",), "cwd": f"{files}/plain"},
        "output through a link": {"argv": ("/bin/true",), "stdout": f"{files}/link"},
        "output into a missing folder": {"argv": ("/bin/true",), "stdout": f"{files}/none/out"},
        "an argument that is too long": {"argv": ("/bin/true", "a" * (1 << 20))},
        "a NUL in an argument": {"argv": ("/bin/true", "a\0b")},
        "a NUL in a stream": {"argv": ("/bin/true",), "stdout": "/tmp/a\0b"},
        "a variable that can have no such name": {"argv": ("/bin/true",), "env": {"A=B": "c"}},
        "a user beyond all numbers": {"argv": ("/bin/true",), "user": "4294967296:5"},
        "a group that is no change": {"argv": ("/bin/true",), "user": "5:4294967295"},
        "limits that are no amounts": {
            "argv": ("/bin/true",),
            "limits": Limits(memory_bytes=1 << 70, core_bytes=1 << 64, timeout_seconds=math.nan),
        },
        "limits that leave nothing": {
            "argv": ("/bin/true",),
            "limits": Limits(open_files=0, output_bytes=0, disk_bytes=0),
        },
        "names that are none": {
            "argv": ("/bin/true",),
            "isolation": Isolation(
                namespaces=frozenset({"mnt"}),
                capabilities=frozenset({"CAP_CHOWN"}),
                ambient=frozenset({"net_rwa", "everything"}),
                root=(Mount("usr", "/usr"),),
                minimum=Tier.NONE,
            ),
        },
        "what nothing would hold": {
            "argv": ("/bin/true",),
            "isolation": Isolation(
                namespaces=frozenset({"pid"}), root=(Mount("/usr", "/usr"),), hostname="inside"
            ),
        },
        "a time that is none": {"argv": ("/bin/true",), "limits": Limits(timeout_seconds=float("nan"))},
        "a time without an end": {"argv": ("/bin/true",), "limits": Limits(timeout_seconds=math.inf)},
        "arguments in the command": {"argv": ("sh -c true",)},
        "a disk without a directory": {"argv": ("/bin/true",), "limits": Limits(disk_bytes=1)},
    }


def words(bench: Bench, files: Path, fields: dict[str, Any]) -> str:
    """Give what a start is refused with, paths and ids made alike."""
    command = bench.command(*fields["argv"], **{key: value for key, value in fields.items() if key != "argv"})
    with pytest.raises(RefusedError) as refused:
        bench.executor.start(command)
    return str(refused.value).replace(str(files), "FILES").replace(command.id, "ID")


def test_every_refusal_says_what_was_found_and_what_to_do(bench: Bench, files: Path) -> None:
    found = [f"{name}:\n    {words(bench, files, fields)}\n" for name, fields in cases(files).items()]
    assert "".join(found) == GOLDEN.read_text()


@pytest.mark.parametrize("root", [(), (Mount("/no/such", "/usr"), Mount("/neither", "/bin"))])
def test_a_root_that_would_hold_nothing_is_refused(
    bench: Bench, isolation: Isolation, root: tuple[Mount, ...]
) -> None:
    with pytest.raises(RefusedError) as refused:
        bench.start("/bin/true", isolation=evolve(isolation, root=root))
    assert str(refused.value).startswith("the task's root would hold nothing (")
    assert all(mount.source in str(refused.value) for mount in root)


def test_a_mount_at_a_place_that_the_host_lacks_is_told_with_its_remedy(
    bench: Bench, isolation: Isolation, files: Path
) -> None:
    root = (Mount("/", "/"), Mount(str(files), "/no-such-place"))
    with pytest.raises(
        RefusedError, match=f"can't mount {files} at /no-such-place: Read-only .*make it there"
    ):
        bench.start("/bin/true", isolation=evolve(isolation, root=root))
    root = (Mount("/", "/"), Mount(files, "/mnt"))
    assert bench.says("ls /mnt", isolation=evolve(isolation, root=root)) == sorted(
        each.name for each in files.iterdir()
    )


def test_a_user_can_be_looked_up_before_a_start(bench: Bench) -> None:
    for known in ("", "root", "0", "65534", "4711:4712"):
        bench.executor.account(known)
    with pytest.raises(RefusedError, match="'no-such-user' is not known on this machine"):
        bench.executor.account("no-such-user")


def test_nothing_is_left_of_a_start_that_was_refused(bench: Bench, files: Path, data_dir: Path) -> None:
    words(bench, files, cases(files)["not a program"])
    assert bench.executor.processes() == []
    assert list((data_dir / "tasks").iterdir()) == []
    assert bench.shell("exit 0") == Exit(code=0)


@pytest.mark.parametrize("name", [15, "15", "TERM", "sigterm", signal.SIGTERM])
def test_a_signal_is_a_name_or_a_number(bench: Bench, name: str | int) -> None:
    process = bench.start("/bin/sleep", "60")
    bench.executor.stop(process, grace_seconds=30, signal=name)
    end = bench.executor.wait(process)
    assert end is not None
    assert end.signal == signal.SIGTERM


def test_the_signal_that_was_meant_is_named(bench: Bench) -> None:
    process = bench.start("/bin/sleep", "60")
    with pytest.raises(RefusedError, match=r"or a number; did you mean 'SIGTERM'\?$"):
        bench.executor.stop(process, grace_seconds=0, signal="SIGTREM")
    with pytest.raises(RefusedError, match=r"or a number$"):
        bench.executor.stop(process, grace_seconds=0, signal="SIGNOPE")


@pytest.mark.parametrize("name", ["SIGNOPE", "0", "99999", "", "-9"])
def test_an_unknown_signal_is_refused_with_the_known_ones(bench: Bench, name: str) -> None:
    process = bench.start("/bin/sleep", "60")
    with pytest.raises(RefusedError, match="is not known here; one of SIGABRT"):
        bench.executor.signal(process, name)


def test_a_supervisor_that_can_not_begin_is_told_with_its_own_words(data_dir: Path) -> None:
    (data_dir / "tasks").touch()
    executor = Executor(data_dir)
    with pytest.raises(RefusedError, match=r"can't be reached; the last line of .* FileExistsError"):
        executor.processes()
    executor.close()


def test_the_init_of_a_start_that_failed_holds_no_log_that_its_supervisor_is_kept_from_reading(
    bench: Bench, files: Path
) -> None:
    """It is waited for, and would wait for a log that is held back by a follower who does not read."""
    logs = bench.logs(max_files=1, max_file_bytes=1000)
    bench.executor.collect(logs)
    with closing(bench.executor.follow(logs)):
        fill(logs.fifo)
        with pytest.raises(RefusedError, match="no program of this machine"):
            bench.start(str(files / "rubbish"), stdout=logs.fifo)
        assert bench.executor.processes() == []
    bench.executor.release(logs)


def fill(fifo: str) -> None:
    """Write until nobody has taken anything for a while."""
    writer = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    full = 0
    while full < 10:
        try:
            os.write(writer, bytes(4096))
            full = 0
        except BlockingIOError:
            full += 1
            time.sleep(0.02)
    os.close(writer)


def test_a_user_of_more_digits_than_python_reads_is_refused() -> None:
    with pytest.raises(RefusedError, match="the numbers of users and groups go up to 4294967294"):
        account.find("9" * 5000)
