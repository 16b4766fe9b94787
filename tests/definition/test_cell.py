"""The representation: what a definition becomes for people and for machines."""

from __future__ import annotations

import copy
import math
import pickle
import random
import subprocess
import sys
from pathlib import Path

import mpmath
import numpy as np
import pytest
import sympy
from sympy import Eq, Symbol, evaluate, exp, lambdify, symbols

import derive
from derive.errors import DefinitionError, DeriveError
from derive.statements.affine import Affine
from derive.statements.elementwise import Elementwise
from derive.symbolic.activations import tanh
from derive.verification.by_head import whole
from derive.verification.own_functions import own_functions
from derive.verification.reader import read_equations
from derive.verification.tree import Name
from derive.verification.trial import Trial

# The equations of torch.nn.LSTM and torch.nn.GRU as PyTorch's documentation prints them, typed as plain SymPy.
SIGMA = lambda z: 1 / (1 + exp(-z))  # noqa: E731


def documented_lstm(v):
    pre = {k: v[f"W_i{k}"] * v["x"] + v[f"b_i{k}"] + v[f"W_h{k}"] * v["h_prev"] + v[f"b_h{k}"] for k in "ifgo"}
    c = SIGMA(pre["f"]) * v["c_prev"] + SIGMA(pre["i"]) * sympy.tanh(pre["g"])
    return {"c": c, "h": SIGMA(pre["o"]) * sympy.tanh(c)}


def documented_gru(v):
    pre = {k: v[f"W_i{k}"] * v["x"] + v[f"b_i{k}"] for k in "rzn"}
    rec = {k: v[f"W_h{k}"] * v["h_prev"] + v[f"b_h{k}"] for k in "rzn"}
    r, z = SIGMA(pre["r"] + rec["r"]), SIGMA(pre["z"] + rec["z"])
    return {"h": (1 - z) * sympy.tanh(pre["n"] + r * rec["n"]) + z * v["h_prev"]}


@pytest.mark.parametrize(("cell", "documented"), [(derive.lstm, documented_lstm), (derive.gru, documented_gru)])
def test_equations_are_the_documented_ones(cell, documented):
    """Inserted into each other, the equations equal PyTorch's documented formulas at random points, to 40 digits."""
    names = {s.name for e in cell.equations for s in e.rhs.free_symbols}
    rng = random.Random(1)
    point = {Symbol(n): sympy.Rational(rng.randint(-300, 300), 100) for n in sorted(names)}
    wanted = documented({n: point[Symbol(n)] for n in names})
    values = dict(point)
    for equation in cell.equations:
        values[equation.lhs] = equation.rhs.subs(values).evalf(50)
    for state, formula in wanted.items():
        assert abs(values[Symbol(state)] - formula.evalf(50)) < sympy.Float("1e-40")


@pytest.mark.parametrize("cell", [derive.lstm, derive.gru, derive.rnn, derive.catalogue["linear_lstm"]])
def test_statements_say_what_the_equations_say(cell):
    """The machine's form and the people's form agree at random points; one unit, so matrices are numbers."""
    rng = random.Random(2)
    env = {p.symbol: mpmath.mpf(rng.uniform(-1, 1)) for p in cell.parameters}
    env |= {cell.input: mpmath.mpf("0.7")} | {Symbol(f"{s}_prev"): mpmath.mpf(rng.uniform(-1, 1)) for s in cell.states}
    shown, run = dict(env), dict(env)
    for e in cell.equations:
        shown[e.lhs] = lambdify(list(shown), e.rhs, "mpmath")(*shown.values())
    for s in cell.statements:
        if isinstance(s, Affine):
            run[s.target] = sum(run[t.weight] * run[t.operand] + (run[t.bias] if t.bias else 0) for t in s.terms)
        elif isinstance(s, Elementwise):
            run[s.target] = lambdify(list(run), s.expr, "mpmath")(*run.values())
    for state in cell.states:
        assert abs(shown[Symbol(state)] - run[Symbol(state)]) < 1e-13


def test_every_name_is_assigned_once_and_before_use():
    for cell in derive.catalogue.values():
        known = {i.name for i in cell.inputs} | {f"{s}_prev" for s in cell.states} | {p.name for p in cell.parameters}
        for s in cell.statements:
            used = s.expr.free_symbols if isinstance(s, Elementwise) else set(s.uses)
            assert {u.name for u in used} <= known, (cell.name, s)
            assert s.target.name not in known, (cell.name, s)
            known.add(s.target.name)


def test_authors_order_is_kept():
    f, c_prev, i, g = symbols("f c_prev i g")
    rhs = derive.lstm["c"].rhs
    assert [term.args for term in rhs.args] == [(f, c_prev), (i, g)]
    assert derive.lstm.latex().splitlines()[5] == r"c_{t} &= f_{t} \odot c_{t-1} + i_{t} \odot g_{t} \\"
    assert str(derive.gru["h"]) == "hₜ = (1 − zₜ) ⊙ nₜ + zₜ ⊙ hₜ₋₁"


