"""What is printed of masks that are drawn, against what the definition says of them."""

from __future__ import annotations

from collections.abc import Sequence

from derive.verification.shapes import spelling
from derive.verification.tree import Name, ReadDraw, ReadingError
from derive.verification.trial import Trial
from derive.verification.values import evaluate_tree

HOW_OFTEN = {True: "for each sequence", False: "at each step"}


def check_draws(trial: Trial, draws: Sequence[ReadDraw]) -> None:
    """Raise ReadingError where masks are printed otherwise than they are drawn: another one, with another probability,
    or another number of times."""
    cell = trial.cell
    constants = {p.symbol: p.default for p in cell.constants}
    wanted = {
        (Name(spelling(i.name), trial.time(i.name)), float(i.chance.probability.subs(constants)), HOW_OFTEN[once])
        for i in cell.draws
        if i.chance
        for once in [i.chance.per_sequence]
    }
    found = {(d.mask, float(evaluate_tree(d.probability, trial.fixed)), d.how_often) for d in draws}
    if found != wanted:
        raise ReadingError(f"the masks of {cell.name} are printed otherwise than they are drawn")
