"""States that are matrices: products by named axes, printed, exact and in machines, against torch and by hand."""

from __future__ import annotations

import pytest
import torch
from agreement import assert_computes_its_statements
from problems import assert_answers, expected, problem
from runs import floats, random_run
from sympy import Eq, Symbol

import derive
from derive import cell, constant, diag, dot, linear, matmul, outer, scalar, sigmoid, tanh, transpose, vector
from derive.backends import backend
from derive.definition.counts import in_letters
from derive.errors import DefinitionError, RunError
from derive.plan.build import plan

SIZES = {"u": ("heads", "key"), "A": ("heads", "value*key"), "r": "heads"}


@cell("All that is done with a memory by heads", sizes=SIZES)
def by_heads(x, h, S, n, m, u: vector, A: vector, r: vector, alpha: scalar, gamma: constant = 0.5):
    k = tanh(linear(x, size=("heads", "key")))
    v = linear(x, size=("heads", "value"), bias=False)
    w = linear(x, size="key")  # the same for all heads
    f = sigmoid(linear(x, size="heads"))
    a = sigmoid(linear(x, size=("heads", "key")))
    b = sigmoid(linear(x, size=("heads", "value")))
    F = tanh(A)
    S = diag(b) @ S @ diag(a) - 2 * f * r * outer(v - S @ k, u * k) + gamma * outer(v, w) + alpha * F * S
    n = f * n + alpha * k / (1 + dot(k, k))
    m = r * m + dot(n, w)
    p = S.T @ (S @ (f * k))
    o = (S @ w) / (1 + m**2) + dot(p, n) * tanh(v)
    h = linear(o)
    return h, S, n, m


@cell("A memory of one head, whose keys are the input's four numbers")
def single(x, h, S, alpha: scalar):
    k = tanh(linear(x, size=4))
    f = sigmoid(linear(h, size=1))
    S = f * S + alpha * outer(linear(x), k) * tanh(S)
    h = S @ k + dot(k, S.T @ h)
    return h, S


CELLS = [by_heads, single]


@pytest.mark.parametrize("one", CELLS, ids=lambda c: c.name)
def test_they_are_verified(one):
    found = derive.verify(one)
    assert found.ok, found


def test_what_is_printed_wrongly_is_found():
    """A transpose less, rows for columns, and the trace of one matrix."""
    latex, gradient = by_heads.latex(), by_heads.adjoint().latex()
    wrong = latex.replace(r"S_{t}^{\top} S_{t} f_{t} k_{t}", r"S_{t} S_{t}^{\top} f_{t} v_{t}")
    assert wrong != latex
    assert not derive.verify(by_heads, latex=wrong).ok
    wrong = latex.replace(
        r"\operatorname{diag}(b_{t}) S_{t-1} \operatorname{diag}(a_{t})",
        r"\operatorname{diag}(a_{t}) S_{t-1} \operatorname{diag}(b_{t})",
    )
    assert wrong != latex
    assert not derive.verify(by_heads, latex=wrong).ok
    assert r"\operatorname{tr}" in gradient
    assert not derive.verify(by_heads, gradient=gradient.replace(r"\operatorname{tr}", r"\operatorname{mean}")).ok


@pytest.mark.parametrize("checkpoint", [False, True])
@pytest.mark.parametrize("one", CELLS, ids=lambda c: c.name)
def test_the_module_computes_its_statements(one, checkpoint):
    assert_computes_its_statements(one, {"dtype": torch.float64}, 1e-10, checkpoint=checkpoint)


@pytest.mark.parametrize("name", ["reference", "torch"])
@pytest.mark.parametrize("one", CELLS, ids=lambda c: c.name)
def test_programs(one, name):
    made = plan(one)
    given = problem(made, (3, 2, 3, 4, 2))
    assert_answers(name, backend(name).load(one)(given), expected(made, given))


