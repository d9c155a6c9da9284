"""Functions of files and their paths; those that look at the machine refuse untrusted texts."""

from __future__ import annotations

import os
import stat

from ostler.hcl.datum import TypedSet
from ostler.hcl.functions import Function, FunctionError, Parameter
from ostler.hcl.functions.arguments import short
from ostler.hcl.types import STRING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from ostler.hcl.environment import Environment

_BLOCK: Final = 1 << 20


def _abspath(environment: Environment, path: str) -> str:
    """Give the path from the root on; a relative one starts at the current directory, as in Nomad.

    abspath("/srv/../etc") -> "/etc"

    Refused in an untrusted text.
    Source: go-cty-funcs AbsPathFunc, Go filepath.Abs.
    """
    _trusted(environment, "abspath")
    if path.startswith("/"):
        return clean(path)
    try:
        here = os.getcwd()  # noqa: PTH109 - Path would be imported for this alone
    except OSError:
        msg = "the current directory is gone"
        raise FunctionError(msg, 0) from None
    return clean(f"{here}/{path}")


def _basename(path: str) -> str:
    """Give the last part of a path.

    basename("/etc/nomad.d/client.hcl") -> "client.hcl"
    basename("a/b/") -> "b"

    Source: go-cty-funcs BasenameFunc, Go filepath.Base.
    """
    if not path:
        return "."
    return path.rstrip("/").rpartition("/")[2] or "/"


def _dirname(path: str) -> str:
    """Give a path without its last part.

    dirname("/etc/nomad.d/client.hcl") -> "/etc/nomad.d"
    dirname("client.hcl") -> "."

    Source: go-cty-funcs DirnameFunc, Go filepath.Dir.
    """
    head, slash, _ = path.rpartition("/")
    return clean(head + slash)


def _file(environment: Environment, path: str) -> str:
    """Give the text of a file (UTF-8); a relative path starts at the job file's directory, `~` at home.

    fileexists("README") ? file("README") : "" -> ""

    Errors: there is no such file, it can't be read, it is no regular file, its bytes are no UTF-8
    (`filebase64` reads it then), and in an untrusted text any call.
    Source: go-cty-funcs MakeFileFunc.
    """
    data = _read(environment, path, "file")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        msg = f"the bytes of {short(path)} are no text (UTF-8); filebase64 reads them"
        raise FunctionError(msg, 0) from None


def _filebase64(environment: Environment, path: str) -> str:
    """Give the bytes of a file, written in base64; see `file` for the path and the errors.

    fileexists("README") ? filebase64("README") : "" -> ""

    Source: go-cty-funcs MakeFileFunc.
    """
    import binascii

    return binascii.b2a_base64(_read(environment, path, "filebase64"), newline=False).decode("ascii")


def _fileexists(environment: Environment, path: str) -> bool:
    """Tell whether there is a regular file at the path; see `file` for the path.

    fileexists("/etc/no such file") -> false

    A directory, or what can't be looked at, is an error. Refused in an untrusted text.
    Source: go-cty-funcs MakeFileExistsFunc.
    """
    _trusted(environment, "fileexists")
    place = _place(environment, path)
    try:
        mode = os.stat(place).st_mode  # noqa: PTH116 - Path would be imported for this alone
    except FileNotFoundError:
        return False
    except OSError as error:
        raise FunctionError(_why(error, place), 0) from None
    if not stat.S_ISREG(mode):
        raise FunctionError(_no_file(place), 0)
    return True


def _fileset(environment: Environment, path: str, pattern: str) -> TypedSet:
    """Give the regular files below a directory whose path from there matches a pattern.

    fileset("/no such directory", "**") -> convert([], set(string))

    A relative directory starts at the job file's. In the pattern, `*` and `?` stand for letters of one
    name, `[a-z]` and `[^a]` for one letter, `{a,b}` for either, and `**` for any directories, also none.
    Names that begin with a dot are names like others; symbolic links are followed, but not in a circle.
    Directories that can't be read count as empty. Refused in an untrusted text.
    Source: go-cty-funcs MakeFileSetFunc, doublestar.
    """
    from ostler.hcl.functions.globs import find

    _trusted(environment, "fileset")
    start = path if path.startswith("/") else os.path.join(environment.directory, path)  # noqa: PTH118 - no Path
    return TypedSet(find(environment, clean(start), pattern), STRING)


def _pathexpand(environment: Environment, path: str) -> str:
    """Put the home directory in the place of a `~` at the beginning of a path.

    pathexpand("/etc/~") -> "/etc/~"

    `~name`, another's home, is an error. Refused in an untrusted text.
    Source: go-cty-funcs PathExpandFunc, go-homedir.
    """
    _trusted(environment, "pathexpand")
    return _expanded(path)


def clean(path: str) -> str:
    """Give the shortest path that means the same (Go filepath.Clean)."""
    found = os.path.normpath(path)
    return found[1:] if found.startswith("//") else found


def _expanded(path: str) -> str:
    if not path.startswith("~"):
        return path
    if path[1:2] not in {"", "/"}:
        msg = "the home of another user can't be looked up; write ~ or ~/... for your own"
        raise FunctionError(msg, 0)
    home = os.path.expanduser("~")  # noqa: PTH111 - Path would be imported for this alone
    return clean(home + path[1:]) if path[1:] else home


def _trusted(environment: Environment, name: str) -> None:
    if environment.trust != "trusted":
        msg = f"{name} looks at this machine, which neither an untrusted text nor a validation may do"
        raise FunctionError(msg)


def _place(environment: Environment, path: str) -> str:
    if "\0" in path:
        msg = "a path can't hold the character U+0000"
        raise FunctionError(msg, 0)
    return clean(os.path.join(environment.directory, _expanded(path)))  # noqa: PTH118 - no Path


def _read(environment: Environment, path: str, name: str) -> bytes:
    _trusted(environment, name)
    place = _place(environment, path)
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe would wait
    except OSError as error:
        raise FunctionError(_why(error, place), 0) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FunctionError(_no_file(place), 0)
        return _all(environment, descriptor)
    except OSError as error:
        raise FunctionError(_why(error, place), 0) from None
    finally:
        os.close(descriptor)


def _all(environment: Environment, descriptor: int) -> bytes:
    blocks: list[bytes] = []
    while block := os.read(descriptor, _BLOCK):
        environment.build(len(block))
        blocks.append(block)
    return b"".join(blocks)


def _why(error: OSError, place: str) -> str:
    if isinstance(error, FileNotFoundError):
        return f"there is no file {short(place)}"
    return f"{short(place)} can't be read: {error.strerror}"


def _no_file(place: str) -> str:
    return f"{short(place)} is no regular file"


_PATH: Final = Parameter("path", STRING)
FUNCTIONS: Final = {
    "abspath": Function(_abspath, _PATH, environment=True),
    "basename": Function(_basename, _PATH),
    "dirname": Function(_dirname, _PATH),
    "file": Function(_file, _PATH, environment=True),
    "filebase64": Function(_filebase64, _PATH, environment=True),
    "fileexists": Function(_fileexists, _PATH, environment=True),
    "fileset": Function(_fileset, _PATH, Parameter("pattern", STRING), environment=True),
    "pathexpand": Function(_pathexpand, _PATH, environment=True),
}
