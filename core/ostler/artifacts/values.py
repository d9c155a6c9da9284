"""What is asked of the fetcher, and what the operator allows."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from attrs import Factory, field, frozen

from ostler.artifacts.fetcher.redaction import redact
from ostler.errors import Problem


@frozen(kw_only=True)
class Request:
    """One artifact to fetch.

    ``source`` is a URL (``resolve`` makes one of a relative path), or links chained by ``::``.
    ``destination`` is a host path below ``root``, the allocation's directory, which itself is trusted:
    no link below it is followed.  With mode ``file`` it is the file's own path,
    or a directory if it ends with ``/``.  ``mode`` is ``any``, ``file`` or ``dir``.  ``options`` may hold
    ``checksum`` (``type:hex``), ``archive`` (a format, or ``false``) and ``filename``; ``checksum`` is
    the same as the option.  ``owner`` is the (uid, gid) that what is fetched is given to.  ``users`` are
    the uids of all tasks that will see it, None where not all are known: they decide whether a cache may
    place its own file.  ``where`` (``file:line:column``) and ``path`` (dotted) open every error, or those of
    the key that it is about, where ``places`` has them: by ``source``, ``mode``, ``options.checksum`` and the
    like.  ``label`` is what errors call the source where that is not the source itself.
    """

    source: str
    destination: str
    root: str
    mode: str = "any"
    options: Mapping[str, str] = Factory(dict)
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    insecure: bool = False
    checksum: str = ""
    executable: bool = False
    owner: tuple[int, int] | None = None
    users: frozenset[int] | None = None
    where: str = ""
    path: str = ""
    places: Mapping[str, tuple[str, str]] = field(factory=dict, eq=False, repr=False)
    label: str = ""

    def key(self, option: str) -> str:
        """Name what says an option: the block's options, or else the query of its source."""
        return f"options.{option}" if option in self.options else "source"

    def problem(self, key: str, text: str) -> Problem:
        """Describe what is wrong with a key."""
        where, path = self.places.get(key, (self.where, self.path))
        return Problem(where, path, f"artifact {self.shown}: {text}")

    @property
    def shown(self) -> str:
        """The source as a person may see it."""
        return self.label or redact(self.source)


@frozen(kw_only=True)
class Fetched:
    """What came of fetching an artifact.

    ``size_bytes`` is what its source gave, before anything was unpacked; of what was ``cached`` already, what
    was placed.  ``kept_bytes`` of it were there from an earlier try that was cut, by the line or by a kill,
    and did not come again.
    """

    artifact: str
    size_bytes: int
    kept_bytes: int = 0
    cached: bool = False


@frozen(kw_only=True)
class Secret:
    """A credential of the operator's: in a variable, a file, or what a command prints.

    ``hosts`` are the names that it may be shown to (``*.example.com`` for all of a domain, ``*`` for
    every one), ``schemes`` those by which, all where none is named.
    """

    env: str = ""
    file: str = ""
    command: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    def is_for(self, host: str) -> bool:
        """Tell whether it may be shown to a host."""
        return any(fnmatchcase(host.lower(), each.lower()) for each in self.hosts)


@frozen(kw_only=True)
class Policy:
    """What the operator allows.

    ``schemes`` holds for every link of a chain and for every redirect; ``file`` reads only below
    ``file_paths``.  ``hosts`` are the names that may be connected to (``*.example.com`` for all of a
    domain), all where none is named.  Link-local addresses are always refused, loopback and private ones
    unless ``allow_private``.  ``netrc`` is a file with users and passwords by host, or empty;
    ``known_hosts`` one with the keys of hosts that ssh connects to.  ``secrets`` are what a job may name as
    ``${secret.NAME}``.  ``confined`` asks the kernel (Landlock) to hold the fetcher to the files it needs,
    and ``extra_paths`` adds some (``d:r:/path``); ``environment`` names variables that it sees.  A limit of
    0 is none.  ``max_ratio`` is how many times larger than its archive what is unpacked may grow, once it
    is larger than 100 MiB.  ``stall_seconds`` is how long no byte may come, ``timeout_seconds`` how long
    all of it may take.
    """

    schemes: frozenset[str] = frozenset({"gcs", "git", "gs", "http", "https", "s3", "tar", "zip"})
    file_paths: tuple[str, ...] = ()
    max_size_bytes: int = 100 * 10**9
    max_files: int = 4096
    max_unpacked_bytes: int = 100 * 10**9
    max_ratio: int = 1000
    hosts: tuple[str, ...] = ()
    allow_private: bool = True
    netrc: str = ""
    known_hosts: str = ""
    secrets: Mapping[str, Secret] = field(factory=dict, repr=False)
    confined: bool = True
    extra_paths: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    stall_seconds: float = 30.0
    timeout_seconds: float | None = None
