"""The authors' equations of cells with several inputs, ordered neurons or heads, typed as plain PyTorch, a step each.

Registered among those of ``authors``.
"""

from __future__ import annotations

import torch
from authors import AUTHORS, authors, from_x, gates, headwise, pre, sig

# Cells that read several inputs: the other inputs stand between x and the states.


def gru_step(p, x, h, other, letter):
    """A GRU whose reset gate comes before the matrix, with one more operand in each map."""
    z, r = (sig(pre(p, g, ("i", x), ("h", h), (letter, other))) for g in "zr")
    return (1 - z) * h + z * torch.tanh(pre(p, "h_tilde", ("i", x), ("h", r * h), (letter, other)))


@authors
def gru_d(p, x, x_last, m, dt, h):
    """Che et al. (2018): what is missing fades to the mean, here 0, and so does the state."""
    x = m * x + (1 - m) * torch.exp(-torch.relu(p["w"] * dt + p["v"])) * x_last
    h = torch.exp(-torch.relu(dt @ p["W_dbeta"].T + p["b_dbeta"])) * h
    return (gru_step(p, x, h, m, "m"),)


@authors
def time_lstm(p, x, dt, h, c):
    """Baytas et al. (2017): the memory is taken apart, and its short-term part discounted."""
    short = torch.tanh(c @ p["W_cs"].T + p["b_cs"])
    c = (c - short) + short / torch.log(torch.e + dt)
    f, i, o, g = (pre(p, k, ("i", x), ("h", h)) for k in "fiog")
    c = sig(f) * c + sig(i) * torch.tanh(g)
    return sig(o) * torch.tanh(c), c


@authors
def phased_lstm(p, x, time, h, c):
    """Neil, Pfeiffer and Liu (2016): the time within the period by the remainder, not by its formula."""
    i, f, g, o = (pre(p, k, ("i", x), ("h", h)) for k in "ifgo")
    new = sig(f + p["p_f"] * c) * c + sig(i + p["p_i"] * c) * torch.tanh(g)
    out = sig(o + p["p_o"] * new) * torch.tanh(new)
    phi = torch.remainder(time - p["s"], p["tau"]) / p["tau"]
    k = torch.where(phi < p["r"] / 2, 2 * phi / p["r"], torch.where(phi < p["r"], 2 - 2 * phi / p["r"], 0.001 * phi))
    return k * out + (1 - k) * h, k * new + (1 - k) * c


@authors
def context_gru(p, x, context, h):
    """Bahdanau, Cho and Bengio (2015), the decoder's step."""
    return (gru_step(p, x, h, context, "c"),)


def cumax(p, x, h, name):
    """From its definition, a sum for each unit."""
    (z,) = gates(p, x, h, [name])
    powers = torch.exp(z - z.max(-1, keepdim=True).values)
    sums = [powers[:, : k + 1].sum(-1) for k in range(z.shape[1])]
    return torch.stack(sums, -1) / powers.sum(-1, keepdim=True)


@authors
def on_lstm(p, x, h, c):
    """Shen et al. (2019), with one unit in each chunk."""
    return ordered(p, x, h, c, cumax(p, x, h, "f_tilde"), 1 - cumax(p, x, h, "i_tilde"))


@authors
def on_lstm_chunks(p, x, h, c):
    """Shen et al. (2019): each number of a master gate as often as a chunk has units."""
    forget, write = cumax(p, x, h, "p"), 1 - cumax(p, x, h, "q")
    chunk = [k * forget.shape[1] // h.shape[1] for k in range(h.shape[1])]
    return ordered(p, x, h, c, forget[:, chunk], write[:, chunk])


def ordered(p, x, h, c, master_f, master_i):
    """One step with these master gates."""
    i, f, g, o = gates(p, x, h, "ifgo")
    both = master_f * master_i
    c = (sig(f) * both + master_f - both) * c + (sig(i) * both + master_i - both) * torch.tanh(g)
    return sig(o) * torch.tanh(c), c


# Cells with heads: the blocks of a recurrent weight are stored one below the other, and each head reads its own.


@authors
def lstm_heads(p, x, h, c):
    """Pöppel, Beck and Hochreiter (2024): what enters a gate is Wx + Rh + b, R by heads."""
    i, f, g, o = (from_x(p, k, x) + headwise(p, k, h) for k in "ifgo")
    c = sig(f) * c + sig(i) * torch.tanh(g)
    return sig(o) * torch.tanh(c), c


@authors
def slstm_heads(p, x, h, c, n, m):
    """Beck et al. (2024), stabilised by m."""
    i, f, z, o = (from_x(p, k, x) + headwise(p, k, h) for k in ("i_tilde", "f_tilde", "z", "o"))
    log_f = torch.nn.functional.logsigmoid(f)
    new = torch.maximum(log_f + m, i)
    i, f = torch.exp(i - new), torch.exp(log_f + m - new)
    c, n = f * c + i * torch.tanh(z), f * n + i
    return sig(o) * c / n, c, n, new


# Zhou et al. (2019), DIEN: an attention score in the place of the update gate, or times it.


def dien(p, x, a, h, gate):
    r = sig(pre(p, "r", ("i", x), ("h", h)))
    candidate = torch.tanh(pre(p, "h_tilde", ("i", x), ("h", r * h)))
    return (torch.lerp(h, candidate, a * gate),)


AUTHORS["agru"] = lambda p, x, a, h: dien(p, x, a, h, torch.ones_like(h))
AUTHORS["augru"] = lambda p, x, a, h: dien(p, x, a, h, sig(pre(p, "u", ("i", x), ("h", h))))
