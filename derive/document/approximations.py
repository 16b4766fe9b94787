"""The approximations that a run claims: their errors, derived; the arguments that occur; what they do to the run."""

from __future__ import annotations

from collections.abc import Iterator

from derive.approximation.claim import Claim
from derive.claims.certify import Certificate, Obligation, Verdict
from derive.claims.propagate import Group, Propagation
from derive.document.model import Cell, Chain, Chains, Formula, Row, Section, Sentence, Stress, Table, listed, said
from derive.document.rows import align_over_time, is_shown, name_at, over_time, times, whole_at
from derive.document.spelling import Spelling, error, function_formula
from derive.document.values import has_indices
from derive.exact.value import Value
from derive.notation.words import words
from derive.run.data import Run
from derive.run.step import Place

DIGITS = 5  # significant digits of a bound


def section(run: Run) -> Section:
    """The section ``approximation``: every derivation, the arguments, a sentence for each claim, the differences."""
    word = words(run.language)
    blocks: list[Chains | Table] = [*derivations(run), _arguments_table(run)]
    if groups := propagation(run):
        notes = ((word["propagation"],), *moved(Spelling(run)))
        blocks.append(_table("propagation", run, groups, word["propagation caption"], notes))
    what = f"{run.title}: what the claimed approximations cost"
    return Section("approximation", word["approximation"], what, tuple(blocks))


def _table(name: str, run: Run, groups: list[list[Row]], caption: str, notes: tuple[Sentence, ...]) -> Table:
    rows = tuple(map(tuple, groups))
    return Table(name, times(run), rows, align_over_time(run, "r"), caption, notes, tall=has_indices(run))


# ---------------------------------------------------------------------- how large an error can be


def derivations(run: Run) -> list[Chains]:
    """The derivations of the claims' errors: each by itself, but those of all claims at points together."""
    claims = [c.claim for c in run.certificates]
    points = [chain for claim in claims if claim.is_point for chain in _derivation(claim, run.language)]
    found = [block for claim in claims if not claim.is_point for block in _blocks(_derivation(claim, run.language))]
    return [*found, Chains(tuple(points))] if points else found


def _blocks(chains: list[Chain]) -> list[Chains]:
    """The error, and what it is at most, of which the left sides are so wide that it is aligned by itself."""
    largest = [chain for chain in chains if chain.left.startswith(r"\sup")]
    others = [chain for chain in chains if chain not in largest]
    return [Chains(tuple(block)) for block in (others, largest) if block]


def _derivation(claim: Claim, language: str) -> list[Chain]:
    """What follows from one left side is one chain."""
    chains: list[tuple[str, list[tuple[str, str]]]] = []
    for left, relation, formula in claim.approximation.derivation(language):
        if left:
            chains.append((left, []))
        chains[-1][1].append((relation, formula))
    return [Chain(left, tuple(parts)) for left, parts in chains]


# ---------------------------------------------------------------------- the arguments


def _arguments_table(run: Run) -> Table:
    caption = words(run.language)["arguments caption"]
    return _table("arguments", run, [arguments(run, run.certificates)], caption, tuple(notes(Spelling(run))))


def arguments(run: Run, certificates: tuple[Certificate, ...]) -> list[Row]:
    """A row for each activation that a claim is about, with its arguments; those that no claim covers are marked."""
    claimed = {c.claim.exact for c in certificates}
    covered = {o.label for c in certificates for o in c.obligations if o.verdict is Verdict.PROVED}
    rows: dict[tuple[str, int, int], list[tuple[Place, Value]]] = {}
    for step in run.steps():
        for place, argument in step.arguments:
            if place.function in claimed:
                rows.setdefault((place.quantity, place.unit, place.k), []).append((place, argument))
    return [_argument_row(run, row, covered) for (q, unit, _), row in rows.items() if is_shown(run, q, unit)]


def _argument_row(run: Run, row: list[tuple[Place, Value]], covered: set[Place]) -> Row:
    place = row[0][0]
    cells = [
        Cell((argument.shown(run.decimals),), stress=Stress.NONE if p in covered else Stress.UNCOVERED)
        for p, argument in row
    ]
    return Row(argument_name(place), argument_head(run, place), over_time(run, cells))


def argument_name(place: Place) -> str:
    """``tanh in h_2``, at every step."""
    return f"{place.function.__name__} in {place.name}"


def argument_head(run: Run, place: Place) -> Sentence:
    """The same in print."""
    return _in(run, function_formula(place.function), whole_at(run, place.quantity, run.t, place.label))


def _in(run: Run, function: Formula, place: str) -> Sentence:
    return said(run.language, "in", function=function, place=Formula(place))


def notes(spelling: Spelling) -> list[Sentence]:
    """What is said of each claim: its error, which arguments leave its interval, the error there, what it keeps."""
    return [listed((*_sentences(spelling, c), *kept(spelling, c.claim)), " ") for c in spelling.run.certificates]


