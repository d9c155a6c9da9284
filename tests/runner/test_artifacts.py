"""Artifacts as a job asks for them, fetched on the way to a task."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import frozen

from ostler import Client, hookimpl
from ostler.artifacts.cache import Cache, verify
from ostler.drivers import ArtifactField, Capabilities, Exit, TaskHandle, setting
from ostler.errors import MistakeError, OstlerError
from ostler.runner import telling
from ostler.runner.telling import Telling
from tests.artifacts.lines import Manner, serving
from tests.artifacts.site import Site
from tests.runner.drivers import Polite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler import Event
    from ostler.drivers import Task

AGENT = """
client {
  artifact {
    allowed_schemes = ["file"]
    allowed_paths   = ["."]
  }
}
plugin "raw_exec" {
  config {
    enabled = true
  }
}
"""
JOB = """
job "reader" {
  type = "batch"
  group "reader" {
    task "reader" {
      driver = "raw_exec"
      artifact {
        source = "words.txt"
        %s
      }
      config {
        command = "/bin/sh"
        args    = ["-c", "cat local/*"]
      }
      restart {
        attempts = 0
      }
    }
  }
}
"""


@pytest.mark.parametrize(
    "settings",
    [
        "",
        'mode = "file"',
        'mode = "file"\n destination = "local/renamed"',
        'mode = "any"\n destination = "local/"',
        'destination = "${NOMAD_TASK_DIR}"',
    ],
)
def test_a_file_beside_the_job_is_fetched(settings: str, tmp_path: Path, data_dir: Path) -> None:
    (tmp_path / "agent.hcl").write_text(AGENT)
    (tmp_path / "words.txt").write_text("some words")
    job = tmp_path / "job.nomad.hcl"
    job.write_text(JOB % settings)
    with Client(tmp_path / "agent.hcl", data_dir=data_dir) as client:
        result = client.run(job)
    assert (result.output, result.failure) == (b"some words", "")


SECRETIVE = """
client {
  artifact {
    secret "token" {
      file  = "token"
      hosts = ["127.0.0.1"]
    }
  }
}
plugin "raw_exec" {
  config {
    enabled = true
  }
}
"""


def test_a_job_names_a_secret_that_it_never_sees(tmp_path: Path, data_dir: Path, site: Site) -> None:
    (tmp_path / "agent.hcl").write_text(SECRETIVE)
    (tmp_path / "token").write_text("s3cr3t\n")
    job = tmp_path / "job.nomad.hcl"
    asked = 'headers {\n X-Token = "a ${secret.token}"\n }'
    (site.directory / "words.txt").write_text("some words")
    job.write_text(JOB.replace("words.txt", f"{site.url}/words.txt") % asked)
    with Client(tmp_path / "agent.hcl", data_dir=data_dir) as client:
        result = client.run(job)
        job.write_text(job.read_text().replace("secret.token", "secret.tokn"))
        with pytest.raises(OstlerError, match=r"there is no secret 'tokn'; did you mean 'token'\?"):
            client.validate(job)
    assert (result.output, result.failure) == (b"some words", "")
    assert site.asked[0][2]["X-Token"] == "a s3cr3t"
    assert "s3cr3t" not in "".join(path.read_text("utf-8", "replace") for path in written(data_dir))


def written(directory: Path) -> list[Path]:
    """List what is written below a directory."""
    return [path for path in directory.rglob("*") if path.is_file()]


MANY = """
job "many" {
  type = "batch"
  group "many" {
    restart {
      attempts = 1
      delay    = "100ms"
      interval = "10s"
      mode     = "fail"
    }
    task "many" {
      driver = "raw_exec"
      %s
      config {
        command = "/bin/sh"
        args    = ["-c", "cat local/*"]
      }
    }
  }
}
"""
WEB = AGENT.replace('["file"]', '["http"]')


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    server = Site(tmp_path)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="site")
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def many(tmp_path: Path, sources: list[str]) -> Path:
    (tmp_path / "agent.hcl").write_text(WEB)
    job = tmp_path / "job.nomad.hcl"
    job.write_text(MANY % "\n".join(f'artifact {{\n source = "{each}"\n}}' for each in sources))
    return job


def test_one_that_fails_is_tried_again_and_the_others_stay(
    site: Site, tmp_path: Path, data_dir: Path
) -> None:
    (tmp_path / "a.txt").write_text("some ")
    job = many(tmp_path, [f"{site.url}/a.txt", f"{site.url}/busy-once"])
    with Client(tmp_path / "agent.hcl", data_dir=data_dir) as client:
        result = client.run(job)
    assert (result.output, result.failure) == (b"some calm", "")
    assert [path for _, path, _ in site.asked].count("/a.txt") == 1


def test_no_more_than_three_are_fetched_at_a_time(site: Site, tmp_path: Path, data_dir: Path) -> None:
    job = many(tmp_path, [f"{site.url}/crowd?{number}" for number in range(5)])
    job.write_text(job.read_text().replace("source", 'destination = "local/x"\nmode = "file"\nsource'))
    with Client(tmp_path / "agent.hcl", data_dir=data_dir) as client:
        assert client.run(job).failure == ""
    assert site.most_at_once == 3


def test_a_second_run_gets_it_from_the_cache(site: Site, tmp_path: Path, data_dir: Path) -> None:
    (tmp_path / "a.txt").write_text("some words")
    checksum = hashlib.sha256(b"some words").hexdigest()
    job = many(tmp_path, [f"{site.url}/a.txt?checksum=sha256:{checksum}"])
    with Client(tmp_path / "agent.hcl", data_dir=data_dir) as client:
        assert [client.run(job).output for _ in range(2)] == [b"some words"] * 2
    assert len(site.asked) == 1


def test_what_an_earlier_try_brought_is_told(tmp_path: Path, data_dir: Path) -> None:
    content = b"some words" * 100
    with serving(Manner(content, sent=400), Manner(content)) as lines:
        job = many(tmp_path, [lines.url])
        events: list[Event] = []
        with Client(tmp_path / "agent.hcl", data_dir=data_dir) as client:
            assert client.run(job, on_event=events.append).output == content
    last = [event for event in events if event.type == "Downloading Artifacts"][-1]
    said = "(1.0 kB, of which 400 B were kept from an earlier try)"
    assert last.message == f"fetched {lines.url} {said}"
    assert (last.details["bytes"], last.details["kept"], last.details["cached"]) == ("1000", "400", "false")


def test_what_is_being_unpacked_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "_EVERY_SECONDS", 0.0)
    told: list[str] = []

    async def tell() -> None:
        said = Telling("http://host/a.tgz", lambda _, message, __: told.append(message))
        said.progress({"step": "fetching", "bytes": 10, "total": 20})
        said.progress({"step": "unpacking", "bytes": 2_000_000, "total": None})
        await asyncio.sleep(0)

    asyncio.run(tell())
    assert told == ["fetching http://host/a.tgz: 10 B of 20 B", "unpacking http://host/a.tgz: 2.0 MB"]


def test_nothing_is_kept_where_the_operator_does_not_want_it(
    site: Site, tmp_path: Path, data_dir: Path
) -> None:
    (tmp_path / "a.txt").write_text("some words")
    checksum = hashlib.sha256(b"some words").hexdigest()
    job = many(tmp_path, [f"{site.url}/a.txt?checksum=sha256:{checksum}"])
    agent = tmp_path / "agent.hcl"
    agent.write_text(agent.read_text().replace("  artifact {", "  artifact {\ncache {\nenabled = false\n}\n"))
    with Client(agent, data_dir=data_dir) as client:
        assert [client.run(job).output for _ in range(2)] == [b"some words"] * 2
    assert len(site.asked) == 2
    assert not (data_dir / "artifacts").exists()


POWERFUL = """
job "spoiler" {
  type = "batch"
  group "spoiler" {
    task "spoiler" {
      driver = "exec"
      user   = "nobody"
      artifact {
        source = "%s"
      }
      config {
        command = "/bin/sh"
        args    = ["-c", "printf spoilt > local/a.txt && cat local/a.txt"]
        cap_add = ["dac_override"]
      }
      resources {
        memory = 64
      }
    }
  }
}
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts tasks as others, and links what is kept")
def test_a_task_with_more_power_than_its_user_has_can_not_spoil_the_cache(
    site: Site, tmp_path: Path, data_dir: Path
) -> None:
    (tmp_path / "a.txt").write_text("some words")
    checksum = hashlib.sha256(b"some words").hexdigest()
    many(tmp_path, [])
    job = tmp_path / "job.nomad.hcl"
    job.write_text(POWERFUL % f"{site.url}/a.txt?checksum=sha256:{checksum}")
    agent = tmp_path / "agent.hcl"
    agent.write_text(agent.read_text() + 'plugin "exec" {\n config {\n limits = "best_effort"\n }\n}\n')
    with Client(agent, data_dir=data_dir) as client:
        result = client.run(job)
    assert (result.output, result.failure) == (b"spoilt", "")
    assert [each.differing for each in verify(Cache(directory=data_dir / "artifacts").store)] == [()]


