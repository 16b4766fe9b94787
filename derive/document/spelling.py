"""What stands in sentences about a run, as formulas: quantities, claims, formulas as they were written by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sympy import Add, Mul, Symbol, latex

from derive.approximation.claim import Claim
from derive.claims.beyond import Beyond
from derive.document.model import Formula, Sentence, said
from derive.document.rows import entry_latex, entry_unicode
from derive.exact.numeral import Numeral, marked, marked_text
from derive.exact.value import Value
from derive.notation.names import Equation, Notation
from derive.notation.quantity import PREVIOUS, Quantity
from derive.notation.words import words
from derive.run.data import Run
from derive.run.named import Kind, Spot, entry_label
from derive.run.printed_weights import joint_biases
from derive.run.step import InStep
from derive.symbolic.activation import Activation
from derive.symbolic.activations import ACTIVATIONS
from derive.symbolic.formula import ALIASES

BEYOND = {"clamp": "beyond, clamp", "extend": "beyond, extend"}
DIGITS = 3  # significant ones of what is rounded up
_TOKEN = re.compile(r"[A-Za-zσ]\w*|(?:\d+\.)?\d+|\*\*|.")
_SIGNS = {"*": r" \cdot ", "·": r" \cdot ", "~": r" \approx ", "≈": r" \approx ", "=": " = ", "+": " + ", "/": "/"}


def error(value: Value) -> Numeral:
    """An error as it is printed: five significant digits, three where it is so small that it has a power of ten."""
    found = value.significant(5)
    return value.significant(3) if found.scientific else found


def function_formula(function: type[Activation]) -> Formula:
    """The name of an activation."""
    return Formula(function.latex_name, function.unicode_name)


@dataclass(frozen=True)
class Spelling:
    """Spells what a run's sentences are about."""

    run: Run

    def quantity(self, name: str, unit: int, t: int) -> Formula:
        """``c₂``, with several units ``c₂⁽¹⁾``."""
        return self.symbol(InStep.of(self.run.notation, t=t, unit=self.run.unit_label(name, unit)), name)

    def place(self, spot: Spot) -> Sentence:
        """What an entry of a table by hand is of: a quantity, δcₜ, δW_ig[1, 2], L."""
        match spot.kind:
            case Kind.QUANTITY:
                return (self.quantity(spot.quantity, spot.unit, spot.t),)
            case Kind.COTANGENT:
                notation = InStep.of(self.run.backward_notation, t=spot.t, unit=spot.label)
                return (self.symbol(notation, spot.quantity),)
            case Kind.GRADIENT:
                label = entry_label(self.run, spot.quantity, spot.place)
                return (self.symbol(self.run.backward_notation, f"d_{spot.quantity}", label),)
            case Kind.UPDATED:
                label = entry_label(self.run, spot.quantity, spot.place)
                name = self.symbol(self.run.notation, spot.quantity, label)
                return (name, f" ({words(self.run.language)['new']})")
            case Kind.LOSS:
                return (self.symbol(Notation({"L": Quantity("L", time="")}), "L"),)

    def symbol(self, notation: Notation, name: str, entry: str = "") -> Formula:
        return Formula(entry_latex(notation, name, entry), entry_unicode(notation.symbol_unicode(name), entry))

    def equation(self, name: str) -> tuple[Formula, Formula]:
        """Both sides of the equation of that name, of the cell, of its adjoint or of gradient descent."""
        equation = self._equation(name)
        notation = replace(equation.notation, time=self.run.t, style=self.run.notation.style)
        left, right = (Formula(notation.latex(s), equation.notation.unicode(s)) for s in (equation.lhs, equation.rhs))
        return left, right

    def _equation(self, name: str) -> Equation:
        run = self.run
        if name in run.cell:
            return run.cell[name]
        first, *_ = joint_biases(run.cell).get(Quantity.typed(name).name, [name])
        name = name if first == name else f"d_{first}"
        if name in run.adjoint:
            return run.adjoint[name]
        weight, rate = Symbol(name), Symbol("lr")
        table = {**run.adjoint.derivation.notation.table, rate.name: Quantity("eta", time="", is_number=True)}
        moved = Mul(-1, rate, Symbol(f"d_{name}"), evaluate=False)
        notation = replace(run.adjoint.derivation.notation, table=table)
        return Equation.of(weight, Add(weight, moved, evaluate=False), notation)

    def function(self, function: type[Activation]) -> Formula:
        return function_formula(function)

    def claimed(self, claim: Claim) -> Formula:
        """What a claim says, without where."""
        left = rf"{claim.exact.latex_name}({{{claim.lower if claim.is_point else 'x'}}})"
        return Formula(rf"{left} \approx {latex(claim.replacement)}", claim.text)

    def claim(self, claim: Claim) -> Sentence:
        """What a claim says and, where it is not about a point, on which interval."""
        formula = self.claimed(claim)
        if claim.is_point:
            return (formula,)
        return said(self.run.language, "claim", formula=formula, interval=self.interval(claim.lower, claim.upper))

    def interval(self, lower: object, upper: object) -> Formula:
        separator = words(self.run.language)["separator"]
        ends = [e.latex() if isinstance(e, Numeral) else str(e) for e in (lower, upper)]
        texts = [e.unicode() if isinstance(e, Numeral) else str(e) for e in (lower, upper)]
        return Formula(f"[{{{ends[0]}}}{separator}{{{ends[1]}}}]", f"[{texts[0]}{separator}{texts[1]}]")

    def beyond(self, found: Beyond) -> Sentence:
        """Where a table does not cover the run, and how far it is asked for beyond its ends."""
        table, place = found.table, found.place
        return said(
            self.run.language,
            BEYOND[table.outside],
            table=self.function(table),
            interval=self.interval(table.lower, table.upper),
            name=self.quantity(place.quantity, place.unit, place.t),
            by=found.by.rounded_up(DIGITS),
        )

    # ------------------------------------------------------------------ as written by hand

    def written(self, text: str) -> Formula:
        """A formula or entry as it was written by hand."""
        tokens = _TOKEN.findall(text.replace(" ", "").replace("−", "-"))
        return Formula("".join(self._token(tokens, k) for k in range(len(tokens))).strip(), marked_text(text))

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
            return str(self.run.notation.symbol_latex(name))
        stem, _, unit = name.rpartition("_")
        if stem in self.run.units and name not in self.run.units:
            return f"{self._untimed(stem)}^{{({unit})}}"
        return self._untimed(name)

    def _untimed(self, name: str) -> str:
        is_cotangent = self.run.loss is not None and name in {s.quantity for s in self.run.gradients().records}
        notation: Notation = self.run.backward_notation if is_cotangent else self.run.notation
        return notation.indexed_by("").symbol_latex(name)


def _is_sign(tokens: list[str], k: int) -> bool:
    """Whether that token is a minus sign with nothing before it to subtract from."""
    return 0 <= k < len(tokens) - 1 and tokens[k] == "-" and (k == 0 or tokens[k - 1] in (*_SIGNS, "(", "^", "**"))
