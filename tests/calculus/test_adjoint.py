"""The backward equations against autograd through the cell's own statements, and their form against the textbook."""

import re

import pytest
import sympy
import torch
from reference import (
    backward,
    backward_step,
    draw_inputs,
    evaluate,
    forward,
    matrix,
    random_parameters,
    separate,
    sizes_of,
)
from sympy import Abs, Max, Min, Piecewise, cos, exp, log, sin, sqrt

import derive
from derive import linear, mean
from derive.calculus.backward import Backward
from derive.definition.define import cell
from derive.definition.inputs import constant, scalar, vector
from derive.errors import DeriveError, UnsupportedExpression
from derive.statements.sizes import units
from derive.symbolic.activations import ACTIVATIONS, elu, sigmoid, softplus, tanh
from derive.symbolic.expressions import rewrite
from derive.symbolic.nodes import Ones, PartialNode, Transposed, UnitSum
from derive.verification.verify import verify

T, BATCH = 5, 3


@cell("Peephole LSTM")
def peephole(x, h, c, p_i: vector, p_f: vector, p_o: vector):
    i = sigmoid(linear(x, h) + p_i * c)
    f = sigmoid(linear(x, h) + p_f * c)
    c = f * c + i * tanh(linear(x, h))
    o = sigmoid(linear(x, h) + p_o * c)
    h = o * tanh(c)
    return h, c


@cell("Reset before")
def reset_before(x, h):
    r = sigmoid(linear(x, h))
    z = sigmoid(linear(x, h))
    rh = r * h
    n = tanh(linear(x, rh))
    h = (1 - z) * n + z * h
    return h


def normalise(a, gain):
    return gain * (a - mean(a)) / sqrt(mean((a - mean(a)) ** 2) + sympy.Rational(1, 1000))


@cell("Layer normalisation")
def normalised(x, h, c, k_i: vector, k_f: vector, k_g: vector, k_c: vector):
    e = linear(x, h)
    i = sigmoid(normalise(e, k_i))
    a = linear(x) + linear(h)
    b = linear(x, h)
    f = sigmoid(k_f * (a - mean(a, b)))
    g = tanh(normalise(b, k_g))
    c = f * c + i * g
    h = tanh(normalise(c, k_c))
    return h, c


@cell("sLSTM")
def stabilised(x, h, c, n, m):
    z = tanh(linear(x, h))
    u = linear(x, h)
    f = -softplus(-linear(x, h))
    m_new = Max(f + m, u)
    i = exp(u - m_new)
    e = exp(f + m - m_new)
    c = e * c + i * z
    n = e * n + i
    h = sigmoid(linear(x, h)) * c / n
    m = m_new + 0
    return h, c, n, m


@cell("Antisymmetric")
def antisymmetric(x, h, eps: constant = 0.1, gam: constant = 0.2):
    h = h + eps * tanh(linear(x) + linear(h, weight="antisymmetric", bias=False) - gam * h)
    return h


@cell("Shared weights")
def shared(x, h, c):
    a = linear(h, name="hs") + linear(x)
    b = linear(c, name="hs") + linear(x)
    i = sigmoid(a)
    c = i * c + (1 - i) * tanh(b)
    h = tanh(linear(c, name="hs")) * i
    return h, c


@cell("Scalars")
def scalars(x, h, alpha: scalar, beta: scalar, gam: constant = 0.3):
    s = alpha * beta + gam
    z = tanh(s * linear(x, h) + beta)
    m = mean(z, h)
    h = h + s * z * sigmoid(m * alpha) + m
    return h


@cell("Uniform cotangents")
def uniform(x, h, u: vector, alpha: scalar):
    a = linear(x, h)
    b = mean(u * alpha)
    d = mean(linear(x))
    h = h * mean(a) + b + mean(alpha * h) * d
    return h


@cell("A state that does not read itself, a value that does not reach the loss")
def one_way(x, h, c):
    k = linear(x)
    h = Piecewise((tanh(c), k > 0), (c * c, True)) + linear(x)
    c = linear(x)
    return h, c


@cell("Elementary functions")
def elementary(x, h, u: vector, p: scalar):
    a = linear(x, h)
    b = 1 / (2 + a**2) + log(2 + Abs(a)) - cos(a * u) * sin(h)
    d = sqrt(1 + a * a) * (1 + Abs(b)) ** p + exp(-Abs(u * h))
    h = tanh(Min(b, d, h) / Max(d, 1, u)) + elu(a * u, p)
    return h


@cell("Parameter as operand")
def initial(x, h, u: vector):
    h = tanh(linear(u) + linear(h) + linear(x) + mean(u))
    return h


