"""Weights to and from Keras and ONNX: both are run, and give what the layer gives with the converted weights."""

from __future__ import annotations

import importlib
import sys

import numpy as np
import pytest
import torch
from frameworks import RESET, TOLERANCE, keras_layer, keras_output, onnx_node, torch_state

import derive
from derive.backends.torch.build import build
from derive.convert import from_keras, from_onnx, to_keras, to_onnx
from derive.errors import DeriveError

KINDS = ("lstm", "gru", "gru_reset_before", "rnn")


def after(kind: str, **arguments):
    """What says of a Keras GRU without biases which one it is."""
    return {"reset_after": kind == "gru"} if kind.startswith("gru") and not arguments.get("use_bias", True) else {}


def layer(kind: str, **arguments) -> torch.nn.Module:
    torch.manual_seed(2)
    return build(derive.catalogue[kind]).Layer(3, 4, **arguments)


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_keras_weights_come_in(kind, use_bias):
    made, ours = keras_layer(kind, use_bias=use_bias), layer(kind, bias=use_bias)
    state = from_keras(kind, made.get_weights(), **after(kind, use_bias=use_bias))
    ours.load_state_dict(torch_state(state), strict=True)
    x = torch.randn(5, 2, 3)
    torch.testing.assert_close(ours(x)[0], keras_output(made, x), **TOLERANCE)


@pytest.mark.parametrize("kind", KINDS)
def test_weights_go_out_to_keras(kind):
    ours, made = layer(kind), keras_layer(kind)
    made.set_weights(to_keras(kind, ours.state_dict()))
    x = torch.randn(5, 2, 3)
    torch.testing.assert_close(ours(x)[0], keras_output(made, x), **TOLERANCE)


@pytest.mark.parametrize("kind", KINDS)
def test_keras_there_and_back(kind):
    state = layer(kind, num_layers=2, bidirectional=True).state_dict()
    weights = to_keras(kind, state, layer=1, reverse=True)
    again = from_keras(kind, weights, layer=1, reverse=True)
    for w, v in zip(to_keras(kind, again, layer=1, reverse=True), weights, strict=True):
        np.testing.assert_array_equal(w, v)
    assert set(again) == {k for k in state if k.endswith("_l1_reverse")}


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_onnx_both_ways(kind, bias, bidirectional):
    arguments = {"bias": bias, "bidirectional": bidirectional}
    ours, x = layer(kind, **arguments), torch.randn(5, 2, 3)
    tensors = to_onnx(kind, ours.state_dict())
    torch.testing.assert_close(ours(x)[0], onnx_node(kind, tensors, x)[0], **TOLERANCE)

    generator = np.random.default_rng(1)
    drawn = {k: generator.normal(size=v.shape).astype("float32") for k, v in tensors.items()}
    direction = {"direction": "bidirectional"} if bidirectional else {}
    state = from_onnx(kind, drawn, attributes={"hidden_size": 4, **direction, **RESET.get(kind, {})})
    ours.load_state_dict(torch_state(state), strict=True)
    torch.testing.assert_close(ours(x)[0], onnx_node(kind, drawn, x)[0], **TOLERANCE)


def test_a_stack_of_onnx_layers():
    ours, x = layer("lstm", num_layers=2, bidirectional=True), torch.randn(5, 2, 3)
    below = onnx_node("lstm", to_onnx("lstm", ours.state_dict()), x)[0]
    above = onnx_node("lstm", to_onnx("lstm", ours.state_dict(), layer=1), below)[0]
    torch.testing.assert_close(ours(x)[0], above, **TOLERANCE)


def test_wrong_weights_are_named():
    weights = keras_layer("lstm").get_weights()
    with pytest.raises(DeriveError, match="unknown kind of layer 'lsmt'; did you mean 'lstm'"):
        from_keras("lsmt", weights)
    with pytest.raises(DeriveError, match=r"recurrent kernel has shape \(4, 16\), expected \(4, 12\)"):
        from_keras("gru", weights)
    with pytest.raises(DeriveError, match="expected a kernel, a recurrent kernel and at most one bias"):
        from_keras("lstm", weights[:1])
    with pytest.raises(DeriveError, match=r"unknown tensor 'R'.* Known: W"):
        from_onnx("lstm", {"W": np.zeros((1, 16, 3))})
    with pytest.raises(DeriveError, match="unknown tensor 'weight_ih_l3'"):
        to_onnx("lstm", layer("lstm").state_dict(), layer=3)
    half = {name: tensor.bfloat16() for name, tensor in layer("lstm").state_dict().items()}
    with pytest.raises(DeriveError, match=r"weight_ih_l0 is bfloat16, .*give layer.float\(\)"):
        to_keras("lstm", half)
    with pytest.raises(DeriveError, match=r"weight_ih_l0 is no array for NumPy: .*to_dense"):
        to_onnx("rnn", {"weight_ih_l0": torch.eye(4).to_sparse()})


