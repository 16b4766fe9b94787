"""Changes of a cell, each with what its author is free to choose, or what no weights make up for."""

from __future__ import annotations

from dataclasses import replace

from sympy import Add, Integer, Mul, Rational, Symbol

import derive
from derive import hard_sigmoid, linear, relu, sigmoid, tanh
from derive.definition.line import Line
from derive.statements.affine import LinearNode
from derive.symbolic.expressions import rewrite

# ------------------------------------------------------------------ what an author is free to choose


def made(lines, like, **changes):
    about = {"name": "made", "class_name": "Made", "title": "made", "nonlinearities": ()}
    return replace(like, lines=tuple(lines), **about, **changes)


def by_name(weights):
    return dict(weights)


def reordered(cell, rng):
    """The terms of every sum and product in another order."""

    def rule(node):
        if isinstance(node, (Add, Mul)):
            args = list(node.args)
            rng.shuffle(args)
            return node.func(*(rewrite(a, rule) for a in args), evaluate=False)
        return None

    return made([replace(li, expr=rewrite(li.expr, rule)) for li in cell.lines], cell), by_name


def restacked(cell, rng):
    """Equations, and with them the blocks of the stacked tensors, in another order, each after what it reads."""
    left, done = list(cell.lines), []
    names = {li.target for li in left}
    while left:
        ready = [li for li in left if not (li.expr.free_symbols & names) - {d.target for d in done}]
        done.append(rng.choice(ready))
        left.remove(done[-1])
    return made(done, cell), by_name


def renamed(cell, rng):
    """Every equation that is no state has the name of another one, or a new one."""
    own = [li.target for li in cell.lines if li.target.name not in cell.states]
    others = [Symbol(f"q{k}") for k in range(len(own))] if rng.random() < 0.5 else rng.sample(own, len(own))
    names = dict(zip(own, others, strict=True))
    new = made([Line(names.get(li.target, li.target), rewrite(li.expr, names.get)) for li in cell.lines], cell)
    pairs = list(zip(cell.parameters, new.parameters, strict=True))
    return new, lambda weights: {q.name: weights[p.name] for p, q in pairs if p.name in weights}


def rebiased(cell, rng):
    """One bias for two where both stand in one sum."""
    sums, lines = {}, []
    for line in cell.lines:
        parts = cell.lowered(line.target.name).parts

        def rule(node, parts=parts):
            maps = [a for a in node.args if isinstance(a, LinearNode) and a.bias] if isinstance(node, Add) else []
            if len(maps) < 2 or any(a.label for a in maps):
                return None
            gone, kept = (parts[m].terms[-1].bias.name for m in maps[:2])
            sums[kept] = gone
            bare = {maps[0]: linear(*maps[0].operands, bias=False, size=maps[0].size)}
            return Add(*(bare.get(a, a) for a in node.args), evaluate=False)

        lines.append(replace(line, expr=rewrite(line.expr, rule)))
    new = made(lines, cell)
    return new, lambda weights: {n: w + (weights[sums[n]] if n in sums else 0) for n, w in weights.items()}


def negated(kind):
    """A gate as 1 minus what it was, or a tanh as minus what it was, the weights within being negated."""

    def change(cell, rng):
        found = [li for li in cell.lines if isinstance(li.expr, kind) and li.target.name not in cell.states]
        found = [li for li in found if all(isinstance(a, LinearNode) for a in Add.make_args(li.expr.args[0]))]
        found = [li for li in found if not any(a.label for a in Add.make_args(li.expr.args[0]))]
        if not found:
            return cell, by_name
        line = rng.choice(found)
        minus = Mul(Integer(-1), line.target, evaluate=False)
        other = Add(Integer(1), minus, evaluate=False) if kind is sigmoid else minus
        new = made([replace(li, expr=rewrite(li.expr, {line.target: other}.get)) for li in cell.lines], cell)
        own = {s.name for p in cell.lowered(line.target.name).parts.values() for t in getattr(p, "terms", ())
               for s in (t.weight, t.bias) if s is not None}  # fmt: skip
        return new, lambda weights: {n: -w if n in own else w for n, w in weights.items()}

    return change


