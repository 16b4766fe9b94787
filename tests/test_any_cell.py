"""Cells that nobody has published: what a user may write down gives a module that is right, or an error that says why.

The oracle is the plain interpreter of the statements in ``reference``, differentiated by autograd.
"""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from agreement import assert_computes_its_statements
from any_cell import random_cell
from sympy import Eq, Max, Min, Piecewise, Symbol, exp, log, sin, symbols

import derive
from derive import Cell, build, cell, constant, linear, mean, scalar, sigmoid, tanh, vector
from derive.backends.torch.emit import module_text
from derive.backends.torch.layout import ATTRIBUTES
from derive.errors import DefinitionError
from derive.statements.parameter import Parameter


@pytest.mark.parametrize("checkpoint", [False, True], ids=["saved", "checkpoint"])
@pytest.mark.parametrize("seed", range(100))
def test_random_cells(seed, checkpoint, monkeypatch):
    """Outputs, states and gradients of any cell, ten digits of the largest number in it; of every fourth by its C file,
    whose machinery has random cells of its own (``backends/c/test_sequences.py``)."""
    monkeypatch.setenv("DERIVE_KERNELS", str(int(seed % 4 == 0)))
    random = random_cell(seed)
    assert_computes_its_statements(random, {"dtype": torch.float64}, 1e-10, checkpoint=checkpoint, seed=seed)


def test_text_of_random_cells_is_clean(tmp_path):
    """No name in it is undefined or unused, and none is a keyword."""
    for seed in range(100):
        (tmp_path / f"cell{seed}.py").write_text(module_text(random_cell(seed)), encoding="utf-8")
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select=E7,E9,F", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# ---- one oddity each -------------------------------------------------------------------------------------------------


@cell("The state is called x, as in state space models")
def state_x(u, x):
    x = tanh(linear(u) + linear(x))
    return x


@cell("A quantity is called x")
def quantity_x(u, h):
    x = tanh(linear(u))
    h = x * sigmoid(linear(h))
    return h


@cell("Equations of constants alone")
def numbers(x, h, dt: constant = 0.5, tau: constant = 2):
    k = dt / tau
    decay = exp(-k)
    h = decay * h + (1 - decay) * tanh(linear(x) + linear(h)) * sin(tanh(dt))
    return h


@cell("Functions of the input")
def input_formula(x, h):
    y = Piecewise((sin(x) * derive.gelu(x), x > 0), (Max(x, -1, Min(x, x**2)) * sin(3 * x), True)) + sigmoid(x) * tanh(
        x
    )
    h = tanh(linear(y) + linear(h))
    return h


@cell("The mean of the input, and of what has its size, in the recurrence")
def input_mean(x, h):
    y = tanh(linear(h, size="input_size"))
    h = tanh(linear(h) * mean(x) + mean(y) * h + mean(y, h))
    return h


@cell("The input in a condition alone")
def condition(x, h):
    y = Piecewise((linear(h, size="input_size", name="p"), x > 0), (linear(h, size="input_size", name="n"), True))
    h = tanh(linear(y))
    return h


@cell("Means of parameters")
def parameter_means(x, h, u: vector, v: vector):
    w = u * v
    h = tanh(mean(u, linear(x)) + mean(w, h) + mean(v) * linear(h))
    return h


@cell("Affine maps of parameters")
def parameter_maps(x, h, u: vector):
    a = u + linear(h, u)
    h = tanh(u * linear(x, a) + linear(h))
    return h


@cell("No weight of the usual name, nor a bias before the first weight")
def named(x, h):
    a = linear(x, h, name="first")
    h = tanh(linear(a, name="second", bias=False) + linear(h, name="third"))
    return h


@cell("No learned parameter")
def fixed(x, h):
    h = tanh(h + mean(x))
    return h


@cell("No recurrence, and a state that is never read")
def feedforward(x, h, c):
    h = tanh(linear(x))
    c = linear(x)
    return h, c


@cell("One weight twice in a sum")
def shared_sum(x, h, c):
    c = sigmoid(linear(h, name="s", bias=False) + linear(c, name="s") + linear(x))
    h = tanh(linear(c, name="s") + linear(x))
    return h, c


@cell("An operand of the first and the third block of a stack, not of the second")
def apart(x, h):
    r = sigmoid(linear(x, h))
    n = tanh(linear(x, r * h))
    z = sigmoid(linear(x, h))
    h = (1 - z) * n + z * h
    return h


@cell("One weight and one operand in two equations")
def shared_twice(x, h):
    a = sigmoid(linear(x) + linear(h, name="s"))
    b = tanh(linear(x) + linear(h, name="s", bias=False))
    h = a * b + (1 - a) * h
    return h


@cell("Numbers that are added to what is averaged")
def averaged(x, h, alpha: scalar):
    m = mean(x)
    h = tanh(linear(h)) * mean(h + alpha) + sigmoid(linear(x)) * mean(h - m * alpha)
    return h


