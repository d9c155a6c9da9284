"""Read a driver's settings out of a configuration block, and name every mistake in it with its place."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, get_type_hints

import attrs
from attrs import Factory, frozen

from ostler.drivers.conversion import DeferredError, SeveralBlocksError, UnexpectedError, converter
from ostler.drivers.fields import declared
from ostler.drivers.kinds import Path, block_class
from ostler.drivers.secrecy import shown_place
from ostler.drivers.shown import one_line
from ostler.errors import DriverError, MistakeError, Problem
from ostler.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrs import AttrsInstance
    from cattrs import Converter

T = TypeVar("T")

MOST_CHARACTERS: Final = 500


@frozen(kw_only=True)
class Located:
    """A plain tree of values, and where each of them stands.

    ``positions`` maps the path of a nested value to ``file:line:column``; ``()`` is the tree itself.
    ``names`` maps it to the place of its key, where that is known.
    ``lenient`` lets strings, numbers and bools convert where nothing is lost, as in a job file; values
    from Python and JSON are exact.  ``problems`` are known already, and told with what else is wrong.
    """

    value: Any = attrs.field(factory=dict, repr=False)  # it may hold what some driver declares as a secret
    positions: Mapping[Path, str] = Factory(dict)
    names: Mapping[Path, str] = Factory(dict)
    lenient: bool = False
    problems: tuple[Problem, ...] = ()

    def where(self, path: Path) -> str:
        """Give the place of ``path``, or of the nearest value round it that has one.

        A block that stands alone is a list of one in the tree; a path that leaves its index out finds it.
        """
        exact = self._exact(path)
        while exact and exact not in self.positions:
            exact = exact[:-1]
        return self.positions.get(exact, "")

    def where_key(self, path: Path) -> str:
        """Give the place of the key of ``path``, or what `where` gives."""
        return self.names.get(self._exact(path)) or self.where(path)

    def _exact(self, path: Path) -> Path:
        exact: Path = ()
        tree = self.value
        for step in path:
            if isinstance(tree, list) and not isinstance(step, int) and len(tree) == 1:
                exact, tree = (*exact, 0), tree[0]
            exact, tree = (*exact, step), _inside(tree, step)
        return exact


class Checked(NamedTuple):
    """What can be said of a block before it is interpolated."""

    problems: tuple[Problem, ...]
    deferred: tuple[str, ...]


class ArtifactRequest(NamedTuple):
    """An artifact that a driver's own field asks for; ``field`` and ``checksum_field`` are their names."""

    field: str
    checksum_field: str
    source: str
    checksum: str
    mode: str
    destination: str
    executable: bool


def read(cls: type[T], source: Located, *, path: str) -> T:
    """Structure ``source`` as the settings class ``cls``; MistakeError names every problem at once.

    DriverError for a class with a field of a type that no configuration can hold.
    """
    settings, problems = None, list(source.problems)
    try:
        settings = _converter(lenient=source.lenient).structure(_unwrapped(source), cls)
    except Exception as error:  # noqa: BLE001 - whatever a settings class raises is a mistake to show
        problems += [_problem(each, cls, source, path) for each in _found(error, cls, source)]
    if settings is None or problems:
        raise MistakeError(sorted(problems, key=_place))
    return settings


def check(cls: type[Any], source: Located, *, path: str) -> Checked:
    """Find the mistakes that are sure before interpolation, and name the fields that have to wait."""
    try:
        _converter(lenient=source.lenient).structure(_unwrapped(source), cls)
    except Exception as error:  # noqa: BLE001 - whatever a settings class raises is a mistake to show
        found = _found(error, cls, source)
        waiting = tuple(dotted(path, at) for at, cause, _ in found if isinstance(cause, DeferredError))
        sure = [each for each in found if not isinstance(each[1], DeferredError)]
        problems = [_problem(each, cls, source, path) for each in sure]
        return Checked((*source.problems, *problems), waiting)
    return Checked(source.problems, ())


def artifacts(config: AttrsInstance) -> tuple[ArtifactRequest, ...]:
    """List the artifacts that fields marked with `ArtifactField` ask for."""
    found = []
    for field in attrs.fields(type(config)):
        marker, source = declared(field).artifact, getattr(config, field.name)
        if marker and source:
            checksum = getattr(config, marker.checksum) if marker.checksum else ""
            request = ArtifactRequest(
                field=field.name,
                checksum_field=marker.checksum,
                source=source,
                checksum=checksum or "",
                mode=marker.mode,
                destination=marker.destination,
                executable=marker.executable,
            )
            found.append(request)
    return tuple(found)


def asked_limits(config: AttrsInstance) -> frozenset[str]:
    """Name the limits that fields marked with ``limit`` ask for, where they differ from their default."""
    return frozenset(
        declared(field).limit
        for field in attrs.fields(type(config))
        if declared(field).limit and getattr(config, field.name) not in {None, field.default}
    )


def dotted(path: str, steps: Path) -> str:
    """Write a path as a person would: ``config.mounts[0].source``."""
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


