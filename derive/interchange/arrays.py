"""Arrays of LSTM, GRU and RNN layers from and to Keras and ONNX, whose gates stand in other orders.

All functions work on plain arrays (or torch tensors) and give NumPy arrays, named as in a PyTorch ``state_dict``.

========  ============  ============  ============
          PyTorch       Keras         ONNX
========  ============  ============  ============
LSTM      i, f, g, o    i, f, c, o    i, o, f, c
GRU       r, z, n       z, r, h       z, r, h
========  ============  ============  ============

PyTorch's matrices are (rows, features), as are ONNX's; Keras has them transposed. PyTorch and ONNX have two biases;
Keras has one, but for the GRU with ``reset_after=True``. PyTorch's GRU, kind "gru", is the one of Keras'
``reset_after=True`` (its default) and of ONNX's ``linear_before_reset=1`` (not its default). The other one, which
multiplies by r before the matrix, is kind "gru_reset_before", the catalogue's cell of that name.

What a kind has no equation for is refused by name: a tensor that is left over, an attribute of an ONNX node. Arrays do
not tell a cell from another one whose tensors have the same names and shapes, as those of ``gru`` and ``nig_lstm``.

Sources: the documentation of ``torch.nn.LSTM``, ``keras.layers.LSTM`` and of the ONNX operators LSTM, GRU and RNN.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from derive.errors import DeriveError, shown, unknown

Array = Any
State = dict[str, Array]

#: For each gate of PyTorch, in order, its place in the other order.
_KERAS = {"lstm": (0, 1, 2, 3), "gru": (1, 0, 2), "gru_reset_before": (1, 0, 2), "rnn": (0,)}
_ONNX = {"lstm": (0, 2, 3, 1), "gru": (1, 0, 2), "gru_reset_before": (1, 0, 2), "rnn": (0,)}
_NOTHING = object()
_OF_A_LAYER = re.compile(r"_l\d+(_reverse)?$")
_WHOLE = "a file, a layer or a model goes to derive.convert.load"
_ACTIVATIONS = {
    "lstm": ("sigmoid", "tanh", "tanh"),
    "gru": ("sigmoid", "tanh"),
    "gru_reset_before": ("sigmoid", "tanh"),
    "rnn": ("tanh",),
}


def from_keras(
    kind: str,
    weights: Sequence[Array],
    *,
    layer: int = 0,
    reverse: bool = False,
    reset_after: bool | None = None,
) -> State:
    """What ``layer.get_weights()`` of a Keras LSTM, GRU or SimpleRNN gives, under PyTorch's names.

    kind: "lstm", "gru", "gru_reset_before" or "rnn". weights: kernel (I, G·H), recurrent kernel (H, G·H) and, with
    ``use_bias``, the bias, (G·H,), or (2, G·H) of a GRU with ``reset_after``. layer, reverse: where in the PyTorch
    module they go. reset_after: that of a Keras GRU without biases, whose arrays do not tell.

    Raises DeriveError for an unknown kind, arrays of other shapes, or a GRU of the other kind.
    """
    gates, suffix = _gates(_KERAS, kind), _suffix(layer, reverse)
    if not isinstance(weights, Sequence) or isinstance(weights, str):
        raise DeriveError(f"weights is {shown(weights)}, expected the list that layer.get_weights() gives; {_WHOLE}")
    arrays = [as_array(w, f"weights[{k}]") for k, w in enumerate(weights)]
    if len(arrays) not in (2, 3) or any(w.ndim != 2 for w in arrays[:2]):
        shapes = ", ".join(str(w.shape) for w in arrays) or "none"
        raise DeriveError(
            f"Keras weights of shapes {shapes}: expected a kernel, a recurrent kernel and at most one bias"
        )
    hidden = arrays[1].shape[0]
    _expect("recurrent kernel", arrays[1], (hidden, len(gates) * hidden))
    _expect("kernel", arrays[0], (arrays[0].shape[0], len(gates) * hidden))
    state = {f"weight_{k}{suffix}": taken(w.T, gates) for k, w in zip(("ih", "hh"), arrays, strict=False)}
    told = [] if reset_after is None else [reset_after]
    if len(arrays) == 3 and kind.startswith("gru"):
        told.append(arrays[2].ndim == 2)
    _check_reset(kind, told)
    if len(arrays) == 3:
        bias, size = arrays[2], len(gates) * hidden
        _expect("bias", bias, (2, size) if kind == "gru" else (size,))
        rows = bias if kind == "gru" else np.stack([bias, np.zeros_like(bias)])
        state |= {f"bias_{k}{suffix}": taken(b, gates) for k, b in zip(("ih", "hh"), rows, strict=True)}
    return state


def _check_reset(kind: str, told: Sequence[bool]) -> None:
    """Raise DeriveError where what is told of ``reset_after``, by the caller and by the arrays, is another kind's."""
    if not kind.startswith("gru"):
        if told:
            raise DeriveError(f"reset_after is of a GRU alone, and the kind is {kind!r}; leave it out")
        return
    if not told:
        raise DeriveError(
            f"Keras GRU without biases: the arrays do not tell whether it is {kind!r}; say reset_after=True or False,"
            " as the layer has it"
        )
    for after in told:
        right = "gru" if after else "gru_reset_before"
        if kind != right:
            raise DeriveError(
                f"Keras GRU with reset_after={after}, which multiplies by r {'after' if after else 'before'} the"
                f" matrix: that is kind {right!r}, not {kind!r}"
            )


