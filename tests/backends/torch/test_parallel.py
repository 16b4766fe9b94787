"""Layers that compute all time steps together: against their loop, under what PyTorch does with modules, and what is
said of cells that cannot."""

from __future__ import annotations

import sys

import pytest
import torch
from replacements import answer, assert_close
from sympy import Eq, Max, Piecewise, Symbol, expand, floor
from torch._dynamo.testing import CompileCounterWithBackend
from torch.nn.utils.rnn import pack_sequence

import derive
from derive import cell, diag, linear, outer, scalar, sigmoid, tanh, vector
from derive.backends.package import PACKAGE
from derive.errors import DeriveError
from derive.plan.scan import why_sequential

SIZES = {"heads": 2, "key": 3, "value": 4}
LINEAR = [c for c in derive.catalogue.values() if not why_sequential(c)]


@cell("Three states that read each other, and one that follows them")
def coupled(x, h, u, v, w, k: vector, alpha: scalar):
    f = sigmoid(linear(x))
    r = 0.5 * u - k * v + linear(x)
    u = u + f * (alpha * r + v) / 2
    v = 0.3 * w - f * u
    w = v - alpha * r
    h = sigmoid(linear(v)) * h + tanh(w)
    return h, u, v, w


@cell("Rows and columns that decay, and a vector that is kept or replaced")
def grid(x, h, S, n):
    k = tanh(linear(x, size=("heads", "key")))
    a = sigmoid(linear(x, size=("heads", "key")))
    b = sigmoid(linear(x, size=("heads", "value")))
    f = sigmoid(linear(x, size="heads"))
    m = f * S + outer(b, k)
    S = diag(b) @ m @ diag(a)
    n = Piecewise((a * n + k, k > 0), (k, True))
    h = linear(S @ n)
    return h, S, n


def machinery():
    """The file that has the scan, as layers are built with it."""
    return sys.modules[f"{PACKAGE}.parallel"]


def two(one, *sizes, **options):
    """A layer that loops in PyTorch, and one with the same weights that does not."""
    sizes = sizes or (3, 4)
    options |= {size: SIZES.get(size, 3) for size in one.named_sizes}
    made = derive.build(one).Layer
    loop, parallel = made(*sizes, **options), made(*sizes, **options, parallel=True)
    loop.kernels = False
    parallel.load_state_dict(loop.state_dict())
    return loop.double(), parallel.double()


def all_of(layer, x, hx):
    """Outputs, final states and gradients with respect to all that is given, of random cotangents."""
    given = [q.clone().requires_grad_() for q in (x, *hx)]
    outputs, final = layer(given[0], given[1] if len(hx) == 1 else tuple(given[1:]))
    found = (outputs, *((final,) if len(hx) == 1 else final))
    d = torch.Generator().manual_seed(1)
    ds = [torch.randn(q.shape, generator=d, dtype=q.dtype) for q in found]
    wanted = (*given, *layer.parameters())
    return *found, *torch.autograd.grad(found, wanted, ds, allow_unused=True, materialize_grads=True)


@pytest.mark.parametrize("one", [*LINEAR, coupled, grid], ids=lambda c: c.name)
def test_it_is_the_loop(one):
    """Two layers in both directions, over a number of steps that is odd at every halving but one, and over one step."""
    torch.manual_seed(0)
    loop, parallel = two(one, num_layers=2, bidirectional=True)
    for steps in (13, 1):
        x = torch.randn(steps, 2, 3, dtype=torch.float64)
        final = loop(x)[1]
        hx = [torch.randn_like(s) for s in (final if isinstance(final, tuple) else (final,))]
        for found, expected in zip(all_of(parallel, x, hx), all_of(loop, x, hx), strict=True):
            torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)


def test_every_length():
    loop, parallel = two(derive.catalogue["gilr_lstm"])
    x = torch.randn(40, 2, 3, dtype=torch.float64)
    outputs, _ = loop(x)
    for steps in range(1, 41):
        torch.testing.assert_close(parallel(x[:steps])[0], outputs[:steps], rtol=1e-12, atol=1e-12)


def test_factors_of_zero_and_below():
    """A division by products of factors, or their logarithm, would be NaN."""
    u, h = Symbol("u"), Symbol("h")
    equations = [Eq(u, linear(Symbol("x"), bias=False)), Eq(h, Max(u, 0) * h - u * h + u)]
    loop, parallel = two(derive.Cell.from_equations("zeros", equations, states=["h"]), 4, 4)
    with torch.no_grad():
        loop.weight_ih_l0.copy_(torch.eye(4))
        parallel.weight_ih_l0.copy_(torch.eye(4))
    x = torch.tensor([0.0, -1.0, 0.5, 0.0, -0.25], dtype=torch.float64).view(-1, 1, 1).expand(-1, 1, 4)
    torch.testing.assert_close(parallel(x)[0], loop(x)[0], rtol=0, atol=1e-15)


