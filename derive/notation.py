"""How formulas look: LaTeX and unicode, in the author's order, with ⊙ between vectors and juxtaposition after a matrix.

A ``Notation`` knows which names are matrices, which are scalars and which do not depend on time; every other name is a
vector at time t. It prints any SymPy expression; a node that SymPy's LaTeX printer does not know is an error.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sympy import Add, Basic, Eq, Expr, Mul, Number, Pow, Rational, S, Symbol
from sympy.printing.latex import LatexPrinter, tex_greek_dictionary
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.pretty.pretty_symbology import greek_unicode
from sympy.printing.str import StrPrinter

from derive.expressions import Transposed

PREVIOUS, NEXT = "_prev", "_next"
_ACCENTS = {"tilde": ("\\tilde", "\u0303"), "hat": ("\\hat", "\u0302"), "bar": ("\\bar", "\u0304")}
_GREEK = {name: "\\" + name for name in greek_unicode if not name[0].isupper()} | tex_greek_dictionary
_SIZES = {"hidden_size": "N", "input_size": "N_x", "proj_size": "N_h"}  # numbers of units, in formulas of means
_PARAMETER = re.compile(r"[WURVb]_\w+")  # weights and biases, in any formula


@dataclass(frozen=True)
class Notation:
    """The roles of the names in one cell's formulas.

    matrices: juxtaposed with what they multiply; scalars: numbers, no ⊙ beside them; static: names without a time
    index; across: cotangents that pass from one time step to another. Names such as W_ii and b_hi are weights in any
    cell.
    """

    matrices: frozenset[str] = frozenset()
    scalars: frozenset[str] = frozenset()
    static: frozenset[str] = frozenset()
    across: frozenset[str] = frozenset()

    def latex(self, expr: Basic) -> str:
        """The expression as LaTeX."""
        return str(_Latex(self).doprint(expr))

    def unicode(self, expr: Basic) -> str:
        """The expression as one line of unicode text."""
        return str(_Unicode(self).doprint(expr)).replace("-", "−")

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
        if name in _SIZES:
            return _SIZES[name]
        if head == "d" and sub:
            return rf"\{self._delta(name)} {self.symbol_latex(name[2:].removesuffix(NEXT))}"
        base = _letters(head)
        if sub in _ACCENTS:
            base, sub = rf"{_ACCENTS[sub][0]}{{{base}}}", ""
        if _PARAMETER.fullmatch(name):
            sub = _subscript(head, sub)
        elif sub:
            sub = _letters(sub)
        index = ", ".join(p for p in (sub, time) if p) if not self.is_static(name) else sub
        return f"{base}_{{{index}}}" if index else base

    def symbol_unicode(self, name: str) -> str:
        """The name as unicode text: cₜ, cₜ₋₁, W_ii."""
        stem, time = self._time(name)
        head, _, sub = stem.partition("_")
        if name in _SIZES:
            return _SIZES[name]
        if head == "d" and sub:
            return str(greek_unicode[self._delta(name)]) + self.symbol_unicode(name[2:].removesuffix(NEXT))
        if sub in _ACCENTS and time:
            head, sub = head + _ACCENTS[sub][1], ""
        head = greek_unicode.get(head, head)
        return str(head) + (f"_{sub}" if sub else "") + {"t": "ₜ", "t-1": "ₜ₋₁", "": ""}[time]

    def is_static(self, name: str) -> bool:
        """Whether a name stands for the same thing at every t: a weight, a bias, a declared parameter."""
        return name in self.static or (_PARAMETER.fullmatch(name) is not None and not name.endswith(PREVIOUS))

    def _delta(self, name: str) -> str:
        return "Delta" if name in self.across else "delta"

    def _time(self, name: str) -> tuple[str, str]:
        if self.is_static(name):
            return name, ""
        return (name.removesuffix(PREVIOUS), "t-1") if name.endswith(PREVIOUS) else (name, "t")

    def joint(self, left: Basic, right: Basic, times: str) -> str:
        """What stands between two factors: nothing beside a matrix or a scalar, ⊙ between vectors."""
        plain = self._plain(left) or self._scalar(right) or isinstance(right, Transposed)
        return " " if plain else f" {times} "

    def _plain(self, factor: Basic) -> bool:
        return self._scalar(factor) or self._matrix(factor)

    def _matrix(self, factor: Basic) -> bool:
        if isinstance(factor, Symbol):
            return factor.name in self.matrices or (factor.name[0].isupper() and self.is_static(factor.name))
        if isinstance(factor, (Add, Mul)):
            return all(a == -1 or self._matrix(a) for a in factor.args)
        return isinstance(factor, Transposed)

    def _scalar(self, factor: Basic) -> bool:
        return all(s.name in self.scalars for s in factor.free_symbols)


def _letters(name: str) -> str:
    if "_" in name:
        return _words(name)
    if name in _GREEK:
        return str(_GREEK[name])
    if len(name) > 1 and name.isalpha():
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

    ``hh_tilde`` is h\\tilde{h}, ``hu_i`` is h\\,u_{i}. A matrix always has the letter: W_mu is the weight of m in u.
    """
    stem, _, mark = sub.partition("_")
    letter, base = (stem[0], stem[1:]) if len(stem) > 1 and (head == "W" or stem not in _GREEK) else ("", stem)
    if letter and not mark and base not in _GREEK:
        return sub if len(sub) == 2 else rf"\mathit{{{sub}}}"
    if mark in _ACCENTS:
        return rf"{letter}{_ACCENTS[mark][0]}{{{_letters(base)}}}"
    name = f"{_letters(base)}_{{{_letters(mark)}}}" if mark else _letters(base)
    return rf"{letter}\,{name}" if letter else name