def test_the_other_gru_is_refused():
    """Of one kind in the place of the other the output is wrong by 0.1 and more."""
    other, without = keras_layer("gru_reset_before").get_weights(), keras_layer("gru", use_bias=False).get_weights()
    with pytest.raises(DeriveError, match="reset_after=False, which multiplies by r before the matrix: that is kind"):
        from_keras("gru", other)
    with pytest.raises(DeriveError, match="that is kind 'gru', not 'gru_reset_before'"):
        from_keras("gru_reset_before", without, reset_after=True)
    with pytest.raises(DeriveError, match="the arrays do not tell whether it is 'gru'; say reset_after"):
        from_keras("gru", without)
    tensors = to_onnx("gru", layer("gru").state_dict())
    for attributes in (None, {}, {"hidden_size": 4}, {"linear_before_reset": 0}):
        with pytest.raises(DeriveError, match="linear_before_reset = 0 is not that of kind 'gru'; that is kind 'gru_r"):
            from_onnx("gru", tensors, attributes=attributes)
    with pytest.raises(DeriveError, match="linear_before_reset = 1 is not that of kind 'gru_reset_before'"):
        from_onnx("gru_reset_before", tensors, attributes={"linear_before_reset": 1})


@pytest.mark.parametrize(
    ("attributes", "named"),
    [
        ({"clip": 3.0}, "clip = 3.0"),
        ({"input_forget": 1}, "input_forget = 1"),
        ({"layout": 1}, "layout = 1"),
        ({"direction": b"reverse"}, "direction = 'reverse'"),
        ({"hidden_size": 5}, "hidden_size = 5"),
        ({"activations": ["Sigmoid", "Relu", "Tanh"]}, r"activations = \['sigmoid', 'relu', 'tanh'\]"),
        ({"activation_alpha": [0.2]}, r"activation_alpha = \[0.2\]"),
        ({"output_sequence": 1}, "output_sequence = 1"),
    ],
)
def test_what_a_node_has_beside_its_tensors_is_not_dropped(attributes, named):
    tensors = to_onnx("lstm", layer("lstm").state_dict())
    with pytest.raises(DeriveError, match=f"ONNX attribute {named} is not that of kind 'lstm'"):
        from_onnx("lstm", tensors, attributes=attributes)
    right = {"hidden_size": 4, "direction": "forward", "activations": [b"Sigmoid", b"Tanh", "tanh"], "layout": 0}
    assert set(from_onnx("lstm", tensors, attributes=right)) == set(layer("lstm").state_dict())


def test_tensors_that_are_left_over_are_named():
    with pytest.raises(DeriveError, match="P: kind 'lstm' has no place for it in its equations, which read W, R and B"):
        from_onnx("lstm", to_onnx("lstm", layer("lstm").state_dict()) | {"P": np.zeros((1, 12))})
    peepholes = layer("peephole_lstm", num_layers=2).state_dict()
    with pytest.raises(DeriveError, match="p_i_l0, p_f_l0, p_o_l0: ONNX has no place for it in kind 'lstm'"):
        to_onnx("lstm", peepholes)
    with pytest.raises(DeriveError, match="p_i_l1, p_f_l1, p_o_l1: Keras has no place for it in kind 'lstm'"):
        to_keras("lstm", peepholes, layer=1)
    with pytest.raises(DeriveError, match="weight_hr_l0_reverse: Keras has no place"):
        to_keras("lstm", layer("lstm", proj_size=2, bidirectional=True).state_dict(), reverse=True)
    state, both = (layer("lstm", bidirectional=more).state_dict() for more in (False, True))
    for convert in (to_keras, to_onnx):
        with pytest.raises(DeriveError, match=r"p_i, head\.weight: not named as weight_ih_l0 is"):
            convert("lstm", state | {"p_i": torch.ones(4), "head.weight": torch.ones(2, 4)})
    with pytest.raises(DeriveError, match="unknown tensor 'weight_ih_l0_reverse'"):
        to_onnx("lstm", without(both, "weight_ih_l0_reverse"))


