"""The phases of a plan in order, on arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from sympy import Symbol

from derive.backends.base import Answer, Array, Problem, Program
from derive.backends.reference.operations import results
from derive.backends.reference.walk import Walk
from derive.definition.cell import Cell
from derive.plan.build import plan as planned
from derive.plan.operations import Operation
from derive.plan.plan import Phase, Plan


class Reference:
    """The backend."""

    name = "reference"

    def check(self, cell: Cell) -> None:
        """Every cell will do."""

    def plan(self, cell: Cell) -> Plan:
        return planned(cell)

    def load(self, cell: Cell) -> Program:
        return interpreted(self.plan(cell))


def interpreted(plan: Plan) -> Program:
    """The program of a plan, whatever passes it has been through."""
    return lambda problem: Interpreter(plan, problem).answer()


def new_states(plan: Plan, problem: Problem) -> dict[str, Array]:
    """The states after the last step alone; the plan may have nothing that goes backwards."""
    return Interpreter(plan, problem).new_states()


def quantities(plan: Plan, problem: Problem) -> dict[Symbol, Array]:
    """All that such a plan computes, of every step."""
    walk = Interpreter(plan, problem)
    walk.new_states(series=True)
    return walk.env


class Interpreter(Walk):
    """One problem, worked."""

    def answer(self) -> Answer:
        """The problem forwards and backwards."""
        new = self.new_states(series=True)
        states, problem = self.plan.states, self.problem
        with np.errstate(all="ignore"):
            self.phase(Phase.COEFFICIENTS, problem.x.shape[:2])
            end = {s.incoming: problem.d_states[s.name] for s in states}
            self.loop(Phase.BACK, range(self.steps)[::-1], end, [(s.incoming, s.outgoing) for s in states])
            self.phase(Phase.GRADIENTS, problem.x.shape[:2])
        gradients = {
            s.name: self.env[self.plan.gradients[s.name]].reshape(problem.parameters[s.name].shape)
            for s in self.plan.stores
            if s.learned and s.name in problem.parameters
        }
        of_inputs = [self.env[d] for d in self.plan.input_cotangents]
        return Answer(
            self.env[states[0].new],
            new,
            of_inputs[0],
            {s.name: self.env[s.outgoing][0] for s in states},
            gradients,
            dict(zip([q.name for q in self.plan.inputs[1:]], of_inputs[1:], strict=True)),
        )

    def new_states(self, series: bool = False) -> dict[str, Array]:
        """The problem forwards. series: whether what every step computes is kept."""
        states, problem = self.plan.states, self.problem
        with np.errstate(all="ignore"):
            self.phase(Phase.PARAMETERS, ())
            self.keep({q: problem.x if q == self.plan.input else problem.further[q.name] for q in self.plan.inputs})
            self.phase(Phase.SEQUENCE, problem.x.shape[:2])
            start = {s.previous: problem.states[s.name] for s in states}
            links = [(s.previous, s.new) for s in states]
            last = self.loop(Phase.STEP, range(self.steps), start, links, series)
        return {s.name: last[s.previous] for s in states}

    # ------------------------------------------------------------------ phases

    def phase(self, phase: Phase, lead: tuple[int, ...]) -> None:
        """A phase once, for all time steps together."""
        self.lead = lead
        for op in self.plan.phases[phase]:
            self.do(op)
        if lead:
            self.over_time.update(q for op in self.plan.phases[phase] for q in op.targets)

    def loop(
        self,
        phase: Phase,
        order: Iterable[int],
        carried: dict[Symbol, Array],
        links: list[tuple[Symbol, Symbol]],
        series: bool = True,
    ) -> dict[Symbol, Array]:
        """A phase step by step: what is on the right of a link is on its left in the next step, and is returned after
        the last one. series: whether what every step computes is kept."""
        whole, self.lead = self.env, (self.batch,)
        always = {q: a for q, a in whole.items() if q not in self.over_time}
        made = dict.fromkeys(q for op in self.plan.phases[phase] for q in op.targets)
        wanted = [*dict.fromkeys((*carried, *made, *(out for _, out in links)))]
        rows: dict[int, dict[Symbol, Array]] = {}
        for t in order:
            if phase is Phase.BACK:  # what reaches the output of this very step
                first = links[0][0]
                carried[first] = carried[first] + self.problem.d_outputs[t]
            self.env = always | {q: whole[q][t] for q in self.over_time} | carried
            for op in self.plan.phases[phase]:
                self.do(op)
            if series:
                rows[t] = {q: self.env[q] for q in wanted}
            carried = {into: self.full(self.env[out], into) for into, out in links}
        self.env = whole
        if series:
            self.keep({q: np.stack([self.full(rows[t][q], q) for t in sorted(rows)]) for q in wanted})
        return carried

    def keep(self, series: Mapping[Symbol, Array]) -> None:
        """Quantities of all time steps."""
        self.env |= series
        self.over_time.update(series)

    # ------------------------------------------------------------------ one operation

    def do(self, op: Operation) -> None:
        """Give the targets of an operation their values."""
        for target, result in zip(op.targets, results(op, self), strict=True):
            self.env[target] = result
