"""Policies and observers round a driver's hooks, each held to what it may do.

A wrapper is an object whose methods are named as the hooks, marked ``@hookimpl(wrapper=True)``, yield
exactly once and return what came through the yield.  A policy may refuse by raising `Veto`; whatever else
it does that changes the outcome is an error that names it.  An observer can change nothing: what it does
wrong is logged under its name.
"""

from __future__ import annotations

import inspect
import logging
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import frozen

from ostler.drivers import hookspecs
from ostler.drivers.hookspecs import hookimpl
from ostler.errors import DriverError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

logger = logging.getLogger(__name__)

_ABSENT: Final = object()


class Veto(Exception):  # noqa: N818 - a decision, not an error
    """Raised by a policy, with the reason, to refuse the call it wraps."""


class WrapperError(DriverError):
    """A policy broke the contract; ``answer`` is what the driver had answered by then, if anything."""

    answer: Any = None


class VetoedError(RefusedError):
    """A policy refused the call; ``answer`` is what the driver had answered by then, if anything."""

    answer: Any = None


@frozen
class Wrapper:
    """A named object that wraps the hooks of drivers, as ``policy`` or ``observer``."""

    name: str
    hooks: Any
    kind: Literal["policy", "observer"] = "policy"


class Guarded:
    """The plugin that pluggy gets for a wrapper: its hooks are set on the instance."""


def guarded(wrapper: Wrapper) -> Guarded:
    """Hold every hook of ``wrapper`` to what its kind may do."""
    plugin = Guarded()
    for name in _wrapped_hooks(wrapper.hooks):
        guard = _observing if wrapper.kind == "observer" else _deciding
        function = guard(wrapper.name, name, getattr(wrapper.hooks, name))
        setattr(plugin, name, hookimpl(wrapper=True)(function))
    return plugin


def _wrapped_hooks(hooks: object) -> list[str]:
    marked = [name for name in dir(hooks) if hasattr(getattr(hooks, name, None), f"{hookspecs.PROJECT}_impl")]
    unknown = [name for name in marked if not hasattr(hookspecs, name)]
    if unknown:
        msg = f"wrapper {type(hooks).__name__} wraps hooks that the contract does not have: {', '.join(unknown)}"
        raise DriverError(msg)
    return marked


def _deciding(name: str, hook: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def guard(*args: object) -> Generator[None, Any, Any]:
        body = _begin(name, hook, function, args)
        try:
            answer = yield
        except BaseException as error:
            _end(name, hook, body, error=error)
            raise
        _end(name, hook, body, answer=answer)
        return answer

    return _with_signature(guard, function)


def _begin(name: str, hook: str, function: Callable[..., Any], args: tuple[object, ...]) -> Any:  # noqa: ANN401
    try:
        body = function(*args)
        if not inspect.isgenerator(body):
            raise _broken(name, hook, "does not yield")
        next(body)
    except StopIteration:
        raise _broken(name, hook, "returned without yielding") from None
    except Veto as veto:
        raise _vetoed(name, veto, None) from veto
    except DriverError:
        raise
    except Exception as error:
        raise _broken(name, hook, f"raised {error!r}") from error
    return body


def _end(
    name: str,
    hook: str,
    body: Any,
    *,
    answer: object = _ABSENT,
    error: BaseException | None = None,  # noqa: ANN401
) -> None:
    """Resume a policy's generator and hold its ending against the outcome that it was given."""
    known = None if answer is _ABSENT else answer
    try:
        body.throw(error) if error else body.send(answer)
    except StopIteration as ended:
        if error is not None:
            raise _broken(name, hook, f"hid the error {error!r}") from error
        if ended.value is not answer:
            text = (
                f"returned {ended.value!r} in place of what the driver answered; end it with `return (yield)`"
            )
            raise _broken(name, hook, text, known) from None
        return
    except Veto as veto:
        raise _vetoed(name, veto, known) from veto
    except BaseException as raised:
        if raised is error:
            return
        raise _broken(name, hook, f"raised {raised!r}", known) from raised
    body.close()
    raise _broken(name, hook, "yielded more than once", known)


def _broken(name: str, hook: str, what: str, answer: object = None) -> WrapperError:
    error = WrapperError(f"policy {name!r} {what} in {hook}")
    error.answer = answer
    return error


def _vetoed(name: str, veto: Veto, answer: object) -> VetoedError:
    error = VetoedError(f"refused by policy {name!r}: {veto}")
    error.answer = answer
    return error


def _observing(name: str, hook: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def guard(*args: object) -> Generator[None, Any, Any]:
        body = _look(name, hook, lambda: _begin(name, hook, function, args))
        try:
            answer = yield
        except BaseException as error:
            if body is not None:
                _look(name, hook, lambda raised=error: _end(name, hook, body, error=raised))
            raise
        if body is not None:
            _look(name, hook, lambda: _end(name, hook, body, answer=answer))
        return answer

    return _with_signature(guard, function)


def _look(name: str, hook: str, act: Callable[[], Any]) -> Any:  # noqa: ANN401
    try:
        return act()
    except (DriverError, RefusedError) as error:
        said = str(error).replace("policy", "observer", 1)
        logger.warning("observer %r failed round %s and changed nothing: %s", name, hook, said)
        return None


def _with_signature(guard: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    guard.__wrapped__ = function  # type: ignore[attr-defined]  # where pluggy reads the argument names
    return guard