def kept(spelling: Spelling, claim: Claim) -> Iterator[Sentence]:
    """A sentence for each thing that a claim says of its replacement: that it is so, or where it is not."""
    language = spelling.run.language
    word = words(language)
    for keep, found in claim.properties:
        what: Sentence = (word["falls nowhere" if keep.rises else "rises nowhere"],)
        if keep.bounds is not None:
            what = said(language, "stays within", interval=spelling.interval(*keep.bounds))
        at = "" if found.at is None else Value.of(found.at).significant(DIGITS)
        yield said(language, found.verdict, claim=spelling.claim(claim), what=what, at=at)


def _sentences(spelling: Spelling, certificate: Certificate) -> Iterator[Sentence]:
    language, claim = spelling.run.language, certificate.claim
    key = "claimed at" if claim.is_point else "claimed on"
    interval = spelling.interval(claim.lower, claim.upper)
    bound = claim.approximation.bound.rounded_up(DIGITS)
    yield said(language, key, formula=spelling.claimed(claim), interval=interval, bound=bound)
    many, outside = len(certificate.obligations), certificate.violated
    if not many:
        yield said(language, "not needed")
    elif not outside:
        yield said(language, "holds", many)
    else:
        places = _places(spelling, outside)
        if many == 1:
            yield said(language, "outside alone", places=places)
        else:
            yield said(language, "outside", len(outside), many=str(many), places=places)
        ends = (Value.of(e).shown(4) for e in certificate.range)
        actual = certificate.actual.bound.rounded_up(DIGITS)
        yield said(language, "error there", interval=spelling.interval(*ends), actual=actual)


def _places(spelling: Spelling, outside: tuple[Obligation, ...]) -> Sentence:
    """``tanh in h₂ at 0.2970, ...``."""
    return listed(violation(spelling, o) for o in outside)


def violation(spelling: Spelling, o: Obligation) -> Sentence:
    """An argument that leaves its interval: the function, where it stands, and the argument."""
    return said(
        spelling.run.language,
        "argument",
        function=spelling.function(o.label.function),
        place=spelling.quantity(o.label.quantity, o.label.unit, o.label.t),
        argument=o.ends[1].shown(spelling.run.decimals),
    )


# ---------------------------------------------------------------------- what they do to the run


def propagation(run: Run) -> list[list[Row]]:
    """For each state the difference that all replacements make, and the parts that are not zero throughout."""
    found = run.propagate()
    if not found.groups:
        return []
    return [_differences(run, found, state, unit) for state, unit in found.differences if is_shown(run, state, unit)]


def _differences(run: Run, found: Propagation, state: str, unit: int) -> list[Row]:
    differences, parts = found.differences[state, unit], found.parts[state, unit]
    name = rf"\varepsilon({name_at(run, state, unit, run.t)})"
    plain = run.unit_name(state, unit)
    rows = [_row(run, f"ε({plain})", (Formula(name),), [d.delta for d in differences], 0)]
    for function in dict.fromkeys(g.function for g in found.groups):
        groups = [g for g in found.groups if g.function is function and any(p[g].rational != 0 for p in parts)]
        several = [g for g in groups if g.quantity]
        if len(several) > 1:
            total = [sum((p[g] for g in several), Value.of(0)) for p in parts]
            rows.append(_row(run, f"{function.__name__} ({plain})", (function_formula(function),), total, 1))
        for g in groups:
            depth = 2 if g.quantity and len(several) > 1 else 1
            rows.append(_row(run, f"{g} ({plain})", _group(run, g), [p[g] for p in parts], depth))
    return rows


def _row(run: Run, name: str, head: Sentence, values: list[Value], depth: int) -> Row:
    return Row(name, head, over_time(run, [Cell((error(v),)) for v in values]), depth=depth)


def _group(run: Run, group: Group) -> Sentence:
    function = function_formula(group.function)
    if not group.quantity:
        return said(run.language, "saturated", function=function)
    return _in(run, function, whole_at(run, group.quantity, run.t))


def moved(spelling: Spelling) -> Iterator[Sentence]:
    """How far the output moves at most, at which step, and which replacement moves it most there."""
    run = spelling.run
    found, output = run.propagate(), run.cell.states[0]
    moves = {(unit, d.t): d.delta for (state, unit), row in found.differences.items() if state == output for d in row}
    unit, t = max(moves, key=lambda place: float(abs(moves[place])))
    if not moves[unit, t].sign():
        return
    parts = found.parts[output, unit][t - 1]
    largest = max(parts, key=lambda group: float(abs(parts[group])))
    yield said(
        run.language, "moves", output=spelling.quantity(output, unit, t), size=error(moves[unit, t]),
        part=error(parts[largest]), group=_group(run, largest),
    )  # fmt: skip
