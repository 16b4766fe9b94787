"""Complex quantities: their arithmetic against Python's, definitions of them, print, and the layers' states."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
import torch
from sympy import I, exp, symbols

import derive
from derive import Complex, DefinitionError, DeriveError, cell, linear, polar, sigmoid, vector
from derive.symbolic.complexes import Conjugate, ImaginaryUnit

lru = derive.catalogue["lru"]


def test_arithmetic():
    """What is computed with, and what is printed, against Python's complex numbers."""
    a, b, c, d, r, t = letters = symbols("a b c d r t")
    z, w = Complex(a, b), Complex(c, d)
    formulas = {
        z + w: lambda z, w, r, p: z + w,
        r + z - 2: lambda z, w, r, p: r + z - 2,
        1 - z: lambda z, w, r, p: 1 - z,
        -z * w: lambda z, w, r, p: -z * w,
        r * z * 3: lambda z, w, r, p: r * z * 3,
        z / w: lambda z, w, r, p: z / w,
        z / r: lambda z, w, r, p: z / r,
        r / z: lambda z, w, r, p: r / z,
        z.conjugate() * w: lambda z, w, r, p: z.conjugate() * w,
        polar(r, t) * z: lambda z, w, r, p: p * z,
        (z.re + 1) * w + z.im: lambda z, w, r, p: (z.real + 1) * w + z.imag,
    }
    draw = random.Random(0)
    numbers = {letter: draw.uniform(0.5, 2) for letter in letters}
    given = [complex(numbers[u], numbers[v]) for u, v in ((a, b), (c, d))]
    given += [numbers[r], numbers[r] * complex(exp(I * numbers[t]))]
    for formula, python in formulas.items():
        wanted = python(*given)
        found = complex(formula.re.subs(numbers), formula.im.subs(numbers))
        shown = formula.shown.replace(ImaginaryUnit, lambda: I).replace(Conjugate, lambda q: q.conjugate())
        assert found == pytest.approx(wanted, rel=1e-14)
        assert complex(shown.subs(numbers)) == pytest.approx(wanted, rel=1e-14)


def test_a_part_is_real():
    with pytest.raises(DeriveError, match=r"a part of a complex number is real; write z\.re or z\.im"):
        Complex(Complex(1, 2), 3)


def test_definition_and_print():
    """A line is two; maps of the imaginary part have i before them; parts are read as Re and Im."""

    @cell("Turned and squashed", sizes={"k": "state"})
    def turned(x, h, s: complex, k: vector):
        turn = polar(0.5, k)
        s = turn * s.conjugate() + Complex(linear(x, size="state"), linear(x, size="state"))
        h = linear(sigmoid(s.re), name="c")
        return h, s

    assert turned.states == ("h", "s_re", "s_im")
    equations = turned.complex_equations
    assert equations[0].notation.lines(equations).splitlines() == [
        "turn = exp(i k)/2",
        "  sₜ = turn ⊙ conj(sₜ₋₁) + W_is_re xₜ + b_is_re + i (W_is_im xₜ + b_is_im)",
        "  hₜ = W_c σ(Re(sₜ)) + b_c",
    ]
    assert derive.verify(turned).ok
    imaginary = r"+ \mathrm{i} (W_{i\,s\,\mathit{im}} x_{t} + b_{i\,s\,\mathit{im}})"
    assert imaginary in turned.latex("complex")
    assert r"\operatorname{Re}(s_{t})" in turned.latex("complex")
    changed = replace(
        turned, lines=tuple(replace(li, expr=-li.expr) if li.target.name == "s_im" else li for li in turned.lines)
    )
    assert changed.complex_equations == ()  # of what is no longer the definition nothing is printed
    with pytest.raises(DeriveError, match="turned has no complex quantities"):
        changed.latex("complex")


