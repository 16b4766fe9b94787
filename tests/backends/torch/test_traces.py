"""What a layer's trace shows is what the equations give: loops by hand, exact runs, the statements one by one."""

from __future__ import annotations

import pytest
import reference
import torch
from agreement import load
from any_cell import random_cell
from sympy import Symbol
from torch import nn
from torch.func import functional_call
from torch.nn.utils.rnn import pack_sequence

import derive
from derive import build, cell, constant, linear, mean, scalar, tanh, vector

DOUBLE = {"dtype": torch.float64}


def linear_of(module, part, q, suffix):
    return nn.functional.linear(q, getattr(module, f"weight_{part}{suffix}"), getattr(module, f"bias_{part}{suffix}"))


def lstm_by_hand(module, x, suffix):
    h = c = x.new_zeros(x.size(1), module.hidden_size)
    rows = []
    for row in reversed(x) if "reverse" in suffix else x:
        i, f, g, o = (linear_of(module, "ih", row, suffix) + linear_of(module, "hh", h, suffix)).chunk(4, -1)
        i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
        c = f * c + i * g
        h = o * torch.tanh(c)
        rows.append({"i": i, "f": f, "g": g, "o": o, "c": c, "h": h})
    return rows


def gru_by_hand(module, x, suffix):
    h = x.new_zeros(x.size(1), module.hidden_size)
    rows = []
    for row in reversed(x) if "reverse" in suffix else x:
        of_x, of_h = linear_of(module, "ih", row, suffix).chunk(3, -1), linear_of(module, "hh", h, suffix).chunk(3, -1)
        r, z = torch.sigmoid(of_x[0] + of_h[0]), torch.sigmoid(of_x[1] + of_h[1])
        n = torch.tanh(of_x[2] + r * of_h[2])
        h = (1 - z) * n + z * h
        rows.append({"r": r, "z": z, "n": n, "h": h})
    return rows


BY_HAND = {"lstm": (nn.LSTM, lstm_by_hand), "gru": (nn.GRU, gru_by_hand)}


@pytest.mark.parametrize("trained", [True, False])
@pytest.mark.parametrize("name", BY_HAND)
def test_layers_and_directions(name, trained):
    theirs, by_hand = BY_HAND[name]
    layer = build(name).Layer(3, 4, num_layers=2, bidirectional=True, batch_first=True, **DOUBLE)
    layer.load_state_dict(theirs(3, 4, num_layers=2, bidirectional=True, **DOUBLE).state_dict())
    x = torch.randn(2, 5, 3, **DOUBLE)
    with torch.set_grad_enabled(trained):
        found = layer.trace(x)
        output, _ = layer(x)
    below, names = x.transpose(0, 1), []
    for k in range(2):
        outputs = []
        for suffix in (f"_l{k}", f"_l{k}_reverse"):
            rows = by_hand(layer, below, suffix)
            rows = rows[::-1] if "reverse" in suffix else rows
            for quantity in rows[0]:
                names.append(quantity + suffix)
                wanted = torch.stack([row[quantity] for row in rows], 1)
                torch.testing.assert_close(found[names[-1]], wanted, rtol=0, atol=1e-14)
            outputs.append(torch.stack([row["h"] for row in rows]))
        below = torch.cat(outputs, -1)
    assert list(found) == names
    torch.testing.assert_close(torch.cat((found["h_l1"], found["h_l1_reverse"]), -1), output, rtol=0, atol=1e-13)
    assert all(q.requires_grad == trained for q in found.values())


@cell("Numbers, parameters alone, one number for all units, names that Python has")
def odd(x, h, u: vector, s: scalar, dt: constant = 0.5):
    k = dt / 3
    decay = k * 2
    w = linear(u)
    v = u * s
    t = s * s + decay
    m = mean(x, h)
    a = linear(h) + m * t
    h = decay * h + tanh(linear(x) + w * v) * a + k
    return h


#: What neither ``project_input`` nor ``step`` hands on, what the stable form has none of, what depends on the input
#: alone, a projection.
VARIED = ("fgr_lstm", "zoneout_lstm", "nas", "rg_lru", "min_lstm", "cfc", "rwkv", "gated_antisymmetric_rnn", "qrnn")
VARIED += ("layer_norm_lstm", "projected_lstm", "rnn")
CELLS = [*map(derive.catalogue.get, VARIED), odd, *(random_cell(seed) for seed in range(12))]


