"""Other activations, clipping, lengths and directions against ONNX Runtime and Keras, which have them built in."""

from __future__ import annotations

import pytest
import torch
from frameworks import KERAS, TOLERANCE, keras, keras_layer, keras_output, onnx_node, torch_state
from replacements import assert_close, tensors
from sympy import Max, Min, Rational
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import derive
from derive.backends.torch.build import build
from derive.convert import from_keras, to_keras, to_onnx

KINDS = ("lstm", "gru", "rnn")


def layer_of(cell: derive.Cell, device: str, **arguments) -> nn.Module:
    torch.manual_seed(2)
    return build(cell).Layer(3, 4, **arguments, device=device)


def activated(kind: str, state: str = "tanh", gate: str = "sigmoid") -> derive.Cell:
    """A cell with other activations for the new state (and the LSTM's output) and for the gates."""
    cell = derive.catalogue[kind]
    return cell.with_activations(tanh=state, sigmoid=gate) if kind != "rnn" else cell.with_activations(tanh=state)


def compare(got, want) -> None:
    for a, b in zip(tensors(got), tensors(want), strict=True):
        torch.testing.assert_close(a.cpu(), b, **TOLERANCE)


# ---- ONNX Runtime ----------------------------------------------------------------------------------------------------

ONNX = {  # ours -> ONNX's name, alpha and beta
    "tanh": ("Tanh", None, None),
    "sigmoid": ("Sigmoid", None, None),
    "relu": ("Relu", None, None),
    "softsign": ("Softsign", None, None),
    "softplus": ("Softplus", None, None),
    "elu": ("Elu", 1.0, None),
    "elu(alpha=0.7)": ("Elu", 0.7, None),
    "leaky_relu": ("LeakyRelu", 0.01, None),
    "leaky_relu(alpha=0.2)": ("LeakyRelu", 0.2, None),
    "scaled_tanh(alpha=0.8, beta=1.2)": ("ScaledTanh", 0.8, 1.2),
    "affine": ("Affine", 1.0, 0.0),
    "affine(alpha=0.5, beta=0.1)": ("Affine", 0.5, 0.1),
    "thresholded_relu": ("ThresholdedRelu", 1.0, None),
    "thresholded_relu(alpha=0.25)": ("ThresholdedRelu", 0.25, None),
    "hard_sigmoid_onnx": ("HardSigmoid", 0.2, 0.5),
    "hard_sigmoid_onnx(alpha=0.3, beta=0.4)": ("HardSigmoid", 0.3, 0.4),
}


def onnx_activations(*ours: str) -> dict[str, list]:
    """The attributes of a node. Alpha and beta are lists of those activations that take them, in order."""
    names, alphas, betas = zip(*(ONNX[name] for name in ours), strict=True)
    attributes = {"activations": names, "activation_alpha": alphas, "activation_beta": betas}
    given = {key: [v for v in values if v is not None] for key, values in attributes.items()}
    return {key: values for key, values in given.items() if values}


@pytest.mark.parametrize("activation", ONNX)
@pytest.mark.parametrize("kind", KINDS)
def test_activations_of_onnx(kind, activation, device):
    """In the place of tanh: of the LSTM's g and output, of the GRU's n, of the RNN."""
    layer = layer_of(activated(kind, activation), device)
    x = 2 * torch.randn(6, 2, 3, device=device)
    chosen = {"lstm": ("sigmoid", activation, activation), "gru": ("sigmoid", activation), "rnn": (activation,)}
    y, *final = onnx_node(kind, to_onnx(kind, layer.state_dict()), x, **onnx_activations(*chosen[kind]))
    compare(layer(x), (y, final))


@pytest.mark.parametrize("gate", [a for a in ONNX if "sigmoid" in a or "softsign" in a])
@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_gate_activations_of_onnx(kind, gate, device):
    layer = layer_of(activated(kind, "elu(alpha=0.7)", gate), device)
    x = 2 * torch.randn(6, 2, 3, device=device)
    chosen = {"lstm": (gate, "elu(alpha=0.7)", "elu(alpha=0.7)"), "gru": (gate, "elu(alpha=0.7)")}
    y, *final = onnx_node(kind, to_onnx(kind, layer.state_dict()), x, **onnx_activations(*chosen[kind]))
    compare(layer(x), (y, final))


def test_each_place_with_its_own_activation_of_onnx(device):
    """Three activations, two of which take alpha and one of which takes beta."""
    places = ("hard_sigmoid_onnx(alpha=0.3, beta=0.4)", "softsign", "leaky_relu(alpha=0.2)")
    cell = derive.lstm.with_activations(sigmoid=places[0], g=places[1], h=places[2])
    layer, x = layer_of(cell, device), 2 * torch.randn(6, 2, 3, device=device)
    y, *final = onnx_node("lstm", to_onnx("lstm", layer.state_dict()), x, **onnx_activations(*places))
    compare(layer(x), (y, final))


def clipped(kind: str, bound: Rational) -> derive.Cell:
    """ONNX's ``clip``: the pre-activations of the gates and of the new state lie in [-bound, bound], and not the cell
    state of which the LSTM's output is taken."""

    def clip(activation):
        return lambda z: activation(Max(-bound, Min(bound, z)))

    if kind == "lstm":
        return derive.lstm.with_activations(sigmoid=clip(derive.sigmoid), g=clip(derive.tanh))
    if kind == "gru":
        return derive.gru.with_activations(sigmoid=clip(derive.sigmoid), tanh=clip(derive.tanh))
    return derive.rnn.with_activations(tanh=clip(derive.tanh))