def test_steps_and_gradients_are_exact():
    """Every quantity of a run, and the gradient of its loss, as torch has them."""
    run = random_run(by_heads, units=2, steps=2, loss={"formula": "h^2/2"})
    p = {n: torch.tensor(floats(v), dtype=torch.float64, requires_grad=True) for n, v in run.parameters.items()}
    h, S, n, m = torch.zeros(2), torch.zeros(2, 3, 3), torch.zeros(2, 3), torch.zeros(2)
    h, S, n, m = (q.double() for q in (h, S, n, m))
    loss = 0
    for t, x in enumerate(torch.tensor(floats(run.x), dtype=torch.float64), 1):
        k = torch.tanh(p["W_ik"] @ x + p["b_ik"]).view(2, 3)
        v = (p["W_iv"] @ x).view(2, 3)
        w = p["W_iw"] @ x + p["b_iw"]
        f = torch.sigmoid(p["W_if"] @ x + p["b_if"])
        a, b = (torch.sigmoid(p[f"W_i{q}"] @ x + p[f"b_i{q}"]).view(2, 3) for q in "ab")
        u, A = p["u"].view(2, 3), p["A"].view(2, 3, 3)
        old = S
        S = torch.diag_embed(b) @ old @ torch.diag_embed(a) + torch.einsum("hi,j->hij", v, w) / 2
        S = S - torch.einsum("h,hi,hj->hij", 2 * f * p["r"], v - torch.einsum("hij,hj->hi", old, k), u * k)
        S = S + p["alpha"] * torch.tanh(A) * old
        n = f[:, None] * n + p["alpha"] * k / (1 + k.square().sum(1, keepdim=True))
        m = p["r"] * m + n @ w
        q = torch.einsum("hij,hik,h,hk->hj", S, S, f, k)
        o = (S @ w) / (1 + m**2)[:, None] + (q * n).sum(1, keepdim=True) * torch.tanh(v)
        h = p["W_oh"] @ o.flatten() + p["b_oh"]
        loss = loss + h.square().sum() / 2
        for name, q in {"f": f, "S": S, "n": n, "m": m, "o": o, "h": h}.items():
            found = [float(run.steps().value(t, name, j)) for j in range(1, q.numel() + 1)]
            assert found == pytest.approx(q.flatten().tolist(), rel=1e-11, abs=1e-13)
    loss.backward()
    gradients = run.gradients()
    for name, leaf in p.items():
        if name != "gamma":
            found = torch.tensor(_floats(gradients[name]), dtype=torch.float64)
            torch.testing.assert_close(found, leaf.grad, rtol=1e-10, atol=1e-12, msg=name)


def _floats(value):
    return [_floats(v) for v in value] if isinstance(value, tuple) else float(value)


def test_equations_are_in_matrix_algebra():
    assert r"S_{t} &= f_{t} S_{t-1}" in single.latex()
    heads = by_heads.latex()
    assert r"- 2 f_{t} r (v_{t} - S_{t-1} k_{t}) (u \odot k_{t})^{\top}" in heads
    retention, mlstm = (derive.catalogue[n].adjoint() for n in ("retention", "mlstm"))
    assert str(retention["d_S"]) == "δSₜ = ΔSₜ + δhₜ qₜᵀ"
    assert str(retention["d_k"]) == "δkₜ = δSₜᵀ vₜ"
    assert str(mlstm["d_f"]) == "δfₜ = tr(δCₜᵀ Cₜ₋₁) + δnₜᵀ nₜ₋₁"
    assert str(mlstm["d_C_prev"]) == "ΔCₜ₋₁ = fₜ δCₜ"


def test_a_listed_cell_and_its_text_are_the_same(tmp_path):
    x, h, S, k = (Symbol(n) for n in "xhSk")
    of_k, of_S = Eq(k, linear(x, size="key")), Eq(S, S + outer(linear(x), k))
    read = matmul(S, k) + h * dot(matmul(transpose(S), h), k)
    listed = derive.Cell.from_equations("listed", [of_k, of_S, Eq(h, read)], states=["h", "S"])
    for one in (listed, by_heads, derive.catalogue["mamba"], derive.catalogue["rwkv7"]):
        (tmp_path / "again.py").write_text(one.python())
        again = derive.cells.load.load_cell(f"{tmp_path / 'again.py'}:{one.name}")
        assert again.unicode() == one.unicode()
        assert again.statements == one.statements
        assert again.sizes == one.sizes


def test_counts():
    mamba2, retention = derive.catalogue["mamba2"], derive.catalogue["retention"]
    assert in_letters(retention.parameter_count) == "N_x (N + 2 N_key)"
    assert in_letters(retention.operations.multiply_adds) == "N_x N + 2 N_x N_key + N N_key"
    layer = derive.build(mamba2).Layer(5, 6, heads=2, value=3, key=4)
    assert layer.state_sizes(6) == (6, 24)
    assert layer.weight_i_heads_value_l0.shape == (12, 5)


def test_as_many_numbers_as_one_likes_multiply_an_outer_product():
    """They are one before the product, of which a loop in C has a few factors."""

    @cell("Many numbers of each head")
    def scaled(x, h, S):
        a = sigmoid(linear(x, size="heads"))
        b = sigmoid(linear(x, size="heads"))
        c = sigmoid(linear(x, size="heads"))
        d = sigmoid(linear(x, size=1))
        v = linear(x, size=("heads", "value"))
        k = linear(x, size=("heads", "key"))
        S = a * S + (1 - a) * b * c * d * outer(v, k)
        h = linear(S @ k)
        return h, S

    backend("c").check(scaled)
    assert derive.verify(scaled).ok


