"""What a letter is by its looks: a capital, a small Greek one, the number e."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sympy

from derive.intake.latex.trees.tree import Key, Letter

EULER = Letter("e")
#: Letters of no time that look like the imaginary unit.
IMAGINARY: Collection[Key] = {("i", ""), ("j", ""), ("imath", ""), ("jmath", "")}
#: Letters that are numbers where nothing else is said.
NUMBERS: Mapping[Key, Any] = {("pi", ""): sympy.pi, ("e", ""): sympy.E}
_GREEK_SMALL = {"alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "eta", "lambda", "mu", "nu", "kappa", "tau",
                "theta", "omega", "zeta", "xi"}  # fmt: skip


def spelling(name: str) -> str:
    """A letter whatever its index is set apart by: W_hh and Whh, varepsilon and epsilon."""
    return name.replace("_", "").removeprefix("var")


def is_capital(letter: Letter) -> bool:
    return (
        letter.base.removeprefix("cal_").removeprefix("frak_")[:1].isupper()
        and letter.base.lower() not in _GREEK_SMALL
        and not is_greek(letter)
    )


def is_greek(letter: Letter) -> bool:
    return letter.base in _GREEK_SMALL or letter.base == "Delta" or letter.base.startswith("Delta_")
