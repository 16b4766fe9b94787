"""The headers of ``templates/c`` for one number at a time: what is used of them, as plain C99.

They are written for vectors of any width, one lane included; here the width is one for good, so that a vector is a
number, and what nobody calls is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import zip_longest

from derive.errors import UnsupportedExpression
from derive.files import environment

#: A later definition takes the place of an earlier one.
_HEADERS = ("vectors.h", "coefficients.h", "functions.h", "power.h", "trigonometric.h", "plain.h")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_NAME = (
    re.compile(r"#define (\w+)"),
    re.compile(r"^(?:INLINE|static inline|static const) \w+ (\w+)", re.MULTILINE),
    re.compile(r"^} (\w+);", re.MULTILINE),
)
#: What vectors are called, and what numbers are.
_WORDS = {
    r"INLINE": "static inline",
    r"UNROLL\s": "",
    r"mask": "int",
    r"bits": "word",
    r"vec": "real",
    r"vec_of": "number_of",
    r"v(a?sin|a?cos|a?tan|exp|expm1|rate|log|log1p|tanh|sinh|cosh|sigmoid|erfc?|pow|floor|sign)": r"\1_of",
}
_GONE = {"INLINE", "UNROLL", "R", "splat"}
_LARGEST, _SMALLEST = 3.40282347e38, 1.175494e-38  # that a float has all digits of


def scalar(text: str, double: bool) -> str:
    """C on vectors as C on numbers.

    Raises UnsupportedExpression for a number that a float cannot hold.
    """
    end = 0
    found = ""
    for comment in _COMMENT.finditer(text):
        found += _plain(text[end : comment.start()], double) + comment[0]
        end = comment.end()
    return found + _plain(text[end:], double)


def functions(text: str, double: bool) -> str:
    """The definitions that a text on vectors needs, on numbers, each after those that it needs itself."""
    items = _items(double)
    found: dict[str, str] = {}

    def need(text: str) -> None:
        for name, called in re.findall(r"(\w+)(\(?)", _COMMENT.sub("", text)):
            if name in items and name not in found and (called or not _is_function(items[name])):
                found[name] = ""  # a definition names itself
                need(items[name])
                del found[name]
                found[name] = scalar(items[name], double)

    need(text)
    written = ""
    for one, following in zip_longest(found.values(), list(found.values())[1:], fillvalue=""):
        short = one.count("\n") == 1 and following.count("\n") == 1
        written += one if short or not following else f"{one}\n"
    return written


@cache
def names() -> frozenset[str]:
    """What may be defined, as scalar code calls it."""
    return frozenset(scalar(name, double=False) for name in _items(False))


def literal(number: float, double: bool) -> str:
    """A number in C.

    Raises UnsupportedExpression for one that a float cannot hold.
    """
    return _number(repr(number), double)


def _plain(text: str, double: bool) -> str:
    text = re.sub(r"\(real\)(INFINITY|NAN)\b", r"\1", text)
    text = re.sub(r"\bR\((-?[\d.]+(?:e[-+]?\d+)?)f?\)", lambda m: _number(m[1], double), text)
    text = re.sub(r"\bsplat\((-?\w[\w.]*(?:e-\d+f?)?(?:\[\w+ - 1\])?)\)", lambda m: _value(m[1], double), text)
    text = re.sub(r"\b(?:R|splat)\(", "(real)(", text)
    for old, new in _WORDS.items():
        text = re.sub(rf"\b(?:{old})\b", new, text)
    real, word = ("double", "uint64_t") if double else ("float", "uint32_t")
    return re.sub(r"\bword\b", word, re.sub(r"\breal\b", real, text))


def _value(text: str, double: bool) -> str:
    return _number(text, double) if re.fullmatch(r"-?\d+", text) else text


def _number(text: str, double: bool) -> str:
    spelled = text if re.search(r"[.e]", text) else f"{text}.0"
    if double:
        return spelled
    if float(text) and not _SMALLEST <= abs(float(text)) <= _LARGEST:
        raise UnsupportedExpression(f"{text} is no number that a float holds with all its digits; use --double")
    return f"{spelled}f"


# ---------------------------------------------------------------------- the definitions of the headers


@cache
def _items(double: bool) -> dict[str, str]:
    """The definitions by name, each with the comment above it."""
    found: dict[str, str] = {}
    for header in _HEADERS:
        loader = environment("c").loader
        assert loader is not None
        text = loader.get_source(environment("c"), header)[0]
        for item in _cut(_chosen(text, {"PLAIN", *(["DOUBLE"] if double else [])})):
            for pattern in _NAME:
                if (name := pattern.search(_COMMENT.sub("", item))) and name[1] not in _GONE:
                    found.pop(name[1], None)
                    found[name[1]] = item
                    break
    return found


def _chosen(text: str, defined: set[str]) -> Iterator[str]:
    """The lines that a compiler reads where these macros are defined. ``#if`` asks for wide vectors, so that it never
    holds; after ``#ifndef`` stands what holds where a macro is not."""
    holds: list[bool] = []
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        name = rest.split(" ")[0]
        if word in ("#if", "#ifdef", "#ifndef"):
            holds.append(word != "#if" and (name in defined) == (word == "#ifdef"))
        elif word == "#else":
            holds[-1] = not holds[-1]
        elif word == "#endif":
            holds.pop()
        elif all(holds) and word not in ("#elif", "#include", "#undef"):
            yield line


def _cut(lines: Iterable[str]) -> Iterator[str]:
    """Definitions, each with the comment right above it."""
    item: list[str] = []
    for line in lines:
        if not line and not _is_open(item):
            item = []  # a comment that is about a file or a section
            continue
        item.append(line)
        if not _is_open(item) and _COMMENT.sub("", "\n".join(item)).strip():
            yield "\n".join(item) + "\n"
            item = []


def _is_function(item: str) -> bool:
    return _COMMENT.sub("", item).lstrip().startswith(("INLINE", "static inline"))


def _is_open(item: list[str]) -> bool:
    """Whether a definition or a comment goes on."""
    text = "\n".join(item)
    code = _COMMENT.sub("", text).strip()
    if "/*" in code or code.endswith("\\"):
        return True
    return bool(code) and not code.startswith("#") and (code.count("{") != code.count("}") or code[-1] not in ";}")
