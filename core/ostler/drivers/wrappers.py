"""Policies and observers round a driver's hooks, each held to what it may do.

A wrapper is an object whose methods are named as the hooks, marked ``@hookimpl(wrapper=True)``, yield
exactly once and return what came through the yield.  They name the arguments of the hook that they need,
and ``driver`` for the name of the driver that is called.  A policy may refuse by raising `Veto`; whatever
else it does that changes the outcome is an error that names it.  An observer can change nothing: what it
does wrong is logged under its name.
"""

from __future__ import annotations

import inspect
import logging
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from attrs import frozen

from ostler.drivers import hookspecs
from ostler.drivers.hookspecs import hookimpl
from ostler.drivers.shown import said, shown
from ostler.errors import DriverError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    Steps = Generator[None, Any, Any]

logger = logging.getLogger(__name__)
T = TypeVar("T")

_ABSENT: Final = object()
_DRIVER: Final = "driver"
_CONTRACT: Final = tuple(
    name for name, each in vars(hookspecs).items() if hasattr(each, f"{hookspecs.PROJECT}_spec")
)
_REPLACED: Final = "returned {} in place of what the driver answered; end it with `return (yield)`"
_MOST_CHARACTERS: Final = (
    2000  # of a reason: the boundary round the whole call passes on no error twice as long
)


class Veto(Exception):  # noqa: N818 - a decision, not an error
    """Raised by a policy, with the reason, to refuse the call it wraps."""


class WrapperError(DriverError):
    """A policy broke the contract; ``answer`` is what the driver had answered by then, if anything."""

    answer: Any = None
    what: str = ""


class VetoedError(RefusedError):
    """A policy refused the call; ``answer`` is what the driver had answered by then, if anything."""

    answer: Any = None
    what: str = ""


@frozen
class Wrapper:
    """A named object that wraps the hooks of drivers, as ``policy`` or ``observer``."""

    name: str
    hooks: Any
    kind: Literal["policy", "observer"] = "policy"


class Guarded:
    """The plugin that pluggy gets for a wrapper: its hooks are set on the instance."""


def from_within(wrappers: Iterable[Wrapper]) -> list[Wrapper]:
    """Order wrappers from the innermost out: observers round policies, and the first of each outermost."""
    return sorted(wrappers, key=lambda each: each.kind != "observer")[::-1]


def guarded(wrapper: Wrapper, driver: str) -> Guarded:
    """Hold every hook of ``wrapper`` to what its kind may do round ``driver``."""
    plugin = Guarded()
    for name in wrapped_hooks(wrapper):
        guard = _observing if wrapper.kind == "observer" else _deciding
        function = guard(wrapper.name, name, _told(getattr(wrapper.hooks, name), name, driver))
        setattr(plugin, name, hookimpl(wrapper=True)(function))
    return plugin


def _told(function: Callable[..., Any], hook: str, driver: str) -> Callable[..., Any]:
    """Give ``function`` the name of the driver where it asks for it; no hook has an argument of that name."""
    asked = inspect.signature(function).parameters
    if _DRIVER not in asked:
        return function
    names = [name for name in _arguments(hook) if name in asked]

    def told(*args: object) -> object:
        return function(**dict(zip(names, args, strict=True)), driver=driver)

    # Pluggy reads the names of arguments off the code of what is wrapped, so there has to be code with them.
    return _with_signature(told, eval(f"lambda {', '.join(names)}: None"))  # noqa: S307 - names of the contract


def _arguments(hook: str) -> list[str]:
    return list(inspect.signature(getattr(hookspecs, hook)).parameters)


def wrapped_hooks(wrapper: Wrapper) -> list[str]:
    """Name the hooks that are wrapped; a policy that would decide nothing is refused, not passed over."""
    hooks, wrong = wrapper.hooks, ""
    marked = [name for name in dir(hooks) if hasattr(getattr(hooks, name, None), f"{hookspecs.PROJECT}_impl")]
    unmarked = [name for name in _CONTRACT if callable(getattr(hooks, name, None)) and name not in marked]
    if isinstance(hooks, type):
        wrong = "is a class; give an instance of it"
    elif unknown := [name for name in marked if name not in _CONTRACT]:
        wrong = f"wraps hooks that the contract does not have: {', '.join(unknown)}"
    elif wrapper.kind == "policy" and unmarked:
        wrong = f"has methods named as hooks that lack @hookimpl(wrapper=True): {', '.join(unmarked)}"
    elif not marked:
        wrong = "wraps no hook; mark its methods with @hookimpl(wrapper=True)"
    if wrong := wrong or "; ".join(filter(None, (_unknown_arguments(hooks, name) for name in marked))):
        msg = f"{wrapper.kind} {wrapper.name!r} {wrong}"
        raise DriverError(msg)
    return marked


