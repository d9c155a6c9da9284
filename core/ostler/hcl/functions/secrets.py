"""The functions `bcrypt` and `rsadecrypt`, for an installation with the extra ``crypto``."""

from __future__ import annotations

import re
from importlib import import_module

from ostler.hcl.functions import Function, FunctionError, Parameter
from ostler.hcl.functions.arguments import whole
from ostler.hcl.functions.encoding import decode_base64
from ostler.hcl.types import NUMBER, STRING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal
    from typing import Any, Final

    from ostler.hcl.environment import Environment

_DEFAULT_COST: Final = 10
_LEAST_COST: Final = 4
_MOST_COST: Final = 14  # about a second; Go goes to 31, which takes a day
_STEPS: Final = 64  # so that all calls of one text together take seconds at most
_LONGEST_PASSWORD: Final = 72
_LONGEST_KEY: Final = 20_000  # characters; a key of 16384 bits has some 12,000
_KEY: Final = re.compile(r"-----BEGIN RSA PRIVATE KEY-----.*?-----END RSA PRIVATE KEY-----", re.DOTALL)


def _bcrypt(environment: Environment, text: str, *cost: int | Decimal) -> str:
    """Hash a password with bcrypt; the hash differs each time.

    substr(bcrypt("secret", 4), 0, 7) -> "$2a$04$"

    The cost is 10 by default and 14 at most (other than in Nomad, which takes up to 31); below 4 it
    is 10. Errors: a password of more than 72 bytes, and a missing package, `bcrypt` of Ostler's extra
    `crypto`.
    Source: go-cty-funcs BcryptFunc, Go golang.org/x/crypto/bcrypt.
    """
    if len(cost) > 1:
        msg = f"expected a text and a cost at most, found {len(cost) + 1} arguments"
        raise FunctionError(msg)
    rounds = whole(cost[0], 1) if cost else _DEFAULT_COST
    rounds = _DEFAULT_COST if rounds < _LEAST_COST else rounds
    if rounds > _MOST_COST:
        msg = f"expected a cost of {_MOST_COST} at most, found {rounds}"
        raise FunctionError(msg, 1)
    password = text.encode()
    if len(password) > _LONGEST_PASSWORD:
        msg = f"bcrypt hashes {_LONGEST_PASSWORD} bytes at most, this password has {len(password)}"
        raise FunctionError(msg, 0)
    library = _library("bcrypt", "bcrypt")
    environment.step(_STEPS << rounds)
    hashed: bytes = library.hashpw(password, library.gensalt(rounds, prefix=b"2a"))
    return hashed.decode("ascii")


def _rsadecrypt(environment: Environment, ciphertext: str, key: str) -> str:
    """Decrypt a base64 text that was encrypted for an RSA key (PKCS #1 v1.5).

    The key is a PEM text that begins with `-----BEGIN RSA PRIVATE KEY-----` and has no password. Errors:
    another kind of key, a text that was not encrypted for it, and a missing package, `cryptography` of
    Ostler's extra `crypto`.
    Source: go-cty-funcs RsaDecryptFunc.
    """
    data = decode_base64(ciphertext, 0)
    found = _KEY.search(key) if len(key) <= _LONGEST_KEY else None
    if found is None or "Proc-Type: 4,ENCRYPTED" in key:
        msg = (
            "expected a key without a password that begins with '-----BEGIN RSA PRIVATE KEY-----'; "
            "`openssl rsa -traditional` writes one"
        )
        raise FunctionError(msg, 1)
    padding = _library("cryptography.hazmat.primitives.asymmetric.padding", "rsadecrypt")
    serialization = _library("cryptography.hazmat.primitives.serialization", "rsadecrypt")
    environment.step(_STEPS << _DEFAULT_COST)
    try:
        secret = serialization.load_pem_private_key(found[0].encode(), None)
    except (ValueError, TypeError):
        msg = "this is no RSA key"
        raise FunctionError(msg, 1) from None
    try:
        text: str = secret.decrypt(data, padding.PKCS1v15()).decode("utf-8")
    except ValueError:  # also what is no UTF-8: a wrong key gives random bytes
        msg = "the text can't be decrypted with this key"
        raise FunctionError(msg, 0) from None
    return text


def _library(module: str, function: str) -> Any:  # noqa: ANN401 - a module
    try:
        return import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        msg = f"the function {function} needs {package}, of Ostler's extra 'crypto': pip install {package}"
        raise FunctionError(msg) from None


FUNCTIONS: Final = {
    "bcrypt": Function(
        _bcrypt, Parameter("text", STRING), variadic=Parameter("cost", NUMBER), environment=True
    ),
    "rsadecrypt": Function(
        _rsadecrypt, Parameter("ciphertext", STRING), Parameter("key", STRING), environment=True
    ),
}
