"""How formulas look: LaTeX and unicode, in the author's order, with ⊙ between vectors and juxtaposition after a matrix.

A ``Notation`` knows which names are matrices, which are scalars and which do not depend on time; every other name is a
vector at time t. It prints any SymPy expression; a node that SymPy's LaTeX printer does not know is an error.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from sympy import Add, Basic, Eq, Expr, Mul, Symbol
from sympy.printing.latex import tex_greek_dictionary
from sympy.printing.pretty.pretty_symbology import greek_unicode

from derive.notation.printers import LatexFormulas, UnicodeFormulas
from derive.symbolic.expressions import Transposed

PREVIOUS, NEXT = "_prev", "_next"
_LETTERS = greek_unicode | {"ell": "ℓ", "hbar": "ℏ", "imath": "ı", "jmath": "ȷ"}
_ACCENTS = {"tilde": ("\\tilde", "\u0303"), "hat": ("\\hat", "\u0302"), "bar": ("\\bar", "\u0304")}
_GREEK = {name: "\\" + name for name in greek_unicode if not name[0].isupper()} | tex_greek_dictionary
#: The letters of the numbers of units, in formulas of means and of how many operations there are.
SIZE_LETTERS = {"input_size": "N_x", "hidden_size": "N", "proj_size": "N_h"}
_PARAMETER = re.compile(r"[WURVb]_\w+")  # weights and biases, in any formula


@dataclass(frozen=True)
class Notation:
    """The roles of the names in one cell's formulas.

    matrices: juxtaposed with what they multiply; scalars: numbers, no ⊙ beside them; static: names without a time
    index; across: cotangents that pass from one time step to another; timeless: quantities of parameters alone, whose
    cotangents have a time index all the same; time: its letter, in LaTeX. Names such as W_ii and b_hi are weights in
    any cell.
    """

    matrices: frozenset[str] = frozenset()
    scalars: frozenset[str] = frozenset()
    static: frozenset[str] = frozenset()
    across: frozenset[str] = frozenset()
    timeless: frozenset[str] = frozenset()
    time: str = "t"

    def latex(self, expr: Basic) -> str:
        """The expression as LaTeX."""
        return str(LatexFormulas(self).doprint(expr))

    def unicode(self, expr: Basic) -> str:
        """The expression as one line of unicode text."""
        return str(UnicodeFormulas(self).doprint(expr)).replace("-", "−")

    def lines(self, equations: Iterable[Equation]) -> str:
        """Equations as unicode text, one a line, aligned at the equals sign."""
        left, right = zip(*((self.unicode(e.lhs), self.unicode(e.rhs)) for e in equations), strict=True)
        columns = [sum(not unicodedata.combining(letter) for letter in s) for s in left]  # an accent takes none
        return "\n".join(f"{' ' * (max(columns) - k)}{s} = {r}" for s, k, r in zip(left, columns, right, strict=True))

    def symbol_latex(self, name: str) -> str:
        r"""The LaTeX of a quantity's name: ``c_prev`` is c_{t-1}, ``W_ii`` is W_{ii}, ``h_tilde`` is \tilde{h}_{t}.

        A cotangent ``d_c`` is \delta c_{t}. Of those that pass between steps, ``d_c_next``, which reaches c_t, is
        \Delta c_{t}, and ``d_c_prev``, which leaves for c_{t-1}, is \Delta c_{t-1}.
        """
        stem, time = self._time(name)
        head, _, sub = stem.partition("_")
        if name in SIZE_LETTERS:
            return re.sub("_(.)", r"_{\1}", SIZE_LETTERS[name])
        if head == "d" and sub:
            return rf"\{self._delta(name)} {self.of_a_step().symbol_latex(name[2:].removesuffix(NEXT))}"
        base = _letters(head)
        if sub in _ACCENTS:
            base, sub = rf"{_ACCENTS[sub][0]}{{{base}}}", ""
        if _PARAMETER.fullmatch(name):
            sub = _subscript(head, sub)
        elif sub:
            sub = _letters(sub)
        index = ", ".join(p for p in (sub, time.replace("t", self.time)) if p)
        return f"{base}_{{{index}}}" if index else base

    def symbol_unicode(self, name: str) -> str:
        """The name as unicode text: cₜ, cₜ₋₁, W_ii."""
        stem, time = self._time(name)
        head, _, sub = stem.partition("_")
        if name in SIZE_LETTERS:
            return SIZE_LETTERS[name]
        if head == "d" and sub:
            inner = self.of_a_step().symbol_unicode(name[2:].removesuffix(NEXT))
            return str(greek_unicode[self._delta(name)]) + inner
        if sub in _ACCENTS and time:
            head, sub = head + _ACCENTS[sub][1], ""
        letter, sub = _letter(head, sub) if _PARAMETER.fullmatch(name) else ("", sub)
        sub = letter + "_".join(_unicode(word) for word in sub.split("_"))
        return _unicode(head) + (f"_{sub}" if sub else "") + {"t": "ₜ", "t-1": "ₜ₋₁", "": ""}[time]

    def is_static(self, name: str) -> bool:
        """Whether a name stands for the same thing at every t: a weight, a bias, a declared parameter."""
        return name in self.static or (_PARAMETER.fullmatch(name) is not None and not name.endswith(PREVIOUS))

    def has_time(self, name: str) -> bool:
        """Whether a name is printed with a time index."""
        return not self.is_static(name) and name not in self.timeless

    def indexed_by(self, time: str) -> Self:
        """The notation with another time index."""
        return replace(self, time=time)

    def of_a_step(self) -> Self:
        """The notation of cotangents: what a step adds to the derivative by a timeless quantity is that step's."""
        return replace(self, timeless=frozenset())

    def misread(self, name: str) -> str:
        """What a reader takes a name for that looks like something else in print; empty where there is nothing."""
        head, _, sub = name.partition("_")
        if head in ("delta", "Delta", "d") and (sub or head != "d"):
            return "a derivative of the backward equations"
        if head == "sigma":
            return "the logistic function"
        if name in SIZE_LETTERS or (not self.has_time(name) and name in SIZE_LETTERS.values()):
            return "a number of units"
        if not self.has_time(name) and name in ("e", "pi"):
            return "the number"
        return f"the quantity {head} at time t" if not self.has_time(name) and sub == "t" else ""

    def _delta(self, name: str) -> str:
        return "Delta" if name in self.across else "delta"

    def _time(self, name: str) -> tuple[str, str]:
        """What of a name is printed, and its time index. The last underscore of ``lambda_`` is Python's alone."""
        if not self.has_time(name):
            return name.rstrip("_"), ""
        return name.removesuffix(PREVIOUS).rstrip("_"), "t-1" if name.endswith(PREVIOUS) else "t"

    def joint(self, left: Basic, right: Basic, times: str) -> str:
        """What stands between two factors: nothing beside a matrix or a scalar, ⊙ between vectors."""
        plain = self._plain(left) or self._scalar(right) or isinstance(right, Transposed)
        return " " if plain else f" {times} "

    def joined(self, factors: Sequence[Basic], texts: Sequence[str], times: str) -> str:
        """The factors' texts as a product. A scalar between two vectors does not hide that ⊙ stands between them."""
        out, left = texts[0], factors[0]
        for right, text in zip(factors[1:], texts[1:], strict=True):
            out += self.joint(left, right, times) + text
            if self._scalar(left) or not self._scalar(right):
                left = right
        return out

    def _plain(self, factor: Basic) -> bool:
        return self._scalar(factor) or self._matrix(factor)

    def _matrix(self, factor: Basic) -> bool:
        if isinstance(factor, Symbol):
            named = _PARAMETER.fullmatch(factor.name) is not None and factor.name[0].isupper()
            return factor.name in self.matrices or (named and factor.name not in self.static)
        if isinstance(factor, (Add, Mul)):
            return all(a == -1 or self._matrix(a) for a in factor.args)
        return isinstance(factor, Transposed)

    def _scalar(self, factor: Basic) -> bool:
        """Whether a factor is one number: a scalar, a mean or sum over the units, or a formula of such."""
        if isinstance(factor, Symbol):
            return factor.name in self.scalars
        return getattr(factor, "over_units", False) or all(map(self._scalar, factor.args))


