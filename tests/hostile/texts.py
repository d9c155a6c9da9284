"""Texts of jobs that mean harm: each wants more time or memory than a job file may have."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

_JOB: Final = """
job "j" {{
  meta {{
    x = {0}
  }}
  group "g" {{
    task "t" {{
      driver = "exec"
    }}
  }}
}}
"""


def _value(expression: str, before: str = "") -> str:
    return before + _JOB.format(expression)


def _doubled(first: str, again: str, times: int = 40) -> str:
    """Let each local value be twice the one before it."""
    lines = [f"  a0 = {first}"]
    lines += [f"  a{n} = {again.replace('@', f'local.a{n - 1}')}" for n in range(1, times + 1)]
    return _value(f"length(local.a{times})", "locals {\n" + "\n".join(lines) + "\n}\n")


_LAUGHS: Final = r"a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    rf"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise("abcdefghi")
)
_RULE: Final = """  validation {
    condition     = length([for a in range(1000) : [for b in range(1000) : var.x]]) > 0
    error_message = "No."
  }
"""
_ALPHABET: Final = ", ".join(["[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"] * 12)

TEXTS: Final = {
    "power": _value("pow(10, 1000000000)"),
    "range": _value('join("", range(1000000000))'),
    "product": _value(f"length(setproduct({_ALPHABET}))"),
    "width": _value('format("%999999999d", 1)'),
    "precision": _value('format("%.999999999f", 1)'),
    "indent": _value('indent(999999999, "a\\nb")'),
    "loops": _value("length([for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a]]])"),
    "template-loops": _value(
        '"%{ for a in range(1000) }%{ for b in range(1000) }%{ for c in range(1000) }x%{ endfor }%{ endfor }'
        '%{ endfor }"'
    ),
    "doubled-text": _doubled('"x"', '"${@}${@}"'),
    "doubled-list": _doubled("[1]", "concat(@, @)"),
    "doubled-nest": _doubled("[1]", "[@, @]", 80),
    "doubled-joined": _doubled('"x"', 'join(",", [@, @, @])'),
    "squared": _doubled("99999999999", "@ * @"),
    "replaced": _value(
        'replace(local.big, "", local.big)',
        f'locals {{\n  big = join("", [for a in range(1000) : "{"x" * 36}"])\n}}\n',
    ),
    "pattern": _value(f'regex_replace("{"a" * 50_000}!", "^(a+)+$", "")'),
    "pattern-size": _value('regex_replace("a", "((a{100}){100}){100}", "")'),
    "patterns": _value(
        'join("", [for n in range(1000) : regex_replace("a", "(\\\\pL{9}){9}${n}", "")])',
    ),
    "yaml-laughs": _value(f'length(yamldecode("{_LAUGHS}"))'),
    "json-deep": _value(f'jsondecode("{"[" * 200_000}")'),
    "yaml-deep": _value(f'yamldecode("{"[" * 100_000}")'),
    "number": _value("1e999999999 + 1"),
    "digits": _value("9" * 500_000),
    "digits-parsed": _value(f'parseint("{"9" * 500_000}", 10)'),
    "digits-text": _value(f'1 + "{"9" * 500_000}"'),
    "bcrypt": _value('bcrypt("x", 31)'),
    "subnets": _value(f'length(cidrsubnets("::/0", {", ".join(["64"] * 5000)}))'),
    "subnet": _value('cidrsubnet("::/0", 128, 1e38)'),
    "urlencoded": _doubled('"%"', "urlencode(@)"),
    "base64": _doubled('"%"', "base64encode(@)", 100),
    "json-encoded": _doubled('"\\""', "jsonencode(@)", 60),
    "parentheses": _value("(" * 200_000 + "1" + ")" * 200_000),
    "brackets": _value("[" * 200_000),
    "negations": _value("!" * 500_000 + "true"),
    "sums": _value("1" + " + 1" * 20_000),
    "conditions": _value("true ? " * 100_000 + "1" + " : 2" * 100_000),
    "attributes": _value("attr" + ".a" * 30_000),
    "templates": _value('"${' * 50_000 + "1" + '}"' * 50_000),
    "blocks": "a {\n" * 200_000,
    "unclosed": 'job "j" {\n  group "g" {\n' + 'x = "\n' * 50_000,
    "unknown-keys": 'job "j" {\n' + "".join(f"  unknown{n} = {n}\n" for n in range(2000)) + "}\n",
    "unknown-functions": 'job "j" {\n meta {\n'
    + "".join(f"  k{n} = unknown{n}()\n" for n in range(2000))
    + "}\n}\n",
    "unknown-variables": "".join(f'variable "v{n}" {{}}\n' for n in range(2000))
    + 'job "j" {\n meta {\n'
    + "".join(f"  k{n} = var.u{n}\n" for n in range(2000))
    + "}\n}\n",
    "circles": "locals {\n"
    + "".join(f"  a{n} = local.b{n}\n  b{n} = local.a{n}\n" for n in range(3000))
    + "}\n"
    + _value("1"),
    "one-circle": "locals {\n"
    + "".join(f"  a{n} = local.a{(n + 1) % 25_000}\n" for n in range(25_000))
    + "}\n"
    + _value("1"),
    "long-duration": _value("1").replace("driver", f'kill_timeout = "{"1" * 1_000_000}s"\n driver'),
    "long-name": f'job "{"x" * 1_000_000}" {{\n  group "g" {{\n'
    + '    service {\n      name = "${JOB}${JOB}${BASE}"\n    }\n    service {}\n' * 1000
    + "  }\n}\n",
    "dynamic": 'job "j" {\n  group "g" {\n'
    '    dynamic "task" {\n      for_each = range(1000)\n      labels = [task.value]\n      content {\n'
    '        dynamic "artifact" {\n          for_each = range(1000)\n          content {\n'
    '            source = join("", range(1000))\n          }\n        }\n      }\n    }\n  }\n}\n',
    "validations": f'variable "x" {{\n  default = 1\n{_RULE * 200}}}\n{_value("var.x")}',
    "types": f'variable "x" {{\n  type = {"list(" * 100_000}string{")" * 100_000}\n}}\n{_value("1")}',
    "heredocs": _value("<<A\n" + "${1}\n" * 20_000 + "A\n"),
    "json-form": '{"job": ' * 100_000,
    "json-templates": '{"locals": {"a": "' + '${\\"' * 50_000 + '"}, "job": {"j": {}}}',
}
