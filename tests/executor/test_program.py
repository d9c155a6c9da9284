from __future__ import annotations

import errno
import os
import resource
import struct
from typing import TYPE_CHECKING, Any

import pytest

from ostler.executor.linux import call_numbers
from ostler.executor.linux.facts import Facts
from ostler.executor.linux.lower import STEPS, lower
from ostler.executor.linux.pack import Packed
from ostler.executor.linux.program import Program, Writer
from ostler.executor.linux.run import CallFailedError, Ready, carry_out
from ostler.executor.linux.shapes import Shapes
from ostler.executor.supervisor.folded import fold, unfold
from tests.executor.test_plan import PARENTS, planned

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ostler.executor.linux.program import Call

FACTS = Facts(3, 0b1001, {"RLIMIT_CORE": resource.RLIM_INFINITY, "RLIMIT_NPROC": 50})


def lowered(*build: dict[str, Any], enter: tuple[dict[str, Any], ...] = ()) -> Program:
    return lower({"build": build, "enter": enter}, FACTS)


def calls(*build: dict[str, Any]) -> list[str]:
    return [repr(call) for call in lowered(*build).build]


def run(program: Program) -> list[int]:
    registers = [-1] * program.registers
    carry_out(program.build, registers)
    return registers


def mount(target: str, **conditions: bool) -> dict[str, Any]:
    return {"do": "mount", "kind": "tmpfs", "target": target, "flags": ["ro"], "options": "", **conditions}


def bind(target: str, **conditions: bool) -> dict[str, Any]:
    return {"do": "bind", "source": "/usr", "target": target, "flags": ["ro"], **conditions}


@pytest.mark.parametrize("cgroups", PARENTS)
@pytest.mark.parametrize("tier", ["root", "userns", "landlock", "none"])
def test_every_plan_is_lowered_to_calls_whose_numbers_are_known(tier: str, cgroups: str) -> None:
    made = planned(tier, cgroups)
    program = lower(made.order(), FACTS)
    for machine in ("x86_64", "aarch64"):
        for call in (*program.build, *program.enter):
            assert call_numbers.number(call.name, machine) >= 0
    assert {call.step for call in program.build} == set(range(len(made.build)))
    assert [str(call) for call in program.build] == [str(call) for call in lower(made.order(), FACTS).build]


def test_a_step_that_fails_is_known_by_its_index(tmp_path: Path) -> None:
    step = {"do": "write", "path": str(tmp_path / "none"), "text": "x"}
    with pytest.raises(CallFailedError) as failed:
        run(lowered({"do": "change_directory", "path": os.getcwd()}, step))
    assert (failed.value.step, failed.value.number) == (1, errno.ENOENT)


