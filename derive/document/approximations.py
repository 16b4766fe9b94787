"""The approximations that a run claims: their errors, derived; the arguments that occur; what they do to the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from markupsafe import Markup, escape

from derive.approximation.claim import Claim
from derive.claims.certify import Certificate, Verdict
from derive.claims.propagate import Group, Propagation
from derive.document import tex
from derive.document.grid import Grid
from derive.document.layout import aligned_chains
from derive.document.page import Page
from derive.document.rows import name_at
from derive.document.spelling import Tex, Text, error
from derive.exact.numeral import Numeral
from derive.exact.value import Value
from derive.notation.words import plural, words
from derive.run.data import Run
from derive.run.step import Place

DIGITS = 5  # significant digits of a bound


@dataclass(frozen=True)
class ArgumentRow:
    """A row of a table: its head as text with formulas between dollars, its numbers, which of them are not covered."""

    head: str
    numbers: tuple[Numeral, ...]
    uncovered: tuple[bool, ...] = ()

    def latex(self) -> list[str]:
        return [
            self.head,
            *(f"${tex.tight(text)}$" for text in self._marked(Numeral.latex, r"\underline{{{}}}".format)),
        ]

    def html(self) -> list[Markup]:
        return [Markup(text) for text in self._marked(lambda n: escape(n.unicode()), "<u>{}</u>".format)]

    def _marked(self, write: Callable[[Numeral], str], mark: Callable[[str], str]) -> Iterator[str]:
        for k, number in enumerate(self.numbers):
            yield mark(write(number)) if self.uncovered and self.uncovered[k] else write(number)


def fragment(run: Run, page: Page) -> str:
    """The fragment ``approximation.tex``: every derivation, the arguments, the differences."""
    word = words(run.language)
    certificates = run.certificates
    occurring = _grid(run, [arguments(run, certificates)])
    tables = [tex.laid_out(occurring, page, notes(Tex(run)), word["arguments caption"])]
    if propagated := propagation(run):
        tables.append(tex.laid_out(_grid(run, propagated), page, [word["propagation"]], word["propagation caption"]))
    return tex.fragment(
        "approximation.tex",
        run,
        f"{run.title}: what the claimed approximations cost",
        (tex.AMSMATH, tex.BOOKTABS),
        derivations=derivations(run, page),
        tables=tables,
    )


def _grid(run: Run, groups: list[list[ArgumentRow]]) -> Grid:
    return Grid(
        tex.head(run), [[line.latex() for line in group] for group in groups], "r" * len(run.columns), tex.stretch(run)
    )


def derivations(run: Run, page: Page) -> list[list[str]]:
    """The rows of the derivations of the claims' errors: one derivation for each, but one for all claims at points."""
    claims = [c.claim for c in run.certificates]
    points = [row for claim in claims if claim.is_point for row in _derivation(claim, run.language, page)]
    return [_derivation(c, run.language, page) for c in claims if not c.is_point] + ([points] if points else [])


def _derivation(claim: Claim, language: str, page: Page) -> list[str]:
    """What follows from one left side stands on one line where there is room."""
    chains: list[tuple[str, list[tuple[str, str]]]] = []
    for line in claim.approximation.latex(language).splitlines()[1:-1]:
        left, _, right = line.removesuffix(" \\\\").partition("&")
        relation, _, formula = right.partition(" ")
        if left.strip():
            chains.append((left.strip(), []))
        chains[-1][1].append((relation, formula))
    return aligned_chains(chains, page)


# ---------------------------------------------------------------------- the arguments


