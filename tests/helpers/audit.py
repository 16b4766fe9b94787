"""Do the docstrings of recurrent cells say what the cells compute? ``make audit`` reads those of torchrecurrent,
``torch.nn`` and Keras, compares them with the code, and writes what was found to docs/audit.md.

What a docstring leaves open is in ``HINTS`` of ``audited``, each with its reason, and stands in the report.
"""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from audited import KERAS, Finding, findings

from derive.comparison.by_formulas.terms import parts_of
from derive.comparison.by_numbers.numbers import held_together
from derive.comparison.found import Comparison
from derive.comparison.words import learned, numbers
from derive.comparison.words import text as words

OPENING = """\
# Docstring against code

Written by `make audit` with {versions}.

Each docstring's LaTeX is read by `derive.from_latex`, each class, built with its default arguments, by
`derive.from_torch`, and `derive.compare` holds the two together. Equal is equal up to names, stacking, signs that
weights absorb, sums of biases, and whether a number is learned. A difference is shown with the first equation in which
it is, with what says that no other assignment of the weights makes them equal, and with one step in float64 after
which the results differ; weights in the same places are equal there. Which of the two is meant is not said here.

Of the {all} cells of torchrecurrent, {equal} docstrings are equal to the code, {different} are different,
{undecided} are not decided and {unread} are not read. Of the equal ones, {summed} add other biases than the code.
"""
OF_KERAS = "Keras's docstrings display no formulas; cells of this package's catalogue stand in their place.\n"
OF_ONE_BIAS = "with the first of them for the first alone"
OF_BIASES = """
## Biases that only one of the two adds

The docstring has one bias where the code adds two, or two where it adds one. What is added may be the same; with the
first bias of each the same and other numbers for what is added to it, the results differ:"""


def report(found: list[Finding]) -> str:
    """The report, as Markdown."""
    versions = ", ".join(f"{p} {metadata.version(p).split('+')[0]}" for p in ("torchrecurrent", "torch", "keras"))
    of = {library: [f for f in found if f.library == library] for library in ("torchrecurrent", "torch.nn", "keras")}
    counts = Counter(f.outcome for f in of["torchrecurrent"])
    lines = [
        OPENING.format(
            versions=versions, all=counts.total(), equal=counts["equal"], different=counts["different"],
            undecided=counts["not decided"], unread=counts["not read"],
            summed=", ".join(f.name for f in of["torchrecurrent"] if f.more),
        )
    ]  # fmt: skip
    for library, cells in of.items():
        lines += [f"## {library}", ""] + [OF_KERAS] * (library == "keras")
        lines += ["| cell | docstring and code | |", "| --- | --- | --- |", *map(_row, cells), ""]
    lines += ["## Differences"]
    for f in found:
        if f.outcome in ("different", "not decided"):
            lines += ["", f"### {f.name}", "", *_shown(f)]
    lines += [OF_BIASES]
    for f in of["torchrecurrent"]:
        if f.more:
            lines += ["", f"### {f.name}", "", *_biases(f)]
    return "\n".join(lines) + "\n"


def _row(f: Finding) -> str:
    c = f.comparison
    if c is None:
        return f"| {f.name} | not read | {'; '.join(f.refused)} |"
    notes = [f.hint.why] if f.hint.why else []
    if f.outcome in ("different", "not decided"):
        notes.append(f"first in `{c.different[0]}`")
        notes += [f"{f.hint.of_then}: {f.then.words}"] if f.then is not None else []
        return f"| {f.name} | **{f.outcome}** | {'; '.join(notes)} |"
    if f.library == "keras":
        return f"| {f.name} | equal | to `{KERAS[f.name]}` |"
    notes += [f"its `{a}` is `{b}` of the code" for a, b in f.more]
    notes += [line.strip() for line in learned(c) + numbers(c)]
    return f"| {f.name} | equal | {'; '.join(notes)} |"


def _shown(f: Finding) -> Iterator[str]:
    if f.hint.why:
        yield from (f"{f.hint.why[:1].upper()}{f.hint.why[1:]}:", "")
    yield from _fenced(f.comparison)
    if f.then is not None:
        yield from ("", f"{f.hint.of_then[:1].upper()}{f.hint.of_then[1:]} they are {f.then.words}.")
        if not f.then.comparison:
            yield from ("", *_fenced(f.then.comparison))


def _numbers(comparison: Comparison) -> Iterator[str]:
    """The weights of the step, folded away."""
    yield from ("", "<details><summary>weights</summary>", "", "```text")
    trial = comparison.trial
    for cell, weights, constants in zip(
        (comparison.first, comparison.second), trial.weights, trial.constants, strict=True
    ):
        yield cell.name
        for name, values in {**weights, **constants}.items():
            yield f"  {name} = {np.round(values, 12).tolist()}"
    yield from ("```", "", "</details>")


def _biases(f: Finding) -> Iterator[str]:
    """One step with the same number for the first bias of each sum, and the others drawn."""
    c = f.comparison
    first = {pair: (parts_of(pair[0])[0][0], parts_of(pair[1])[0][0]) for pair in f.more}
    single = tuple((*first.get((a, b), (a, b)), r) for a, b, r in c.pairing.weights)
    trial = held_together(c.first, c.second, replace(c.pairing, weights=single))
    yield from _fenced(replace(c, pairing=None, trial=trial, different=_with_bias(f), why=OF_ONE_BIAS))


def _with_bias(f: Finding) -> tuple[str, str]:
    """The equations of the first bias that is a sum."""
    a, b = f.more[0]
    places = []
    for cell, name in ((f.comparison.first, parts_of(a)[0][0]), (f.comparison.second, parts_of(b)[0][0])):
        places.append(next(e.lhs.name for e in cell.equations if name in {s.name for s in e.rhs.free_symbols}))
    return places[0], places[1]


def _fenced(comparison: Any) -> Iterator[str]:
    yield "```text"
    yield from (line.removeprefix("  ") for line in words(comparison).splitlines()[1:])
    yield "```"
    yield from _numbers(comparison)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    Path(sys.argv[1]).write_text(report(list(findings())), encoding="utf-8")