def shifted(cell, rng):
    """A number beside a bias, which is that much less."""
    places = [(k, a) for k, li in enumerate(cell.lines) for a in Add.make_args(next(iter(li.expr.args), li.expr))
              if isinstance(a, LinearNode) and a.bias and not a.label]  # fmt: skip
    if not places:
        return cell, by_name
    k, node = rng.choice(places)
    line = cell.lines[k]
    bias = cell.lowered(line.target.name).parts[node].terms[-1].bias.name
    lines = list(cell.lines)
    lines[k] = replace(line, expr=rewrite(line.expr, {node: Add(node, Rational(1, 2), evaluate=False)}.get))
    return made(lines, cell), lambda weights: {n: w - 0.5 if n == bias else w for n, w in weights.items()}


def let_through(cell, rng):
    """A factor of ReLU's argument before it, or the other way round."""
    found = [(k, n) for k, li in enumerate(cell.lines) for n in nodes(li.expr) if isinstance(n, relu)]
    found = [
        (k, n) for k, n in found if all(isinstance(a, LinearNode) and not a.label for a in Add.make_args(n.args[0]))
    ]
    if not found:
        return cell, by_name
    k, node = rng.choice(found)
    own = {s.name for p in cell.lowered(cell.lines[k].target.name).parts.values() for t in getattr(p, "terms", ())
           for s in (t.weight, t.bias) if s is not None}  # fmt: skip
    lines = list(cell.lines)
    lines[k] = replace(lines[k], expr=rewrite(lines[k].expr, {node: Mul(Integer(2), node, evaluate=False)}.get))
    return made(lines, cell), lambda weights: {n: w / 2 if n in own else w for n, w in weights.items()}


KEPT = {
    "order of terms": reordered, "stacking": restacked, "names": renamed, "biases": rebiased,
    "polarity": negated(sigmoid), "signs": negated(tanh), "number": shifted, "factor": let_through,
}  # fmt: skip


# ------------------------------------------------------------------ what no weights make up for


def nodes(expr):
    yield expr
    for a in () if isinstance(expr, LinearNode) else expr.args:
        yield from nodes(a)


def changed(pick):
    """A mutation that puts something in the place of one node of one equation. pick: (cell, line, node) -> the new
    nodes that may stand there."""

    def change(cell, rng):
        places = [(k, n, new) for k, li in enumerate(cell.lines) for n in nodes(li.expr) for new in pick(cell, li, n)]
        if not places:
            return None
        k, node, new = rng.choice(places)
        lines = list(cell.lines)
        lines[k] = replace(lines[k], expr=rewrite(lines[k].expr, {node: new}.get))
        try:
            return made(lines, cell)
        except derive.DeriveError:
            return None  # a quantity is left without use

    return change


def activation(cell, line, node):
    others = {sigmoid: (tanh, hard_sigmoid), tanh: (sigmoid, relu)}.get(type(node), ())
    return [kind(*node.args, evaluate=False) for kind in others]


def constant(cell, line, node):
    """Another number in a sum; half of a state, or minus it, where no parameter is multiplied by it."""
    if isinstance(node, Add) and Integer(1) in node.args:
        return [Add(*(Integer(2) if a == 1 else a for a in node.args), evaluate=False)]
    learned = {p.symbol for p in cell.declared}
    if isinstance(node, Mul) and not learned & node.free_symbols:
        old = [s for s in (cell.previous(s) for s in cell.states) if s in node.args]
        return [Mul(factor, node, evaluate=False) for _ in old for factor in (Rational(1, 2), Integer(-1))]
    return []


def gate(cell, line, node):
    """One gate for another, in one of its places."""
    gates = [li.target for li in cell.lines if isinstance(li.expr, sigmoid) and li.target != line.target]
    if not isinstance(node, (Add, Mul)):
        return []
    pairs = [(g, other) for g in gates if g in node.args for other in gates if other != g]
    return [node.func(*(other if a == g else a for a in node.args), evaluate=False) for g, other in pairs]


def dropped(cell, line, node):
    if not isinstance(node, Add):
        return []
    rest = [[a for j, a in enumerate(node.args) if j != k] for k in range(len(node.args))]
    return [r[0] if len(r) == 1 else Add(*r, evaluate=False) for r in rest]


def squared(cell, line, node):
    return [Mul(node, node, evaluate=False)] if node in [cell.previous(s) for s in cell.states] else []


def delayed(cell, line, node):
    """The state of the step before in the place of the new one."""
    return [cell.previous(s) for s in cell.states if node == Symbol(s)]


CHANGED = {
    pick.__name__: changed(pick) for pick in (activation, constant, gate, dropped, squared, delayed)
}  # fmt: skip