def _unknown_arguments(hooks: object, hook: str) -> str:
    """Say which arguments a wrapper's method asks for that nobody could give it; empty if none."""
    known = [*_arguments(hook), _DRIVER]
    asked = inspect.signature(getattr(hooks, hook)).parameters.values()
    wrong = [each.name for each in asked if each.name not in known and each.default is each.empty]
    if not wrong:
        return ""
    return f"asks {hook} for {', '.join(wrong)}; there is {', '.join(known)}"


def _deciding(name: str, hook: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def guard(*args: object) -> Steps:
        body = _begin(name, hook, function, args)
        try:
            answer = yield
        except BaseException as error:
            _end(name, hook, body, error=error)
            raise
        _end(name, hook, body, answer=answer)
        return answer

    return _with_signature(guard, function)


def _begin(name: str, hook: str, function: Callable[..., Any], args: tuple[object, ...]) -> Steps:
    """Run a wrapper's generator up to its yield."""
    try:
        body: Steps = function(*args)
        yielded = inspect.isgenerator(body) and next(body, _ABSENT) is not _ABSENT
    except Veto as veto:
        raise _vetoed(name, veto, None) from veto
    except BaseException as error:
        raise _broken(name, hook, f"raised {shown(error)}") from error
    if not yielded:
        raise _broken(name, hook, "did not yield")
    return body


def _end(
    name: str, hook: str, body: Steps, *, answer: object = None, error: BaseException | None = None
) -> None:
    """Resume a wrapper's generator and hold its ending against the outcome that it was given."""
    if isinstance(error, WrapperError | VetoedError):
        answer = error.answer  # of an inner policy's error: whoever undoes the call has to learn of it
    try:
        body.throw(error) if error else body.send(answer)
    except StopIteration as ended:
        if error is not None:
            raise _broken(name, hook, f"hid the error {shown(error)}", answer) from error
        if ended.value is not answer:
            raise _broken(name, hook, _REPLACED.format(shown(ended.value)), answer) from None
        return
    except Veto as veto:
        raise _vetoed(name, veto, answer) from veto
    except BaseException as raised:
        if raised is error:
            return
        raise _broken(name, hook, f"raised {shown(raised)}", answer) from raised
    with suppress(BaseException):  # it may go on even so, and is given up
        body.close()
    raise _broken(name, hook, "yielded more than once", answer)


def _broken(name: str, hook: str, what: str, answer: object = None) -> WrapperError:
    error = WrapperError(f"policy {name!r} broke {hook}: it {what}")
    error.answer, error.what = answer, what
    return error


def _vetoed(name: str, veto: Veto, answer: object) -> VetoedError:
    reason = said(veto)[:_MOST_CHARACTERS]
    error = VetoedError(f"refused by policy {name!r}: {reason}")
    error.answer, error.what = answer, f"refused the call, which only a policy may: {reason}"
    return error


def _observing(name: str, hook: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def guard(*args: object) -> Steps:
        body = _look(name, hook, partial(_begin, name, hook, function, args))
        try:
            answer = yield
        except BaseException as error:
            if body is not None:
                _look(name, hook, partial(_end, name, hook, body, error=error))
            raise
        if body is not None:
            _look(name, hook, partial(_end, name, hook, body, answer=answer))
        return answer

    return _with_signature(guard, function)


def _look(name: str, hook: str, act: Callable[[], T]) -> T | None:
    try:
        return act()
    except (WrapperError, VetoedError) as error:
        logger.warning("observer %r failed round %s and changed nothing: it %s", name, hook, error.what)
        return None


def _with_signature(guard: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    guard.__wrapped__ = function  # type: ignore[attr-defined]  # where pluggy reads the argument names
    return guard
