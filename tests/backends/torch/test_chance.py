"""Layers that draw masks, against torch's own cells in loops by hand with the same draws from the same seed."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence, unpack_sequence

import derive
from derive import bernoulli, build, cell, constant, input, linear, per_sequence, tanh

N, H, T, B = 3, 5, 4, 3
DOUBLE = {"dtype": torch.float64}


def drawn(p, *shape):
    return torch.bernoulli(torch.full(shape, p, **DOUBLE))


def cell_of(kind, layer, suffix):
    """Torch's cell with the parameters of one layer and direction."""
    weights = {name.removesuffix(suffix): w for name, w in layer.named_parameters() if name.endswith(suffix)}
    found = kind(weights["weight_ih"].size(1), H, **DOUBLE)
    found.load_state_dict(weights)
    return found


def variational(kind, layer, x, lengths):
    """Two layers in both directions; a mask of the input and one of the output for each sequence."""
    masks = [(drawn(0.75, B, n) / 0.75, drawn(0.5, B, H) / 0.5) for n in (N, N, 2 * H, 2 * H)]
    for k in range(2):
        outputs = []
        for suffix in (f"_l{k}", f"_l{k}_reverse"):
            step, (m_x, m_h), rows = cell_of(kind, layer, suffix), masks.pop(0), []
            for b, n in enumerate(lengths):
                h = c = torch.zeros(1, H, **DOUBLE)
                row, order = [], range(n)[::-1] if "reverse" in suffix else range(n)
                for t in order:
                    if kind is nn.LSTMCell:
                        h, c = step(x[b][t : t + 1] * m_x[b], (h * m_h[b], c))
                    else:
                        h = gru(step, x[b][t : t + 1] * m_x[b], h, m_h[b])
                    row.append(h)
                rows.append(torch.cat(row[::-1] if "reverse" in suffix else row))
            outputs.append(rows)
        x = [torch.cat(both, -1) for both in zip(*outputs, strict=True)]
    return x


def gru(step, x, h, mask):
    """The update gate mixes in the previous output as it is, which torch's cell does with the masked one."""
    masked = step(x, h * mask)
    update = nn.functional.linear(x, step.weight_ih, step.bias_ih) + nn.functional.linear(
        h * mask, step.weight_hh, step.bias_hh
    )
    return masked + torch.sigmoid(update[:, H : 2 * H]) * (h - h * mask)


@pytest.mark.parametrize("packed", [False, True], ids=["padded", "packed"])
@pytest.mark.parametrize(("name", "kind"), [("variational_lstm", nn.LSTMCell), ("variational_gru", nn.GRUCell)])
def test_variational_dropout(name, kind, packed):
    torch.manual_seed(0)
    layer = build(name).Layer(N, H, num_layers=2, bidirectional=True, keep_h=0.5, **DOUBLE)
    lengths = [4, 3, 1] if packed else [T] * B
    x = [torch.randn(n, N, **DOUBLE) for n in lengths]
    torch.manual_seed(1)
    found = layer(pack_sequence(x) if packed else torch.stack(x, 1))[0]
    found = unpack_sequence(found) if packed else found.unbind(1)
    torch.manual_seed(1)
    wanted = variational(kind, layer, x, lengths)
    for ours, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-13)


@pytest.mark.parametrize("name", ["variational_gru", "zoneout_lstm"])
def test_machines_read_the_masks(name):
    """Outputs and gradients of the C file are those of the loop in PyTorch."""
    torch.manual_seed(0)
    layer = build(name).Layer(N, H, num_layers=2, bidirectional=True, **DOUBLE)
    x, found = torch.randn(T, B, N, **DOUBLE, requires_grad=True), []
    for kernels in (True, False):
        layer.kernels = kernels
        torch.manual_seed(1)
        output, _ = layer(x)
        found.append([output, *torch.autograd.grad(output.square().sum(), [x, *layer.parameters()])])
    torch.testing.assert_close(*found, rtol=0, atol=1e-13)


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_in_evaluation_it_is_torchs_layer(name):
    layer = build(f"variational_{name}").Layer(N, H, num_layers=2, **DOUBLE).eval()
    theirs = getattr(nn, name.upper())(N, H, 2, **DOUBLE)
    theirs.load_state_dict(layer.state_dict())
    x = torch.randn(T, B, N, **DOUBLE)
    torch.testing.assert_close(layer(x)[0], theirs(x)[0], rtol=0, atol=1e-14)
    stream = layer.train().stream(B)
    torch.testing.assert_close(torch.stack([stream(row).clone() for row in x]), theirs(x)[0], rtol=0, atol=1e-14)


