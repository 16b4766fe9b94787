"""Inputs and weights up to 1e4 times as large as usual: finite outputs and gradients, and the right ones."""

from __future__ import annotations

import mpmath
import pytest
import torch
from others import named, with_others
from problems import expected, problem
from sympy import Eq, evaluate, exp, log, symbols
from unlimited import unlimited

import derive
from derive import linear
from derive.plan.build import build
from derive.statements.sizes import units

#: The cells whose own equations overflow, cancel or divide 0 by 0 there, as they stand.
HARD = ("rg_lru", "real_lru", "min_lstm", "slstm", "slstm_exp", "rwkv")
#: Those of which some state, product or term is no number of float32 there.
MULTIPLYING = ("mamba", "mamba2", "rwkv5", "rwkv6", "rwkv7")
alpha, h, x = symbols("alpha h x")
STEPS, BATCH, INPUTS, UNITS = 4, 3, 3, 4


def drawn(name, scale, dtype, *, one_step=False, seed=0):
    """A layer or cell and inputs, all of whose numbers are scaled."""
    torch.manual_seed(seed)
    module = derive.build(derive.catalogue[name])
    sizes = named(derive.catalogue[name], UNITS)
    layer = (module.Cell if one_step else module.Layer)(INPUTS, UNITS, **sizes, dtype=dtype)
    with torch.no_grad():
        for p in layer.parameters():
            p.mul_(scale)
    return layer, (scale * torch.randn(STEPS, BATCH, INPUTS)).to(dtype).requires_grad_()


def worked(name, scale, dtype, *, kernels=False, one_step=False, autocast=False, seed=0):
    """Outputs and gradients of the input and the parameters, weights and inputs being scaled."""
    layer, x = drawn(name, scale, dtype, one_step=one_step, seed=seed)
    layer.kernels = kernels
    x, *others = with_others(layer, x)
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        if one_step:
            states, outputs = None, []
            for t in range(STEPS):
                states = layer(x[t], states)
                outputs.append(states if isinstance(states, torch.Tensor) else states[0])
            output = torch.stack(outputs)
        else:
            output, _ = layer(x, *others)
    gradients = torch.autograd.grad(output.float().sum(), [x, *layer.parameters()], materialize_grads=True)
    return output, *gradients


def exact(name, scale, dtype, seed=0):
    """What ``worked`` gives, flat, in numbers without a largest one, and whether each is a number of the type."""
    cell = derive.catalogue[name]
    layer, x = drawn(name, scale, dtype, seed=seed)
    sizes = {"input_size": INPUTS, "hidden_size": UNITS, **named(cell, UNITS)}
    blocks = {p.name: layer.get_parameter(f"{p.tensor}_l0").detach() for p in cell.parameters}
    for p in cell.parameters:
        n = units(p.rows, sizes)
        blocks[p.name] = blocks[p.name][p.block * n : (p.block + 1) * n].flatten().tolist()
    outputs, inputs, parameters = unlimited(cell, blocks, x.tolist(), sizes)
    stores = {name: [p for p in cell.parameters if f"{p.tensor}_l0" == name] for name, _ in layer.named_parameters()}
    of = [[q for p in sorted(own, key=lambda p: p.block) for q in parameters[p.name]] for own in stores.values()]
    found = [[q.value for q in outputs], *([q.gradient for q in g] for g in (inputs, *of))]
    return [(values, torch.tensor([abs(v) < torch.finfo(dtype).max for v in values])) for values in found]


def is_as_finite_as_the_exact_one(name, dtype, **way):
    """At 1e4: every output and gradient, but for those that are no numbers of the type."""
    found = worked(name, 1e4, dtype, **way)
    if all(torch.isfinite(t).all() for t in found):
        return True
    wanted = exact(name, 1e4, dtype, way.get("seed", 0))
    return all((torch.isfinite(t).flatten() | ~room).all() for t, (_, room) in zip(found, wanted, strict=True))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_every_cell_is_finite_at_1e4_where_the_exact_value_is(dtype):
    assert [name for name in derive.catalogue if not is_as_finite_as_the_exact_one(name, dtype)] == []


@pytest.mark.parametrize("name", MULTIPLYING)
def test_cells_of_many_products_are_finite_in_c_and_in_pytorch(name):
    """Their states, products and terms of sums go beyond the type where the result does not."""
    for seed in (1, 3):
        for kernels in (False, True):
            assert is_as_finite_as_the_exact_one(name, torch.float32, seed=seed, kernels=kernels), (seed, kernels)


def test_what_is_called_again_and_what_is_compiled_is_as_finite():
    layer, x = drawn("mamba", 1e4, torch.float32, seed=1)
    wanted = [room for _, room in exact("mamba", 1e4, torch.float32, seed=1)]
    assert not all(room.all() for room in wanted)
    compiled = torch.compile(layer, backend="aot_eager", fullgraph=True)
    for call in (layer, layer, layer, compiled):  # the third time a layer with a machine is called at once
        y = call(x)[0]
        found = y, *torch.autograd.grad(y.sum(), [x, *layer.parameters()], materialize_grads=True)
        assert all((torch.isfinite(t).flatten() | ~room).all() for t, room in zip(found, wanted, strict=True))