def test_packed_sequences_dropout_first_states_and_streams():
    torch.manual_seed(0)
    one = derive.catalogue["gla"]
    loop, parallel = two(one, num_layers=2, dropout=0.5, learn_initial_state=True)
    packed = pack_sequence([torch.randn(n, 3, dtype=torch.float64) for n in (7, 5, 5, 2)])
    outputs = []
    for layer in (loop, parallel):
        torch.manual_seed(2)
        outputs.append(layer(packed)[0].data)
    torch.testing.assert_close(*outputs, rtol=1e-12, atol=1e-12)
    _, batch_first = two(one, batch_first=True)
    x = torch.randn(5, 3, dtype=torch.float64)
    stream = batch_first.stream()
    steps = torch.stack([stream(step).clone() for step in x])
    torch.testing.assert_close(steps, batch_first(x)[0], rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(batch_first.trace(x)["h"], batch_first(x)[0], rtol=1e-12, atol=1e-12)


def test_derivatives_of_all_kinds():
    loop, parallel = two(coupled)
    x = torch.randn(3, 1, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda x: parallel(x)[0], x)

    def total(layer):
        return lambda x: layer(x)[0].square().sum()

    given = x.detach(), torch.ones_like(x)
    for of in (torch.func.jvp, torch.autograd.functional.vhp):
        found, expected = (of(total(layer), *(((q,) for q in given) if of is torch.func.jvp else given))
                           for layer in (parallel, loop))  # fmt: skip
        torch.testing.assert_close(found[1], expected[1], rtol=1e-10, atol=1e-10)
    several = torch.randn(2, 4, 1, 3, dtype=torch.float64)
    mapped = torch.func.vmap(lambda x: parallel(x)[0])(several)
    torch.testing.assert_close(mapped[1], loop(several[1])[0], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("one", [derive.catalogue["gilr_lstm"], coupled], ids=lambda one: one.name)
def test_five_lengths_are_compiled_twice_and_exported_as_one_program(one):
    """Outputs and the gradients of all that goes in; the compiler sees no round of a scan."""
    loop, parallel = two(one)
    torch._dynamo.reset()
    backend = CompileCounterWithBackend("aot_eager")
    compiled = torch.compile(parallel, backend=backend, fullgraph=True)
    program = torch.export.export(
        parallel, (torch.randn(5, 2, 3).double(),), dynamic_shapes=({0: torch.export.Dim("T", min=2)},)
    ).module()
    for steps in (5, 6, 7, 9, 12):
        x = torch.randn(steps, 2, 3, dtype=torch.float64, requires_grad=True)
        assert_close(answer(compiled, x), answer(loop, x), 1e-10)
        torch.testing.assert_close(program(x.detach())[0], loop(x)[0])
    assert backend.frame_count == 2
    for graph in backend.graphs:
        assert any(n.target is machinery()._operator for n in graph.graph.nodes)


def test_second_derivatives_of_what_is_compiled():
    loop, parallel = two(coupled)
    x = torch.randn(4, 2, 3, dtype=torch.float64, requires_grad=True)

    def second(module):
        (d,) = torch.autograd.grad(module(x)[0].pow(3).sum(), x, create_graph=True)
        return torch.autograd.grad(d.square().sum(), [x, *module.parameters()])

    torch._dynamo.reset()
    assert_close(second(torch.compile(parallel, fullgraph=True, backend="eager")), second(loop), 1e-10)


def test_exported_to_onnx_and_narrow():
    """PyTorch's exporter to ONNX takes the scan apart, for one length."""
    loop, parallel = two(derive.catalogue["min_gru"])
    x = torch.randn(5, 2, 3, dtype=torch.float64)
    program = torch.export.export(parallel, (x,), dynamic_shapes=({0: torch.export.Dim("T", min=2)},))
    operator = machinery()._operator
    table = {operator: torch._decomp.decomposition_table[operator]}
    with pytest.raises(RuntimeError, match="with parallel=True is exported for one length here"):
        program.run_decompositions(table)
    whole = torch.export.export(parallel, (x,)).run_decompositions(table)
    assert not any(n.target is operator for n in whole.graph.nodes)
    torch.testing.assert_close(whole.module()(x)[0], loop(x)[0], rtol=1e-12, atol=1e-12)
    with torch.autocast("cpu", torch.bfloat16):
        narrow, of_loop = parallel.float()(x.float())[0], loop.float()(x.float())[0]
    assert narrow.dtype is torch.bfloat16
    torch.testing.assert_close(narrow, of_loop, rtol=0.05, atol=0.05)


def test_it_is_asked_for_and_done():
    """Not by the C file, which takes over a layer's calls after some; a step that is written over is done as it is."""
    parallel = two(derive.catalogue["gilr"])[1].float()
    x, calls, scanned = torch.randn(4, 2, 3), [], machinery()._scanned
    machinery()._scanned = lambda *given: calls.append(1) or scanned(*given)
    try:
        for _ in range(4):
            parallel(x)
        assert len(calls) == 4
        parallel.step = type(parallel).step.__get__(parallel)
        parallel(x)
        assert len(calls) == 4
    finally:
        machinery()._scanned = scanned
    assert "parallel=True" in repr(parallel)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("lstm", "the equation of oₜ mixes the units of hₜ₋₁"),
        ("mut1", "the equation of nₜ mixes the units of hₜ₋₁"),
        ("indrnn", "the equation of hₜ is not linear in hₜ₋₁"),
        ("sru", "the equation of fₜ is not linear in cₜ₋₁"),
        ("mlstm", "the equation of mₜ is not linear in mₜ₋₁"),
        ("delta_net", "the equation of Sₜ mixes the units of Sₜ₋₁"),
    ],
)
def test_what_is_not_linear_is_refused_by_name(name, why):
    one = derive.catalogue[name]
    with pytest.raises(DeriveError, match=f"^{name} has no parallel form: {why}$"):
        one.scan()
    sizes = {size: SIZES[size] for size in one.named_sizes}
    with pytest.raises(ValueError, match=f"^{one.class_name} has no parallel form: {why}; leave parallel=True out$"):
        derive.build(one).Layer(3, 4, **sizes, parallel=True)


