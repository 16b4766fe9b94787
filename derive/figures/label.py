"""Labels of figures: a little LaTeX, and the same as runs of unicode letters, with the width they take.

TeX sets the LaTeX; SVG and matplotlib have the runs. The widths are those of a serif face, rounded up, so that what is
laid out by them has room in either.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from derive.notation.letters import letter

SCRIPT = 0.75  # the size of an index beside its letter
WIDER = 1.12  # what TeX's small type is wider than its size says
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.")
_ACCENTS = {r"\tilde": "\u0303", r"\hat": "\u0302", r"\bar": "\u0304"}
_SIGNS = {
    r"\odot": " ⊙ ", r"\cdot": "·", r"\times": "×", r"\,": "\u2009", r"\sqrt": "√", r"\max": "max", r"\min": "min",
    r"\dots": "…",
    r"\tanh": "tanh", r"\exp": "exp", r"\log": "log", r"\top": "ᵀ", r"\leq": "≤", r"\left": "", r"\right": "",
    r"\approx": " ≈ ", r"\div": "÷", r"\infty": "∞", r"\ ": " ", r"\square": "□", r"\varepsilon": "ε", r"\colon": ":",
    r"\sum": "Σ", r"\prod": "Π", r"\lfloor": "⌊", r"\rfloor": "⌋", r"\geq": "≥", r"\le": "≤", r"\ge": "≥", r"\neq": "≠",
    r"\{": "{", r"\}": "}", r"\_": "_", r"\%": "%", r"\&": "&", r"\#": "#", r"\$": "$",
}  # fmt: skip
_UPRIGHT = {r"\operatorname", r"\mathrm", r"\text", r"\mathit", r"\mathbf", r"\boldsymbol"}
#: In parts of the type's size; upright letters that are not here have 0.55, italic ones 0.6, capitals 0.85.
_UPRIGHT_WIDTHS = {
    **dict.fromkeys("iljtfI.,:;()[]|!'·/ \u2009", 0.4), "r": 0.45, "σ": 0.7, **dict.fromkeys("+−=≈×÷√<>≤≥", 0.84),
    **dict.fromkeys("αβνζγηθετρμ", 0.68), **dict.fromkeys("mwMW⊙□", 0.98),
}  # fmt: skip
_ITALIC_WIDTHS = {
    **dict.fromkeys("ilt", 0.43), **dict.fromkeys("jcers", 0.52), "f": 0.66,
    **dict.fromkeys("hnu", 0.68), **dict.fromkeys("bgovzp", 0.56),
    **dict.fromkeys("mM", 1.05), "w": 0.8, "W": 1.15,
}  # fmt: skip


class Run(NamedTuple):
    """Letters that are set alike. level: 0 on the line, 1 raised, -1 lowered. italic: as quantities are."""

    text: str
    level: int = 0
    italic: bool = False

    def width(self, size: float) -> float:
        """In pt, within type of that size."""
        widths, other = (_ITALIC_WIDTHS, 0.6) if self.italic else (_UPRIGHT_WIDTHS, 0.55)
        letters = (c for c in self.text if not unicodedata.combining(c))
        ems = sum(widths.get(c, 0.85 if c.isupper() else other) for c in letters)
        return ems * (WIDER * SCRIPT * size if self.level else size)


@dataclass(frozen=True)
class Label:
    """A short formula. latex: without dollars. key: of the node whose number it is, for a page that computes it."""

    latex: str
    key: str = ""

    @property
    def runs(self) -> tuple[Run, ...]:
        return _runs(self.latex)

    @property
    def text(self) -> str:
        """The letters alone, for those who hear a figure read."""
        return "".join(r.text for r in self.runs)

    def width(self, size: float) -> float:
        """In pt, of type of that size."""
        return max(sum(run.width(size) for run in line.runs) for line in self.lines)

    @property
    def lines(self) -> tuple[Label, ...]:
        """Its lines, where it has several."""
        parts = self.latex.split(r"\newline")
        return tuple(Label(part.strip()) for part in parts) if len(parts) > 1 else (self,)


def plain(text: str) -> Label:
    """A label of words, which are no formula."""
    escaped = re.sub(r"([\\{}_^%&#$~])", lambda m: {"\\": "/", "~": " ", "^": " "}.get(m[1], "\\" + m[1]), text)
    return Label(rf"\text{{{escaped}}}")


@lru_cache(maxsize=10_000)
def _runs(latex: str) -> tuple[Run, ...]:
    found: list[Run] = []
    for run in _Reader(_TOKEN.findall(latex)).group(0):
        if found and found[-1][1:] == run[1:]:
            found[-1] = run._replace(text=found[-1].text + run.text)
        else:
            found.append(run)
    return tuple(found)


class _Reader:
    """Reads the LaTeX that ``Notation`` writes, and nothing else: what is unknown stands as it is written."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.position = tokens, 0

    def group(self, level: int) -> list[Run]:
        """Up to the brace that closes it, or the end."""
        found: list[Run] = []
        while self.position < len(self.tokens):
            if self.tokens[self.position] == "}":
                self.position += 1
                break
            found += self.one(level)
        return found

    def one(self, level: int) -> list[Run]:
        """The next sign, or group in braces."""
        token = self.tokens[self.position]
        self.position += 1
        if token == "{":
            return self.group(level)
        if token in ("_", "^"):
            return self.one(level or (1 if token == "^" else -1))
        if token in _ACCENTS:
            first, *rest = self.one(level) or [Run("")]
            return [first._replace(text=first.text + _ACCENTS[token]), *rest]
        if token in _UPRIGHT:
            return self.words(level, italic=token == r"\mathit")
        if token == r"\frac":
            above, below = self.one(level), self.one(level)
            return [*_grouped(above), Run("/", level), *_grouped(below)]
        if token == r"\sqrt":
            return [Run("√", level), *_grouped(self.one(level))]
        if token.isspace():
            return []
        if token == "-":
            return [Run("−", level)]
        if token in _SIGNS:
            return [Run(_SIGNS[token], level)]
        return [Run(letter(token), level, italic=token.isalpha() and len(token) == 1)]

    def words(self, level: int, italic: bool) -> list[Run]:
        """The text in braces, with its spaces."""
        if self.position >= len(self.tokens) or self.tokens[self.position] != "{":
            return self.one(level)
        self.position += 1
        text, depth = "", 1
        while self.position < len(self.tokens):
            token = self.tokens[self.position]
            self.position += 1
            depth += {"{": 1, "}": -1}.get(token, 0)
            if not depth:
                break
            text += "" if token in "{}" else _SIGNS.get(token, letter(token))
        return [Run(text, level, italic)]


def _grouped(runs: list[Run]) -> list[Run]:
    """In parentheses where it is not a single name or number."""
    text = "".join(r.text for r in runs)
    if re.search(r"[\s+−⊙·/]", text) and len(text) > 1 and runs:
        return [Run("(", runs[0].level), *runs, Run(")", runs[0].level)]
    return runs