def test_equations_are_ordinary_sympy():
    c, f, x = symbols("c f x")
    equation = derive.lstm["c"]
    assert isinstance(equation, Eq)
    assert equation.subs("f", 0).doit() == Eq(c, symbols("i") * symbols("g"))  # doit: SymPy's own order
    assert equation.rhs.diff(f) == Symbol("c_prev")
    gate = derive.lstm["i"].rhs
    assert gate.rewrite(exp).has(exp)
    assert gate.subs({"W_hi": 0, "b_hi": 0, "b_ii": 0, "W_ii": 1}).series(x, 0, 4).removeO().coeff(
        x, 3
    ) == sympy.Rational(-1, 48)
    values = dict.fromkeys(gate.free_symbols, 0.5)
    numeric = lambdify(list(values), gate, "numpy")(*(np.full(3, v) for v in values.values()))
    assert np.allclose(numeric, 1 / (1 + np.exp(-1.5)), rtol=0, atol=1e-15)
    halves = dict.fromkeys(values, sympy.Rational(1, 2))
    assert abs(gate.subs(halves).evalf(30) - 1 / (1 + exp(sympy.Float("-1.5", 40)))) < 1e-29


def test_a_cell_its_adjoint_and_gradients_list_the_names_that_they_take():
    assert list(derive.lstm) == ["i", "f", "g", "o", "c", "h"]
    assert "c" in derive.lstm
    assert "q" not in derive.lstm
    adjoint = derive.lstm.adjoint()
    assert {"d_c", "d_x", "d_W_ii"} <= set(adjoint)
    found = derive.load_run(Path(__file__).parents[2] / "examples" / "lecture.toml").gradients()
    assert {"W_ii", "b_ii", "x", "h0", "c0"} <= set(found)
    for named in (derive.lstm, adjoint, found):
        assert all(named[name] is not None for name in named)


def test_prompt_and_notebook():
    assert repr(derive.lstm).splitlines()[1:] == ["  " + row for row in derive.lstm.unicode().splitlines()]
    assert derive.lstm._repr_latex_() == f"$\\displaystyle {derive.lstm.latex()}$"
    assert repr(derive.lstm["c"]) == "cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ"


def test_with_activations_by_name_by_equation_and_by_function():
    linear = derive.lstm.with_activations(tanh=derive.identity)
    assert repr(linear["h"]) == "hₜ = oₜ ⊙ cₜ"
    mixed = derive.lstm.with_activations(g="identity", h="hardtanh")
    assert repr(mixed["h"]) == "hₜ = oₜ ⊙ hardtanh(cₜ)"
    assert not mixed["g"].rhs.has(derive.tanh)
    own = derive.lstm.with_activations(h=lambda z: derive.elu(z, 2))
    assert own["h"].rhs.has(derive.elu)
    assert repr(derive.lstm["h"]) == "hₜ = oₜ ⊙ tanh(cₜ)"  # the cell itself is unchanged


def test_with_no_activation_to_replace_it_is_the_cell():
    assert derive.lstm.with_activations() is derive.lstm
    renamed = derive.rnn.with_activations(name="mine")
    assert (renamed.name, renamed.title, renamed.nonlinearities) == ("mine", derive.rnn.title, ("tanh", "relu"))
    assert renamed.unicode() == derive.rnn.unicode()


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda z, y: z, "missing 1 required positional argument: 'y'; expected a function of one expression"),
        (math.sin, "tanh: sin fails on a SymPy expression with TypeError"),
        (lambda z: z.T, "AttributeError"),
        (lambda z: int("z"), "ValueError"),
        (sympy.Lambda(symbols("u v"), Symbol("u")), "takes exactly 2 arguments"),
        (np.mean, r"tanh: numpy\.mean computes numbers; write mean, from derive import mean"),
        (np.tanh, r"tanh: numpy\.tanh computes numbers; write tanh, from derive import tanh"),
    ],
)
def test_a_function_that_fails_as_an_activation_is_named(function, said):
    with pytest.raises(DeriveError, match=said):
        derive.lstm.with_activations(tanh=function)


def test_projection_is_an_affine_map_of_a_statement():
    cell = derive.lstm.projected()
    last = cell.statements[-1]
    assert isinstance(last, Affine)
    assert last.size == "proj_size"
    assert [p.cols for p in cell.parameters if p.name == "W_hi"] == ["proj_size"]