@pytest.mark.parametrize("name", ["lstm", "lstm_heads", "longhorn", "mamba3", "mlstm", "ttt_linear"])
def test_no_sequences(name):
    """Of a matrix, a head and a mean over a head too, whose lengths no number of an empty tensor tells."""
    layer, x = drawn(name, 1, torch.float64)
    layer.kernels = False
    whole, empty = layer(x)[1], layer(x[:, :0])
    assert empty[0].shape == (STEPS, 0, UNITS)
    assert [s.shape for s in empty[1]] == [(s.shape[0], 0, *s.shape[2:]) for s in whole]
    gradients = torch.autograd.grad(empty[0].sum(), [x, *layer.parameters()], materialize_grads=True)
    assert not any(torch.count_nonzero(d) for d in gradients)


@pytest.mark.parametrize("kernels", [False, True])
def test_what_is_not_a_number_to_begin_with_is_not_computed_again(kernels, monkeypatch):
    """And stays in its sequence, from its step on."""
    layer, x = drawn("mamba2", 1, torch.float32)
    layer.kernels = kernels
    x = x.detach().index_put((torch.tensor(1), torch.tensor(2)), torch.tensor(torch.nan)).requires_grad_()
    monkeypatch.setattr(torch.Tensor, "double", None, raising=False)
    for _ in range(3):
        y = layer(x)[0]
        (d,) = torch.autograd.grad(y.sum(), x)
        assert all(torch.isfinite(t).all() for t in (y[0], y[:, :2], d[:, :2]))
        assert torch.isnan(y[1:, 2]).all()


@pytest.mark.parametrize("name", ["kda", "longhorn", *MULTIPLYING])
def test_cells_of_many_products_are_right_at_large_scales(name):
    """To rounding of the largest number of each tensor; 1 - σ, which is 0 from 17 on, weighs 1e-7 of all gradients."""
    for scale in (100, 3e3, 1e4):
        wanted = exact(name, scale, torch.float32)
        right = [torch.tensor([float(v) for v in values], dtype=torch.float64) for values, _ in wanted]
        largest = max(r.abs().max() for r in right)
        for found, r, (_, room) in zip(worked(name, scale, torch.float32), right, wanted, strict=True):
            off = (found.flatten() - r).abs()[room]
            assert (off <= 1e-5 * r.abs().max() + 1e-7 * largest).all()


def test_a_maximum_that_is_divided_by_may_be_beyond_the_type():
    """mLSTM's max(e^-m, |n q|), where m is about -300: float64 has the numbers, float32 had a slope of infinity over
    infinity. At 1e4, whether m lies as low is chance."""
    torch.manual_seed(0)
    cell = derive.catalogue["mlstm"]
    layer = derive.build(cell).Layer(INPUTS, UNITS, **named(cell, UNITS))
    torch.nn.init.constant_(layer.bias_i_heads_l0, -300)
    x = torch.randn(STEPS, BATCH, INPUTS)
    found = {}
    for dtype in (torch.float64, torch.float32):
        layer, x = layer.to(dtype), x.detach().to(dtype).requires_grad_()
        found[dtype] = [t.double() for t in torch.autograd.grad(layer(x)[0].sum(), [x, *layer.parameters()])]
    for single, double in zip(found[torch.float32], found[torch.float64], strict=True):
        assert torch.allclose(single, double, rtol=1e-3, atol=1e-30)
    for seed in (1, 2, 3):
        assert all(torch.isfinite(t).all() for t in worked("mlstm", 1e4, torch.float32, seed=seed))


def test_a_slope_of_0_meets_no_infinity():
    """The rate e^(a_log) of Gated DeltaNet is as large as the type goes, times a slope of softplus that is 0."""
    for seed in (4, 5, 7):
        assert all(torch.isfinite(t).all() for t in worked("gated_delta_net", 1e4, torch.float32, seed=seed))


@pytest.mark.parametrize("name", HARD)
def test_hard_cells_are_finite_in_every_way_to_run_them(name):
    for scale in (100, 300, 1e4):
        for way in ({"kernels": True}, {"one_step": True}, {"autocast": True}):
            assert all(torch.isfinite(t).all() for t in worked(name, scale, torch.float32, **way)), (scale, way)


