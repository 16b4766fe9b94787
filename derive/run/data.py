"""A run: a cell with numbers in it. At a prompt with ``Run(...)``, or from a TOML file (``derive.run_file``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sympy import Symbol

from derive.approximation.claim import Claim
from derive.definition.cell import Cell
from derive.exact.numeral import FEWEST
from derive.later import later
from derive.notation.names import Notation
from derive.notation.prose import Prose, prose
from derive.notation.quantity import numbered
from derive.run import checked, given
from derive.run.backpropagation import backpropagate
from derive.run.box import variables
from derive.run.gradients import Gradients
from derive.run.show import Show
from derive.run.steps import Steps, steps
from derive.run.tensor_files import select
from derive.run.units import unit_named, units_of
from derive.run.update import Updated, updated
from derive.run.weights import parameters_of
from derive.statements.sizes import label_of
from derive.symbolic.expressions import HIDDEN, INPUT

if TYPE_CHECKING:
    from derive.calculus.adjoint import Adjoint
    from derive.claims.certify import Certificate
    from derive.claims.check import Check
    from derive.claims.propagate import Propagation
    from derive.document.prompt import Table
    from derive.enclosure.certification import Certification
    from derive.figures.drawing import Drawing

T = TypeVar("T")


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """A cell, its weights, an initial state and an input sequence, all exact.

    cell: a Cell or its name. weights: the stacked tensors by PyTorch's names, or their blocks by the names of the
    equations (``W_ii``, ``b_ii``, or ``b_i`` for b_ii + b_hi), as lists or tensors. x: (T, input_size). inputs: the
    others by name, (T, n), or (T,) of one that is a number; of masks too, zeros and ones, or else seed, a number from
    which they are drawn (``derive.run.chance``). initial: each state's first value, (hidden_size,); where
    the cell starts for a state left out. loss: a table of a formula and its targets,
    ``{"formula": "(h - y)^2/2", "y": [...]}``; lr: the learning rate of ``updated``. box: of ``certify``, on which the
    tables certify the claims. hand, printed: rows by name, or a CSV or Markdown table, as the path of its file or as
    its text (``derive.run.written_tables``). The other fields are the keys of a run file. What is given is checked and
    becomes exact: afterwards ``weights``, ``x`` and ``initial`` are nested tuples of rationals, every tensor and state
    is there, ``loss`` is a ``Loss`` or None, ``box`` has rationals, ``notation`` is a ``Notation`` (where that has one
    bias a map, so have the cell and its weights), and ``sizes`` holds input_size, hidden_size and, where the cell has
    them, proj_size and the sizes that its author has named.

    Raises RunError naming the key, what was found and what was expected.
    """

    cell: Cell
    weights: Mapping[str, Any]
    x: Any
    initial: Mapping[str, Any] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    decimals: int = 4
    significant: int = FEWEST
    title: str = ""
    caption: str = ""
    language: str = "en"
    layout: Any = "article"
    tables: str = "tabular"
    label: str = ""
    show: Any = None
    t: str = "t"
    notation: Any = "pytorch"
    bold: bool | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    columns: Sequence[str] = ()
    loss: Any = None
    lr: Any = None
    claims: Sequence[Claim | Mapping[str, Any]] = ()
    box: Mapping[str, Any] = field(default_factory=dict)
    hand: Mapping[str, Sequence[str]] | str | Path = field(default_factory=dict)
    hand_decimals: int | None = None
    printed: Mapping[str, Sequence[Any]] | str | Path = field(default_factory=dict)
    seed: int | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    path: Path | None = None
    other_tensors: bool = False  # whether tensors that the cell has no use for are passed over

    def __post_init__(self) -> None:
        for name, value in checked.exact(self).items():
            object.__setattr__(self, name, value)
        checked.check_words(self)
        _ = self.shown
        object.__setattr__(self, "box", {v.name: (v.lower, v.upper) for v in variables(self, self.box)})
        object.__setattr__(self, "hand", checked.rows(self, "hand_table", self.hand, given.hand_entry))
        object.__setattr__(self, "printed", checked.rows(self, "printed", self.printed, given.printed_entry))

    @classmethod
    def from_state_dict(
        cls, cell: Cell | str, state_dict: Mapping[str, Any], x: Any, *, prefix: str = "", suffix: str = "", **keys: Any
    ) -> Run:
        """A run with a module's weights: those named prefix + weight_ih + suffix and so on; others are passed over.

        ``suffix="_l0"`` is the first layer of an nn.LSTM. Further keywords are the fields of ``Run``.
        """
        return cls(cell, select(state_dict, prefix, suffix), x, other_tensors=True, **keys)  # type: ignore[arg-type, unused-ignore]

    def laid_out(self, layout: Any = None, tables: str = "") -> Run:
        """The same run with another layout or other tables; what follows from its numbers is computed once for both.

        Raises RunError as ``Run`` does.
        """
        other = replace(self, layout=self.layout if layout is None else layout, tables=tables or self.tables)
        vars(other)["_found"] = self._found
        return other

    def once(self, what: Any, compute: Callable[[], T]) -> T:
        """What follows from the run's numbers alone, computed once for this run and those laid out otherwise."""
        if what not in self._found:
            self._found[what] = compute()
        known: T = self._found[what]
        return known

    @cached_property
    def _found(self) -> dict[Any, Any]:
        return {}

    # ------------------------------------------------------------------ what it holds

    @property
    def input_size(self) -> int:
        return self.sizes[INPUT]

    @property
    def hidden_size(self) -> int:
        return self.sizes[HIDDEN]

    @property
    def sequences(self) -> dict[str, Any]:
        """Each input by its name, the first one first: a row for every time step."""
        return {self.cell.input.name: self.x, **self.inputs}

    def read_at(self, t: int) -> dict[str, Any]:
        """The row of each input at a time step, from 1."""
        return {name: rows[t - 1] for name, rows in self.sequences.items()}

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """Each parameter of the cell by the name it has in the equations: W_ii, b_ii, ..."""
        return parameters_of(self.cell, self.weights, self.sizes)

    @cached_property
    def units(self) -> dict[str, int]:
        """How many units each quantity of the cell's equations has."""
        return units_of(self.cell, self.sizes)

    @cached_property
    def shown(self) -> Show:
        """What documents of the run show of it."""
        return Show.of(self.show, len(self.x), self.units, self.layout.is_slide)

    def quantity(self, name: str) -> tuple[str, int]:
        """(quantity, unit) for ``c``, or ``c_2`` where there are several units; of a matrix for ``S_1_3``, its row and
        column, and ``S_3``, counted along the rows. Raises RunError for an unknown name."""
        return unit_named(self.cell, name, self.sizes)

    def unit_label(self, name: str, unit: int) -> str:
        """How a unit of a quantity or input is told from its others, ``place_of``; "" where there is one."""
        return label_of(self.cell.sizes[Symbol(name)], unit, self.sizes)

    def unit_name(self, name: str, unit: int) -> str:
        """The name by which ``quantity`` knows a unit, an input's likewise: ``c_2``; ``c`` where there is one."""
        return numbered(name, self.unit_label(name, unit))

    @property
    def subtitle(self) -> Prose:
        """The title of the cell, which is English; in other languages that of the run."""
        return prose(self.cell.title, "the title of the cell") if self.language == "en" else prose(self.title, "title")

    @property
    def texts(self) -> dict[str, Prose]:
        """The run's own texts by their keys."""
        columns = {f"names.columns[{k}]": text for k, text in enumerate(self.columns)}
        return {"title": self.title, "caption": self.caption, **columns}  # type: ignore[dict-item]

    @cached_property
    def adjoint(self) -> Adjoint:
        """The backward equations of the cell."""
        return self.cell.adjoint()

    @cached_property
    def backward_notation(self) -> Notation:
        """How they are written."""
        return self.adjoint.derivation.in_style(self.notation.style).indexed_by(self.t)

    # ------------------------------------------------------------------ what follows from it

    def steps(self) -> Steps:
        """Every quantity of every time step: symbolic, substituted, exact, rounded."""
        return self.once("steps", lambda: steps(self))

    @later
    def table(self) -> Table:
        """Every value, rounded: text at a prompt, a table in a notebook, ``.latex()``."""
        raise NotImplementedError

    @later
    def diagram(
        self, step: int = 1, *, gradients: bool = False, unit: int = 1, width: float = 345.0, detail: str = ""
    ) -> Drawing:
        """The diagram of the cell with the numbers of one time step under its lines.

        gradients: the cotangents under them, δ of a quantity and Δ of a state of the step before. unit: whose numbers,
        where there are several units. width: in pt, of the space there is. detail: as in ``Cell.diagram``.

        Raises RunError for a step or unit that is not there, and for gradients of a run without a loss.
        """
        raise NotImplementedError

    @later
    def plot(self, *names: str, kind: str = "values", width: float = 252.0) -> Drawing:
        """Quantities over time, by default gates and states of the first unit; with kind="errors" what the claimed
        approximations put the states off by, on an axis of powers of ten, of many units the largest; with "certified"
        what they do at most on the run's box, of all units of a state, and beside it in the run; of these what is below
        1e-12 of the largest is left out.

        names: such as ``c``, or ``c_2`` where there are several units. width: in pt. An error of 0 has no place on that
        axis.

        Raises RunError for an unknown name or kind, and for errors of a run that claims nothing or has none.
        """
        raise NotImplementedError

    @cached_property
    def certificates(self) -> tuple[Certificate, ...]:
        """Each claim with the arguments that occur under it, and whether they lie where it was made."""
        return self._certified()

    @later
    def _certified(self) -> tuple[Certificate, ...]:
        raise NotImplementedError

    @later
    def certify(
        self,
        box: Mapping[str, Any] | None = None,
        *,
        splits: int = 32,
        engine: str | None = None,
        machine: str | None = None,
    ) -> Certification:
        """Enclosures of every quantity at every step, exact and replaced as claimed, and of the error between them.

        box: (lower, upper) by name for numbers that are known no better: ``x1`` an input's component at all steps,
        ``x1_3`` at t = 3, ``h0_1`` an initial state, ``W_hi`` or ``W_hi[1,2]`` a weight, ``W`` all weights of that
        letter. splits: how often the box is split at most for one end of one enclosure. engine: "balls" is as sharp as
        wished, "zonotope" is one walk in doubles rounded outwards, for many units and steps, and needs NumPy; None
        chooses by size. machine: "float32" or "bfloat16", for the rounding of the generated code in the place of the
        claims: the error is the machine's value minus that of the real cell, both on the run's numbers as that type
        stores them. It is assumed that the machine's functions are within 4 units in the last place (float32) or 1
        (bfloat16), that it sums products of matrices in float32, in any order, and that nothing overflows. Raises
        RunError naming a key of the box that cannot be taken, or an engine or machine that is not there.
        """
        raise NotImplementedError

    @cached_property
    def certification(self) -> Certification:
        """What is certified on the run's own box: ``certify(box)``; of a run without one, of its numbers."""
        return self.certify(self.box)

    @later
    def propagate(self) -> Propagation:
        """What the claimed approximations do to the states: approximate minus exact, and the part of each."""
        raise NotImplementedError

    @later
    def check(self, decimals: int | None = None) -> Check:
        """The hand-made table against the exact cell, at so many decimals (default: what the run states)."""
        raise NotImplementedError

    def gradients(self) -> Gradients:
        """The gradients of the run's loss, by backpropagation through time. Raises RunError where it has none."""
        return self.once("gradients", lambda: backpropagate(self))

    def updated(self, lr: Any = None) -> Updated:
        """The learned parameters after one step of gradient descent on the loss, with that learning rate, exactly.

        lr: a positive number; by default the run's. Raises RunError where there is no rate, or no loss.
        """
        return updated(self, lr)

    def __getstate__(self) -> dict[str, Any]:
        """The data; what follows from it is computed again."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        sizes = ", ".join(f"{k} = {v}" for k, v in self.sizes.items())
        return f"Run of {self.cell.name}: {self.title}; T = {len(self.x)}, {sizes}"
