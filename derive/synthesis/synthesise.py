"""``synthesise``: the cheapest replacements of a cell's activations that keep its output within an error, certified."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sympy import Rational

from derive.definition.cell import Cell
from derive.errors import DeriveError, shown, unknown
from derive.exact.numeral import exact_rational
from derive.later import later
from derive.notation.prose import plain
from derive.synthesis.bound import prepared
from derive.synthesis.candidates import KINDS
from derive.synthesis.choose import PRICES
from derive.synthesis.over_time import ErrorOverTime, decimal
from derive.synthesis.plot import pareto_plot
from derive.synthesis.search import Chosen, Cost, Search

if TYPE_CHECKING:
    from derive.run.data import Run


@dataclass(frozen=True, eq=False, repr=False)
class Synthesis:
    """The cheapest replacements that were found, certified: see ``synthesise``."""

    chosen: Chosen
    wish: Rational
    cost: Cost
    _search: Search = field(repr=False)

    @property
    def certificate(self) -> ErrorOverTime:
        return self.chosen.certificate

    @property
    def cost_name(self) -> str:
        """What the cost is counted in."""
        return self.cost if isinstance(self.cost, str) else getattr(self.cost, "__name__", "cost")

    @property
    def replacements(self) -> dict[str, Any]:
        """What ``Cell.with_activations`` takes, equations before activations."""
        found = {key: pick.function for keys, pick in self.chosen.picks for key in keys}
        names = self._search.run.cell
        return dict(sorted(found.items(), key=lambda item: item[0] not in names))

    @cached_property
    def cell(self) -> Cell:
        """The run's cell with these activations."""
        cell = self._search.run.cell
        return cell.with_activations(
            name=f"{cell.name}_synthesised",
            title=f"{cell.title}, error ≤ {self.certificate.bound_at(2)}",
            class_name=f"{cell.class_name}Synthesised",
            **self.replacements,
        )

    @cached_property
    def pareto(self) -> tuple[Chosen, ...]:
        """Cheaper and better choices, each certified: no other one is both cheaper and better by the plan."""
        return self._search.pareto(self.chosen)

    def plot(self, path: Any = None) -> Any:
        """Cost against certified error, as a matplotlib figure; written to ``path`` if one is given."""
        return pareto_plot(self, path)

    @later
    def latex(self) -> str:
        """A tabular of what was chosen: the replacements, where they hold, their errors; it needs booktabs."""
        raise NotImplementedError

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def to_json(self) -> dict[str, Any]:
        """For programs: the certificate, what was chosen and what it costs."""
        return {
            "wish": decimal(self.wish, 8),
            "cost": {"of": self.cost_name, "total": self.chosen.cost},
            "chosen": [
                {
                    "activations": list(keys),
                    "function": type(pick.exact).__name__,
                    "kind": pick.kind,
                    "replacement": pick.label,
                    "formula": str(pick.approximation.replacement),
                    "on": [str(end) for end in pick.on],
                    "error": decimal(pick.error, 8),
                    "operations": pick.operations,
                    "entries": pick.entries,
                    "bytes": pick.bytes,
                }
                for keys, pick in self.chosen.picks
            ],
            **self.certificate.to_json(),
        }

    def pareto_json(self) -> list[dict[str, Any]]:
        """``pareto`` for programs."""
        return [
            {
                "cost": p.cost,
                "error": p.certificate.bound_at(8),
                "chosen": {", ".join(keys): pick.label for keys, pick in p.picks},
            }
            for p in self.pareto
        ]

    def __repr__(self) -> str:
        c = self.certificate
        output, steps = c.run.cell.states[0], len(c.bounds)
        lines = [
            f"{plain(c.run.title)}: |replaced − exact| ≤ {c.bound_at()} in {output}, t = 1..{steps};"
            f" wished {decimal(self.wish)}; {self.cost_name}: {self.chosen.cost:g}"
        ]
        for keys, pick in self.chosen.picks:
            part = decimal(sum(c.parts[k] for k in keys))
            lines.append(f"  {', '.join(keys)}: {type(pick.exact).__name__} by {pick!r}, in {output} about {part}")
        return "\n".join(lines)


def synthesise(
    run: Run | Cell,
    box: Mapping[str, Any] | None = None,
    error: Any = "1e-3",
    kinds: Sequence[str] = KINDS,
    cost: Cost = "operations",
    *,
    steps: int | None = None,
    sizes: Mapping[str, int] | None = None,
    seed: int | None = None,
) -> Synthesis:
    """For each activation of a run's cell, or of a cell alone, the cheapest replacement such that the output stays
    within ``error`` of the exact one, at every step and for every number of the box: certified.

    box, steps, sizes, seed: as for ``derive.error_over_time``. kinds: of "table", "polynomial" and "rational". cost:
    "operations" (of all units in a step), "entries" or "bytes" (stored; activations of one function share them), or a
    function of a ``Candidate``. Activations without exponentials and their like are kept.

    Raises DeriveError for an unknown kind or cost, for a cost that is no finite number, and for an error that is not
    above 0; where the wish is not reached, with the best that is, and what limits it; where nothing finite is certified
    on the box.
    """
    run, boxed = prepared(run, box, steps, sizes, seed)
    wish = exact_rational(error)
    if wish <= 0:
        raise DeriveError(f"error is {shown(error)}, expected a number above 0")
    if not isinstance(kinds, Iterable):
        raise DeriveError(f"kinds is {shown(kinds)}, expected some of {', '.join(KINDS)}")
    given = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    for kind in given:
        if kind not in KINDS:
            raise DeriveError(unknown("kind of replacement", kind, KINDS))
    if not given:
        raise DeriveError(f"kinds is empty; give some of {', '.join(KINDS)}")
    if not callable(cost) and cost not in PRICES:
        raise DeriveError(f"{unknown('cost', cost, PRICES)}; or give a function of a candidate")
    search = Search(run, boxed, wish, given, cost)
    return Synthesis(search.found(), wish, cost, search)
