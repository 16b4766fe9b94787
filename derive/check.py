"""A table made by hand against the exact cell: value by value, formula by formula, claim by claim.

A value agrees to n decimals if it is within half a unit of the n-th decimal of the exact value: rounding the exact
value to n decimals then gives it. A formula is right if it is the cell's, with numbers in the places of symbols or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sympy import Rational, Symbol

from derive.certify import Certificate, Obligation
from derive.errors import DeriveError, RunError, unknown
from derive.hand import Entry, is_half_substituted, matches, outline, read_entry
from derive.notation import PREVIOUS
from derive.numbers import Value, evaluate
from derive.steps import Steps

if TYPE_CHECKING:
    from derive.run import Run

MOST_DECIMALS = 40
Names = dict[Symbol, tuple[Symbol, Value]]  # what a name in a hand formula stands for: the equation's symbol, its value


@dataclass(frozen=True)
class Row:
    """One entry of the table: name (``c``, or ``c_2`` for the second unit) at t, by hand and exactly.

    formula: the formula written by hand; equation: the cell's, where the formula is another one; formula_value: what
    the formula written by hand really gives. remarks: what is wrong beside the value.
    """

    name: str
    t: int
    text: str
    hand: Rational
    decimals: int  # that the hand value is written with
    exact: Value
    formula: str = ""
    formula_value: Value | None = None
    equation: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def error(self) -> Value:
        """|by hand - exact|."""
        return abs(Value.of(self.hand) - self.exact)

    @property
    def relative_error(self) -> Value | None:
        """The error over |exact|; None where the exact value is 0."""
        return None if self.exact.sign() in (0, None) else self.error / abs(self.exact)

    def agrees_at(self, decimals: int) -> bool:
        """Whether the value by hand is within half a unit of that decimal."""
        return self.error <= Rational(1, 2 * 10**decimals)

    @cached_property
    def agrees_to(self) -> int | None:
        """The largest number of decimals at which it agrees; -1 where not even the integers do, None for equality."""
        if self.error.rational == 0:
            return None
        return next((n - 1 for n in range(MOST_DECIMALS) if not self.agrees_at(n)), MOST_DECIMALS)

    @property
    def wrong_formula(self) -> bool:
        return bool(self.equation)

    def to_json(self) -> dict[str, Any]:
        relative = self.relative_error
        return {
            "quantity": self.name,
            "t": self.t,
            "text": self.text,
            "by_hand": str(self.hand),
            "exact": self.exact.decimal(MOST_DECIMALS),
            "absolute_error": str(self.error.rounded_up(5)),
            "relative_error": None if relative is None else str(relative.rounded_up(5)),
            "agrees_to": self.agrees_to,
            "equal": self.agrees_to is None,
            "formula": self.formula or None,
            "formula_value": None if self.formula_value is None else self.formula_value.decimal(MOST_DECIMALS),
            "wrong_formula": self.wrong_formula,
            "remarks": list(self.remarks),
        }


@dataclass(frozen=True, repr=False)
class Check:
    """What is right and wrong in what a run says of itself, at so many decimals.

    rows: the entries of the hand-made table; printed: the decimals that a program printed; certificates: the claims.
    """

    run: Run
    decimals: int
    rows: tuple[Row, ...]
    printed: tuple[Row, ...]
    certificates: tuple[Certificate, ...]

    @property
    def agrees(self) -> bool:
        """Whether the table agrees everywhere at the decimals asked for, and the printed values at their own."""
        return not self.differing(self.decimals) and all(r.agrees_at(r.decimals) for r in self.printed)

    def differing(self, decimals: int) -> tuple[Row, ...]:
        """The entries that do not agree at so many decimals."""
        return tuple(r for r in self.rows if not r.agrees_at(decimals))

    @property
    def wrong_formulas(self) -> tuple[Row, ...]:
        """The entries whose formula is not the cell's."""
        return tuple(r for r in self.rows if r.wrong_formula)

    @property
    def violations(self) -> tuple[tuple[Certificate, Obligation], ...]:
        """The arguments that leave the interval that was claimed, with their claims."""
        return tuple((c, o) for c in self.certificates for o in c.violated)

    def to_json(self) -> dict[str, Any]:
        """The whole result as plain data."""
        return {
            "cell": self.run.cell.name,
            "run": self.run.title,
            "decimals": self.decimals,
            "agrees": self.agrees,
            "rows": [r.to_json() for r in self.rows],
            "printed": [r.to_json() | {"agrees": r.agrees_at(r.decimals)} for r in self.printed],
            "claims": [
                {
                    "claim": str(c.claim),
                    "verdict": c.verdict.value,
                    "violated": [{"argument": o.label, "value": o.enclosure()} for o in c.violated],
                }
                for c in self.certificates
            ],
        }

    def __repr__(self) -> str:
        return "\n".join([*self._table(), "", *self._summary()])

    # ------------------------------------------------------------------ as text

    def _table(self) -> Iterator[str]:
        cells = [("t", "", "by hand", "exact", "error ≤", "relative ≤", "agrees to", f"{self.decimals} dec.", "remarks")]
        cells += [self._cells(r, self.decimals) for r in self.rows]
        widths = [max(len(row[k]) for row in cells) for k in range(len(cells[0]))]
        for row in cells:
            yield "  ".join(
                text.ljust(w) if k in (1, 2, 8) else text.rjust(w)
                for k, (text, w) in enumerate(zip(row, widths, strict=True))
            ).rstrip()

    def _cells(self, row: Row, decimals: int) -> tuple[str, ...]:
        relative = row.relative_error
        return (
            str(row.t),
            row.name,
            row.text,
            row.exact.unicode(self.run.decimals),
            row.error.rounded_up(3).unicode(),
            "" if relative is None else relative.rounded_up(3).unicode(),
            "all" if row.agrees_to is None else "none" if row.agrees_to < 0 else str(row.agrees_to),
            "ok" if row.agrees_at(decimals) else "differs",
            "; ".join(row.remarks),
        )

    def _summary(self) -> Iterator[str]:
        if self.rows:
            yield self._agreement(self.decimals)
            later = next((n for n in range(self.decimals + 1, MOST_DECIMALS) if self.differing(n)), None)
            if later and not self.differing(self.decimals):
                yield self._agreement(later)
        for r in self.printed:
            if not r.agrees_at(r.decimals):
                yield f"Printed: {r.name} at t = {r.t} was {r.text}; the exact value is {r.exact.unicode(r.decimals)}."
        if self.printed and all(r.agrees_at(r.decimals) for r in self.printed):
            yield f"The {len(self.printed)} printed values agree at the decimals they were printed with."
        for (formula, equation), rows in self._by_formula().items():
            places = ", ".join(f"{r.name} at t = {r.t}" for r in rows)
            gives = ", ".join(r.formula_value.unicode(self.run.decimals) for r in rows if r.formula_value is not None)
            yield f"Wrong formula: {formula} is not {equation} ({places}); it gives {gives}."
        for certificate in self.certificates:
            if certificate.violated:
                out = ", ".join(f"{o.label} ({o.enclosure(self.run.decimals)})" for o in certificate.violated)
                yield f"Claim {certificate.claim}: VIOLATED by {out}."
            else:
                yield f"Claim {certificate.claim}: {certificate.verdict.name}."

    def _agreement(self, decimals: int) -> str:
        found = self.differing(decimals)
        places = ", ".join(f"{r.name} at t = {r.t}" for r in found)
        many = f"{decimals} decimal{'' if decimals == 1 else 's'}"
        if not found:
            return f"At {many} the table agrees everywhere ({len(self.rows)} entries)."
        return f"At {many} {len(found)} of {len(self.rows)} entries differ{'' if len(found) != 1 else 's'}: {places}."

    def _by_formula(self) -> dict[tuple[str, str], list[Row]]:
        groups: dict[tuple[str, str], list[Row]] = {}
        for r in self.wrong_formulas:
            groups.setdefault((r.formula, r.equation), []).append(r)
        return groups


