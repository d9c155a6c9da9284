"""Durations as Go writes them."""

from __future__ import annotations

import pytest

from ostler.jobs.durations import nanoseconds, spoken


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("1h30m", 5_400_000_000_000),
        ("1.5s", 1_500_000_000),
        (".5m", 30_000_000_000),
        ("2.m", 120_000_000_000),
        ("-3ms", -3_000_000),
        ("+1us", 1_000),
        ("1µs1ns", 1_001),
        ("100000h", 360_000_000_000_000_000),
    ],
)
def test_a_duration_is_read_to_the_nanosecond(text: str, value: int) -> None:
    assert nanoseconds(text) == value


@pytest.mark.parametrize("text", ["", "15", "1 h", "h", "1d", "1h 30m", "s5", "--1s", "1e3s", "٣s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a duration with its unit"):
        nanoseconds(text)


def test_a_duration_beyond_all_clocks_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 292 years"):
        nanoseconds("9999999999h")


@pytest.mark.parametrize("text", ["0s", "15s", "1h30m", "-2m", "1.5s", "250ms", "24h", "0.001ms"])
def test_a_duration_is_spoken_as_it_is_written(text: str) -> None:
    assert spoken(nanoseconds(text)) == text
