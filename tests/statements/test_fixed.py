"""Vectors and matrices that are not learned, and square ones, by hand and against torch."""

from __future__ import annotations

import copy
import math

import mpmath
import numpy as np
import pytest
import torch
from agreement import assert_computes_its_statements
from mpmath import mpf
from problems import assert_answers, expected, problem
from runs import floats, random_run
from sympy import Piecewise, Rational, Symbol, exp, sin, sqrt

import derive
from derive import (
    cell,
    column,
    columns,
    constant,
    drawn,
    fixed,
    linear,
    matmul,
    outer,
    row,
    rows,
    sigmoid,
    tanh,
    transpose,
    vector,
    zero_order_hold,
)
from derive.backends import backend
from derive.cells.load import load_cell
from derive.errors import DefinitionError, DeriveError, RunError
from derive.plan.build import plan

LEGENDRE = {"A": "memory*memory", "B": "memory"}


@cell("Formulas, numbers and draws", sizes=LEGENDRE | {"U": "hidden_size*input_size", "D": "hidden_size*hidden_size"})
def every(
    x,
    h,
    m,
    A: fixed = Piecewise((sqrt((2 * row + 1) * (2 * column + 1)), row > column), (-row / columns, True)),
    B: fixed = (2 * row + 1) * (-1) ** row / rows,
    J: fixed = ((0, 1, Rational(1, 3)), (-1, 0, 0.25)),
    U: fixed = drawn(seed=2, scale=0.5),
    D: fixed = drawn(seed=3, density=0.7, radius=0.9),
    d: fixed = 1 / (1 + row),
    theta: constant = 10,
):
    u = linear(h, size=1)
    w = tanh(linear(x, size=3))
    m = m + (A @ m + B * u + linear(J @ w, name="j", size="memory")) / theta
    h = d * h + tanh(U @ x + D @ h + linear(m))
    return h, m


theta, rate = Symbol("theta"), Symbol("rate")
HELD = {"A": "memory*memory", "B": "memory*input_size", "C": "memory", "J": "hidden_size*hidden_size"}


@cell("What a step makes of what is held, and constants in formulas", sizes=HELD)
def held(
    x,
    h,
    m,
    A: fixed = zero_order_hold(Piecewise((-1 - row, row <= column), (1 / columns, True)) / theta),
    B: fixed = zero_order_hold(
        Piecewise((-1 - row, row <= column), (1 / columns, True)) / theta, 1 / (2 + row + column)
    ),
    C: fixed = zero_order_hold(-rate, (-1) ** row),
    J: fixed = rate**row / (1 + column),
    Q: fixed = zero_order_hold(((0, 1), (-1, 0))),
    theta: constant = 3,
    rate: constant = 0.5,
):
    w = tanh(linear(x, size=2))
    u = linear(h, size=1)
    m = A @ m + B @ x + C * u + linear(Q @ w, name="q", size="memory")
    h = tanh(J @ h + linear(m))
    return h, m


SQUARE = {"M": "hidden_size*hidden_size", "W": "value*value", "K": ("heads", "key*key")}


@cell("Square matrices, their transposes, and products of matrices", sizes=SQUARE)
def square(x, h, S, P, M: vector, W: vector, K: vector, beta: constant = 0.7):
    k = linear(x, size=("heads", "key"), bias=False)
    v = linear(x, size=("heads", "value"), bias=False)
    f = sigmoid(linear(x, size="heads"))
    S = f * S + (1 - f) * tanh(K @ S @ W + outer(k, v))
    P = tanh(S.T @ S - P + outer(v, v))
    o = S @ (P @ v)
    h = tanh((1 - beta) * (M @ h + M.T @ h) + beta * (M @ h - M.T @ h) + linear(o))
    return h, S, P


CELLS = [every, square, held]


@pytest.mark.parametrize("one", CELLS, ids=lambda c: c.name)
def test_they_are_verified(one):
    found = derive.verify(one)
    assert found.ok, found
    assert_computes_its_statements(one, {"dtype": torch.float64}, 1e-10)


@pytest.mark.parametrize("name", ["reference", "torch"])
@pytest.mark.parametrize("one", CELLS, ids=lambda c: c.name)
def test_programs(one, name):
    made = plan(one)
    given = problem(made, (3, 2, 3, 4, 2))
    assert_answers(name, backend(name).load(one)(given), expected(made, given))


@pytest.fixture(scope="module")
def layer():
    return derive.build(every).Layer(2, 5, memory=4, num_layers=2, dtype=torch.float64)