@cell("An input, and masks of every size", sizes={"q": "input_size", "s": 1, "a": 1})
def several(
    x, h, a: input, p: constant = 0.5, m: bernoulli = "p", q: bernoulli = per_sequence(0.5), s: bernoulli = 0.5
):
    h_hat = tanh(linear(q * x, h)) + a
    h = m * h + s * (1 - m) * h_hat
    return h


@pytest.fixture(scope="module")
def layer():
    torch.manual_seed(0)
    return build(several).Layer(N, H, batch_first=True, **DOUBLE)


X, A = torch.randn(B, T, N, **DOUBLE), torch.randn(B, T, 1, **DOUBLE)


def test_masks_are_given_by_name_or_drawn_in_their_order(layer):
    torch.manual_seed(2)
    found = layer(X, A)
    torch.manual_seed(2)
    masks = {"m": drawn(0.5, T, B, H).transpose(0, 1), "q": drawn(0.5, B, N), "s": drawn(0.5, T, B, 1).transpose(0, 1)}
    torch.testing.assert_close(layer(X, A, **masks), found, rtol=0, atol=0)
    step = build(several).Cell(N, H, **DOUBLE)
    step.load_state_dict({name.removesuffix("_l0"): w for name, w in layer.state_dict().items()})
    h = torch.zeros(B, H, **DOUBLE)
    for t in range(T):
        h = step(X[:, t], A[:, t], h, m=masks["m"][:, t], q=masks["q"], s=masks["s"][:, t])
    torch.testing.assert_close(h, found[1][0], rtol=0, atol=1e-15)
    one = {name: m[1] for name, m in masks.items()}
    torch.testing.assert_close(layer(X[1], A[1], **one)[0], found[0][1], rtol=0, atol=1e-15)


def test_checkpoint_and_compile_read_the_masks_that_were_drawn(layer):
    """A graph that was compiled draws from a stream of its own, unless it is told to fall back on PyTorch's."""
    found = []
    keeping = copy.deepcopy(layer)
    keeping.checkpoint = True
    compiled = torch.compile(layer, backend="aot_eager", fullgraph=True)
    for one in (layer, keeping, compiled):
        layer.zero_grad()
        torch.manual_seed(3)
        output, _ = one(X, A)
        output.square().sum().backward()
        of = keeping if one is keeping else layer
        found.append([output.detach(), *(p.grad.clone() for p in of.parameters())])
    torch.testing.assert_close(found[1], found[0], rtol=0, atol=1e-13)
    torch.testing.assert_close(found[2], found[0], rtol=0, atol=1e-13)


REFUSED = {
    "probability": (lambda _: build(several).Layer(N, H, p=1.5), "p is 1.5; expected a probability from 0 to 1"),
    "in part": (lambda layer: layer(X, A, m=X), "Several is given m; give all masks or none, q, s too"),
    "shape": (lambda layer: layer(X, A, m=X, q=X, s=X), r"Several: m has shape \[3, 4, 3\], expected \[3, 4, 5\]"),
    "directions": (
        lambda _: build(several).Layer(N, H, bidirectional=True)(X, A, m=X, q=X, s=X),
        "Several takes masks with one layer of one direction alone",
    ),
    "a step": (
        lambda _: build(several).Cell(N, H, **DOUBLE)(X[0], A[0]),
        r"SeveralCell is one step and q is drawn for each sequence: draw it before the first step, .*, q=\.\.\.",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_wrong_is_named(what, layer):
    call, message = REFUSED[what]
    with pytest.raises(ValueError, match=message) as caught:
        call(layer)
    assert "\n" not in str(caught.value)


def test_files_of_other_machines_are_of_the_cell_in_evaluation(tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    made = build("variational_gru").Layer(N, H, **DOUBLE).eval()
    session = onnxruntime.InferenceSession(str(derive.convert.to_onnx(made, tmp_path / "model.onnx")))
    x = torch.randn(T, B, N, **DOUBLE)
    found = torch.from_numpy(session.run(None, {"input": x.numpy()})[0])
    torch.testing.assert_close(found, made(x)[0], rtol=0, atol=1e-14)
