"""What `exec` and `raw_exec` take alike in a task's config: a command, and what it may use."""

from __future__ import annotations

from attrs import frozen

from ostler.drivers import ArtifactField, Duration, Size, Words, setting


@frozen(kw_only=True)
class CommandSettings:
    """A task's ``config``: the command and what it may use."""

    command: str = setting(
        help="The program to run: a path, or a name found in the task's local directory or its PATH. "
        "$NAME and ${NAME} of the task's environment are replaced.",
        example="/bin/echo",
    )
    args: Words = setting(
        default=(),
        help="Arguments: a list, one scalar, or one string that is split as a shell would.",
    )
    work_dir: str = setting(
        default="",
        help="The directory to start in: an absolute path, as the task sees it. By default the task's own.",
        example="/local",
    )
    timeout: Duration | None = setting(
        default=None,
        limit="timeout",
        help='Wall-clock time after which the task is ended with the reason timeout, such as "90s".',
    )
    pids_limit: int | None = setting(
        default=None,
        limit="pids",
        help="How many processes and threads the task may have; never more than the plugin's own limit.",
    )
    cpu_hard_limit: bool = setting(
        default=False,
        limit="cpu_hard",
        help="Whether resources.cpu is the most processor time that the task gets, even while nobody else "
        "wants it: its share of the machine's MHz. Reserved cores are a hard limit anyhow.",
    )
    open_files_limit: int | None = setting(
        default=None, limit="open_files", help="How many files each process of the task may have open."
    )
    core_limit: Size = setting(
        default=0,
        limit="core",
        help="How large the core dump of a process may become. By default none is written.",
        example="100MB",
    )
    disk_limit: Size | None = setting(
        default=None,
        limit="disk",
        help="How much disk the task's directory may take, with what was fetched into it. A task that takes "
        "more is ended with the reason disk_limit. What it writes to the shared alloc/ does not count.",
        example="500MB",
    )
    inodes_limit: int | None = setting(
        default=None,
        limit="inodes",
        help="How many files and directories the task's directory may hold. A task that makes more is ended "
        "with the reason disk_limit.",
    )
    output_limit: Size | None = setting(
        default=None,
        limit="output",
        help="How much the task may write to stdout and stderr together. A task that writes more is ended "
        "with the reason output_limit.",
        example="50MB",
    )
    artifact_source: str = setting(
        default="",
        artifact=ArtifactField(checksum="checksum", mode="file", destination="local/", executable=True),
        help="The URL of one file to fetch into local/ and make executable, as Nomad 0.2 had it; "
        "the artifact block can do more.",
    )
    checksum: str = setting(
        default="",
        help="What artifact_source must hash to: type:hex, the type md5, sha1, sha256 or sha512.",
    )