def test_fixed_numbers_are_buffers(layer):
    A = [[math.sqrt((2 * i + 1) * (2 * j + 1)) if i > j else -i / 4 for j in range(4)] for i in range(4)]
    np.testing.assert_allclose(layer.A_l1.view(4, 4).numpy(), A, rtol=1e-15)
    assert layer.B_l0.tolist() == [1 / 4, -3 / 4, 5 / 4, -7 / 4]
    np.testing.assert_allclose(layer.J_l0.tolist(), [0, 1, 1 / 3, -1, 0, 0.25], rtol=1e-15)
    np.testing.assert_allclose(layer.d_l0.tolist(), [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5], rtol=1e-15)
    D = layer.D_l0.view(5, 5)
    assert abs(np.abs(np.linalg.eigvals(D.numpy())).max() - 0.9) < 1e-9
    assert 0 < int((D == 0).sum()) < 20
    assert layer.U_l0.shape == (10,)
    assert layer.U_l1.shape == (25,)
    assert layer.U_l0.abs().max() <= 0.5
    names = {"A", "B", "J", "U", "D", "d"}
    assert not names & {n.removesuffix("_l0").removesuffix("_l1") for n, _ in layer.named_parameters()}
    assert {f"{n}_l{k}" for n in names for k in (0, 1)} <= layer.state_dict().keys()
    assert sum(p.numel() for p in layer.parameters()) == sum(
        int(every.parameter_count.subs({"input_size": n, "hidden_size": 5, "memory": 4})) for n in (2, 5)
    )
    again = copy.deepcopy(layer)
    again.reset_parameters()
    assert torch.equal(again.D_l1, layer.D_l1)
    assert len(layer.all_weights[0]) == len(list(layer.parameters())) // 2
    half = derive.build(every).Layer(2, 5, memory=4, dtype=torch.bfloat16)
    assert torch.equal(half.D_l0, layer.D_l0.bfloat16())


def test_a_run_has_the_numbers(layer):
    """Exact where they are rational; elsewhere the double that the module has."""
    run = random_run(every, units=2, steps=2, loss={"formula": "h^2/2"})
    assert run.parameters["B"] == (Rational(1, 3), -1, Rational(5, 3))
    assert run.parameters["J"] == (0, 1, Rational(1, 3), -1, 0, Rational(1, 4))
    assert run.parameters["A"][3:6] == (Rational(math.sqrt(3)), Rational(-1, 3), Rational(-1, 3))
    made = derive.build(every).Layer(2, 2, memory=3, dtype=torch.float64)
    stored = {n: torch.tensor(floats(v), dtype=torch.float64) for n, v in run.weights.items() if n != "theta"}
    made.load_state_dict({f"{n}_l0": v for n, v in stored.items()})
    fresh = derive.build(every).Layer(2, 2, memory=3, dtype=torch.float64)
    assert all(torch.equal(value, stored[n.removesuffix("_l0")]) for n, value in fresh.named_buffers())
    output, _ = made(torch.tensor(floats(run.x), dtype=torch.float64))
    for k, number in enumerate(output[-1].tolist(), 1):
        assert float(run.steps().value(2, "h", k)) == pytest.approx(number, rel=1e-12)
    (output.square().sum() / 2).backward()
    assert set(run.gradients().parameters) == {p.name for p in every.parameters if p.learned}
    for tensor in ("weight_hh", "weight_ih"):
        if tensor in run.weights:
            assert made.get_parameter(f"{tensor}_l0").grad is not None
    assert "A" not in run.updated(lr=1)
    taken = derive.Run(every, {**run.weights, "B": [1, 2, 3]}, run.x)
    assert taken.parameters["B"] == (1, 2, 3)  # of a state_dict, what it has


def exponential(rates, inputs=None):
    """e^A, and what stands beside it where B stands beside A: by mpmath, with 40 digits."""
    with mpmath.workdps(40):
        if inputs is None:
            return np.array(mpmath.expm(mpmath.matrix(rates)).tolist(), float)
        zeros = [[0] * (len(rates) + len(inputs[0]))] * len(inputs[0])
        whole = mpmath.expm(mpmath.matrix([[*a, *b] for a, b in zip(rates, inputs, strict=True)] + zeros))
        return np.array(whole[: len(rates), len(rates) :].tolist(), float)


