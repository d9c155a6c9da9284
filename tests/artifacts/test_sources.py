from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from ostler.artifacts import Policy, Request, problems, resolve, shown
from ostler.artifacts.sources import parse

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
    {"source": "simplecache::https://example.com/a.zip"},
    {"source": "hg::https://example.com/repository"},
    {"source": "github.com/owner"},
    {"source": "git::ext::sh -c id"},
    {"source": "git::file:///srv/repository"},
    {
        "source": "git@github.com:owner/repository?ref=--upload-pack=id&depth=all",
        "checksum": "md5:" + "0" * 32,
    },
    {"source": "s3::https://s3.amazonaws.com/bucket"},
    {"source": "https://example.com/a.txt//part"},
    {"source": "http://169.254.169.254/latest/meta-data/iam"},
    {"source": "http://metadata.google.internal/a"},
    {"source": "s3://bucket/a", "options": {"target_protocol": "file", "key": "x"}},
    {"source": "http://example.com:http/a"},
    {"source": "git::http://example.com:99999/r.git"},
    {"source": "https://[1/a"},
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
    {"options": {"reff": "main"}, "source": "github.com/owner/name"},
    {"destination": "/d/alloc/web/../../x"},
    {"destination": "/d/allocation/web"},
    {"mode": "fil", "options": {"checksum": "x", "archive": "y"}, "source": "ftp://example.com/a.zip"},
)


def test_refusals_say_where_what_and_what_to_do() -> None:
    asked = [evolve(REQUEST, **each) for each in WRONG]  # type: ignore[arg-type]
    found = [str(problem) for each in asked for problem in problems(each, Policy())]
    found = [text for text in found if "pip install" not in text]  # that is this machine's affair
    if os.environ.get("OSTLER_GOLDEN") == "write":
        GOLDEN.write_text("\n".join(found) + "\n")
    assert "\n".join(found) + "\n" == GOLDEN.read_text()


def test_an_address_of_ipv6_is_no_chain() -> None:
    assert [link.url for link in parse("zip://x::https://[2001:db8::1]:8080/a.zip").links] == [
        "zip://x",
        "https://[2001:db8::1]:8080/a.zip",
    ]


@pytest.mark.parametrize("source", [REQUEST.source, "s3://arn:aws:s3:eu-west-1:1:accesspoint/a/b.zip"])
def test_a_good_request_has_no_problem(source: str) -> None:
    found = problems(evolve(REQUEST, source=source), Policy())
    assert [each for each in found if "pip install" not in each.text] == []


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


@pytest.mark.parametrize(
    ("source", "scheme", "url", "part"),
    [
        ("github.com/owner/name", "git", "https://github.com/owner/name.git", ""),
        ("github.com/owner/name.git//a/b?ref=v1", "git", "https://github.com/owner/name.git", "a/b"),
        ("github.com/owner/name/a/b", "git", "https://github.com/owner/name.git", "a/b"),
        ("gitlab.com/owner/name", "git", "https://gitlab.com/owner/name.git", ""),
        ("git@github.com:owner/name.git//a", "git", "ssh://git@github.com/owner/name.git", "a"),
        ("git::git@github.com:owner/name.git", "git", "ssh://git@github.com/owner/name.git", ""),
        ("git::https://example.com/r.git//*/x?depth=3&x=1", "git", "https://example.com/r.git?x=1", "*/x"),
        ("git::github.com/owner/name", "git", "https://github.com/owner/name.git", ""),
        ("git://example.com/r.git", "git", "git://example.com/r.git", ""),
        ("s3::https://s3.amazonaws.com/bucket/a/b.zip", "s3", "s3://bucket/a/b.zip", ""),
        ("s3::https://s3-eu-west-1.amazonaws.com/bucket/k", "s3", "s3://bucket/k", ""),
        ("bucket.s3.amazonaws.com/a/k?aws_access_key_id=x", "s3", "s3://bucket/a/k", ""),
        ("bucket.s3-us-west-2.amazonaws.com/k", "s3", "s3://bucket/k", ""),
        ("s3::http://127.0.0.1:9000/bucket/k.zip//part", "s3", "s3://bucket/k.zip", "part"),
        ("s3://bucket/k", "s3", "s3://bucket/k", ""),
        ("www.googleapis.com/storage/v1/bucket/k", "gs", "gs://bucket/k", ""),
        ("gcs::https://www.googleapis.com/storage/v1/bucket/k", "gs", "gs://bucket/k", ""),
        ("https::https://example.com/a.zip", "https", "https://example.com/a.zip", ""),
        ("https://example.com/a.tar.gz//a-*/bin?x=1", "https", "https://example.com/a.tar.gz?x=1", "a-*/bin"),
        ("file:///srv/a.zip//part", "file", "file:///srv/a.zip", "part"),
        ("sftp://host//srv/a", "sftp", "sftp://host//srv/a", ""),
    ],
)
def test_every_spelling_of_go_getter_is_read(source: str, scheme: str, url: str, part: str) -> None:
    found = parse(source)
    assert (found.links[-1].scheme, found.links[-1].url, found.subdirectory) == (scheme, url, part)


def test_what_a_spelling_says_to_the_fetcher_is_not_left_in_the_address() -> None:
    found = parse("s3::http://127.0.0.1:9000/bucket/k?aws_access_key_id=a&aws_access_key_secret=b&region=c")
    assert found.asked == {"aws_access_key_id": "a", "aws_access_key_secret": "b", "region": "c"}
    assert found.implied == {"endpoint_url": "http://127.0.0.1:9000"}
    assert parse("bucket.s3-us-west-2.amazonaws.com/k").implied == {"region": "us-west-2"}


def test_a_key_in_a_source_without_a_scheme_is_not_shown() -> None:
    assert shown("github.com/owner/name?sshkey=c2VjcmV0&ref=v1") == "github.com/owner/name?sshkey=...&ref=..."
