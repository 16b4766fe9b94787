r"""Matrices and vectors of numbers, which are not learned: what is written out, and what is worked out of such, A^2,
0.9 A, A^\\top."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from operator import add, mul
from typing import Any

from sympy import Integer, Matrix, Rational, evaluate, eye

from derive.errors import DefinitionError
from derive.exact.numeral import exact_rational
from derive.intake.latex.systems.numbered import parted
from derive.intake.latex.systems.spaces import NOT_LEARNED, Space
from derive.intake.latex.systems.system import System
from derive.intake.latex.trees.tree import (
    IDENTITY,
    Call,
    Concat,
    Key,
    Letter,
    Node,
    Numeral,
    Power,
    Product,
    Quotient,
    Sum,
    Table,
    every,
    name_of,
    rebuilt,
    spelled,
)
from derive.intake.latex.trees.written import written

_LARGEST = 64  # rows and columns of what is typed
_HIGHEST = 100  # power


class NoNumbersError(Exception):
    """A formula has something else in it than numbers and what is made of them."""


def numbers_of(node: Node, fixed: Mapping[Key, Node]) -> Any:
    """A number or a matrix, a vector as one of one column. fixed: what letters are that are not learned.

    Raises NoNumbersError where anything else stands in it, DefinitionError for rows of several lengths, matrices that
    do not fit, and the inverse of one that has none.
    """

    def value(n: Node) -> Any:
        return numbers_of(n, fixed)

    match node:
        case Numeral(text):
            return exact_rational(text)
        case Letter(_, _, None) if node.key in fixed:
            found = value(fixed[node.key])
            return found.T if node.turned else found
        case Letter(_, _, None) if node.raised and (plain := parted(node)[0]) in fixed:
            return _power(value(fixed[plain]), int(node.raised))
        case Table(rows):
            return _matrix([[_entry(value(n)) for n in row] for row in rows])
        case Concat(parts) if len(parts) > 1:
            return Matrix([_entry(value(n)) for n in parts])
        case Sum(terms):
            return _sum(terms, value)
        case Product(factors) if all(sign != "⊙" for sign, _ in factors):
            return reduce(_product, (value(f) for _, f in factors))
        case Quotient(a, b) if (below := _entry(value(b))) != 0:
            return value(a) / below
        case Power(a, b):
            exponent = value(b)
            return _power(value(a), int(exponent)) if isinstance(exponent, Integer) else _no_numbers()
        case Call(Letter("transposed"), (inner,)) if isinstance(found := value(inner), Matrix):
            return found.T
    return _no_numbers()


def _no_numbers() -> Any:
    raise NoNumbersError


def _entry(value: Any) -> Any:
    return value if isinstance(value, Rational) else _no_numbers()


def _matrix(rows: list[list[Any]]) -> Any:
    if len(lengths := sorted({*map(len, rows)})) > 1:
        said = " and ".join(map(str, lengths))
        raise DefinitionError(f"a matrix has rows of {said} numbers: a matrix has as many in each")
    return Matrix(rows)


def _sum(terms: Sequence[tuple[int, Node]], value: Any) -> Any:
    """A sum, in which the identity is as large as what it is added to."""
    others = [sign * value(t) for sign, t in terms if t != IDENTITY]
    identities = sum(sign for sign, t in terms if t == IDENTITY)
    if identities or not others:
        if not others or not isinstance(others[0], Matrix) or not others[0].is_square:
            return _no_numbers()
        others.append(identities * eye(others[0].rows))
    if len({getattr(o, "shape", ()) for o in others}) > 1:
        return _no_numbers()
    return reduce(add, others)


def _product(a: Any, b: Any) -> Any:
    if isinstance(a, Matrix) and isinstance(b, Matrix) and a.cols != b.rows:
        raise DefinitionError(f"a matrix of {a.cols} columns stands before one of {b.rows} rows")
    return mul(a, b)


def _power(base: Any, exponent: int) -> Any:
    if not isinstance(base, Matrix):
        return base**exponent if base or exponent > 0 else _no_numbers()
    if base.rows != base.cols:
        raise DefinitionError(f"a power of a matrix of {base.rows} rows and {base.cols} columns, which is not square")
    if abs(exponent) > _HIGHEST:
        raise DefinitionError(f"the power {exponent} of a matrix: at most {_HIGHEST} are worked out")
    if exponent < 0 and base.det() == 0:
        raise DefinitionError("the inverse of a matrix that has none: its determinant is 0")
    return base**exponent


def rows_of_numbers(node: Node) -> list[Any] | None:
    """The numbers of a matrix, by rows, or of a vector; None of what has anything else in it."""
    try:
        with evaluate(True):
            found = numbers_of(node, {})
    except NoNumbersError:
        return None
    if not isinstance(found, Matrix):
        return None
    return list(found) if isinstance(node, Concat) else found.tolist()  # type: ignore[no-any-return, unused-ignore]


def note_numbers(made: System, letter: Letter, node: Node) -> bool:
    r"""Whether an equation says the numbers of a letter, A = \begin{pmatrix} 0 & 1 \\ -1 & 0 \end{pmatrix}; they are
    noted then. Raises DefinitionError where there are too many, or not as many in each row."""
    if letter.time is not None:
        return False
    try:
        found = numbers_of(node, made.fixed)
    except NoNumbersError:
        return False
    except DefinitionError as e:
        raise DefinitionError(f"{spelled(letter.key)}: {e}") from None
    if not isinstance(found, Matrix):
        return False
    if found.rows == 1:
        raise DefinitionError(
            f"{spelled(letter.key)} is written out with one row, and what it gives is one number: write the sum of the"
            " units that it takes, or a column"
        )
    if (most := max(found.shape)) > _LARGEST:
        raise DefinitionError(f"{spelled(letter.key)} has {most} rows or columns, at most {_LARGEST} are read")
    plain = _written(found)
    if made.fixed.setdefault(letter.key, plain) != plain:
        raise DefinitionError(f"{spelled(letter.key)} is said to be two things that are not learned")
    axes = tuple(str(n) for n in found.shape[: 1 + (found.cols > 1)])
    made.spaces[letter.key] = Space(axes, words=NOT_LEARNED)
    of_letter = f"{spelled(parted(letter)[0])}^{letter.raised}" if node == letter else written(node)
    given = "its numbers are given" if isinstance(node, Table | Concat) else f"{of_letter} is worked out"
    made.notes.append(f"{spelled(letter.key)} is not learned: {given}, and so its size, {'×'.join(axes)}")
    return True


def _written(value: Any) -> Node:
    if value.cols == 1:
        return Concat(tuple(map(_number, value)))
    return Table(tuple(tuple(map(_number, row)) for row in value.tolist()))


def _number(value: Any) -> Node:
    size = Numeral(str(abs(value.p))) if value.q == 1 else Quotient(Numeral(str(abs(value.p))), Numeral(str(value.q)))
    return size if value >= 0 else Sum(((-1, size),))


def with_names(made: System, node: Node, taken: set[str], given: Collection[str]) -> Node:
    """With a letter for each matrix of numbers, which is none of those that are taken. given: letters of which the
    caller says what they are."""

    def name(n: Node) -> Node:
        if isinstance(n, Letter):
            if n.raised and n.key not in made.fixed and name_of(n.key) not in given:
                note_numbers(made, n, n)
            return n
        if not isinstance(n, Table | Power):
            return rebuilt(n, name)
        try:
            value = numbers_of(n, made.fixed)
        except NoNumbersError:
            return rebuilt(n, name)
        if not isinstance(value, Matrix):
            return n
        same = next((Letter(*key) for key, known in made.fixed.items() if known == _written(value)), None)
        letter = same or Letter(next(a for a in ("M", *(f"M_{k}" for k in range(2, 99))) if a not in taken))
        if same is None and not note_numbers(made, letter, n):
            return n
        taken.add(letter.base)
        return letter

    return name(node) if any(isinstance(n, Table | Power | Letter) for n in every(node)) else node