def activated(name):
    """h = φ(a + r b), whose φ' needs a name for its argument, and φ(a) of a plain pre-activation."""
    phi = ACTIVATIONS[name]

    @cell("Activation")
    def activation(x, h):
        r = phi(linear(x) + linear(h))
        n = phi(linear(x) + r * linear(h))
        h = (1 - r) * n + r * tanh(h)
        return h

    return activation


LOCAL = [peephole, reset_before, normalised, stabilised, antisymmetric, shared]
LOCAL += [scalars, uniform, one_way, elementary, initial]
CELLS = [
    *LOCAL,
    *(activated(name) for name in ACTIVATIONS),
    derive.lstm.projected(),
    derive.lstm.with_activations(tanh="hardtanh", sigmoid="hard_sigmoid"),
    *derive.catalogue.values(),
]
NAMES = [*(c.name for c in LOCAL), *(f"activation_{n}" for n in ACTIVATIONS), "projected", "hard", *derive.catalogue]


def case(c, seed=1):
    """Random parameters, inputs and states that ask for gradients."""
    generator = torch.Generator().manual_seed(seed)
    parameters = random_parameters(c, generator)

    def normal(*shape):
        return torch.randn(*shape, dtype=torch.float64, generator=generator)

    inputs = tuple(x.requires_grad_() for x in separate(draw_inputs(c, (T, BATCH), generator)))
    initial = {s: normal(BATCH, units(c.sizes[c.previous(s)], sizes_of(c))).requires_grad_() for s in c.states}
    if "n" in initial:
        initial["n"] = (initial["n"].detach().abs() + 1).requires_grad_()  # the normaliser of sLSTM is positive
    weights = normal(T, *initial[c.states[0]].shape), {s: normal(*v.shape) for s, v in initial.items()}
    return parameters, inputs, initial, weights


def close(found, expected):
    scale = max(1.0, float(expected.abs().max()) if expected.numel() else 1.0)
    return float((found - expected).abs().max()) <= 1e-12 * scale


@pytest.mark.parametrize("c", CELLS, ids=NAMES)
def test_backward_statements_equal_autograd(c):
    parameters, inputs, initial, (of_outputs, of_final) = case(c)
    steps = forward(c, parameters, inputs, initial)
    loss = sum((of_outputs[t] * env[c.states[0]]).sum() for t, env in enumerate(steps))
    loss = loss + sum((of_final[s] * steps[-1][s]).sum() for s in c.states)
    learned = {k: v for k, v in parameters.items() if isinstance(v, torch.Tensor) and v.requires_grad}
    wanted = torch.autograd.grad(
        loss, [*learned.values(), *inputs, *initial.values()], allow_unused=True, materialize_grads=True
    )
    gradients, of_inputs, of_initial = backward(c.adjoint(), parameters, steps, of_outputs, of_final)
    assert gradients.keys() == learned.keys()
    found = [*gradients.values(), *separate(of_inputs), *(of_initial[s] for s in c.states)]
    names = [*learned, *(i.name for i in c.inputs), *c.states]
    for name, f, w in zip(names, found, wanted, strict=True):
        assert bool(torch.isfinite(w).all()), f"the oracle itself fails for {name}"
        assert close(f, w), f"{name}: {float((f - w).abs().max())}"


# ------------------------------------------------------------------ what people read


VECTORS = [(c, name) for c, name in zip(CELLS, NAMES, strict=True) if not any("×" in s for s in c.sizes.values())]


@pytest.mark.parametrize("c", [c for c, _ in VECTORS], ids=[name for _, name in VECTORS])
def test_printed_equations_equal_the_statements(c):
    """The equations, evaluated from their own symbols, one unit vector at a time, give the statements' values. Those of
    matrix states are products in matrix algebra, which ``verification`` reads back."""
    parameters, inputs, initial, (_, of_final) = case(c)
    adjoint = c.adjoint()
    forms = {p.name: p for p in c.parameters}
    saved = forward(c, parameters, tuple(x[:1, :1] for x in inputs), {s: v[:1] for s, v in initial.items()})[0]
    env = {k: v.detach() if isinstance(v, torch.Tensor) else v for k, v in saved.items()}
    env |= {d.name: of_final[s][:1] for d, s in zip(adjoint.incoming, c.states, strict=True)}
    backward_step(adjoint, env, batch=1)
    plain = {k: v[0] if isinstance(v, torch.Tensor) and v.ndim == 2 and k not in forms else v for k, v in env.items()}

    def linear_part(term):
        """matrix · vector; the matrix is Wᵀ, or Wᵀ - W of an antisymmetric form."""
        head, vector = term.args
        names = [w.name for w in head.free_symbols]
        assert len(names) == 1
        assert (forms[names[0]].form == "antisymmetric") == isinstance(head, sympy.Add)
        return matrix(forms[names[0]], plain[names[0]]).T @ plain[vector.name]

    def value(expr):
        if expr.has(Transposed):
            return sum(linear_part(a) if a.has(Transposed) else value(a) for a in sympy.Add.make_args(expr))
        if isinstance(expr, UnitSum):
            return evaluate(expr.args[0], plain).sum()
        expr = rewrite(expr, lambda node: sympy.S.One if isinstance(node, Ones) else None)  # expanded below
        return evaluate(expr, plain)

    for equation in adjoint.equations:
        wanted = plain[equation.lhs.name]
        found = torch.as_tensor(value(equation.rhs), dtype=torch.float64).expand_as(wanted)
        assert close(found, wanted), str(equation)