def test_a_step_that_is_optional_may_fail_and_the_next_is_carried_out(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    steps = [{"do": "write", "path": str(tmp_path / name), "text": "x"} for name in ("none", "there")]
    registers = run(lowered({**steps[0], "optional": True}, steps[1]))
    assert (registers[0], (tmp_path / "there").read_text()) == (-1, "x")


def test_what_is_not_there_may_be_missing_and_nothing_else_may_fail(tmp_path: Path) -> None:
    step: dict[str, Any] = {"do": "write", "path": str(tmp_path / "none"), "text": "x", "if_there": True}
    run(lowered(step))
    with pytest.raises(CallFailedError, match=str(errno.EISDIR)):
        run(lowered({**step, "path": str(tmp_path)}))


def test_an_output_that_is_no_fifo_is_neither_held_nor_given_away(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    for name, held in (("plain", False), ("fifo", True)):
        program = lowered({"do": "open_output", "number": 1, "path": str(tmp_path / name), "owner": -1})
        registers = run(program)
        assert os.get_blocking(registers[0])
        assert (registers[program.held[0].index] >= 0) is held
        for descriptor in registers:
            if descriptor >= 0:
                os.close(descriptor)
    os.close(reader)


def test_limits_are_clamped_to_what_may_be_had() -> None:
    def wanted(value: int) -> Call:
        return lowered({"do": "limit", "name": "NPROC", "value": value}).build[0]

    assert wanted(60).arguments == wanted(50).arguments != wanted(40).arguments


def test_capabilities_are_dropped_up_to_the_last_that_there_is() -> None:
    dropped = lowered({"do": "drop_capabilities", "keep": [1]}).build[1:]
    assert [call.arguments[1] for call in dropped] == [0, 2, 3]


def test_capabilities_that_are_not_had_are_not_asked_for_but_where_a_namespace_gives_all() -> None:
    def held(*, has_all: bool) -> int:
        step = {"do": "set_capabilities", "keep": [0, 1], "ambient": [], "has_all": has_all}
        words = lowered(step).build[0].arguments[1]
        assert isinstance(words, bytes)
        return words[0]

    assert (held(has_all=False), held(has_all=True)) == (1, 3)


def test_a_folder_is_made_and_opened_once_for_all_that_is_mounted_below() -> None:
    made = calls(mount("/d/root"), bind("/d/root/a/b"), bind("/d/root/a/c"))
    assert len([each for each in made if "mkdirat" in each]) == 3
    assert len([each for each in made if "openat2" in each]) == 3


def test_every_folder_on_the_way_is_opened_by_itself_through_no_link() -> None:
    """Where a task may have planted one: in a folder that nobody but the launcher wrote to, nothing is."""
    made = lowered(mount("/d/root"), bind("/d/root/a"), bind("/d/root/a/b/c"), bind("/d/root/e/f"))
    names = [call.arguments[1] for call in made.build if call.name == "openat2"]
    assert names == [b"/d/root", b"/d/root", b"b", b"c", b"e"]
    resolve = {bytes(call.arguments[2])[16] for call in made.build if call.name == "openat2"}  # type: ignore[arg-type]
    assert resolve == {4}


def test_what_lies_in_a_folder_of_somebody_elses_is_opened_although_the_folder_was_made() -> None:
    found = calls(mount("/r"), bind("/r/a"), bind("/r/a/b"), bind("/r/a/b/c"))
    assert [each for each in found if "openat2" in each and "b'c'" in each]


def test_what_was_opened_before_a_mount_hid_it_is_opened_again() -> None:
    made = calls(mount("/d/root"), bind("/d/root/a/b"), mount("/d/root/a"), bind("/d/root/a/b"))
    assert len([each for each in made if "mkdirat" in each]) == 3


def test_a_file_system_that_was_hidden_by_a_mount_is_not_fresh_any_more() -> None:
    """What lies there now is somebody's: it is opened by itself, through no link."""
    found = calls(mount("/r"), mount("/r/a"), bind("/r"), bind("/r/a/b"))
    assert [each for each in found if "openat2" in each and "b'b'" in each]


def test_what_a_step_opened_that_may_come_to_nothing_is_used_by_no_other() -> None:
    made = lowered(mount("/d/root"), bind("/d/root/a", optional=True), bind("/d/root/a/b"))
    opened = {str(call.into) for call in made.build if call.step == 1 and call.into}
    used = {str(each) for call in made.build if call.step == 2 for each in call.arguments}
    assert not opened & used


def test_a_step_has_a_lowering_by_its_name() -> None:
    assert {"bind", "become", "pivot", "seal"} <= set(STEPS)


def test_words_of_memory_may_be_the_results_of_earlier_calls(tmp_path: Path) -> None:
    writer = Writer()
    path = os.fsencode(tmp_path)
    opened = writer.open("openat", -100, path, os.O_PATH | os.O_CLOEXEC, 0)
    made = writer.open("openat", -100, path + b"/words", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    writer.call("write", made, (7, opened), 16)
    program = Program(writer.take(), [], [], writer)
    registers = run(program)
    for descriptor in registers:
        os.close(descriptor)
    assert struct.unpack("=QQ", (tmp_path / "words").read_bytes()) == (7, registers[0])


def test_plans_that_differ_only_in_paths_have_one_program_filled_with_their_own() -> None:
    shapes = Shapes(Packed)
    order = {"executable": "/bin/x", "argv": ["x", "y"], "env": {"A": "b"}, "enter": ()}
    memories = []
    for path in ("/first", "/second/path"):
        steps = [{"do": "open_output", "number": 1, "path": path}, {"do": "new_session"}]
        packed, values = shapes.find({**order, "build": steps}, into_cgroup=False)
        memory, _ = packed.fill(values, order)
        assert {path.encode(), b"/bin/x", b"A=b"} <= set(memory.split(b"\0"))
        memories.append((packed, memory))
    assert memories[0][0] is memories[1][0]
    assert b"/first" not in memories[1][1]


def test_a_filled_program_runs_the_command_with_its_words_and_variables(tmp_path: Path) -> None:
    shapes = Shapes(Packed)
    order = {"executable": "/bin/x", "argv": ["x", "", "ä\udcff"], "env": {"A": "b c", "E": ""}, "enter": ()}
    steps = [{"do": "open_output", "number": 1, "path": f"{tmp_path}/\udcfe"}]
    packed, values = shapes.find({**order, "build": steps}, into_cgroup=False)
    memory, addresses = packed.fill(values, order)
    executable, argv, env, path = struct.unpack_from("=4q", memory)
    assert text(memory, executable) == b"/bin/x"
    assert [text(memory, each) for each in listed(memory, argv)] == [b"x", b"", b"\xc3\xa4\xff"]
    assert [text(memory, each) for each in listed(memory, env)] == [b"A=b c", b"E="]
    assert text(memory, path) == os.fsencode(tmp_path) + b"/\xfe"
    pointers = struct.unpack(f"={len(addresses) // 4}I", addresses)
    assert {0, 8, 16, 24, argv, argv + 8, argv + 16, env, env + 8} <= set(pointers)
    assert not {argv + 24, env + 16} & set(pointers)


def test_the_launcher_by_ctypes_makes_a_program_ready_once_and_fills_it_for_each_task() -> None:
    shapes = Shapes(Ready)
    found = []
    for name in ("first", "second"):
        steps = [{"do": "open_output", "number": 1, "path": f"/{name}"}]
        become = {"executable": f"/bin/{name}", "argv": [name], "env": {"A": name}}
        order = {**become, "build": steps, "enter": ()}
        ready, values = shapes.find(order)
        program = ready.fill(values, order)
        opened, became = program.build[0], program.finish[-1]
        assert opened.words is not None
        assert opened.words[2] == opened.arguments[1] == f"/{name}".encode()
        assert became.arguments == (f"/bin/{name}".encode(), (name.encode(), 0), (f"A={name}".encode(), 0))
        found.append((program, program.build[1].words))
    assert found[0][0] is found[1][0]
    assert found[0][1] is found[1][1]


@pytest.mark.parametrize("made", [Packed, Ready])
def test_what_an_order_holds_is_never_taken_for_a_hole(made: Callable[[Program, int], Any]) -> None:
    """Else a mount's target would lead to its source on the host, or to nothing at all."""
    name = "\x01\x029\x01\x02"
    steps = [
        {"do": "mount", "kind": "tmpfs", "target": "/root", "flags": []},
        {"do": "bind", "source": "/precious", "target": f"/root/{name}", "flags": []},
    ]
    order = {"executable": "/bin/x", "argv": ["x"], "env": {}, "build": steps, "enter": ()}
    found, values = Shapes(made).find(order)
    filled = found.fill(values, order)
    passed = filled[0] if made is Packed else [each for call in filled.build for each in call.arguments]
    assert name.encode() in passed


@pytest.mark.parametrize("hostile", [{"argv": ["x\0y"]}, {"env": {"A": "\0B=c"}}, {"executable": "/bin\0/x"}])
def test_a_nul_moves_no_other_word(hostile: dict[str, Any]) -> None:
    order = {"executable": "/bin/x", "argv": ["x"], "env": {}, "build": [], "enter": (), **hostile}
    packed, values = Shapes(Packed).find(order, into_cgroup=False)
    with pytest.raises(ValueError, match="NUL"):
        packed.fill(values, order)


def listed(memory: bytes, at: int) -> list[int]:
    words = [word for (word,) in struct.iter_unpack("=q", memory[at:])]
    return words[: words.index(0)]


def text(memory: bytes, at: int) -> bytes:
    return memory[at : memory.index(b"\0", at)]


def test_an_order_is_the_same_once_it_is_unfolded() -> None:
    steps: list[dict[str, Any]] = [
        {"do": "open_output", "number": 1, "path": "/first"},
        {"do": "new_session"},
        {"do": "bind", "source": "/second", "target": "/x", "flags": []},
    ]
    order = {"argv": ["x"], "build": steps, "enter": [{"do": "new_session"}]}
    folded = fold(order)
    assert folded["paths"] == ["/first", "/second"]
    assert fold(folded) == folded
    shape = {name: folded[name] for name in ("shape", "argv")}
    assert unfold(folded) == {**order, "shape": folded["shape"], "paths": folded["paths"]}
    others = [{**step, **({"path": "/third"} if "path" in step else {})} for step in steps]
    again = fold({**order, "build": others})
    assert {name: again[name] for name in shape} == shape
    assert again["paths"] == ["/third", "/second"]


@pytest.mark.parametrize("shape", ["", "no base64", "bm8gemxpYg==", "eJyLjgUAARUAuQ=="])
def test_what_is_no_shape_of_a_plan_is_refused(shape: str) -> None:
    with pytest.raises((ValueError, LookupError)):
        unfold({"shape": shape, "paths": []})


def test_an_order_with_too_few_paths_is_refused() -> None:
    folded = fold({"build": [{"do": "bind", "source": "/a", "target": "/b", "flags": []}], "enter": []})
    with pytest.raises(LookupError):
        unfold({**folded, "paths": []})


def test_another_shape_is_another_program() -> None:
    shapes = Shapes(Packed)
    order = {"executable": "/bin/x", "argv": [], "env": {}, "build": []}
    programs = [
        shapes.find({**order, "enter": [{"do": "limit", "name": "CORE", "value": value}]}, into_cgroup=False)
        for value in (0, 1)
    ]
    assert programs[0][0] is not programs[1][0]
