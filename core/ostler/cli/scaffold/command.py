"""Write the package of a new driver, all of it or nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ostler.cli.scaffold.names import choose
from ostler.drivers.catalog import Catalog
from ostler.errors import MistakeError
from ostler.version import __version__

if TYPE_CHECKING:
    from ostler.cli.scaffold.names import Names

TEMPLATES: Final = Path(__file__).with_name("templates")
DRIVER: Final = "src/@module@/__init__.py"
FILES: Final = {
    ".github/workflows/test.yml": "workflow.yml",
    ".gitignore": "gitignore",
    "CHANGELOG.md": "CHANGELOG.md",
    "README.md": "README.md",
    "examples/hello.nomad.hcl": "hello.nomad.hcl",
    "pyproject.toml": "pyproject.toml",
    DRIVER: "driver.py",
    "src/@module@/acts.py": "acts.py",
    "src/@module@/py.typed": "py.typed",
    "tests/test_conformance.py": "test_conformance.py",
    "tests/test_driver.py": "test_driver.py",
}

SHOWN: Final = {
    DRIVER: "the driver",
    "src/@module@/acts.py": "how it does what the kit asks for",
    "tests/": "the contract as tests, and some of its own",
}


def new_driver(given: str, directory: str) -> None:
    """Write a package for a driver called ``given`` below ``directory``, and say what to do next."""
    names = choose(given, Catalog())
    target = Path(directory, names.package)
    try:
        _refuse_taken(target)
        _write(names, target)
    except OSError as error:
        text = f"the package can't be written: {error.strerror}; choose another --directory"
        raise MistakeError.single(text, where=str(target)) from error
    for line in _told(names, target):
        click.echo(line)


def _refuse_taken(target: Path) -> None:
    if target.is_dir() and not any(target.iterdir()):
        return
    if os.path.lexists(target):
        what = "not empty" if target.is_dir() else "no directory"
        text = f"is there already and is {what}; choose another name or another --directory, or remove it"
        raise MistakeError.single(text, where=str(target))


def _write(names: Names, target: Path) -> None:
    """Write everything beside the target first, so that nothing half-made is ever there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        for path, template in FILES.items():
            file = draft / _filled(path, names)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(_filled((TEMPLATES / f"{template}.template").read_text("utf-8"), names), "utf-8")
        draft.chmod(0o777 & ~_umask())
        draft.replace(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _filled(text: str, names: Names) -> str:
    series = ".".join(__version__.split(".")[:2])
    words = {
        "name": names.name,
        "package": names.package,
        "module": names.module,
        "Class": names.kind,
        "ostler": series,
    }
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text


def _umask() -> int:
    """Read the umask, which can be done only by setting it."""
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


def _told(names: Names, target: Path) -> list[str]:
    kit = all(find_spec(name) for name in ("pytest", "pytest_timeout"))
    install = "pip install -e ." if kit else "pip install -e '.[test]'"
    return [
        f"{target}: {len(FILES)} files",
        *(f"  {_filled(path, names)}: {what}" for path, what in SHOWN.items()),
        "",
        "Try it:",
        f"  cd {target}",
        f"  {install} && pytest",
        "  ostler run examples/hello.nomad.hcl",
        f"  ostler driver check {names.name}",
        "",
        f'In job files it is driver = "{names.name}". Before you publish it, see README.md.',
    ]
