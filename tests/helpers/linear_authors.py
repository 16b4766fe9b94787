"""The authors' equations of recurrences that are linear in the state, typed as plain PyTorch, a step each.

Registered among those of ``authors``.
"""

from __future__ import annotations

import torch
from authors import authors, from_x, headwise, pre, sig


@authors
def sru(p, x, h, c):
    f, r = (sig(from_x(p, g, x) + p[f"v_{g}"] * c) for g in "fr")
    c = f * c + (1 - f) * from_x(p, "c", x)
    return r * c + (1 - r) * from_x(p, "h", x), c


@authors
def sru_v1(p, x, h, c):
    f, r = (sig(from_x(p, g, x)) for g in "fr")
    c = f * c + (1 - f) * from_x(p, "c", x)
    return r * torch.tanh(c) + (1 - r) * from_x(p, "h", x), c


def pooled(z, f, o, c):
    c = torch.sigmoid(f) * c + (1 - torch.sigmoid(f)) * torch.tanh(z)
    return torch.sigmoid(o) * c, c


@authors
def qrnn(p, x, h, c):
    return pooled(*(from_x(p, g, x) for g in "zfo"), c)


@authors
def qrnn2(p, x, h, c, *v):
    """v is what the maps of the window's other half made of the input before."""
    now = [from_x(p, g, x) + u for g, u in zip("zfo", v, strict=True)]
    return (*pooled(*now, c), *(from_x(p, f"v_{g}", x) for g in "zfo"))


@authors
def min_gru(p, x, h):
    z = sig(from_x(p, "z", x))
    return ((1 - z) * h + z * from_x(p, "h_tilde", x),)


@authors
def min_lstm(p, x, h):
    f, i = sig(from_x(p, "f", x)), sig(from_x(p, "i", x))
    share = f / (f + i)
    return (share * h + (1 - share) * from_x(p, "h_tilde", x),)


def positive(a):
    """Feng et al. (2024): g of the authors' code, as the exponential of its logarithm."""
    return torch.exp(torch.where(a >= 0, torch.log(a.clamp(min=0) + 0.5), torch.nn.functional.logsigmoid(a)))


@authors
def min_gru_log(p, x, h):
    return (torch.lerp(h, positive(from_x(p, "a", x)), sig(from_x(p, "z", x))),)


@authors
def min_lstm_log(p, x, h):
    """The share of the forget gate by the difference of logarithms, as in the authors' parallel form."""
    log = torch.nn.functional.logsigmoid
    share = sig(log(from_x(p, "f", x)) - log(from_x(p, "i", x)))
    return (torch.lerp(positive(from_x(p, "a", x)), h, share),)


@authors
def gilr(p, x, h):
    g = sig(from_x(p, "g", x))
    return (g * h + (1 - g) * torch.tanh(from_x(p, "i", x)),)


@authors
def gilr_lstm(p, x, h, c, s):
    f, i, o, z = (pre(p, g, ("i", x), ("s", s)) for g in "fioz")
    k = sig(from_x(p, "k", x))
    s = k * s + (1 - k) * torch.tanh(from_x(p, "u", x))
    c = sig(f) * c + sig(i) * torch.tanh(z)
    return sig(o) * c, c, s


@authors
def rg_lru(p, x, h):
    """De et al. (2024): a = σ(Λ)^(c r), for which they store Λ so that log σ is -softplus; here Λ = -nu."""
    r, i = sig(from_x(p, "r", x)), sig(from_x(p, "i", x))
    a = sig(-p["nu"]) ** (8.0 * r)
    return (a * h + torch.sqrt(1 - a**2) * i * from_x(p, "h", x),)


@authors
def hawk(p, x, h, s, *before):
    """De et al. (2024), the recurrent block: a depthwise convolution over the last four steps, and RG-LRU by heads."""
    u = from_x(p, "u", x)
    window = torch.stack([*reversed(before), u], -1)
    kernel = torch.stack([p[f"w_{k}"] for k in (3, 2, 1, 0)])[:, None].permute(2, 1, 0)
    v = torch.nn.functional.conv1d(window, kernel, p["b"], groups=u.shape[1])[..., 0]
    r, i = (sig(headwise(p, n, v, "v") + p[f"b_v{n}"]) for n in "ri")
    a = sig(-p["nu"]) ** (8.0 * r)
    s = a * s + torch.sqrt(1 - a**2) * i * v
    y = torch.nn.functional.gelu(from_x(p, "y", x))
    return (y * s) @ p["W_oh"].T + p["b_oh"], s, u, *before[:2]


@authors
def real_lru(p, x, h):
    a = torch.exp(-torch.exp(p["nu"]))
    return (a * h + torch.sqrt(1 - a * a) * from_x(p, "h", x),)


@authors
def rwkv(p, x, h, a, b, shift):
    """The paper's unstabilised sums: a and b are the true ones divided by exp(shift)."""
    r, k, v = (x @ p[f"W_i{g}"].T for g in "rkv")
    above, below = a * torch.exp(shift), b * torch.exp(shift)
    now = torch.exp(p["u"] + k)
    h = sig(r) * (above + now * v) / (below + now)
    decay = torch.exp(-torch.exp(p["w"]))
    new = torch.maximum(shift - torch.exp(p["w"]), k)
    above, below = decay * above + torch.exp(k) * v, decay * below + torch.exp(k)
    return h, above * torch.exp(-new), below * torch.exp(-new), new
