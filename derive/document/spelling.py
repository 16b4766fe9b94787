"""The formulas within sentences: as LaTeX between dollars, for documents, or as unicode text, for a terminal."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sympy import Add, Mul, Symbol, latex

from derive.approximation.claim import Claim
from derive.document.rows import entry_latex, entry_unicode
from derive.exact.numeral import Numeral, marked
from derive.exact.value import Value
from derive.notation.names import Equation, Notation
from derive.notation.quantity import PREVIOUS, Quantity
from derive.notation.words import words
from derive.run.data import Run
from derive.run.named import Kind, Spot
from derive.run.printed_weights import joint_biases
from derive.run.step import InStep
from derive.symbolic.activation import Activation
from derive.symbolic.activations import ACTIVATIONS
from derive.symbolic.formula import ALIASES

_TOKEN = re.compile(r"[A-Za-zσ]\w*|(?:\d+\.)?\d+|\*\*|.")
_SIGNS = {"*": r" \cdot ", "·": r" \cdot ", "~": r" \approx ", "≈": r" \approx ", "=": " = ", "+": " + ", "/": "/"}


def error(value: Value) -> Numeral:
    """An error as it is printed: five significant digits, three where it is so small that it has a power of ten."""
    found = value.significant(5)
    return value.significant(3) if found.scientific else found


@dataclass(frozen=True)
class Text:
    """Unicode text."""

    run: Run

    def quantity(self, name: str, unit: int, t: int) -> str:
        """``c₂``, with several units ``c₂⁽¹⁾``."""
        return self._symbol(self._notation(name, unit, t), name)

    def _notation(self, name: str, unit: int, t: int) -> InStep:
        several = self.run.units[name] > 1
        return InStep.of(self.run.cell.notation, t=t, unit=str(unit) if several else "")

    def place(self, spot: Spot) -> str:
        """What an entry of a table by hand is of: a quantity, δcₜ, δW_ig[1, 2], L."""
        match spot.kind:
            case Kind.QUANTITY:
                return self.quantity(spot.quantity, spot.unit, spot.t)
            case Kind.COTANGENT:
                unit = str(spot.unit) if spot.units > 1 else ""
                notation = InStep.of(self.run.adjoint.derivation.notation, t=spot.t, unit=unit)
                return self._symbol(notation, spot.quantity)
            case Kind.GRADIENT:
                return self._symbol(self.run.adjoint.derivation.notation, f"d_{spot.quantity}", spot.place)
            case Kind.UPDATED:
                name = self._symbol(self.run.cell.notation, spot.quantity, spot.place)
                return f"{name} ({words(self.run.language)['new']})"
            case Kind.LOSS:
                return self._symbol(Notation({"L": Quantity("L", time="")}), "L")

    def _symbol(self, notation: Notation, name: str, entry: tuple[int, ...] = ()) -> str:
        return entry_unicode(notation.symbol_unicode(name), entry)

    def equation(self, name: str) -> str:
        """The right-hand side of the equation of that name, of the cell, of its adjoint or of gradient descent."""
        equation = self._equation(name)
        return equation.notation.unicode(equation.rhs)

    def _equation(self, name: str) -> Equation:
        run = self.run
        if name in run.cell:
            return run.cell[name]
        first, *_ = joint_biases(run.cell).get(name.removeprefix("d_"), [name])
        name = name if first == name else f"d_{first}"
        if name in run.adjoint:
            return run.adjoint[name]
        weight, rate = Symbol(name), Symbol("lr")
        table = {**run.adjoint.derivation.notation.table, rate.name: Quantity("eta", time="", is_number=True)}
        moved = Mul(-1, rate, Symbol(f"d_{name}"), evaluate=False)
        notation = replace(run.adjoint.derivation.notation, table=table)
        return Equation.of(weight, Add(weight, moved, evaluate=False), notation)

    def written(self, text: str) -> str:
        """A formula or entry as it was written by hand."""
        return text

    def number(self, numeral: Numeral) -> str:
        return numeral.unicode()

    def function(self, function: type[Activation]) -> str:
        return function.unicode_name

    def formula(self, claim: Claim) -> str:
        """What a claim says, without where."""
        return claim.text

    def claim(self, claim: Claim) -> str:
        """What a claim says and, where it is not about a point, on which interval."""
        if claim.is_point:
            return self.formula(claim)
        interval = self.interval(str(claim.lower), str(claim.upper))
        return words(self.run.language)["claim"].format(formula=self.formula(claim), interval=interval)

    def interval(self, lower: str, upper: str) -> str:
        return f"[{lower}{words(self.run.language)['separator']}{upper}]"

    def mark(self, letters: str) -> str:
        """The letters that refer to notes, after an entry."""
        return f" ({letters})" if letters else ""

    def strong(self, text: str) -> str:
        """What a reader must not miss."""
        return f"{text} !"


class Tex(Text):
    """LaTeX between dollars."""

    def _symbol(self, notation: Notation, name: str, entry: tuple[int, ...] = ()) -> str:
        return f"${entry_latex(notation.symbol_latex(name), entry)}$"

    def equation(self, name: str) -> str:
        equation = self._equation(name)
        return f"${equation.notation.indexed_by(self.run.t).latex(equation.rhs)}$"

    def written(self, text: str) -> str:
        tokens = _TOKEN.findall(text.replace(" ", "").replace("−", "-"))
        return f"${''.join(self._token(tokens, k) for k in range(len(tokens))).strip()}$"

    def _token(self, tokens: list[str], k: int) -> str:
        token, before = tokens[k], tokens[k - 1] if k else ""
        if token in ("^", "**"):
            return "^"
        if _is_sign(tokens, k):
            return "{-"
        if token == "-":
            return " - "
        name = ALIASES.get(token, token)
        text = ACTIVATIONS[name].latex_name if name in ACTIVATIONS else _SIGNS.get(token) or self._name(token)
        return f"{text}}}" if _is_sign(tokens, k - 1) else f"{{{text}}}" if before in ("^", "**") else text

    def _name(self, name: str) -> str:
        """A name as by hand: without a time, but for ``c_prev``."""
        if not name[0].isalpha():
            return marked(name)
        if name.endswith(PREVIOUS):
            return self.run.notation.symbol_latex(name)
        stem, _, unit = name.rpartition("_")
        if stem in self.run.units and name not in self.run.units:
            return f"{self._untimed(stem)}^{{({unit})}}"
        return self._untimed(name)

    def _untimed(self, name: str) -> str:
        is_cotangent = self.run.loss is not None and name in {s.quantity for s in self.run.gradients().records}
        text = (self.run.adjoint.derivation if is_cotangent else self.run.cell).notation.symbol_latex(name)
        return text.removesuffix("_{t}").replace(", t}", "}")

    def number(self, numeral: Numeral) -> str:
        return f"${numeral.latex()}$"

    def function(self, function: type[Activation]) -> str:
        return f"${function.latex_name}$"

    def formula(self, claim: Claim) -> str:
        left = rf"{claim.exact.latex_name}({{{claim.lower if claim.is_point else 'x'}}})"
        return rf"${left} \approx {latex(claim.replacement)}$"

    def interval(self, lower: str, upper: str) -> str:
        return f"$[{{{lower}}}{words(self.run.language)['separator']}{{{upper}}}]$"

    def mark(self, letters: str) -> str:
        return f" $^{{{letters}}}$" if letters else ""

    def strong(self, text: str) -> str:
        return rf"\textbf{{{text}}}"


def _is_sign(tokens: list[str], k: int) -> bool:
    """Whether that token is a minus sign with nothing before it to subtract from."""
    return 0 <= k < len(tokens) - 1 and tokens[k] == "-" and (k == 0 or tokens[k - 1] in (*_SIGNS, "(", "^", "**"))


class Html(Tex):
    """LaTeX between dollars, for a page that turns it into MathML and marks its rows itself; numbers are text."""

    def number(self, numeral: Numeral) -> str:
        return numeral.unicode()

    def strong(self, text: str) -> str:
        return text
