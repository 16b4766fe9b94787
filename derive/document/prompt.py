"""What a run shows at a prompt and in a notebook: its tables."""

from __future__ import annotations

from dataclasses import dataclass

from derive.document import backward, html, tex, update, values
from derive.document.rows import series_of
from derive.document.text import numbers_table
from derive.files import environment
from derive.notation.letters import letter
from derive.notation.prose import plain
from derive.notation.words import speaking
from derive.run.data import Run
from derive.run.gradients import Gradients
from derive.run.update import Updated


@dataclass(frozen=True, repr=False)
class Table:
    """Every quantity of a run at every time step, rounded to the run's decimals."""

    run: Run

    def latex(self) -> str:
        """A tabular, without a comment on top; it needs booktabs."""
        with speaking(self.run.language):
            return tex.tabulars([values.values_table(self.run)], self.run.layout)

    def __repr__(self) -> str:
        run = self.run
        with speaking(run.language):
            rows = [(s.name, s.numbers) for group in series_of(run) for s in group]
            lines = numbers_table(rows, [letter(run.t), *map(plain, run.columns)])
        return "\n".join([plain(run.title), *lines])

    def _repr_html_(self) -> str:
        with speaking(self.run.language):
            table = html.table(values.values_table(self.run))
            return environment("html").get_template("table.html").render(table=table, alone=True)


def gradients_latex(found: Gradients) -> str:
    """Both tables of the gradients, without a comment on top."""
    with speaking(found.run.language):
        return tex.tabulars(backward.tables(found), found.run.layout)


def updated_latex(found: Updated) -> str:
    """The table of the updated weights, without a comment on top."""
    with speaking(found.run.language):
        return tex.tabulars([update.table(found)], found.run.layout)
