"""Read any scheme that fsspec or a package that extends it knows, by one path for all of them."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, Final

from . import shells
from .failures import RefusalError
from .packages import needs
from .partial import Validator
from .sink import BLOCK_BYTES
from .streams import copy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .formats import Budget
    from .sink import Sink

_BY_SSH: Final = frozenset({"sftp", "ssh"})
# What a file system tells of a file: the names differ from one to the next.
_ETAGS: Final = ("ETag", "etag", "Content-MD5", "content_md5", "md5Hash", "checksum", "sha")
_TIMES: Final = ("LastModified", "last_modified", "mtime", "modify", "updated", "modified")


class Generic:
    """A source that fsspec opens; ``options`` are its file system's, ``budget`` limits what it gives."""

    def __init__(
        self,
        url: str,
        options: Mapping[str, str],
        request: Mapping[str, Any],
        budget: Budget | None = None,
    ) -> None:
        self._url = url
        self._options = options
        self._request = request
        self._budget = budget

    def read(self, sink: Sink, known: Validator, remember: Callable[[Validator], None]) -> None:
        """Read all, or go on where the sink ends, if the file is still the one that ``known`` tells of."""
        system, path = self._opened()
        found = _described(system, path)
        options = {"block_size": BLOCK_BYTES, "cache_type": "readahead"}
        with system.open(path, "rb", **options) as file:
            if known.same(found) and sink.received and _seek(file, sink.received):
                pass
            else:
                sink.restart()
                remember(found)
            sink.total = found.size
            copy(_filling(file, self._budget), sink)
        if found.size is not None and sink.received < found.size:
            msg = "ended too early"
            raise EOFError(msg)

    def _opened(self) -> tuple[Any, str]:
        from fsspec.core import url_to_fs
        from fsspec.registry import get_filesystem_class

        scheme = re.split("::|://", self._url, maxsplit=1)[0]
        try:
            if scheme in _BY_SSH:
                shells.register(self._request["known_hosts"], insecure=self._request["insecure"])
            options = typed(self._options, get_filesystem_class(scheme))
            if scheme in _BY_SSH:
                options = shells.options(options, self._request["scratch"])
            given = {scheme: options} if options else {}
            system, path = url_to_fs(self._url, skip_instance_cache=True, **given)
        except TypeError as error:
            msg = f"{error}; check the options of the scheme {scheme!r}"
            raise RefusalError(msg) from error
        except (ImportError, ValueError) as error:
            raise _uninstalled(scheme, error) from error
        return system, path


def _described(system: Any, path: str) -> Validator:  # noqa: ANN401 - of fsspec
    found = system.info(path)
    if found.get("type") == "directory":
        msg = "is a directory; name a file or an archive"
        raise RefusalError(msg)
    etag = next((str(found[name]) for name in _ETAGS if found.get(name)), "")
    modified = next((str(found[name]) for name in _TIMES if found.get(name)), "")
    size = found.get("size")
    return Validator(etag, modified, size if isinstance(size, int) else None)


def _seek(file: Any, position: int) -> bool:  # noqa: ANN401 - of fsspec
    try:
        return bool(file.seek(position) == position)
    except (OSError, ValueError, AttributeError):
        return False


def _filling(file: Any, budget: Budget | None) -> Callable[[memoryview], int]:  # noqa: ANN401 - of fsspec
    def fill(view: memoryview) -> int:
        block = file.read(len(view))
        if budget:
            budget.spend(len(block))
        view[: len(block)] = block
        return len(block)

    return fill


def typed(options: Mapping[str, str], kind: Any) -> dict[str, Any]:  # noqa: ANN401 - a class of fsspec
    """Turn a job's texts into what the file system takes: a dotted name is a mapping inside one.

    A text becomes a number or a bool where the default of the parameter is one, as in HCL.
    """
    parameters = inspect.signature(kind.__init__).parameters
    found: dict[str, Any] = {}
    for name, text in options.items():
        *outer, last = name.split(".")
        inside = found
        for each in outer:
            inside = inside.setdefault(each, {})
        default = parameters[name].default if name in parameters else None
        inside[last] = _converted(text, default)
    return found


def _converted(text: str, default: object) -> object:
    if text in {"true", "false"} and not isinstance(default, str):
        return text == "true"
    if isinstance(default, int | float) and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return type(default)(float(text)) if "." in text else int(text)
    return text


def _uninstalled(scheme: str, error: Exception) -> RefusalError:
    if isinstance(error, ImportError):
        unknown = f"the scheme {scheme!r} needs a package that is not installed: {error}"
        return RefusalError(needs(scheme) or unknown)
    return RefusalError(f"{error}; check the scheme {scheme!r}")