@pytest.mark.parametrize("one", CELLS, ids=[*VARIED, "odd", *map(str, range(12))])
def test_every_equation_of_any_cell(one):
    """Against the statements of the definition, one by one."""
    generator, sizes = torch.Generator().manual_seed(0), reference.SIZES
    parameters = reference.random_parameters(one, generator)
    xs = reference.draw_inputs(one, (5, 2), generator)
    x, masks = reference.separate(xs)[0], reference.masks_of(one, xs)
    start = [torch.rand(2, sizes[one.sizes[one.previous(s)]], generator=generator, **DOUBLE) for s in one.states]
    arguments = {"proj_size": sizes["proj_size"]} if "proj_size" in one.sizes.values() else {}
    layer = build(one).Layer(sizes["input_size"], sizes["hidden_size"], **arguments, **DOUBLE)
    load(layer, one, parameters, "_l0")
    with torch.no_grad():
        steps = reference.forward(one, parameters, xs, dict(zip(one.states, start, strict=True)))
        hx = tuple(s.unsqueeze(0) for s in start)
        found = layer.trace(x, hx if len(hx) > 1 else hx[0], **masks)
    assert list(found) == list(one)
    for name, q in found.items():
        wanted = torch.stack([torch.as_tensor(row[name], **DOUBLE).expand(2, q.size(-1)) for row in steps])
        assert q.shape == (5, 2, sizes[one.sizes[Symbol(name)]])
        torch.testing.assert_close(q, wanted, rtol=0, atol=1e-11 * max(1.0, float(wanted.abs().max())))


def test_the_numbers_of_an_exact_run():
    """Of a cell whose stable form has neither of its gates."""
    layer = build("min_lstm").Layer(2, 3, **DOUBLE)
    x = torch.randn(4, 2, **DOUBLE)
    run = derive.Run.from_state_dict("min_lstm", layer.state_dict(), x.tolist(), suffix="_l0")
    found = layer.trace(x)
    assert list(found) == ["f", "i", "h_tilde", "h"]
    for name, q in found.items():
        exact = [[float(run.steps().value(t, name, unit)) for unit in (1, 2, 3)] for t in range(1, 5)]
        torch.testing.assert_close(q, torch.tensor(exact, **DOUBLE), rtol=0, atol=1e-15)


@pytest.mark.parametrize("one", ["lstm", "zoneout_lstm", "rg_lru"])
def test_gradients(one):
    layer = build(one).Layer(2, 3, **DOUBLE).eval()
    names, parameters = zip(*layer.named_parameters(prefix="layer"), strict=True)
    traced = nn.Module()
    traced.layer, traced.forward = layer, layer.trace

    def quantities(x, *values):
        return tuple(functional_call(traced, dict(zip(names, values, strict=True)), (x,)).values())

    x = torch.randn(3, 2, 2, **DOUBLE, requires_grad=True)
    assert torch.autograd.gradcheck(quantities, (x, *(p.detach().requires_grad_() for p in parameters)), fast_mode=True)


def test_a_sequence_without_a_batch_and_with_states():
    layer = build("lstm").Layer(3, 4, **DOUBLE)
    x, hx = torch.randn(5, 3, **DOUBLE), (torch.randn(1, 4, **DOUBLE), torch.randn(1, 4, **DOUBLE))
    with torch.no_grad():
        calls = [layer(x, hx) for _ in range(3)]  # from the second on, at once
        found = layer.trace(x, hx)
    assert {q.shape for q in found.values()} == {(5, 4)}
    output, (_, c) = calls[-1]
    torch.testing.assert_close(found["h"], output)
    torch.testing.assert_close(found["c"][-1:], c)


def test_refusals():
    layer = build("gru").Layer(3, 4)
    with pytest.raises(ValueError, match=r"GRU\.trace takes no PackedSequence: .*; trace each alone"):
        layer.trace(pack_sequence([torch.randn(3, 3), torch.randn(2, 3)]))
    with pytest.raises(ValueError, match="Expected input to be 2D or 3D, got 1D"):
        layer.trace(torch.randn(3))
    layer.step = layer.step
    with pytest.raises(ValueError, match="the loop or the equations of GRU were written over; trace shows those of"):
        layer.trace(torch.randn(2, 3))
