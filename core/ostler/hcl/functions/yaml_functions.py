"""The functions `yamldecode` and `yamlencode`, with the rules of go-cty-yaml (YAML 1.1, without types)."""

from __future__ import annotations

from ostler.hcl.functions import Function, Parameter
from ostler.hcl.types import STRING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from ostler.hcl.datum import Datum
    from ostler.hcl.environment import Environment

_SLOW: Final = 2  # steps for each character: reading YAML takes that much longer than an expression


def _yamlencode(environment: Environment, value: Datum) -> str:
    r"""Write a value as YAML: strings and keys in double quotes, keys in order, two spaces a level.

    yamlencode({ b = [1, "x"], a = true }) -> "\"a\": true\n\"b\":\n- 1\n- \"x\"\n"

    A string of several lines becomes a block (`|`).
    Source: go-cty-yaml YAMLEncodeFunc.
    """
    from ostler.hcl.functions.yaml_writing import yaml_text

    environment.weigh(value)
    return yaml_text(value)


def _yamldecode(environment: Environment, text: str) -> Any:  # noqa: ANN401 - what was written
    r"""Read a text of one YAML document.

    yamldecode("a: [1, yes]\nb: ~") -> { a = [1, true], b = null }

    The words of YAML 1.1 count: `yes` and `on` are true, `no` and `off` are false. Times become texts as
    in RFC 3339. Anchors, aliases and merges (`<<`) are followed. Errors: no document or more than one,
    keys that are lists, maps or null, unknown tags, infinity, an alias within its own anchor, more
    than 100 levels.
    Source: go-cty-yaml YAMLDecodeFunc.
    """
    from ostler.hcl.functions.yaml_reading import read

    environment.step(_SLOW * len(text))
    found = read(text)
    environment.weigh(found)  # an alias is small here, but not in what is made of it
    return found


FUNCTIONS: Final = {
    "yamldecode": Function(_yamldecode, Parameter("text", STRING), environment=True),
    "yamlencode": Function(_yamlencode, Parameter("value", null=True), environment=True),
}