def test_what_a_step_makes_of_a_differential_equation():
    """With the constants that a layer, or a run, is given."""

    def rates(theta):
        return [[mpf(-1 - i if i <= j else mpf(1) / 3) / theta for j in range(3)] for i in range(3)]

    inputs = [[mpf(1) / (2 + i + j) for j in range(2)] for i in range(3)]
    signs = [[1], [-1], [1]]
    decay = [[-mpf(0.25)] * 3] * 3
    layer = derive.build(held).Layer(2, 5, memory=3, theta=7, rate=0.25, dtype=torch.float64)
    run = random_run(held, units=5)
    learned = {name: tensor for name, tensor in run.weights.items() if name.startswith(("weight", "bias"))}
    run = derive.Run(held, {**learned, "theta": 7, "rate": 0.25}, run.x)
    for name, wanted in (
        ("A", exponential(rates(7))),
        ("B", exponential(rates(7), inputs)),
        ("C", exponential(decay, signs)),
        ("Q", [[math.cos(1), math.sin(1)], [-math.sin(1), math.cos(1)]]),
        ("J", [[0.25**i / (1 + j) for j in range(5)] for i in range(5)]),
    ):
        flat = np.ravel(wanted)
        np.testing.assert_allclose(getattr(layer, f"{name}_l0").numpy(), flat, rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose(floats(run.parameters[name]), flat, rtol=3e-16)
    with pytest.raises(RunError, match="box: theta says what A is, which a box has by its own entries"):
        run.certify(box={"theta": (6, 8)})


def test_a_clockwork_has_as_many_groups_as_it_is_told():
    layer = derive.build("clockwork_rnn").Layer(3, 12, groups=6)
    assert layer.T_l0.tolist() == [2**k for k in range(6) for _ in (0, 1)]
    mask = layer.M_l0.view(12, 12)
    assert mask.sum() == 4 * (6 + 5 + 4 + 3 + 2 + 1)
    assert (mask[2:4] == torch.tensor([0.0] * 2 + [1.0] * 10)).all()


def test_constants_are_numbers_in_formulas():
    """Formulas of a constant or a size alone, in cases and functions, in float64; and what has no finite value."""
    value = Piecewise((1 / theta, row < 1), (exp(theta), row < 2), (sqrt(rows) * sin(theta), True))

    @cell("Cases of constants")
    def cases(x, h, d: fixed = value, theta: constant = 3):
        h = d * h + linear(x)
        return h

    Layer = derive.build(cases).Layer
    wanted = [1 / 0.3, math.exp(0.3), math.sqrt(3) * math.sin(0.3)]
    np.testing.assert_allclose(Layer(2, 3, theta=0.3, dtype=torch.float64).d_l0, wanted, rtol=1e-15)
    with pytest.raises(ValueError, match=r"d is not learned, and has no finite value in torch.float32 for theta=100"):
        Layer(2, 3, theta=100)


def test_how_they_are_printed():
    assert r"J &= \begin{pmatrix} 0 & 1 & \frac{1}{3} \\ -1 & 0 & \frac{1}{4} \end{pmatrix}" in every.fixed_latex()
    assert (
        r"T_{i} &= 2^{\left\lfloor{\frac{\mathit{groups} \, i}{N}}" in derive.catalogue["clockwork_rnn"].fixed_latex()
    )
    assert "  C is fixed: C = ∫₀¹ exp(τ (−rate)_ij) dτ ((−1)^i)_i, i, j = 0, …, N_memory − 1" in repr(held).splitlines()
    assert "  Q is fixed: Q = exp(((0, 1), (−1, 0)))" in repr(held).splitlines()
    assert r"Q &= \exp\mathopen{}\left(\begin{pmatrix} 0 & 1 \\ -1 & 0 \end{pmatrix}" in held.fixed_latex()
    assert r"\bar{A} &= \exp\mathopen{}\left(" in derive.catalogue["lmu"].fixed_latex()
    lines = repr(every).splitlines()
    assert "  B is fixed: B_i = (2 i + 1) (−1)^i/N_memory, i = 0, …, N_memory − 1" in lines
    assert "  J is fixed: ((0, 1, 1/3), (-1, 0, 1/4))" in lines
    assert "  U is fixed: drawn from U(−0.5, 0.5) with the seed 2" in lines
    assert lines[-2].startswith(
        "  D is fixed: drawn from U(−1, 1) with the seed 3, a part 0.7 of them other than 0, scaled"
    )
    assert str(square.adjoint()["d_S_prev"]) == "ΔSₜ₋₁ = fₜ δSₜ + Kᵀ δp_1ₜ"
    assert "fₜ Sₜ₋₁ + (1 − fₜ) tanh((K Sₜ₋₁) W + kₜ vₜᵀ)" in square.unicode() or "K Sₜ₋₁ W" in square.unicode()


@pytest.mark.parametrize("one", CELLS, ids=lambda c: c.name)
def test_its_text_defines_the_same(one, tmp_path):
    (tmp_path / "again.py").write_text(one.python())
    again = load_cell(f"{tmp_path / 'again.py'}:{one.name}")
    assert repr(again) == repr(one)
    assert again.parameters == one.parameters
    assert again.statements == one.statements


def test_a_vector_by_a_formula():
    @cell("Fixed leaks")
    def leaks(x, h, d: fixed = 1 / (2 + row)):
        h = (1 - d) * h + d * tanh(linear(x, h))
        return h

    assert derive.verify(leaks).ok


def test_what_is_wrong_is_said():
    def refused(words, value, sizes=None, use=lambda A, x, h: A * h):
        with pytest.raises(DefinitionError, match=words):

            @cell("Wrong", sizes=sizes)
            def wrong(x, h, A: fixed = value):
                h = tanh(linear(x)) + use(A, x, h)
                return h

    h, matrix = derive.lstm.input, {"A": "hidden_size*hidden_size"}
    refused(r"'A' is fixed; x has x in it; expected a formula of row and column", h)
    refused("'A' is fixed; .* is no finite real number at row 0, column 0", 1 / row)
    refused("'A' is fixed; .* is no finite real number at row 1, column 0", sqrt(-row))
    refused(r"a matrix has two sizes, sizes=\{'A': \"hidden_size\*hidden_size\"\}", row + column)
    refused("a spectral radius is that of a square matrix", drawn(1, radius=1))
    refused("it is the same for all heads", row, {"A": ("heads", "key")})
    refused("there are 2×2 numbers of it, and it is 2×3", ((1, 2), (3, 4)), {"A": "2*3"})
    refused("the rows have different lengths", ((1, 2), (3,)))
    refused(r"zero_order_hold is of formulas or numbers, and of no drawn", zero_order_hold(drawn(1)))
    refused(r"zero_order_hold\(A\) is a square matrix", zero_order_hold(row))
    refused(r"zero_order_hold\(A\) is a square matrix", zero_order_hold(row), {"A": "hidden_size*input_size"})
    refused(r"theta has theta in it; expected .*a constant of the cell stands in it as Symbol\('theta'\)", theta)
    refused("'A' is fixed; .*expected", "abc")
    refused("'A' is a vector of one number; write `A: constant`", row, {"A": 1})
    refused(r"A\*h has hidden_size×hidden_size; diag\(a\) @ S scales the rows", row, matrix)

    with pytest.raises(DefinitionError, match=r"'A' is fixed; write what it is, `A: fixed = ...`"):

        @cell("Nothing")
        def nothing(x, h, A: fixed):
            h = A * h + linear(x)
            return h

    for given, words in (
        ({"seed": -1}, "seed=-1"),
        ({"seed": 1, "density": 0}, "density=0"),
        ({"seed": 1, "radius": 0}, "radius=0"),
    ):
        with pytest.raises(DeriveError, match=words):
            drawn(**given)


def test_products_that_do_not_fit_name_both_sides():
    def refused(words, formula):
        with pytest.raises(DefinitionError, match=f"equation 'h'.*{words}"):

            @cell("Wrong", sizes={"W": "key*key", "V": "key*hidden_size"})
            def wrong(x, h, W: vector, V: vector):
                k = W @ (V @ h)
                h = h + linear(x) + linear(k, name="k") + linear(formula(W, V, h), name="o")
                return h

    of_k = "has key×key units and h has hidden_size units; the matrix has key there"
    refused(f"W {of_k}; S.T @ u reads along the rows", lambda W, V, h: matmul(W, h))
    refused("V has key×hidden_size units and h has hidden_size units", lambda W, V, h: matmul(transpose(V), h))
    two = "V has key×hidden_size units and W has key×key units; the matrix has hidden_size there"
    refused(two, lambda W, V, h: matmul(V, W))


@pytest.mark.parametrize(
    ("value", "kind"),
    [("4", TypeError), (None, TypeError), (True, TypeError), ([4], TypeError), (float("nan"), ValueError)],
)
def test_constants_of_a_layer_and_of_a_cell_are_numbers(value, kind):
    built = derive.build("clockwork_rnn")
    for made, name in ((built.Layer, "ClockworkRNN"), (built.Cell, "ClockworkRNNCell")):
        with pytest.raises(kind) as e:
            made(3, 12, groups=value)
        assert str(e.value) == f"{name}: groups is {value!r}; expected a finite number, such as 4.0"
