"""A table made by hand against the exact cell: value by value, formula by formula, claim by claim.

A value agrees to n decimals if it is within half a unit of the n-th decimal of the exact value. A formula is right if
it is the cell's, with numbers in the places of symbols or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from derive.claims.certify import Certificate, Obligation
from derive.claims.entries import MOST_COMPARED, CheckedEntry, Fault, half_unit
from derive.claims.gradient_formulas import meanings as gradient_names
from derive.claims.gradient_formulas import scope
from derive.claims.hand import Entry, is_half_substituted, matches, meanings, outline, read_entry
from derive.errors import DeriveError, RunError, shown
from derive.exact.value import Value
from derive.later import later
from derive.notation.prose import plain
from derive.run.named import Kind, Spot, spots, value_at
from derive.run.steps import Steps
from derive.run.written_tables import place
from derive.symbolic.evaluation import evaluate
from derive.symbolic.expressions import replace as substitute

if TYPE_CHECKING:
    from derive.run.data import Run


@dataclass(frozen=True, repr=False)
class Check:
    """What is right and wrong in what a run says of itself, at so many decimals.

    rows: the entries of the hand-made table; printed: the decimals that a program printed; certificates: the claims.
    """

    run: Run
    decimals: int
    rows: tuple[CheckedEntry, ...]
    printed: tuple[CheckedEntry, ...]
    certificates: tuple[Certificate, ...]

    @property
    def agrees(self) -> bool:
        """Whether the table agrees everywhere at the decimals asked for, and the printed values at their own."""
        return not self.differing(self.decimals) and not self.misprinted

    @property
    def wrong(self) -> dict[str, int]:
        """How many ``values``, ``formulas`` and ``claims`` are wrong.

        A value is wrong as in ``agrees``, a formula where it is not the cell's, has other numbers than the cell or does
        not give the value after it, a claim where an argument leaves the interval that it is made on, and where what it
        says of its replacement is refuted.
        """
        formulas = sum(any(f.is_error for f in r.faults) for r in (*self.rows, *self.printed))
        values = len(self.differing(self.decimals)) + len(self.misprinted)
        claims = sum(bool(c.violated or c.refuted) for c in self.certificates)
        return {"values": values, "formulas": formulas, "claims": claims}

    @property
    def holds(self) -> bool:
        """Whether no value, no formula and no claim is wrong."""
        return not any(self.wrong.values())

    def differing(self, decimals: int) -> tuple[CheckedEntry, ...]:
        """The entries that do not agree at so many decimals."""
        return tuple(r for r in self.rows if not r.agrees_at(decimals))

    @property
    def misprinted(self) -> tuple[CheckedEntry, ...]:
        """The printed values that do not agree at the decimals they were printed with."""
        return tuple(r for r in self.printed if not r.agrees_at(r.entry.decimals))

    @property
    def first_disagreement(self) -> int | None:
        """The fewest decimals, from those asked for, at which an entry differs; None where all are equal."""
        return next((n for n in range(self.decimals, MOST_COMPARED) if self.differing(n)), None)

    @property
    def wrong_formulas(self) -> tuple[CheckedEntry, ...]:
        """The entries whose formula is not the cell's."""
        return tuple(r for r in self.rows if Fault.FORMULA in r.faults)

    @property
    def violations(self) -> tuple[tuple[Certificate, Obligation], ...]:
        """The arguments that leave the interval that was claimed, with their claims."""
        return tuple((c, o) for c in self.certificates for o in c.violated)

    def to_json(self) -> dict[str, Any]:
        """The whole result as plain data."""
        return {
            "cell": self.run.cell.name,
            "run": plain(self.run.title),
            "decimals": self.decimals,
            "agrees": self.agrees,
            "holds": self.holds,
            "wrong": self.wrong,
            "rows": [r.to_json() for r in self.rows],
            "printed": [r.to_json() | {"agrees": r not in self.misprinted} for r in self.printed],
            "claims": [
                {
                    "claim": str(c.claim),
                    "verdict": c.verdict.value,
                    "claimed_error": c.claim.approximation.bound_at(5),
                    "error_on_occurring_range": c.actual.bound_at(5),
                    "keeps": c.claim.properties_json(),
                    "violated": [{"argument": str(o.label), "value": o.enclosure()} for o in c.violated],
                }
                for c in self.certificates
            ],
        }

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    @later
    def __repr__(self) -> str:
        raise NotImplementedError


