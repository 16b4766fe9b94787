"""Cost against certified error, drawn by matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from derive.errors import DeriveError
from derive.synthesis.over_time import decimal

if TYPE_CHECKING:
    from derive.synthesis.synthesise import Synthesis

SIZE = (6.0, 4.0)  # inches


def pareto_plot(synthesis: Synthesis, path: Any = None) -> Any:
    """The figure: each certified choice a point, the chosen one marked, the wish a line.

    Raises DeriveError where matplotlib is not installed, and where the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise DeriveError("plots need matplotlib: pip install 'derive-cells[plots]'") from None
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    points, chosen = synthesis.pareto, synthesis.chosen
    axes.step([p.cost for p in points], [p.error for p in points], where="post", marker="o", label="certified")
    axes.plot([chosen.cost], [chosen.error], "D", label="chosen")
    axes.axhline(float(synthesis.wish), linestyle="--", color="gray", label=f"wished: {decimal(synthesis.wish)}")
    axes.set(
        yscale="log", xlabel=synthesis.cost_name, ylabel=f"error of {synthesis.certificate.run.cell.states[0]} at most"
    )
    axes.legend()
    if path is not None:
        try:
            figure.savefig(path)
        except (OSError, ValueError) as e:
            raise DeriveError(f"cannot write {path}: {e}") from None
    return figure
