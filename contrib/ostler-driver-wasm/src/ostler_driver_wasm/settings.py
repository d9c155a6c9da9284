"""What may be configured: in ``plugin "wasm"``, and in a task's ``config``."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from ostler.drivers import Duration, Words, setting


@frozen(kw_only=True)
class WasmSettings:
    """The ``config`` of ``plugin "wasm"``."""

    allowed_paths: tuple[str, ...] = setting(
        default=(),
        help="Absolute host paths below which a task may name its module, or directories to mount read-only.",
    )
    isolation: Literal["auto", "none", "userns", "root"] = setting(
        default="auto",
        help="What goes round the process that runs a module, which confines it anyway. auto: a private "
        "root and namespaces where this machine can give them; userns or root: refuse to run with less; "
        "none: a plain process of the host, which starts quicker.",
    )
    cache_mb: int = setting(
        default=512,
        help="How many megabytes of compiled modules to keep; the longest unused go first.",
    )


@frozen(kw_only=True)
class MountSettings:
    """One directory of the host that a task may read."""

    source: str = setting(help="The host's directory, below one of the plugin's allowed_paths.")
    target: str = setting(help="Where the module finds it, such as /data.")


@frozen(kw_only=True)
class WasmTaskSettings:
    """The ``config`` of a task."""

    module: str = setting(
        help="The module to run: a .wasm file, or text in a .wat file. Where the task sees it, such as "
        "local/app.wasm, or an absolute host path below one of the plugin's allowed_paths."
    )
    args: Words = setting(
        default=(),
        help="Arguments: a list, one scalar, or one string that is split as a shell would.",
    )
    stdin: str = setting(
        default="",
        help="The file to read standard input from, where the task sees it, such as local/input; "
        "without it the input is empty.",
    )
    timeout: Duration | None = setting(
        default=None,
        limit="timeout",
        help='Wall-clock time after which the task is ended with the reason timeout, such as "90s".',
    )
    fuel: int | None = setting(
        default=None,
        limit="timeout",
        help="How much may be executed, about one for each instruction; with more the task is ended with "
        "the reason timeout. The same input uses the same fuel on every machine.",
    )
    mount: tuple[MountSettings, ...] = setting(
        default=(), help="Directories of the host that the module may read."
    )
