"""The sections of every run: the equations, every value, every step; and the sentences that several tables need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from derive.claims.beyond import beyond_in
from derive.document.model import Block, Cell, Chain, Chains, Formula, Note, Row, Section, Sentence, Table, listed, said
from derive.document.rows import (
    BELOW,
    Series,
    align_over_time,
    columns_of,
    is_shown,
    left_out,
    name_at,
    over_time,
    series_of,
    times,
    whole_at,
)  # fmt: skip
from derive.document.spelling import Spelling
from derive.exact.numeral import Numeral, as_written
from derive.exact.value import Value
from derive.notation.words import words
from derive.run.data import Run
from derive.run.number import given
from derive.run.step import Step


def equations(run: Run) -> Section:
    """The cell's equations."""
    latex = run.notation.latex
    chains = tuple(Chain(latex(e.lhs), (("=", latex(e.rhs)),)) for e in run.cell.equations)
    return _section(
        run, "equations", f"{run.cell.title}: the equations", Chains(chains), *map(Note, about_matrices(run))
    )


def about_matrices(run: Run) -> Iterator[Sentence]:
    """``W_i = [W_hi, W_xi]`` of each matrix that the notation makes of several; which are block-diagonal."""
    name = run.notation.symbol_latex
    matrices = [[t.weight.name for t in s.affine_terms] for s in run.cell.statements]
    whole = {run.notation.joined_matrices(parts): ", ".join(map(name, parts)) for parts in matrices}
    whole.pop("", None)
    if whole:
        yield said(run.language, "blocks", blocks=listed(Formula(f"{one} = [{parts}]") for one, parts in whole.items()))
    if diagonal := [Formula(name(p.name)) for p in run.cell.parameters if p.heads]:
        yield said(run.language, "block-diagonal", weights=listed(diagonal))


def values(run: Run) -> Section:
    """Every quantity at every time step."""
    caption = str(run.caption or run.title)
    return _section(run, "values", f"{run.title}: every value", values_table(run), caption=caption)


def values_table(run: Run) -> Table:
    """The table of the values."""
    return series_table("values", run, series_of(run), value_notes(run), tall=has_indices(run))


def series_table(
    name: str, run: Run, series: Iterable[Iterable[Series]], notes: tuple[Sentence, ...] = (), tall: bool = True
) -> Table:
    """Series as a table with a column for each time step."""
    groups = tuple(rows_shown(run, [(s, s.cells) for s in group]) for group in series)
    return Table(name, times(run), tuple(filter(None, groups)), align_over_time(run, "r"), notes=notes, tall=tall)


def rows_shown(run: Run, group: Iterable[tuple[Series, Sequence[Cell]]]) -> tuple[Row, ...]:
    """The rows of a group that are shown, and a row of dots where others are left out."""
    every = list(group)
    kept = [(s, cells) for s, cells in every if is_shown(run, s.quantity, s.unit, s.label)]
    rows = tuple(Row(s.name, s.head, over_time(run, cells), s.formula) for s, cells in kept)
    return (*rows, left_out(len(columns_of(run)))) if len(kept) < len(every) else rows


def has_indices(run: Run) -> bool:
    """Whether there are several units or components, so that names have an index above."""
    return max(run.input_size, *run.units.values()) > 1


def derivation(run: Run) -> Section:
    """Every step of every time step: symbolic, substituted, value."""
    parts = steps_shown(run, columns_of(run), run.steps().at)
    return _section(run, "derivation", f"{run.title}: every step", *map(Note, selection(run)), *parts)


def steps_shown(run: Run, times: Iterable[int | None], at: Callable[[int], Iterable[Step]]) -> Iterator[Chains | Note]:
    """The steps of the time steps that are shown, with dots where others are left out."""
    for t in times:
        yield Note((BELOW,)) if t is None else step_part(run, t, (s for s in at(t) if _is_shown(run, s)))


def _is_shown(run: Run, step: Step) -> bool:
    """Whether a step is shown; of an input's cotangents those of few components in a run that chooses for itself."""
    name = step.notation.quantity(step.quantity).name
    if name in run.sequences and run.show is None and len(run.shown.units) < max(run.units.values()):
        return step.unit in run.shown.units
    return is_shown(run, name, step.unit, step.label)


