"""SymPy's printers, taught a cell's notation: the author's order of terms and factors, ⊙, and fractions.

A node that SymPy's LaTeX printer does not know is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sympy import ITE, Add, And, Basic, Mul, Not, Number, Or, Pow, Rational, S, Symbol, default_sort_key
from sympy.logic.boolalg import to_nnf
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from derive.exact.numeral import as_decimal
from derive.symbolic.nodes import Beside

if TYPE_CHECKING:
    from derive.notation.names import Notation


_CLOSED = re.compile(r"\\right\)(?! *[\^_])")
_INNER = r"((?:(?!\\left|\\middle|\\right|\\frac|\\begin).)*)"
_FLAT = re.compile(rf"\\left([(\[|]){_INNER}\\right([)\]|])")
_ROUND = re.compile(rf"\\left(\(){_INNER}\\right(\))")


def plain_brackets(latex: str, flat: re.Pattern[str] = _FLAT) -> str:
    """Brackets with nothing tall between them do not grow: those that may are set with space around them."""
    while latex != (latex := flat.sub(r"\1\2\3", latex)):
        pass
    return latex


def set_brackets(latex: str, flat: re.Pattern[str] = _FLAT) -> str:
    """For TeX: brackets that need not grow do not; those that do take no space before them, and none after them but
    where an exponent stands, which has to be at their height."""
    grown = plain_brackets(latex, flat).replace(r"\left(", r"\mathopen{}\left(")
    return _CLOSED.sub(r"\\right)\\mathclose{}", grown)


def aligned(rows: Iterable[str]) -> str:
    """An ``aligned`` environment of rows, ``left &= right``. Bars keep telling which of them opens."""
    return "\\begin{aligned}\n" + " \\\\\n".join(set_brackets(row, _ROUND) for row in rows) + "\n\\end{aligned}"


def split_fraction(expr: Mul) -> tuple[int, list[Basic], list[Basic]]:
    """(sign, factors above the line, factors below it), each in the author's order."""
    sign = 1
    above: list[Basic] = []
    below: list[Basic] = []
    for a in expr.args:
        if a is S.NegativeOne:
            sign = -sign
            continue
        if isinstance(a, Rational) and a.is_negative and sign > 0 and not (above or below):  # -2 u/v is -(2 u/v)
            sign, a = -sign, -a
        if isinstance(a, Pow) and isinstance(a.exp, Number) and a.exp.is_negative:
            below.append(a.base if a.exp == -1 else Pow(a.base, -a.exp, evaluate=False))
        elif isinstance(a, Rational) and as_decimal(a):
            sign = sign if a.is_positive else -sign
            above.append(abs(a))
        elif isinstance(a, Rational) and not a.is_Integer:
            if abs(a.p) != 1 or len(expr.args) == 1:
                above.append(Rational(a.p))
            elif a.p < 0:
                sign = -sign
            below.append(Rational(a.q))
        else:
            above.append(a)
    return sign, above, below


def _either(choice: Any) -> Basic:
    """What SymPy makes of a condition on a formula with cases, as people write it: (c and a) or (not c and b)."""
    condition, holds, fails = choice.args
    return Or(And(condition, holds), And(to_nnf(Not(condition), simplify=False), fails))


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _is_product(term: Any) -> bool:
    """Whether a term of a sum is a symbol times one other factor, as a matrix times a vector is."""
    return isinstance(term, Mul) and len(term.args) == 2 and isinstance(term.args[0], Symbol)