def test_checkpoint_is_of_the_loop():
    with pytest.raises(ValueError, match="checkpoint=True is of the loop over time, which parallel=True has not"):
        derive.build(derive.catalogue["gilr"]).Layer(3, 4, parallel=True, checkpoint=True)


def test_jumps_are_not_linear():
    """Their derivative is 0, which would be a factor as good as any."""
    h, x = Symbol("h"), Symbol("x")
    one = derive.Cell.from_equations("jumps", [Eq(h, floor(h) + linear(x))], states=["h"])
    with pytest.raises(DeriveError, match="the equation of hₜ is not linear in hₜ₋₁"):
        one.scan()


# ---------------------------------------------------------------------- in print


@pytest.mark.parametrize("name", ["sru_v1", "t_lstm", "min_gru", "min_lstm", "gilr_lstm", "rg_lru"])
def test_the_printed_parts_are_the_equation(name):
    """By SymPy: a s + b is what the author's equation says."""
    one = derive.catalogue[name]
    scan = one.scan()
    for recurrence in scan.recurrences:
        ((factor,),), (term,), (state,) = recurrence.factors, recurrence.terms, recurrence.states
        found = scan.spelled(factor.expr) * state.previous + scan.spelled(term)
        assert expand(found - one[state.name].rhs) == 0


def test_it_is_printed():
    assert derive.catalogue["gla"].scan().unicode().splitlines() == [
        "αₜ = aₜ",
        "βₜ = vₜ kₜᵀ",
        "Sₜ = Sₜ₋₁ diag(αₜ) + βₜ",
        "(α_2, β_2) ∘ (α_1, β_1) = (α_2 ⊙ α_1, β_1 diag(α_2) + β_2)",
    ]
    assert grid.scan().unicode().splitlines()[:3] == [
        "α_Sₜ = fₜ bₜ aₜᵀ",
        "β_Sₜ = diag(bₜ) bₜ kₜᵀ diag(aₜ)",
        "Sₜ = α_Sₜ ⊙ Sₜ₋₁ + β_Sₜ",
    ]
    assert derive.catalogue["lru"].scan().unicode().splitlines()[::2] == [
        "αₜ = [λ_re, −λ_im; λ_im, λ_re]",
        "[s_reₜ; s_imₜ] = αₜ [s_reₜ₋₁; s_imₜ₋₁] + βₜ",
    ]
    latex = derive.catalogue["gilr_lstm"].scan().latex()
    assert r"c_{t} &= \alpha_{c, t} \odot c_{t-1} + \beta_{c, t}" in latex
    assert r"\beta_{s, t} &= (1 - k_{t}) \odot u_{t}" in latex