def test_from_equations_means_the_same_as_the_decorator():
    x, h, r, z, n = symbols("x h r z n")
    lin = derive.linear
    with evaluate(False):
        equations = [
            Eq(r, derive.sigmoid(lin(x) + lin(h))),
            Eq(z, derive.sigmoid(lin(x) + lin(h))),
            Eq(n, sympy.tanh(lin(x) + r * lin(h))),
            Eq(h, (1 - z) * n + z * h),
        ]
    typed = derive.Cell.from_equations("typed", equations, states=["h"])
    assert typed.unicode() == derive.gru.unicode()
    assert typed.statements == derive.gru.statements


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (lambda: derive.lstm["q"], ["'q'", "c, f, g, h, i, o"]),
        (lambda: derive.catalogue["lsmt"], ["'lsmt'", "did you mean 'lstm'"]),
        (lambda: derive.lstm.with_activations(tahn="identity"), ["'tahn'", "did you mean 'tanh'"]),
        (lambda: derive.lstm.with_activations(g="tnh"), ["'tnh'", "did you mean 'tanh'"]),
        (lambda: derive.lstm.with_activations(c="tanh"), ["'c'", "0 activations", "expected one"]),
    ],
)
def test_unknown_names_offer_the_nearest(use, words):
    with pytest.raises(DeriveError) as caught:
        use()
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_import_needs_no_torch():
    code = "import sys, derive; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize("name", sorted(derive.catalogue))
def test_a_cell_is_pickled_in_its_authors_order(name):
    cell = derive.catalogue[name]
    again = pickle.loads(pickle.dumps(cell))
    assert again.unicode() == cell.unicode()
    assert again.statements == cell.statements
    assert copy.deepcopy(cell) is cell


@pytest.mark.parametrize("name", sorted(derive.catalogue))
def test_what_is_printed_without_a_time_is_the_same_at_every_step(name):
    """The printed equations, read back and computed: what they give at every step of several sequences."""
    cell = derive.catalogue[name]
    own = own_functions(cell, cell.adjoint())
    trial = Trial(cell, read_equations(cell.latex(), own), 4, own)
    for printed in (name for name in trial.printed_steps[0][0] if isinstance(name, Name)):
        if name in ("lif", "alif") and printed == Name("z", 0):
            continue  # a spike or none, by chance at all steps alike
        rows = [[s.get(printed) for s in steps] for steps in trial.printed_steps]
        same = all(v is not None and np.array_equal(whole(v), whole(row[0])) for row in rows for v in row)
        assert same == (printed.time is None), printed


def test_a_quantity_of_parameters_alone_has_no_time_but_its_cotangent_has():
    gradient = derive.catalogue["fast_grnn"].adjoint()
    assert r"p_{1} &= \sigma(\zeta)" in gradient.latex()
    assert r"\delta p_{1, t} p_{1} (1" in gradient.latex()
    assert "δζ = Σₜ δp_1ₜ p_1 (1 − p_1)" in gradient.unicode()


@pytest.mark.parametrize(
    ("name", "formula", "said"),
    [
        ("a b", tanh(derive.linear(Symbol("x"))), "write letters, digits and _"),
        ("", tanh(derive.linear(Symbol("x"))), "write letters, digits and _"),
        ("mine", sympy.oo * tanh(derive.linear(Symbol("x"))), "the formula is not finite"),
        ("mine", sympy.I * tanh(derive.linear(Symbol("x"))), "the formula is not real"),
        ("mine", Symbol("h") + 1, "build it under sympy.evaluate"),
    ],
)
def test_equations_that_are_none(name, formula, said):
    with pytest.raises(DefinitionError, match=said):
        derive.Cell.from_equations(name, [Eq(Symbol("h"), formula)], states=["h"])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"foo": 1}, "cell 'mine': unknown keyword 'foo'. Known: class_name, declared, further, nonlinearities, note"),
        ({"titel": "Mine"}, "unknown keyword 'titel'; did you mean 'title'"),
        ({"states": "h"}, r"cell 'mine': states is 'h', expected a list such as \['h', 'c'\]"),
        ({"states": 1}, "states is 1, expected a list"),
        ({"equations": Eq(*symbols("a b"))}, r"equations is Eq\(a, b\), expected a list"),
        ({"name": 3}, "the name is 3, expected a text"),
        ({"input": 3}, "'3' is no name"),
    ],
)
def test_arguments_that_are_none(changed, said):
    equations = [Eq(Symbol("h"), tanh(derive.linear(Symbol("x"))))]
    with pytest.raises(DefinitionError, match=said):
        derive.Cell.from_equations(**({"name": "mine", "equations": equations, "states": ["h"]} | changed))


def test_states_and_the_input_may_be_symbols():
    h, x = symbols("h x")
    cell = derive.Cell.from_equations("mine", [Eq(h, tanh(derive.linear(x)))], states=[h], input=x)
    assert (cell.states, cell.input) == (("h",), x)