class LatexFormulas(LatexPrinter):
    """Formulas as LaTeX."""

    def __init__(self, notation: Notation) -> None:
        super().__init__({"order": "none"})
        self.notation = notation

    def _print_Symbol(self, expr: Symbol, style: str = "plain") -> str:
        return self.notation.symbol_latex(expr.name)

    def _print_Rational(self, expr: Rational) -> str:
        decimal = as_decimal(expr)
        return decimal.latex() if decimal else str(super()._print_Rational(expr))

    def _print_Add(self, expr: Add, order: str | None = None) -> str:
        """SymPy's own method negates a term to print it after a minus sign, which sorts its factors."""
        out = ""
        for k, term in enumerate(self._terms(expr)):
            text = term if isinstance(term, str) else str(self._print(term))
            text = rf"\left({text}\right)" if not isinstance(term, str) and self._needs_add_brackets(term) else text
            minus = text.startswith("-")
            out += text if k == 0 else f" {'-' if minus else '+'} {text.removeprefix('-')}"
        return out

    def _terms(self, expr: Add) -> Iterator[Basic | str]:
        """The terms of a sum; products of matrices that are written as one are one, in LaTeX: W_i [h, x]."""
        waiting: list[Mul] = []
        for term in (*expr.args, None):
            if waiting and (term is None or not self._joint([*waiting, term])):
                joint = self._joint(waiting)
                operands = ", ".join(self._print(product.args[1]) for product in waiting)
                yield from [rf"{joint} [{operands}]"] if joint else waiting
                waiting = []
            if term is not None and _is_product(term):
                waiting.append(term)
            elif term is not None:
                yield term

    def _joint(self, terms: Sequence[Basic]) -> str:
        """What stands for the matrices of these products; "" where they have none together."""
        if not all(map(_is_product, terms)):
            return ""
        return self.notation.joined_matrices([term.args[0].name for term in terms])

    def _print_Mul(self, expr: Mul) -> str:
        sign, above, below = split_fraction(expr)
        text = self._product(above, bool(below))
        if below:
            text = rf"\frac{{{text}}}{{{self._product(below, True)}}}"
        if sign < 0:
            return rf"-\left({text}\right)" if text.startswith("-") else f"-{text}"
        return text

    def _product(self, factors: list[Basic], in_fraction: bool) -> str:
        if not factors:
            return "1"
        if len(factors) == 1 and (in_fraction or isinstance(factors[0], (Beside, Mul))):
            return str(self._print(factors[0]))
        parts = [self._factor(f, first=k == 0) for k, f in enumerate(factors)]
        return self.notation.joined(factors, parts, r"\odot")

    def _factor(self, factor: Basic, first: bool) -> str:
        text = str(self._print(factor))
        negative = isinstance(factor, Number) and factor.is_negative
        grouped = isinstance(factor, (Add, Mul, Beside)) or factor.is_Piecewise or (negative and not first)
        return rf"\left({text}\right)" if grouped else text

    def _print_Pow(self, expr: Pow) -> str:
        if isinstance(expr.exp, Number) and expr.exp.is_negative:
            base = expr.base if expr.exp == -1 else Pow(expr.base, -expr.exp, evaluate=False)
            return rf"\frac{{1}}{{{self._print(base)}}}"
        if expr.exp == 2 and self.notation.is_matrix(expr.base):
            return str(self._print(Mul(expr.base, expr.base, evaluate=False)))
        if expr.base.is_Piecewise:
            return rf"\left({self._print(expr.base)}\right)^{{{self._print(expr.exp)}}}"
        return str(super()._print_Pow(expr))

    def _print_Piecewise(self, expr: Any) -> str:
        *cases, (last, otherwise) = (c.args for c in expr.args)
        rows = [rf"{self._print(value)} & \text{{if }} {self._print(condition)}" for value, condition in cases]
        rest = r"\text{otherwise}" if otherwise is S.true else rf"\text{{if }} {self._print(otherwise)}"
        return r"\begin{cases} " + r" \\ ".join([*rows, f"{self._print(last)} & {rest}"]) + r" \end{cases}"

    def _print_ITE(self, expr: Any) -> str:
        return str(self._print(_either(expr)))

    def _needs_add_brackets(self, expr: Any) -> bool:
        return bool(expr.is_Piecewise or super()._needs_add_brackets(expr))

    def _print_ExpBase(self, expr: Any, exp: str | None = None) -> str:
        """An exponent with indices, or with an array in it, would be set too small to read."""
        exponent = self._print(expr.args[0])
        if not re.search(r"[_^]|\\begin", exponent):
            return str(super()._print_ExpBase(expr, exp))
        return rf"\exp\left({exponent}\right)" + (f"^{{{exp}}}" if exp else "")

    def _print_sin(self, expr: Any, exp: str | None = None) -> str:
        power = f"^{{{exp}}}" if exp else ""
        return rf"\{expr.func.__name__}{power}\left({self._print(expr.args[0])}\right)"

    _print_cos = _print_sin

    def _print_sign(self, expr: Any, exp: str | None = None) -> str:
        return rf"\operatorname{{sign}}\left({self._print(expr.args[0])}\right)" + (f"^{{{exp}}}" if exp else "")

    def _print_Max(self, expr: Any, exp: str | None = None) -> str:
        return rf"\max\left({', '.join(self._print(a) for a in expr.args)}\right)" + (f"^{{{exp}}}" if exp else "")

    def _print_Min(self, expr: Any, exp: str | None = None) -> str:
        return rf"\min\left({', '.join(self._print(a) for a in expr.args)}\right)" + (f"^{{{exp}}}" if exp else "")


