"""Refuse an order that would be written down, and could then be carried to its end by no supervisor."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def check(order: Mapping[str, Any]) -> None:
    """Raise TypeError for what is of the wrong kind, by its name."""
    for name, is_sound in _KINDS.items():
        if name in order and not is_sound(order[name]):
            msg = f"order.{name}: {order[name]!r}"
            raise TypeError(msg)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_amount(value: object) -> bool:
    """Tell a finite number; True and False are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf")


def _are_texts(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(map(_is_text, value))


def _by_name(is_sound: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, dict) and all(map(is_sound, value.values()))


def _is_meter(value: object) -> bool:
    return isinstance(value, dict) and all(
        _are_texts(each) if name in _LISTED else _is_amount(each) for name, each in value.items()
    )


_LISTED = ("outputs", "disk")
_KINDS: dict[str, Callable[[object], bool]] = {
    "id": _is_text,
    "namespaces": _are_texts,
    "argv": _are_texts,
    "env": _by_name(_is_text),
    "cgroups": _by_name(_is_text),
    "watch": _by_name(_is_amount),
    "meter": _is_meter,
    "reserved": _is_text,
    "inside": _is_text,
    "timeout_seconds": lambda value: value is None or _is_amount(value),
}