@pytest.mark.parametrize("kind", KINDS)
def test_clip_of_onnx(kind, device):
    bound = Rational(1, 2)
    layer, plain = layer_of(clipped(kind, bound), device), layer_of(derive.catalogue[kind], device)
    x = (10 * torch.randn(1, 5, 3, device=device)).expand(12, 5, 3)
    y, *final = onnx_node(kind, to_onnx(kind, layer.state_dict()), x, clip=float(bound))
    compare(layer(x), (y, final))
    assert not torch.allclose(layer(x)[0], plain(x)[0], atol=1e-2)
    if kind == "lstm":  # the cell state does leave the interval
        assert float(layer(x)[1][1].abs().max()) > float(bound)


@pytest.mark.parametrize("direction", ["forward", "bidirectional"])
@pytest.mark.parametrize("kind", KINDS)
def test_lengths_and_states_of_onnx(kind, direction, device):
    """A packed sequence is ONNX's ``sequence_lens``, with initial states, and with outputs of zero past the end."""
    layer = layer_of(derive.catalogue[kind], device, bidirectional=direction == "bidirectional")
    count, lengths = 1 + layer.bidirectional, [2, 6, 1, 6, 4]
    x = torch.randn(6, 5, 3, device=device)
    states = [torch.randn(count, 5, 4) for _ in range(2 if kind == "lstm" else 1)]
    given = {"sequence_lens": torch.tensor(lengths, dtype=torch.int32).numpy()}
    given |= {name: s.numpy() for name, s in zip(("initial_h", "initial_c"), states, strict=False)}
    y, *final = onnx_node(kind, to_onnx(kind, layer.state_dict()) | given, x)
    hx = tuple(s.to(device) for s in states)
    packed = pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
    output, h = layer(packed, hx if len(hx) > 1 else hx[0])
    compare((pad_packed_sequence(output)[0], h), (y, final))


@pytest.mark.parametrize("lengths", [None, [2, 6, 1, 6, 4]])
@pytest.mark.parametrize("kind", KINDS)
def test_the_reverse_direction_of_onnx(kind, lengths, device):
    """``direction="reverse"`` is the second half of a bidirectional layer."""
    layer = layer_of(derive.catalogue[kind], device, bidirectional=True)
    tensors_of = {k: v[1:] for k, v in to_onnx(kind, layer.state_dict()).items()}
    x = torch.randn(6, 5, 3, device=device)
    if lengths is None:
        output, h = layer(x)
    else:
        tensors_of["sequence_lens"] = torch.tensor(lengths, dtype=torch.int32).numpy()
        output, h = layer(pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False))
        output, _ = pad_packed_sequence(output)
    y, *final = onnx_node(kind, tensors_of, x, direction="reverse")
    compare((output[..., 4:], [s[1:] for s in tensors([h])]), (y, final))


# ---- Keras -----------------------------------------------------------------------------------------------------------

PAIRS = {  # (activation, recurrent activation), ours -> Keras'
    ("hardtanh", "sigmoid"): ("hard_tanh", "sigmoid"),
    ("softsign", "hard_sigmoid"): ("softsign", "hard_sigmoid"),
    ("elu(alpha=1)", "softsign"): ("elu", "softsign"),
    ("gelu", "sigmoid"): (lambda z: keras.ops.gelu(z, approximate=False), "sigmoid"),
    ("silu", "hard_sigmoid"): ("silu", "hard_sigmoid"),
    ("softplus", "tanh"): ("softplus", "tanh"),
    ("identity", "sigmoid"): ("linear", "sigmoid"),
    ("relu", "relu"): ("relu", "relu"),
    ("leaky_relu(alpha=0.2)", "sigmoid"): ("leaky_relu", "sigmoid"),
}


@pytest.mark.parametrize("pair", PAIRS, ids=" and ".join)
@pytest.mark.parametrize("kind", KINDS)
def test_activations_of_keras(kind, pair, device):
    """Outputs, and the gradients of their squares with respect to the weights, in float32."""
    activation, recurrent = PAIRS[pair]
    arguments = {"activation": activation} | ({"recurrent_activation": recurrent} if kind != "rnn" else {})
    made = keras_layer(kind, **arguments)
    made.set_weights([0.5 * w for w in made.get_weights()])  # with an unbounded gate, larger ones soon reach infinity
    layer = layer_of(activated(kind, *pair), device)
    layer.load_state_dict(torch_state(from_keras(kind, made.get_weights())), strict=True)
    x = torch.randn(5, 2, 3)
    expected = keras_output(made, x)
    compare(layer(x.to(device))[0], expected)

    layer(x.to(device))[0].square().mean().backward()
    values = [v.value for v in made.trainable_weights]
    made(x.transpose(0, 1)).square().mean().backward()
    grads = to_keras(kind, {k: p.grad for k, p in layer.named_parameters()})
    if kind != "gru":  # the gradient of a sum of two biases is that of either, not their sum
        grads[2] = grads[2] / 2
    assert_close([torch.from_numpy(g) for g in grads], [v.grad.cpu() for v in values], 1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_bidirectional_layers_of_keras(kind, device):
    halves = [KERAS[kind](4, return_sequences=True, go_backwards=backwards) for backwards in (False, True)]
    both = keras.layers.Bidirectional(halves[0], backward_layer=halves[1])
    both.build((2, 5, 3))
    weights = both.get_weights()
    layer = layer_of(derive.catalogue[kind], device, bidirectional=True)
    count = len(weights) // 2
    state = from_keras(kind, weights[:count]) | from_keras(kind, weights[count:], reverse=True)
    layer.load_state_dict(torch_state(state), strict=True)
    x = torch.randn(5, 2, 3)
    compare(layer(x.to(device))[0], keras_output(both, x))