WRONG = """
job "wrong" {
  group "wrong" {
    task "wrong" {
      driver = "raw_exec"
      artifact {
        source      = "https://me:s3cr3t@example.com/a.txt"
        mode        = "dir"
        options {
          chekcsum = "x"
          archive  = "rar"
        }
        headers {
          X-Token = "${secret.token}"
        }
      }
      artifact {
        source = "gopher://example.com/a"
      }
      config {
        command = "/bin/true"
      }
    }
  }
}
"""


def test_a_mistake_points_at_the_key_and_shows_no_line_that_may_hold_a_credential(
    tmp_path: Path, data_dir: Path
) -> None:
    many(tmp_path, [])
    job = tmp_path / "job.nomad.hcl"
    job.write_text(WRONG)
    with Client(tmp_path / "agent.hcl", data_dir=data_dir) as client, pytest.raises(MistakeError) as caught:
        client.validate(job)
    where = [
        (each.where.partition(".hcl:")[2], each.path.rpartition("artifact")[2])
        for each in caught.value.problems
    ]
    assert where == [
        ("7:23", "[0].source"),
        ("8:23", "[0].mode"),
        ("10:22", "[0].options.chekcsum"),
        ("11:22", "[0].options.archive"),
        ("14:21", "[0].headers.X-Token"),
        ("18:18", "[1].source"),
    ]
    assert "s3cr3t" not in (shown := caught.value.shown())
    assert '8 |         mode        = "dir"' in shown


