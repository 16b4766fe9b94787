"""LSTM, GRU and RNN nodes of an ONNX model as cells with weights: all that their attributes and inputs say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from sympy import Rational

from derive.errors import DeriveError, listing, shortened, shown
from derive.interchange.arrays import from_onnx
from derive.interchange.converted import Array, Converted
from derive.interchange.forms import USUAL, Function, cell_of
from derive.interchange.onnx_models import Node, recurrent_nodes, require_onnx

#: The inputs of a node after the sequence, in their order.
_INPUTS = ("W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P")
_FUNCTIONS = {
    "affine": "affine", "elu": "elu", "hardsigmoid": "hard_sigmoid_onnx", "leakyrelu": "leaky_relu", "relu": "relu",
    "scaledtanh": "scaled_tanh", "sigmoid": "sigmoid", "softplus": "softplus", "softsign": "softsign", "tanh": "tanh",
    "thresholdedrelu": "thresholded_relu",
}  # fmt: skip
#: The parameters of those that have some; None where ONNX has no default.
_PARAMETERS: dict[str, dict[str, float | None]] = {
    "affine": {"alpha": 1.0, "beta": 0.0},
    "elu": {"alpha": 1.0},
    "hardsigmoid": {"alpha": 0.2, "beta": 0.5},
    "leakyrelu": {"alpha": 0.01},
    "scaledtanh": {"alpha": None, "beta": None},
    "thresholdedrelu": {"alpha": 1.0},
}
#: The attributes that are known here, and their types.
_ATTRIBUTES = {
    "activation_alpha": "FLOATS", "activation_beta": "FLOATS", "activations": "STRINGS", "clip": "FLOAT",
    "direction": "STRING", "hidden_size": "INT", "input_forget": "INT", "layout": "INT", "linear_before_reset": "INT",
}  # fmt: skip


def in_model(model: Any) -> dict[str, Callable[[], Converted]]:
    """The recurrent nodes of a ``ModelProto`` by name, each to be converted when it is asked for."""
    return {name: partial(_converted, name, node) for name, node in recurrent_nodes(model).items()}


def _converted(name: str, node: Node) -> Converted:
    attributes = _attributes(name, node)
    tensors, asked = _tensors(name, node)
    hidden, directions = _dimensions(name, attributes, tensors["R"])
    kind = node.proto.op_type.lower()
    if kind == "gru" and not _flag(name, attributes, "linear_before_reset"):
        kind = "gru_reset_before"
    coupled = kind == "lstm" and _flag(name, attributes, "input_forget")
    batch_first = _flag(name, attributes, "layout")
    reset = {"linear_before_reset": 1} if kind == "gru" else {}
    weights = from_onnx(kind, {k: tensors[k] for k in ("W", "R", "B") if k in tensors}, attributes=reset)
    if coupled:  # the forget gate is 1 - i, and its rows are read by nobody
        weights = {
            k: np.delete(w.reshape(4, -1, *w.shape[1:]), 1, 0).reshape(-1, *w.shape[1:]) for k, w in weights.items()
        }
    if "P" in tensors:
        weights |= _peepholes(name, tensors["P"], directions, hidden, coupled)
    cell = cell_of(
        kind,
        _activations(name, attributes, kind, directions),
        clip=_clip(name, attributes),
        peepholes="P" in tensors,
        coupled=coupled,
    )
    return Converted(
        name,
        cell,
        weights,
        int(tensors["W"].shape[-1]),
        hidden,
        bidirectional=directions == 2,
        reverse=attributes.get("direction") == "reverse",
        batch_first=batch_first,
        initial=_initial(name, tensors, asked, directions, hidden, batch_first, cell.states),
        inputs=tuple(asked),
    )


def _attributes(name: str, node: Node) -> dict[str, Any]:
    """Those of a node by name. Raises DeriveError for one that is not known here."""
    onnx = require_onnx()
    if unknown := sorted({a.name for a in node.proto.attribute} - set(_ATTRIBUTES)):
        raise DeriveError(f"{name}: attribute {', '.join(unknown)} is none of {node.proto.op_type} that is known here")
    for a in node.proto.attribute:
        if (kind := onnx.AttributeProto.AttributeType.Name(a.type)) != _ATTRIBUTES[a.name]:
            raise DeriveError(f"{name}: attribute {a.name} is of type {kind}, expected {_ATTRIBUTES[a.name]}")
    return {a.name: _plain(onnx.helper.get_attribute_value(a)) for a in node.proto.attribute}


def _dimensions(name: str, attributes: dict[str, Any], r: Array) -> tuple[int, int]:
    """How many units and directions there are. Raises DeriveError where attributes and R do not agree."""
    if r.ndim != 3:
        raise DeriveError(f"{name}: R has shape {r.shape}, expected (D, G·H, H)")
    hidden = r.shape[-1]
    if attributes.get("hidden_size", hidden) != hidden:
        raise DeriveError(f"{name}: hidden_size is {attributes['hidden_size']}, and R has shape {r.shape}")
    direction = attributes.get("direction", "forward")
    directions = {"forward": 1, "reverse": 1, "bidirectional": 2}.get(direction)
    if directions is None:
        raise DeriveError(f"{name}: direction is {shown(direction)}, expected forward, reverse or bidirectional")
    if r.shape[0] != directions:
        raise DeriveError(f"{name}: direction is {direction}, and R has shape {r.shape}, expected {directions} first")
    return hidden, directions


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value


def _flag(name: str, attributes: Mapping[str, Any], key: str) -> bool:
    value = attributes.get(key, 0)
    if value not in (0, 1):
        raise DeriveError(f"{name}: {key} is {shown(value)}, expected 0 or 1")
    return bool(value)


def _tensors(name: str, node: Node) -> tuple[dict[str, Array], list[str]]:
    """The node's constants by the operator's names, and what the model computes and the caller of a layer gives."""
    onnx = require_onnx()
    known = _INPUTS if node.proto.op_type == "LSTM" else _INPUTS[:5]
    if more := [i for i in node.proto.input[1 + len(known) :] if i]:
        raise DeriveError(f"{name}: {listing(more)} is left over: {node.proto.op_type} has {1 + len(known)} inputs")
    wanted = dict(zip(known, node.proto.input[1:], strict=False))
    tensors, asked = {}, []
    for key, tensor in wanted.items():
        if not tensor:
            continue
        if tensor in node.constants:
            if key == "sequence_lens":
                raise DeriveError(
                    f"{name}: sequence_lens is a constant, and lengths belong to the data; leave the input out, and"
                    " give the layer a PackedSequence"
                )
            try:
                tensors[key] = onnx.numpy_helper.to_array(node.constants[tensor])
            except Exception as e:  # external data that is not there, a type that NumPy has not
                raise DeriveError(
                    f"{name}: {key}, {shown(tensor)}, cannot be read ({shortened(e, 200)}); a model with external data"
                    " is given by its path"
                ) from None
        elif key in ("W", "R", "B", "P"):
            raise DeriveError(
                f"{name}: {key} is {shown(tensor)}, {node.makers.get(tensor, 'unknown')}; expected an initializer or a"
                " Constant: fold the constants of the model first"
            )
        else:
            asked.append(key)
    for key in ("W", "R"):
        if key not in tensors:
            raise DeriveError(f"{name}: {key} is missing; a node of {node.proto.op_type} has W and R")
    kinds = {key: t.dtype for key, t in tensors.items()}
    if len(set(kinds.values())) > 1 or kinds["W"].kind != "f":
        held = ", ".join(f"{key} {kind}" for key, kind in kinds.items())
        raise DeriveError(f"{name}: its tensors are {held}; expected one type of real numbers")
    return tensors, asked


def _peepholes(name: str, p: Array, directions: int, hidden: int, coupled: bool) -> dict[str, Array]:
    if p.shape != (directions, 3 * hidden):
        raise DeriveError(f"{name}: P has shape {p.shape}, expected {(directions, 3 * hidden)}")
    found = {}
    for d, suffix in zip(range(directions), ("_l0", "_l0_reverse"), strict=False):
        for gate, block in zip("iof", np.split(p[d], 3), strict=True):
            if not (coupled and gate == "f"):
                found[f"p_{gate}{suffix}"] = block
    return found


def _initial(
    name: str, tensors: Mapping[str, Array], asked: list[str], directions: int, hidden: int, batch_first: bool,
    states: tuple[str, ...],
) -> tuple[Array, ...]:  # fmt: skip
    """The states before the first step, (D, B, H), zero for one that is not named; none where none is named."""
    keys = [f"initial_{s}" for s in states]
    given = {key: tensors[key] for key in keys if key in tensors}
    if given and set(asked) & set(keys):
        raise DeriveError(f"{name}: {listing(given)} is a constant, and {listing(set(asked) & set(keys))} is not")
    if not given:
        return ()
    for key, array in given.items():
        count = array.shape[1 if batch_first else 0] if array.ndim == 3 else 0
        if count != directions or array.shape[2] != hidden:
            raise DeriveError(
                f"{name}: {key} has shape {array.shape}, expected {directions} directions of {hidden} units"
            )
    placed = {key: array.transpose(1, 0, 2) if batch_first else array for key, array in given.items()}
    like = next(iter(placed.values()))
    return tuple(placed.get(key, np.zeros_like(like)) for key in keys)


def _clip(name: str, attributes: Mapping[str, Any]) -> Rational | None:
    if "clip" not in attributes:
        return None
    if not (np.isfinite(attributes["clip"]) and attributes["clip"] > 0):
        raise DeriveError(f"{name}: clip is {shown(attributes['clip'])}, expected a positive number")
    return Rational(_decimal(attributes["clip"]))


def _decimal(value: float) -> str:
    """The shortest decimal of a float32: what was written where the file has 0.20000000298."""
    return str(np.float32(value))


def _activations(name: str, attributes: Mapping[str, Any], kind: str, directions: int) -> list[Function]:
    """Those of one direction, with their parameters, which stand in two lists for those that have some, in order."""
    usual = list(USUAL[kind])
    given = attributes.get("activations", usual * directions)
    if len(given) != len(usual) * directions:
        raise DeriveError(f"{name}: activations is {shown(given)}, expected {len(usual) * directions} of them")
    left = {key: list(attributes.get(f"activation_{key}", [])) for key in ("alpha", "beta")}
    found = []
    for text in given:
        key = str(text).lower()
        if key not in _FUNCTIONS:
            raise DeriveError(f"{name}: activation {shown(text)} is unknown; ONNX has {', '.join(sorted(_FUNCTIONS))}")
        parameters = []
        for parameter, default in _PARAMETERS.get(key, {}).items():
            value = left[parameter].pop(0) if left[parameter] else default
            if value is None:
                raise DeriveError(f"{name}: {text} has no {parameter}; give it in activation_{parameter}")
            if default is None or _decimal(value) != _decimal(default):
                parameters.append(f"{parameter}={_decimal(value)}")
        ours = _FUNCTIONS[key]
        found.append(Function(f"{ours}({', '.join(parameters)})" if parameters else ours))
    for key, rest in left.items():
        if rest:
            raise DeriveError(f"{name}: activation_{key} has {shown(rest)} left over, which no activation takes")
    if found[: len(usual)] * directions != found:
        raise DeriveError(f"{name}: activations is {shown(given)}, and a layer has the same ones in both directions")
    return found[: len(usual)]
