"""The table of attempts: each is carried out in a child of its own, which tells how it went."""

from __future__ import annotations

import errno
import os
import signal
import traceback
from typing import TYPE_CHECKING, Any, NoReturn

from tests.escape.probe.calls import NEW_MOUNT, call

if TYPE_CHECKING:
    from collections.abc import Callable

    Given = dict[str, Any]
    Attempt = Callable[[Given], None]

ATTEMPTS: dict[str, Attempt] = {}
_PATIENCE_SECONDS = 5


class PreventedError(Exception):
    """The attempt came to nothing, without an error of the kernel's."""


def attempt(title: str) -> Callable[[Attempt], Attempt]:
    """Enter a function into the table: it returns when it got through, and raises when it did not."""

    def enter(function: Attempt) -> Attempt:
        assert title not in ATTEMPTS, title
        ATTEMPTS[title] = function
        return function

    return enter


def carry_out(given: Given) -> dict[str, dict[str, Any]]:
    """Try everything; ``done`` tells whether it got through, ``why`` what was in the way."""
    return {title: _in_a_child(function, given) for title, function in ATTEMPTS.items()}


def _in_a_child(function: Attempt, given: Given) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _child(function, given, writing)
    os.close(writing)
    with open(reading, "rb") as told:
        words = told.read().decode(errors="replace")
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return {"done": False, "why": signal.Signals(os.WTERMSIG(status)).name}
    return {"done": status == 0, "why": words}


def _child(function: Attempt, given: Given, writing: int) -> NoReturn:
    code, words = 1, ""
    try:
        signal.alarm(_PATIENCE_SECONDS)
        if "apart" in given:  # outside, where an attempt that succeeds would be in the way of the next
            call("unshare", NEW_MOUNT)
        function(given)
        code = 0
    except PreventedError as error:
        words = str(error)
    except OSError as error:
        words = errno.errorcode.get(error.errno or 0, str(error))
    except BaseException:  # noqa: BLE001 - a mistake of the probe's; the tests look for it
        words = "BROKEN " + traceback.format_exc()
    finally:
        os.write(writing, words.encode())
        os._exit(code)
