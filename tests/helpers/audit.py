"""Do the docstrings of recurrent cells say what the cells compute? ``make audit`` reads those of torchrecurrent,
``torch.nn`` and Keras, compares them with the code, and writes what was found to docs/audit.md.

What a docstring leaves open is in ``HINTS``, each with its reason, and stands in the report.
"""

from __future__ import annotations

import inspect
import os
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

import numpy as np

import derive
from derive.comparison.compare import Comparison
from derive.comparison.numbers import held_together
from derive.comparison.terms import parts_of
from derive.comparison.words import learned, numbers
from derive.comparison.words import text as words
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
        then={"functions": {"sigma": "tanh"}}, of_then="with tanh for σ, of which the docstring says nothing"
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
        {"sigma_hat": "sigmoid"},
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
        """Sums of the code's biases where the docstring has one bias."""
        if not (self.comparison and self.comparison.pairing):
            return []
        return [(a, b) for a, b, _ in self.comparison.pairing.weights if len(parts_of(a)) < len(parts_of(b))]

    @property
    def outcome(self) -> str:
        if self.comparison is None:
            return "not read"
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


OPENING = """\
# Docstring against code

Written by `make audit` with {versions}.

Each docstring's LaTeX is read by `derive.from_latex`, each class, built with its default arguments, by
`derive.from_torch`, and `derive.compare` holds the two together. Equal is equal up to names, stacking, signs that
weights absorb, sums of biases, and whether a number is learned. A difference is shown with the first equation in which
it is, with what says that no other assignment of the weights makes them equal, and with one step in float64 after
which the results differ; weights in the same places are equal there. Which of the two is meant is not said here.

Of the {all} cells of torchrecurrent, {equal} docstrings are equal to the code, {different} are different and
{unread} are not read. Of the equal ones, {summed} have one bias where the code adds two.
"""
OF_KERAS = "Keras's docstrings display no formulas; cells of this package's catalogue stand in their place.\n"
OF_ONE_BIAS = "with the docstring's bias for one of them alone"
OF_BIASES = """
## Biases that the docstring does not have

The docstring has one bias where the code adds two. The sum may be that one; with the docstring's bias for the first of
them and another number for the second, the results differ:"""


def report(found: list[Finding]) -> str:
    """The report, as Markdown."""
    versions = ", ".join(f"{p} {metadata.version(p).split('+')[0]}" for p in ("torchrecurrent", "torch", "keras"))
    of = {library: [f for f in found if f.library == library] for library in ("torchrecurrent", "torch.nn", "keras")}
    counts = Counter(f.outcome for f in of["torchrecurrent"])
    lines = [
        OPENING.format(
            versions=versions, all=counts.total(), equal=counts["equal"], different=counts["different"],
            unread=counts["not read"], summed=", ".join(f.name for f in of["torchrecurrent"] if f.more),
        )
    ]  # fmt: skip
    for library, cells in of.items():
        lines += [f"## {library}", ""] + [OF_KERAS] * (library == "keras")
        lines += ["| cell | docstring and code | |", "| --- | --- | --- |", *map(_row, cells), ""]
    lines += ["## Differences"]
    for f in found:
        if f.outcome == "different":
            lines += ["", f"### {f.name}", "", *_shown(f)]
    lines += [OF_BIASES]
    for f in of["torchrecurrent"]:
        if f.more:
            lines += ["", f"### {f.name}", "", *_biases(f)]
    return "\n".join(lines) + "\n"


def _row(f: Finding) -> str:
    c = f.comparison
    if c is None:
        return f"| {f.name} | not read | {'; '.join(f.refused)} |"
    notes = [f.hint.why] if f.hint.why else []
    if f.outcome == "different":
        notes.append(f"first in `{c.different[0]}`")
        notes += [f"{f.hint.of_then}: {f.then.words}"] if f.then is not None else []
        return f"| {f.name} | **different** | {'; '.join(notes)} |"
    if f.library == "keras":
        return f"| {f.name} | equal | to `{KERAS[f.name]}` |"
    notes += [f"its `{a}` is `{b}` of the code" for a, b in f.more]
    notes += [line.strip() for line in learned(c) + numbers(c)]
    return f"| {f.name} | equal | {'; '.join(notes)} |"


def _shown(f: Finding) -> Iterator[str]:
    if f.hint.why:
        yield from (f"{f.hint.why[:1].upper()}{f.hint.why[1:]}:", "")
    yield from _fenced(f.comparison)
    if f.then is not None:
        yield from ("", f"{f.hint.of_then[:1].upper()}{f.hint.of_then[1:]} they are {f.then.words}.")
        if not f.then.comparison:
            yield from ("", *_fenced(f.then.comparison))


def _numbers(comparison: Comparison) -> Iterator[str]:
    """The weights of the step, folded away."""
    yield from ("", "<details><summary>weights</summary>", "", "```text")
    trial = comparison.trial
    for cell, weights, constants in zip(
        (comparison.first, comparison.second), trial.weights, trial.constants, strict=True
    ):
        yield cell.name
        for name, values in {**weights, **constants}.items():
            yield f"  {name} = {np.round(values, 12).tolist()}"
    yield from ("```", "", "</details>")


def _biases(f: Finding) -> Iterator[str]:
    """One step with the docstring's bias for one of the code's, and the other drawn."""
    c = f.comparison
    single = tuple((a, parts_of(b)[0][0] if (a, b) in f.more else b, r) for a, b, r in c.pairing.weights)
    trial = held_together(c.first, c.second, replace(c.pairing, weights=single))
    yield from _fenced(replace(c, pairing=None, trial=trial, different=_with_bias(f), why=OF_ONE_BIAS))


def _with_bias(f: Finding) -> tuple[str, str]:
    """The equations of the first bias that is a sum in the code."""
    a, b = f.more[0]
    places = []
    for cell, name in ((f.comparison.first, parts_of(a)[0][0]), (f.comparison.second, parts_of(b)[0][0])):
        places.append(next(e.lhs.name for e in cell.equations if name in {s.name for s in e.rhs.free_symbols}))
    return places[0], places[1]


def _fenced(comparison: Any) -> Iterator[str]:
    yield "```text"
    yield from (line.removeprefix("  ") for line in words(comparison).splitlines()[1:])
    yield "```"
    yield from _numbers(comparison)


def _short(message: str) -> str:
    return shortened(message.replace("|", r"\|").split("; it stands in")[0], 200)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    Path(sys.argv[1]).write_text(report(list(findings())), encoding="utf-8")
