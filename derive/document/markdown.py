"""A document as Markdown with GitHub's mathematics: formulas between dollars, displays in fences of ``math``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from derive.document.model import (
    Block,
    Cell,
    Chains,
    Figure,
    Formula,
    Note,
    Part,
    Row,
    Section,
    Sentence,
    Stress,
    Table,
)
from derive.exact.numeral import Numeral
from derive.figures.files import FOLDER
from derive.notation.figures import BORDER
from derive.notation.printers import plain_brackets
from derive.notation.prose import DOLLAR, pieces
from derive.run.data import Run

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$])")
_BAR = re.compile(r"(\\left|\\right)?\|")


def document(run: Run, sections: Sequence[Section]) -> str:
    """The text of ``steps.md``."""
    lines = [f"# {_prose(run.title)}", "", _prose(run.caption or run.subtitle)]
    for section in sections:
        lines += ["", f"## {_escaped(section.title)}"]
        for block in section.blocks:
            lines += ["", *_lines(block)]
    return "\n".join(lines) + "\n"


def _lines(block: Block) -> Iterator[str]:
    if isinstance(block, Note):
        yield _sentence(block.content)
    elif isinstance(block, Chains):
        if block.title:
            yield f"**{_sentence(block.title)}**"
            yield ""
        yield from _display(block)
    elif isinstance(block, Figure):
        yield f"![{block.name}]({FOLDER}/{block.name}.svg)"
        yield ""
        yield f"{_prose(block.caption)}."
    else:
        yield from table(block)


def _display(block: Chains) -> Iterator[str]:
    yield "```math"
    yield r"\begin{aligned}"
    for k, chain in enumerate(block.chains):
        parts = [f"&{relation} {_formula(formula)}" for relation, formula in chain.parts]
        last = k == len(block.chains) - 1
        yield f"{_formula(chain.left)} " + " \\\\\n".join(parts) + ("" if last else r" \\")
    yield r"\end{aligned}"
    yield "```"


def table(block: Table) -> Iterator[str]:
    """A table under its caption, with its notes below."""
    if block.caption:
        yield f"{_prose(block.caption)}:"
        yield ""
    yield _row(map(_sentence, block.head))
    yield "|" + "|".join([":--", *({"l": ":--", "c": ":-:", "r": "--:"}[a] for a in block.align)]) + "|"
    for row in block.rows:
        yield _row([_head(row), *map(_cell, row.cells)])
    for note in block.notes:
        yield ""
        yield _sentence(note)


def _row(cells: Iterator[str] | Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _head(row: Row) -> str:
    return "&emsp;" * row.depth + _sentence(row.head)


def _cell(cell: Cell) -> str:
    text = _sentence(cell.content)
    if cell.over is not None:
        text = f"${_formula(cell.over.latex)}$<br>"
    if cell.relation:
        [value] = cell.content
        latex = value.latex() if isinstance(value, Numeral) else value.latex if isinstance(value, Formula) else value
        text = (text if cell.over is not None else "") + f"${cell.relation} {_formula(latex)}$"
    if cell.stress is not Stress.NONE:
        text = f"**{text}**" if cell.stress is Stress.WRONG else f"<ins>{text}</ins>"  # underlined, as captions say
    return text + (f" ({', '.join(cell.notes)})" if cell.notes else "")


def _sentence(sentence: Sentence) -> str:
    return "".join(map(_part, sentence))


def _part(part: Part) -> str:
    if isinstance(part, str):
        return _prose(part)
    return f"${_formula(part.latex)}$" if isinstance(part, Formula) else part.unicode()


def _prose(text: str) -> str:
    return "".join(f"${_formula(part)}$" if formula else _escaped(part) for formula, part in pieces(text))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text.replace(DOLLAR, "$"))


def _formula(latex: str) -> str:
    """A formula without a character that ends a cell of a table, and without the control word that GitHub refuses."""
    text = plain_brackets(latex.replace(BORDER, "")).replace(r"\operatorname", r"\mathrm")
    return _BAR.sub(lambda m: rf"{m[1] or ''}\vert ", text)
