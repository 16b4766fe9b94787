"""How formulas look: LaTeX and unicode, in the author's order, with ⊙ between vectors and juxtaposition after a matrix.

A ``Notation`` knows what every symbol stands for: a weight, a number, a quantity at time t. It prints any SymPy
expression; a node that SymPy's LaTeX printer does not know is an error.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from sympy import Add, Basic, Eq, Expr, Mul, Symbol
from sympy.printing.pretty.pretty_symbology import greek_unicode
from sympy.printing.pretty.stringpict import prettyForm

from derive.errors import DeriveError, unknown
from derive.later import later
from derive.notation.letters import ACCENTS, accented, bold, in_latex, in_unicode, operand_and_equation, subscript
from derive.notation.printers import LatexFormulas, UnicodeFormulas
from derive.notation.quantity import BEFORE, NOW, SIZE_LETTERS, Quantity, Role, size_letters
from derive.notation.styles import Style
from derive.symbolic.nodes import Beside, Transposed, Whole

_ENDS_IN_WORD, _LETTER_FIRST = re.compile(r"\\mathit\{\w+\}$"), re.compile(r"[a-zA-Z]|\\(?!left\b)")
_LOWER, _UPPER = str.maketrans("0123456789t-", "₀₁₂₃₄₅₆₇₈₉ₜ₋"), str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Notation:
    """How formulas look whose symbols have these meanings; a name in no table means what people mean who type it.

    unit: which unit the formulas are of, where there are several; "" where they are of all. time: the letter of time in
    LaTeX, or another index in its place. style: how LaTeX is written; text always has the names that an author typed.
    """

    table: Mapping[str, Quantity] = field(default_factory=dict)
    unit: str = field(default="", kw_only=True)
    time: str = field(default=NOW, kw_only=True)
    style: Style = field(default=Style(), kw_only=True)

    def quantity(self, name: str) -> Quantity:
        """What a symbol's name stands for."""
        return self.table.get(name) or Quantity.typed(name)

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

    def of_unit(self, unit: int | str) -> Self:
        """The same for one unit; for all of them without a number."""
        return replace(self, unit=str(unit))

    # ------------------------------------------------------------------ names

    def symbol_latex(self, name: str) -> str:
        r"""The LaTeX of a quantity's name: ``c_prev`` is c_{t-1}, ``W_ii`` is W_{ii}, ``h_tilde`` is \tilde{h}_{t}.

        A cotangent ``d_c`` is \delta c_{t}. Of those that pass between steps, ``d_c_next``, which reaches c_t, is
        \Delta c_{t}, and ``d_c_prev``, which leaves for c_{t-1}, is \Delta c_{t-1}.
        """
        q = self.quantity(name)
        if q.role is Role.SIZE:
            letter, _, sub = size_letters(q.name).partition("_")
            return f"{letter}_{{{in_latex(sub)}}}" if sub else letter
        head, accent, sub = self._parts(q)
        base = in_latex(head)
        base = bold(base) if self._is_bold(q) else base
        if accent:
            base = rf"{ACCENTS[accent][0]}{{{base}}}"
        time, unit = ", ".join(self.index(q)), self.raised(q)
        above, below = (time, (sub, unit)) if self.style.raised else (unit, (sub, time))
        index = ", ".join(filter(None, below))
        text = (f"{base}_{{{index}}}" if index else base) + (f"^{{({above})}}" if above else "")
        return (rf"\{q.derivative} " if q.derivative else "") + text

    def _parts(self, q: Quantity) -> tuple[str, str, str]:
        """A quantity's letter, the name of its accent, and the LaTeX of its name in the index."""
        head, _, sub = self.style.names.get(q.name, q.printed or q.name).rstrip("_").partition("_")
        if not q.is_weight:
            accent, sub = accented(sub)
            return head, accent, in_latex(sub) if sub else ""
        letter, rest = operand_and_equation(head, sub)
        if letter and q.name not in self.style.names:
            head, letter = self.style.weights.get(f"{head}_{letter}", (head, letter))
        return head, "", subscript(letter, rest)

    def _is_bold(self, q: Quantity) -> bool:
        """Whether it is a vector or matrix and bold; one entry is a number."""
        unit = self.raised(q)
        is_matrix = q.role is Role.MATRIX and "," not in unit
        return self.style.bold and not q.is_number and (not unit or is_matrix)

    def placed(self, text: str, unit: object) -> str:
        """One unit of a formula, the LaTeX of which is given."""
        return f"{text}_{{{unit}}}" if self.style.raised else f"{text}^{{({unit})}}"

    def joined_matrices(self, matrices: Sequence[str]) -> str:
        """The LaTeX of the one matrix that these are the parts of; "" where they are written one by one."""
        parts = [self.quantity(name) for name in matrices]
        if not self.style.joined or len(parts) < 2 or any(q.role is not Role.MATRIX for q in parts):
            return ""
        labels = {operand_and_equation(*q.name.split("_", 1)) for q in parts}
        operands, equations = zip(*labels, strict=True)
        one = len(set(equations)) == 1 and "" not in operands
        return self.symbol_latex(f"W_{equations[0]}") if one else ""

    def symbol_unicode(self, name: str) -> str:
        """The name as unicode text: cₜ, cₜ₋₁, W_ii. Its letter of time is t always."""
        if self.time != NOW:
            return self.indexed_by(NOW).symbol_unicode(name)
        q = self.quantity(name)
        if q.role is Role.SIZE:
            return size_letters(q.name)
        head, _, sub = (q.printed or q.name).rstrip("_").partition("_")
        accent, rest = accented(sub)
        if accent and q.time:
            head, sub = head + ACCENTS[accent][1], rest
        letter, sub = operand_and_equation(head, sub) if q.is_weight else ("", sub)
        sub = letter + "_".join(in_unicode(word) for word in sub.split("_"))
        text = in_unicode(head) + (f"_{sub}" if sub else "") + ",".join(self.index(q)).translate(_LOWER)
        unit = f"⁽{self.raised(q).translate(_UPPER)}⁾" if self.raised(q) else ""
        return (str(greek_unicode[q.derivative]) if q.derivative else "") + text + unit

    def index(self, q: Quantity) -> tuple[str, ...]:
        """What stands in a quantity's index after its name: its time."""
        return {"": (), NOW: (self.time,), BEFORE: (f"{self.time}-1",)}[q.time]

    def indexed_by(self, time: str) -> Self:
        """The notation with another time index."""
        return replace(self, time=time)

    def raised(self, q: Quantity) -> str:
        """The unit or entry that is written at a quantity: above it or, where the time is raised, below."""
        return "" if q.is_number else self.unit

    def misread(self, name: str) -> str:
        """What a reader takes a name for that looks like something else in print; empty where there is nothing."""
        head, _, sub = name.partition("_")
        timeless = not self.quantity(name).time
        if head in ("delta", "Delta", "d") and (sub or head != "d"):
            return "a derivative of the backward equations"
        if head == "sigma":
            return "the logistic function"
        if name in SIZE_LETTERS or (timeless and name in SIZE_LETTERS.values()):
            return "a number of units"
        if timeless and name in ("e", "pi"):
            return "the number"
        return f"the quantity {head} at time t" if timeless and sub == "t" else ""

    def check(self) -> None:
        """Raise DeriveError for a name of the style that is none here, is misread or stands for two things in print."""
        known = dict.fromkeys(q.name for q in self.table.values() if q.role is not Role.SIZE)
        for key, name in self.style.names.items():
            if key not in known:
                raise DeriveError(f"names: {unknown('name', key, known)}")
            if taken_for := replace(self, style=Style()).misread(name):
                raise DeriveError(f"names.{key} is {name}, which reads as {taken_for}; choose another name")
        printed: dict[str, str] = {}
        for key, q in self.table.items():
            other = printed.setdefault(self.symbol_latex(key), q.name)
            if other != q.name:
                how = f"both {other} and {q.name} would be written {self.symbol_latex(key)}"
                raise DeriveError(f"names: {how}; rename one of them to something else")

    # ------------------------------------------------------------------ products

    def joint(self, left: Basic, right: Basic, times: str) -> str:
        """What stands between two factors: nothing beside a matrix or a scalar, ⊙ between vectors."""
        plain = self._plain(left) or self._scalar(right) or isinstance(right, Transposed)
        return " " if plain else f" {times} "

    def joined(self, factors: Sequence[Basic], texts: Sequence[str], times: str) -> str:
        """The factors' texts as a product. A scalar between two vectors does not hide that ⊙ stands between them, and a
        word does not run into the letter beside it."""
        out, left = texts[0], factors[0]
        for right, text in zip(factors[1:], texts[1:], strict=True):
            joint = self.joint(left, right, times)
            apart = joint == " " and _ENDS_IN_WORD.search(out) and _LETTER_FIRST.match(text)
            out += (r" \, " if apart else joint) + text
            if self._scalar(left) or not self._scalar(right):
                left = right
        return out

    def is_matrix(self, formula: Basic) -> bool:
        """Whether a formula, unit by unit, is of a quantity that is a matrix, so that a power of it reads otherwise."""
        if isinstance(formula, Symbol):
            return self.quantity(formula.name).is_matrix
        if isinstance(formula, Beside):
            return isinstance(formula.args[-1], Transposed) and not isinstance(formula.args[0], Transposed)
        return any(map(self.is_matrix, formula.args))

    def _plain(self, factor: Basic) -> bool:
        return self._scalar(factor) or self._matrix(factor)

    def _matrix(self, factor: Basic) -> bool:
        if isinstance(factor, Symbol):
            return self.quantity(factor.name).role is Role.MATRIX
        if isinstance(factor, (Add, Mul, Whole)):
            return all(a == -1 or self._matrix(a) for a in factor.args)
        return isinstance(factor, Transposed)

    def _scalar(self, factor: Basic) -> bool:
        """Whether a factor is one number: a scalar, a mean or sum over the units, what a weight of one row makes of a
        vector, or a formula of such."""
        if isinstance(factor, Symbol):
            q = self.quantity(factor.name)
            return q.is_number or (q.one_row and q.role is Role.BIAS)
        if isinstance(factor, Mul):
            rows = [k for k, a in enumerate(factor.args) if self._is_row(a)]
            inside = {j for k in rows for j in (k, k + 1)}
            return all(self._scalar(a) for k, a in enumerate(factor.args) if k not in inside)
        return getattr(factor, "over_units", False) or all(map(self._scalar, factor.args))

    def _is_row(self, factor: Basic) -> bool:
        if not isinstance(factor, Symbol):
            return False
        q = self.quantity(factor.name)
        return q.one_row and q.role is Role.MATRIX


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

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def _pretty(self, printer: Any) -> Any:
        return prettyForm(self._sympystr(printer))

    def _latex(self, printer: Any) -> str:
        return f"{self.notation.latex(self.lhs)} = {self.notation.latex(self.rhs)}"
