"""Functions that hash a text; what has to withstand an attacker is in ``secrets``."""

from __future__ import annotations

import hashlib

from ostler.hcl.functions import Function, Parameter
from ostler.hcl.types import STRING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


def _md5(text: str) -> str:
    """Give the MD5 of a text's UTF-8 bytes, in hexadecimal digits.

    md5("hello") -> "5d41402abc4b2a76b9719d911017c592"

    Source: go-cty-funcs Md5Func.
    """
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _sha1(text: str) -> str:
    """Give the SHA-1 of a text's UTF-8 bytes, in hexadecimal digits.

    sha1("hello") -> "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"

    Source: go-cty-funcs Sha1Func.
    """
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _sha256(text: str) -> str:
    """Give the SHA-256 of a text's UTF-8 bytes, in hexadecimal digits.

    sha256("hello") -> "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

    Source: go-cty-funcs Sha256Func.
    """
    return hashlib.sha256(text.encode()).hexdigest()


def _sha512(text: str) -> str:
    """Give the SHA-512 of a text's UTF-8 bytes, in hexadecimal digits.

    substr(sha512("hello"), 0, 16) -> "9b71d224bd62f378"

    Source: go-cty-funcs Sha512Func.
    """
    return hashlib.sha512(text.encode()).hexdigest()


_TEXT: Final = Parameter("text", STRING)
FUNCTIONS: Final = {
    "md5": Function(_md5, _TEXT),
    "sha1": Function(_sha1, _TEXT),
    "sha256": Function(_sha256, _TEXT),
    "sha512": Function(_sha512, _TEXT),
}
