"""Layers of ONNX, Keras and PyTorch as cells with weights, and back.

>>> lstm = load("model.onnx", "encoder/LSTM")
>>> lstm.layer()(x)

``load`` takes what people have: an ONNX file or ``ModelProto``, a ``.keras`` or ``.h5`` file, a Keras layer or model, a
module of ``torch.nn`` or a generated one. ``names`` says which layers are in it. The four functions on arrays,
``from_onnx``, ``to_onnx``, ``from_keras`` and ``to_keras``, are for programs that hold the arrays and know the kind.
"""

from __future__ import annotations

from derive.errors import DeriveError

try:
    import numpy  # noqa: F401  all of it works on arrays
except ModuleNotFoundError:
    raise DeriveError("derive.convert needs numpy, which is not installed: pip install numpy") from None

from derive.interchange.arrays import from_keras, from_onnx, to_keras, to_onnx
from derive.interchange.converted import Converted
from derive.interchange.load import load, names

__all__ = ["Converted", "from_keras", "from_onnx", "load", "names", "to_keras", "to_onnx"]
