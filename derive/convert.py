"""Weights of LSTM, GRU and RNN layers from and to Keras and ONNX, whose gates stand in other orders.

All functions work on plain arrays (or torch tensors) and give NumPy arrays, named as in a PyTorch ``state_dict``:

>>> layer.load_state_dict({k: torch.from_numpy(v) for k, v in from_keras("lstm", keras_layer.get_weights()).items()})

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

What a kind has no equation for is refused by name: a tensor that is left over, an attribute of an ONNX node.

Sources: the documentation of ``torch.nn.LSTM``, ``keras.layers.LSTM`` and of the ONNX operators LSTM, GRU and RNN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from derive.errors import DeriveError, unknown

try:
    import numpy as np
except ModuleNotFoundError:
    raise DeriveError("derive.convert needs numpy, which is not installed: pip install numpy") from None

Array = Any
State = dict[str, Array]

#: For each gate of PyTorch, in order, its place in the other order.
_KERAS = {"lstm": (0, 1, 2, 3), "gru": (1, 0, 2), "gru_reset_before": (1, 0, 2), "rnn": (0,)}
_ONNX = {"lstm": (0, 2, 3, 1), "gru": (1, 0, 2), "gru_reset_before": (1, 0, 2), "rnn": (0,)}
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
    arrays = [_array(w, f"weights[{k}]") for k, w in enumerate(weights)]
    if len(arrays) not in (2, 3) or any(w.ndim != 2 for w in arrays[:2]):
        shapes = ", ".join(str(w.shape) for w in arrays)
        raise DeriveError(
            f"Keras weights of shapes {shapes}: expected a kernel, a recurrent kernel and at most one bias"
        )
    hidden = arrays[1].shape[0]
    _expect("recurrent kernel", arrays[1], (hidden, len(gates) * hidden))
    _expect("kernel", arrays[0], (arrays[0].shape[0], len(gates) * hidden))
    state = {f"weight_{k}{suffix}": _taken(w.T, gates) for k, w in zip(("ih", "hh"), arrays, strict=False)}
    if kind.startswith("gru"):
        _check_reset(kind, reset_after if len(arrays) == 2 else arrays[2].ndim == 2)
    if len(arrays) == 3:
        bias = arrays[2]
        rows = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
        _expect("bias", rows, (2, len(gates) * hidden))
        state |= {f"bias_{k}{suffix}": _taken(b, gates) for k, b in zip(("ih", "hh"), rows, strict=True)}
    return state


def _check_reset(kind: str, after: bool | None) -> None:
    if after is None:
        raise DeriveError(
            f"Keras GRU without biases: the arrays do not tell whether it is {kind!r}; say reset_after=True or False,"
            " as the layer has it"
        )
    right = "gru" if after else "gru_reset_before"
    if kind != right:
        raise DeriveError(
            f"Keras GRU with reset_after={after}, which multiplies by r {'after' if after else 'before'} the matrix:"
            f" that is kind {right!r}, not {kind!r}"
        )


def to_keras(kind: str, state: Mapping[str, Array], *, layer: int = 0, reverse: bool = False) -> list[Array]:
    """One layer and direction of a PyTorch ``state_dict`` for ``layer.set_weights()`` of Keras: the inverse of
    ``from_keras``, up to the two biases of LSTM, RNN and "gru_reset_before", which are added.

    Raises DeriveError for an unknown kind, a ``state_dict`` without that layer, or with tensors of it that Keras has no
    place for.
    """
    gates, suffix = _gates(_KERAS, kind), _suffix(layer, reverse)
    _check_left_over(kind, state, [suffix], "Keras")
    order = _inverse(gates)
    weights = [_taken(_named(state, f"weight_{k}{suffix}"), order).T for k in ("ih", "hh")]
    if f"bias_ih{suffix}" in state:
        biases = [_taken(_named(state, f"bias_{k}{suffix}"), order) for k in ("ih", "hh")]
        weights.append(np.stack(biases) if kind == "gru" else biases[0] + biases[1])
    return weights


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
    if more := [name for name in tensors if name not in ("W", "R", "B")]:
        raise DeriveError(
            f"{', '.join(more)}: kind {kind!r} has no place for it in its equations, which read W, R and B"
        )
    directions, hidden = r.shape[0], r.shape[-1]
    _check_attributes(kind, attributes or {}, directions, hidden)
    rows = len(gates) * hidden
    _expect("R", r, (directions, rows, hidden))
    _expect("W", w, (directions, rows, w.shape[-1]))
    state: State = {}
    for d in range(directions):
        suffix = _suffix(layer, d == 1)
        state |= {f"weight_ih{suffix}": _taken(w[d], gates), f"weight_hh{suffix}": _taken(r[d], gates)}
        if "B" in tensors:
            b = _named(tensors, "B")
            _expect("B", b, (directions, 2 * rows))
            state |= {f"bias_ih{suffix}": _taken(b[d, :rows], gates), f"bias_hh{suffix}": _taken(b[d, rows:], gates)}
    return state


def to_onnx(kind: str, state: Mapping[str, Array], *, layer: int = 0) -> State:
    """One layer of a PyTorch ``state_dict``, in both directions where it has two, as ONNX's W, R and B: the inverse of
    ``from_onnx``. The node's ``hidden_size`` is R's last size; kind "gru" needs ``linear_before_reset=1``.

    Raises DeriveError for an unknown kind, a ``state_dict`` without that layer, or with tensors of it that ONNX has no
    place for.
    """
    order = _inverse(_gates(_ONNX, kind))
    suffixes = [_suffix(layer, reverse) for reverse in (False, True)]
    suffixes = [s for s in suffixes if s == suffixes[0] or f"weight_ih{s}" in state]
    _check_left_over(kind, state, suffixes, "ONNX")

    def stacked(name: str) -> Array:
        return np.stack([_taken(_named(state, name + s), order) for s in suffixes])

    tensors = {"W": stacked("weight_ih"), "R": stacked("weight_hh")}
    if f"bias_ih{suffixes[0]}" in state:
        tensors["B"] = np.concatenate([stacked("bias_ih"), stacked("bias_hh")], axis=1)
    return tensors


def _check_left_over(kind: str, state: Mapping[str, Array], suffixes: Sequence[str], where: str) -> None:
    """Raise DeriveError for tensors of a layer that would be lost."""
    usual = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    for suffix in suffixes:
        more = [k for k in state if k.endswith(suffix) and k.removesuffix(suffix) not in usual]
        if more:
            raise DeriveError(
                f"{', '.join(more)}: {where} has no place for it in kind {kind!r}, which has the tensors"
                f" {', '.join(usual)} alone"
            )


def _check_attributes(kind: str, attributes: Mapping[str, Any], directions: int, hidden: int) -> None:
    """Raise DeriveError for an attribute of an ONNX node that is another cell's than the kind's, or is unknown."""
    before_reset = {"gru": 1, "gru_reset_before": 0}
    wanted: dict[str, Any] = {
        "hidden_size": hidden,
        "direction": "bidirectional" if directions == 2 else "forward",
        "layout": 0,
        "input_forget": 0,
        "activation_alpha": [],
        "activation_beta": [],
        "activations": list(_ACTIVATIONS[kind]) * directions,
        **({"linear_before_reset": before_reset[kind]} if kind in before_reset else {}),
    }
    given = {"linear_before_reset": 0, **attributes} if kind in before_reset else dict(attributes)
    for name, value in given.items():
        plain = value.decode() if isinstance(value, bytes) else value
        if name == "activations":
            plain = [(a.decode() if isinstance(a, bytes) else str(a)).lower() for a in value]
        if name in wanted and (list(plain) if isinstance(wanted[name], list) else plain) == wanted[name]:
            continue
        remedy = "build the cell with with_activations or as a file of your own"
        if name == "linear_before_reset":
            other = next(k for k, v in before_reset.items() if v == plain) if plain in (0, 1) else "gru"
            remedy = f"that is kind {other!r}; a node that does not say has 0"
        raise DeriveError(f"ONNX attribute {name} = {plain!r} is not that of kind {kind!r}; {remedy}")


def _gates(orders: Mapping[str, tuple[int, ...]], kind: str) -> tuple[int, ...]:
    if kind not in orders:
        raise DeriveError(unknown("kind of layer", kind, orders))
    return orders[kind]


def _inverse(order: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(order.index(k) for k in range(len(order)))


def _suffix(layer: int, reverse: bool) -> str:
    return f"_l{layer}_reverse" if reverse else f"_l{layer}"


def _taken(stack: Array, order: tuple[int, ...]) -> Array:
    """The blocks of a stack along its first dimension, in that order."""
    blocks = np.split(stack, len(order))
    return np.concatenate([blocks[k] for k in order])


def _named(tensors: Mapping[str, Array], name: str) -> Array:
    if name not in tensors:
        raise DeriveError(f"{unknown('tensor', name, tensors)}; a weight and a bias are needed under the usual names")
    return _array(tensors[name], name)


def _array(value: Array, name: str) -> Array:
    """A NumPy array of a tensor on any device, or of anything that NumPy takes."""
    try:
        return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    except (TypeError, ValueError, RuntimeError) as e:  # a dtype or a layout that NumPy has not, rows of two lengths
        raise DeriveError(f"{name} is no array for NumPy: {str(e).partition(chr(10))[0]}") from None


def _expect(name: str, array: Array, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise DeriveError(f"{name} has shape {array.shape}, expected {shape}; check that the kind of layer is right")
