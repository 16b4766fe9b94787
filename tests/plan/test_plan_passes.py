"""The passes: each gives a plan that means the same, and what its docstring says that it gives."""

from __future__ import annotations

from collections import Counter

import pytest
from problems import assert_agree, expected, finished, naive, problem
from spelled_cell import spelled_cell
from sympy import Symbol

import derive
from derive.backends.reference import interpreted
from derive.backends.torch.choice import with_choice
from derive.backends.torch.plan import torch_plan
from derive.plan.build import plan
from derive.plan.check import check
from derive.plan.magnitude import leaves_float32
from derive.plan.operations import Concat, Matmul, Pointwise, Reduce, Split
from derive.plan.passes import PASSES, run
from derive.plan.passes.hoist import hoist_coefficients
from derive.plan.passes.stages import stages
from derive.plan.passes.stores import in_order
from derive.plan.plan import Origin, Phase

#: Cells with every operation in every phase: projections, means, sums over units, V - Vᵀ, biases that fit no product,
#: what depends on parameters alone, states that depend on the input alone, functions that are computed again.
VARIED = (
    *("lstm", "gru_reset_before", "layer_norm_lstm", "antisymmetric_rnn", "rhn", "nested_lstm", "slim_lstm3", "sgu"),
    *("unicornn", "qrnn", "real_lru", "mut3", "mamba2", "longhorn"),
)


@pytest.mark.parametrize("name", derive.catalogue)
def test_every_pass_leaves_a_plan(name):
    """For every cell, after every pass; also for PyTorch's order of the stores."""
    made = naive(name)
    check(made)
    for one in (in_order(("weight_hh", "weight_ih")), *PASSES):
        made = one(made)
        check(made)


@pytest.mark.parametrize("name", VARIED)
def test_every_pass_leaves_the_meaning(name):
    """After every pass the plan gives the numbers that autograd through the cell's statements gives."""
    pytest.importorskip("torch")
    made = naive(name)
    given = problem(made)
    wanted = expected(made, given)
    for one in PASSES:
        made = one(made)
        assert_agree(interpreted(made)(given), wanted)


@pytest.mark.parametrize("name", VARIED)
def test_coefficients_may_stay_in_the_step(name):
    """A machine that leaves ``hoist_coefficients`` out has none, and the same numbers."""
    made = run(naive(name), tuple(p for p in PASSES if p is not hoist_coefficients))
    check(made)
    assert not made.phases[Phase.COEFFICIENTS]
    given = problem(made)
    assert_agree(interpreted(made)(given), interpreted(finished(name))(given))


def varies_with(made, origins):
    """The quantities that depend on what has one of the origins, found from the results of every operation."""
    found = {q for q, v in made.values.items() if v.origin in origins}
    for _, op in made:
        if found.intersection(op.reads):
            found.update(op.targets)
    return found


@pytest.mark.parametrize("name", derive.catalogue)
def test_the_loops_hold_only_what_waits_for_them(name):
    """In a step only what the states reach, but for cuts of what they do not, and matrices of vectors, which would be
    large for all steps together; backwards only what a cotangent reaches and what the steps before wait for."""
    made = finished(name)
    waiting = varies_with(made, {Origin.PREVIOUS})
    for op in made.phases[Phase.STEP]:
        matrix = "×" in str(made.values[op.targets[0]].axes)
        assert waiting.intersection(op.targets) or isinstance(op, Split) or matrix, op.targets
    waiting = varies_with(made, {Origin.INCOMING})
    wanted = {s.outgoing for s in made.states}
    for op in reversed(made.phases[Phase.BACK]):
        assert waiting.intersection(op.targets) or (isinstance(op, Pointwise) and op.expr == 0), op.targets
        assert wanted.intersection(op.targets), op.targets
        wanted.update(op.reads)