def split_fraction(expr: Mul) -> tuple[int, list[Basic], list[Basic]]:
    """(sign, factors above the line, factors below it), each in the author's order."""
    sign, above, below = 1, [], []
    for a in expr.args:
        if a is S.NegativeOne:
            sign = -sign
        elif isinstance(a, Pow) and isinstance(a.exp, Number) and a.exp.is_negative:
            below.append(a.base if a.exp == -1 else Pow(a.base, -a.exp, evaluate=False))
        elif isinstance(a, Rational) and not a.is_Integer:
            if abs(a.p) != 1 or len(expr.args) == 1:
                above.append(Rational(a.p))
            elif a.p < 0:
                sign = -sign
            below.append(Rational(a.q))
        else:
            above.append(a)
    return sign, above, below


class _Latex(LatexPrinter):
    def __init__(self, notation: Notation) -> None:
        super().__init__({"order": "none"})
        self.notation = notation

    def _print_Symbol(self, expr: Symbol, style: str = "plain") -> str:
        return self.notation.symbol_latex(expr.name)

    def _print_Mul(self, expr: Mul) -> str:
        sign, above, below = split_fraction(expr)
        text = self._product(above, bool(below))
        if below:
            text = rf"\frac{{{text}}}{{{self._product(below, True)}}}"
        return f"-{text}" if sign < 0 else text

    def _product(self, factors: list[Basic], in_fraction: bool) -> str:
        if not factors:
            return "1"
        if in_fraction and len(factors) == 1:
            return str(self._print(factors[0]))
        parts = [self._factor(f, first=k == 0) for k, f in enumerate(factors)]
        out = parts[0]
        for left, right, text in zip(factors, factors[1:], parts[1:], strict=False):
            out += self.notation.joint(left, right, r"\odot") + text
        return out

    def _factor(self, factor: Basic, first: bool) -> str:
        text = str(self._print(factor))
        negative = isinstance(factor, Number) and factor.is_negative
        grouped = isinstance(factor, (Add, Mul)) or factor.is_Piecewise or (negative and not first)
        return rf"\left({text}\right)" if grouped else text

    def _print_Piecewise(self, expr: Any) -> str:
        *cases, (last, otherwise) = (c.args for c in expr.args)
        rows = [rf"{self._print(value)} & \text{{if }} {self._print(condition)}" for value, condition in cases]
        rest = r"\text{otherwise}" if otherwise is S.true else rf"\text{{if }} {self._print(otherwise)}"
        return r"\begin{cases} " + r" \\ ".join([*rows, f"{self._print(last)} & {rest}"]) + r" \end{cases}"

    def _needs_add_brackets(self, expr: Any) -> bool:
        return bool(expr.is_Piecewise or super()._needs_add_brackets(expr))

    def _print_MeanNode(self, expr: Any) -> str:
        return rf"\operatorname{{mean}}\left({', '.join(self._print(o) for o in expr.operands)}\right)"

    def _print_Transposed(self, expr: Any) -> str:
        text = self._print(expr.args[0])
        return (text if isinstance(expr.args[0], Symbol) else rf"\left({text}\right)") + r"^{\top}"

    def _print_Max(self, expr: Any, exp: str | None = None) -> str:
        return rf"\max\left({', '.join(self._print(a) for a in expr.args)}\right)" + (f"^{{{exp}}}" if exp else "")

    def _print_Min(self, expr: Any, exp: str | None = None) -> str:
        return rf"\min\left({', '.join(self._print(a) for a in expr.args)}\right)" + (f"^{{{exp}}}" if exp else "")


