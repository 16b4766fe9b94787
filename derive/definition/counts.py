"""How many parameters a cell has, and how many operations one time step takes, as formulas of the sizes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from sympy import Add, Expr, Poly, Symbol, expand, factor, gcd_list

from derive.notation.quantity import SIZE_LETTERS, size_letters
from derive.statements.base import Operations
from derive.statements.sizes import number_of_units

if TYPE_CHECKING:
    from derive.definition.cell import Cell


def parameter_count(cell: Cell) -> Expr:
    """The learned numbers of one layer and direction with biases, a factored polynomial in the sizes."""
    learned = [p for p in cell.parameters if p.learned]
    return _factored(Add(*(number_of_units(p.rows) * number_of_units(p.stored_cols) for p in learned)))


def operations(cell: Cell) -> Operations:
    """The operations of one time step."""
    found = [s.cost(cell.sizes) for s in cell.statements]
    return Operations(*(_factored(Add(*kind)) for kind in zip(*found, strict=True)))


@cache  # many cells have one count
def _factored(expr: Expr) -> Expr:
    """The polynomial with what all terms but the constant have in common in front."""
    constant, _ = expand(expr).as_coeff_Add()
    return factor(expr - constant) + constant


def in_letters(count: Expr) -> str:
    """A formula of the sizes in their letters: ``4 N (N_x + N + 2)``."""
    names = [*SIZE_LETTERS, *sorted(s.name for s in count.free_symbols if s.name not in SIZE_LETTERS)]
    sizes: list[Expr] = [Symbol(s) for s in names]
    letters = [size_letters(s) for s in names]
    if not count.is_polynomial():  # numbers of heads divide
        divisors = [s for s in sizes if not count.is_polynomial(s)]
        sizes += [1 / s for s in divisors]
        letters += [f"/{size_letters(str(s))}" for s in divisors]
    poly = Poly(count, *sizes)
    terms = {m: int(c) for m, c in poly.terms() if any(m)}
    constant = int(poly.coeff_monomial(1))
    if not terms:
        return str(constant)
    shared = tuple(min(m[k] for m in terms) for k in range(len(sizes)))
    common = int(gcd_list(list(terms.values())))
    rest = [(tuple(p - q for p, q in zip(m, shared, strict=True)), c // common) for m, c in _by_letter(terms)]
    inner = [_monomial(powers, c, letters) for powers, c in rest]
    front = _monomial(shared, common, letters)
    if len(inner) > 1:
        front = f"{front} ({_sum(inner)})" if front != "1" else _sum(inner)
    elif inner[0] != "1":
        front = f"{front} {inner[0]}" if front != "1" else inner[0]
    return _sum([front, str(constant)]) if constant else front


def _sum(terms: Sequence[str]) -> str:
    return " + ".join(terms).replace("+ -", "− ")


def _by_letter(terms: dict[tuple[int, ...], int]) -> list[tuple[tuple[int, ...], int]]:
    """Terms in the order of the letters, the constant last."""
    return sorted(terms.items(), key=lambda term: tuple(-p for p in term[0]))


def _monomial(powers: tuple[int, ...], coefficient: int, letters: Sequence[str]) -> str:
    factors = [f"{x}²" if p == 2 else x for x, p in zip(letters, powers, strict=True) if p]
    sign, number = "-" if coefficient < 0 else "", abs(coefficient)
    whole = " ".join(([str(number)] if number != 1 or not factors else []) + factors)
    return sign + whole.replace(" /", "/")