def without(state, *names):
    return {name: tensor for name, tensor in state.items() if name not in names}


@pytest.mark.parametrize(
    ("kind", "module"),
    [  # the tensors of the two GRUs have the same names and shapes
        (kind, module)
        for kind in KINDS
        for module in (torch.nn.LSTM, torch.nn.GRU, torch.nn.RNN)
        if module.__name__.lower() != kind.partition("_")[0]
    ],
)
@pytest.mark.parametrize("units", [4, 6, 12])
def test_a_state_of_another_kind_does_not_go_out(kind, module, units):
    state = module(3, units).state_dict()
    for convert in (to_keras, to_onnx):
        with pytest.raises(DeriveError, match=r"weight_hh_l0 has shape .* check that the kind of layer is right"):
            convert(kind, state)


def test_half_of_the_biases_is_not_dropped():
    state = layer("lstm", bidirectional=True).state_dict()
    for name in ("bias_ih_l0", "bias_hh_l0"):
        for convert in (to_keras, to_onnx):
            with pytest.raises(DeriveError, match=f"unknown tensor '{name}'"):
                convert("lstm", without(state, name))
    with pytest.raises(DeriveError, match="unknown tensor 'bias_ih_l0'"):
        to_onnx("lstm", without(state, "bias_ih_l0", "bias_hh_l0"))
    with pytest.raises(DeriveError, match=r"bias_hh_l0 has shape \(8,\), expected \(16,\)"):
        to_onnx("lstm", state | {"bias_hh_l0": torch.zeros(8)})


@pytest.mark.parametrize("directions", [0, 3])
def test_a_node_has_one_or_two_directions(directions):
    tensors = {"W": np.zeros((directions, 16, 3)), "R": np.zeros((directions, 16, 4))}
    with pytest.raises(DeriveError, match=rf"R has shape \({directions}, 16, 4\), expected \(D, 4·H, H\)"):
        from_onnx("lstm", tensors)


def test_what_is_said_of_reset_after_is_held_against_the_arrays():
    weights = keras_layer("gru").get_weights()
    with pytest.raises(DeriveError, match="reset_after=False, which multiplies by r before the matrix"):
        from_keras("gru", weights, reset_after=False)
    with pytest.raises(DeriveError, match="reset_after is of a GRU alone, and the kind is 'lstm'"):
        from_keras("lstm", keras_layer("lstm").get_weights(), reset_after=True)
    with pytest.raises(DeriveError, match=r"bias has shape \(2, 16\), expected \(16,\)"):
        from_keras("lstm", [*keras_layer("lstm").get_weights()[:2], np.zeros((2, 16))])


@pytest.mark.parametrize("value", [None, 5, 0.5, "Tanh", b"\xff", np.array([1, 1]), [1], [None], {}])
@pytest.mark.parametrize(
    "name", ["activations", "activation_alpha", "linear_before_reset", "layout", "direction", "hidden_size", "clip"]
)
def test_nonsense_in_the_place_of_an_attribute_is_one_line(name, value):
    tensors, right = to_onnx("gru", layer("gru").state_dict()), {"linear_before_reset": 1}
    with pytest.raises(DeriveError, match=f"ONNX attribute {name} = .* is not that of kind 'gru'; .+") as error:
        from_onnx("gru", tensors, attributes=right | {name: value})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("nonsense", [None, 5, "lstm", ["W", "R"], b"W"])
def test_nonsense_is_named(nonsense):
    tensors = to_onnx("lstm", layer("lstm").state_dict())
    calls = [
        lambda: from_onnx("lstm", nonsense),
        lambda: to_onnx("lstm", nonsense),
        lambda: to_keras("lstm", nonsense),
        lambda: from_keras("lstm", nonsense),
        lambda: from_onnx("lstm", tensors | {"R": nonsense}),
        lambda: from_onnx("lstm", tensors, layer=str(nonsense)),
    ]
    calls += [lambda: from_onnx("lstm", tensors, attributes=nonsense)] if nonsense is not None else []
    calls += [lambda: from_onnx(nonsense, tensors)] if nonsense != "lstm" else []
    for call in calls:
        with pytest.raises(DeriveError):
            call()
    with pytest.raises(DeriveError, match="layer is -1, expected 0 or another number of a layer"):
        from_onnx("lstm", tensors, layer=-1)


def test_without_numpy_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    monkeypatch.delitem(sys.modules, "derive.convert")
    with pytest.raises(DeriveError, match="convert needs numpy"):
        importlib.import_module("derive.convert")
