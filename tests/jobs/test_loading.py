"""What is run of a job: the values that a job file is turned into."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from ostler.drivers.settings import Located
from ostler.drivers.values import Resources
from ostler.errors import MistakeError
from ostler.jobs import (
    Constraint,
    Group,
    Job,
    JobArtifact,
    JobTask,
    Logs,
    Restart,
    from_api,
    load,
    loads,
    read_api,
)

FILES = Path(__file__).with_name("files")
HELLO = """\
job "hello" {
  type        = "batch"
  datacenters = ["dc1"]

  meta {
    owner = "me"
  }

  constraint {
    attribute = "${attr.kernel.name}"
    value     = "linux"
  }

  group "web" {
    count = 2

    restart {
      attempts = 1
      delay    = "1s"
    }

    task "serve" {
      driver       = "raw_exec"
      user         = "nobody"
      kill_timeout = "20s"
      kill_signal  = "SIGTERM"

      config {
        command = "/bin/sh"
        args    = ["-c", "echo ${NOMAD_TASK_DIR}"]
      }

      env {
        RATIO = 1.50
      }

      resources {
        cpu    = 50
        memory = 64
      }

      logs {
        max_files = 3
      }

      restart {
        attempts = 5
      }

      artifact {
        source      = "https://example.com/a.zip"
        destination = "local/a"
        mode        = "dir"

        options {
          archive = false
        }
      }
    }
  }
}
"""


def task_of(lines: str, *, job: str = "") -> JobTask:
    text = f'job "j" {{\n{job}\ntask "t" {{\ndriver = "exec"\n{lines}\n}}\n}}'
    return loads(text, filename="job.hcl").job.groups[0].tasks[0]


def without_config(job: Job) -> Job:
    groups = [
        attrs.evolve(group, tasks=tuple(attrs.evolve(task, config=Located()) for task in group.tasks))
        for group in job.groups
    ]
    return attrs.evolve(job, groups=tuple(groups))


def test_a_job_file_becomes_values() -> None:
    loaded = loads(HELLO, filename="hello.hcl")
    assert without_config(loaded.job) == Job(
        id="hello",
        name="hello",
        type="batch",
        meta={"owner": "me"},
        constraints=(Constraint(attribute="${attr.kernel.name}", operator="=", value="linux"),),
        groups=(
            Group(
                name="web",
                count=2,
                restart=Restart(attempts=1, interval_seconds=86400.0, delay_seconds=1.0),
                tasks=(
                    JobTask(
                        name="serve",
                        driver="raw_exec",
                        user="nobody",
                        env={"RATIO": "1.5"},
                        resources=Resources(cpu_mhz=50, memory_mb=64, asked=frozenset({"memory"})),
                        logs=Logs(max_files=3),
                        restart=Restart(attempts=5, interval_seconds=86400.0, delay_seconds=1.0),
                        kill_timeout_seconds=20.0,
                        kill_signal="SIGTERM",
                        artifacts=(
                            JobArtifact(
                                source="https://example.com/a.zip",
                                destination="local/a",
                                mode="dir",
                                options={"archive": "false"},
                            ),
                        ),
                    ),
                ),
            ),
        ),
    )


def test_every_value_knows_its_place_and_its_path() -> None:
    job = loads(HELLO, filename="hello.hcl").job
    task = job.groups[0].tasks[0]
    assert [(each.where, each.path) for each in (job, job.groups[0], task, task.artifacts[0])] == [
        ("hello.hcl:1:1", "job.hello"),
        ("hello.hcl:14:3", "job.hello.group[0]"),
        ("hello.hcl:22:5", "job.hello.group[0].task[0]"),
        ("hello.hcl:50:7", "job.hello.group[0].task[0].artifact[0]"),
    ]


def test_a_config_is_a_plain_tree_with_the_place_of_each_value() -> None:
    config = loads(HELLO, filename="hello.hcl").job.groups[0].tasks[0].config
    assert config.value == {"command": "/bin/sh", "args": ["-c", "echo ${NOMAD_TASK_DIR}"]}
    assert config.where(("args", 1)) == "hello.hcl:30:26"
    assert config.where(()) == "hello.hcl:28:7"
    assert config.lenient


def test_a_task_without_a_config_block_leaves_the_judgement_to_its_driver() -> None:
    config = task_of("").config
    assert config.value == {}
    assert config.where(("command",)) == "job.hcl:3:1"


@pytest.mark.parametrize(
    ("job_type", "restart"),
    [
        ("service", Restart(attempts=2, interval_seconds=1800.0, delay_seconds=15.0, mode="fail")),
        ("system", Restart(attempts=2, interval_seconds=1800.0, delay_seconds=15.0, mode="fail")),
        ("batch", Restart(attempts=3, interval_seconds=86400.0, delay_seconds=15.0, mode="fail")),
        ("sysbatch", Restart(attempts=3, interval_seconds=86400.0, delay_seconds=15.0, mode="fail")),
    ],
)
def test_the_restart_policy_depends_on_the_type_of_the_job(job_type: str, restart: Restart) -> None:
    assert task_of("", job=f'type = "{job_type}"').restart == restart


def test_what_a_task_does_not_say_has_the_defaults() -> None:
    task = task_of("")
    assert (task.resources, task.logs, task.kill_timeout_seconds) == (Resources(), Logs(), 5.0)


def test_cores_take_the_place_of_the_share_of_the_processor() -> None:
    found = task_of("resources {\ncores = 2\n}").resources
    assert found == Resources(cpu_mhz=0, cores=2, asked=frozenset({"cores"}))


def test_a_memory_limit_may_be_lifted() -> None:
    found = task_of("resources {\nmemory = 100\nmemory_max = -1\n}").resources
    assert found == Resources(memory_mb=100, memory_max_mb=-1, asked=frozenset({"memory", "memory_max"}))


@pytest.mark.parametrize("line", ["disabled = true", "enabled = false"])
def test_logs_may_be_turned_off(line: str) -> None:
    assert task_of(f"logs {{\n{line}\n}}").logs.disabled


def test_a_group_may_be_counted_down_to_nothing() -> None:
    text = 'job "j" {\ngroup "g" {\ncount = 0\ntask "t" {\ndriver = "exec"\n}\n}\n}'
    assert loads(text).job.groups[0].count == 0


def test_a_missing_count_is_the_least_that_scaling_allows() -> None:
    text = 'job "j" {\ngroup "g" {\nscaling {\nmin = 2\nmax = 3\n}\ntask "t" {\ndriver = "exec"\n}\n}\n}'
    assert loads(text).job.groups[0].count == 2


def test_a_constraint_that_only_says_no_to_distinct_hosts_is_none() -> None:
    assert task_of("constraint {\ndistinct_hosts = false\n}").constraints == ()


def test_a_destination_may_reach_the_shared_directory() -> None:
    text = 'artifact {\nsource = "https://example.com"\ndestination = "../alloc/data"\n}'
    assert task_of(text).artifacts[0].destination == "../alloc/data"


@pytest.mark.parametrize("destination", ["/etc", "${NOMAD_ALLOC_DIR}/x", "local/..", "../other"])
def test_a_destination_within_the_allocation_is_allowed(destination: str) -> None:
    text = f'artifact {{\nsource = "https://example.com"\ndestination = "{destination}"\n}}'
    assert task_of(text).artifacts[0].destination == destination


def test_a_checksum_that_interpolation_will_tell_is_left_alone() -> None:
    text = 'artifact {\nsource = "https://x"\noptions {\nchecksum = "md5:${meta.sum}"\n}\n}'
    assert task_of(text).artifacts[0].options == {"checksum": "md5:${meta.sum}"}


def test_what_means_nothing_on_one_machine_is_one_note() -> None:
    text = """
    job "j" {
      region      = "eu"
      datacenters = ["dc1"]
      update {}
      group "g" {
        update {}
        migrate {}
        task "t" {
          driver = "exec"
        }
      }
    }"""
    assert loads(text).notes == ("not acted on: region, datacenters, update, migrate",)


def test_a_job_that_says_nothing_idle_has_no_note() -> None:
    assert loads('job "j" {\ntask "t" {\ndriver = "exec"\n}\n}').notes == ()


def test_a_system_job_is_run_once_and_says_so() -> None:
    text = 'job "j" {\ntype = "system"\ntask "t" {\ndriver = "exec"\n}\n}'
    assert loads(text).notes == ("type 'system' is run as 'service': there is one machine",)


def test_what_only_says_the_default_is_no_note() -> None:
    text = (
        'job "j" {\nregion = "global"\npriority = 50\ndatacenters = ["*"]\ntask "t" {\ndriver = "exec"\n}\n}'
    )
    assert loads(text).notes == ()


@pytest.mark.parametrize("block", ["network {}", 'network { mode = "host" }', "consul {}"])
def test_a_block_that_asks_for_nothing_needs_no_ignoring(block: str) -> None:
    text = f'job "j" {{\ngroup "g" {{\n{block}\ntask "t" {{\ndriver = "exec"\n}}\n}}\n}}'
    assert loads(text).job.groups[0].name == "g"


@pytest.mark.parametrize("block", ['network { mode = "none" }', 'network {\nport "p" {}\n}'])
def test_a_network_that_asks_for_something_is_refused(block: str) -> None:
    text = f'job "j" {{\ngroup "g" {{\n{block}\ntask "t" {{\ndriver = "exec"\n}}\n}}\n}}'
    with pytest.raises(MistakeError, match="'network' is not acted on yet"):
        loads(text)


def test_a_job_as_a_server_has_it_runs_as_its_file() -> None:
    document = read_api(HELLO, "hello.hcl", canonical=True)
    found, job = from_api(document), loads(HELLO).job
    task, written = found.groups[0].tasks[0], job.groups[0].tasks[0]
    assert (task.restart, task.logs, task.env, task.kill_timeout_seconds) == (
        written.restart,
        written.logs,
        written.env,
        written.kill_timeout_seconds,
    )
    assert task.resources == attrs.evolve(written.resources, asked=frozenset({"memory"}))


def test_a_block_that_is_ignored_is_noted() -> None:
    template = 'template {\ndata = "x"\ndestination = "y"\n}'
    text = f'job "j" {{\ntask "t" {{\ndriver = "exec"\n{template}\nleader = true\n}}\n}}'
    loaded = loads(text, ignore=["template", "leader", "service"])
    assert loaded.notes == ("not acted on: leader, template",)


@pytest.mark.parametrize("lines", ["leader = false", 'shutdown_delay = "0s"'])
def test_a_key_that_asks_for_nothing_needs_no_ignoring(lines: str) -> None:
    assert task_of(lines).driver == "exec"


def test_a_file_knows_its_directory(tmp_path: Path) -> None:
    path = tmp_path / "hello.nomad.hcl"
    path.write_text(HELLO)
    assert load(path).job.source_directory == str(tmp_path)
    assert loads(HELLO).job.source_directory == ""


def test_line_ends_of_other_systems_and_a_byte_order_mark_change_nothing() -> None:
    text = b"\xef\xbb\xbf" + HELLO.replace("\n", "\r\n").encode()
    assert without_config(loads(text).job) == without_config(loads(HELLO).job)


def test_a_job_printed_as_json_is_the_same_job() -> None:
    job, document = loads(HELLO).job, read_api(HELLO, "hello.hcl")
    assert without_config(from_api(document)) == without_config(job)
    assert without_config(loads(json.dumps(document)).job) == without_config(job)
    assert from_api(document).groups[0].tasks[0].config.value == job.groups[0].tasks[0].config.value


def test_a_config_in_json_knows_its_places() -> None:
    document = json.dumps(read_api(HELLO, "hello.hcl"), indent=1)
    config = loads(document, filename="hello.json").job.groups[0].tasks[0].config
    line, column = map(int, config.where(("args", 0)).split(":")[1:])
    assert document.splitlines()[line - 1][column - 1 :] == '"-c",'


def test_a_job_in_hcls_json_is_the_same_job() -> None:
    text = """{"job": {"hello": {"type": "batch", "group": {"g": {"count": "2", "task": {"t": {
        "driver": "exec", "kill_timeout": "3s", "env": {"A": 1}, "config": {"command": "/bin/true"}}}}}}}}"""
    task = loads(text).job.groups[0].tasks[0]
    assert (task.kill_timeout_seconds, task.env, task.config.value) == (
        3.0,
        {"A": "1"},
        {"command": "/bin/true"},
    )


def test_the_values_of_json_are_exact() -> None:
    document = {"ID": "j", "TaskGroups": [{"Name": "g", "Tasks": [{"Name": "t", "Driver": "exec"}]}]}
    assert not from_api(document).groups[0].tasks[0].config.lenient
    with pytest.raises(
        MistakeError, match=r"job.j.group\[0\].count: expected a whole number, found string '3'"
    ):
        from_api({"ID": "j", "TaskGroups": [{"Name": "g", "Count": "3"}]})


def test_an_api_document_may_hold_what_a_server_filled_in() -> None:
    document = {
        "Job": {
            "ID": "j",
            "Stop": False,
            "Version": 0,
            "TaskGroups": [
                {
                    "Name": "g",
                    "Consul": {"Namespace": ""},
                    "Services": [],
                    "Tasks": [{"Name": "t", "Driver": "exec", "Leader": False, "ShutdownDelay": 0}],
                }
            ],
        }
    }
    assert from_api(document).groups[0].tasks[0].name == "t"
