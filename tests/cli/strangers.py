"""Driver packages of strangers, put where a command finds them."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SETTINGS: Final = dedent('''
    """A driver that has a setting of every kind."""

    from collections.abc import Mapping
    from enum import Enum
    from typing import Any, Literal

    from attrs import frozen

    from ostler.drivers import ArtifactField, Capabilities, Deprecated, Duration, Enforcement, Fingerprint
    from ostler.drivers import Health, LimitSupport, ProcessHooks, TaskHandle, Words, hookimpl, setting
    from ostler.executor import Command, Isolation, Tier


    class Colour(Enum):
        RED = "red"
        GREEN = "green"


    @frozen(kw_only=True)
    class Login:
        """How to log in."""

        user: str = setting(help="The name to log in with.", example="me")
        password: str = setting(help="The password.", default="hunter2", secret=True)


    @frozen(kw_only=True)
    class Volume:
        """A place on the host."""

        source: str = setting(help="Where it is on the host.")
        mode: Literal["ro", "rw"] = setting(help="Whether it may be written to.", default="ro")
        writable: bool = setting(
            help="Whether it may be written to.",
            default=False,
            deprecated=Deprecated(since="1.1", until="2.0", instead="mode"),
        )
        within: "tuple[Volume, ...]" = setting(help="What lies in it.", default=())


    @frozen(kw_only=True)
    class Plugin:
        """The plugin block."""

        token: str = setting(help="What the server lets in.", default="hunter2", secret=True)
        pin: int = setting(help="The number on the card.", secret=True)
        login: Login = setting(help="Who to be.")
        colour: Colour = setting(help="What it looks like.", default=Colour.RED)
        labels: Mapping[str, str] = setting(help="Free words.", factory=lambda: {"a": "${b}"})
        address: str = setting(
            help="Where the server is.",
            default="",
            deprecated=Deprecated(since="1.2", until="2.0", instead="server"),
        )
        server: str = setting(help='The server, such as "https://acme.example".', default="")


    @frozen(kw_only=True)
    class Task:
        """A task's config."""

        image: str = setting(
            help="What to run.",
            example="https://acme.example/tool",
            artifact=ArtifactField(checksum="checksum", destination="local/tool"),
        )
        checksum: str = setting(help="What the image hashes to.", default="")
        volume: tuple[Volume, ...] = setting(help="What it sees of the host.", default=())
        args: Words = setting(help="Its arguments.", default=("a", "b c"))
        ports: tuple[int, ...] = setting(help="Its ports.")
        share: float = setting(help="Its part of the whole.", default=0.5)
        fast: bool = setting(help="Whether to hurry.", default=False)
        timeout: Duration | None = setting(help="How long it may take.", default=None, limit="timeout")
        key: str = setting(help="What opens it.", default="", secret=True)
        colour: Literal["red", "green"] = setting(
            help="What it looks like.",
            default="red",
            deprecated=Deprecated(since="1.3", until="2.0", instead="paint"),
        )
        pause: Duration = setting(help="How long it waits.", default=5400.0)
        anything: Any = setting(help="Whatever you like.", default=None)


    class Acme(ProcessHooks):
        """Run a tool of Acme's.

        It needs their server.
        """

        settings = Plugin
        task_settings = Task
        capabilities = Capabilities(
            signals=True, limits=LimitSupport(timeout=Enforcement.WATCHED, memory=Enforcement.COUNTED)
        )

        @hookimpl
        def fingerprint(self):
            return Fingerprint(health=Health.HEALTHY)

        @hookimpl
        def validate(self, task):
            pass

        @hookimpl
        def start(self, task):
            command = Command(
                id=task.id,
                argv=("/bin/echo", "ran"),
                env=task.environment,
                cwd=task.directories.task,
                stdout=task.stdout_path,
                stderr=task.stderr_path,
                isolation=Isolation(minimum=Tier.NONE),
            )
            process = self.context.executor.start(command)
            return TaskHandle(task_id=task.id, driver=self.context.name, process=process)
''').lstrip()


def install(
    folder: Path,
    name: str,
    version: str,
    *,
    modules: Mapping[str, str],
    groups: Mapping[str, Mapping[str, str]],
) -> str:
    """Write a distribution into ``folder``; returns what PYTHONPATH has to hold."""
    metadata = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = [
        line
        for group, points in groups.items()
        for line in (f"[{group}]", *(f"{point} = {target}" for point, target in points.items()))
    ]
    (metadata / "entry_points.txt").write_text("\n".join([*lines, ""]))
    for module, source in modules.items():
        (folder / f"{module}.py").write_text(source)
    return str(folder)


def acme(folder: Path) -> str:
    """Install the driver with a setting of every kind."""
    points = {"ostler.drivers.v1": {"acme": "acme_driver:Acme"}}
    return install(folder, "acme-driver", "1.3", modules={"acme_driver": SETTINGS}, groups=points)


WRONG: Final = dedent('''
    """Drivers that keep the contract but for one sentence each."""

    import os

    from ostler.drivers import TaskStatus, hookimpl
    from ostler_drivers.mock_driver import MockDriver


    class Confused(MockDriver):
        """Takes every task for one that runs, and measures nonsense."""

        @hookimpl
        def inspect(self, handle):
            return TaskStatus(running=True)

        @hookimpl
        def stats(self, handle):
            raise ValueError("no idea")


    class Fatal(MockDriver):
        """Ends the process of its host."""

        @hookimpl
        def signal(self, handle, request):
            os._exit(7)


    class Dead(MockDriver):
        """Can't be constructed."""

        def __init__(self, context):
            raise OSError("no server at acme.example:443")
''').lstrip()
NAMES: Final = ("confused", "fatal", "dead")


def wrong(folder: Path) -> str:
    """Install the wrong drivers."""
    drivers = {name: f"wrong_driver:{name.capitalize()}" for name in NAMES}
    acts = dict.fromkeys(NAMES, "ostler_drivers.acts:mock")
    groups = {"ostler.drivers.v1": drivers, "ostler.conformance.v1": acts}
    return install(folder, "wrong-driver", "0.9", modules={"wrong_driver": WRONG}, groups=groups)
