"""What a run shows at a prompt and in a notebook: its values as a table."""

from __future__ import annotations

from dataclasses import dataclass

from derive.document import html, tex
from derive.document.page import ARTICLE
from derive.document.rows import rows_of
from derive.document.text import columns
from derive.files import environment
from derive.notation.names import letter
from derive.notation.prose import plain
from derive.notation.words import speaking
from derive.run.data import Run


@dataclass(frozen=True, repr=False)
class Table:
    """Every quantity of a run at every time step, rounded to the run's decimals."""

    run: Run

    def latex(self) -> str:
        """A tabular, without a comment on top; it needs booktabs."""
        with speaking(self.run.language):
            table = tex.laid_out(tex.values_grid(self.run, ARTICLE), ARTICLE)
            return environment("tex").get_template("tabular.tex").render(table=table)

    def __repr__(self) -> str:
        run = self.run
        rows = [[letter(run.t), *map(plain, run.columns)]]
        with speaking(run.language):
            for group in rows_of(run):
                rows += [[row.name, *(v.unicode(run.decimals) for v in row.values)] for row in group]
        return "\n".join([plain(run.title), *columns(rows)])

    def _repr_html_(self) -> str:
        with speaking(self.run.language):
            return environment("html").get_template("table.html").render(table=html.values_table(self.run), alone=True)
