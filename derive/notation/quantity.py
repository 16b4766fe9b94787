"""What the symbols of a cell's formulas stand for. Symbols are plain SymPy symbols; a table says the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum

from sympy import Symbol

PREVIOUS, NEXT = "_prev", "_next"
NOW, BEFORE = "t", "t-1"
#: The letters of the numbers of units, in formulas of means and of how many operations there are.
SIZE_LETTERS = {"input_size": "N_x", "hidden_size": "N", "proj_size": "N_h"}


def size_letters(size: str) -> str:
    """The letters of a size, N_key of one that an author has named; of several axes a product."""
    if ":" in size or "×" in size:
        return " ".join(map(size_letters, re.split("[:×]", size)))
    if "/" in size:
        return "/".join(map(size_letters, size.split("/")))
    return SIZE_LETTERS.get(size, size if size.isdecimal() else f"N_{size}")


_WEIGHT = re.compile(r"[WURVb]_\w+")


class Role(Enum):
    """What kind of thing a symbol stands for."""

    QUANTITY = "quantity"
    INPUT = "input"
    MATRIX = "matrix"  # a weight, juxtaposed with what it multiplies
    BIAS = "bias"
    PARAMETER = "parameter"  # a declared one
    SIZE = "size"  # a number of units


@dataclass(frozen=True)
class Quantity:
    """What a symbol stands for.

    name: as its author writes it, without time and derivative. time: NOW, BEFORE, or "" for what is the same at every
    step. derivative: "delta" of a cotangent, "Delta" of one that passes from one time step to another, else "".
    is_number: whether it is one number for all units. is_matrix: whether it is a matrix, of each head or the one.
    one_row: whether it is a weight of one row, whose products are numbers, or the bias beside it.
    printed: what stands in print for a name that no author has given, ``p_1``.
    """

    name: str
    role: Role = Role.QUANTITY
    time: str = NOW
    derivative: str = ""
    is_number: bool = False
    is_matrix: bool = False
    one_row: bool = False
    printed: str = ""

    @property
    def is_weight(self) -> bool:
        """Whether its name has the subscript of a weight: an operand's letter, and an equation's name."""
        return self.role in (Role.MATRIX, Role.BIAS)

    def cotangent(self, is_number: bool, passed_on: bool = False) -> Quantity:
        """Its cotangent; of a parameter the gradient. What a step adds to that of a timeless quantity is that step's.

        passed_on: whether it passes between time steps.
        """
        fixed = self.is_weight or self.role is Role.PARAMETER
        time = self.time or ("" if fixed else NOW)
        role = Role.INPUT if self.role is Role.INPUT else Role.BIAS if self.is_weight else Role.QUANTITY
        return replace(
            self,
            role=role,
            time=time,
            derivative="Delta" if passed_on else "delta",
            is_number=is_number,
        )

    @classmethod
    def typed(cls, name: str) -> Quantity:
        """What a name stands for that is in no table, as people type it: ``c_prev``, ``W_ii``, ``d_c``."""
        if name in SIZE_LETTERS:
            return cls(name, Role.SIZE, "", is_number=True)
        if name.startswith("d_") and name != "d_":
            return cls.typed(name[2:].removesuffix(NEXT)).cotangent(is_number=False)
        if name.endswith(PREVIOUS):
            return cls(name.removesuffix(PREVIOUS), time=BEFORE)
        if looks_like_weight(name):
            return cls(name, Role.MATRIX if name[0].isupper() else Role.BIAS, "")
        return cls(name)


def numbered(name: str, place: str) -> str:
    """The name of one unit as it is typed, ``c_2``; of an entry of a matrix ``S_1_3``. place: as it is printed,
    ``1, 3``; "" where there is one unit."""
    return "_".join([name, *re.findall(r"\d+", place)])


def looks_like_weight(name: str) -> bool:
    """Whether a name is one that weights and biases have in print, W_ii or b_i."""
    return _WEIGHT.fullmatch(name) is not None and not name.endswith(PREVIOUS)


def previous(name: str) -> Symbol:
    """The symbol of a quantity one time step before."""
    return Symbol(name + PREVIOUS)


def cotangent(q: Symbol) -> Symbol:
    """The symbol of δq."""
    return Symbol(f"d_{q.name}")


def incoming(state: str) -> Symbol:
    """The symbol of Δ: what reaches a state from the loss and the later steps."""
    return Symbol(f"d_{state}{NEXT}")


def typed(expr: object) -> str:
    """An expression as its author typed it: a state's previous value has the state's name."""
    return str(expr).replace(PREVIOUS, "")
