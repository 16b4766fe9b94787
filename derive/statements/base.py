"""What a statement is: one line of a cell for machines, and all that is known of its kind.

A kind of statement is a class with the methods below, in a file of its own. Its author's node stands beside it: the
``UnitsNode`` that an author writes, which says how it becomes a statement. Nothing outside asks of which kind one is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from sympy import Basic, Expr, S, Symbol

from derive.errors import DefinitionError, DeriveError
from derive.statements.builder import Builder
from derive.statements.maps import Map
from derive.statements.parameter import Parameter
from derive.statements.writing import ALL_UNITS, Units, Writing
from derive.symbolic.nodes import FunctionNode

if TYPE_CHECKING:
    from derive.statements.affine import AffineTerm


class Operations(NamedTuple):
    """The operations of one time step for one sequence, as formulas of the sizes.

    multiply_adds: in products of weights, and of states that are matrices, with quantities; arithmetic: additions,
    multiplications, divisions, powers and comparisons of units, biases included; functions: values of activations,
    exponentials, roots. They are counted as the equations stand: a module may do some once for the whole sequence, or
    several at a time.
    """

    multiply_adds: Expr = S.Zero
    arithmetic: Expr = S.Zero
    functions: Expr = S.Zero


class Gatherer(Protocol):
    """Gathers what statements give back to what they read, in reverse mode.

    parameters: the weights and the declared ones; constants: those that are fixed numbers. sizes: of every quantity.
    named: formulas of the forward step that have a name. arguments: composite arguments of functions that have no name
    in the cell and whose cotangent has one here.
    """

    parameters: dict[Symbol, Parameter]
    constants: frozenset[Symbol]
    sizes: dict[Symbol, str]
    named: dict[Expr, Symbol]
    arguments: dict[Symbol, Expr]

    def give(self, to: Symbol, d: Symbol, *maps: Map, through: Expr, formula: Expr, size: str) -> None:
        """To the cotangent of a quantity, or the gradient of a parameter, comes d under these maps.

        through, formula, size: the name of what is differentiated, its formula, and how many units it has.
        """
        ...

    def define(self, q: Symbol, d: Symbol, *maps: Map, through: Expr, formula: Expr, size: str) -> Symbol:
        """The cotangent of q, which is d under these maps and nothing else."""
        ...

    def compute(self, statement: Statement) -> None:
        """A quantity of the forward step is computed (again) in the backward step."""
        ...

    def has_cotangent(self, q: Symbol) -> bool:
        """Whether the cotangent of a quantity is complete already."""
        ...

    def stands_for_sum(self, q: Symbol) -> bool:
        """Whether the cotangent of a sum may go by the name of this term of it: it mixes units, and only the sum reads
        it."""
        ...

    def argument_name(self, q: Symbol) -> Symbol:
        """A name for the argument of the function in q = φ(u)."""
        ...

    def unused(self, name: str) -> Symbol:
        """That name, or one like it that nothing has."""
        ...


class Statement(ABC):
    """target = a formula of what it reads. size: the units of the target, by the name of their number.

    elementwise: whether each unit of the target is a formula of that unit of what it reads.
    is_term: whether it needs no cotangent of its own where it has no name of its own, and is a term of a sum.
    """

    target: Symbol
    size: str
    elementwise: ClassVar[bool] = False
    is_term: ClassVar[bool] = False

    @property
    @abstractmethod
    def reads(self) -> tuple[Symbol, ...]:
        """Every reading of a quantity, from left to right, repetitions included; weights and biases are left out."""

    @property
    def uses(self) -> tuple[Symbol, ...]:
        """What it reads, each once."""
        return tuple(dict.fromkeys(self.reads))

    @property
    def affine_terms(self) -> tuple[AffineTerm, ...]:
        """What it multiplies by weights, term by term: of an affine map all that it is, of any other nothing."""
        return ()

    @abstractmethod
    def written(self, writing: Writing = ALL_UNITS, operands: Sequence[Any] | None = None) -> Any:
        """The right-hand side as it is printed. operands: formulas in the places of what it reads."""

    @abstractmethod
    def entry(self, k: int, units: Units, operands: Sequence[Any] | None = None) -> Any:
        """Unit k of the right-hand side, over symbols of single numbers."""

    @abstractmethod
    def vjp(self, d: Symbol, gather: Gatherer) -> None:
        """What it gives back to what it reads, its target's cotangent being d."""

    @abstractmethod
    def cost(self, sizes: Mapping[Symbol, str]) -> Operations:
        """The operations it takes. sizes: of what it reads."""

    @abstractmethod
    def operations(self, builder: Builder) -> None:
        """What it asks of a machine."""


class EquationSite(Protocol):
    """An equation of a definition, in which an author's node stands."""

    @property
    def target(self) -> Symbol: ...

    def fail(self, *message: str) -> DeriveError:
        """The error for something wrong in it: what it is, and the remedy."""
        ...


class UnitsNode(FunctionNode):
    """An author's node that mixes units; lowering makes a statement of it.

    weighted: whether it has weights of its own; those that stand in one sum become one statement.
    """

    weighted: ClassVar[bool] = False

    @property
    def operands(self) -> tuple[Any, ...]:
        return tuple(self.args)

    @abstractmethod
    def units(self, size: Callable[[Any], str]) -> str:
        """How many units it has, by the name of the number; size: says it of what it is of."""

    def check(self, place: EquationSite, size: Callable[[Any], str]) -> None:
        """Raises DefinitionError for what it cannot be of."""

    def statement(self, target: Symbol, operands: tuple[Symbol, ...], size: Callable[[Any], str]) -> Statement:
        """target = the node, of quantities."""
        raise NotImplementedError(type(self).__name__)

    def over(self, names: tuple[Symbol, ...]) -> Expr:
        """The same of quantities that have these names, by which equal ones are known."""
        return self.func(*names)  # type: ignore[no-any-return, unused-ignore]

    def stem(self, target: Symbol, operands: tuple[Symbol, ...]) -> str:
        """What the quantity is called that has no name of its own, in the equation of ``target``."""
        return f"{self.unicode_name}_{(operands[0] if len(operands) == 1 else target).name}"


def is_weighted(node: Any) -> bool:
    """Whether a node mixes units through weights of its own."""
    return isinstance(node, UnitsNode) and node.weighted


def weighted(expr: Basic) -> Iterator[Any]:
    """The nodes with weights of a formula, from left to right."""
    waiting = [expr]
    while waiting:  # a long sum is typed as sums in sums, deeper than Python calls itself
        node = waiting.pop()
        if is_weighted(node):
            yield node
        else:
            waiting.extend(reversed(node.args))


def check_operands(example: str, operands: tuple[Any, ...]) -> None:
    """What an author's node may be of. example: a call of it, such as ``mean(a)``. Raises DefinitionError."""
    function = example.partition("(")[0]
    if not operands:
        raise DefinitionError(f"{function}() needs at least one operand, such as {example}")
    for operand in operands:
        if not isinstance(operand, Expr) or operand.is_number:
            kind = "number" if isinstance(operand, (Expr, int, float)) else type(operand).__name__
            raise DefinitionError(f"{function}() of a {kind}; expected quantities, such as {example}")