class Undeclared(Polite):
    """Notes how many names the file has that it was given, and ends at once."""

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        self.asked.append(("names", Path(task.directories.local, "a.txt").stat().st_nlink))
        self.ended[task.id] = Exit(code=0)
        return super().start(task)


class Declared(Undeclared):
    capabilities = Capabilities(widened_by=frozenset())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts tasks as others, and links what is kept")
@pytest.mark.parametrize(("driver", "names"), [(Undeclared, 1), (Declared, 2)])
def test_only_a_driver_that_declares_what_its_tasks_can_do_gets_the_caches_own_file(
    site: Site, tmp_path: Path, data_dir: Path, driver: type[Undeclared], names: int
) -> None:
    (tmp_path / "a.txt").write_text("some words")
    checksum = hashlib.sha256(b"some words").hexdigest()
    job = many(tmp_path, [f"{site.url}/a.txt?checksum=sha256:{checksum}"])
    text = job.read_text().replace('driver = "raw_exec"', 'driver = "noting"\n user = "nobody"')
    job.write_text(text[: text.index("      config {")] + "    }\n  }\n}\n")
    with Client(tmp_path / "agent.hcl", data_dir=data_dir, drivers={"noting": driver}) as client:
        assert client.run(job).failure == ""
    assert ("names", names) in driver.asked


@frozen
class Program:
    source: str = setting(help="The program.", artifact=ArtifactField())


class Fetching(Polite):
    task_settings = Program


def test_what_a_drivers_own_field_asks_for_is_checked_before_anything_runs(data_dir: Path) -> None:
    job = 'job "j" {\n task "t" {\n driver = "fetching"\n config {\n source = "gopher://x/y"\n }\n }\n}\n'
    with Client(data_dir=data_dir, drivers={"fetching": Fetching}) as client:
        with pytest.raises(MistakeError, match=r":5:11: .*config\.source: .*: the scheme 'gopher'"):
            client.validate(job)
        assert client.validate(job.replace("gopher", "https")) == ()