def arguments(run: Run, certificates: tuple[Certificate, ...]) -> list[ArgumentRow]:
    """A line for each activation that a claim is about, with its arguments; those that no claim covers are marked."""
    claimed = {c.claim.exact for c in certificates}
    covered = {o.label for c in certificates for o in c.obligations if o.verdict is Verdict.PROVED}
    rows: dict[tuple[str, int, int], list[tuple[Place, Value]]] = {}
    for step in run.steps():
        for place, argument in step.arguments:
            if place.function in claimed:
                rows.setdefault((place.quantity, place.unit, place.k), []).append((place, argument))
    return [
        ArgumentRow(
            _where(run, row[0][0]),
            tuple(argument.shown(run.decimals) for _, argument in row),
            tuple(place not in covered for place, _ in row),
        )
        for row in rows.values()
    ]


def _where(run: Run, place: Place) -> str:
    name = name_at(run, place.quantity, place.unit, place.units, run.t)
    return words(run.language)["in"].format(function=f"${place.function.latex_name}$", place=f"${name}$")


def notes(spelling: Text) -> list[str]:
    """One sentence for each claim: what it costs where it holds, and what where it does not."""
    return [text for c in spelling.run.certificates for text in (_sentence(spelling, c), *kept(spelling, c.claim))]


def kept(spelling: Text, claim: Claim) -> Iterator[str]:
    """A sentence for each thing that a claim says of its replacement: that it is so, or where it is not."""
    word = words(spelling.run.language)
    for keep, found in claim.properties:
        what = word["falls nowhere" if keep.rises else "rises nowhere"]
        if keep.bounds is not None:
            what = word["stays within"].format(interval=spelling.interval(*map(str, keep.bounds)))
        at = "" if found.at is None else spelling.number(Value.of(found.at).significant(DIGITS))
        yield word[found.verdict].format(claim=spelling.claim(claim), what=what, at=at)


def _sentence(spelling: Text, certificate: Certificate) -> str:
    language, claim = spelling.run.language, certificate.claim
    bound = spelling.number(claim.approximation.bound.rounded_up(DIGITS))
    text = words(language)["error bound"].format(claim=spelling.claim(claim), bound=bound)
    many, few = len(certificate.obligations), len(certificate.violated)
    if not many:
        return f"{text}; {words(language)['not needed']}."
    if not few:
        return f"{text}; {plural(language, 'holds', many)}."
    actual = spelling.number(certificate.actual.bound.rounded_up(DIGITS))
    interval = spelling.interval(*(Value.of(e).latex(4) for e in certificate.range))
    return f"{text}; {plural(language, 'outside', few, many=many, interval=interval, actual=actual)}."


# ---------------------------------------------------------------------- what they do to the run


def propagation(run: Run) -> list[list[ArgumentRow]]:
    """For each state the difference that all replacements make, and the parts that are not zero throughout."""
    found = run.propagate()
    if not found.groups:
        return []
    return [_differences(run, found, state, unit) for state, unit in found.differences]


def _differences(run: Run, found: Propagation, state: str, unit: int) -> list[ArgumentRow]:
    differences, parts = found.differences[state, unit], found.parts[state, unit]
    units = run.units[state]
    name = rf"$\delta {name_at(run, state, unit, units, run.t)}$"
    lines = [ArgumentRow(name, tuple(error(d.delta) for d in differences))]
    for function in dict.fromkeys(g.function for g in found.groups):
        groups = [g for g in found.groups if g.function is function and any(p[g].rational != 0 for p in parts)]
        plain = [g for g in groups if g.quantity]
        if len(plain) > 1:
            total = [sum((p[g] for g in plain), Value.of(0)) for p in parts]
            lines.append(ArgumentRow(rf"\quad ${function.latex_name}$", tuple(error(v) for v in total)))
        for g in groups:
            lines.append(ArgumentRow(_part(run, g, len(plain) > 1), tuple(error(p[g]) for p in parts)))
    return lines


def _part(run: Run, group: Group, below: bool) -> str:
    word, function = words(run.language), f"${group.function.latex_name}$"
    if not group.quantity:
        return rf"\quad {word['saturated'].format(function=function)}"
    place = f"${name_at(run, group.quantity, 1, 1, run.t)}$"
    return (r"\qquad " if below else r"\quad ") + word["in"].format(function=function, place=place)