@cache
def _converter(*, lenient: bool) -> Converter:
    return converter(lenient=lenient)


def _unwrapped(source: Located) -> object:
    return source.value if source.value is not None else {}


Found = tuple[Path, Exception, bool]


def _found(error: Exception, cls: type[Any], source: Located) -> list[Found]:
    """List all that is wrong: what reading the block told, and what validators say that it did not ask."""
    from ostler.drivers.validating import complaints  # only where something is wrong

    told = list(_walk(error, ()))
    known = {at for at, _, _ in told}
    made = _converter(lenient=source.lenient)
    more = [each for each in complaints(made, cls, _unwrapped(source)) if each[0] not in known]
    return [*told, *((at, error, _holds_secret(cls, at)) for at, error in more)]


def _holds_secret(cls: type[Any], path: Path) -> bool:
    """Tell whether a field on the way to ``path`` is a secret."""
    for step in path:
        if isinstance(step, str):
            if _is_secret(cls, (step,)):
                return True
            cls = block_class(get_type_hints(cls)[step]) or cls
    return False


def _walk(error: Exception, path: Path, *, secret: bool = False) -> Iterator[Found]:
    from cattrs import BaseValidationError, ForbiddenExtraKeysError

    if isinstance(error, BaseValidationError):
        for inner in error.exceptions:
            step = _step(inner, len(getattr(inner, "__notes__", ())))
            hidden = secret or _is_secret(error.cl, step)
            yield from _walk(inner, (*path, *step), secret=hidden)
    elif isinstance(error, ForbiddenExtraKeysError):
        for name in sorted(error.extra_fields):
            yield (*path, name), _UnknownKeyError(name, error.cl), secret
    else:
        yield (*path, *_validated(error)), error, secret


def _validated(error: Exception) -> Path:
    """Name the field whose validator raised; attrs puts it second among the arguments."""
    field = error.args[1] if len(error.args) > 1 else None
    return (field.name,) if isinstance(field, attrs.Attribute) else ()


def _step(error: BaseException, count: int) -> Path:
    """Read the place that cattrs noted on an inner error: a field's name or an index."""
    from cattrs import AttributeValidationNote, IterableValidationNote

    for note in getattr(error, "__notes__", ())[:count][::-1]:
        if isinstance(note, AttributeValidationNote):
            return (note.name,)
        if isinstance(note, IterableValidationNote):
            return (note.index,)
    return ()


def _is_secret(cls: type[Any], step: Path) -> bool:
    if not step or not attrs.has(cls):
        return False
    field = attrs.fields_dict(cls).get(str(step[0]))
    return field is not None and declared(field).secret


class _UnknownKeyError(ValueError):
    def __init__(self, name: str, cls: type[Any]) -> None:
        super().__init__(f"unknown key {name!r}; {_hint(name, [field.name for field in attrs.fields(cls)])}")


def _hint(name: str, known: list[str]) -> str:
    if name == "dynamic":
        return "no dynamic block is expanded in a driver's config: write NAME = [for each in LIST : { ... }]"
    near = nearest(name, known)
    return f"did you mean {near!r}?" if near else f"known keys: {', '.join(sorted(known)) or 'none'}"


def _problem(found: Found, cls: type[Any], source: Located, path: str) -> Problem:
    at, error, secret = found
    _blame_the_driver(error, dotted(path, at))
    where = source.where_key(at) if isinstance(error, _UnknownKeyError) else source.where(at)
    if isinstance(error, SeveralBlocksError):
        where = source.positions.get((*at, 1), where)
    return Problem(
        str(where) if secret else shown_place(where, cls), dotted(path, at), _text(error, secret=secret)
    )


def _place(problem: Problem) -> tuple[int, ...]:
    """Give line and column, by which the problems of one block are told; nothing for what has none."""
    return tuple(int(part) for part in problem.where.rsplit(":", 2)[1:] if part.isdigit())


def _blame_the_driver(error: Exception, path: str) -> None:
    """Raise DriverError for a field of a type that settings don't have: its user can change nothing."""
    from cattrs import StructureHandlerNotFoundError

    if isinstance(error, StructureHandlerNotFoundError):
        kind = getattr(error.type_, "__name__", error.type_)
        msg = f"{path}: the driver declares it as {kind}, which no file can hold"
        raise DriverError(msg) from error


def _text(error: Exception, *, secret: bool) -> str:
    if isinstance(error, KeyError):
        return "required, but missing"
    if isinstance(error, UnexpectedError) and secret:
        return f"expected {error.expected}, found something else (not shown: it is a secret)"
    if isinstance(error, DeferredError) and not secret:
        return f"still holds an interpolation that nothing resolved: {error}"
    if secret:
        return "not acceptable (not shown: it is a secret)"
    text = one_line(str(error.args[0]) if error.args else str(error), MOST_CHARACTERS)
    return text or type(error).__name__


def _inside(tree: object, step: str | int) -> object:
    if isinstance(tree, dict):
        return tree.get(step)
    if isinstance(tree, list) and isinstance(step, int) and step < len(tree):
        return tree[step]
    return None