def to_keras(kind: str, state: Mapping[str, Array], *, layer: int = 0, reverse: bool = False) -> list[Array]:
    """One layer and direction of a PyTorch ``state_dict`` for ``layer.set_weights()`` of Keras: the inverse of
    ``from_keras``, up to the two biases of LSTM, RNN and "gru_reset_before", which are added.

    Raises DeriveError for an unknown kind, a ``state_dict`` without that layer, with tensors of other shapes, or with
    some that Keras has no place for.
    """
    order = inverse(_gates(_KERAS, kind))
    (weights,), (biases,) = _of_layer(kind, state, [_suffix(layer, reverse)], len(order), "Keras")
    found = [taken(w, order).T for w in weights]
    if biases:
        both = [taken(b, order) for b in biases]
        found.append(np.stack(both) if kind == "gru" else both[0] + both[1])
    return found


def from_onnx(
    kind: str, tensors: Mapping[str, Array], *, attributes: Mapping[str, Any] | None = None, layer: int = 0
) -> State:
    """The tensors W, R and, where there is one, B of an ONNX LSTM, GRU or RNN node, under PyTorch's names.

    W: (D, G·H, I); R: (D, G·H, H); B: (D, 2·G·H), D being 2 for a bidirectional node, else 1. attributes: those of the
    node; what is not among them has ONNX's default, so that a GRU of kind "gru" has to say ``linear_before_reset=1``.

    Raises DeriveError for an unknown kind, a missing tensor or other shapes; for a tensor (peepholes P, initial states)
    or an attribute (``clip``, ``input_forget``, ``layout``, other activations) that the kind has no place for.
    """
    gates = _gates(_ONNX, kind)
    w, r = _named(tensors, "W"), _named(tensors, "R")
    if r.ndim != 3 or r.shape[0] not in (1, 2):
        raise DeriveError(f"R has shape {r.shape}, expected (D, {len(gates)}·H, H), D being 1, or 2 if bidirectional")
    if more := [name for name in tensors if name not in ("W", "R", "B")]:
        raise DeriveError(
            f"{', '.join(more)}: kind {kind!r} has no place for it in its equations, which read W, R and B"
        )
    directions, hidden = r.shape[0], r.shape[-1]
    _check_attributes(kind, {} if attributes is None else attributes, directions, hidden)
    rows = len(gates) * hidden
    _expect("R", r, (directions, rows, hidden))
    _expect("W", w, (directions, rows, w.shape[-1]))
    state: State = {}
    for d in range(directions):
        suffix = _suffix(layer, d == 1)
        state |= {f"weight_ih{suffix}": taken(w[d], gates), f"weight_hh{suffix}": taken(r[d], gates)}
        if "B" in tensors:
            b = _named(tensors, "B")
            _expect("B", b, (directions, 2 * rows))
            state |= {f"bias_ih{suffix}": taken(b[d, :rows], gates), f"bias_hh{suffix}": taken(b[d, rows:], gates)}
    return state


def to_onnx(kind: str, state: Mapping[str, Array], *, layer: int = 0) -> State:
    """One layer of a PyTorch ``state_dict``, in both directions where it has two, as ONNX's W, R and B: the inverse of
    ``from_onnx``. The node's ``hidden_size`` is R's last size; kind "gru" needs ``linear_before_reset=1``.

    Raises DeriveError for an unknown kind, a ``state_dict`` without that layer, with tensors of other shapes, or with
    some that ONNX has no place for.
    """
    order = inverse(_gates(_ONNX, kind))
    first, second = (_suffix(layer, reverse) for reverse in (False, True))
    backward = isinstance(state, Mapping) and any(str(name).endswith(second) for name in state)
    suffixes = [first, second] if backward else [first]
    weights, biases = _of_layer(kind, state, suffixes, len(order), "ONNX")
    tensors = {name: np.stack([taken(of[k], order) for of in weights]) for k, name in enumerate(("W", "R"))}
    if all(biases):
        tensors["B"] = np.stack([np.concatenate([taken(b, order) for b in of]) for of in biases])
    return tensors


