"""Files of Keras, ``.keras`` and ``.h5``, read as data: a configuration in JSON, and arrays in HDF5.

Nothing in them is executed, whatever layers they have, and nothing outside the file is read: HDF5 may refer to other
files, and such a reference is refused.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from derive.errors import DeriveError, shortened, shown
from derive.interchange.converted import Array, Converted
from derive.interchange.keras_layers import KINDS, of_config
from derive.reading import MOST_BYTES, open_file

_DENSEST = 1032  # bytes that one byte of the file may become: zlib's most


class _Layer(NamedTuple):
    """A recurrent layer: its class, its configuration, and the names of the models around it and its own."""

    kind: str
    config: Mapping[str, Any]
    path: tuple[str, ...]


def in_keras_file(path: Path, *, zipped: bool) -> dict[str, Callable[[], Converted]]:
    """The recurrent layers in a file, by name; those of a model in a model as ``inner/name``."""
    try:
        import h5py
    except ModuleNotFoundError:
        raise DeriveError(
            "files of Keras need h5py, which is not installed: pip install 'derive-cells[keras]'"
        ) from None
    model, version, content = _zipped(path) if zipped else _legacy(h5py, path)

    def later(layer: _Layer) -> Callable[[], Converted]:
        def made() -> Converted:
            with _readable(path), h5py.File(io.BytesIO(content) if zipped else path, "r") as file:
                halves = ("forward", "backward") if layer.kind == "Bidirectional" else ("",)
                find = _of_zipped if zipped else _of_legacy
                arrays = [find(h5py, file, layer, half) for half in halves]
            return of_config(layer.kind, layer.config, arrays, version)

        return made

    return {"/".join(layer.path): later(layer) for layer in _layers(model, ())}


def _zipped(path: Path) -> tuple[Any, str, bytes]:
    try:
        with open_file(path) as file, zipfile.ZipFile(file) as archive:
            if "config.json" not in archive.namelist():
                raise DeriveError(
                    f"{path} is a zip archive without config.json, so no file of Keras; of a file of torch.save, give"
                    " the module that it is loaded into"
                )
            texts = {name: archive.open(name).read(MOST_BYTES) for name in ("config.json", "metadata.json")}
            version = json.loads(texts["metadata.json"]).get("keras_version", "3")
            return json.loads(texts["config.json"]), str(version), archive.read("model.weights.h5")
    except (OSError, KeyError, ValueError, RecursionError, AttributeError, zipfile.BadZipFile) as e:
        raise DeriveError(f"{path} is no .keras file that can be read: {shortened(e, 200)}") from None


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except DeriveError:
        raise
    except Exception as e:  # h5py answers a damaged file with errors of many types
        raise DeriveError(f"{path} is no HDF5 file that can be read: {shortened(e, 200)}") from None


def _legacy(h5py: Any, path: Path) -> tuple[Any, str, bytes]:
    with _readable(path), h5py.File(path, "r") as file:
        model, version = file.attrs.get("model_config"), file.attrs.get("keras_version", "2")
    if model is None:
        raise DeriveError(f"{path} has weights alone, without model_config; save the whole model, as .keras or .h5")
    text = model.decode() if isinstance(model, bytes) else str(model)
    try:
        return json.loads(text), version.decode() if isinstance(version, bytes) else str(version), b""
    except (ValueError, RecursionError):
        raise DeriveError(f"{path}: its model_config is no JSON") from None


def _layers(model: Any, path: tuple[str, ...]) -> Iterator[_Layer]:
    """The recurrent layers of a configuration, as far as models stand in models."""
    config = model.get("config") if isinstance(model, dict) else None
    inner = config if isinstance(config, list) else config.get("layers") if isinstance(config, dict) else None
    for layer in inner if isinstance(inner, list) else ():
        if not isinstance(layer, dict) or not isinstance(layer.get("config"), dict | list):
            continue
        about, kind = layer["config"], str(layer.get("class_name"))
        name = str(layer.get("name") or (about.get("name") if isinstance(about, dict) else None) or kind)
        if kind in KINDS and isinstance(about, dict) and not layer.get("registered_name"):
            yield _Layer(kind, about, (*path, name))
        else:
            yield from _layers(layer, (*path, name))


# ---------------------------------------------------------------------- arrays


def _of_zipped(h5py: Any, file: Any, layer: _Layer, half: str) -> list[Array]:
    """The arrays of a layer in ``model.weights.h5``: groups carry the names of their layers."""
    group = file
    for name in layer.path:
        layers = _inside(h5py, group, "layers", layer)
        found = [g for g in (_inside(h5py, layers, k, layer) for k in layers) if _name(g) == name]
        if len(found) != 1:
            raise DeriveError(
                f"{'/'.join(layer.path)}: the weights of {shown(name)} are not found by that name; save the model"
                " again with a newer Keras, or give the layer itself"
            )
        group = found[0]
    for step in (f"{half}_layer", "cell", "vars") if half else ("cell", "vars"):
        group = _inside(h5py, group, step, layer)
    return [_array(_inside(h5py, group, str(k), layer), layer) for k in range(len(group))]


def _name(group: Any) -> str:
    return str(group["vars"].attrs.get("name", "")) if "vars" in group else ""


def _of_legacy(h5py: Any, file: Any, layer: _Layer, half: str) -> list[Array]:
    """The arrays of a layer in a ``.h5`` file: the outermost model's group lists them by their whole names."""
    outer = _inside(h5py, _inside(h5py, file, "model_weights", layer), layer.path[0], layer)
    listed = [n.decode() if isinstance(n, bytes) else str(n) for n in outer.attrs.get("weight_names", ())]
    own = [n for n in listed if layer.path[-1] in n.split("/")] if len(layer.path) > 1 else listed
    if half:
        own = [n for n in own if any(part.startswith(f"{half}_") for part in n.split("/"))]
    order = {"kernel": 0, "recurrent_kernel": 1, "bias": 2}
    arrays = {}
    for name in own:
        end = name.split("/")[-1].partition(":")[0]
        if end not in order or end in arrays:
            raise DeriveError(f"{'/'.join(layer.path)}: {shown(name)} is no weight of it that is known here")
        group = outer
        for part in name.split("/"):
            group = _inside(h5py, group, part, layer)
        arrays[end] = _array(group, layer)
    return [arrays[end] for end in order if end in arrays]


def _inside(h5py: Any, group: Any, name: str, layer: _Layer) -> Any:
    """What stands in a group under a name, in this very file."""
    link = group.get(name, getlink=True) if isinstance(group, h5py.Group) else None
    if not isinstance(link, h5py.HardLink):
        what = "missing" if link is None else "a link, which may lead out of the file"
        raise DeriveError(f"{'/'.join(layer.path)}: {shown(name)} of its weights is {what}")
    return group[name]


def _array(dataset: Any, layer: _Layer) -> Array:
    if not hasattr(dataset, "shape") or getattr(dataset, "external", None) or getattr(dataset, "is_virtual", False):
        raise DeriveError(f"{'/'.join(layer.path)}: {dataset.name} is no array in this file")
    if dataset.nbytes > _DENSEST * dataset.id.get_storage_size():
        raise DeriveError(f"{'/'.join(layer.path)}: {dataset.name} is larger than what the file holds of it")
    return dataset[()]
