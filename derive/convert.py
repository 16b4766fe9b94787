"""Layers of ONNX, Keras and PyTorch as cells with weights, and back.

>>> lstm = load("model.onnx", "encoder/LSTM")
>>> lstm.layer()(x)

``load`` takes what people have: an ONNX file or ``ModelProto``, a ``.keras`` or ``.h5`` file, a Keras layer or model, a
module of ``torch.nn`` or a generated one. ``names`` says which layers are in it. ``to_onnx(layer, path)`` writes a file
that ONNX Runtime runs. The functions on arrays, ``from_onnx``, ``to_onnx`` of a kind, ``from_keras`` and ``to_keras``,
are for programs that hold the arrays and know the kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, overload

from derive.errors import DeriveError, shown

try:
    import numpy  # noqa: F401  all of it works on arrays
except ModuleNotFoundError:
    raise DeriveError("derive.convert needs numpy, which is not installed: pip install numpy") from None

from derive.interchange import arrays
from derive.interchange.arrays import Array, State, from_keras, from_onnx, to_keras
from derive.interchange.converted import Converted
from derive.interchange.load import load, names
from derive.interchange.onnx_files import write_onnx

__all__ = ["Converted", "from_keras", "from_onnx", "load", "names", "to_keras", "to_onnx"]


@overload
def to_onnx(layer_or_kind: str, path_or_state: Mapping[str, Array], *, layer: int = 0) -> State: ...


@overload
def to_onnx(layer_or_kind: Any, path_or_state: str | Path, *, states: bool = False) -> Path: ...


def to_onnx(layer_or_kind: Any, path_or_state: Any, *, layer: int = 0, states: bool = False) -> State | Path:
    """A layer as an ONNX file, or one layer of a ``state_dict`` as the arrays of a node.

    ``to_onnx(layer, "model.onnx")`` takes a layer, or what ``load`` gives, and writes the file whole or not at all.
    Its input "input" is (T, B, I), (B, T, I) with ``batch_first``; its outputs are "output" and the final states,
    "h_n" and so on, (L, B, n); T and B are free. states: whether the states before the first step are inputs, "h_0" and
    so on; else they are the layer's: zero, where the cell starts, or learned. A cell that ONNX has a node for is that
    node (in float32, where ONNX Runtime has them), every other one a ``Scan`` of its equations. Dropout is that of
    evaluation: none.

    ``to_onnx("gru", state_dict, layer=0)`` gives W, R and B of one layer, in both directions where it has two. The
    node's ``hidden_size`` is R's last size; kind "gru" needs ``linear_before_reset=1``.

    Raises DeriveError for an unknown kind, for tensors that are missing, of other shapes or without a place in ONNX;
    for what is no layer, a model or file that is more than one, a layer of float16 or with a function that ONNX lacks;
    for a path that cannot be written.
    """
    if isinstance(layer_or_kind, str) and not isinstance(path_or_state, str | Path):
        return arrays.to_onnx(layer_or_kind, path_or_state, layer=layer)
    if not isinstance(path_or_state, str | Path):
        raise DeriveError(
            f"to_onnx of a {type(layer_or_kind).__name__} writes a file; the path is {shown(path_or_state)}, expected"
            " one such as 'model.onnx'"
        )
    return write_onnx(layer_or_kind, path_or_state, states=states)