@pytest.mark.parametrize("kernels", [False, True])
@pytest.mark.parametrize("name", ["slstm", "slstm_exp"])
def test_a_stabilised_cell_is_the_one_without_stabiliser(name, kernels):
    """At inputs scaled by 300, by mpmath: c and n are sums that start at 0, whatever their exponents are."""
    torch.manual_seed(0)
    layer = derive.build(derive.catalogue[name]).Layer(INPUTS, 1, dtype=torch.float64)
    layer.kernels = kernels
    x = 300 * torch.randn(STEPS, 1, INPUTS, dtype=torch.float64)
    w, u, b = ([mpmath.mpf(v) for v in t.flatten().tolist()] for t in layer.parameters())
    h = c = n = mpmath.mpf(0)
    found = []
    for row in x[:, 0].tolist():
        a = [sum(w[INPUTS * k + j] * v for j, v in enumerate(row)) + u[k] * h + b[k] for k in range(4)]
        f = mpmath.exp(a[2]) if name == "slstm_exp" else 1 / (1 + mpmath.exp(-a[2]))
        i = mpmath.exp(a[1])
        c, n = f * c + i * mpmath.tanh(a[0]), f * n + i
        h = c / n / (1 + mpmath.exp(-a[3]))
        found.append(float(h))
    torch.testing.assert_close(layer(x)[0].flatten(), torch.tensor(found, dtype=torch.float64))


@pytest.mark.parametrize("kernels", [False, True])
def test_exponentials_of_parameters_alone_are_seen_through(kernels):
    """log(1 + e^200) is 200 and 1 - 1/(1 + e^-200) is 0 in float32, where e^200 is beyond it."""
    with evaluate(False):
        line = Eq(h, log(1 + exp(alpha)) + linear(x) * (1 - exp(-exp(alpha))) + h / (1 + exp(-alpha)))
    declared = derive.catalogue["fast_rnn"].declared[:1]
    layer = derive.build(derive.Cell.from_equations("far", [line], states=["h"], declared=declared)).Layer(2, 3)
    layer.kernels = kernels
    torch.nn.init.constant_(layer.alpha_l0, 200.0)
    given = torch.randn(3, 1, 2)
    mapped = torch.nn.functional.linear(given, layer.weight_ih_l0, layer.bias_ih_l0)
    output, _ = layer(given)
    torch.testing.assert_close(output, (200 + mapped).cumsum(0))
    (d_alpha,) = torch.autograd.grad(output[-1].sum(), layer.alpha_l0)
    assert d_alpha == 9  # a slope of 1 for each step and unit


def test_rg_lru_from_the_papers_initialisation_trains_under_autocast():
    """a = exp(-c softplus(nu)) starts between 0.9 and 0.999: there 1 - a² is 0 in bfloat16."""
    torch.manual_seed(0)
    layer = derive.build(derive.catalogue["rg_lru"]).Layer(8, 16)
    a = torch.empty(16).uniform_(0.9, 0.999)
    with torch.no_grad():
        layer.nu_l0.copy_(torch.log(torch.expm1(-torch.log(a) / 8)))
    x = torch.randn(20, 4, 8)
    wanted = torch.autograd.grad(layer(x)[0].square().sum(), list(layer.parameters()))
    with torch.autocast("cpu", torch.bfloat16):
        loss = layer(x)[0].float().square().sum()
    for d, exact in zip(torch.autograd.grad(loss, list(layer.parameters())), wanted, strict=True):
        assert (d - exact).norm() < 0.05 * exact.norm()


@pytest.mark.parametrize("kernels", [False, True])
def test_rg_lru_is_right_in_single_precision_where_its_decay_is_almost_1(kernels):
    """nu = -20: 1 - exp(2 k) is 1e-8, of which float32 has no digit; autograd through the author's equations has
    half of its own in float64."""
    plan = build(derive.catalogue["rg_lru"])
    given = problem(plan)
    given.parameters["nu"][:] = -20
    theirs = expected(plan, given)
    layer = derive.build(derive.catalogue["rg_lru"]).Layer(3, 5)
    layer.kernels = kernels
    layer.load_state_dict({f"{n}_l0": torch.tensor(t) for n, t in given.parameters.items()})
    outputs, final = layer(torch.tensor(given.x).float(), torch.tensor(given.states["h"]).float().unsqueeze(0))
    loss = (outputs * torch.tensor(given.d_outputs)).sum() + (final[0] * torch.tensor(given.d_states["h"])).sum()
    loss.backward()
    for name, exact in theirs.d_parameters.items():
        found = getattr(layer, f"{name}_l0").grad.double()
        assert (found - torch.tensor(exact)).norm() < 1e-5 * torch.tensor(exact).norm(), name


@pytest.mark.parametrize("kernels", [False, True])
def test_a_saturated_scaled_tanh_has_no_slope(kernels):
    """Where its value has rounded to ±alpha, as tanh's has to ±1: what comes back may be as large as one likes."""
    layer = derive.build(derive.rnn.with_activations(tanh="scaled_tanh")).Layer(3, 4, dtype=torch.float64)
    layer.kernels = kernels
    x = (1e4 * torch.randn(2, 3, dtype=torch.float64)).requires_grad_()
    assert torch.autograd.grad(1e13 * layer(x)[0].sum(), x)[0].abs().max() == 0
