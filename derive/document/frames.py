"""A run as slides, a file a step: at the left the cell's diagram, the equation that is spoken of marked; beside it the
chains of the step, uncovered one after the other; at the foot the inputs and states so far. Nothing moves in between.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, NamedTuple

from derive.document.foot import Foot
from derive.document.forms import forms
from derive.document.layout import DisplayLine, displays, gaps, height
from derive.document.model import Chain, Chains
from derive.document.text import comment, tex_formula, tex_sentence, tex_text
from derive.document.values import step_title
from derive.document.vectors import chains_at
from derive.document.width import SIZES, width
from derive.figures.parts import Part, part, whole
from derive.figures.tikz import tikz
from derive.files import environment
from derive.notation.page import Page
from derive.run.data import Run

FOLDER = "frames"
DECKS = "slides.tex", "handout.tex"
NAMES = re.compile(r"(step_\d+|slides|handout)\.tex")
MOST = 4  # chains on a slide
TYPES = ("small", "footnotesize", "scriptsize")  # that are tried, the last one where the others are too large
_SIDE, _GAP, _BETWEEN = 0.42, 10.0, 6.0  # of the width, what a diagram may take; pt beside it, and between chains
_HALF, _LEAST = 5.0, 3.5  # of the space between the columns of an array, in pt of type at 10 pt, and what it may be
_ROOM = 36.0  # pt of a slide that ``displays`` leaves free for a heading


class Uncovered(NamedTuple):
    """What is uncovered at once: the chain of an equation, or a part of a long one. height: in pt. is_last: whether the
    chain ends here. is_whole: whether it is all of it.
    """

    name: str
    lines: tuple[DisplayLine, ...]
    height: float
    is_last: bool = True
    is_whole: bool = True


@dataclass(frozen=True)
class Slides:
    """The slides of a run in one size of type."""

    run: Run
    page: Page
    size: str
    _parts: dict[tuple[str, ...], Part | None] = field(default_factory=dict, init=False)

    # ------------------------------------------------------------------ places

    @cached_property
    def foot(self) -> Foot:
        return Foot(self.run, self.page)

    @cached_property
    def body(self) -> float:
        """The height of what stands above the foot, in pt."""
        return self.page.height - self.foot.height

    @cached_property
    def diagram(self) -> Part | None:
        """That of the whole cell, where it leaves room for the chains beside it."""
        found = whole(self.run.cell, _SIDE * self.page.width, self.run.notation)
        return found if found and self._is_beside(found) else None

    def _is_beside(self, found: Part) -> bool:
        return found.drawing.width <= _SIDE * self.page.width and found.drawing.height <= self.body

    @cached_property
    def column(self) -> float:
        """The width of the chains, in pt."""
        side = self.diagram.drawing.width if self.diagram else _SIDE * self.page.width
        return self.page.width - side - _GAP

    @cached_property
    def scale(self) -> float:
        return SIZES[self.size] * self.page.scale

    @property
    def lengths(self) -> dict[str, str]:
        """For the template, in pt: chains have what the widest diagram leaves of the width."""
        names = (tuple(p.name for p in slide) for slides in self.slides.values() for slide in slides)
        shown = [self.diagram] if self.diagram else [self._part(slide) for slide in names]
        side = max((found.drawing.width for found in shown if found), default=0.0)
        column = self.page.width - side - _GAP
        found = {"body": self.body, "column": column, "side": side, "between": _BETWEEN, "gap": self._gap(column)}
        return {name: f"{length:.1f}" for name, length in found.items()}

    def _gap(self, column: float) -> float:
        """Half the space between the columns of an array, in pt: less where a line has no room else."""
        room = column / self.scale - width(self.widest)
        lines = (line.latex.partition("&")[2] for pieces in self.pieces.values() for p in pieces for line in p.lines)
        spaces = ((width(line) - room, 2 * gaps(line)) for line in lines)
        less = max((too_long / count for too_long, count in spaces if count), default=0.0)
        return min(_HALF, max(_LEAST, _HALF - less)) * self.scale

    # ------------------------------------------------------------------ chains

    @cached_property
    def chains(self) -> dict[int, list[tuple[str, Chain]]]:
        """Those of each step that is shown, each with the name of its equation."""
        run = self.run
        names = [e.lhs.name for e in run.cell.equations if e.lhs.name in run.shown.rows]
        if max(run.units.values()) > 1:
            return {t: list(chains_at(run, t)) for t in run.shown.steps}
        found = {}
        for t in run.shown.steps:
            shown = (s for s in run.steps().at(t) if s.quantity in names)
            steps = (s.without_zero_terms() if run.shown.omit_zero_terms else s for s in shown)
            found[t] = [(s.quantity, Chain(s.left, s.bordered)) for s in steps]
        return found

    @cached_property
    def widest(self) -> str:
        """The left side that takes most room."""
        return max((chain.left for chains in self.chains.values() for _, chain in chains), key=width)

    @cached_property
    def pieces(self) -> dict[int, list[Uncovered]]:
        return {
            t: [p for name, chain in chains for p in self._pieces(name, chain)] for t, chains in self.chains.items()
        }

    def _pieces(self, name: str, chain: Chain) -> Iterator[Uncovered]:
        beside = (width(self.widest) - width(chain.left)) * self.scale
        page = Page(self.column - beside, self.body - _BETWEEN + _ROOM, 10.0 * self.scale, "beamer")
        found = [(form, displays(Chains((form,)), page)) for form in forms(chain, page.display)]
        form, cut = next(((form, cut) for form, cut in found if len(cut) == 1), found[0])
        for k, lines in enumerate(cut, 1):
            is_whole = len(cut) == 1 and len(form.parts) == len(chain.parts)
            yield Uncovered(name, tuple(lines), height(lines) * self.scale + _BETWEEN, k == len(cut), is_whole)

    @property
    def cut(self) -> int:
        """How much is not whole on one slide."""
        return sum(not piece.is_whole for pieces in self.pieces.values() for piece in pieces)

    # ------------------------------------------------------------------ slides

    @cached_property
    def slides(self) -> dict[int, list[list[Uncovered]]]:
        """The pieces of each step on slides, the same equations on each step's where they have as many pieces."""
        names = {t: tuple(p.name for p in pieces) for t, pieces in self.pieces.items()}
        found = {}
        for t, pieces in self.pieces.items():
            alike = [self.pieces[u] for u in names if names[u] == names[t]]
            heights = [max(p.height for p in same) for same in zip(*alike, strict=True)]
            found[t] = [pieces[a:b] for a, b in packed(heights, partial(self._have_room, names[t], heights))]
        return found

    def _have_room(self, names: tuple[str, ...], heights: Sequence[float], start: int, end: int) -> bool:
        """Whether these pieces have room on a slide, and so has the part of the diagram that their equations are."""
        part_fits = self.diagram is not None or self._part(names[start:end]) is not None
        return sum(heights[start:end]) <= self.body and part_fits

    def _part(self, names: tuple[str, ...]) -> Part | None:
        if names not in self._parts:
            found = part(self.run.cell, names, _SIDE * self.page.width, self.run.notation)
            self._parts[names] = found if found and self._is_beside(found) else None
        return self._parts[names]

    def frames(self, t: int) -> Iterator[dict[str, Any]]:
        """What the template needs for each slide of a step."""
        done: set[str] = set()
        for pieces in self.slides[t]:
            names = tuple(p.name for p in pieces)
            shown = self.diagram or self._part(names)
            new = {p.name: k for k, p in enumerate(pieces, 1) if p.is_last}
            yield {
                "diagram": tikz(shown.drawing, [shown.shapes.get(name, ()) for name in names]) if shown else "",
                "chains": [{"overlay": f"<{k}->", "rows": self._rows(p)} for k, p in enumerate(pieces, 1)],
                "foot": self.foot.table(t, new, done),
            }
            done |= set(new)

    def _rows(self, piece: Uncovered) -> list[str]:
        """The lines of a piece, the left side flush right where that of all chains is."""
        first, *others = (tex_formula(line.latex) for line in piece.lines)
        left, _, rest = first.partition("&")
        return [rf"\hphantom{{{tex_formula(self.widest)}}}\llap{{${left.strip()}$}} &{rest}", *others]