def check(run: Run, decimals: int | None = None) -> Check:
    """Hold what a run says of itself against the exact cell.

    decimals: at which the hand-made table has to agree; by default the run's hand_decimals, else its decimals.

    Raises RunError where there is nothing to check, or an entry cannot be read.
    """
    if not (run.hand or run.printed or run.claims):
        raise RunError("there is nothing to check: the run has no hand_table, no printed values and no claims")
    stated = run.decimals if run.hand_decimals is None else run.hand_decimals
    decimals = stated if decimals is None else decimals
    if not 0 <= decimals < MOST_DECIMALS:
        raise RunError(f"decimals is {decimals}, expected 0 to {MOST_DECIMALS - 1}")
    steps = run.steps()
    rows = [
        _row(steps, name, t, read_entry(text, f"hand_table.{name}[{t - 1}]"), decimals)
        for name, texts in run.hand.items()
        for t, text in enumerate(texts, 1)
    ]
    printed = [_printed(steps, n, t, text) for n, texts in run.printed.items() for t, text in enumerate(texts, 1)]
    return Check(run, decimals, tuple(rows), tuple(printed), run.certify())


def _printed(steps: Steps, name: str, t: int, text: str) -> Row:
    entry = read_entry(text, f"printed.{name}[{t - 1}]")
    return Row(name, t, text, entry.value, entry.decimals, steps.value(t, *steps.run.quantity(name)))


