"""A run from a TOML file: ``load_run``.

A run file has these keys. Only ``cell``, ``x`` and ``weights`` are needed.

    cell = "lstm"                    # a cell of the catalogue, or "my_cell.py:NAME", relative to the run file
    activations = {tanh = "identity"}   # replaced activations, by their name or by the equation they stand in
    input_size = 3                   # sizes may be left out: x and the weights tell them; given, they are checked
    hidden_size = 1
    x = [[0.2, 1.0, 0.0], [0.1, 1.0, 0.0]]   # one row of input_size numbers per time step
    inputs = {dt = [1.0, 0.5]}       # of a cell with several inputs the others: rows, or a number per time step
    seed = 1                         # of a cell that draws masks, which inputs may give, too: zeros and ones
    sizes = {key = 4}                # the sizes that the cell's author has named; they may be left out, too
    h0 = [0.0]                       # the initial value of each state, <state>0; where left out, where the cell starts
    c0 = [0.0]

    [weights]                        # the stacked tensors by PyTorch's names, blocks in the order of the equations
    weight_ih = [[0.0, 100.0, 0.0], ...]     # LSTM: i, f, g, o; GRU: r, z, n; hidden_size rows each
    weight_hh = [[0.0], ...]
    bias_ih = [-10.0, ...]           # a tensor bias_... may be left out: zeros
    bias_hh = [0.0, ...]             # a cell's own vectors, scalars and constants go here too, by their names

Or the matrices and vectors by the names that they have in the equations, all those of a stacked matrix:

    [weights]
    W_ii = [[0.0, 100.0, 0.0]]       # and W_if, W_ig, W_io, W_hi, ...
    b_ii = [-10.0]                   # a bias may be left out; b_i = [-10.0] is the one bias of a gate, b_ii + b_hi

Weights may come from a file instead, next to the run file: a ``state_dict`` saved with ``torch.save`` or safetensors.
Nothing in it is executed, and only the tensors that the cell needs are read, at most 500,000 numbers.

    weights = "model.safetensors"    # or "model.pt"; then the names are prefix + weight_ih + suffix
    prefix = "encoder."              # "" where left out
    suffix = "_l0"                   # "" where left out; "_l0" for the first layer of nn.LSTM, nn.GRU, nn.RNN

How the tables look:

    title = "The lecture's LSTM"     # what the run is called
    caption = "... $x_2 = 1$ ..."    # the caption of its tables
    language = "en"                  # of the fixed words: en or de
    decimals = 4                     # printed decimals; inputs and weights are printed as they are given
    significant = 2                  # what is rounded and not 0 keeps so many digits at least: it has more decimals or,
                                     # below 0.001, a power of ten
    names = {t = "t", columns = ["write", "add"], g = "c_tilde"}
                                     # the letter of the time index; a head for every time step; quantities and weights
                                     # by other names, each as it is typed in a cell
    notation = "pytorch"             # how names are written: pytorch; one_bias (W_{xi} x_t + W_{hi} h_{t-1} + b_i);
                                     # goodfellow (bold U_i x^{(t)} + W_i h^{(t-1)} + b_i); concatenated
                                     # (W_i [h_{t-1}, x_t] + b_i); all but the first have one bias, b_ii + b_hi
    bold = true                      # vectors and matrices are; left out, as the notation has it
    layout = "article"               # what the LaTeX is laid out for: article, ieee, neurips, book, beamer43 or
                                     # beamer169, or lengths in pt: {width = 300, height = 500, size = 11}
    tables = "tabular"               # or "float", or "longtable": in LaTeX, with a caption and a label
    label = "lecture"                # with what labels begin, tab:lecture-values; by default the file's name
    show = {steps = [1, 2, "last"], units = [1], rows = ["i", "c", "h"], omit_zero_terms = true}
                                     # what of the run is shown; left out, all of it, or the first two and the last step
                                     # and the first two units of a long run. steps.json always has everything

A formula in a title, caption or head stands between dollars, and is amsmath's mathematics; one with any other control
word is printed as text, with a note. A dollar itself is ``\\$``. In single quotes TOML leaves a backslash as it is:
``names = {t = '\\tau'}``.

What the run is trained for: the loss, whose gradients are then worked out too.

    lr = 0.1                         # the weights after a step of gradient descent with this learning rate are shown
    [loss]                           # summed over time steps and units
    formula = "(h - y)^2/2"          # of the states and of targets, by names of yours, at one time step and in one unit
                                     # + - * / ^, activations, log, exp, sqrt, abs, max, min; cross_entropy(h, y)
    y = [0.0, 0.3]                   # a number per time step; with several units a row: [[0.0, 0.1], [0.3, 0.2]]
                                     # of a cross-entropy the class, the units being numbered from 0 as PyTorch's
                                     # classes are, or the probabilities of all classes

What was said about the run by hand, for ``check``:

    hand_decimals = 1                # the decimals to which the hand-made table claims to be right (default: decimals)
    [hand_table]                     # a row per quantity, a text per time step: a number, or "formula ~ number"
    c = ["0*f+g*i=0.2", "0.3"]       # with several hidden units: c_1, c_2, ...
    [printed]                        # decimals that a program printed: compared at the decimals they are printed with
    c = [0.2, 0.3]
    d_c = [-0.01, -0.01]             # in both tables: of a run with a loss its cotangents, d_c or d_c_next (Δc), an
    c0 = [-0.01]                     # initial state's gradient,
    W_ig = [-0.003, -0.02, 0.0]      # a parameter's gradient (of several rows W_ig_1, W_ig_2; b_g for b_ig + b_hg),
    W_ig_new = [1.0, 0.002, 0.0]     # the parameter after a step of gradient descent with lr,
    loss = 0.0001                    # and the loss; a formula has the names of the gradient equations (d_h*o), which
                                     # are those of the next step in d_c_next and c0; W_ig_new is of W_ig, lr, d_W_ig;
                                     # of what is a sum over several time steps it is of numbers alone
                                     # in German "0,2" is read too, in both tables

Either table may be a CSV or Markdown table, as a file next to the run file or as a text of several lines: a head t, 1,
2, ..., then rows of a name and its entries. In German CSV has ; between them. More in ``derive.run.written_tables``.

    hand_table = "by_hand.csv"       # above the first [table] of the run file
    printed = '''
    | t | 1   | 2   |
    |---|-----|-----|
    | c | 0.2 | 0.3 |
    '''

    [[claims]]                       # approximations claimed
    approximation = "tanh(x) ~ x"    # several, with commas between: "sigma(90) ~ 1, sigma(-10) ~ 0"
    interval = [-0.25, 0.25]         # where the argument is claimed to lie; left out for single points
    keeps = ["stays within [-1, 1]", "monotone"]   # of the replacement there; also "rising" (the same) and "falling"

    [box]                            # numbers of which the tables certify more than this run's: all of the box
    x1 = [-0.25, 0.25]               # an input's component at all steps; x1_3 at t = 3, h0 or h0_1 an initial state,
    "W_hi[1,2]" = [0.9, 1.1]         # W_hi or "W_hi[1,2]" a weight by its printed name

Every number is read exactly, as the decimal that is written; "1/3" in quotes is a fraction. Numerator and denominator
are at most 10^400. Other keys are errors.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from derive.cells.load import load_cell
from derive.errors import DeriveError, RunError, printable, shown, unknown
from derive.exact.numeral import WITHIN
from derive.reading import read_file
from derive.run.data import Run
from derive.run.tensor_files import read_tensors


@dataclass(frozen=True)
class Written:
    """A decimal of the file, which a message shows as it is written there; ``exact_rational`` reads it."""

    text: str

    def __repr__(self) -> str:
        return self.text.replace("nan", "NaN").replace("inf", "Infinity")


_TYPES: dict[str, tuple[type, ...]] = {
    "cell": (str,), "activations": (dict,), "input_size": (int,), "hidden_size": (int,), "proj_size": (int,),
    "x": (list,), "weights": (dict, str), "prefix": (str,), "suffix": (str,), "title": (str,), "caption": (str,),
    "language": (str,), "decimals": (int,), "significant": (int,), "names": (dict,), "notation": (str,),
    "bold": (bool,), "layout": (str, dict), "tables": (str,), "label": (str,), "show": (dict,), "claims": (list,),
    "box": (dict,), "hand_table": (dict, str), "hand_decimals": (int,), "printed": (dict, str), "loss": (dict,),
    "lr": (int, Written), "inputs": (dict,), "sizes": (dict,), "seed": (int,),
}  # fmt: skip
_WORDS = {
    str: "a text",
    dict: "a table",
    int: "an integer",
    bool: "true or false",
    list: "a list",
    Written: "a decimal",
}


def load_run(path: str | Path, *, notation: str | None = None) -> Run:
    """The run that a TOML file describes (its keys are in the documentation of ``derive.run_file``).

    notation: how names are written, in the place of what the file says.

    Raises RunError, in one line that names the file and the key, for whatever is wrong with it.
    """
    path = Path(path)
    with naming(path):
        keys = _parse(path)
        return _from_keys(keys if notation is None else keys | {"notation": notation}, path)


@contextmanager
def naming(path: str | Path) -> Iterator[None]:
    """What is found wrong within is a RunError that names the file, once."""
    try:
        yield
    except DeriveError as e:
        file = f"{printable(str(Path(path)))}: "
        raise RunError(f"{file}{str(e).removeprefix(file)}") from None


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_file(path).decode("utf-8-sig"), parse_float=Written)
    except FileNotFoundError:
        raise RunError("there is no such file; a run is a TOML file, see `derive tables --help`") from None
    except OSError as e:
        raise RunError(f"cannot be read: {e.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise RunError(f"is not TOML: {e}") from None
    except RecursionError:
        raise RunError("is not TOML that is read: lists stand in lists without end") from None
    except ValueError:  # Python writes out no integer of so many digits
        raise RunError(f"is not TOML that is read: an integer is out of range; expected numbers {WITHIN}") from None


def _from_keys(keys: dict[str, Any], path: Path) -> Run:
    for name in ("cell", "x", "weights"):
        if name not in keys:
            raise RunError(f"key {name!r} is missing; a run needs cell, x and weights")
    for name, value in keys.items():
        wanted = _TYPES.get(name)
        if wanted and (not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted)):
            raise RunError(f"{name} is {shown(value)}, expected {' or '.join(_WORDS[w] for w in wanted)}")
    cell = load_cell(keys["cell"], path.parent)
    if "activations" in keys:
        for key, value in keys["activations"].items():
            if key in ("name", "title", "class_name"):  # keywords of with_activations that replace nothing
                raise RunError(
                    f"activations.{key}: it is neither an equation nor an activation; {key} has no place here"
                )
            if not isinstance(value, str):
                raise RunError(f"activations.{key} is {shown(value)}, expected the name of an activation")
        cell = cell.with_activations(**keys["activations"])
    initial = {f"{s}0": s for s in cell.states}
    for name in keys:
        if name not in _TYPES and name not in initial:
            raise RunError(unknown("key", name, (*_TYPES, *initial)))
    if "box" in keys and not keys.get("claims"):
        raise RunError("box is given, and the run claims nothing to be certified on it; add [[claims]], or drop box")
    names = keys.get("names", {})
    time = {name: names[name] for name in ("t", "columns") if name in names}
    plain = {f.name for f in fields(Run)} - {"cell", "x", "weights", "printed", "sizes"}
    return Run(
        cell,
        _weights(keys, path.parent),
        keys["x"],
        initial={s: keys[k] for k, s in initial.items() if k in keys},
        sizes=keys.get("sizes", {}) | {k: v for k, v in keys.items() if k.endswith("_size")},
        hand=_table(keys.get("hand_table", {}), path.parent),
        printed=_table(keys.get("printed", {}), path.parent),
        path=path,
        other_tensors=isinstance(keys["weights"], str),
        names={name: value for name, value in names.items() if name not in time},
        **{k: v for k, v in (keys | time).items() if k in plain and k != "names"},
    )


def _table(written: Any, folder: Path) -> Any:
    """A table; where it is a text of one line, the path of its file."""
    return folder / written if isinstance(written, str) and "\n" not in written else written


def _weights(keys: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    weights = keys["weights"]
    if isinstance(weights, str):
        return read_tensors(folder / weights, keys.get("prefix", ""), keys.get("suffix", ""))
    for name in ("prefix", "suffix"):
        if name in keys:
            raise RunError(f"{name} is for weights from a file, and the weights stand in the run; drop it")
    return dict(weights)
