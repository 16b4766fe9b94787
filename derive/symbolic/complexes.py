"""Complex formulas: pairs of real ones, with the arithmetic of complex numbers, and how they are printed."""

from __future__ import annotations

from typing import Any

from sympy import Add, Expr, Mul, Pow, S, Symbol, cos, exp, sin, sympify

from derive.errors import DeriveError
from derive.symbolic.expressions import ordered
from derive.symbolic.nodes import FunctionNode, Node


class ImaginaryUnit(Node):
    """i, as a factor in print."""

    over_units = True

    def _latex(self, printer: Any) -> str:
        return r"\mathrm{i}"

    def _sympystr(self, printer: Any) -> str:
        return "i"


class RealPart(FunctionNode):
    """Of a complex quantity."""

    latex_name, unicode_name = r"\operatorname{Re}", "Re"


class ImaginaryPart(FunctionNode):
    """Of a complex quantity."""

    latex_name, unicode_name = r"\operatorname{Im}", "Im"


class Conjugate(FunctionNode):
    """The complex conjugate."""

    latex_name, unicode_name = r"\operatorname{conj}", "conj"


class Complex:
    """A complex formula: its parts, real formulas, and how it is printed.

    ``+``, ``-``, ``*`` and ``/`` go with complex and with real formulas; ``Complex(u, v)`` is u + i v, its conjugate
    ``z.conjugate()``, and ``polar(r, theta)`` is r exp(i theta). Raises DeriveError for a part that is complex.
    """

    def __init__(self, re: Any, im: Any, shown: Expr | None = None) -> None:
        for part in (re, im):
            if isinstance(part, Complex):
                raise DeriveError(f"Complex({re}, {im}): a part of a complex number is real; write z.re or z.im")
        self.re, self.im = sympify(re), sympify(im)
        self.shown: Expr = _sum(self.re, _times(ImaginaryUnit(), self.im)) if shown is None else shown

    @classmethod
    def named(cls, name: str, time: str = "") -> Complex:
        """The quantity of that name; or what it was before, with the end that its name has then."""
        re, im = (Symbol(f"{part}{time}") for part in parts_of(name))
        return cls(re, im, Symbol(f"{name}{time}"))

    def conjugate(self) -> Complex:
        return Complex(self.re, _times(-1, self.im), Conjugate(self.shown))

    def __add__(self, other: Any) -> Complex:
        o = _complex(other)
        return Complex(_sum(self.re, o.re), _sum(self.im, o.im), _sum(self.shown, o.shown))

    def __radd__(self, other: Any) -> Complex:
        return _complex(other) + self

    def __neg__(self) -> Complex:
        return Complex(_times(-1, self.re), _times(-1, self.im), _times(-1, self.shown))

    def __sub__(self, other: Any) -> Complex:
        return self + -_complex(other)

    def __rsub__(self, other: Any) -> Complex:
        return _complex(other) + -self

    def __mul__(self, other: Any) -> Complex:
        o = _complex(other)
        re = _sum(_times(self.re, o.re), _times(-1, self.im, o.im))
        im = _sum(_times(self.re, o.im), _times(self.im, o.re))
        return Complex(re, im, _times(self.shown, o.shown))

    def __rmul__(self, other: Any) -> Complex:
        return _complex(other) * self

    def __truediv__(self, other: Any) -> Complex:
        o = _complex(other)
        below = o.re if o.im == 0 else _sum(Pow(o.re, 2), Pow(o.im, 2))
        above = self if o.im == 0 else self * o.conjugate()
        inverse = Pow(below, -1)
        shown = _times(self.shown, Pow(o.shown, -1))
        return Complex(_times(above.re, inverse), _times(above.im, inverse), shown)

    def __rtruediv__(self, other: Any) -> Complex:
        return _complex(other) / self

    def __str__(self) -> str:
        return str(self.shown)


def parts_of(name: str) -> tuple[str, str]:
    """The names of the parts of a complex quantity; ``lambda_`` has a line below because Python needs its name."""
    stem = name.rstrip("_")
    return f"{stem}_re", f"{stem}_im"


def polar(r: Any, theta: Any) -> Complex:
    """The complex number of modulus r and angle theta, r exp(i theta)."""
    r, theta = sympify(r), sympify(theta)
    shown = _times(r, exp(_times(ImaginaryUnit(), theta), evaluate=False))
    return Complex(_times(r, cos(theta, evaluate=False)), _times(r, sin(theta, evaluate=False)), shown)


def _complex(value: Any) -> Complex:
    return value if isinstance(value, Complex) else Complex(value, 0)


def _sum(*terms: Any) -> Any:
    kept = [sympify(t) for t in terms if t != 0]
    return ordered(Add, kept) if kept else S.Zero


def _times(*factors: Any) -> Any:
    if any(f == 0 for f in factors):
        return S.Zero
    kept = [sympify(f) for f in factors if f != 1]
    return ordered(Mul, kept) if kept else S.One
