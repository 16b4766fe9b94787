"""Matrix memories over whole sequences against their parallel forms: masked products of all queries with all keys."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

import derive

T, B, X, H = 7, 3, 5, 6
SIZES = {"heads": 2, "key": 3, "value": 4}


@pytest.fixture(scope="module")
def sequence():
    """An input, and by name of a cell its layer in float64 with its weights by the equations' names."""
    torch.manual_seed(0)
    x = torch.randn(T, B, X, dtype=torch.float64)

    def made(name):
        cell = derive.catalogue[name]
        layer = derive.build(cell).Layer(X, H, **{s: SIZES[s] for s in cell.named_sizes}, dtype=torch.float64)
        weights = {}
        for parameter in layer.parameters():
            parameter.detach().uniform_(-1, 1)
        for p in (p for p in cell.parameters if p.learned):
            blocks = sum(q.tensor == p.tensor for q in cell.parameters)
            weights[p.name] = layer.get_parameter(f"{p.tensor}_l0").detach().chunk(blocks)[p.block]
        return layer, weights

    return x, made


def of(p, name, x):
    return x @ p[f"W_i{name}"].T + p.get(f"b_i{name}", 0)


def by_head(q):
    """(heads, batch, time, n) of what lies in one row."""
    return q.unflatten(-1, (SIZES["heads"], -1)).permute(2, 1, 0, 3)


def attended(q, k, v, log_decay):
    """Each step's values, weighted by the products of its query with the keys up to it, and by the decay since then:
    the exponential of a sum of logarithms. log_decay: (..., time), or (..., time, n) for each dimension of the keys."""
    total = log_decay.cumsum(-2 if log_decay.ndim == q.ndim else -1)
    if total.ndim < q.ndim:
        total = total.unsqueeze(-1)
    since = torch.exp(total[..., :, None, :] - total[..., None, :, :])
    scores = (q[..., :, None, :] * k[..., None, :, :] * since).sum(-1)
    return scores.tril() @ v


def joined(o):
    """(time, batch, all) of what is by head."""
    return o.permute(2, 1, 0, 3).flatten(2)


def close(layer, x, wanted):
    torch.testing.assert_close(layer(x)[0].detach(), wanted, rtol=1e-11, atol=1e-12)


def test_linear_attention(sequence):
    x, made = sequence
    layer, p = made("linear_attention")
    q, k, v = (of(p, n, x).transpose(0, 1) for n in "qkv")
    scores = ((F.elu(q) + 1) @ (F.elu(k) + 1).transpose(1, 2)).tril()
    close(layer, x, (scores / (scores.sum(-1, keepdim=True) + 1e-6) @ v).transpose(0, 1))


def test_retention(sequence):
    x, made = sequence
    layer, p = made("retention")
    q, k, v = (of(p, n, x).transpose(0, 1) for n in "qkv")
    since = torch.arange(T, dtype=torch.float64)[:, None] - torch.arange(T)
    close(layer, x, ((q @ k.transpose(1, 2) * (31 / 32) ** since).tril() @ v).transpose(0, 1))


def test_gated_linear_attention(sequence):
    x, made = sequence
    layer, p = made("gla")
    q, k, v, a, r = (by_head(of(p, n, x)) for n in "qkvar")
    o = F.silu(r) * attended(q, k, v, F.logsigmoid(a) / 16)
    close(layer, x, joined(o) @ p["W_oh"].T)


def test_mamba2_is_masked_attention(sequence):
    x, made = sequence
    layer, p = made("mamba2")
    u, z = (F.silu(by_head(of(p, n, x))) for n in "uz")
    b, c = (F.silu(of(p, n, x)).transpose(0, 1).expand(2, B, T, -1) for n in "BC")
    step = F.softplus(by_head(of(p, "s", x)))[..., 0]
    y = attended(c, b, step[..., None] * u, -p["a_log"].exp()[:, None, None] * step)
    y = (y + p["D"][:, None, None, None] * u) * z
    close(layer, x, joined(y) @ p["W_yh"].T)


def test_mlstm_is_stabilised_whatever_the_gates(sequence):
    """The sum over all steps, divided by the larger of what its weights add up to and 1."""
    x, made = sequence
    layer, p = made("mlstm")
    q, k, v, o = (by_head(of(p, n, x)) for n in "qkvo")
    i, f = (by_head(of(p, n, x))[..., 0] for n in ("i_tilde", "f_tilde"))
    total = F.logsigmoid(f).cumsum(-1)
    weights = torch.exp(total[..., :, None] - total[..., None, :] + i[..., None, :]).tril() * (q @ k.transpose(2, 3))
    divisor = torch.maximum(weights.sum(-1, keepdim=True).abs(), torch.ones(()))
    close(layer, x, joined(torch.sigmoid(o) * (weights @ v) / divisor) @ p["W_uh"].T)


def test_the_delta_rule_replaces_what_a_key_has_had():
    """A memory that is corrected fully gives back the last value that was written under a key of length 1."""
    cell = derive.catalogue["delta_net"]
    layer = derive.build(cell).Layer(2, 4, heads=1, key=2, value=3, dtype=torch.float64)
    with torch.no_grad():
        layer.weight_i_heads_l0.fill_(1e3)  # beta is 1
        layer.weight_i_heads_key_l0.copy_(torch.eye(2).repeat(2, 1))  # queries and keys are the input
        layer.weight_i_heads_value_l0.normal_()
    x = torch.tensor([[[1.0, 0]], [[0, 1.0]], [[3.0, 0]]], dtype=torch.float64)
    _, (_, S) = layer(x)
    v = F.silu(x[2, 0] @ layer.weight_i_heads_value_l0.T)
    read = S.reshape(3, 2) @ torch.tensor([1.0, 0], dtype=torch.float64)
    torch.testing.assert_close(read, v, rtol=1e-5, atol=1e-6)