def letter(latex: str) -> str:
    """A letter that is a control word in LaTeX, as unicode text."""
    return _unicode(latex.removeprefix("\\"))


def _unicode(word: str) -> str:
    return str(_LETTERS.get(word, word))


def _letters(name: str) -> str:
    if "_" in name:
        return _words(name)
    if name in _GREEK:
        return str(_GREEK[name])
    if len(name) > 1 and not name.isdigit():
        return rf"\mathit{{{name}}}"
    return name


def _words(name: str) -> str:
    r"""A name of several parts, within a subscript: ``tanh_h_tilde`` is \mathit{tanh}\,\tilde{h}."""
    parts: list[str] = []
    for word in name.split("_"):
        if word in _ACCENTS and parts:
            parts[-1] = rf"{_ACCENTS[word][0]}{{{parts[-1]}}}"
        else:
            parts.append(_letters(word))
    return r"\,".join(parts)


def _subscript(head: str, sub: str) -> str:
    """The subscript of a parameter: an operand's letter, if there is one, and an equation's name.

    ``hh_tilde`` is h\\tilde{h}, ``hu_i`` is h\\,u_{i}.
    """
    letter, rest = _letter(head, sub)
    base, _, mark = rest.partition("_")
    if letter and not mark and base not in _GREEK:
        return sub if len(sub) == 2 else rf"\mathit{{{sub}}}"
    if mark in _ACCENTS:
        return rf"{letter}{_ACCENTS[mark][0]}{{{_letters(base)}}}"
    name = f"{_letters(base)}_{{{_letters(mark)}}}" if mark else _letters(base)
    return rf"{letter}\,{name}" if letter else name


