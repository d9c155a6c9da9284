"""Texts of the native syntax at random, for Hypothesis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

OPERATORS: Final = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||"]
NAMES: Final = st.sampled_from(["a", "b_c", "d-e", "attr", "var", "é", "in", "if"])
NUMBERS: Final = st.sampled_from(["0", "1", "007", "1.50", "1e3", "0.1e-2", "123456789012345678901234567890"])
PLAIN: Final = st.sampled_from(
    [
        "",
        "a",
        " ",
        "$",
        "%",
        "$$",
        "%%",
        "$${",
        "%%{",
        "{",
        "}",
        "#",
        "//",
        "é",
        r"\n",
        r"\"",
        r"\\",
        r"\u0024",
    ]
)
LABELS: Final = st.sampled_from(["", ' "l"', " l", ' "a" "b"', ' "$${x}"'])


def _opens_nothing(text: str) -> bool:
    """Say whether a text neither begins a sequence nor ends with what would, before the next piece."""
    plain = text.replace("$${", "").replace("%%{", "")
    return "${" not in plain and "%{" not in plain and text[-1:] not in {"$", "%"}


WORDS: Final = st.lists(PLAIN, max_size=3).map("".join).filter(_opens_nothing)


def _texts(inner: SearchStrategy[str]) -> SearchStrategy[str]:
    sequences = st.one_of(
        st.builds("${{{}}}".format, inner),
        st.builds("${{~ {} ~}}".format, inner),
        st.builds("%{{ if {} }}x%{{ else }}y %{{ endif }}".format, inner),
        st.builds("%{{ for a, b in {} ~}} z %{{ endfor ~}}".format, inner),
    )
    pieces = st.lists(st.one_of(WORDS, sequences), max_size=3).map("".join)
    return pieces.filter(_is_closed).map('"{}"'.format)


def _is_closed(text: str) -> bool:
    """Say whether no escape came about where two pieces meet."""
    return not any(wrong in text for wrong in ("$$${", "%%%{"))


def _compound(inner: SearchStrategy[str]) -> SearchStrategy[str]:
    listed = st.lists(inner, max_size=3)
    return st.one_of(
        _texts(inner),
        listed.map(lambda items: f"[{', '.join(items)}]"),
        listed.map(lambda items: "{" + ", ".join(f"k{n} = {item}" for n, item in enumerate(items)) + "}"),
        listed.map(lambda items: "{\n" + "".join(f"(k{n}) : {item}\n" for n, item in enumerate(items)) + "}"),
        listed.map(lambda items: f"f({', '.join(items)})"),
        st.builds("g({}...)".format, inner),
        st.builds("({})".format, inner),
        st.builds("-{}".format, inner),
        st.builds("!{}".format, inner),
        st.builds("({} {} {})".format, inner, st.sampled_from(OPERATORS), inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        st.builds("({})[{}].c".format, inner, inner),
        st.builds("({})[*].c[0].*.d.0".format, inner),
        st.builds("a[{}]".format, inner),
        st.builds("[for x in {} : {} if {}]".format, inner, inner, inner),
        st.builds("{{for x, y in {} : {} => {}...}}".format, inner, inner, inner),
    )


EXPRESSIONS: Final = st.recursive(
    st.one_of(NUMBERS, NAMES, st.sampled_from(["true", "null", "attr.kernel.name", 'env["A B"]', "x[0].y"])),
    _compound,
    max_leaves=6,
)


@st.composite
def bodies(draw: st.DrawFn, depth: int = 2) -> str:
    """Give the text of a body: settings, heredocs, comments, blank lines and blocks."""
    lines = []
    for number in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(["setting", "setting", "heredoc", "comment", "blank", "block", "one"]))
        lines.append(draw(_lines(kind, number, depth)))
    return "".join(lines)


@st.composite
def _lines(draw: st.DrawFn, kind: str, number: int, depth: int) -> str:
    name = f"{draw(NAMES)}{number}"
    if kind == "setting":
        return f"{name} = {draw(EXPRESSIONS)}{draw(st.sampled_from(['', ' # c', '// d', ' /* e */']))}\n"
    if kind == "heredoc":
        dash, inner = draw(st.sampled_from(["", "-"])), draw(EXPRESSIONS)
        return f"{name} = <<{dash}E\n   text ${{{inner}}}\n  $$ {{{{ x }}}}\n\n  E\n"
    if kind == "block" and depth:
        return f"{name}{draw(LABELS)} {{\n{draw(bodies(depth=depth - 1))}}}\n"
    if kind == "one":
        return f"{name}{draw(LABELS)} {{ a = {draw(EXPRESSIONS)} }}\n"
    return draw(st.sampled_from(["\n", "# c\n", "// d\n", "/* e\n f */\n"]))
