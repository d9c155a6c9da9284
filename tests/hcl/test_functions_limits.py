"""No call hangs or eats memory: each of these would, and is refused before it does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from ostler.hcl import JOB_FUNCTIONS, HclError, Scope, parse_expression

if TYPE_CHECKING:
    from ostler.hcl.datum import Datum

MOST_SECONDS = 15  # of the processor; the slowest takes one on a machine at rest
SIZE = "the evaluation builds more than"
STEPS = "the evaluation takes more than"
LAUGHS = "a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 8)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
LADDER = "a0: &a0 [x]\n" + "".join(f"a{step}: &a{step} [*a{step - 1}]\n" for step in range(1, 200))
BIG = "x" * 1_000_000
NAMES = {
    "big": BIG,
    "quotes": '"' * 1_000_000,
    "columns": ",".join(f"c{index}" for index in range(50_000)),
    "brackets": "[" * 100_000,
    "nested": "[" * 100_000 + "]" * 100_000,
    "laughs": LAUGHS,
    "ladder": LADDER,
    "braces": "{a,b}" * 20,
    "stars": "*a" * 30 + "b",
    "many": list(range(1000)),
    "digits": "9" * 100_000,
    "wide": "%[1]s" * 5000,
    "hours": "1h" * 200_000,
    "groups": "$1" * 5000,
}


def evaluated(call: str) -> Datum:
    return parse_expression(call, "call").evaluate(Scope({"var": NAMES}, functions=JOB_FUNCTIONS))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("pow(10, 1e300)", "is nothing that a 64-bit float can hold"),
        ("range(1e300)", "these are more than 1024 numbers"),
        ("range(0, 1, 1e-300)", "these are more than 1024 numbers"),
        ("setproduct(var.many, var.many, var.many)", SIZE),
        ("setproduct([for item in var.many : [1, 2]]...)", SIZE),
        ('format("%99999999999999999999d", 1)', "may be 1000000 at most"),
        ('format("%.99999999999999999999f", 1)', "may be 1000000 at most"),
        ('formatlist("%1000000d", var.many)', SIZE),
        ("formatlist(var.wide, [for item in var.many : var.wide])", SIZE),
        ('indent(1e18, "a\\nb")', SIZE),
        ("join(var.big, var.many)", SIZE),
        ('replace(var.big, "x", var.many[0] == 0 ? var.wide : "")', SIZE),
        ('replace(var.big, "", var.big)', SIZE),
        ('regex_replace(var.big, "x", "y")', STEPS),
        ('regex_replace(var.big, "(x)", var.groups)', STEPS),
        ('regex_replace("x", "((x{1000}){1000}){1000}", "y")', "this is not a regular expression of RE2"),
        ('regex_replace("x", var.big, "y")', "this regular expression has more than 10000 bytes"),
        ('split("", replace(var.big, "x", "yy"))', SIZE),
        ("jsonencode([for item in var.many : var.big])", SIZE),
        ("yamlencode([for item in var.many : var.big])", SIZE),
        ("jsondecode(var.brackets)", "this is nested more than 100 levels deep"),
        ("jsondecode(var.nested)", "this is nested more than 100 levels deep"),
        ("jsondecode(var.digits)", "this number has more than 1000 digits"),
        ('jsondecode("1e999999999")', "this number has more than 1000 digits"),
        ("yamldecode(var.brackets)", "nest"),
        ("yamldecode(var.laughs)", SIZE),
        ("yamldecode(var.ladder)", "this YAML is nested more than 100 levels deep"),
        ("yamldecode(var.digits)", "this number has more than 1000 digits"),
        ('yamldecode("1e999999999")', "this number has more than 1000 digits"),
        ('yamldecode(replace(var.big, "x", "- a\\n"))', STEPS),
        ('timeadd("2024-02-29T12:30:00Z", var.hours)', "expected a duration as in 1h30m"),
        ('formatdate(var.big, "2024-02-29T12:30:00Z")', "a date's form may have 1000 characters at most"),
        ("parseint(var.digits, 10)", "this number has more than 1000 digits"),
        ('bcrypt("x", 31)', "expected a cost of 14 at most, found 31"),
        ('cidrsubnet("::/0", 1e9, 0)', "a prefix may get 32 more bits at most"),
        ('fileset("/", var.braces)', "it has more than 1000 alternatives"),
        ('file("/dev/zero")', "/dev/zero is no regular file"),
        ("log(1e999, 2)", "this number is too large to compute with"),
        ("uuidv5(var.big, var.big)", "expected dns, url, oid, x500 or a UUID, found 'xxx"),
    ],
)
def test_what_would_be_too_much_is_refused(call: str, words: str) -> None:
    began = time.process_time()
    with pytest.raises(HclError) as caught:
        evaluated(call)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 1000
    assert time.process_time() - began < MOST_SECONDS


@pytest.mark.parametrize(
    "call",
    [
        'regex_replace(var.big, "(x+x+)+y", "")',
        'regex_replace(var.big, "(.*)(.*)(.*)(.*)[^x]", "")',
        "upper(var.big)",
        "strrev(var.big)",
        'strlen("é${var.big}")',
        "title(var.big)",
        "trim(var.big, var.big)",
        "urlencode(var.big)",
        "yamlencode(var.big)",
        "csvdecode(var.columns)",
        "csvdecode(var.quotes)",
        'fileset("/usr/bin", var.stars)',
        "distinct(flatten([for item in var.many : [item, item, item]]))",
        'format("%.1000000f", 1 / 3)',
        'format("%.1000000g", 1 / 3)',
        "sha512(var.big)",
        "element(var.many, 1e18)",
    ],
)
def test_much_is_done_in_a_time_that_grows_with_it(call: str) -> None:
    began = time.process_time()
    evaluated(call)
    assert time.process_time() - began < MOST_SECONDS


@pytest.mark.parametrize(
    "call",
    [
        'try(indent(1e18, "a\\nb"), 1)',
        "can(yamldecode(var.laughs))",
        "try(setproduct(var.many, var.many, var.many), 1)",
    ],
)
def test_a_limit_is_not_hidden_by_try_and_can(call: str) -> None:
    with pytest.raises(HclError, match=SIZE):
        evaluated(call)
