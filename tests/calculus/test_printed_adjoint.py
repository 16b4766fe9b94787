"""The backward equations as people read them: equal to the statements, and in the form of the textbook."""

from __future__ import annotations

import re

import pytest
import sympy
import torch
from adjoint_cells import CELLS, NAMES, antisymmetric, case, close, one_way, scalars
from reference import (
    backward_step,
    forward,
    matrix,
)
from torch_formulas import evaluate

import derive
from derive.calculus.backward import Backward
from derive.symbolic.expressions import rewrite
from derive.symbolic.nodes import Ones, PartialNode, Transposed, UnitSum

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
    adjoint = scalars.adjoint()
    assert str(adjoint["d_beta"]) == "δβ = Σₜ (δsₜ α + 1ᵀ(δp_3ₜ))"
    assert "p_3ₜ = s a_zₜ + β" in map(str.strip, str(adjoint).splitlines())  # the argument of z's tanh
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
