"""A named parameter of a cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sympy import Basic, Expr, Symbol

from derive.errors import DeriveError
from derive.notation.quantity import Role
from derive.statements.sizes import axes_of, place_of
from derive.symbolic.initial import draw_of


@dataclass(frozen=True)
class Parameter:
    """A named parameter of a cell and the stacked PyTorch tensor that holds it.

    kind: "matrix" (rows × cols), "vector" (rows), "scalar" (one learned number) or "constant" (fixed at construction).
    rows, cols: sizes by name ("hidden_size", "input_size", "proj_size"); empty where there is none.
    tensor: the PyTorch parameter (``weight_ih``); block: which block of ``rows`` rows this one is in it, from 0.
    form: "full" or "antisymmetric" (the matrix that multiplies is V - V^T of the stored V). heads: the size by which
    the rows and columns are cut into equal parts, of which each has its own block on the diagonal and nothing else
    is there; the blocks are stored one below the other, rows × cols/heads.
    default: the value of a constant. initial: the initial value of a learned one, a formula of numbers and at most one
    draw; None where it is PyTorch's, U(-1/√hidden_size, 1/√hidden_size). role: whether it is a weight or a bias of an
    affine map, or a declared one. fixed: what it is that is not learned, see ``derive.symbolic.fixed``.
    """

    symbol: Symbol
    kind: str
    rows: str = ""
    cols: str = ""
    tensor: str = ""
    block: int = 0
    form: str = "full"
    default: Expr | None = None
    role: Role = Role.PARAMETER
    initial: Expr | None = None
    heads: str = ""
    fixed: Basic | None = None

    @property
    def learned(self) -> bool:
        """Whether it is one of what is trained."""
        return self.kind != "constant" and self.fixed is None

    @property
    def word(self) -> str:
        """What it is called: its kind, or fixed."""
        return self.kind if self.fixed is None else "fixed"

    @property
    def stored_cols(self) -> str:
        """The columns of what is stored."""
        return f"{self.cols}/{self.heads}" if self.heads else self.cols

    @property
    def name(self) -> str:
        return str(self.symbol.name)

    @property
    def number(self) -> Expr | None:
        """The number that a constant is, or that a learned parameter starts at."""
        return (
            self.initial
            if self.default is None and self.initial is not None and not draw_of(self.initial)
            else self.default
        )

    def entry_label(self, entry: Sequence[int], sizes: Mapping[str, int]) -> str:
        """How an entry is told from the others: by its number, in a matrix by row and column, ``1, 3``, with several
        heads by that of its head too, ``2; 1, 3``; empty of a single number. entry: as the numbers are stored."""
        return ", ".join([place_of(self.rows, entry[0], sizes), *map(str, entry[1:])]) if entry else ""


def with_defaults(parameters: Iterable[Parameter], values: Mapping[str, Expr | None]) -> tuple[Parameter, ...]:
    """The same parameters, where those that ``values`` names have these defaults."""
    return tuple(replace(p, default=values.get(p.name, p.default)) for p in parameters)


def check_kind(fail: Callable[[str, str], DeriveError], parameter: Parameter) -> None:
    """Raises what ``fail`` makes of the words, where the initial value is one of parameters of another kind."""
    draw = parameter.initial and draw_of(parameter.initial)
    kind = "matrix" if len(axes_of(parameter.rows)) > 1 else parameter.kind
    if draw and kind not in draw.kinds:
        raise fail(
            f"{parameter.name} is a {kind} and cannot start at {parameter.initial}",
            f"{draw.unicode_name} is for a {' or '.join(draw.kinds)}",
        )