def step_part(run: Run, t: int, steps: Iterable[Step]) -> Chains:
    """A time step's steps under its title."""
    shown = (s.without_zero_terms() if run.shown.omit_zero_terms else s for s in steps)
    return Chains(tuple(Chain(s.left, s.bordered) for s in shown), step_title(run, t))


def step_title(run: Run, t: int) -> Sentence:
    """``t = 1``, and the name of the time step where it has one."""
    name = run.columns[t - 1] if t else "0"
    return (Formula(f"{run.t} = {t}"), *(() if name == str(t) else (" (", name, ")")))


def _section(run: Run, name: str, what: str, *blocks: Block, caption: str = "") -> Section:
    return Section(name, words(run.language)[name], what, blocks, caption=caption)


# ---------------------------------------------------------------------- under the tables


def value_notes(run: Run) -> tuple[Sentence, ...]:
    """What stands under a table of values."""
    shown = [n for group in series_of(run) for s in group if s.steps for n in s.numbers]
    first = (*said(run.language, "initial state", states=initial_state(run)), " ", *rounding(run, shown), *_given(run))
    beyond = map(Spelling(run).beyond, beyond_in(run))
    return (first, *beyond, *index_note(run), *selection(run), *refusals(run))


CHOSEN = {"steps": "chosen steps", "units": "chosen units", "rows": "chosen rows"}


def selection(run: Run) -> Iterator[Sentence]:
    """What of the run is shown, where it is not all."""
    shown, language = run.shown, run.language
    many = {"steps": len(run.x), "units": max(run.units.values()), "rows": len(run.units)}
    chosen = {key: getattr(shown, key) for key, n in many.items() if len(getattr(shown, key)) < n}
    if chosen:
        parts = [said(language, CHOSEN[key], few=", ".join(map(str, few)), many=str(many[key]))
                 for key, few in chosen.items()]  # fmt: skip
        yield said(language, "chosen", parts=listed(parts, words(language)["separator"]))
    if shown.omit_zero_terms:
        yield said(language, "zero terms")


def _given(run: Run) -> Sentence:
    """What is said of the inputs; nothing where one is a fraction, which no decimal is."""
    numbers = (number for rows in run.sequences.values() for row in rows for number in row)
    return (" ", words(run.language)["as given"]) if all(map(as_written, numbers)) else ()


def index_note(run: Run) -> Iterator[Sentence]:
    """How units and components are told from time steps, where there are several."""
    many = [(q, n) for q, n in ((run.cell.input.name, run.input_size), *run.units.items()) if n > 1]
    if many:
        name, _ = many[0]
        key = "indices, raised" if run.notation.style.raised else "indices"
        yield said(run.language, key, name=Formula(name_at(run, name, 2, "3")))
    for mark, key in ((",", "indices, matrix"), (";", "indices, head")):
        found = (name for name, n in many if mark in run.unit_label(name, n))
        for name in islice(found, 1):
            yield said(run.language, key, name=Formula(name_at(run, name, 2, "3")))


def refusals(run: Run) -> Iterator[Sentence]:
    """A sentence for each control word of the run's own texts that was not let through."""
    for key, text in run.texts.items():
        for word in text.refused:
            yield said(run.language, "not let through", key=key, word=word)


def rounding(run: Run, numbers: Iterable[Numeral]) -> Sentence:
    """The sentence that says how the numbers are rounded."""
    decimals = said(run.language, "decimals", run.decimals)
    few = any(n.exponent < -run.decimals for n in numbers)
    if not few:
        return said(run.language, "rounding", decimals=decimals)
    return said(run.language, "rounding, few", decimals=decimals, fewest=str(run.significant))


def initial_state(run: Run) -> Sentence:
    """``h_0 = 0, c_0 = 0``, unit by unit where not all are 0."""
    parts = []
    for state, numbers in run.initial.items():
        if len(numbers) > 1 and not any(numbers):
            parts.append(Formula(f"{whole_at(run, state, '0')} = 0"))
            continue
        for k, number in enumerate(numbers, 1):
            numeral = given(Value.of(number), run.decimals)
            sign = "=" if numeral.rational == number else r"\approx"
            name = name_at(run, state, k, "0")
            parts.append(Formula(f"{name} {sign} {{{numeral.latex()}}}"))
    return listed(parts)