def _row(steps: Steps, name: str, t: int, entry: Entry, decimals: int) -> Row:
    quantity, unit = steps.run.quantity(name)
    exact = steps.value(t, quantity, unit)
    if entry.formula is None:
        return Row(name, t, entry.text, entry.value, entry.decimals, exact)
    cell = steps.run.cell
    names = _names(steps, quantity, unit, t)
    key = f"hand_table.{name}[{t - 1}]"
    for symbol in sorted(entry.formula.free_symbols, key=str):
        if symbol not in names:
            raise RunError(f"{key}: {unknown('name', symbol, map(str, names))}")
    try:
        gives = evaluate(entry.formula, {s: value for s, (_, value) in names.items()})
        gives.ends()
    except DeriveError as e:
        raise RunError(f"{key}: {entry.text!r}: {e}") from None
    equation = cell[quantity]
    meant = entry.formula.xreplace({}) if not names else _rename(entry.formula, names)
    wrong = not matches(meant, outline(equation.rhs, cell))
    return Row(
        name, t, entry.text, entry.value, entry.decimals, exact,
        formula=_formula_text(entry), formula_value=gives, equation=cell.notation.unicode(equation.rhs) if wrong else "",
        remarks=tuple(_remarks(entry, wrong, gives, exact, decimals, steps.run.decimals)),
    )  # fmt: skip


def _rename(formula: Any, names: Names) -> Any:
    from derive.expressions import replace

    return replace(formula, {s: meant for s, (meant, _) in names.items()})


def _formula_text(entry: Entry) -> str:
    return entry.text.replace("≈", "~").replace("=", "~").partition("~")[0].strip()


def _remarks(entry: Entry, wrong: bool, gives: Value, exact: Value, decimals: int, shown: int) -> Iterator[str]:
    formula = _formula_text(entry)
    if wrong:
        yield f"{formula} is not the cell's formula"
    elif abs(gives - exact) > Rational(1, 2 * 10**decimals):
        yield f"the numbers in {formula} are not the cell's: it gives {gives.unicode(shown)}"
    if abs(gives - Value.of(entry.value)) > Rational(1, 2 * 10**entry.decimals):
        yield f"{formula} is {gives.unicode(shown)}"
    if entry.formula is not None and is_half_substituted(entry.formula):
        yield "half-substituted"
    if entry.relation == "=" and (gives - Value.of(entry.value)).rational != 0:
        yield "≈, not ="


def _names(steps: Steps, quantity: str, unit: int, t: int) -> Names:
    """What the names in a hand formula of that quantity stand for.

    A state's name is its previous value up to its own equation and its new value after it, as in a cell's definition;
    ``c_prev`` always is the previous one. With several units a name without a number is the same unit's.
    """
    run, names = steps.run, {}
    order = list(run.units)
    for name, many in run.units.items():
        earlier = name in run.cell.states and order.index(quantity) <= order.index(name)
        for k in range(1, many + 1):
            now = Symbol(name + (PREVIOUS if earlier else "")), steps.value(t - earlier, name, k)
            if k == unit or many == 1:
                names[Symbol(name)] = now
            if many > 1:
                names[Symbol(f"{name}_{k}")] = now if k == unit else (Symbol(f"{now[0]}_{k}"), now[1])
            if name in run.cell.states and (k == unit or many == 1):
                names[Symbol(name + PREVIOUS)] = Symbol(name + PREVIOUS), steps.value(t - 1, name, k)
        if earlier is False and order.index(name) >= order.index(quantity):
            names = {s: v for s, v in names.items() if str(s).partition("_")[0] != name or str(s).endswith(PREVIOUS)}
    for k, number in enumerate(run.x[t - 1], 1):
        symbol = Symbol(f"{run.cell.input.name}_{k}")
        names[symbol] = symbol, Value.of(number)
    return names
