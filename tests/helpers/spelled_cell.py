"""Random cells whose print is easily misread: negated terms and sums, numbers with names, functions of one's own."""

from __future__ import annotations

from random import Random

from any_cell import _Draft, _make
from sympy import Add, E, Expr, Mul, Rational, pi

from derive import Activation, Cell


class bent(Activation):
    latex_name, unicode_name = r"\varphi", "φ"

    @classmethod
    def value(cls, x: Expr) -> Expr:
        return x / (1 + x**2)

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        return (1 - x**2) / (1 + x**2) ** 2


class raised(Activation):
    latex_name, unicode_name = r"\operatorname{raised}_2", "raised"
    defaults = {"alpha": Rational(1, 2)}

    @classmethod
    def value(cls, x: Expr, alpha: Expr) -> Expr:
        return alpha + x

    @classmethod
    def slope(cls, x: Expr, y: Expr, alpha: Expr) -> Expr:
        return Rational(1)


class _Spelled(_Draft):
    def _formula(self, size: str, depth: int) -> Expr:
        u = super()._formula(size, depth)
        other = self._leaf(size)
        return self.rng.choice(
            [
                *4 * [lambda: u],
                lambda: _make(Add, u, _make(Mul, -1, other)),
                lambda: _make(Mul, other, _make(Add, other, _make(Mul, -1, u))),
                lambda: _make(Mul, -1, _make(Add, u, other)),
                lambda: _make(Mul, self.rng.choice([E, pi]), _make(Add, u, self.rng.choice([E, pi]))),
                lambda: bent(u, evaluate=False),
                lambda: raised(u, *self.rng.choice([(), (3,), (Rational(-1, 3),)]), evaluate=False),
            ]
        )()


def spelled_cell(seed: int) -> Cell:
    """A random cell of ``any_cell`` with all of this in it."""
    return _Spelled(Random(seed)).cell()
