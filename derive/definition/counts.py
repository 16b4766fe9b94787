"""How many parameters a cell has, and how many operations one time step takes, as formulas of the sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sympy import Add, Expr, Function, Integer, Max, Min, Mul, Piecewise, Poly, Pow, S, Symbol, factor, gcd_list

from derive.notation.names import SIZE_LETTERS
from derive.statements.kinds import Affine, Elementwise
from derive.symbolic.activation import Activation

if TYPE_CHECKING:
    from derive.definition.cell import Cell


class Operations(NamedTuple):
    """The operations of one time step for one sequence, as formulas of the sizes.

    multiply_adds: in products of weights with quantities; arithmetic: additions, multiplications, divisions, powers
    and comparisons of units, biases included; functions: values of activations, exponentials, roots. They are counted
    as the equations stand: a module may do some once for the whole sequence, or several at a time.
    """

    multiply_adds: Expr
    arithmetic: Expr
    functions: Expr


def parameter_count(cell: Cell) -> Expr:
    """The learned numbers of one layer and direction with biases, a factored polynomial in the sizes."""
    learned = [p for p in cell.parameters if p.kind != "constant"]
    return _factored(Add(*(_size(p.rows) * _size(p.cols) for p in learned)))


def operations(cell: Cell) -> Operations:
    """The operations of one time step."""
    multiply_adds: Expr = S.Zero
    arithmetic: Expr = S.Zero
    functions: Expr = S.Zero
    for s in cell.statements:
        if isinstance(s, Affine):
            rows = _size(s.size)
            multiply_adds += Add(*(rows * _size(cell.sizes[t.operand]) for t in s.terms))
            arithmetic += rows * sum(t.bias is not None for t in s.terms)
        elif isinstance(s, Elementwise):
            binary, values = _counted(s.expr)
            arithmetic += _size(s.size) * binary
            functions += _size(s.size) * values
        else:  # the sum, and the division by the number of units
            arithmetic += Add(*(_size(cell.sizes[q]) for q in s.operands))
    return Operations(_factored(multiply_adds), _factored(arithmetic), _factored(functions))


def _size(name: str) -> Expr:
    return Symbol(name) if name not in ("", "1") else S.One


def _counted(expr: Expr) -> tuple[int, int]:
    """(arithmetic, values of functions) of one unit of a formula; a sign costs nothing."""
    args = expr.args[:1] if isinstance(expr, Activation) else expr.args
    parts = [_counted(a) for a in args]
    binary, values = sum(b for b, _ in parts), sum(v for _, v in parts)
    if isinstance(expr, (Add, Mul, Max, Min)):
        return binary + sum(a is not S.NegativeOne for a in args) - 1, values
    if isinstance(expr, Pow):
        return (
            (binary + 1, values)
            if isinstance(expr.exp, Integer) and expr.exp != -1
            else (binary, values + (expr.exp != -1))
        )
    if isinstance(expr, Piecewise):
        return binary + len(expr.args) - 1, values
    return (binary, values + 1) if isinstance(expr, Function) else (binary, values)


def _factored(expr: Expr) -> Expr:
    """The polynomial with what all terms but the constant have in common in front."""
    constant = expr.subs(dict.fromkeys(expr.free_symbols, 0))
    return factor(expr - constant) + constant


def in_letters(count: Expr) -> str:
    """A formula of the sizes in their letters: ``4 N (N_x + N + 2)``."""
    sizes = [Symbol(s) for s in SIZE_LETTERS]
    poly = Poly(count, *sizes)
    terms = {m: int(c) for m, c in poly.terms() if any(m)}
    constant = int(poly.coeff_monomial(1))
    if not terms:
        return str(constant)
    shared = tuple(min(m[k] for m in terms) for k in range(len(sizes)))
    common = int(gcd_list(list(terms.values())))
    inner = [_monomial(tuple(p - q for p, q in zip(m, shared, strict=True)), c // common) for m, c in _by_letter(terms)]
    front = _monomial(shared, common)
    if len(inner) > 1:
        front = f"{front} ({' + '.join(inner)})" if front != "1" else " + ".join(inner)
    elif inner[0] != "1":
        front = f"{front} {inner[0]}" if front != "1" else inner[0]
    return f"{front} + {constant}" if constant else front


def _by_letter(terms: dict[tuple[int, ...], int]) -> list[tuple[tuple[int, ...], int]]:
    """Terms in the order of the letters, the constant last."""
    return sorted(terms.items(), key=lambda term: tuple(-p for p in term[0]))


def _monomial(powers: tuple[int, ...], coefficient: int) -> str:
    letters = [f"{x}²" if p == 2 else x for x, p in zip(SIZE_LETTERS.values(), powers, strict=True) if p]
    return " ".join(([str(coefficient)] if coefficient != 1 or not letters else []) + letters)
