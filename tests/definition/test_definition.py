"""What a definition may say, and how it reads in print."""

from __future__ import annotations

import importlib.util
import re

import pytest
from sympy import Eq, Symbol, evaluate
from user_files import define

import derive
from derive import Cell, DefinitionError, linear


def test_several_equations_may_stand_in_one_line(tmp_path):
    apart = define(tmp_path, "x, h, c", "i = sigmoid(linear(x) + linear(h))", "f = sigmoid(linear(x))",
                   "c = f * c + i", "h = tanh(c)", "return h, c")  # fmt: skip
    together = define(tmp_path, "x, h, c", "i, f = sigmoid(linear(x) + linear(h)), sigmoid(linear(x))",
                      "c = f * c + i", "h = tanh(c)", "return h, c")  # fmt: skip
    assert together.latex() == apart.latex()


def test_a_definition_may_stand_in_a_function_with_lines_at_the_margin(tmp_path):
    path = tmp_path / "indented.py"
    path.write_text("""from derive import *
def make():
    @cell("Mine")
    def mine(x, h):
        \"\"\"A note
at the margin.\"\"\"
        h = tanh(linear(x,
h))
        return h

    return mine
def wrong():
    @cell("Mine")
    def mine(x, h):
# a comment
        h = tanh(linear(x))
        h = tahn(linear(x))
        return h
""")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert str(module.make()["h"]) == "hₜ = tanh(W_ih xₜ + W_hh hₜ₋₁ + b_h)"
    with pytest.raises(DefinitionError, match="line 17"):
        module.wrong()


def test_equations_of_one_line_read_what_was_there_before_it(tmp_path):
    swapped = define(tmp_path, "x, h, c", "h, c = tanh(linear(x)) * c, h", "return h, c")
    assert str(swapped).splitlines()[-2:] == ["  hₜ = tanh(W_ih xₜ + b_ih) ⊙ cₜ₋₁", "  cₜ = hₜ₋₁"]


def test_a_state_has_the_size_of_the_maps_in_its_equation(tmp_path):
    torch = pytest.importorskip("torch")
    leaky = define(
        tmp_path, "x, h, q, dt: constant = 0.25",
        "u = tanh(linear(x, q, size='proj_size'))", "h = tanh(linear(x, h, q))",
        "q = (1 - dt) * q + dt * u", "return h, q",
    )  # fmt: skip
    assert leaky.sizes[Symbol("q_prev")] == leaky.sizes[Symbol("q")] == "proj_size"
    layer = derive.build(leaky).Layer(3, 4, proj_size=2, num_layers=2).double()
    x, h, q = (torch.randn(n, 2, k, dtype=torch.float64, requires_grad=True) for n, k in ((3, 3), (2, 4), (2, 2)))
    assert torch.autograd.gradcheck(lambda x, h, q: layer(x, (h, q))[0], (x, h, q))


def test_antisymmetric_weight_is_printed(tmp_path):
    cell = define(tmp_path, "x, h", "h = tanh(linear(x) + linear(h, bias=False, weight='antisymmetric'))", "return h")
    assert r"(W_{hh} - W_{hh}^{\top}) h_{t-1}" in cell.latex()
    assert "(W_hh − W_hhᵀ) hₜ₋₁" in cell.unicode()
    assert [p.form for p in cell.parameters if p.kind == "matrix"] == ["full", "antisymmetric"]


def test_weights_are_named_after_what_they_multiply(tmp_path):
    cell = define(
        tmp_path, "x, h, c",
        "m_1 = linear(x, bias=False) * linear(h, bias=False)",
        "y = linear(h, size='input_size') * x",
        "c = tanh(linear(y, m_1, c))",
        "h_hat = tanh(c)",
        "h = tanh(linear(h_hat) * linear(c, bias=False))",
        "return h, c",
    )  # fmt: skip
    assert [(p.name, p.tensor, p.block) for p in cell.parameters] == [
        ("W_im_1", "weight_ih", 0),
        ("W_hm_1", "weight_hh", 0),
        ("W_hy", "weight_hi", 0),
        ("b_hy", "bias_hi", 0),
        ("W_ic", "weight_ih", 1),
        ("W_mc", "weight_mh", 0),
        ("W_cc", "weight_ch", 0),
        ("b_c", "bias", 0),
        ("W_hh", "weight_hh", 1),
        ("b_hh", "bias_hh", 0),
        ("W_ch", "weight_ch", 1),
    ]


