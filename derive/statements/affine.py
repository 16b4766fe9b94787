"""Affine maps: the author's ``linear(...)``, and the statement where units mix through weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Add, Expr, Mul, Symbol, Tuple
from sympy.core.symbol import Str

from derive.errors import DefinitionError
from derive.statements.base import Gatherer, Operations, Statement, UnitsNode, check_operands
from derive.statements.builder import Builder
from derive.statements.maps import Outer, Transpose, block_of
from derive.statements.parameter import Parameter
from derive.statements.sizes import ONE, axes_of, number_of_units, size_by_head, size_name
from derive.statements.writing import ALL_UNITS, Units, Writing, at
from derive.symbolic.expressions import HIDDEN, ordered
from derive.symbolic.initial import Initial, initial_value
from derive.symbolic.nodes import Transposed

#: How the matrix that multiplies may depend on the one that is stored. V is the stored one.
WEIGHT_FORMS = ("full", "antisymmetric")


class LinearNode(UnitsNode):
    """An affine map in a definition, before its weights have names: see ``linear``."""

    latex_name, unicode_name = r"\operatorname{linear}", "linear"
    weighted = True

    operands = property(lambda self: tuple(self.args[0]))
    bias = property(lambda self: self.args[1] == Str("bias"))
    label = property(lambda self: self.args[2].name)
    size = property(lambda self: self.args[3].name)
    weight = property(lambda self: self.args[4].name)
    heads = property(lambda self: self.args[6].name)

    @property
    def initial(self) -> tuple[Expr | None, ...]:
        """The initial values that are stated: of each operand's matrix, then of the bias."""
        return tuple(None if isinstance(a, Str) else a for a in self.args[5])

    def starting(self, *initial: Expr | None) -> LinearNode:
        """The same map with other initial values."""
        stated = (Str("") if value is None else value for value in initial)
        return self.func(*self.args[:5], Tuple(*stated), self.args[6])  # type: ignore[no-any-return, unused-ignore]

    def named(self, name: str) -> LinearNode:
        """The same map, its weights of that name."""
        return self.func(*self.args[:2], Str(name), *self.args[3:])  # type: ignore[no-any-return, unused-ignore]

    def units(self, size: Callable[[Any], str]) -> str:
        return str(self.size)

    def _sympystr(self, printer: Any) -> str:
        return f"linear({', '.join(printer._print(o) for o in self.operands)})"


def linear(
    *operands: Expr,
    bias: bool | Initial = True,
    name: str = "",
    size: str | int | tuple[str | int, str | int] = HIDDEN,
    weight: str = "full",
    heads: str | int = "",
    initial: Initial | Sequence[Initial | None] | None = None,
) -> LinearNode:
    """An affine map of the operands: ``linear(x)`` is W x + b, ``linear(x, h)`` is W x + W' h + b.

    Its weights take their names from the equation in which it stands (W_ii, W_hi, b_i, ... in equation i).

    operands: quantities, or products of them such as ``r*h``; each gets a weight matrix of its own.
    bias: whether a bias vector is added; or its initial value, a number or a formula of a draw, such as
    ``chrono(784)``. 0 is a bias that starts at 0, False is none.
    name: a name for the weights (``"hr"``: W_hr, b_hr); the same name again is the same weights.
    size: the number of rows: "hidden_size", "input_size", "proj_size", a name of yours, which the generated layer then
    takes (``"key"``), or a number; 1 gives one number for all units. A pair, ``("heads", "key")``, is a vector for each
    head.
    weight: "full", or "antisymmetric": V - V^T for a stored square V.
    heads: a number, or a name that the generated layer then takes, of equal parts of the units, each of which reads
    itself alone: the weights are block-diagonal.
    initial: the initial value of the matrices, such as ``orthogonal()``; of several operands a tuple, with None for a
    matrix that starts as PyTorch's do.

    Raises DefinitionError for no operands, an operand that is no formula, a name that is no identifier, a bias that is
    neither True nor False nor an initial value, what is no size or form of weight, what is no initial value.
    """
    check_operands("linear(x, h)", operands)
    if not isinstance(bias, bool | int | float | Expr):
        raise DefinitionError(f"linear(bias={bias!r}): expected True or False, or its initial value, such as 1")
    if not isinstance(name, str) or not (name.isidentifier() or name == ""):
        raise DefinitionError(f"linear(name={name!r}): expected a name of letters, digits and _, such as 'skip'")
    size = size_by_head(size, "linear(size=...)")
    if len(axes_of(size)) > 1:
        raise DefinitionError(f"linear(size={size!r}): a map gives vectors; for a matrix take outer(v, k) of two")
    if weight not in WEIGHT_FORMS:
        raise DefinitionError(f"linear(weight={weight!r}): expected 'full' or 'antisymmetric'")
    if heads != "":
        heads = size_name(heads, "linear(heads=...)")
        if weight != "full":
            raise DefinitionError(f"linear(weight={weight!r}, heads={heads!r}): expected one of the two")
    matrices = initial if isinstance(initial, Sequence) and not isinstance(initial, str) else [initial] * len(operands)
    if len(matrices) != len(operands):
        raise DefinitionError(
            f"linear(initial=...) has {len(matrices)} values, expected {len(operands)}, one an operand"
        )
    stated = (None if value is None or isinstance(value, bool) else initial_value(value) for value in (*matrices, bias))
    parts = Tuple(*operands), Str("" if bias is False else "bias"), Str(name), Str(size), Str(weight), Tuple()
    return LinearNode(*parts, Str(heads)).starting(*stated).numbered()  # type: ignore[no-any-return, unused-ignore]