@cell("Powers")
def powers(x, h):
    a = linear(x) + linear(h)
    s = (1 + a**2) ** -2
    q = (2 + sin(a)) ** -0.5
    r = (1 + s) ** 0.5
    h = s * q * a + r * tanh(h) / (q + r) ** 3
    return h


@cell("Names of the generated text")
def taken(x, h, a_x: vector, linear_h: scalar):
    a_hs = linear(x, h)
    local = tanh(a_hs) * linear_h
    kept = sigmoid(linear(x) + linear(local, name="s") + linear(h, name="s") * a_x)
    h = kept * local + (1 - kept) * log(1 + h**2)
    return h


@cell("A comparison with a piecewise formula")
def folded(x, h):
    a = linear(x) + linear(h)
    h = Min(Piecewise((a, h > 0), (a / 2, True)), 0.5) + Max(Piecewise((h, a > 0), (-h, True)), tanh(a))
    return h


@cell("Two maps of one parameter, beside the input and beside the state")
def stacked(x, h, u: vector):
    a = tanh(linear(x, u))
    h = a * tanh(linear(h, u))
    return h


state, word = Symbol("class"), Symbol("NoneType")
reserved = Cell.from_equations(
    "reserved",
    [Eq(word, tanh(linear(Symbol("x"), word)), evaluate=False), Eq(state, tanh(linear(word, state)), evaluate=False)],
    states=["class", "NoneType"],
)

ODD = [state_x, quantity_x, numbers, input_formula, input_mean, condition, parameter_means, parameter_maps, named]
ODD += [fixed, feedforward, shared_sum, apart, shared_twice, averaged, powers, taken, folded, stacked, reserved]


@pytest.mark.parametrize("checkpoint", [False, True], ids=["saved", "checkpoint"])
@pytest.mark.parametrize("odd", ODD, ids=[c.name for c in ODD])
def test_odd_cells(odd, checkpoint, factory, tolerance):
    assert_computes_its_statements(odd, factory, 10 * tolerance, checkpoint=checkpoint)


@pytest.mark.parametrize("odd", ODD, ids=[c.name for c in ODD])
def test_odd_cells_where_input_and_state_have_one_size(odd):
    """Where sizes differ, a mistaken name is an error of shapes; where they do not, it is a wrong number."""
    torch.manual_seed(0)
    layer = build(odd).Layer(3, 3, num_layers=2, bidirectional=True, dtype=torch.float64)
    x = torch.randn(4, 2, 3, dtype=torch.float64, requires_grad=True)
    if any(True for _ in layer.parameters()):
        assert torch.autograd.gradcheck(lambda v: layer(v)[0], (x,), fast_mode=True)


# ---- refusals --------------------------------------------------------------------------------------------------------

x, h, c = symbols("x h c")


def with_parameter(name: str, kind: str) -> Cell:
    rows, tensor = "hidden_size" if kind == "vector" else "", "" if kind == "constant" else name
    declared = Parameter(Symbol(name), kind, rows, "", tensor, default=Symbol("x") * 0 + 1)
    equations = [Eq(h, tanh(linear(x, h)) * Symbol(name), evaluate=False)]
    return Cell.from_equations("q", equations, states=["h"], declared=(declared,))


@pytest.mark.parametrize("kind", ["vector", "scalar", "constant"])
@pytest.mark.parametrize("name", ["lambda", "forward", "states", "saved", "training", "bias"])
def test_parameters_that_a_module_cannot_have(name, kind):
    with pytest.raises(DefinitionError, match=f"cell 'q': parameter '{name}' cannot be .*; give it another name"):
        build(with_parameter(name, kind))


@pytest.mark.parametrize("name", ["bias_z", "weight_ih"])
def test_tensors_that_a_module_cannot_have(name):
    with pytest.raises(DefinitionError, match=f"parameter '{name}' cannot be in a PyTorch module"):
        build(with_parameter(name, "vector"))


@pytest.mark.parametrize("name", ["lstm", "rnn"])
def test_attributes_are_those_of_modules(name):
    """What a parameter cannot be called is what PyTorch's and the generated modules have."""
    module = build(derive.catalogue[name])
    own = {n for m in (module.Layer(2, 3), module.Cell(2, 3)) for n in (*dir(m), *vars(m)) if not n.startswith("_")}
    own |= {"device", "dtype"}
    assert {n for n in own if not n.startswith(("weight_", "bias_"))} <= ATTRIBUTES


def test_two_operands_do_not_share_a_weight():
    with pytest.raises(DefinitionError, match=r"linear\(h, c\*h\) would share the weight W_hk; give each a linear"):
        Cell.from_equations("q", [Eq(h, tanh(linear(x) + linear(h, c * h, name="k")), evaluate=False), Eq(c, h)],
                            states=["h", "c"])  # fmt: skip


def test_the_mean_of_a_number_is_refused():
    with pytest.raises(DefinitionError, match=r"mean\(mean\(x\)\) is the mean of a single number; use the number"):
        Cell.from_equations("q", [Eq(h, tanh(linear(h) + mean(mean(x))), evaluate=False)], states=["h"])
