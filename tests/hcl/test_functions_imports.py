"""A function's library is imported when the function is called, and not before."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Final

import pytest

# Until 3.13 the standard library's own modules bring ipaddress along.
LIBRARIES: Final = {"re2", "yaml", "wcwidth", "bcrypt", "cryptography", "uuid"} | (
    {"ipaddress"} if sys.version_info >= (3, 13) else set()
)
SCRIPT: Final = """
import json, sys
from ostler.hcl import JOB_FUNCTIONS, Scope, parse_expression
scope = Scope(functions=JOB_FUNCTIONS)
for call in sys.argv[1:]:
    parse_expression(call, "call").evaluate(scope)
print(json.dumps(sorted(sys.modules)))
"""


@pytest.mark.parametrize(
    ("calls", "libraries"),
    [
        (['upper("a")', "max(1, 2)", 'strlen("abc")', 'format("%s", 1)', "keys({ a = 1 })"], set()),
        (['regex_replace("a", "a", "b")'], {"re2"}),
        (['yamldecode("a: 1")'], {"yaml"}),
        (["yamlencode(1)"], set()),
        (['strlen("é")'], {"wcwidth"}),
        (['cidrhost("10.0.0.0/8", 1)'], {"ipaddress"}),
    ],
)
def test_a_call_imports_only_its_own_library(calls: list[str], libraries: set[str]) -> None:
    command = [sys.executable, "-c", SCRIPT, *calls]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert set(json.loads(done.stdout)) & LIBRARIES == libraries & LIBRARIES
