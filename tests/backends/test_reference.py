"""The reference backend against autograd through the cell's statements, spelled by PyTorch one operation at a time."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from problems import SHAPES, assert_agree, expected, problem
from sympy import Symbol

import derive
from derive.backends.reference import Reference, interpreted
from derive.backends.reference.formulas import value
from derive.errors import UnsupportedExpression
from derive.plan.build import build
from derive.plan.operations import Scan
from derive.plan.plan import Origin, Phase, Variable


@pytest.mark.parametrize("name", derive.catalogue)
def test_every_cell_is_what_autograd_gives(name):
    """Outputs, final states and every gradient, in two shapes; the naive plan in the second."""
    pytest.importorskip("torch")
    cell = derive.catalogue[name]
    for shape, plan in zip(SHAPES, (Reference().plan(cell), build(cell)), strict=True):
        given = problem(plan, shape)
        assert_agree(interpreted(plan)(given), expected(plan, given))


def test_without_projection_the_output_is_the_inner_one():
    """A missing weight is the identity: the same numbers as from a projection by the identity."""
    plan = Reference().plan(derive.lstm)
    given = problem(plan, bare=True)
    identity = {**given.parameters, "weight_hr": np.eye(given.sizes["hidden_size"])}
    without, with_it = (interpreted(plan)(g) for g in (given, replace(given, parameters=identity)))
    assert np.array_equal(without.outputs, with_it.outputs)
    assert_agree(without, replace(with_it, d_parameters={k: with_it.d_parameters[k] for k in without.d_parameters}))


def test_a_running_sum_over_the_units():
    """``Scan``, which no cell of the catalogue asks for: h = the running sum of tanh(W x + U h_prev)."""
    torch = pytest.importorskip("torch")
    plan = build(derive.rnn)
    t, d_t, d_h = Symbol("t"), Symbol("d_t"), plan.states[0].incoming
    *others, last = plan.phases[Phase.STEP]
    step = [*others, replace(last, target=t), Scan(last.target, t)]
    back = [op.over(lambda q: {d_h: d_t, last.target: t}.get(q, q)) for op in plan.phases[Phase.BACK]]
    values = [Variable(t, ("hidden_size",), Origin.INTERMEDIATE), Variable(d_t, ("hidden_size",), Origin.COTANGENT)]
    plan = plan.with_phases({Phase.STEP: step, Phase.BACK: [Scan(d_t, d_h, reverse=True), *back]}, values)
    given = problem(plan)
    ours = interpreted(plan)(given)

    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    w, u, b, c = (torch.tensor(given.parameters[k], requires_grad=True) for k in names)
    x, h = torch.tensor(given.x), torch.tensor(given.states["h"])
    outputs = []
    for row in x:
        h = torch.tanh(row @ w.T + b + h @ u.T + c).cumsum(-1)
        outputs.append(h)
    loss = (torch.stack(outputs) * torch.tensor(given.d_outputs)).sum() + (h * torch.tensor(given.d_states["h"])).sum()
    assert np.allclose(ours.outputs, torch.stack(outputs).detach().numpy(), rtol=1e-12)
    for name, gradient in zip(names, torch.autograd.grad(loss, [w, u, b, c]), strict=True):
        assert np.allclose(ours.d_parameters[name], gradient.numpy(), rtol=1e-11, atol=1e-12)


def test_a_function_that_numpy_lacks_is_named():
    from sympy import gamma

    with pytest.raises(UnsupportedExpression, match=r"gamma in gamma\(x\) is unknown to the reference"):
        value(gamma(Symbol("x")), {Symbol("x"): 1.0})


def test_it_needs_no_torch():
    """In a process of its own, where importing torch is an error."""
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "sys.path.insert(0, 'tests/helpers')\n"
        "import derive, problems\n"
        "from derive.backends import backend\n"
        "reference = backend('reference')\n"
        "plan = reference.plan(derive.gru)\n"
        "print(reference.load(derive.gru)(problems.problem(plan)).outputs.shape)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "(4, 2, 5)", done.stderr
