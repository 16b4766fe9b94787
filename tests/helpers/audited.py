"""What the docstrings of recurrent cells say, held against what the cells compute.

What a docstring leaves open is in ``HINTS``, each with its reason.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")


import derive
from derive.comparison.by_formulas.terms import parts_of
from derive.comparison.found import Comparison
from derive.errors import DeriveError, shortened


@dataclass(frozen=True)
class Hint:
    """How a docstring is read where it does not say so. why: the reasons, for the report.

    edits: what is put in the place of what. states: of the docstring; inputs: the code's beside the first. then: a
    second reading, of which the report says what it finds: functions, or arguments of the constructor; of_then: the
    words for it.
    """

    functions: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    edits: tuple[tuple[str, str], ...] = ()
    states: tuple[str, ...] | None = None
    inputs: tuple[str, ...] = ()
    why: str = ""
    then: Mapping[str, Any] = field(default_factory=dict)
    of_then: str = ""


HINTS = {
    "DSGUCell": Hint(
        {"sigma_h": "hard_sigmoid"}, why="the docstring does not say what σ_h is; read as the code's hard sigmoid"
    ),
    "FastGRNNCell": Hint(then={"arguments": {"nonlinearity": "sigmoid"}}, of_then='built with nonlinearity="sigmoid"'),
    "IntersectionRNNCell": Hint(states=("y", "h"), why="y is the output, as the docstring says in words"),
    "LEMCell": Hint(
        {"sigma": "sigmoid"},
        why="the docstring does not say what σ is; read as the logistic function",
        then={"functions": {"sigma": "tanh"}},
        of_then="with tanh for σ",
    ),
    "MUT3Cell": Hint(
        edits=((r"\mathbf{x}(t) + \mathbf{W}_{hh}^{r}", r"\mathbf{W}_{ih}^{r}\mathbf{x}(t) + \mathbf{W}_{hh}^{r}"),),
        why="its r adds x without a matrix, where the code has W_ih x + b_ih; read with a matrix there",
    ),
    "MiRU1Cell": Hint(roles={"lambda": "0.5"}, why="λ is the hyper-parameter `update_coefficient`"),
    "MiRU2Cell": Hint(
        roles={"lambda": "0.5", "theta": "0.5"},
        why="λ and θ are the hyper-parameters `update_coefficient` and `reset_coefficient`",
    ),
    "tauGRUCell": Hint(
        {"phi": "tanh"},
        inputs=("delayed_state",),
        why="the delayed state is given at each step, as in the code; φ is the hyper-parameter `nonlinearity`, tanh",
        then={"arguments": {"bias": False, "recurrent_bias": False}},
        of_then="built without biases",
    ),
    "UGRNNCell": Hint({"s": "tanh"}, why="the docstring does not say what s is; read as the code's tanh"),
    "UnICORNNCell": Hint(
        {"sigma_hat": "sigmoid", "sigma": "sigmoid"},
        {"w_ch": "vector"},
        why="the docstring does not say what σ̂ and σ are; both read as the logistic function",
        then={"functions": {"sigma": "tanh"}},
        of_then="with tanh for σ",
    ),
}
KERAS = {"SimpleRNNCell": "rnn", "LSTMCell": "lstm", "GRUCell": "gru"}


@dataclass(frozen=True)
class Then:
    """What the second reading finds."""

    comparison: Comparison

    @property
    def words(self) -> str:
        return "equal" if self.comparison else "different all the same"


@dataclass(frozen=True)
class Finding:
    """What was found of one cell. refused: why the docstring or the code is not read, what is said of both."""

    library: str
    name: str
    hint: Hint
    comparison: Comparison | None = None
    refused: tuple[str, ...] = ()
    then: Then | None = None

    @property
    def more(self) -> list[tuple[str, str]]:
        """Sums of biases where the other of docstring and code has fewer of them."""
        if not (self.comparison and self.comparison.pairing):
            return []
        return [(a, b) for a, b, _ in self.comparison.pairing.weights if len(parts_of(a)) != len(parts_of(b))]

    @property
    def outcome(self) -> str:
        if self.comparison is None:
            return "not read"
        if not self.comparison.decided:
            return "not decided"
        return "equal" if self.comparison else "different"


def audited(library: str, name: str, made: Any) -> Finding:
    """A class: its docstring against its code."""
    hint = HINTS.get(name, Hint()) if library == "torchrecurrent" else Hint()
    written = inspect.cleandoc(made.__doc__ or "")
    for old, new in hint.edits:
        assert old in written, f"{name}: the docstring has changed"
        written = written.replace(old, new)

    def paper(**more: str) -> Any:
        functions = {**hint.functions, **more}
        return derive.from_latex(written, name="docstring", functions=functions, roles=hint.roles, states=hint.states)

    read: dict[str, Any] = {}
    reasons = []

    def code_with(**arguments: Any) -> Any:
        return derive.from_torch(made, name="code", inputs=hint.inputs, **arguments)

    for what, reader in {"the docstring": paper, "the code": code_with}.items():
        try:
            read[what] = reader()
        except DeriveError as e:
            reasons.append(f"{what}: {_short(str(e))}")
    if reasons:
        return Finding(library, name, hint, refused=tuple(reasons))
    said, code = read.values()
    then = None
    if hint.then:
        arguments = hint.then.get("arguments")
        other = code_with(**arguments) if arguments else code
        then = Then(derive.compare(paper(**hint.then.get("functions", {})), other))
    return Finding(library, name, hint, derive.compare(said, code), then=then)


def torchrecurrents() -> dict[str, Any]:
    import torchrecurrent

    found = {n: c for n, c in vars(torchrecurrent).items() if isinstance(c, type) and n.endswith("Cell")}
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def keras_finding(name: str) -> Finding:
    """A cell of Keras, whose docstring has no formula, against the cell of the catalogue with that name."""
    import torch
    from keras import layers
    from keras.src.backend.common import dtypes

    dtypes.BIT64_TO_BIT32_DTYPE.pop("float64", None)  # Keras multiplies matrices of float64 in float32

    class Step(torch.nn.Module):
        """One step, whose weights are parameters of its own."""

        def __init__(self) -> None:
            super().__init__()
            cell = getattr(layers, name)(7, dtype="float64")
            cell.build((None, 5))
            self.__dict__["cell"] = cell
            for v in cell.trainable_variables:
                self.register_parameter(v.name, torch.nn.Parameter(v.value.detach().clone()))

        def forward(self, x: Any, state: Any) -> Any:
            cell = self.__dict__["cell"]
            weights = [getattr(self, v.name) for v in cell.trainable_variables]
            others = [v.value for v in cell.non_trainable_variables]
            states = [state] if torch.is_tensor(state) else list(state)
            (_, new), _ = cell.stateless_call(weights, others, x, states)
            return new[0] if len(new) == 1 else tuple(new)

    states = derive.catalogue[KERAS[name]].states
    code = derive.from_torch(Step(), input_size=5, hidden_size=7, states=states, name="code")
    return Finding("keras", name, Hint(), derive.compare(KERAS[name], code))


def findings() -> Iterator[Finding]:
    from torch import nn

    for name, made in torchrecurrents().items():
        yield audited("torchrecurrent", name, made)
    for name in ("RNNCell", "LSTMCell", "GRUCell"):
        yield audited("torch.nn", name, getattr(nn, name))
    for name in KERAS:
        yield keras_finding(name)


def _short(message: str) -> str:
    return shortened(message.replace("|", r"\|").split("; it stands in")[0], 200)
