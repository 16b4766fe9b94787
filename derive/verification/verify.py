"""``verify``: what is printed, what the equations mean to SymPy, the generated module and the derived gradient agree.

Several ways from one definition to numbers, in float64, with random weights, inputs and initial states, over several
time steps and several sequences:

- the printed equations, read back by ``derive.verification.reader``, which shares no code with the printer;
- the statements, one unit at a time, functions evaluated by SymPy;
- the generated module: its layer over the whole sequence and over each step by itself, and its cell;
- the printed gradient equations, read back and swept backwards in time, against autograd through the generated layer's
  forward pass;
- the generated backward pass, against the same.

The backward sweep has nothing but what is printed, forward and backward, the weights and the inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

from derive.backends.torch.build import build
from derive.cells.load import cell_of
from derive.definition.cell import Cell
from derive.later import later
from derive.statements.sizes import lengths
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ
from derive.verification.reader import read_draws, read_equations
from derive.verification.tree import ReadingError

if TYPE_CHECKING:
    from derive.verification.trial import Trial

TOLERANCE = 1e-10
ROUNDINGS = 100  # as many times what rounding makes of a number, two ways to compute it may be apart


@dataclass(frozen=True)
class Verification:
    """How far the ways from one definition to numbers are apart, relative to the larger of 1 and the number. Where that
    is more than 1e-10 and a hundred times the rounding of a number is too, other numbers decide, for fewer steps and
    smaller ones; where all are so ill-conditioned, what a hundred times the rounding explains is 1e-10.

    equations: printed equations and statements; module: printed equations and generated module; gradient: printed
    gradient equations and autograd; backward: generated backward pass and autograd. None where something could not be
    read, and ``problem`` says why.
    """

    cell: str
    equations: float | None = None
    module: float | None = None
    gradient: float | None = None
    backward: float | None = None
    problem: str = ""

    @property
    def differences(self) -> dict[str, float | None]:
        """All four, by name."""
        return {
            "equations": self.equations,
            "module": self.module,
            "gradient": self.gradient,
            "backward": self.backward,
        }

    @property
    def ok(self) -> bool:
        """Whether everything agrees to 1e-10."""
        found = self.differences.values()
        return not self.problem and all(d is not None and d <= TOLERANCE for d in found)  # NaN is no agreement

    def as_json(self) -> dict[str, Any]:
        """The record for a program; a NaN, which JSON has not, is null."""
        finite = {k: None if v is None or v != v else v for k, v in self.differences.items()}
        return {"cell": self.cell, **finite, "ok": self.ok, "problem": self.problem}

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __str__(self) -> str:
        numbers = ", ".join(f"{k} {v:.0e}" for k, v in self.differences.items() if v is not None)
        return f"{self.cell}: {'agrees' if self.ok else 'DISAGREES'} ({self.problem or numbers})"


def verify(
    cell: Cell | str,
    *,
    seed: int = 0,
    latex: str | None = None,
    gradient: str | None = None,
    module: ModuleType | None = None,
) -> Verification:
    """Compare the printed equations, the statements, the generated module and the printed gradient of a cell, or of the
    one of that name.

    seed: of the random numbers. latex, gradient, module: what stands in for ``cell.latex()``,
    ``cell.adjoint().latex()`` and ``derive.build(cell)``. The gradient is of a random weighted sum of all outputs and
    final states, with respect to every learned parameter, the inputs and the initial states.

    Raises DeriveError where torch is not installed, or the cell has no module or no gradient (UnsupportedExpression);
    what disagrees is in what is returned.
    """
    cell = cell_of(cell)
    module = module or build(cell)
    latex = latex or cell.latex()
    adjoint = cell.adjoint()
    gradient = gradient or adjoint.latex()
    from derive.verification.draws import check_draws
    from derive.verification.own_functions import own_functions
    from derive.verification.trial import finite_trials

    judged: list[_Comparison] = []
    problem = ""
    try:
        own = own_functions(cell, adjoint)
        for trial in finite_trials(cell, read_equations(latex, own), seed, own):
            if not judged:
                check_draws(trial, read_draws(latex, own))
            judged.append(_Comparison(trial))
            judged[-1].run(module, lambda: read_equations(gradient, own))
            if judged[-1].has_digits:
                break
        else:  # of no trial's numbers: the first is judged by the digits that they have
            judged.append(judged[0])
    except ReadingError as e:
        problem = str(e)
    return Verification(cell.name, problem=problem, **judged[-1].found if judged else {})


class _Comparison:
    """The differences that one trial finds. has_digits: whether none of them is more than 1e-10 where rounding alone
    may make of the number what is more than 1e-10, so that other numbers have to decide."""

    def __init__(self, trial: Trial) -> None:
        self.trial, self.found, self.has_digits = trial, dict[str, float](), True

    def run(self, module: ModuleType, gradient: Callable[[], Any]) -> None:
        """Compare; the printed gradient is read when the equations have been."""
        trial = self.trial
        of_states = partial(trial.roundings, lambda t: t.printed)
        self._compare("equations", trial.printed, trial.symbolic, of_states)
        made = _Made(trial, module)
        ours, in_order = made.states
        self._compare("module", ours, in_order(trial.printed), lambda: in_order(of_states()))
        by_autograd = _Made(trial, module, by_autograd=True).gradients
        read = gradient()
        of_gradients = cache(partial(trial.roundings, lambda t: t.gradients(read)))
        self._compare("backward", made.gradients, by_autograd, of_gradients)
        self._compare("gradient", trial.gradients(read), by_autograd, of_gradients)

    def _compare(
        self, name: str, ours: Sequence[Any], theirs: Sequence[Any], roundings: Callable[[], Sequence[Any]]
    ) -> None:
        """The largest difference of two lists of arrays as ``Verification`` says; NaN if any is. roundings: what gives
        those of every number, asked for only where the lists differ."""
        import numpy as np

        for a, b in zip(ours, theirs, strict=True):
            if np.shape(a) != np.shape(b):
                printed, computed = np.shape(a), np.shape(b)
                raise ReadingError(f"an array of shape {printed} is printed, and one of shape {computed} computed")
        scales = [np.fmax(1.0, np.abs(b)) for b in theirs]

        def largest() -> float:
            return float(np.max([np.max(np.abs(a - b) / s) for a, b, s in zip(ours, theirs, scales, strict=True)]))

        self.found[name] = largest()
        if self.found[name] <= TOLERANCE:
            return
        least = [r * (ROUNDINGS / TOLERANCE) for r in roundings()]
        self.has_digits &= all((r <= s).all() for r, s in zip(least, scales, strict=True))
        scales = [np.fmax(s, r) for s, r in zip(scales, least, strict=True)]
        self.found[name] = largest()


def _tuple(states: Any) -> tuple[Any, ...]:
    return states if isinstance(states, tuple) else (states,)


def _arrays(tensors: Iterable[Any]) -> list[Any]:
    return [t.detach().numpy() for t in tensors]


class _Made:
    """What a generated module makes of a trial's numbers. by_autograd: whether its own backward pass is left unused."""

    def __init__(self, trial: Trial, module: ModuleType, by_autograd: bool = False) -> None:
        import torch

        self.trial, self.count = trial, len(trial.cell.states)
        names = [INPUT, HIDDEN, *trial.cell.named_sizes, *([PROJ] if PROJ in trial.cell.sizes.values() else [])]
        sizes = {name: trial.sizes[name] for name in names}
        self.layer = module.Layer(**sizes, dtype=torch.float64)
        self.layer.kernels = False  # what is verified is the module's text
        if by_autograd:  # a step that someone has put in place is differentiated by autograd
            self.layer.step = partial(type(self.layer).step, self.layer)
        # A projection belongs to the layer: torch's cells have none either.
        self.one_step = None if PROJ in trial.cell.sizes.values() else module.Cell(**sizes, dtype=torch.float64)
        if self.one_step is not None:
            self.one_step.kernels = False
        drawn = {i.name for i in trial.cell.draws}
        tensors = {name: torch.tensor(x, requires_grad=name not in drawn) for name, x in trial.inputs.items()}
        self.inputs = [x for name, x in tensors.items() if name not in drawn]
        self.masks = {name: x for name, x in tensors.items() if name in drawn}
        self.once = trial.once
        self.shapes = [lengths(trial.cell.sizes[trial.cell.previous(s)], trial.sizes) for s in trial.cell.states]
        self.initial = [torch.tensor(s, requires_grad=True) for s in trial.initial]
        self._load()
        self.output, self.final = self._over(slice(None), self.initial)

    def _load(self) -> None:
        """Put the trial's weights into the modules' stacked tensors."""
        import torch

        with torch.no_grad():
            for p in self.trial.learned:
                value = torch.tensor(self.trial.weights[p.name])
                if p.heads:  # what is stored are the blocks, one below the other
                    blocks = [b[:, k * len(b) : (k + 1) * len(b)] for k, b in enumerate(value.chunk(self.trial.heads))]
                    value = torch.cat(blocks)
                self._block(p, self.layer.get_parameter(f"{p.tensor}_l0")).copy_(value)
                if self.one_step is not None:
                    self._block(p, self.one_step.get_parameter(p.tensor)).copy_(value)

    def _as_printed(self, parameter: Any, stored: Any) -> Any:
        """A parameter or its gradient as the equations have it, of what is stored."""
        import torch

        found = self._block(parameter, stored)
        if parameter.heads:
            found = torch.block_diag(*found.chunk(self.trial.heads))
        return found.reshape(self.trial.weights[parameter.name].shape)

    def _block(self, parameter: Any, tensor: Any) -> Any:
        """The rows of a stacked tensor that are one parameter."""
        rows = self.trial.sizes[parameter.rows] if parameter.rows else 0
        return tensor[parameter.block * rows : (parameter.block + 1) * rows] if rows else tensor

    def _over(self, steps: slice, states: Sequence[Any]) -> tuple[Any, tuple[Any, ...]]:
        """The layer's outputs and final states."""
        given = tuple(s.unsqueeze(0) for s in self._with_axes(states))
        masks = {name: m[0] if name in self.once else m[steps] for name, m in self.masks.items()}
        output, final = self.layer(*(x[steps] for x in self.inputs), given if self.count > 1 else given[0], **masks)
        return output, tuple(s[0].flatten(1) for s in _tuple(final))

    def _with_axes(self, states: Sequence[Any]) -> tuple[Any, ...]:
        """The states as a module takes them, of rows of numbers, one for each sequence."""
        return tuple(s.unflatten(1, shape) for s, shape in zip(states, self.shapes, strict=True))

    @property
    def states(self) -> tuple[list[Any], Callable[[Sequence[Any]], list[Any]]]:
        """Every state at every step, in each way to compute it, and what puts those of a trial in the same order."""
        by_step, by_cell = [], []
        states = of_cell = tuple(self.initial)
        for k in range(len(self.inputs[0])):
            states = self._over(slice(k, k + 1), states)[1]
            by_step += _arrays(states)
            if self.one_step is not None:
                given = self._with_axes(of_cell)
                hx = given if self.count > 1 else given[0]
                masks = {name: m[k] for name, m in self.masks.items()}
                found = _tuple(self.one_step(*(x[k] for x in self.inputs), hx, **masks))
                of_cell = tuple(s.flatten(1) for s in found)
                by_cell += _arrays(of_cell)

        def in_order(states: Sequence[Any]) -> list[Any]:
            return [*states[:: self.count], *states[-self.count :], *states, *states[: len(by_cell)]]

        return [*_arrays(self.output), *_arrays(self.final), *by_step, *by_cell], in_order

    @property
    def gradients(self) -> list[Any]:
        """Of each learned parameter, of the inputs that are not drawn, of the initial states."""
        import torch

        trial = self.trial
        loss = (self.output * torch.tensor(trial.output_weights)).sum()
        for s, weights in zip(self.final, trial.final_weights, strict=True):
            loss = loss + (s * torch.tensor(weights)).sum()
        tensors = {p.tensor: self.layer.get_parameter(f"{p.tensor}_l0") for p in trial.learned}
        wanted = [*tensors.values(), *self.inputs, *self.initial]
        found = torch.autograd.grad(loss, wanted, allow_unused=True)
        given = [torch.zeros_like(w) if g is None else g for w, g in zip(wanted, found, strict=True)]
        by_tensor = dict(zip(tensors, given, strict=False))
        own = (self._as_printed(p, by_tensor[p.tensor]) for p in trial.learned)
        return _arrays([*own, *given[len(tensors) :]])
