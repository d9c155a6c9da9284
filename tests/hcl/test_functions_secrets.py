"""The functions bcrypt and rsadecrypt, and what they say where their packages are not installed."""

from __future__ import annotations

import base64
import importlib
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from ostler.hcl import JOB_FUNCTIONS, HclError, Scope, parse_expression

if TYPE_CHECKING:
    from ostler.hcl.datum import Datum


NO_BASE64 = "this is not written in base64 (letters, digits, '+' and '/', padded with '=')"


def evaluated(call: str, **names: str) -> Datum:
    return parse_expression(call, "call").evaluate(Scope({"var": names}, functions=JOB_FUNCTIONS))


def complaint(call: str, **names: str) -> str:
    with pytest.raises(HclError) as caught:
        evaluated(call, **names)
    (problem,) = caught.value.diagnostics
    return problem.message


@cache
def key() -> Any:  # noqa: ANN401 - a key of a package that may be missing
    rsa = importlib.import_module("cryptography.hazmat.primitives.asymmetric.rsa")
    return rsa.generate_private_key(65537, 2048)


def written(form: str, password: str = "") -> str:
    serialization = importlib.import_module("cryptography.hazmat.primitives.serialization")
    encryption = (
        serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    )
    forms = serialization.PrivateFormat
    found: bytes = key().private_bytes(serialization.Encoding.PEM, getattr(forms, form), encryption)
    return found.decode()


def encrypted(data: bytes) -> str:
    padding = importlib.import_module("cryptography.hazmat.primitives.asymmetric.padding")
    return base64.b64encode(key().public_key().encrypt(data, padding.PKCS1v15())).decode()


@pytest.mark.need("bcrypt")
def test_a_password_is_hashed_anew_each_time() -> None:
    bcrypt = importlib.import_module("bcrypt")
    first, second = (str(evaluated('bcrypt("sécret", 4)')) for _ in range(2))
    assert first != second
    assert first.startswith("$2a$04$")
    assert bcrypt.checkpw("sécret".encode(), first.encode())
    assert str(evaluated('bcrypt("x", 3)')).startswith("$2a$10$")
    assert str(evaluated('bcrypt("x")')).startswith("$2a$10$")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ('bcrypt("x", 4, 4)', "bcrypt(): expected a text and a cost at most, found 3 arguments"),
        ('bcrypt("x", 15)', "bcrypt(): the argument 'cost': expected a cost of 14 at most, found 15"),
        (
            'bcrypt("x", 4.5)',
            "bcrypt(): the argument 'cost': expected a whole number of at most 64 bits, found 4.5",
        ),
        (
            f'bcrypt("{"x" * 73}")',
            "bcrypt(): the argument 'text': bcrypt hashes 72 bytes at most, this password has 73",
        ),
        (
            'rsadecrypt("?", "x")',
            f"rsadecrypt(): the argument 'ciphertext': {NO_BASE64}",
        ),
    ],
)
def test_a_wrong_argument_is_told_before_the_package_is_needed(call: str, words: str) -> None:
    assert complaint(call) == words


@pytest.mark.need("cryptography")
def test_a_text_is_decrypted_with_its_key() -> None:
    names = {"text": encrypted("sécret".encode()), "key": written("TraditionalOpenSSL")}
    assert evaluated("rsadecrypt(var.text, var.key)", **names) == "sécret"
    names["key"] = f"a comment\n{names['key']}\n"
    assert evaluated("rsadecrypt(var.text, var.key)", **names) == "sécret"


@pytest.mark.need("cryptography")
@pytest.mark.parametrize(("form", "password"), [("PKCS8", ""), ("TraditionalOpenSSL", "secret")])
def test_only_an_old_fashioned_key_without_a_password_is_taken(form: str, password: str) -> None:
    words = complaint("rsadecrypt(var.text, var.key)", text=encrypted(b"x"), key=written(form, password))
    assert words == (
        "rsadecrypt(): the argument 'key': expected a key without a password that begins with "
        "'-----BEGIN RSA PRIVATE KEY-----'; `openssl rsa -traditional` writes one"
    )


@pytest.mark.need("cryptography")
def test_what_was_not_encrypted_for_the_key_is_refused() -> None:
    broken = "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"
    words = complaint("rsadecrypt(var.text, var.key)", text=encrypted(b"x"), key=broken)
    assert words == "rsadecrypt(): the argument 'key': this is no RSA key"
    for text in (encrypted(b"\xff\xfe"), base64.b64encode(b"x").decode()):
        words = complaint("rsadecrypt(var.text, var.key)", text=text, key=written("TraditionalOpenSSL"))
        assert words == "rsadecrypt(): the argument 'ciphertext': the text can't be decrypted with this key"


@pytest.mark.parametrize(
    ("call", "package"),
    [
        ('bcrypt("x")', "bcrypt"),
        ('rsadecrypt("", var.key)', "cryptography"),
    ],
)
def test_a_missing_package_is_told_with_the_command_that_installs_it(
    call: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [each for each in sys.modules if each.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    key = "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"
    name = call.partition("(")[0]
    words = f"the function {name} needs {package}, of Ostler's extra 'crypto': pip install {package}"
    assert complaint(call, key=key) == f"{name}(): {words}"