@pytest.mark.parametrize(
    ("name", "latex", "text"),
    [
        ("W_ii", "W_{ii}", "W_ii"),
        ("W_hh_tilde", r"W_{h\tilde{h}}", "W_hh_tilde"),
        ("b_h_tilde", r"b_{\tilde{h}}", "b_h_tilde"),
        ("b_ih_tilde", r"b_{i\tilde{h}}", "b_ih_tilde"),
        ("W_hu_i", r"W_{h\,u\,i}", "W_hu_i"),
        ("W_mu", "W_{mu}", "W_mu"),
        ("b_mu", r"b_{\mu}", "b_μ"),
        ("W_itheta", r"W_{i\,\theta}", "W_iθ"),
        ("W_htheta_1", r"W_{h\,\theta\,1}", "W_hθ_1"),
        ("a_theta", r"a_{\theta, t}", "a_θₜ"),
        ("sigmoid_zeta", r"\mathit{sigmoid}_{\zeta, t}", "sigmoid_ζₜ"),
        ("W_res", r"W_{\mathit{res}}", "W_res"),
        ("h_tilde", r"\tilde{h}_{t}", "h\u0303ₜ"),
        ("mu_u", r"\mu_{u, t}", "μ_uₜ"),
        ("b_prev", "b_{t-1}", "bₜ₋₁"),
        ("v_z_prev", "v_{z, t-1}", "v_zₜ₋₁"),
        ("rh", r"\mathit{rh}_{t}", "rhₜ"),
        ("h2", r"\mathit{h2}_{t}", "h2ₜ"),
        ("h_2", "h_{2, t}", "h_2ₜ"),
        ("input_size", "N_{x}", "N_x"),
        ("lambda_", r"\lambda_{t}", "λₜ"),
        ("in__prev", r"\mathit{in}_{t-1}", "inₜ₋₁"),
        ("W_ilambda_", r"W_{i\,\lambda}", "W_iλ"),
        ("W_hin_", r"W_{\mathit{hin}}", "W_hin"),
        ("d_is_", r"\delta \mathit{is}_{t}", "δisₜ"),
    ],
)
def test_names_look_right(name, latex, text):
    from derive.notation.names import Notation

    assert Notation().symbol_latex(name) == latex
    assert Notation().symbol_unicode(name) == text


def test_text_has_powers_and_absolute_values_as_people_write_them():
    from derive.notation.names import Notation

    with evaluate(False):
        u = Symbol("u")
        shown = [abs(u) ** 3, (1 + u) ** 10, u ** (-3 * u), (u**2) ** 3, 2**u]
    assert [Notation().unicode(e) for e in shown] == ["|uₜ|³", "(1 + uₜ)¹⁰", "uₜ^(−3 uₜ)", "(uₜ²)³", "2^uₜ"]


def test_a_name_with_pythons_underscore_is_read_back(tmp_path):
    pytest.importorskip("torch")
    cell = define(tmp_path, "x, h, is_", "lambda_ = sigmoid(linear(x, is_))", "h = lambda_ * tanh(linear(x, h))",
                  "is_ = lambda_ * h", "return h, is_")  # fmt: skip
    assert derive.verify(cell).ok


def test_a_vector_with_a_capital_letter_is_no_matrix(tmp_path):
    cell = define(tmp_path, "x, h, U: vector, alpha: scalar", "h = tanh(linear(x) + U * alpha * h)", "return h")
    assert r"U \alpha \odot h_{t-1}" in cell.latex()
    assert "U α ⊙ hₜ₋₁" in cell.unicode()