def _letter(head: str, sub: str) -> tuple[str, str]:
    """An operand's letter and an equation's name in a parameter's subscript. A matrix always has the letter: W_mu is
    the weight of m in u, b_mu the bias of μ.
    """
    stem = sub.partition("_")[0]
    return (sub[0], sub[1:]) if len(stem) > 1 and (head == "W" or stem not in _GREEK) else ("", sub)


class Equation(Eq):  # type: ignore[misc, unused-ignore]
    """An equation of a cell: an ordinary ``sympy.Eq`` that also remembers how the cell writes its names.

    It prints as unicode at a prompt and as LaTeX in a notebook, in the author's order; ``.subs``, ``.diff`` of its
    sides, ``lambdify`` and the rest are SymPy's.
    """

    notation = Notation()

    @classmethod
    def of(cls, lhs: Expr, rhs: Expr, notation: Notation) -> Equation:
        """lhs = rhs, unevaluated, in this notation."""
        equation = Eq.__new__(cls, lhs, rhs, evaluate=False)
        equation.notation = notation
        return equation  # type: ignore[no-any-return]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Eq) and self.args == other.args

    def __hash__(self) -> int:
        return hash(Eq(*self.args, evaluate=False))

    def _sympystr(self, printer: Any) -> str:
        return f"{self.notation.unicode(self.lhs)} = {self.notation.unicode(self.rhs)}"

    def _pretty(self, printer: Any) -> Any:
        from sympy.printing.pretty.stringpict import prettyForm

        return prettyForm(self._sympystr(printer))

    def _latex(self, printer: Any) -> str:
        return f"{self.notation.latex(self.lhs)} = {self.notation.latex(self.rhs)}"
