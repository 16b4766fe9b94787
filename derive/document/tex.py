"""A document as LaTeX: a fragment a section, to be \\input, and an article, book or slides that show them all."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from derive.document.forms import with_arrays_that_fit
from derive.document.grid import lay, sentence_width
from derive.document.layout import displays, height
from derive.document.model import Block, Chains, Note, Section, Table
from derive.document.text import comment, tex_formula, tex_sentence, tex_text
from derive.document.width import SIZES
from derive.errors import RunError
from derive.files import environment
from derive.notation.page import Page
from derive.notation.words import spoken, words
from derive.run.data import Run

_ENDLESS = 1e6  # pt: the height of what breaks between pages
_MOST_NOTES = 0.25  # of a page: notes that take more stand after the float
_LINE, _AROUND, _BETWEEN = 12.0, 22.0, 3.0  # pt at 10 pt: a line of text, the space around a display, after a paragraph


class Around(NamedTuple):
    """What stands around a table: the kind, "float" or "longtable", its caption and its label."""

    kind: str
    caption: str
    label: str


class Piece(NamedTuple):
    """What stands in one piece on a page: a note, a display, a tabular, a footnote to it; how high it is, in pt."""

    kind: str
    content: Mapping[str, Any]
    height: float


def fragment(section: Section, run: Run, page: Page, kind: str = "tabular") -> str:
    """The text of one fragment, under a comment that says how it was made; for slides, whole frames.

    kind: of tables, as in ``Run.tables``. Raises RunError for one that the page cannot have.
    """
    if kind == "longtable" and (page.is_slide or page.columns > 1):
        raise RunError("tables is 'longtable', which LaTeX has neither on slides nor in two columns; choose 'float'")
    places = "place" if run.decimals == 1 else "places"
    rounded = f"computed exactly or in ball arithmetic, rounded half to even to {run.decimals} decimal {places}"
    pieces = list[Piece]()
    for block in section.blocks:
        above = pieces[-1].height if page.is_slide and pieces and pieces[-1].kind == "note" else 0.0
        pieces += _pieces(block, page, _around(block, section, run, kind), above)
    return (
        environment("tex")
        .get_template("slides.tex" if page.is_slide else "fragment.tex")
        .render(
            what=comment(section.what),
            command=command(run),
            packages=_packages(section, kind),
            numbers="as given" if section.name == "weights" else rounded,
            frames=_frames(pieces, page) if page.is_slide else [pieces],
            breaks=section.has_chains,
            title=section.title,
            continued=words(run.language)["continued"],
        )
    )


def _packages(section: Section, kind: str) -> list[str]:
    own = ["longtable"] if kind == "longtable" else []
    return ["booktabs", *own, "amsmath"] if section.tables else ["amsmath"]


def _around(block: Block, section: Section, run: Run, kind: str) -> Around | None:
    """What stands around a table; None where that is nothing."""
    if kind == "tabular" or not isinstance(block, Table):
        return None
    caption = block.caption or section.caption or section.title
    return Around(kind, tex_text(caption), f"tab:{run.label}-{block.name}")


def _frames(pieces: Sequence[Piece], page: Page) -> list[list[Piece]]:
    """The pieces on as few slides as hold them in their order."""
    frames: list[list[Piece]] = [[]]
    for piece in pieces:
        if frames[-1] and sum(p.height for p in frames[-1]) + piece.height > page.height:
            frames.append([])
        frames[-1].append(piece)
    return frames


def command(run: Run) -> str:
    """What made the files of a run, as typed; an absolute path is no part of it."""
    if run.path is None:
        return "derive tables"
    return comment(f"derive tables {run.path.name if run.path.is_absolute() else run.path.as_posix()}")


def _pieces(block: Block, page: Page, around: Around | None, above: float) -> Iterator[Piece]:
    """A block in pieces. above: the height of the note before it, which is not to stand alone."""
    if isinstance(block, Note):
        text = tex_sentence(block.content)
        yield Piece("note", {"text": text}, _paragraph(text, page, 1.0))
    elif isinstance(block, Chains):
        title = tex_sentence(block.title)
        fitting = with_arrays_that_fit(block, page)
        for k, lines in enumerate(displays(fitting, page, above / page.scale)):
            shown = [line._replace(latex=tex_formula(line.latex)) for line in lines]
            space = (_AROUND + _LINE * bool(title)) * page.scale
            yield Piece(
                "display", {"title": title, "lines": shown, "goes_on": k > 0}, height(lines) * page.scale + space
            )
        if fitting != block:
            text = tex_text(spoken()["wide arrays"])
            yield Piece("note", {"text": text}, _paragraph(text, page, 1.0))
    elif isinstance(block, Table):  # a figure has a file of its own, which a preview shows
        yield from _tabular(block, page) if around is None else _captioned(block, page, around)


def _tabular(table: Table, page: Page) -> Iterator[Piece]:
    notes = [(note, _paragraph(note, page, SIZES["footnotesize"])) for note in map(tex_sentence, table.notes)]
    laid_out = lay(table, page, sum(tall for _, tall in notes) if page.is_slide else 0.0)
    caption = tex_text(table.caption)
    for k, block in enumerate(laid_out["blocks"]):  # type: ignore[arg-type, var-annotated]
        space = (_AROUND + _LINE * bool(caption or k)) * page.scale
        goes_on = k > 0 and bool(caption or not page.is_slide)  # which the title of a slide says
        content = {**laid_out, "block": block, "caption": caption, "goes_on": goes_on}
        yield Piece("tabular", content, block["height"] + space)
    for k, (note, tall) in enumerate(notes):
        yield Piece("footnote", {"text": note, "first": k == 0}, tall)


def _captioned(table: Table, page: Page, around: Around) -> Iterator[Piece]:
    """A table with a caption and a label, in floats or in such as break between pages; all of them have one number."""
    notes = list(map(tex_sentence, table.notes))
    heights = [_paragraph(note, page, SIZES["footnotesize"]) for note in notes]
    caption, below = _paragraph(around.caption, page, 1.0), sum(heights)
    outside = below > _MOST_NOTES * page.height
    room = page.height - caption - (0.0 if outside else below)
    after = below if outside and page.is_slide else 0.0
    laid_out = lay(table, replace(page, height=_ENDLESS if around.kind == "longtable" else room), after)
    blocks: Any = laid_out["blocks"]
    for k, block in enumerate(blocks):
        within = notes if k == len(blocks) - 1 and not outside else []
        content = {**laid_out, **around._asdict(), "block": block, "goes_on": k > 0, "notes": within}
        height = block["height"] + caption + _AROUND * page.scale + (below if within else 0.0)
        yield Piece(around.kind, content, height)
    if outside:
        for k, (note, height) in enumerate(zip(notes, heights, strict=True)):
            yield Piece("footnote", {"text": note, "first": k == 0}, height)


def _paragraph(text: str, page: Page, size: float) -> float:
    """How high a paragraph is."""
    return (math.ceil(sentence_width(text) * size / page.line) * size * _LINE + _BETWEEN) * page.scale


def tabulars(tables: Iterable[Table], page: Page) -> str:
    """Tables without a comment on top."""
    template = environment("tex").get_template("tabular.tex")
    return "\n".join(
        template.render(content={**piece.content, "goes_on": False})
        for table in tables
        for piece in _tabular(replace(table, caption="", notes=()), page)
    )


def preview(run: Run, sections: Sequence[Section], files: dict[str, str], page: Page, kind: str) -> str:
    """A document of that page that shows the fragments, each table under its caption."""
    word = words(run.language)
    shown = [
        {
            "name": section.name,
            "title": section.title,
            "caption": tex_text(section.caption) if kind == "tabular" else "",
            "figures": [{"name": f.name, "caption": tex_text(f.caption)} for f in section.figures],
            "whole": (whole := files[f"{section.name}.tex"].count(r"\begin{tabular}") == 1),
            "label": f"tab:{run.label}-{section.name}",
            "new_page": section.name == "backward"
            or (bool(section.caption) and not whole and kind == "tabular")
            or (kind == "float" and bool(before and before.tables)),  # its floats come before the next heading
        }
        for before, section in zip([None, *sections], sections, strict=False)
    ]
    return (
        environment("tex")
        .get_template("preview.tex")
        .render(
            what=comment(f"{run.title}: all fragments"),
            command=command(run),
            title=tex_text(run.title),
            subtitle=tex_text(run.subtitle) if run.subtitle != run.title else "",
            sections=shown,
            table=word["table"],
            figure=word["figure"],
            page=page,
            packages=["longtable"] if kind == "longtable" else [],
        )
    )
