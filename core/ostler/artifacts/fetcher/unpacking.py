"""Unpack archives of every format into a tree, refusing what a good archive never holds."""

from __future__ import annotations

import os
import stat
import tarfile
import zipfile
from typing import IO, TYPE_CHECKING, Final, NamedTuple

from .failures import RefusalError
from .formats import Budget, Counted, decompressed
from .tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from .channel import Progress

_LARGEST_HEADER_BYTES: Final = 1024 * 1024
_LONGEST_LINK_BYTES: Final = 4096
_EXTENDED: Final = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, b"L", b"K")
_ENCRYPTED: Final = 1
_UNIX: Final = 3
_SPECIAL: Final = "holds {!r}, which is a device or a pipe; rebuild the archive without it"
AS_IT_IS: Final = "set options archive = false to keep it as it is"


class Limits(NamedTuple):
    """How much may come out of an archive; 0 is no limit."""

    max_files: int
    max_bytes: int
    max_ratio: int


def unpack(
    archive: str, file: IO[bytes], directory: int, limits: Limits, progress: Progress
) -> dict[str, str]:
    """Unpack ``file`` (``zip``, or ``tar`` with what compressed it: ``tar.gz`` ...) into a directory.

    Returns the sha256 of each file by its path.  Raises RefusalError for what can't be read, what would
    leave the directory, and what is too much.
    """
    size = os.fstat(file.fileno()).st_size
    stream, content = (Budget(size, max_bytes=limits.max_bytes, max_ratio=limits.max_ratio) for _ in range(2))
    tree = Tree(directory, content, max_files=limits.max_files)

    def entry() -> None:
        tree.count()
        progress.tell(content.spent, None)

    try:
        if archive == "zip":
            _unzip(file, tree, entry)
        else:
            _untar(Counted(decompressed(archive.partition(".")[2], file), stream), tree, entry)
    except RefusalError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        # the libraries raise whatever their own code stumbles over in a bad archive
        msg = f"can't be read as {archive}: {str(error) or type(error).__name__}; {AS_IT_IS}"
        raise RefusalError(msg) from error
    return tree.digests


class _Header(tarfile.TarInfo):
    """A header that is not trusted with how much memory its extension may take."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Header:
        header = super().frombuf(buf, encoding, errors)
        if header.type in _EXTENDED and header.size > _LARGEST_HEADER_BYTES:
            msg = "holds a header larger than any name"
            raise RefusalError(msg)
        return header


def _untar(stream: Counted, tree: Tree, entry: Callable[[], None]) -> None:
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as archive:
        for member in archive:
            entry()
            _place_member(archive, member, tree)


def _place_member(archive: tarfile.TarFile, member: tarfile.TarInfo, tree: Tree) -> None:
    if member.isdir():
        tree.add_directory(member.name, member.mode)
    elif member.issym():
        tree.add_symlink(member.name, member.linkname)
    elif member.islnk():
        tree.add_hardlink(member.name, member.linkname)
    elif member.isfile() and (content := archive.extractfile(member)):
        with content:
            tree.add_file(member.name, member.mode, content)
    else:
        raise RefusalError(_SPECIAL.format(member.name))


def _unzip(file: IO[bytes], tree: Tree, entry: Callable[[], None]) -> None:
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            entry()
            if member.flag_bits & _ENCRYPTED:
                msg = f"holds {member.filename!r}, which is encrypted; rebuild the archive without a password"
                raise RefusalError(msg)
            _place_zipped(archive, member, tree)


def _place_zipped(archive: zipfile.ZipFile, member: zipfile.ZipInfo, tree: Tree) -> None:
    mode = member.external_attr >> 16 if member.create_system == _UNIX else 0
    if member.is_dir():
        tree.add_directory(member.filename, stat.S_IMODE(mode) or 0o755)
        return
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFLNK}:
        raise RefusalError(_SPECIAL.format(member.filename))
    with archive.open(member) as content:
        if stat.S_ISLNK(mode):
            tree.add_symlink(member.filename, os.fsdecode(content.read(_LONGEST_LINK_BYTES)))
        elif tree.add_file(member.filename, stat.S_IMODE(mode) or 0o644, content) != member.file_size:
            msg = f"{member.filename!r} is shorter than the archive says"
            raise zipfile.BadZipFile(msg)