@dataclass(frozen=True)
class AffineTerm:
    """weight · operand + bias: one summand of an affine map. weight is a matrix, bias a vector or None.

    form, heads: of the weight, as in ``Parameter``. label: what the weight is called without its letter, ii.
    """

    weight: Symbol
    operand: Symbol
    bias: Symbol | None
    form: str = "full"
    label: str = ""
    heads: str = ""

    @property
    def matrix(self) -> Expr:
        """The matrix that multiplies, as a function of the stored one."""
        if self.form == "full":
            return self.weight
        return Add(self.weight, Mul(-1, Transposed(self.weight), evaluate=False), evaluate=False)


@dataclass(frozen=True)
class Affine(Statement):
    """target = Σ (weight · operand) + biases: where units mix through weights."""

    target: Symbol
    terms: tuple[AffineTerm, ...]
    size: str = HIDDEN

    @classmethod
    def joined(cls, target: Symbol, maps: Iterable[Affine]) -> Affine:
        """The sum of affine maps."""
        maps = tuple(maps)
        return cls(target, tuple(t for m in maps for t in m.terms), maps[0].size)

    @property
    def affine_terms(self) -> tuple[AffineTerm, ...]:
        return self.terms

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return tuple(t.operand for t in self.terms)

    def written(self, writing: Writing = ALL_UNITS, operands: Sequence[Any] | None = None) -> Any:
        parts: list[Any] = []
        for t, operand in zip(self.terms, operands or self.reads, strict=True):
            parts.append(writing.product(t.matrix, operand))
            parts += [t.bias] if t.bias is not None else []
        return ordered(Add, parts)

    def entry(self, k: int, units: Units, operands: Sequence[Any] | None = None) -> Any:
        """The numbers of a weight are those of the matrix that multiplies; of blocks those beside them are left out.
        What is one number is so for every unit."""
        k = 1 if self.size == ONE else k
        parts: list[Any] = []
        for t, operand in zip(self.terms, operands or self.reads, strict=True):
            columns = block_of(k, units.many(t.operand), units.count(t.heads) if t.heads else 1)
            parts += [Mul(at(t.weight.name, k, j), units.single(operand, j), evaluate=False) for j in columns]
            parts += [units.single(t.bias, k)] if t.bias is not None else []
        return ordered(Add, parts)

    def vjp(self, d: Symbol, gather: Gatherer) -> None:
        """a = Σ W x + b: δx += Wᵀ δa; δW += δa xᵀ and δb += δa, summed over time and batch"""
        about: dict[str, Any] = {"through": self.target, "formula": self.target, "size": self.size}
        for t in reversed(self.terms):
            weight: Parameter = gather.parameters[t.weight]
            gather.give(t.operand, d, Transpose(weight), **about)
            gather.give(t.weight, d, Outer(t.operand, weight.heads, weight.cols if weight.heads else ""), **about)
            if t.bias is not None:
                gather.give(t.bias, d, **about)

    def cost(self, sizes: Mapping[Symbol, str]) -> Operations:
        rows = number_of_units(self.size)
        parts = [f"{sizes[t.operand]}/{t.heads}" if t.heads else sizes[t.operand] for t in self.terms]
        products = Add(*(rows * number_of_units(part) for part in parts))
        return Operations(products, rows * sum(t.bias is not None for t in self.terms))

    def operations(self, builder: Builder) -> None:
        """A product for each weight, and their sum."""
        if len(self.terms) == 1:
            (term,) = self.terms
            builder.matmul(term.weight, term.operand, term.bias, target=self.target)
            return
        parts = [builder.matmul(t.weight, t.operand, t.bias, stem=f"a_{t.label}") for t in self.terms]
        builder.pointwise(ordered(Add, parts), self.size, self.target)