@pytest.mark.parametrize("name", derive.catalogue)
def test_products_are_few(name):
    """No two products of one phase could be one, of adjacent blocks of a store with the same operand, unless biases of
    theirs end between them; nothing is joined twice."""
    made = finished(name)
    apart = any(isinstance(op, Split) and op.packs for op in made.phases[Phase.PARAMETERS])
    for phase in Phase:
        joins = [op.parts for op in made.phases[phase] if isinstance(op, Concat)]
        assert len(set(joins)) == len(joins)
    for phase in (Phase.SEQUENCE, Phase.STEP):
        products = [op for op in made.phases[phase] if isinstance(op, Matmul)]
        for a in products:
            for b in products:
                adjacent = a.weight.store == b.weight.store and a.weight.first + a.weight.count == b.weight.first
                biased = bool(a.bias or b.bias)
                assert not (adjacent and a.operand == b.operand) or biased or apart, (a.target, b.target)


def test_nothing_that_nobody_reads_is_left():
    for cell in derive.catalogue.values():
        made = plan(cell)
        read = {q for _, op in made for q in op.reads}.union(made.results)
        for _, op in made:
            assert read.intersection(op.targets), (cell.name, op.targets)


def test_what_is_kept_is_read_backwards():
    """Of an LSTM and a GRU the residuals are those of the textbook."""
    names = {name: [q.name for q in finished(name).residuals] for name in ("lstm", "gru", "min_gru")}
    assert names["lstm"] == ["x", "h_prev", "c_prev", "i", "f", "g", "o", "tanh_c", "m"]
    assert names["gru"] == ["x", "h_prev", "r", "z", "a_hn", "n"]
    assert names["min_gru"] == ["x", "h_prev", "z", "h_tilde"]


def test_what_has_bounds_is_multiplied_first():
    """σ(a_a), the slope of softplus, meets the cotangent before the rate e^(a_log), which may be beyond every number; a
    gate stands in a step where the author has put it."""
    made = finished("kda")
    reads = (Symbol("d_a_a"),)
    while len(reads) == 1:
        reads = made.definitions[reads[0]].reads
    scaled, rate = reads
    assert rate == Symbol("exp_a_log")
    assert str(made.definitions[scaled].expr) == "d_scaled_a*sigmoid(a_a)"
    (step,) = (op for op in finished("lstm").phases[Phase.STEP] if op.targets == (Symbol("c"),))
    assert [str(t.args[0]) for t in step.expr.args] == ["f", "i"]


def test_what_is_cut_twice_is_defined_once():
    """The cotangents of maps of a vector and of a state are joined to two products that share three of them."""
    made = torch_plan(spelled_cell(1410186))
    check(made)
    assert max(Counter(q for _, op in made for q in op.targets).values()) == 1


def test_stores_stand_in_the_order_asked_for():
    first = ("bias_hh", "weight_hr", "no_such_store")
    made = in_order(first)(naive("lstm"))
    assert [s.name for s in made.stores] == ["bias_hh", "weight_hr", "weight_ih", "bias_ih", "weight_hh"]


@pytest.mark.parametrize(("name", "count"), [("rnn", 1), ("lstm", 2), ("gru_reset_before", 2), ("layer_norm_lstm", 5)])
def test_stages_of_a_step(name, count):
    """A product of what a step computes, or a mean of it, begins a stage: the projection, the reset state, three
    normalisations of two means each after the products."""
    made = finished(name)
    found = stages(made, Phase.STEP)
    assert len(found) == count
    assert Counter(op for ops in found for op in ops) == Counter(made.phases[Phase.STEP])
    assert all(isinstance(ops[0], Matmul | Reduce) for ops in found[1:])


def test_a_choice_of_activation_is_no_part_of_a_plan():
    """PyTorch's ``nonlinearity`` puts another cell in, and the plan of the cell itself has its own activation."""
    (step,) = [op for op in plan(derive.rnn).phases[Phase.STEP] if op.targets == (Symbol("h"),)]
    assert "tanh" in str(step.expr)
    (step,) = [op for op in plan(with_choice(derive.rnn)).phases[Phase.STEP] if op.targets == (Symbol("h"),)]
    assert "chosen" in str(step.expr)


def test_which_cells_may_leave_float32():
    """By the degree of what they multiply in inputs and weights: W (z (S C)) of mamba2, S = s u B, is of degree 11, and
    W (g (S q)) of gla, S = v k, of 9."""
    found = {name: leaves_float32(plan(derive.catalogue[name])) for name in ("mamba2", "rwkv7", "gla", "lstm", "slstm")}
    assert found == {"mamba2": True, "rwkv7": True, "gla": False, "lstm": False, "slstm": False}
