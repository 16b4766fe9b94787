"""Layers as files of ONNX, which ONNX Runtime runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from derive.errors import DeriveError
from derive.interchange import keras_layers, modules
from derive.interchange.converted import Converted
from derive.interchange.load import load, names
from derive.interchange.onnx_models import require_onnx
from derive.writing import write_files


def write_onnx(layer: Any, path: str | Path, *, states: bool = False) -> Path:
    """Write a layer as an ONNX file: see ``derive.convert.to_onnx``."""
    require_onnx()
    from derive.backends.onnx.network import Network, model

    if Path(path).is_dir():
        raise DeriveError(f"{path} is a folder; name the file to write, such as {Path(path) / 'model.onnx'}")
    one = keras_layers.is_recurrent if keras_layers.is_keras(layer) else modules.is_recurrent
    if not (isinstance(layer, Converted) or one(layer)):
        name = names(layer)[0]  # which refuses what has none
        is_file = isinstance(layer, str | Path)
        raise DeriveError(
            f"{layer if is_file else type(layer).__name__} is more than a layer, and the file would have a layer alone;"
            f" write one that it has, such as load({repr(str(layer)) if is_file else 'model'}, {name!r})"
        )
    found = layer if isinstance(layer, Converted) else load(layer)
    if found.single:
        raise DeriveError(f"{found.name} is one time step, and a file is of a sequence; give a layer of the cell")
    if states and (found.initial or found.learned):
        raise DeriveError(f"{found.name} has initial states of its own; leave states out")
    sizes = {"input_size": found.input_size, "hidden_size": found.hidden_size}
    network = Network(
        found.cell.in_evaluation(),
        {name: w for name, w in found.weights.items() if name not in found.first_values},
        sizes | {"proj_size": found.proj_size or found.hidden_size} | dict(found.sizes),
        found.num_layers,
        found.bidirectional,
        found.reverse,
        found.batch_first,
        () if states else found.starting(),
        states,
    )
    try:
        content = model(network).SerializeToString()
    except ValueError as e:  # protobuf ends at 2 GB
        raise DeriveError(f"{found.name} is too large for one file of ONNX: {e}") from None
    target = Path(path)
    write_files(target.parent, {target: content})
    return target
