"""``compare`` on 200 pairs: a cell of the catalogue and a changed one.

What the change does is known by another evaluation than the comparison's, number by number in NumPy: what an author is
free to choose comes with the weights with which the results are the same, and is found equal; what no weights make up
for is found different.
"""

from __future__ import annotations

import random

import numpy as np
import pytest
from changed_cells import CHANGED, KEPT, by_name
from sympy import Add, Max, Min, Mul, Number, Pow, Symbol

import derive
from derive.statements.affine import LinearNode

CELLS = (
    "rnn",
    "lstm",
    "gru",
    "gru_reset_before",
    "peephole_lstm",
    "cifg_lstm",
    "mgu",
    "slstm",
    "min_gru",
    "lem",
    "nbrc",
    "relu_rnn",
    "ligru",
)
PAIRS = 100  # of either kind
FUNCTIONS = {
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)), "tanh": np.tanh, "relu": lambda a: np.maximum(a, 0), "exp": np.exp,
    "hard_sigmoid": lambda a: np.clip(a / 6 + 0.5, 0, 1), "log": np.log, "softplus": lambda a: np.log1p(np.exp(a)),
    "logsigmoid": lambda a: -np.log1p(np.exp(-a)), "Abs": np.abs,
}  # fmt: skip


# ------------------------------------------------------------------ the oracle


def after(cell, weights, x, states):
    """The new states, by walking the author's formulas."""
    known = {cell.input: x} | {cell.previous(s): v for s, v in states.items()}
    known |= {p.symbol: weights[p.name] if p.name in weights else float(p.default) for p in cell.declared}

    def value(node, parts):
        if isinstance(node, LinearNode):
            total = 0.0
            for term, operand in zip(parts[node].terms, node.operands, strict=True):
                total = total + weights[term.weight.name] @ value(operand, parts)
                total = total + (weights[term.bias.name] if term.bias is not None else 0.0)
            return total
        if isinstance(node, Symbol):
            return known[node]
        if isinstance(node, Number):
            return float(node)
        args = [value(a, parts) for a in node.args]
        if isinstance(node, (Add, Mul)):
            return np.sum(np.broadcast_arrays(*args), axis=0) if isinstance(node, Add) else np.prod(
                np.broadcast_arrays(*args), axis=0)  # fmt: skip
        if isinstance(node, Pow):
            return args[0] ** args[1]
        if isinstance(node, (Max, Min)):
            return (np.maximum if isinstance(node, Max) else np.minimum)(*args)
        return FUNCTIONS[type(node).__name__](*args)

    for line in cell.lines:
        known[line.target] = value(line.expr, cell.lowered(line.target.name).parts)
    return {s: known[Symbol(s)] for s in cell.states}


def drawn(cell, rng):
    def numbers(*shape):
        return rng.uniform(-1, 1, shape)

    weights = {p.name: numbers(*(3 for n in (p.rows, p.cols) if n)) for p in cell.parameters if p.learned}
    return weights, numbers(3), {s: numbers(3) for s in cell.states}


def gap(first, second, weights, rng):
    """The largest difference of the new states; weights: the second's from the first's."""
    mine, x, states = drawn(first, rng)
    theirs = {**drawn(second, rng)[0], **weights(mine)}
    a, b = after(first, mine, x, states), after(second, theirs, x, states)
    return max(np.abs(a[s] - b[s]).max() for s in a)


# ------------------------------------------------------------------ the pairs


def test_what_an_author_is_free_to_choose_is_found_equal():
    rng, numbers = random.Random(1), np.random.default_rng(1)
    held = dict.fromkeys(KEPT, 0)
    for k in range(PAIRS):
        cell = derive.catalogue[CELLS[k % len(CELLS)]]
        other, weights = cell, by_name
        first, second = rng.sample(list(KEPT), 2)
        for name in ("factor" if cell.name in ("relu_rnn", "ligru") else first, second):  # few cells have ReLU
            new, more = KEPT[name](other, rng)
            held[name] += new is not other
            other, weights = new, (lambda w, more=more, before=weights: more(before(w)))
        assert gap(cell, other, weights, numbers) < 1e-12
        found = derive.compare(cell, other)
        assert found, f"{cell.name}, {held}: {found}"
    assert min(held.values()) > 10, held


def test_what_no_weights_make_up_for_is_found_different():
    rng, numbers = random.Random(2), np.random.default_rng(2)
    held = dict.fromkeys(CHANGED, 0)
    while (k := sum(held.values())) < PAIRS:
        cell, name = derive.catalogue[rng.choice(CELLS)], list(CHANGED)[k % len(CHANGED)]
        other = CHANGED[name](cell, rng)
        if other is None or gap(cell, other, by_name, numbers) < 1e-6:
            continue
        held[name] += 1
        found = derive.compare(cell, other)
        assert not found, f"{cell.name}, {name}: {found}"
        assert any(found.different)
        assert found.trial.largest > 1e-6
        one, two = found.trial.weights
        x, states = found.trial.x, found.trial.states
        for side, used, new in ((cell, one, found.trial.new[0]), (other, two, found.trial.new[1])):
            for s, v in after(side, used, x, states).items():  # the numbers that are shown, evaluated again
                np.testing.assert_allclose(new[s], v, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", CELLS)
def test_the_oracle_against_torch(name):
    torch = pytest.importorskip("torch")
    cell, rng = derive.catalogue[name], np.random.default_rng(3)
    weights, x, states = drawn(cell, rng)
    module = derive.build(cell).Cell(3, 3, dtype=torch.float64)
    stacked = {}
    for p in (p for p in cell.parameters if p.learned):
        stacked.setdefault(p.tensor, []).append(weights[p.name])
    module.load_state_dict({n: torch.tensor(np.concatenate(blocks)) for n, blocks in stacked.items()})
    given = [torch.tensor(v)[None] for v in states.values()]
    new = module(torch.tensor(x)[None], given[0] if len(given) == 1 else tuple(given))
    for got, want in zip([new] if len(given) == 1 else new, after(cell, weights, x, states).values(), strict=True):
        np.testing.assert_allclose(got[0].detach(), want, rtol=1e-12)
