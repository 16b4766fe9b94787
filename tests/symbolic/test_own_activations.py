"""What somebody's own activation lacks is said in one line that names it, where it is used first."""

from __future__ import annotations

import pytest
from sympy import Eq, I, Integer, Rational, Symbol, oo

import derive
from derive.approximation.bounds import x
from derive.errors import DeriveError
from derive.symbolic.activation import Activation

RIGHT = {
    "latex_name": r"\operatorname{hump}",
    "unicode_name": "hump",
    "value": classmethod(lambda cls, u: u / (1 + u**2)),
    "slope": classmethod(lambda cls, u, y: (1 - u**2) / (1 + u**2) ** 2),
}


def own(name="hump", /, **other):
    return type(name, (Activation,), RIGHT | other)


def answer(formula):
    return classmethod(lambda cls, *given: formula(*given))


def test_one_that_is_right_is_taken():
    hump = own()
    assert hump(x).diff(x) == RIGHT["slope"].__func__(hump, x, None)
    assert hump(Rational(1, 2)) == Rational(2, 5)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"slope": answer(lambda u, y: "1 - y^2")},
            r"hump: slope\(x, y\) gives '1 - y\^2', expected a SymPy expression",
        ),
        ({"slope": answer(lambda u, y: None)}, "gives None, expected a SymPy expression in x and y"),
        ({"slope": answer(lambda u, y: u > 0)}, "gives _x > 0, expected"),
        ({"slope": answer(lambda u, y: Symbol("q") * u)}, "has q in it, expected a SymPy expression in x and y"),
        ({"slope": answer(lambda u: u)}, "raises TypeError: .*takes 1 positional argument"),
        ({"slope": answer(lambda u, y: 1 / 0)}, "raises ZeroDivisionError"),
        ({"slope": 3}, r"is no class method; write def slope\(cls, x, y\) under @classmethod"),
        ({"value": lambda u: u}, r"value\(x\) is no class method"),
        ({"value": classmethod(lambda cls, u: cls(u))}, r"value\(x\) has hump itself in it"),
        ({"value": answer(lambda u: I * u)}, "has I in it"),
        ({"value": answer(lambda u: u + oo)}, "has oo in it"),
        ({"stable": answer(lambda u: 0.5)}, r"stable\(x\) gives 0.5"),
        ({"latex_name": 3}, "latex_name is 3, expected its name in LaTeX"),
        ({"torch": "torch.clamp({y})"}, r"expected a text with \{x\} alone"),
        ({"kinks": ("0",)}, "kinks is .*, expected the numbers where the slope jumps"),
        ({"defaults": [1]}, r"defaults is \[1\], expected a number for each further argument"),
        ({"defaults": {"alpha": oo}}, "defaults is {'alpha': oo}"),
        ({"max_slope": "1"}, "max_slope is '1', expected a number, or None"),
    ],
)
def test_what_is_wrong_is_said(wrong, said):
    hump = own(**wrong)
    for _ in range(2):  # every time
        with pytest.raises(DeriveError, match=said) as e:
            hump(x)
    assert str(e.value).startswith("activation hump: ")
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("missing", ["value", "slope", "latex_name", "unicode_name"])
def test_what_is_missing_is_said(missing):
    about = {key: part for key, part in RIGHT.items() if key != missing}
    with pytest.raises(DeriveError, match=rf"activation hump: {missing}.* is missing, expected|; expected"):
        type("hump", (Activation,), about)(x)


@pytest.mark.parametrize("name", ["my hump", "lambda", "3d"])
def test_a_name_that_programs_cannot_have(name):
    with pytest.raises(DeriveError, match=f"activation '{name}': expected a name of letters"):
        own(name)(x)


def test_a_name_that_another_activation_has():
    hidden = Symbol("h")
    for both in ([own("tanh")], [own(), own(value=answer(lambda u: Integer(2) * u))]):
        formula = derive.linear(Symbol("x")) + sum(f(hidden) for f in both)
        with pytest.raises(DeriveError, match=f"another activation is called {both[0].__name__}, too"):
            derive.Cell.from_equations("mine", [Eq(hidden, formula)], states=["h"])