class UnicodeFormulas(StrPrinter):
    """Formulas as one line of unicode text."""

    def __init__(self, notation: Notation) -> None:
        super().__init__({"order": "none"})
        self.notation = notation

    def _print_Symbol(self, expr: Symbol) -> str:
        return self.notation.symbol_unicode(expr.name)

    def _print_Rational(self, expr: Rational) -> str:
        decimal = as_decimal(abs(expr))
        minus = "-" if expr.is_negative else ""  # the one that is replaced at the end
        return f"{minus}{decimal.unicode()}" if decimal else str(super()._print_Rational(expr))

    def _print_Max(self, expr: Any) -> str:
        return f"max({', '.join(self._print(a) for a in expr.args)})"

    def _print_Min(self, expr: Any) -> str:
        return f"min({', '.join(self._print(a) for a in expr.args)})"

    def _print_Piecewise(self, expr: Any) -> str:
        *cases, (last, otherwise) = (c.args for c in expr.args)
        parts = [f"{self._print(value)} if {self._print(condition)}" for value, condition in cases]
        parts.append(f"{self._print(last)} {'otherwise' if otherwise is S.true else f'if {self._print(otherwise)}'}")
        return f"{{{'; '.join(parts)}}}"

    def _print_ITE(self, expr: Any) -> str:
        return str(self._print(_either(expr)))

    def _print_And(self, expr: Any) -> str:
        return self._joined_conditions(expr, "∧")

    def _print_Or(self, expr: Any) -> str:
        return self._joined_conditions(expr, "∨")

    def _joined_conditions(self, expr: Any, word: str) -> str:
        args = sorted(expr.args, key=default_sort_key)
        return f" {word} ".join(
            f"({self._print(a)})" if isinstance(a, (And, Or, ITE)) else self._print(a) for a in args
        )

    def _print_Exp1(self, expr: Any) -> str:
        return "e"

    def _print_Pi(self, expr: Any) -> str:
        return "π"

    def _print_Relational(self, expr: Any) -> str:
        sign = {"==": "=", "<=": "≤", ">=": "≥", "!=": "≠"}.get(expr.rel_op, expr.rel_op)
        return f"{self._print(expr.lhs)} {sign} {self._print(expr.rhs)}"

    def _print_Function(self, expr: Any) -> str:
        name = getattr(expr, "unicode_name", expr.func.__name__)
        defaults = tuple(getattr(expr, "defaults", {}).values())
        args = expr.args[:1] if expr.args[1:] == defaults and not getattr(expr, "shown", False) else expr.args
        return f"{name}({', '.join(self._print(a) for a in args)})"

    def _print_Add(self, expr: Add, order: str | None = None) -> str:
        out = ""
        for k, term in enumerate(expr.args):
            text = str(self._print(term))
            minus = text.startswith("-")
            out += text if k == 0 else f" {'-' if minus else '+'} {text.removeprefix('-')}"
        return out

    def _print_Abs(self, expr: Any) -> str:
        return f"|{self._print(expr.args[0])}|"

    def _print_Pow(self, expr: Pow, rational: bool = False) -> str:
        if expr.exp == 2 and self.notation.is_matrix(expr.base):
            return str(self._print(Mul(expr.base, expr.base, evaluate=False)))
        if expr.exp.is_Integer and expr.exp > 1:
            base = self.parenthesize(expr.base, PRECEDENCE["Pow"], strict=False)
            return f"{base}{str(expr.exp).translate(_RAISED)}"
        return str(super()._print_Pow(expr, rational)).replace("**", "^")

    def _print_Mul(self, expr: Mul) -> str:
        sign, above, below = split_fraction(expr)
        text = self._product(above)
        if below:
            under = self._product(below)
            text += f"/({under})" if len(below) > 1 or isinstance(below[0], Beside) else f"/{under}"
        if sign < 0:
            return f"-({text})" if text.startswith("-") else f"-{text}"
        return text

    def _product(self, factors: list[Basic]) -> str:
        if not factors:
            return "1"
        parts = [f"({self._print(f)})" if self._is_grouped(f, len(factors)) else str(self._print(f)) for f in factors]
        return self.notation.joined(factors, parts, "⊙")

    def _is_grouped(self, factor: Basic, count: int) -> bool:
        return isinstance(factor, Add) or factor.is_Piecewise or (isinstance(factor, (Beside, Mul)) and count > 1)
