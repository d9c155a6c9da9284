from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from ostler.artifacts import Policy, Request, problems, resolve, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

GOLDEN = Path(__file__).parent / "golden" / "refusals.txt"
REQUEST = Request(
    source="https://example.com/a.zip",
    destination="/d/alloc/web/local/",
    root="/d/alloc",
    where="job.nomad.hcl:7:5",
    path="job.hello.group[0].task[0].artifact[0]",
)

WRONG: tuple[Mapping[str, object], ...] = (
    {"source": "file:///etc/passwd"},
    {"source": "htps://user:password@example.com/a.zip?X-Amz-Signature=0123abc"},
    {"source": "zip://inner::simplecache::https://example.com/a.zip"},
    {"source": "git::https://example.com/repository.git"},
    {"source": "github.com/owner/repository"},
    {"source": "git@github.com:owner/repository"},
    {"source": "https://example.com/a.zip//part"},
    {"source": "/srv/a.zip"},
    {"source": "file://server/a.zip"},
    {"source": "https://example.com/"},
    {"mode": "files"},
    {"mode": "dir", "source": "https://example.com/a.txt"},
    {"options": {"archive": "rar"}},
    {"options": {"checksum": "sha256:12"}},
    {"options": {"checksum": "crc32:12345678"}},
    {"options": {"checksum": "md5:" + "0" * 32}, "checksum": "md5:" + "1" * 32},
    {"options": {"chekcsum": "md5:" + "0" * 32, "ref": "main"}},
    {"destination": "/d/alloc/web/../../x"},
    {"destination": "/d/allocation/web"},
    {"mode": "fil", "options": {"checksum": "x", "archive": "y"}, "source": "ftp://example.com/a.zip"},
)


def test_refusals_say_where_what_and_what_to_do() -> None:
    found = [str(problem) for each in WRONG for problem in problems(evolve(REQUEST, **each), Policy())]  # type: ignore[arg-type]
    assert "\n".join(found) + "\n" == GOLDEN.read_text()


def test_a_good_request_has_no_problem() -> None:
    assert problems(REQUEST, Policy()) == ()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("a.zip", "file:///jobs/a.zip"),
        ("../a.zip?checksum=md5:0", "file:///jobs/../a.zip?checksum=md5:0"),
        ("/srv/a.zip", "file:///srv/a.zip"),
        ("https://example.com/a", "https://example.com/a"),
        ("a b%20#.zip", "file:///jobs/a%20b%2520%23.zip"),
        ("git::https://example.com/a", "git::https://example.com/a"),
    ],
)
def test_a_path_is_taken_from_the_job_files_directory(source: str, found: str) -> None:
    assert resolve(source, "/jobs") == found


def test_a_source_is_shown_without_what_is_secret() -> None:
    source = "zip://x::https://me:p%40ss@example.com:8080/a.zip?sig=secret&x=1#part"
    assert shown(source) == "zip://x::https://example.com:8080/a.zip?sig=...&x=...#part"


def test_a_request_shows_no_headers() -> None:
    assert "secret" not in repr(evolve(REQUEST, headers={"Authorization": "secret"}))
