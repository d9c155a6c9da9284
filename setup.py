"""Build what is in C: the launcher, a module that every Python from 3.11 on can load, and the tasks' init.

Both are optional.  Without them, also by OSTLER_PURE=1, Ostler starts tasks by a slower launcher.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext

if TYPE_CHECKING:
    from typing import Final

ROOM: Final = Path("core/ostler/executor/linux")
INIT: Final = "ostler-init"
WITHOUT_LIBC: Final = (
    *("-Os", "-std=c11", "-ffreestanding", "-fno-stack-protector", "-fno-pie"),
    *("-fno-asynchronous-unwind-tables", "-fno-unwind-tables"),
    *("-static", "-nostdlib", "-no-pie", "-s"),
    *("-Wl,--build-id=none", "-Wl,-z,noseparate-code", "-Wl,-z,noexecstack"),
)
ABI: Final = "cp311"
LAUNCHER: Final = Extension(
    "ostler.executor.linux._launch",
    sources=[str(ROOM / "native" / "launch.c")],
    depends=[str(path) for path in sorted((ROOM / "native").glob("*.[ch]"))],
    define_macros=[("Py_LIMITED_API", "0x030B0000")],
    extra_compile_args=["-std=c11"],
    py_limited_api=True,
)


class BuildNative(build_ext):
    """Build the launcher and the init, or say in one line that there will be none."""

    def run(self) -> None:
        """Build both or none: what can't be built is no part of the distribution."""
        try:
            made = self._build_init()
            super().run()
        except Exception as error:  # noqa: BLE001 - whatever a compiler, or its absence, comes up with
            self.extensions = self.distribution.ext_modules = []
            self._tell(error)
        else:
            target = Path(self.get_ext_fullpath(LAUNCHER.name)).with_name(INIT)
            target.unlink(missing_ok=True)  # rather than write into what tasks may run
            self.copy_file(str(made), str(target))

    def _build_init(self) -> Path:
        made = Path(self.build_temp) / INIT
        made.parent.mkdir(parents=True, exist_ok=True)
        compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
        flags = [*shlex.split(os.environ.get("CFLAGS", "")), *WITHOUT_LIBC]
        subprocess.run([*compiler, *flags, "-o", made, ROOM / "native" / "init.c"], check=True)
        return made

    def _tell(self, error: Exception) -> None:
        reason = str(error).partition("\n")[0]
        print(f"ostler: tasks will be started by the slower launcher: {reason:.200}", file=sys.stderr)


class Wheel(bdist_wheel):
    """Name the wheel after what could be built."""

    def run(self) -> None:
        """Build first: without a module the wheel is for every machine."""
        if self.distribution.ext_modules:
            self.run_command("build_ext")
        self.root_is_pure = not self.distribution.ext_modules
        super().run()


def wanted() -> bool:
    """Tell whether anything is to be built."""
    return sys.platform == "linux" and os.environ.get("OSTLER_PURE") != "1"


setup(
    ext_modules=[LAUNCHER] if wanted() else [],
    cmdclass={"build_ext": BuildNative, "bdist_wheel": Wheel},
    options={"bdist_wheel": {"py_limited_api": ABI}},
)