def test_a_map_that_both_parts_read_is_one():
    """A real gate times a complex state is the same gate for both parts; maps written for each part are two."""

    @cell("Faded")
    def faded(x, h, s: complex):
        s = s * sigmoid(linear(x, h)) + Complex(linear(x, name="u"), linear(h, name="v"))
        h = s.re + s.im
        return h, s

    (line, _) = faded.complex_equations
    assert str(line) == "sₜ = sₜ₋₁ ⊙ σ(W_is xₜ + W_hs hₜ₋₁ + b_s) + W_u xₜ + b_u + i (W_v hₜ₋₁ + b_v)"
    one = derive.build(faded).Layer(2, 3, dtype=torch.float64)
    x, s = torch.randn(1, 1, 2, dtype=torch.float64), torch.randn(1, 1, 3, dtype=torch.complex128)
    h = torch.randn(1, 1, 3, dtype=torch.float64)
    assert {p.name for p in faded.parameters} == {"W_is", "W_hs", "b_s", "W_u", "W_v", "b_u", "b_v"}
    _, (_, re, im) = one(x, (h, s.real, s.imag))
    new = torch.complex(*(part - part0 for part, part0 in zip((re, im), after_maps(one, x, h), strict=True)))
    gate = new / s
    assert gate.imag.abs().max() < 1e-14
    assert (gate.real > 0).all()
    assert (gate.real < 1).all()


def after_maps(layer, x, h):
    """What the maps of both parts add: a step from the state 0."""
    zero = torch.zeros_like(h)
    return layer(x, (h, zero, zero))[1][1:]


def test_states_of_a_layer_are_the_parts():
    layer = derive.build(lru).Layer(3, 4, state=5, num_layers=2)
    _, (h, s_re, s_im) = layer(torch.zeros(7, 2, 3))
    assert h.shape == (2, 2, 4)
    assert s_re.shape == s_im.shape == (2, 2, 5)


def test_the_eigenvalues_of_the_lru_start_on_the_disc():
    torch.manual_seed(0)
    layer = derive.build(lru).Layer(3, 4, state=4000)
    radius, angle = torch.exp(-torch.exp(layer.nu_l0)), torch.exp(layer.theta_l0)
    assert radius.square().quantile(torch.tensor([0.25, 0.5, 0.75])).tolist() == pytest.approx(
        [0.25, 0.5, 0.75], abs=0.03
    )
    assert angle.quantile(torch.tensor([0.25, 0.5, 0.75])).tolist() == pytest.approx([1.57, 3.14, 4.71], abs=0.15)


def refused():
    def real(x, h, s: complex):
        s = linear(x)
        h = linear(s)
        return h, s

    def undeclared(x, h):
        h = Complex(linear(x), h)
        return h

    def started(x, h, s: complex = 1):
        s = s * linear(x)
        h = s.re
        return h, s

    def no_state(x, h, z: complex):
        h = z.re + linear(x) + h
        return h

    def of_reals(x, h, s: complex):
        s = exp(s)
        h = s.re + linear(x)
        return h, s

    def half_used(x, h, s: complex):
        z = polar(1, linear(x))
        s = s + Complex(z.re, 0)
        h = s.re
        return h, s

    yield (
        half_used,
        r"'z_im' is never used; take the part that is in an equation of its own, \(\.\.\.\)\.re or \(\.\.\.\)\.im",
    )

    def two_maps(x, h, s: complex):
        s = polar(sigmoid(linear(h)), linear(x)) * s
        h = s.re
        return h, s

    yield (
        two_maps,
        r"equation 's'.*both parts read linear\(h\) and linear\(x\); give each a name, linear\(\.\.\., name='a'\)",
    )
    yield real, r"state 's' is real here and is declared complex"
    yield undeclared, r"state 'h' is complex here and is declared real"
    yield started, r"complex state 's' has no default; it starts at 0"
    yield no_state, r"parameter 'z' is annotated 'complex'; expected vector, scalar, constant or fixed, or input"
    yield of_reals, r"; a function of a complex quantity is one of its parts, z\.re and z\.im"


@pytest.mark.parametrize(("function", "words"), [*refused()], ids=lambda v: getattr(v, "__name__", ""))
def test_what_is_refused(function, words):
    with pytest.raises(DefinitionError, match=words):
        cell("Refused")(function)
