"""The numbers from 1 on, one a line: an output whose every loss, repetition and exchange shows."""

from __future__ import annotations

import hashlib
from typing import Final

BLOCK: Final = 1000


def last_number(size_bytes: int) -> int:
    """Say up to which number one has to count to fill so many bytes, or a few more."""
    first, line, filled = 1, 2, 0  # the first number of so many digits, and the length of its line
    while filled + 9 * first * line < size_bytes:
        filled += 9 * first * line
        first, line = 10 * first, line + 1
    return first - 1 + -(-(size_bytes - filled) // line)


def numbers_digest(last: int) -> str:
    """Digest the numbers from 1 to ``last``, as an output digests what is written to it."""
    found = hashlib.blake2b(_plain(1, min(last, BLOCK - 1)))
    block = b"".join(b"#%03d\n" % number for number in range(BLOCK))
    for prefix in range(1, (last + 1) // BLOCK):
        found.update(block.replace(b"#", b"%d" % prefix))
    found.update(_plain(max(BLOCK, (last + 1) // BLOCK * BLOCK), last))
    return found.hexdigest()


def _plain(first: int, last: int) -> bytes:
    return b"".join(b"%d\n" % number for number in range(first, last + 1))