def test_lstm_reads_like_the_textbook():
    adjoint = derive.lstm.adjoint()
    assert [str(e) for e in adjoint.equations] == [
        "δhₜ = Δhₜ",
        "δcₜ = Δcₜ + δhₜ ⊙ oₜ ⊙ (1 − tanh(cₜ)²)",
        "δoₜ = δhₜ ⊙ tanh(cₜ)",
        "δa_oₜ = δoₜ ⊙ oₜ ⊙ (1 − oₜ)",
        "δgₜ = δcₜ ⊙ iₜ",
        "δa_gₜ = δgₜ ⊙ (1 − gₜ²)",
        "δfₜ = δcₜ ⊙ cₜ₋₁",
        "δa_fₜ = δfₜ ⊙ fₜ ⊙ (1 − fₜ)",
        "δiₜ = δcₜ ⊙ gₜ",
        "δa_iₜ = δiₜ ⊙ iₜ ⊙ (1 − iₜ)",
        "Δhₜ₋₁ = W_hiᵀ δa_iₜ + W_hfᵀ δa_fₜ + W_hgᵀ δa_gₜ + W_hoᵀ δa_oₜ",
        "Δcₜ₋₁ = δcₜ ⊙ fₜ",
        "δxₜ = W_iiᵀ δa_iₜ + W_ifᵀ δa_fₜ + W_igᵀ δa_gₜ + W_ioᵀ δa_oₜ",
    ]
    assert adjoint.operations == 22
    assert [s.name for s in adjoint.saved] == ["x", "h_prev", "c_prev", "i", "f", "g", "o", "tanh_c"]
    assert str(adjoint["d_W_hi"]) == "δW_hi = Σₜ δa_iₜ hₜ₋₁ᵀ"
    assert str(adjoint["d_b_io"]) == "δb_io = Σₜ δa_oₜ"


def test_gru_saves_what_its_formulas_name():
    adjoint = derive.gru.adjoint()
    assert [s.name for s in adjoint.saved] == ["x", "h_prev", "r", "z", "a_hn", "n"]
    assert str(adjoint["d_r"]) == "δrₜ = δa_inₜ ⊙ a_hnₜ"
    assert str(adjoint["d_z"]) == "δzₜ = δhₜ ⊙ (hₜ₋₁ − nₜ)"


def test_kinds_of_parameter_gradient():
    assert str(antisymmetric.adjoint()["d_W_hh"]) == "δW_hh = Σₜ (δa_hₜ hₜ₋₁ᵀ − hₜ₋₁ δa_hₜᵀ)"
    assert str(derive.catalogue["indrnn"].adjoint()["d_u"]) == "δu = Σₜ δa_hₜ ⊙ hₜ₋₁"
    assert str(scalars.adjoint()["d_beta"]) == "δβ = Σₜ (δsₜ α + 1ᵀ(δz_zₜ))"
    assert str(one_way.adjoint()["d_W_ik"]) == "δW_ik = 0"