def packed(heights: Sequence[float], fits: Callable[[int, int], bool]) -> list[tuple[int, int]]:
    """Pieces of these heights on as few slides as hold them, at most ``MOST`` on each, none fuller than needed.

    fits: whether the pieces from one number to another have room together; one alone has.
    """
    best: list[tuple[int, float, list[tuple[int, int]]]] = [(0, 0.0, [])]
    for end in range(1, len(heights) + 1):
        ways = []
        for start in range(max(0, end - MOST), end):
            if start == end - 1 or fits(start, end):
                count, fullest, cuts = best[start]
                ways.append((count + 1, max(fullest, sum(heights[start:end])), [*cuts, (start, end)]))
        best.append(min(ways))
    return best[-1][2]


def files(run: Run, page: Page, command: str) -> dict[str, str]:
    """The files of the folder ``frames``: a step each, slides.tex, which shows them, and handout.tex, for paper.

    command: what made them.
    """
    found = chosen(run, page)
    shared = {"command": command, "page": page, "steps": run.shown.steps, "is_cut": found.cut > 0}
    written = {}
    for t in run.shown.steps:
        title = {"what": comment(f"{run.title}: {run.t} = {t}"), "title": tex_sentence(step_title(run, t))}
        step = {**shared, **title, **found.lengths, "size": found.size, "frames": list(found.frames(t))}
        written[f"{FOLDER}/step_{t}.tex"] = environment("tex").get_template("step.tex").render(step)
    subtitle = tex_text(run.subtitle) if run.subtitle != run.title else ""
    deck = {**shared, "what": comment(f"{run.title}: slides"), "title": tex_text(run.title), "subtitle": subtitle}
    for name, template in zip(DECKS, ("deck.tex", "handout.tex"), strict=True):
        written[f"{FOLDER}/{name}"] = environment("tex").get_template(template).render(deck)
    return written


def chosen(run: Run, page: Page) -> Slides:
    """The slides in the size of type in which there are fewest; in the smallest only where others leave chains cut."""
    *larger, smallest = (Slides(run, page, size) for size in TYPES)
    best = min(larger, key=lambda s: (s.cut, sum(map(len, s.slides.values()))))
    return smallest if smallest.cut < best.cut else best
