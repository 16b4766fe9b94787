"""Products with matrix memories, as authors write them: ``outer(v, k)``, ``S @ q``, ``S.T @ u``, ``diag(a) @ S``,
``dot(n, q)``, and ``f * S`` of a number per head. All of them become ``Contraction`` statements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sympy import Expr, Mul, Number, S, Symbol, Tuple
from sympy.printing.precedence import PRECEDENCE

from derive.errors import DefinitionError, counted
from derive.notation.quantity import typed
from derive.statements.base import EquationSite, UnitsNode, check_operands
from derive.statements.contracted import labelled
from derive.statements.contraction import Contraction
from derive.statements.sizes import axes_of, heads_of, unprimed

Sizes = Callable[[Any], str]


class ContractionNode(UnitsNode):
    """A product of quantities by named axes, as an author writes it."""

    def units(self, size: Sizes) -> str:
        """Of each head, what ``indices`` says of its factors; for each head where one of them is."""
        sizes = [size(o) for o in self.operands]
        return unprimed(labelled(self.indices(sizes), sizes)[1]) if all(sizes) else ""  # where all are known yet

    def indices(self, sizes: Sequence[str]) -> tuple[str, ...]:
        """A letter for each axis of each factor and of the product, factors having these sizes: see ``labelled``."""
        raise NotImplementedError(type(self).__name__)

    def check(self, place: EquationSite, size: Sizes) -> None:
        sizes = [size(o) for o in self.operands]
        said = " and ".join(f"{typed(o)} has {counted(s, 'unit')}" for o, s in zip(self.operands, sizes, strict=True))
        heads = sorted({heads_of(s) for s in sizes} - {""})
        if len(heads) > 1:
            raise place.fail(said, f"they differ in their heads, {' and '.join(heads)}")
        if "1" in sizes:
            raise place.fail(said, "a single number multiplies with *")
        if wrong := self.misfit([axes_of(s) for s in sizes]):
            raise place.fail(said, wrong)

    def misfit(self, of: Sequence[tuple[str, ...]]) -> str:
        """What to write in its place where factors have other axes than it needs; empty where they fit."""
        return ""

    def statement(self, target: Symbol, operands: tuple[Symbol, ...], size: Sizes) -> Contraction:
        sizes = tuple(map(size, operands))
        return Contraction(target, operands, *labelled(self.indices(sizes), sizes))

    def stem(self, target: Symbol, operands: tuple[Symbol, ...]) -> str:
        return f"{self.unicode_name}_{target.name}"


class OuterNode(ContractionNode):
    """v kᵀ. args: v, k."""

    latex_name, unicode_name = r"\operatorname{outer}", "outer"

    def indices(self, sizes: Sequence[str]) -> tuple[str, ...]:
        return "i", "j", "ij"

    def misfit(self, of: Sequence[tuple[str, ...]]) -> str:
        return "outer(v, k) is of two vectors" if any(len(axes) != 1 for axes in of) else ""


class DotNode(ContractionNode):
    """nᵀ q. args: n, q."""

    latex_name, unicode_name = r"\operatorname{dot}", "dot"

    def indices(self, sizes: Sequence[str]) -> tuple[str, ...]:
        return "i", "i", ""

    def misfit(self, of: Sequence[tuple[str, ...]]) -> str:
        return "" if of[0] == of[1] and len(of[0]) == 1 else "dot(n, q) is of two vectors of one size"


class MatrixNode(ContractionNode):
    """A product of a matrix and a vector, or a matrix, that the author writes with @. args: as they stand."""

    precedence = PRECEDENCE["Mul"]

    def stem(self, target: Symbol, operands: tuple[Symbol, ...]) -> str:
        return f"{self.unicode_name}_{'_'.join(o.name.removesuffix('_prev') for o in operands)}"

    def fits(self, matrix: tuple[str, ...], vector: tuple[str, ...], on_rows: bool, remedy: str) -> str:
        """What is wrong with the two, the vector, or what the other one has in each column, being one of the rows, or
        of the columns."""
        if len(matrix) != 2 or not vector:
            left, right = map(typed, self.args)
            return (
                f"@ is of a matrix and a vector, and a matrix is part of linear(...): for {left} @ {right} write"
                f" linear({right}), or outer({left}, {right}) for a matrix, dot({left}, {right}) for a number"
            )
        wanted = matrix[0 if on_rows else 1]
        return "" if vector[0] == wanted else f"the matrix has {wanted} there{remedy if len(vector) == 1 else ''}"


class ReadNode(MatrixNode):
    """S q. args: S, q."""

    latex_name, unicode_name = r"\operatorname{read}", "read"

    def indices(self, sizes: Sequence[str]) -> tuple[str, ...]:
        return ("ij", "jk", "ik") if is_matrix(sizes[1]) else ("ij", "j", "i")

    def misfit(self, of: Sequence[tuple[str, ...]]) -> str:
        return self.fits(of[0], of[1], False, "; S.T @ u reads along the rows")

    def _derive_python(self, printer: Any) -> str:
        return f"{_factor(printer, self.args[0])} @ {_factor(printer, self.args[1])}"


class ReadTransposedNode(MatrixNode):
    """Sᵀ u. args: S, u."""

    latex_name, unicode_name = r"\operatorname{read}", "readback"

    def indices(self, sizes: Sequence[str]) -> tuple[str, ...]:
        return ("ij", "ik", "jk") if is_matrix(sizes[1]) else ("ij", "i", "j")

    def misfit(self, of: Sequence[tuple[str, ...]]) -> str:
        return self.fits(of[0], of[1], True, "; S @ q reads along the columns")

    def _derive_python(self, printer: Any) -> str:
        return f"{_factor(printer, self.args[0])}.T @ {_factor(printer, self.args[1])}"


class RowsNode(MatrixNode):
    """diag(a) S. args: a, S."""

    latex_name, unicode_name = r"\operatorname{rows}", "rows"

    def indices(self, sizes: Sequence[str]) -> tuple[str, ...]:
        return "i", "ij", "ij"

    def misfit(self, of: Sequence[tuple[str, ...]]) -> str:
        return self.fits(of[1], of[0], True, "; S @ diag(a) scales the columns")

    def _derive_python(self, printer: Any) -> str:
        printer.used["derive"].add("diag")
        return f"diag({printer._print(self.args[0])}) @ {_factor(printer, self.args[1])}"


class ColumnsNode(MatrixNode):
    """S diag(a). args: S, a."""

    latex_name, unicode_name = r"\operatorname{columns}", "columns"

    def indices(self, sizes: Sequence[str]) -> tuple[str, ...]:
        return "ij", "j", "ij"

    def misfit(self, of: Sequence[tuple[str, ...]]) -> str:
        return self.fits(of[0], of[1], False, "; diag(a) @ S scales the rows")

    def _derive_python(self, printer: Any) -> str:
        printer.used["derive"].add("diag")
        return f"{_factor(printer, self.args[0])} @ diag({printer._print(self.args[1])})"


class ScaledNode(ContractionNode):
    """What has several axes, times numbers of which each head has its own, or all have one: lowering makes it of a
    product. args: a number, the quantities that are numbers, what they multiply."""

    latex_name, unicode_name = r"\operatorname{scaled}", "scaled"

    coefficient = property(lambda self: self.args[0])
    inner = property(lambda self: self.args[2])

    @property
    def operands(self) -> tuple[Any, ...]:
        return (*self.args[1], *(self.inner.operands if isinstance(self.inner, OuterNode) else (self.inner,)))

    def units(self, size: Sizes) -> str:
        return size(self.inner)

    def check(self, place: EquationSite, size: Sizes) -> None:
        """Lowering sees to it."""

    def over(self, names: tuple[Symbol, ...]) -> UnitsNode:
        count = len(self.args[1])
        inner = OuterNode(*names[count:]) if isinstance(self.inner, OuterNode) else names[count]
        return self.func(self.coefficient, Tuple(*names[:count]), inner)  # type: ignore[no-any-return, unused-ignore]

    def statement(self, target: Symbol, operands: tuple[Symbol, ...], size: Sizes) -> Contraction:
        sizes = tuple(map(size, operands))
        count = len(self.args[1])
        inner = ("i", "j", "ij") if isinstance(self.inner, OuterNode) else ("ij", "ij")
        return Contraction(target, operands, *labelled(("",) * count + inner, sizes), self.coefficient)


class SideNode(UnitsNode):
    """What stands on one side of @ alone: ``S.T``, ``diag(a)``. args: S, or a."""

    def units(self, size: Sizes) -> str:
        return size(self.args[0])

    def check(self, place: EquationSite, size: Sizes) -> None:
        what = typed(self)
        raise place.fail(f"{what} stands alone", f"write it beside @: {what} @ ...")


class TransposeNode(SideNode):
    latex_name, unicode_name = r"\operatorname{T}", "transpose"

    def _sympystr(self, printer: Any) -> str:
        return f"{printer._print(self.args[0])}.T"


class DiagNode(SideNode):
    latex_name, unicode_name = r"\operatorname{diag}", "diag"


def outer(v: Expr, k: Expr) -> UnitsNode:
    """The matrix v kᵀ of two vectors, whose sizes differ in name: entry (i, j) is v_i k_j. Of vectors of each head it
    is that of each head."""
    check_operands("outer(v, k)", (v, k))
    return OuterNode(v, k)  # type: ignore[no-any-return, unused-ignore]


def dot(n: Expr, q: Expr) -> UnitsNode:
    """The number nᵀ q of two vectors of one size, Σ_i n_i q_i. Of vectors of each head it is one for each head."""
    check_operands("dot(n, q)", (n, q))
    return DotNode(n, q)  # type: ignore[no-any-return, unused-ignore]


def diag(a: Expr) -> UnitsNode:
    """The matrix with a vector on its diagonal, for ``diag(a) @ S``, whose rows are those of S times a's units, and
    ``S @ diag(a)``, which has the columns so."""
    check_operands("diag(a)", (a,))
    return DiagNode(a)  # type: ignore[no-any-return, unused-ignore]


def transpose(matrix: Expr) -> UnitsNode:
    """The transpose of a matrix, for ``transpose(S) @ u``, which ``S.T @ u`` is in a cell."""
    check_operands("transpose(S)", (matrix,))
    return TransposeNode(matrix)  # type: ignore[no-any-return, unused-ignore]


def matmul(left: Expr, right: Expr) -> UnitsNode:
    """left @ right, as it stands in a cell: ``S @ q``, ``S.T @ u``, ``diag(a) @ S`` or ``S @ diag(a)``.

    Raises DefinitionError for any other two.
    """
    check_operands("matmul(S, q)", (left, right))
    if isinstance(left, DiagNode) and not isinstance(right, SideNode):
        return RowsNode(left.args[0], right)  # type: ignore[no-any-return, unused-ignore]
    if isinstance(right, DiagNode) and not isinstance(left, SideNode):
        return ColumnsNode(left, right.args[0])  # type: ignore[no-any-return, unused-ignore]
    if isinstance(left, TransposeNode) and not isinstance(right, SideNode):
        return ReadTransposedNode(left.args[0], right)  # type: ignore[no-any-return, unused-ignore]
    if isinstance(left, SideNode) or isinstance(right, SideNode):
        remedy = "outer(v, k) for v kᵀ, S.T @ u for uᵀ S, diag(a * b) for two of them"
        raise DefinitionError(f"{typed(left)} @ {typed(right)} is no product that a cell has; write {remedy}")
    return ReadNode(left, right)  # type: ignore[no-any-return, unused-ignore]


def scaled(factors: Sequence[Expr], size: Sizes, constants: frozenset[Expr] = frozenset()) -> Expr | None:
    """A product in which what has several axes is multiplied by numbers, as a node; None where there is none.

    constants: numbers that are the same everywhere, and stay where they stand."""
    sizes = [size(f) for f in factors]
    heads = next(filter(None, map(heads_of, sizes)), "")
    is_matrix = any(len(axes_of(s)) > 1 for s in sizes)
    numbers, coefficient, rest = [], S.One, []
    for factor, own in zip(factors, sizes, strict=True):
        if isinstance(factor, Number):
            coefficient = coefficient * factor
        elif not constants.issuperset(factor.free_symbols) and ((heads and own == heads) or (is_matrix and own == "1")):
            numbers.append(factor)
        else:
            rest.append(factor)
    if not (heads or is_matrix) or not (numbers or (len(rest) == 1 and isinstance(rest[0], OuterNode))):
        return None
    inner = rest[0] if len(rest) == 1 else Mul(*rest, evaluate=False)
    return ScaledNode(coefficient, Tuple(*numbers), inner)  # type: ignore[no-any-return, unused-ignore]


def is_matrix(size: str) -> bool:
    """Whether a quantity of this size is a matrix, of each head."""
    return len(axes_of(size)) == 2


def _factor(printer: Any, expr: Expr) -> str:
    text = printer._print(expr)
    return text if expr.is_Symbol or (text.endswith(")") and text.startswith("linear(")) else f"({text})"