def test_latex():
    latex = derive.lstm.adjoint().latex()
    assert r"\delta c_{t} &= \Delta c_{t} + \delta h_{t} \odot o_{t} \odot (1 - \tanh^{2}(c_{t}))" in latex
    assert r"\Delta h_{t-1} &= W_{hi}^{\top} \delta a_{i, t} + " in latex
    assert r"\delta W_{ii} &= \sum_{t} \delta a_{i, t} x_{t}^{\top}" in latex
    assert derive.lstm.adjoint()._repr_latex_() == rf"$\displaystyle {latex}$"


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn", "indrnn", "slstm", "peephole_lstm"])
def test_each_step_of_the_derivation_is_equal_to_the_next(name):
    """SymPy differentiates the untaken derivatives; all steps have one value at a random point."""
    c = derive.catalogue[name]
    adjoint = c.adjoint()
    formulas = [(s.target, s.expr) for s in c.statements if hasattr(s, "expr")]
    cotangents = {s.target for s in adjoint.statements if isinstance(s, Backward)}
    arguments = {s.target: s.expr for s in adjoint.statements if s.target not in cotangents}
    arguments |= adjoint.arguments
    formulas += arguments.items()
    authors = {line.target for line in c.lines}
    kinds = {len(d.steps) for d in adjoint.derivation.derived}
    assert 3 in kinds

    def taken(node):
        if not isinstance(node, PartialNode):
            return None
        top, bottom = node.args
        dummy = sympy.Dummy()
        top = dict(formulas).get(top, top)
        for target, formula in reversed(formulas):
            top = top if target in authors else top.xreplace({target: formula})
        if bottom in arguments:
            top = top.xreplace({arguments[bottom]: bottom})
        return top.xreplace({bottom: dummy}).diff(dummy).xreplace({dummy: bottom})

    def value(expr):
        expr = rewrite(expr, taken)
        for target, formula in reversed(formulas):
            expr = expr.xreplace({target: formula})
        points = {s: sympy.Rational(1 + len(s.name) + ord(s.name[0]) % 7 * 3, 17) for s in expr.free_symbols}
        return float(expr.xreplace(points).evalf(30))

    for d in adjoint.derivation.derived:
        if not d.result.has(Transposed) and d.target in cotangents:
            values = [value(step) for step in d.steps]
            assert values == pytest.approx([values[0]] * len(values), rel=1e-13), str(d.target)


@pytest.mark.parametrize("c", CELLS, ids=NAMES)
def test_latex_is_well_formed(c):
    """Braces balance, no name has two subscripts or a bare underscore within one."""
    for text in (c.adjoint().latex(), c.adjoint().derivation_latex()):
        assert text.count("{") == text.count("}")
        assert text.count(r"\left(") == text.count(r"\right)")
        assert not re.search(r"_(?!\{)", text)
        assert not re.search(r"_\{[^{}]*\}_", text)
        assert not re.search(r"[A-Za-z]_\{[^{}]*_\{[^{}]*\}_", text)


def test_derivation_latex_has_chain_rule_substitution_and_result():
    text = derive.lstm.adjoint().derivation_latex()
    chain, substitution, result = (
        r"\delta f_{t} &= \delta c_{t} \odot \frac{\partial c_{t}}{\partial f_{t}}",
        r"&= \delta c_{t} \odot \frac{\partial}{\partial f_{t}}(f_{t} \odot c_{t-1} + i_{t} \odot g_{t})",
        r"&= \delta c_{t} \odot c_{t-1}",
    )
    assert " \\\\\n".join((chain, substitution, result)) in text
    assert r"a_{i, t} &= W_{ii} x_{t} + b_{ii} + W_{hi} h_{t-1} + b_{hi}" in text


# ------------------------------------------------------------------ what is refused


def test_a_node_without_a_derivative_is_named():
    unknown = sympy.Function("f")

    @cell("Unknown")
    def odd(x, h):
        h = unknown(2 + h) + linear(x)
        return h

    with pytest.raises(UnsupportedExpression, match=r"derivative of f\(.*is not known; write it"):
        odd.adjoint()


def test_no_intermediate_quantity_has_a_cotangents_name():
    @cell("Clash")
    def clash(x, h, d: vector):
        h = tanh(linear(x) + linear(d * h))
        return h

    assert verify(clash).ok


def test_an_unknown_cotangent_is_refused_with_the_nearest():
    with pytest.raises(DeriveError, match="did you mean 'd_W_hi'"):
        derive.lstm.adjoint()["d_W_h_i"]


def test_parts_that_no_author_has_named_are_letters_with_numbers():
    """Their definitions come first; no letter is one of the cell's, and none of our own names is printed."""
    for name in ("mlstm", "on_lstm", "rwkv7", "mamba", "layer_norm_lstm"):
        cell = derive.catalogue[name]
        latex = cell.adjoint().latex()
        unnamed = {s.target.name for s in cell.statements} - {e.lhs.name for e in cell.equations}
        heads = {n.partition("_")[0] for n in unnamed if len(n.partition("_")[0]) > 1}
        printed = set(re.findall(r"mathit\{(\w+)", latex))
        assert not heads & printed, (name, heads & printed)
        first, *_ = re.findall(r"^(\w)_\{1(?:, t)?\} &= ", latex, re.MULTILINE)
        assert first not in {n[0] for n in [p.name for p in cell.parameters] + [e.lhs.name for e in cell.equations]}
