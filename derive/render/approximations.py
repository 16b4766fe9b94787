"""The approximations that a run claims: the derivation of each error, and the arguments that really occur."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import latex

from derive.certify import Certificate, Verdict
from derive.claims import Claim
from derive.numbers import Value
from derive.render import tex
from derive.render.grid import Grid
from derive.render.rows import name_at
from derive.render.text import tex_text
from derive.run import Run
from derive.steps import Step


@dataclass(frozen=True)
class Arguments:
    """The argument of one activation in one unit's equation at every time step, and whether a claim covers it."""

    name: str  # what it is: ``\\tanh`` in ``h_{t}``
    values: tuple[Value, ...]
    covered: tuple[bool, ...]


@dataclass(frozen=True)
class Report:
    """All claims of a run, each with its certificate, and all arguments of the activations that they are about."""

    certificates: tuple[Certificate, ...]
    arguments: tuple[Arguments, ...]


def report(run: Run) -> Report:
    """The claims of a run against the arguments that occur in it."""
    certificates = run.certify()
    claimed = {c.claim.exact for c in certificates}
    covered = {o.label for c in certificates for o in c.obligations if o.verdict is Verdict.PROVED}
    steps = run.steps()
    labels = {name: iter(found) for name, found in steps.arguments().items()}  # in the order of the steps
    rows: dict[tuple[str, int, int], list[tuple[str, Value]]] = {}
    names: dict[tuple[str, int, int], str] = {}
    for step in steps:
        for k, (function, _) in enumerate(step.arguments):
            occurrence = next(labels[function.__name__])
            if function in claimed:
                key = step.quantity, step.unit, k
                rows.setdefault(key, []).append(occurrence)
                names[key] = f"${function.latex_name}$ in ${_inside(run, step)}$"
    arguments = tuple(
        Arguments(names[key], tuple(v for _, v in row), tuple(label in covered for label, _ in row))
        for key, row in rows.items()
    )
    return Report(certificates, arguments)


def _inside(run: Run, step: Step) -> str:
    return name_at(run, step.quantity, step.unit, run.units[step.quantity], run.t)


def grid(run: Run, found: Report) -> Grid:
    """The arguments that occur, those that no claim covers underlined."""
    body = [
        [a.name, *(_marked(v.latex(run.decimals), c) for v, c in zip(a.values, a.covered, strict=True))]
        for a in found.arguments
    ]
    return Grid([f"${run.t}$", *map(tex_text, run.columns)], [body], "r" * len(run.columns))


def _marked(number: str, covered: bool) -> str:
    number = tex.tight(number)
    return f"${number}$" if covered else rf"$\underline{{{number}}}$"


def notes(found: Report) -> list[str]:
    """One sentence for each claim: what it costs where it holds, and what where it does not."""
    return [_sentence(c) for c in found.certificates]


def _sentence(certificate: Certificate) -> str:
    claim = certificate.claim
    bound = claim.approximation.bound.rounded_up(5).latex()
    text = f"{statement(claim)}: error at most ${bound}$"
    if not certificate.obligations:
        return f"{text}; no argument of this run needs it."
    if not certificate.violated:
        return f"{text}; holds for all {len(certificate.obligations)} arguments that fall under it."
    actual = certificate.actual.bound.rounded_up(5).latex()
    low, high = (Value.of(e).latex(4) for e in certificate.range)
    count = f"{len(certificate.violated)} of {len(certificate.obligations)} arguments are outside"
    return f"{text}; {count}. On $[{low}, {high}]$, where they lie, the error is at most ${actual}$."


def statement(claim: Claim) -> str:
    r"""``$\tanh(x) \approx x$ on $[-1/4, 1/4]$``."""
    left = rf"{claim.exact.latex_name}({{{claim.lower if claim.is_point else 'x'}}})"
    formula = rf"${left} \approx {latex(claim.replacement)}$"
    return formula if claim.is_point else rf"{formula} on $[{claim.lower}, {claim.upper}]$"


def fragment(run: Run) -> str:
    """The fragment ``approximation.tex``: every derivation, then the arguments."""
    found = report(run)
    return tex.fragment(
        "approximation.tex",
        run,
        f"{run.title}: what the claimed approximations cost",
        (tex.AMSMATH, tex.BOOKTABS),
        derivations=[align(c.claim) for c in found.certificates],
        notes=notes(found),
        **grid(run, found).layout(),
    )


def align(claim: Claim) -> list[str]:
    """The rows of the derivation of one claim's error."""
    lines = claim.approximation.latex().splitlines()
    return [line.removesuffix(" \\\\") for line in lines[1:-1]]
