"""Masks that are drawn, in definitions: how they are printed, what stands for them in evaluation, what is refused."""

from __future__ import annotations

import pytest
from sympy import Rational, Symbol

import derive
from derive import bernoulli, cell, constant, linear, per_sequence, tanh
from derive.definition.define import cell as defined


@cell("A mask of each kind", sizes={"q": "input_size", "s": 1})
def masked(x, h, p: constant = 0.25, m: bernoulli = 0.7, q: bernoulli = per_sequence("p"), s: bernoulli = 1):
    h_hat = tanh(linear(q / p * x, h))
    h = m * h + s * (1 - m) * h_hat
    return h


def test_masks_are_printed_below_the_equations():
    assert masked.unicode().splitlines()[2:] == [
        "mₜ ~ Bernoulli(0.7) at each step",
        "q ~ Bernoulli(p) for each sequence",
        "sₜ ~ Bernoulli(1) at each step",
    ]
    assert masked.latex().splitlines()[3:5] == [
        r"m_{t} &\sim \operatorname{Bernoulli}(0.7) \quad \text{at each step} \\",
        r"q &\sim \operatorname{Bernoulli}(p) \quad \text{for each sequence} \\",
    ]
    assert not {"d_m", "d_q", "d_s"} & {*masked.adjoint()}


def test_in_evaluation_a_mask_is_its_mean():
    seen = masked.in_evaluation()
    assert seen.unicode().splitlines()[0].endswith("tanh(W_ih_hat xₜ + W_hh_hat hₜ₋₁ + b_h_hat)")
    x = {Symbol(name): Rational(k, 7) for k, name in enumerate(("h_prev", "h_hat"), 2)}
    assert seen["h"].rhs.subs(x) == Rational(7, 10) * Rational(2, 7) + Rational(3, 10) * Rational(3, 7)
    assert not seen.further
    assert not seen.constants
    assert derive.lstm.in_evaluation() is derive.lstm
    assert bool(derive.compare(derive.catalogue["variational_lstm"].in_evaluation(), derive.lstm))


def test_the_python_text_defines_the_same(tmp_path):
    file = tmp_path / "again.py"
    file.write_text(masked.python())
    again = derive.cells.load.load_cell(f"{file}:masked")
    assert again.further == masked.further
    assert again.unicode() == masked.unicode()


def test_what_is_printed_of_masks_is_verified():
    assert derive.verify(masked).ok
    wrong = masked.latex().replace("Bernoulli}(0.7)", "Bernoulli}(0.3)")
    assert "are printed otherwise than they are drawn" in derive.verify(masked, latex=wrong).problem


def above(x, h, m: bernoulli = 1.5):
    h = tanh(linear(x)) + m * h
    return h


def no_number(x, h, m: bernoulli = "keep"):
    h = tanh(linear(x)) + m * h
    return h


def bare(x, h, m: bernoulli):
    h = tanh(linear(x)) + m * h
    return h


def assigned(x, h, m: bernoulli = 0.5):
    m = tanh(linear(x))
    h = m * h
    return h


def a_state(x, h, m: bernoulli = 0.5):
    h = tanh(linear(x)) * m
    return h, m


def unused(x, h, m: bernoulli = 0.5):
    h = tanh(linear(x, h))
    return h


def mapped(x, h, m: bernoulli = 0.5):
    h = tanh(linear(x, m)) + h
    return h


def too_likely(x, h, p: constant = 2, m: bernoulli = "p"):
    h = tanh(linear(x)) + m * h
    return h


REFUSED = {
    above: "probability of 'm' is 1.5; expected a number from 0 to 1, such as `m: bernoulli = 0.9`",
    no_number: "the probability of 'm': unknown constant 'keep'",
    bare: "the mask 'm' needs its probability: `m: bernoulli = 0.9`",
    assigned: "'m' is a mask that is drawn, and nothing is assigned to it; choose another name",
    a_state: "'m' is returned, so it is a state; it has no annotation",
    unused: r"the mask 'm' is never used; multiply something by it, m \* h",
    mapped: r"linear\(m\) maps a mask, which is one number in evaluation; multiply by it",
    too_likely: "the probability of 'm' is the constant p, 2; expected a number from 0 to 1",
}


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
def test_what_is_wrong_is_named(function):
    with pytest.raises(derive.DefinitionError, match=REFUSED[function]) as caught:
        defined("Wrong")(function)
    assert "\n" not in str(caught.value)


def test_graphs_that_draw_nothing_say_what_to_take():
    from derive.backends import backend

    with pytest.raises(derive.DeriveError, match=r"masked.* draws m, q, s, .*; take cell\.in_evaluation\(\)"):
        backend("onnx").check(masked)


def test_a_mask_may_be_a_matrix_of_each_head():
    assert derive.verify(derive.catalogue["delta_net"].zoned_out(S=0.3)).ok
