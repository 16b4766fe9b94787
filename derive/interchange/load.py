"""``load`` and ``names``: what is given is told apart, and its layers are found by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from derive.errors import DeriveError, listing, shown, unknown
from derive.interchange.converted import Converted
from derive.interchange.keras_files import in_keras_file
from derive.interchange.keras_layers import in_keras, is_keras
from derive.interchange.modules import in_module, is_module
from derive.interchange.onnx_models import read_model
from derive.interchange.onnx_nodes import in_model
from derive.reading import open_file


def load(thing: Any, name: str | None = None) -> Converted:
    """The recurrent layer in a thing as a cell with weights; ``load(thing).layer()`` computes what it computed.

    thing: an ONNX file (LSTM, GRU and RNN nodes whose weights are constants) or ``onnx.ModelProto``; a ``.keras`` or
    ``.h5`` file, which is read as data; a Keras LSTM, GRU, SimpleRNN or Bidirectional layer, or a model; an
    ``nn.LSTM``, ``nn.GRU``, ``nn.RNN``, one of their cells or a generated layer, or a module that has some.
    name: which one, as ``names`` lists them, where there are several.

    Raises DeriveError, naming it, for what is none of these, for a layer that is not there or not chosen, and for an
    option or tensor that no cell can express. Nothing that a layer computes is dropped; what says how it is trained
    (dropout of Keras, regularizers, constraints) is not taken.
    """
    found = _layers(thing)
    if name is None:
        if len(found) > 1:
            raise DeriveError(f"{_called(thing)} has {len(found)} recurrent layers, {listing(found)}; name one of them")
        name = next(iter(found))
    if name not in found:
        raise DeriveError(unknown("recurrent layer", name, found))
    return found[name]()


def names(thing: Any) -> tuple[str, ...]:
    """The recurrent layers in a thing, by the names that ``load`` takes."""
    return tuple(_layers(thing))


def _layers(thing: Any) -> dict[str, Callable[[], Converted]]:
    found = _found(thing)
    if not found:
        raise DeriveError(f"{_called(thing)} has no LSTM, GRU or RNN")
    return found


def _found(thing: Any) -> dict[str, Callable[[], Converted]]:
    if isinstance(thing, str | Path):
        return _in_file(Path(thing))
    if is_module(thing) and not is_keras(thing):
        return in_module(thing)
    if is_keras(thing):
        return in_keras(thing)
    if type(thing).__name__ == "ModelProto":
        return in_model(thing)
    raise DeriveError(f"{_called(thing)} is no layer, model or path of a file; {_remedy(thing)}")


def _in_file(path: Path) -> dict[str, Callable[[], Converted]]:
    try:
        with open_file(path) as file:
            start = file.read(8)
    except OSError as e:
        raise DeriveError(f"cannot read {path}: {e.strerror}; expected an .onnx, .keras or .h5 file") from None
    if start[:2] == b"PK" or start == b"\x89HDF\r\n\x1a\n":
        return in_keras_file(path, zipped=start[:2] == b"PK")
    return in_model(read_model(path))


def _called(thing: Any) -> str:
    return str(thing) if isinstance(thing, str | Path) else shown(thing) if _small(thing) else type(thing).__name__


def _small(thing: Any) -> bool:
    return thing is None or isinstance(thing, bool | int | float | bytes)


def _remedy(thing: Any) -> str:
    if isinstance(thing, Mapping):
        return "a dictionary of W, R and B goes to from_onnx with the kind; of a state_dict, give the module itself"
    if isinstance(thing, list | tuple):
        return "a list of arrays goes to from_keras with the kind"
    return "give an .onnx, .keras or .h5 file, an onnx.ModelProto, a Keras layer or a torch module"
