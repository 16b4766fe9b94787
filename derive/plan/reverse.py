"""The order of work of a generated backward pass: what every step shares, one step of the recurrence, the rest.

The adjoint's statements are linear in the cotangents. Only some of them lead from the cotangents of a step's states to
those of the step before; they make up the loop, and the coefficients in them, which depend on the forward pass alone,
are computed for all steps before it. All the others (the gradients of the input and of the parameters) follow after
it, for all steps at once. Nothing here is text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

from sympy import Expr, S, Symbol

from derive.calculus.adjoint import Adjoint
from derive.calculus.backward import Backward as Equation
from derive.calculus.backward import Term
from derive.plan.instructions import (
    Backward,
    BackwardInstruction,
    Gradient,
    Join,
    Pull,
    Reverse,
    Stack,
    gradient_uses,
    uses,
)
from derive.statements.kinds import Elementwise, Statement
from derive.statements.maps import Broadcast, Outer, SumUnits
from derive.symbolic.derivatives import product, total
from derive.symbolic.expressions import INPUT


def reverse(adjoint: Adjoint, stacks: Sequence[Stack]) -> Reverse:
    """The order of work for the backward equations of a cell whose parameters are stacked so."""
    return _Reverse(adjoint, stacks).plan()


class _Reverse:
    """Sorts the adjoint's statements into the loop and what comes before and after it."""

    def __init__(self, adjoint: Adjoint, stacks: Sequence[Stack]) -> None:
        self.adjoint, self.stacks = adjoint, stacks
        self.place = {p.symbol: (stack, p.block) for stack in stacks for p in stack.blocks}
        self.joins: dict[tuple[Symbol, ...], Join] = {}
        self.taken = {*adjoint.cell.sizes, *adjoint.incoming, *(s.target for s in adjoint.statements)}
        self.cotangents = set(adjoint.incoming)
        self.cotangents.update(s.target for s in adjoint.statements if isinstance(s, Equation))
        passed = {i: s.target for s in adjoint.statements for i in adjoint.incoming if _is_name(s, i)}
        self.incoming = tuple(passed.get(d, d) for d in adjoint.incoming)
        statements = [s for s in adjoint.statements if s.target not in passed.values()]
        self.forward = [s for s in statements if isinstance(s, Elementwise)]
        backward = [s for s in statements if isinstance(s, Equation)]
        loop = self._leading_to(adjoint.outgoing, backward)
        self.inside = [s for s in backward if s.target in loop]
        self.outside = [s for s in backward if s.target not in loop]

    def plan(self) -> Reverse:
        named: dict[Expr, Symbol] = {}
        step: list[BackwardInstruction] = []
        for s, form in self._loop():
            line = total(*(product(d, self._coefficient(d, s.target, c, named)) for d, c in form.items()))
            step += self._instructions(s, line)
        joined = dict(self.joins)
        after = [i for s in self.outside for i in self._instructions(s, s.expr)]
        gradients = tuple(map(self._gradient, self.stacks))
        after += [j for parts, j in self.joins.items() if parts not in joined and j not in after]
        after = [*self._needed_forward(after, gradients), *self._in_order(after)]
        kept, unjoined = self._kept(joined.values(), after, gradients)
        partials = [Elementwise(name, expr) for expr, name in named.items()]
        partials = [*self._needed_forward([*partials, *step], ()), *partials]
        forward = {self.adjoint.cell.input, *self.adjoint.saved, *(p.target for p in partials)}
        handed = tuple(q for q in self._with_input(q for i in step for q in uses(i)) if q in forward)
        return Reverse(
            self._saved({q for p in partials for q in uses(p)}.union(handed)),
            tuple(partials),
            handed,
            self.incoming,
            tuple(step),
            self.adjoint.outgoing,
            kept,
            unjoined,
            tuple(after),
            gradients,
            self._saved({q for i in after for q in uses(i)} | {q for g in gradients for q in gradient_uses(g)}),
        )

    def _saved(self, read: Iterable[Symbol]) -> tuple[Symbol, ...]:
        """The forward quantities among what is read, in forward order."""
        kept = {self.adjoint.cell.input, *self.adjoint.saved}.intersection(self._with_input(read))
        return tuple(q for q in self.adjoint.cell.sizes if q in kept)

    def _with_input(self, read: Iterable[Symbol]) -> Iterable[Symbol]:
        """What is read, each once, with the input in the place of its number of units, which differs by layer."""
        return dict.fromkeys(self.adjoint.cell.input if q == Symbol(INPUT) else q for q in read)

    # ------------------------------------------------------------------ the loop

    def _leading_to(self, targets: Iterable[Symbol], statements: list[Equation]) -> set[Symbol]:
        """The targets, and all cotangents that they depend on."""
        by_target = {s.target: s for s in statements}
        found: set[Symbol] = set()
        waiting = list(targets)
        while waiting:
            target = waiting.pop()
            if target in by_target and target not in found:
                found.add(target)
                waiting += by_target[target].reads
        return found

    def _loop(self) -> list[tuple[Equation, dict[Symbol, Expr]]]:
        """The loop's statements, each with the coefficient of every cotangent in its formula; a cotangent that is a
        multiple of another, read once, is put in."""
        reads = Counter(d for s in self.inside for d in s.reads)
        wanted = {*self.adjoint.outgoing, *(d for s in self.inside for _, d in s.products)}
        wanted |= {d for s in self.outside for d in s.reads}
        wanted |= {d for g in self.adjoint.gradients for t in g.terms for d in t.expr.free_symbols}
        inner: dict[Symbol, dict[Symbol, Expr]] = {}
        kept = []
        for s in self.inside:
            form: dict[Symbol, Expr] = {}
            for d, coefficient in s.coefficients.items():
                for e, local in inner.get(d, {d: S.One}).items():
                    c = product(local, coefficient)
                    form[e] = total(form[e], c) if e in form else c
            if s.is_formula and len(form) == 1 and reads[s.target] == 1 and s.target not in wanted:
                inner[s.target] = form
            else:
                kept.append((s, form))
        return kept

    def _coefficient(self, of: Symbol, target: Symbol, expr: Expr, named: dict[Expr, Symbol]) -> Expr:
        """A coefficient as the loop reads it: a name or what needs no forward quantity; else it gets the name dc_da."""
        forward = {*self.adjoint.saved, *(s.target for s in self.forward)}
        if isinstance(expr, Symbol) or not forward.intersection(expr.free_symbols):
            return expr
        if expr not in named:
            stem = f"d{of.name.removeprefix('d_').removesuffix('_next')}_d{target.name.removeprefix('d_')}"
            named[expr] = self._fresh(stem)
        return named[expr]

    # ------------------------------------------------------------------ one statement

    def _instructions(self, s: Equation, line: Expr) -> list[BackwardInstruction]:
        """A statement with its products joined; before it, the joins that are new."""
        found: list[BackwardInstruction] = []
        pulls: list[Pull] = []
        q = s.of.name.removesuffix("_prev")
        for stack, first, parts in self._runs(s.products):
            join, new = self._join(parts, q)
            found += [join] if new else []
            pulls.append(Pull(join.name, stack, first, len(parts)))
        over = "".join(m.over for m in s.after if isinstance(m, SumUnits))
        spread = "".join(m.size for m in s.after if isinstance(m, Broadcast))
        return [*found, Backward(s.target, line, tuple(pulls), over, spread)]

    def _runs(self, terms: Iterable[tuple[Symbol, Symbol]]) -> list[tuple[Stack, int, tuple[Symbol, ...]]]:
        """The terms in runs of adjacent blocks of one stack."""
        runs: list[tuple[Stack, int, tuple[Symbol, ...]]] = []
        for weight, d in sorted(
            terms, key=lambda term: (self.stacks.index(self.place[term[0]][0]), self.place[term[0]][1])
        ):
            stack, block = self.place[weight]
            if runs and runs[-1][0] == stack and runs[-1][1] + len(runs[-1][2]) == block:
                runs[-1] = (stack, runs[-1][1], (*runs[-1][2], d))
            else:
                runs.append((stack, block, (d,)))
        return runs

    def _join(self, parts: tuple[Symbol, ...], where: str) -> tuple[Join, bool]:
        """The cotangents side by side, and whether nothing has joined them before; one alone has its own name."""
        if len(parts) == 1:
            return Join(parts[0], parts), False
        new = parts not in self.joins
        if new:
            self.joins[parts] = Join(self._fresh("d_a" if not self.joins else f"d_a_{where}"), parts)
        return self.joins[parts], new

    # ------------------------------------------------------------------ gradients

    @cached_property
    def _sums(self) -> dict[Symbol, Equation]:
        return {g.of: g for g in self.adjoint.gradients}

    def _gradient(self, stack: Stack) -> Gradient:
        if stack.blocks[0].kind != "matrix" and not stack.is_bias:
            (parameter,) = stack.blocks
            return Gradient(stack, terms=self._sums[parameter.symbol].terms)
        runs: list[list[tuple[tuple[Symbol, ...], Symbol | None]]] = []
        counts: list[int] = []
        for p in stack.blocks:
            terms = [((_named(t),), _operand(t)) for t in self._sums[p.symbol].terms]
            if runs and [q for _, q in terms] == [q for _, q in runs[-1]]:
                runs[-1] = [(ds + d, q) for (ds, q), (d, _) in zip(runs[-1], terms, strict=True)]
                counts[-1] += 1
            else:
                runs.append(terms)
                counts.append(1)
        where = stack.name.rpartition("_")[2]
        joined = (tuple((self._join(ds, where)[0].name, q) for ds, q in run) for run in runs)
        return Gradient(stack, tuple(zip(counts, joined, strict=True)))

    # ------------------------------------------------------------------ what goes where

    def _needed_forward(
        self, instructions: Sequence[BackwardInstruction], gradients: Sequence[Gradient]
    ) -> list[Elementwise]:
        """The quantities of the forward pass that have to be computed again for these."""
        wanted = {q for i in instructions for q in uses(i)} | {q for g in gradients for q in gradient_uses(g)}
        found: list[Elementwise] = []
        for s in reversed(self.forward):
            if s.target in wanted:
                wanted.update(s.expr.free_symbols)
                found.insert(0, s)
        return found

    def _in_order(self, after: Sequence[BackwardInstruction]) -> list[BackwardInstruction]:
        """Joins follow their parts; the input's cotangent comes last, because not every layer wants it."""
        last = Symbol(f"d_{self.adjoint.cell.input}")
        rest = [i for i in after if not (isinstance(i, Backward) and i.target == last)]
        return [*rest, *(i for i in after if isinstance(i, Backward) and i.target == last)]

    def _kept(
        self, joins: Iterable[Join], after: Sequence[BackwardInstruction], gradients: Sequence[Gradient]
    ) -> tuple[tuple[Symbol, ...], tuple[Join, ...]]:
        """What the loop keeps, and the joins among it that are taken apart afterwards."""
        read = {q for i in after for q in uses(i)} | {q for g in gradients for q in gradient_uses(g)}
        read -= {i.name if isinstance(i, Join) else i.target for i in after}
        whole = [j for j in joins if j.name in read]
        parts = {d for j in whole for d in j.parts}
        unjoined = tuple(j for j in whole if read.intersection(j.parts))
        loose = [s.target for s in self.inside if s.target in read and s.target not in parts]
        loose = [d for d in self.incoming if d in read and d not in parts] + loose
        return (*(j.name for j in whole), *loose), unjoined

    def _fresh(self, stem: str) -> Symbol:
        name = Symbol(stem)
        while name in self.taken:
            name = Symbol(f"{name.name}2")
        self.taken.add(name)
        return name


def _is_name(s: Statement | Equation, incoming: Symbol) -> bool:
    """Whether a statement only gives what comes in another name."""
    return isinstance(s, Equation) and s.is_formula and s.expr == incoming


def _named(t: Term) -> Symbol:
    assert isinstance(t.cotangent, Symbol)  # a gradient's cotangents have names
    return t.cotangent


def _operand(t: Term) -> Symbol | None:
    """The operand of the outer product that a term of a gradient is; None where it is the cotangent itself."""
    return next((m.operand for m in t.maps if isinstance(m, Outer)), None)
