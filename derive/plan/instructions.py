"""What a generated module does, as data: the tensors it has, and the instructions before and within a time step."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Symbol

from derive.calculus.backward import Term
from derive.definition.cell import Cell
from derive.statements.kinds import Affine, Elementwise, Mean, Parameter
from derive.symbolic.expressions import INPUT, symbols_in_order


@dataclass(frozen=True)
class Stack:
    """A PyTorch tensor: parameters stacked along the first dimension, in order.

    optional: whether it is the projection's weight, which a layer without projection does not have.
    """

    name: str
    blocks: tuple[Parameter, ...]
    optional: bool = False

    @property
    def is_bias(self) -> bool:
        """Whether ``bias=False`` leaves it out."""
        return self.name.startswith("bias")


@dataclass(frozen=True)
class Product:
    """Adjacent blocks of a stack of weights, from block ``first`` on, times an operand, plus whole stacks of biases.

    targets: the affine map that each block's result is a part of; names: what each block's result is called by itself.
    """

    operand: Symbol
    stack: Stack
    first: int
    targets: tuple[Symbol, ...]
    names: tuple[Symbol, ...]
    biases: tuple[Stack, ...] = ()


@dataclass(frozen=True)
class Whole:
    """name = a sum of products of equal height, not cut into its blocks."""

    name: Symbol
    products: tuple[Product, ...]


@dataclass(frozen=True)
class Cut:
    """names = the blocks of a sum of products, and of what ``Whole`` summed before under the name ``carried``."""

    names: tuple[Symbol, ...]
    products: tuple[Product, ...]
    carried: Symbol | None = None


@dataclass(frozen=True)
class Unstack:
    """The blocks of a stack of biases that fits no product as a whole, each under its own name."""

    stack: Stack


Instruction = Whole | Cut | Unstack | Elementwise | Mean


@dataclass(frozen=True)
class Join:
    """name = cotangents of the blocks of a stack, one beside the other."""

    name: Symbol
    parts: tuple[Symbol, ...]


@dataclass(frozen=True)
class Pull:
    """What an affine map gives back to its operand: joined · the blocks of a stack from ``first`` on."""

    joined: Symbol
    stack: Stack
    first: int
    count: int


@dataclass(frozen=True)
class Backward:
    """target = expr + the pulls. over: the units over which expr is summed; spread: to how many it is repeated."""

    target: Symbol
    expr: Expr
    pulls: tuple[Pull, ...] = ()
    over: str = ""
    spread: str = ""


@dataclass(frozen=True)
class Gradient:
    """The gradient of a stack: per run of blocks, their number and a sum of (joined cotangents, operand), or the terms
    of a formula.

    Without an operand (a bias) the cotangents are summed over time and batch, with one their outer products are.
    """

    stack: Stack
    runs: tuple[tuple[int, tuple[tuple[Symbol, Symbol | None], ...]], ...] = ()
    terms: tuple[Term, ...] = ()


BackwardInstruction = Join | Backward | Elementwise


@dataclass(frozen=True)
class Reverse:
    """What a generated backward pass does.

    saved: the forward quantities that ``partials`` read, before the loop; handed: what these hand to each step.
    incoming: the cotangent of each state; step: one step; outgoing: that of each previous state. kept: what a step
    keeps for the instructions ``after`` the loop and the gradients; unjoined: joins among it whose parts these read;
    summed: the forward quantities that they read.
    """

    saved: tuple[Symbol, ...]
    partials: tuple[Elementwise, ...]
    handed: tuple[Symbol, ...]
    incoming: tuple[Symbol, ...]
    step: tuple[BackwardInstruction, ...]
    outgoing: tuple[Symbol, ...]
    kept: tuple[Symbol, ...]
    unjoined: tuple[Join, ...]
    after: tuple[BackwardInstruction, ...]
    gradients: tuple[Gradient, ...]
    summed: tuple[Symbol, ...]

    @property
    def reads(self) -> tuple[Symbol, ...]:
        """The forward quantities that the backward pass reads."""
        return tuple(dict.fromkeys((*self.saved, *self.summed)))


@dataclass(frozen=True)
class Schedule:
    """What a generated module does.

    stacks: the learned parameters in the order of registration; constants: numbers fixed at construction.
    before: what needs the input alone; carried: what it hands to each step, in order; step: one time step.
    constant: the parameters, and what is known from them alone, the same at every step.
    reverse: the backward pass.
    """

    cell: Cell
    stacks: tuple[Stack, ...]
    constants: tuple[Parameter, ...]
    before: tuple[Instruction, ...]
    carried: tuple[Symbol, ...]
    step: tuple[Instruction, ...]
    constant: frozenset[Symbol]
    reverse: Reverse


def uses(instruction: Instruction | BackwardInstruction | Affine) -> tuple[Symbol, ...]:
    """The quantities, declared parameters and numbers of units that an instruction reads."""
    match instruction:
        case Elementwise():
            return tuple(symbols_in_order(instruction.expr))
        case Affine() | Mean():
            return instruction.uses
        case Whole() | Cut():
            carried = (instruction.carried,) if isinstance(instruction, Cut) and instruction.carried else ()
            return (*carried, *(p.operand for p in instruction.products))
        case Unstack():
            return ()
        case Join():
            return instruction.parts
        case Backward():
            sizes = [Symbol(instruction.spread)] if instruction.spread else []
            return (*symbols_in_order(instruction.expr), *(p.joined for p in instruction.pulls), *sizes)


def gradient_uses(g: Gradient) -> tuple[Symbol, ...]:
    """What a gradient reads."""
    joined = (q for _, run in g.runs for pair in run for q in pair if q is not None)
    zeros = any(run for _, run in g.runs) and not all(run for _, run in g.runs)
    like = (Symbol(INPUT),) if zeros and g.stack.is_bias else ()  # zeros are made of the input's kind
    return (*joined, *(q for t in g.terms for q in symbols_in_order(t.expr)), *like)


def defines(instruction: Instruction | Affine) -> tuple[Symbol, ...]:
    """The quantities that an instruction gives a value."""
    match instruction:
        case Cut():
            return instruction.names
        case Whole():
            return (instruction.name,)
        case Unstack():
            return tuple(p.symbol for p in instruction.stack.blocks)
        case Elementwise() | Mean() | Affine():
            return (instruction.target,)