class _Unicode(StrPrinter):
    def __init__(self, notation: Notation) -> None:
        super().__init__({"order": "none"})
        self.notation = notation

    def _print_Symbol(self, expr: Symbol) -> str:
        return self.notation.symbol_unicode(expr.name)

    def _print_Transposed(self, expr: Any) -> str:
        text = self._print(expr.args[0])
        return (text if isinstance(expr.args[0], Symbol) else f"({text})") + "ᵀ"

    def _print_Max(self, expr: Any) -> str:
        return f"max({', '.join(self._print(a) for a in expr.args)})"

    def _print_Min(self, expr: Any) -> str:
        return f"min({', '.join(self._print(a) for a in expr.args)})"

    def _print_Piecewise(self, expr: Any) -> str:
        *cases, (last, otherwise) = (c.args for c in expr.args)
        parts = [f"{self._print(value)} if {self._print(condition)}" for value, condition in cases]
        parts.append(f"{self._print(last)} {'otherwise' if otherwise is S.true else f'if {self._print(otherwise)}'}")
        return f"{{{'; '.join(parts)}}}"

    def _print_Relational(self, expr: Any) -> str:
        sign = {"==": "=", "<=": "≤", ">=": "≥", "!=": "≠"}.get(expr.rel_op, expr.rel_op)
        return f"{self._print(expr.lhs)} {sign} {self._print(expr.rhs)}"

    def _print_Function(self, expr: Any) -> str:
        name = getattr(expr, "unicode_name", expr.func.__name__)
        defaults = tuple(getattr(expr, "defaults", {}).values())
        args = expr.args[:1] if expr.args[1:] == defaults else expr.args
        return f"{name}({', '.join(self._print(a) for a in args)})"

    def _print_Add(self, expr: Add, order: str | None = None) -> str:
        out = ""
        for k, term in enumerate(expr.args):
            text = str(self._print(term))
            minus = text.startswith("-")
            out += text if k == 0 else f" {'-' if minus else '+'} {text.removeprefix('-')}"
        return out

    def _print_Pow(self, expr: Pow, rational: bool = False) -> str:
        if expr.exp == 2:
            return f"{self.parenthesize(expr.base, PRECEDENCE['Pow'], strict=False)}²"
        return str(super()._print_Pow(expr, rational))

    def _print_Mul(self, expr: Mul) -> str:
        sign, above, below = split_fraction(expr)
        text = self._product(above)
        if below:
            under = self._product(below)
            text += f"/({under})" if len(below) > 1 else f"/{under}"
        return f"-{text}" if sign < 0 else text

    def _product(self, factors: list[Basic]) -> str:
        if not factors:
            return "1"
        parts = [
            f"({self._print(f)})" if isinstance(f, (Add, Mul)) or f.is_Piecewise else str(self._print(f))
            for f in factors
        ]
        out = parts[0]
        for left, right, text in zip(factors, factors[1:], parts[1:], strict=False):
            out += self.notation.joint(left, right, "⊙") + text
        return out


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