def test_a_row_of_all_heads_that_numbers_of_each_multiply():
    """Vectors that have no name of their own, in what is printed of each head."""

    @cell("Turned")
    def turned(x, h, u):
        s = sigmoid(linear(x, size="heads"))
        u = u + s * (2 * tanh(linear(x, size=("heads", "key"))))
        h = linear(u)
        return h, u

    assert derive.verify(turned).ok


@pytest.mark.parametrize("kernels", [True, False])
def test_a_layer_takes_and_gives_states_with_their_axes(kernels):
    """A matrix for each head, whatever the layout of the input, also where calls go at once; and half of a sequence
    after the other is the sequence."""
    torch.manual_seed(0)
    module = derive.build(derive.catalogue["mlstm"])
    layer = module.Layer(5, 6, heads=2, key=3, value=4, num_layers=2, batch_first=True)
    layer.kernels = kernels
    x, axes = torch.randn(3, 7, 5), [(6,), (2, 4, 3), (2, 3), (2,)]
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, [7, 7, 7], batch_first=True)
    for given, batch in ((x, (3,)), (packed, (3,)), (x[0], ())):
        for _ in range(3):  # from the second on, at once
            assert [tuple(s.shape) for s in layer(given)[1]] == [(2, *batch, *n) for n in axes]
    whole, final = layer(x)
    half, hx = layer(x[:, :4])
    rest, ours = layer(x[:, 4:], hx)
    torch.testing.assert_close((torch.cat((half, rest), 1), *ours), (whole, *final))
    one = module.Cell(5, 6, heads=2, key=3, value=4)
    states = one(x[:, 0])
    assert [tuple(s.shape) for s in one(x[:, 1], states)] == [(3, *n) for n in axes]
    with pytest.raises(RuntimeError, match=r"MLSTM: state C has shape \[2, 3, 24\], expected \[2, 4, 3\] in its last"):
        layer(x, (hx[0], hx[1].flatten(2), *hx[2:]))


def test_what_does_not_fit_is_said():
    def refused(words):
        with pytest.raises(DefinitionError, match=words):

            @cell("Wrong")
            def wrong(x, h, S):
                k = linear(x, size="key")
                v = linear(x, size="value")
                S = S + outer(v, k)
                h = S @ v
                return h, S

    refused("equation 'h'.*S has value×key units and v has value units; the matrix has key there; S.T @ u reads along")

    def defined(definition, words):
        with pytest.raises(DefinitionError, match=words):
            cell("Wrong")(definition)

    def vectors(x, h):
        h = tanh(linear(x) @ h)
        return h

    def alone(x, h, S):
        k = linear(x, size="key")
        S = S + outer(linear(x), k)
        h = S @ k + S.T
        return h, S

    def heads(x, h, S):
        S = S + outer(linear(x, size=("heads", "value")), linear(x, size=("groups", "key"), name="k"))
        h = linear(x, name="h")
        return h, S

    def row(x, h, S):
        k = linear(x, size="key")
        S = S + outer(linear(x), k)
        h = k @ S.T + h
        return h, S

    def scaled(x, h, S):
        k = linear(x, size="key")
        S = S * h + outer(linear(x), k)
        h = S @ k
        return h, S

    defined(vectors, r"equation 'h'.*for linear\(x\) @ h write linear\(h\), or outer\(linear\(x\), h\)")
    defined(alone, r"equation 'h'.*S.T stands alone; write it beside @: S.T @ ...")
    defined(heads, "equation 'S'.*they differ in their heads, groups and heads")
    defined(row, r"equation 'h'.*k @ S.T is no product that a cell has; write outer\(v, k\)")
    defined(scaled, "equation 'S'.*S has hidden_size×key units and h has hidden_size; diag.a. @ S scales the rows")
    with pytest.raises(DefinitionError, match=r"linear.*expected two sizes, none of them 1"):
        linear(Symbol("x"), size=("heads", 1))
    with pytest.raises(DefinitionError, match="a map gives vectors; for a matrix take outer"):
        linear(Symbol("x"), size="value*key")
    with pytest.raises(DefinitionError, match=r"outer\(\) of a number; expected quantities, such as outer\(v, k\)"):
        outer(Symbol("v"), 3)
    with pytest.raises(RunError, match=r"the weights alone do not tell .*; give sizes=\{'.*': 2\}"):
        derive.Run("rwkv5", random_run("rwkv5").weights, [[1, 2]])