def _of_layer(
    kind: str, state: Mapping[str, Array], suffixes: Sequence[str], gates: int, where: str
) -> tuple[list[list[Array]], list[list[Array]]]:
    """The weights of each direction of a layer, and the biases, or none in any; input first.

    Raises DeriveError for a tensor that is missing, has another shape, or would be lost.
    """
    usual = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    _expect_mapping("the state_dict", state)
    if strange := [str(k) for k in state if not _OF_A_LAYER.search(str(k))]:
        raise DeriveError(f"{', '.join(strange)}: not named as weight_ih_l0 is; give the layer's state_dict alone")
    weights: list[list[Array]] = []
    biases: list[list[Array]] = []
    biased = any(f"bias_{k}{suffix}" in state for k in ("ih", "hh") for suffix in suffixes)
    for suffix in suffixes:
        names = [k for k in state if isinstance(k, str) and k.endswith(suffix)]
        if more := [k for k in names if k.removesuffix(suffix) not in usual]:
            raise DeriveError(
                f"{', '.join(more)}: {where} has no place for it in kind {kind!r}, which has the tensors"
                f" {', '.join(usual)} alone"
            )
        ih, hh = (_named(state, f"weight_{k}{suffix}") for k in ("ih", "hh"))
        hidden, inputs = (w.shape[-1] if w.ndim else 0 for w in (hh, ih))
        _expect(f"weight_hh{suffix}", hh, (gates * hidden, hidden))
        _expect(f"weight_ih{suffix}", ih, (gates * hidden, inputs))
        weights.append([ih, hh])
        found = [f"bias_{k}{suffix}" for k in ("ih", "hh")] if biased else []
        biases.append([_named(state, name) for name in found])
        for name, bias in zip(found, biases[-1], strict=True):
            _expect(name, bias, (gates * hidden,))
    return weights, biases


def _check_attributes(kind: str, attributes: Mapping[str, Any], directions: int, hidden: int) -> None:
    """Raise DeriveError for an attribute of an ONNX node that is another cell's than the kind's, or is unknown."""
    _expect_mapping("attributes", attributes)
    before_reset = {"gru": 1, "gru_reset_before": 0}
    by_activations = "build the cell with with_activations"
    by_tensors = "the tensors say otherwise"
    by_hand = "no kind has it: write the cell in a file of your own"
    wanted: dict[str, tuple[Any, str]] = {
        "hidden_size": (hidden, by_tensors),
        "direction": ("bidirectional" if directions == 2 else "forward", by_tensors),
        "layout": (0, "it is that of X, Y and the states: transpose these, and leave it out"),
        "input_forget": (0, by_hand),
        "activation_alpha": ([], by_activations),
        "activation_beta": ([], by_activations),
        "activations": (list(_ACTIVATIONS[kind]) * directions, by_activations),
    }
    if kind in before_reset:
        attributes = {"linear_before_reset": 0, **attributes}
        other = next((k for k, v in before_reset.items() if v == _plain(attributes["linear_before_reset"])), "")
        remedy = f"that is kind {other!r}; a node that does not say has 0" if other else "expected 0 or 1"
        wanted["linear_before_reset"] = (before_reset[kind], remedy)
    for name, value in attributes.items():
        plain = _plain(value)
        if name == "activations" and isinstance(plain, list):
            plain = [a.lower() if isinstance(a, str) else a for a in plain]
        right, remedy = wanted.get(name, (_NOTHING, by_hand))
        if plain != right or isinstance(plain, bool):
            raise DeriveError(f"ONNX attribute {name} = {shown(plain)} is not that of kind {kind!r}; {remedy}")


def _plain(value: Any) -> Any:
    """A value of an attribute as Python has it: text for bytes, lists for arrays and tuples."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value


def _expect_mapping(name: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise DeriveError(f"{name} is {shown(value)}, expected a mapping of names to values; {_WHOLE}")


def _gates(orders: Mapping[str, tuple[int, ...]], kind: str) -> tuple[int, ...]:
    if not isinstance(kind, str) or kind not in orders:
        raise DeriveError(unknown("kind of layer", str(kind), orders))
    return orders[kind]


def inverse(order: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(order.index(k) for k in range(len(order)))


def _suffix(layer: int, reverse: bool) -> str:
    if not isinstance(layer, int) or isinstance(layer, bool) or layer < 0:
        raise DeriveError(f"layer is {shown(layer)}, expected 0 or another number of a layer")
    return f"_l{layer}_reverse" if reverse else f"_l{layer}"


def taken(stack: Array, order: tuple[int, ...]) -> Array:
    """The blocks of a stack along its first dimension, in that order."""
    blocks = np.split(stack, len(order))
    return np.concatenate([blocks[k] for k in order])


def _named(tensors: Mapping[str, Array], name: str) -> Array:
    _expect_mapping("what holds the tensors", tensors)
    if name not in tensors:
        raise DeriveError(f"{unknown('tensor', name, tensors)}; a weight and a bias are needed under the usual names")
    return as_array(tensors[name], name)


def as_array(value: Array, name: str) -> Array:
    """A NumPy array of a tensor on any device, or of anything that NumPy takes."""
    if str(getattr(value, "dtype", "")) == "torch.bfloat16":
        raise DeriveError(f"{name} is bfloat16, which neither NumPy nor ONNX Runtime computes in; give layer.float()")
    try:
        return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    except (TypeError, ValueError, RuntimeError) as e:  # a dtype or a layout that NumPy has not, rows of two lengths
        raise DeriveError(f"{name} is no array for NumPy: {str(e).partition(chr(10))[0]}") from None


def _expect(name: str, array: Array, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise DeriveError(f"{name} has shape {array.shape}, expected {shape}; check that the kind of layer is right")
