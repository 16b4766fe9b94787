"""Numbers of parameters against torch's, of operations against what torch counts and against a count by hand."""

from __future__ import annotations

import pytest
from sympy import Symbol

import derive
from derive import build, cell, constant, linear, mean, scalar, sigmoid, tanh, vector
from derive.definition.counts import in_letters

torch = pytest.importorskip("torch")

SIZES = {"input_size": 5, "hidden_size": 7, "proj_size": 3}
N_X, N, N_H = (Symbol(s) for s in ("input_size", "hidden_size", "proj_size"))


def arguments(cell: derive.Cell) -> dict[str, int]:
    known = {s: n for s, n in SIZES.items() if s != "proj_size" or "proj_size" in cell.sizes.values()}
    cut = {"hidden_size": 8, **dict.fromkeys(cell.heads, 4)} if cell.heads else {}
    return known | dict.fromkeys(cell.named_sizes, 4) | cut


@pytest.mark.parametrize(("name", "theirs"), [("lstm", torch.nn.LSTM), ("gru", torch.nn.GRU), ("rnn", torch.nn.RNN)])
def test_parameters_are_torch_s(name, theirs):
    wanted = sum(p.numel() for p in theirs(5, 7).parameters())
    assert derive.catalogue[name].parameter_count.subs(SIZES) == wanted
    wanted = sum(p.numel() for p in torch.nn.LSTM(5, 7, proj_size=3).parameters())
    assert derive.lstm.projected().parameter_count.subs(SIZES) == wanted


@pytest.mark.parametrize("name", derive.catalogue)
def test_parameters_and_products_are_the_generated_module_s(name):
    """torch's own counter sees two operations for each multiply-add of a matrix product, and no others."""
    from others import with_others
    from torch.utils.flop_counter import FlopCounterMode

    one = derive.catalogue[name]
    sizes = SIZES | arguments(one)
    layer = build(one).Layer(**arguments(one))
    assert one.parameter_count.subs(sizes) == sum(p.numel() for p in layer.parameters())
    steps, batch = 4, 2
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        layer(*with_others(layer, torch.randn(steps, batch, SIZES["input_size"])))
    assert 2 * steps * batch * one.operations.multiply_adds.subs(sizes) == counter.get_total_flops()


def test_operations_by_hand():
    lstm, gru = derive.lstm.operations, derive.gru.operations
    assert lstm.multiply_adds == 4 * N * (N_X + N)
    assert lstm.arithmetic.equals(12 * N)  # eight biases, then f c + i g, o tanh(c)
    assert lstm.functions == 5 * N
    assert gru.arithmetic.equals(12 * N)  # six biases, two of r (...) + ..., four of (1 - z) n + z h
    assert gru.functions == 3 * N


@cell("Every kind of operation")
def operations(x, h, u: vector, alpha: scalar, beta: constant = 2.0):
    a = linear(x)
    q = alpha * beta
    m = mean(a, h)
    h = tanh(u**2 * h - q / (1 + a**2)) - (-h) * m + sigmoid(alpha)
    return h


def test_every_kind_of_operation_by_hand():
    """A bias; α β; 2 N for the mean; u², a², times h, 1 + , /, -, and then -, times m, +."""
    counted = operations.operations
    assert counted.multiply_adds == N * N_X
    assert counted.arithmetic.equals(N + 1 + 2 * N + 9 * N)
    assert counted.functions.equals(N + 1)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (4 * N * (N_X + N + 2), "4 N (N_x + N + 2)"),
        (N * (N_X + N + 1) + 2, "N (N_x + N + 1) + 2"),
        (4 * N * N_X + 5 * N * N_H + 8 * N, "N (4 N_x + 5 N_h + 8)"),
        (12 * N, "12 N"),
        (N * N_X, "N_x N"),
        (N**2 + N_X, "N_x + N²"),
        (3 * N**2, "3 N²"),
        (2 * N + 2, "2 N + 2"),
        (N_X * (3 * N - N_H) - 2, "N_x (3 N − N_h) − 2"),
        (Symbol("hidden_size") - N, "0"),
    ],
)
def test_formulas_in_letters(count, text):
    assert in_letters(count) == text