def test_the_order_of_terms_is_the_author_s_after_a_minus_sign_too(tmp_path):
    cell = define(tmp_path, "x, h, u: vector", "z = sigmoid(linear(x))", "h = 1 - z * u * h - 2 * (h - z)", "return h")
    assert r"h_{t} &= 1 - z_{t} \odot u \odot h_{t-1} - 2 (h_{t-1} - z_{t})" in cell.latex()
    assert "hₜ = 1 − zₜ ⊙ u ⊙ hₜ₋₁ − 2 (hₜ₋₁ − zₜ)" in cell.unicode()


def test_a_minus_sign_before_a_negative_number_stands_before_a_bracket(tmp_path):
    cell = define(tmp_path, "x, h", "h = tanh(linear(x)) - 3 * (-2) * h + (-1) * (-3)", "return h")
    assert "--" not in cell.latex().replace(" ", "")
    assert "−−" not in cell.unicode().replace(" ", "")


def test_a_choice_may_stand_under_a_power(tmp_path):
    cell = define(tmp_path, "x, h", "h = tanh(linear(x)) * Piecewise((h, h > 0), (1, True))**2", "return h")
    assert r"\left(\begin{cases}" in cell.latex()
    assert r"\end{cases}\right)^{2}" in cell.latex()


def test_a_power_of_minus_one_is_a_fraction_wherever_it_stands(tmp_path):
    cell = define(tmp_path, "x, h", "a = linear(x)", "h = 1 / (1 + a**2) + h * (2 + a) ** (-2)", "return h")
    assert r"h_{t} &= \frac{1}{1 + a_{t}^{2}} + \frac{h_{t-1}}{(2 + a_{t})^{2}}" in cell.latex()


def test_the_numbers_of_a_product_are_one_and_stand_in_front(tmp_path):
    """TeX sets 10 5 10 as 10510."""
    cell = define(tmp_path, "x, h", "z = tanh(linear(x, h))", "h = z*0.1*h*0.2*(1 - z)*-0.3 + z*-2*1.0 + (h - z)*2.5",
                  "return h")  # fmt: skip
    assert str(cell["h"]) == "hₜ = −3 zₜ ⊙ hₜ₋₁ ⊙ (1 − zₜ)/500 − 2 zₜ + 5 (hₜ₋₁ − zₜ)/2"
    assert (
        r"-\frac{3 z_{t} \odot h_{t-1} \odot (1 - z_{t})}{500} - 2 z_{t} + \frac{5 (h_{t-1} - z_{t})}{2}"
        in cell.latex()
    )


def test_a_decimal_of_a_definition_is_the_double_that_python_reads(tmp_path):
    """Not the 15 digits with which SymPy prints it."""
    cell = define(tmp_path, "x, h", "h = 3.141592653589793*linear(x, h) + 0.1*h", "return h")
    assert str(cell["h"]) == "hₜ = 3.141592653589793 (W_ih xₜ + W_hh hₜ₋₁ + b_h) + hₜ₋₁/10"


def test_accents_do_not_move_the_equals_sign():
    rows = derive.catalogue["mgu"].unicode().splitlines()
    columns = {len(row.partition("=")[0].replace("\u0303", "")) for row in rows}
    assert len(columns) == 1


def twice(z):
    """A function as authors have them, which reads its argument twice."""
    return z * derive.tanh(derive.softplus(z))


def test_an_affine_map_may_be_read_twice_but_not_written_twice():
    """Which is which is told by what was written, not by what is equal: two equal ones would share their weights."""
    x, h = Symbol("x"), Symbol("h")
    with evaluate(False):
        read = Cell.from_equations("read", [Eq(h, twice(linear(x, h)))], states=["h"])
    assert [p.name for p in read.parameters] == ["W_ih", "W_hh", "b_h"]
    for written in (linear(x) * linear(x), linear(x) - linear(x), derive.tanh(linear(x)) * derive.tanh(linear(x))):
        with pytest.raises(DefinitionError, match=re.escape("the same linear(...) stands twice")):
            Cell.from_equations("written", [Eq(h, written + linear(h), evaluate=False)], states=["h"])
