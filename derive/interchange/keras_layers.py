"""Keras layers, by their configuration and their arrays, as cells with weights."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sympy import Max, Min, Rational, exp

from derive.errors import DeriveError, counted, listing, shown
from derive.interchange.arrays import from_keras
from derive.interchange.converted import Array, Converted
from derive.interchange.forms import Function, cell_of
from derive.symbolic.activations import elu, softplus, tanh
from derive.symbolic.piecewise_linear import hard_sigmoid

KINDS = ("LSTM", "GRU", "SimpleRNN", "Bidirectional")
_FUNCTIONS = {name: Function(name) for name in ("tanh", "sigmoid", "relu", "hard_sigmoid", "softsign", "softplus",
                                                "elu", "silu", "gelu")}  # fmt: skip
_FUNCTIONS |= {
    "linear": Function("identity"),
    "hard_tanh": Function("hardtanh"),
    "swish": Function("silu"),
    "leaky_relu": Function("leaky_relu(alpha=0.2)"),
    "exponential": Function("exponential", exp),
    "relu6": Function("relu6", lambda z: Min(Max(z, 0), 6)),
    "hard_silu": Function("hard_silu", lambda z: z * hard_sigmoid(z)),
    "mish": Function("mish", lambda z: z * tanh(softplus(z))),
    "selu": Function("selu", lambda z: Rational("1.0507009873554805") * elu(z, Rational("1.6732632423543772"))),
}
#: What a configuration says of training, of how it is executed, and of which results are handed on.
_OF_NO_MATTER = {
    "name", "trainable", "dtype", "return_sequences", "return_state", "unroll", "implementation",
    "zero_output_for_mask", "unit_forget_bias", "dropout", "recurrent_dropout", "seed", "batch_input_shape",
    "batch_shape",
    *(f"{w}_{k}" for w in ("kernel", "recurrent", "bias") for k in ("initializer", "regularizer", "constraint")),
    "activity_regularizer",
}  # fmt: skip
_READ = {
    "units",
    "activation",
    "recurrent_activation",
    "use_bias",
    "go_backwards",
    "stateful",
    "reset_after",
    "time_major",
}


def is_keras(thing: Any) -> bool:
    """Whether it is a layer or model of Keras; Keras is not imported for the question."""
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(thing, keras.layers.Layer)


def in_keras(thing: Any) -> dict[str, Callable[[], Converted]]:
    """The recurrent layers of a Keras layer or model, by name; those of a model in a model as ``inner/name``."""
    if is_recurrent(thing):
        return {thing.name: partial(of_layer, thing)}
    found: dict[str, Callable[[], Converted]] = {}
    for layer in getattr(thing, "layers", ()):
        if is_recurrent(layer):
            found[layer.name] = partial(of_layer, layer)
        else:
            found |= {f"{layer.name}/{name}": make for name, make in in_keras(layer).items()}
    return found


def is_recurrent(layer: Any) -> bool:
    """Whether it is one recurrent layer of Keras."""
    return any(c.__name__ in KINDS and c.__module__.startswith("keras.") for c in type(layer).__mro__)


def of_layer(layer: Any) -> Converted:
    """A Keras layer as it is now. Raises DeriveError for a subclass, and as ``of_config`` does."""
    kind = type(layer).__name__
    if kind not in KINDS or not type(layer).__module__.startswith("keras."):
        raise DeriveError(f"{layer.name} is a {kind}, a class of its own; expected {', '.join(KINDS)} of Keras itself")
    config, halves = layer.get_config(), [layer]
    if kind == "Bidirectional":
        halves = [layer.forward_layer, layer.backward_layer]
        for key, half in zip(("layer", "backward_layer"), halves, strict=True):
            config[key] = {"class_name": type(half).__name__, "config": half.get_config()}
    for half in halves:
        _refuse_namesakes(layer.name, half)
    return of_config(kind, config, [half.get_weights() for half in halves])


def _refuse_namesakes(name: str, half: Any) -> None:
    """A configuration names a function, and that of somebody else may have the name of one of Keras."""
    known = sys.modules["keras"].activations
    for key in ("activation", "recurrent_activation"):
        function = getattr(half, key, None)
        called = getattr(function, "__name__", None)
        if called in _FUNCTIONS and function is not known.get(called):
            raise DeriveError(
                f"{name}: {key} is a function called {called} which is not that of Keras; build the cell with"
                " with_activations, and load the arrays with from_keras"
            )


def of_config(
    kind: str, config: Mapping[str, Any], weights: Sequence[Sequence[Array]], version: str = "3"
) -> Converted:
    """A layer of a class, a configuration and the arrays of each direction. version: of the Keras that wrote it.

    Raises DeriveError for an option or activation that no cell expresses.
    """
    name = str(config.get("name", kind))
    if kind != "Bidirectional":
        return _of_half(name, kind, config, weights[0], version, False)
    if config.get("merge_mode") != "concat":
        raise DeriveError(f"{name}: merge_mode is {shown(config.get('merge_mode'))}; a layer has 'concat' alone")
    if more := [
        k for k, v in config.items() if k not in {"merge_mode", "layer", "backward_layer", *_OF_NO_MATTER} and v
    ]:
        raise DeriveError(f"{name}: {listing(more)} is no option of a Bidirectional layer that is known here")
    first = _half(name, "layer", config.get("layer"))
    second = _half(name, "backward_layer", config.get("backward_layer") or _backwards(first))
    halves = [
        _of_half(name, half["class_name"], half["config"], arrays, version, back)
        for half, arrays, back in zip((first, second), weights, (False, True), strict=True)
    ]
    described = [(h.cell.name, h.input_size, h.hidden_size, h.bias) for h in halves]
    if described[0] != described[1]:
        raise DeriveError(f"{name}: its two directions are {described[0]} and {described[1]}; expected equal ones")
    forward, back = halves
    both = {**forward.weights, **back.weights}
    return Converted(
        name, forward.cell, both, forward.input_size, forward.hidden_size, bidirectional=True, batch_first=True
    )


def _half(name: str, key: str, half: Any) -> Mapping[str, Any]:
    if not (isinstance(half, Mapping) and "class_name" in half and isinstance(half.get("config"), Mapping)):
        raise DeriveError(f"{name}: {key} is {shown(half)}, expected a class_name and a config")
    return half


def _backwards(half: Mapping[str, Any]) -> dict[str, Any]:
    """The other direction, where a file does not say it."""
    config = {**half["config"], "go_backwards": not half["config"].get("go_backwards")}
    return {**half, "config": config}


def _of_half(
    name: str, kind: str, config: Mapping[str, Any], weights: Sequence[Array], version: str, back: bool
) -> Converted:
    if kind not in KINDS[:3]:
        raise DeriveError(f"{name} is a {kind}, expected {', '.join(KINDS[:3])}")
    if more := [k for k, v in config.items() if k not in _OF_NO_MATTER | _READ and v]:
        raise DeriveError(f"{name}: {listing(more)} is no option of {kind} that is known here")
    for key, why in {
        "stateful": "the states of a layer begin anew at each call; save it with stateful=False",
        "time_major": "save it with time_major=False",
    }.items():
        if config.get(key):
            raise DeriveError(f"{name}: {key} is {shown(config[key])}; {why}")
    if bool(config.get("go_backwards")) != back:
        raise DeriveError(
            f"{name}: go_backwards is {shown(config.get('go_backwards'))}; what a layer reads from the end it gives in"
            " the order of time: flip the input instead, or wrap the layer in Bidirectional"
        )
    ours = {"LSTM": "lstm", "GRU": "gru", "SimpleRNN": "rnn"}[kind]
    reset = None
    if ours == "gru":
        if not isinstance(reset := config.get("reset_after"), bool):
            raise DeriveError(f"{name}: reset_after is {shown(reset)}, expected true or false: which GRU is it?")
        ours = "gru" if reset else "gru_reset_before"
    keys = ["activation"] if kind == "SimpleRNN" else ["recurrent_activation", "activation"]
    if missing := [key for key in keys if key not in config]:
        raise DeriveError(f"{name}: its configuration does not say {listing(missing)}")
    chosen = [_function(name, config[key], version) for key in keys]
    expected = 2 + bool(config.get("use_bias", True))
    if len(weights) != expected:
        raise DeriveError(f"{name}: it has {len(weights)} arrays, and its configuration asks for {expected}")
    state = from_keras(ours, list(weights), reverse=back, reset_after=reset)
    hidden = int(weights[1].shape[0])
    if config.get("units") != hidden:
        raise DeriveError(
            f"{name}: units is {shown(config.get('units'))}, and the recurrent kernel has {counted(hidden, 'row')}"
        )
    cell = cell_of(ours, chosen if ours != "lstm" else [*chosen, chosen[1]])
    return Converted(name, cell, state, int(weights[0].shape[0]), hidden, batch_first=True)


def _function(name: str, spelled: Any, version: str) -> Function:
    if spelled is None:
        return _FUNCTIONS["linear"]
    if spelled == "hard_sigmoid" and version.split(".")[0] in ("1", "2"):
        return Function("hard_sigmoid_onnx")
    if not isinstance(spelled, str) or spelled not in _FUNCTIONS:
        raise DeriveError(
            f"{name}: activation {shown(spelled)} is not known here; known are {', '.join(sorted(_FUNCTIONS))}. Build"
            " the cell with with_activations, and load the arrays with from_keras"
        )
    return _FUNCTIONS[spelled]
