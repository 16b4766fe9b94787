"""How wide a formula will be, estimated without TeX, so that a layout that fits can be chosen beforehand.

The widths are Computer Modern's at 10 pt, rounded up; the tests hold the estimate against what TeX measures.
"""

from __future__ import annotations

import re
from functools import lru_cache

from derive.notation.figures import BORDER

SIZES = {"normalsize": 1.0, "small": 0.92, "footnotesize": 0.85, "scriptsize": 0.77}  # a little above 9/10, 8/10, 7/10

_SCRIPT = 0.78  # of a sub- or superscript: 7 pt type is wider than 7/10
_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|[^\s]")
_RELATION, _OPERATION = 13.4, 12.3  # the sign with the space around it
_SPACE = 4.0  # around an operation
_NAMES = ("tanh", "exp", "log", "ln", "max", "min", "sinh", "cosh", "cos", "sin", "sup")
_WIDTHS = {
    **dict.fromkeys("0123456789", 5.0),
    **dict.fromkeys("()[]|!.;:/", 3.9),
    ",": 4.5,
    **dict.fromkeys("=<>", _RELATION),
    **dict.fromkeys("+-", _OPERATION),
    **dict.fromkeys("iljt", 4.2),
    **dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ", 7.4),
    **dict.fromkeys("mwMW", 10.5),
    r"\approx": _RELATION,
    r"\leq": _RELATION,
    r"\geq": _RELATION,
    r"\le": _RELATION,
    r"\ge": _RELATION,
    r"\neq": _RELATION,
    r"\in": _RELATION,
    r"\notin": _RELATION,
    r"\odot": _OPERATION,
    r"\times": _OPERATION,
    r"\cdot": 7.3,
    r"\,": 1.7,
    r"\;": 2.8,
    r"\:": 2.3,
    r"\ ": 3.4,
    r"\quad": 10.0,
    r"\qquad": 20.0,
    r"\dots": 14.0,
    r"\cdots": 14.0,
    r"\ddots": 14.0,
    r"\vdots": 4.0,
    r"\delta": 5.0,
    r"\top": 8.0,
    r"\Delta": 8.5,
    r"\sum": 15.0,
    r"\Bigl": 3.0,
    r"\Biggl": 4.5,
    r"\Biggr": 4.5,
    r"\Bigr": 3.0,
    r"\{": 5.0,
    r"\}": 5.0,
    **{rf"\{name}": 5.2 * len(name) + 2.0 for name in _NAMES},  # set letter by letter
    **dict.fromkeys((r"\right", r"\displaystyle", r"\textstyle", r"\scriptstyle", r"\small", r"\hphantom"), 0.0),
    **dict.fromkeys((r"\tilde", r"\hat", r"\bar", BORDER, "&"), 0.0),
}
_PARTS = re.compile(r"(\\frac\b|\\begin\b|\\end\b|[{}])")
_FRACTIONS = {r"\frac", r"\dfrac", r"\tfrac"}
_TEXT = {r"\operatorname", r"\mathrm", r"\text", r"\textbf", r"\mathit"}
_BOLD = {r"\mathbf", r"\boldsymbol"}
#: After these comes what they are the width of.
_READ_ON = {"{", "_", "^", *_FRACTIONS, r"\left", r"\begin", r"\sqrt", *_TEXT, *_BOLD}
_BEFORE_A_SIGN = {"", "(", "[", ",", "=", "<", ">", r"\approx", r"\le", r"\ge", r"\left"}
_HIGH = {r"\frac", r"\sum", r"\begin"}
_GAP, _SQUARE = 10.0, 14.0  # between the columns of an array, its brackets
_GROWN, _TALL = 2.5, 10.0  # what a pair of brackets that may grow takes more than a plain one


@lru_cache(maxsize=10_000)  # a layout is tried with the same formulas again and again
def width(latex: str) -> float:
    """The estimated width in pt, at 10 pt, of a formula on one line."""
    return _Measure(_TOKEN.findall(latex.replace("{,}", "."))).run()  # a decimal comma is as wide as a point


def enlarged(latex: str) -> str:
    r"""The formula with fractions within others, and among cases, as large as one that stands alone (\dfrac): their
    indices would be too small to read."""
    if r"\frac" not in latex:
        return latex
    found, depth = "", 0
    for part in _PARTS.split(latex):
        depth += {"{": 1, "}": -1, r"\begin": 1, r"\end": -1}.get(part, 0)
        found += r"\dfrac" if part == r"\frac" and depth else part
    return found


class _Measure:
    """Reads tokens from left to right; a group counts as one atom."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens[::-1]

    def run(self) -> float:
        total, before = 0.0, ""
        while self.tokens and self.tokens[-1] != "}":
            token = self.tokens[-1]
            total += self._atom()
            if _WIDTHS.get(token) == _OPERATION and (before in _BEFORE_A_SIGN or not self.tokens or self._ends()):
                total -= _SPACE  # a sign that stands alone, or before its number, has no space around it
            before = token
        return total

    def _ends(self) -> bool:
        return self.tokens[-1] == "}"

    def _atom(self) -> float:
        token = self.tokens.pop()
        if token not in _READ_ON:
            return _WIDTHS.get(token, 6.2)
        if token == "{":
            inner = self.run()
            self.tokens[-1:] = []  # the closing brace
            return inner
        if token in "_^":
            first = _SCRIPT * self._next()
            if self.tokens and self.tokens[-1] in "_^" and self.tokens[-1] != token:
                self.tokens.pop()
                return max(first, _SCRIPT * self._next())
            return first
        if token in _FRACTIONS:
            return max(self._next(), self._next()) + 3.0
        if token == r"\left":
            return _TALL if self._is_tall() else _GROWN
        if token == r"\begin":
            return self._rows()
        if token == r"\sqrt":
            return self._next() + 9.0
        if token in _TEXT:
            return 0.92 * self._next() + (2.0 if token == r"\operatorname" else 0.0)
        return (1.25 if "".join(self.tokens[-2:-1]).isupper() else 1.03) * self._next()

    def _is_tall(self) -> bool:
        """Whether something tall stands before the bracket that closes the one just opened."""
        depth = 1
        for token in reversed(self.tokens):
            depth += (token == r"\left") - (token == r"\right")
            if depth == 0 or token in _HIGH:
                return depth > 0
        return False

    def _rows(self) -> float:
        """Cases behind a brace, or an array in brackets: its columns, and the space between them."""
        is_array = self._name() == "bmatrix"
        columns, k = [0.0], 0
        used = 0.0
        while self.tokens and self.tokens[-1] != r"\end":
            token = self.tokens[-1]
            if token in (r"\\", "&"):
                self.tokens.pop()
                k, used = (k + 1 if token == "&" else 0), 0.0
                columns += [0.0] * (k == len(columns))
            else:
                sign = _SPACE if token == "-" and not used else 0.0
                used += self._atom() - sign
                columns[k] = max(columns[k], used)
        self.tokens[-1:] = []
        self._name()
        return sum(columns) + (_GAP * (len(columns) - 1) + _SQUARE if is_array else 20.0)

    def _name(self) -> str:
        """The name of an environment, in braces."""
        name = ""
        while self.tokens and (token := self.tokens.pop()) != "}":
            name += token.strip("{")
        return name

    def _next(self) -> float:
        return self._atom() if self.tokens else 0.0