def check(run: Run, decimals: int | None = None) -> Check:
    """Hold what a run says of itself against the exact cell.

    decimals: at which the hand-made table has to agree; by default the run's hand_decimals, else its decimals.

    Raises RunError where there is nothing to check, or an entry cannot be read.
    """
    if not (run.hand or run.printed or run.claims):
        raise RunError("there is nothing to check: the run has no hand_table, no printed values and no claims")
    stated = run.decimals if run.hand_decimals is None else run.hand_decimals
    decimals = stated if decimals is None else decimals
    if not isinstance(decimals, int) or isinstance(decimals, bool) or not 0 <= decimals < MOST_COMPARED:
        raise RunError(f"decimals is {shown(decimals)}, expected an integer from 0 to {MOST_COMPARED - 1}")
    steps = run.steps()
    rows = tuple(_rows(steps, "hand_table", run.hand, decimals))
    printed = tuple(_rows(steps, "printed", run.printed, decimals))
    return Check(run, decimals, rows, printed, run.certificates)


def _rows(steps: Steps, table: str, written: Any, decimals: int) -> Iterator[CheckedEntry]:
    for name, texts in written.items():
        for k, (spot, text) in enumerate(zip(spots(steps.run, name), texts, strict=True)):
            try:
                entry = read_entry(text)
                yield (_row if spot.kind is Kind.QUANTITY else _other_row)(steps, spot, entry, decimals)
            except DeriveError as e:
                raise RunError(f"{place(written, table, name, k)} is {shown(text)}: {e}") from None


def _other_row(steps: Steps, spot: Spot, entry: Entry, decimals: int) -> CheckedEntry:
    """An entry of what is no quantity of the cell's equations: a gradient, the loss, a weight after a step."""
    exact = value_at(steps.run, spot)
    if entry.formula is None:
        return CheckedEntry.of(spot, entry, exact)
    is_right, half, values = True, False, dict[Any, Value]()
    if entry.formula.free_symbols:
        there = scope(steps.run, spot)
        names = gradient_names(steps.run, there.values, entry.formula, spot)
        values = {name: there.values[symbol] for name, symbol in names.items()}
        is_right = there.allows(substitute(entry.formula, names))
        half = there.half_substituted(entry.formula)
    gives = evaluate(entry.formula, values)
    gives.finite()
    faults = tuple(_faults(entry, is_right, half, gives, exact, decimals))
    return CheckedEntry.of(spot, entry, exact, gives, faults)


def _row(steps: Steps, spot: Spot, entry: Entry, decimals: int) -> CheckedEntry:
    exact = value_at(steps.run, spot)
    if entry.formula is None:
        return CheckedEntry.of(spot, entry, exact)
    quantity = spot.quantity
    names = meanings(steps, entry.formula, quantity, spot.unit, spot.t)
    gives = evaluate(entry.formula, {s: m.value for s, m in names.items()})
    gives.finite()  # raises where it has no finite real value
    equation = steps.run.cell[quantity].rhs
    meant = substitute(entry.formula, {s: m.symbol for s, m in names.items()})
    is_the_cells = matches(meant, outline(steps.run.cell.lowered(quantity)))
    half = is_half_substituted(entry.formula, equation)
    faults = tuple(_faults(entry, is_the_cells, half, gives, exact, decimals))
    return CheckedEntry.of(spot, entry, exact, gives, faults)


def _faults(entry: Entry, is_the_cells: bool, half: bool, gives: Value, exact: Value, decimals: int) -> Iterator[Fault]:
    if not is_the_cells:
        yield Fault.FORMULA
    elif abs(gives - exact).order(half_unit(decimals)) == 1:
        yield Fault.NUMBERS
    if abs(gives - entry.value).order(half_unit(entry.decimals)) == 1:
        yield Fault.VALUE
    if half:
        yield Fault.HALF
    if entry.relation == "=" and (gives - entry.value).rational != 0:
        yield Fault.EQUAL
