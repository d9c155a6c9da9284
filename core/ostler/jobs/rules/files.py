"""What is put into a task's directory: artifacts and templates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ostler.jobs.durations import spoken
from ostler.jobs.rules.words import choice, inside, not_negative, required

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.errors import Problem
    from ostler.jobs.found import Found

CHANGE_MODES: Final = ("restart", "noop", "signal", "script")
_DIGITS: Final = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
_PERMISSIONS: Final = re.compile("0*[0-7]{1,4}")


def artifact(found: Found) -> Iterator[Problem]:
    """Check something to fetch."""
    yield from required(found, "source")
    yield from choice(found, "mode", ("any", "file", "dir"))
    yield from inside(found, "destination")
    wrong = checksum(found.get("options", {}).get("checksum", ""))
    if wrong:
        yield found.problem(wrong, "options.checksum")


def checksum(text: str) -> str:
    """Say what is wrong with ``type:hex``; empty when nothing is, or only interpolation will tell."""
    if not text or "${" in text:
        return ""
    kind, _, digits = text.partition(":")
    if kind == "file":
        return "" if digits else f"expected the address of a file of checksums after 'file:', found {text!r}"
    if kind not in _DIGITS or not digits:
        return f"expected type:hex with one of {', '.join(_DIGITS)}, or file:URL, found {text!r}"
    if not re.fullmatch("[0-9a-fA-F]*", digits):
        return f"expected {_DIGITS[kind]} hexadecimal digits after '{kind}:', found {digits!r}"
    if len(digits) != _DIGITS[kind]:
        return f"expected {_DIGITS[kind]} hexadecimal digits after '{kind}:', found {len(digits)}"
    return ""


def template(found: Found) -> Iterator[Problem]:
    """Check a file to render."""
    if found.lacks("source") and found.lacks("data"):
        yield found.problem("nothing to render; write 'source' or 'data'")
    yield from required(found, "destination")
    yield from inside(found, "destination")
    yield from choice(found, "change_mode", CHANGE_MODES)
    yield from not_negative(found, "splay")
    if found.get("perms") and not _PERMISSIONS.fullmatch(found.get("perms")):
        text = f"expected permissions as an octal number, such as '0644', found {found.get('perms')!r}"
        yield found.problem(text, "perms")
    yield from _change(found)
    for wait in found.all("wait"):
        yield from not_negative(wait, "min", "max")
        least, most = wait.get("min"), wait.get("max")
        if least is not None and most is not None and least > most:
            yield wait.problem(f"expected at least min, {spoken(least)!r}, found {spoken(most)!r}", "max")


def _change(found: Found) -> Iterator[Problem]:
    mode = found.get("change_mode")
    if mode == "signal" and not found.get("change_signal"):
        yield found.problem("required by change_mode 'signal', but missing", "change_signal")
    if mode == "signal" and found.get("env"):
        text = 'a signal doesn\'t hand a running task new variables; write change_mode = "restart"'
        yield found.problem(text, "change_mode")
    if mode == "script" and not found.all("change_script"):
        yield found.problem("change_mode 'script' needs a block change_script { command = ... }")
    for script in found.all("change_script"):
        if mode == "script":
            yield from required(script, "command")
