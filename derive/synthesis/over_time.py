"""The result: what replaced activations do to a run's states at most, step by step, and the part of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from sympy import Expr, Rational

from derive.approximation.bounds import Approximation
from derive.errors import RunError, unknown
from derive.exact.value import Value
from derive.later import later
from derive.notation.prose import plain
from derive.run.box import Variable
from derive.run.data import Run
from derive.symbolic.table import Table

if TYPE_CHECKING:
    from derive.synthesis.walk import Bounds


def decimal(number: float | Rational, significant: int = 3) -> str:
    """Rounded up."""
    return Value.of(Rational(number)).upper(significant)


class Replaced(NamedTuple):
    """The activation of one equation and what stands for it. exact: in x. occurs: on what interval it is asked for."""

    key: str
    exact: Expr
    approximation: Approximation
    error: float
    occurs: tuple[float, float]

    @property
    def beyond(self) -> Rational:
        """How far beyond the ends of a table it is asked for at most; 0 for what is no table."""
        table = type(self.approximation.replacement)
        if not issubclass(table, Table):
            return Rational(0)
        lower, upper = map(Rational, self.occurs)
        return max(table.lower - lower, upper - table.upper, Rational(0))


@dataclass(frozen=True, eq=False, repr=False)
class ErrorOverTime:
    """What the replacements do to the states of a run at most: replaced minus exact, for every number of the box.

    Bounds are rounded up. They hold in real numbers; the rounding of a machine is apart.
    """

    run: Run
    variables: tuple[Variable, ...]
    replaced: tuple[Replaced, ...]
    bounds: tuple[Bounds, ...]  # by step

    @cached_property
    def error(self) -> float:
        """Of every unit of the output at every step."""
        return max(self.over_time())

    def over_time(self, state: str | None = None) -> tuple[float, ...]:
        """The largest error of a state's units, by step; of the output, which is the first state, by default."""
        name = self.run.cell.states[0] if state is None else state
        if name not in self.run.cell.states:
            raise RunError(unknown(f"state of {self.run.cell.name}", name, self.run.cell.states))
        return tuple(float(b.errors[name].max()) for b in self.bounds)

    @property
    def worst(self) -> tuple[int, int]:
        """(t, unit) of the output where the bound is largest, from 1."""
        t = self.over_time().index(self.error)
        return t + 1, int(self.bounds[t].errors[self.run.cell.states[0]].argmax()) + 1

    @cached_property
    def parts(self) -> dict[str, float]:
        """About what each replacement adds to the error of the output, where that is largest: what is linear in its own
        error. Where that makes less than half of the error, what each makes alone at most, found by a walk each."""
        t, unit = self.worst
        output = self.run.cell.states[0]
        linear = {key: float(p[unit - 1]) for key, p in self.bounds[t - 1].parts[output].items()}
        if sum(linear.values()) >= self.error / 2:
            return linear
        return {r.key: self._alone(r, t, unit) for r in self.replaced}

    def _alone(self, r: Replaced, t: int, unit: int) -> float:
        from derive.synthesis.walk import Walk

        bounds = Walk(self.run, self.variables, errors={r.key: r.error}).bounded()
        return float(bounds[t - 1].errors[self.run.cell.states[0]][unit - 1])

    def bound_at(self, significant: int = 5) -> str:
        """``error`` as a decimal, rounded up."""
        return decimal(self.error, significant)

    def to_json(self) -> dict[str, Any]:
        """For programs; errors are decimals, rounded up."""
        return {
            "cell": self.run.cell.name,
            "run": plain(self.run.title),
            "box": {v.name: [str(v.lower), str(v.upper)] for v in self.variables},
            "engine": "zonotope of errors, float64 rounded outwards",
            "error": self.bound_at(8),
            "replaced": [
                {
                    "activation": r.key,
                    "on": [str(r.approximation.lower), str(r.approximation.upper)],
                    "error": decimal(r.error, 8),
                    "part": decimal(self.parts[r.key], 8),
                    "beyond": decimal(r.beyond, 8),
                }
                for r in self.replaced
            ],
            "steps": [
                {"t": t, **{s: decimal(float(e.max()), 8) for s, e in b.errors.items()}}
                for t, b in enumerate(self.bounds, 1)
            ],
        }

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        box = ", ".join(dict.fromkeys(f"{v.name} in [{v.lower}, {v.upper}]" for v in self.variables)) or "points"
        output, steps = self.run.cell.states[0], len(self.bounds)
        lines = [f"{plain(self.run.title)}, {box}: |replaced − exact| ≤ {self.bound_at()} in {output}, t = 1..{steps}"]
        for r in self.replaced:
            a = r.approximation
            lines.append(
                f"  {r.key}: {a.exact.__name__} on [{a.lower}, {a.upper}] by {a.replacement}, error ≤"
                f" {decimal(r.error)}, of which in {output} about {decimal(self.parts[r.key])}"
                + (f"; it is asked for up to {decimal(r.beyond)} beyond the ends of the table" if r.beyond else "")
            )
        return "\n".join(lines)
