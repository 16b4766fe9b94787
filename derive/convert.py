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
Keras has one, but for the GRU with ``reset_after=True``. PyTorch's GRU is the one of Keras' ``reset_after=True`` (its
default) and of ONNX's ``linear_before_reset=1`` (not its default).

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
_KERAS = {"lstm": (0, 1, 2, 3), "gru": (1, 0, 2), "rnn": (0,)}
_ONNX = {"lstm": (0, 2, 3, 1), "gru": (1, 0, 2), "rnn": (0,)}


def from_keras(kind: str, weights: Sequence[Array], *, layer: int = 0, reverse: bool = False) -> State:
    """What ``layer.get_weights()`` of a Keras LSTM, GRU or SimpleRNN gives, under PyTorch's names.

    kind: "lstm", "gru" or "rnn". weights: kernel (I, G·H), recurrent kernel (H, G·H) and, with ``use_bias``, the bias,
    (G·H,), or (2, G·H) of a GRU with ``reset_after``. layer, reverse: where in the PyTorch module they go.

    Raises DeriveError for an unknown kind, arrays of other shapes, or a GRU with ``reset_after=False``, which
    ``torch.nn.GRU`` has no equation for.
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
    if len(arrays) == 3:
        bias = arrays[2]
        if kind == "gru" and bias.ndim == 1:
            raise DeriveError(
                f"Keras GRU bias of shape {bias.shape}: reset_after=False multiplies by r before the matrix, which"
                " torch.nn.GRU does not do; train with reset_after=True"
            )
        rows = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
        _expect("bias", rows, (2, len(gates) * hidden))
        state |= {f"bias_{k}{suffix}": _taken(b, gates) for k, b in zip(("ih", "hh"), rows, strict=True)}
    return state


def to_keras(kind: str, state: Mapping[str, Array], *, layer: int = 0, reverse: bool = False) -> list[Array]:
    """One layer and direction of a PyTorch ``state_dict`` for ``layer.set_weights()`` of Keras: the inverse of
    ``from_keras``, up to the two biases of LSTM and RNN, which are added.

    Raises DeriveError for an unknown kind or a ``state_dict`` without that layer.
    """
    gates, suffix = _gates(_KERAS, kind), _suffix(layer, reverse)
    order = _inverse(gates)
    weights = [_taken(_named(state, f"weight_{k}{suffix}"), order).T for k in ("ih", "hh")]
    if f"bias_ih{suffix}" in state:
        biases = [_taken(_named(state, f"bias_{k}{suffix}"), order) for k in ("ih", "hh")]
        weights.append(np.stack(biases) if kind == "gru" else biases[0] + biases[1])
    return weights


def from_onnx(kind: str, tensors: Mapping[str, Array], *, layer: int = 0) -> State:
    """The tensors W, R and, where there is one, B of an ONNX LSTM, GRU or RNN node, under PyTorch's names.

    W: (D, G·H, I); R: (D, G·H, H); B: (D, 2·G·H), D being 2 for a bidirectional node, else 1. A GRU has to have
    ``linear_before_reset=1``.

    Raises DeriveError for an unknown kind, a missing tensor or other shapes.
    """
    gates = _gates(_ONNX, kind)
    w, r = _named(tensors, "W"), _named(tensors, "R")
    directions, hidden = r.shape[0], r.shape[-1]
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
    ``from_onnx``. The node's ``hidden_size`` is R's last size; a GRU needs ``linear_before_reset=1``.

    Raises DeriveError for an unknown kind or a ``state_dict`` without that layer.
    """
    order = _inverse(_gates(_ONNX, kind))
    suffixes = [_suffix(layer, reverse) for reverse in (False, True)]
    suffixes = [s for s in suffixes if s == suffixes[0] or f"weight_ih{s}" in state]

    def stacked(name: str) -> Array:
        return np.stack([_taken(_named(state, name + s), order) for s in suffixes])

    tensors = {"W": stacked("weight_ih"), "R": stacked("weight_hh")}
    if f"bias_ih{suffixes[0]}" in state:
        tensors["B"] = np.concatenate([stacked("bias_ih"), stacked("bias_hh")], axis=1)
    return tensors


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
