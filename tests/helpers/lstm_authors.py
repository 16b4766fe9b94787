"""The authors' equations of LSTMs and of the cell of a search, typed as plain PyTorch, a step each.

Registered among those of ``authors``.
"""

from __future__ import annotations

import torch
from authors import AUTHORS, authors, gates, pre, sig
from torch.nn.functional import layer_norm

# Greff et al. (2017), section on variants: the vanilla LSTM has peepholes, and each variant changes one thing.


def greff(p, x, h, c, i=sig, f=sig, o=sig, g=torch.tanh, out=torch.tanh, coupled=False):
    ones = torch.ones_like(c)
    ig = i(*gates(p, x, h, "i", c)) if i else ones
    fg = 1 - ig if coupled else f(*gates(p, x, h, "f", c)) if f else ones
    c = fg * c + ig * g(*gates(p, x, h, "g"))
    og = o(*gates(p, x, h, "o", c)) if o else ones
    return og * out(c), c


AUTHORS["nig_lstm"] = lambda *a: greff(*a, i=None)
AUTHORS["nfg_lstm"] = lambda *a: greff(*a, f=None)
AUTHORS["nog_lstm"] = lambda *a: greff(*a, o=None)
AUTHORS["niaf_lstm"] = lambda *a: greff(*a, g=lambda z: z)
AUTHORS["noaf_lstm"] = lambda *a: greff(*a, out=lambda z: z)
AUTHORS["cifg_lstm"] = lambda *a: greff(*a, coupled=True)
AUTHORS["linear_lstm"] = lambda *a: greff(*a, g=lambda z: z, out=lambda z: z)


@authors
def fgr_lstm(p, x, h, c, j, f, o):
    def recurrent(g):
        return j @ p[f"W_ju_{g}"].T + f @ p[f"W_fu_{g}"].T + o @ p[f"W_ou_{g}"].T

    aj, af = gates(p, x, h, "jf", c)
    j1, f1 = sig(aj + recurrent("j")), sig(af + recurrent("f"))
    c1 = f1 * c + j1 * torch.tanh(*gates(p, x, h, "g"))
    o1 = sig(next(gates(p, x, h, "o", c1)) + recurrent("o"))
    return o1 * torch.tanh(c1), c1, j1, f1, o1


def lu_salem(p, x, h, c, gate):
    i, f, o = gate("i"), gate("f"), gate("o")
    c = f * c + i * torch.tanh(pre(p, "g", ("i", x), ("h", h)))
    return o * torch.tanh(c), c


@authors
def slim_lstm1(p, x, h, c):
    return lu_salem(p, x, h, c, lambda g: sig(h @ p[f"W_h{g}"].T + p[f"b_h{g}"]))


@authors
def slim_lstm2(p, x, h, c):
    return lu_salem(p, x, h, c, lambda g: sig(h @ p[f"W_h{g}"].T))


@authors
def slim_lstm3(p, x, h, c):
    return lu_salem(p, x, h, c, lambda g: sig(p[f"b_{g}"]))


@authors
def zoneout_lstm(p, x, k_c, k_h, h, c):
    """Krueger et al. (2017): a unit of a state keeps its value where its mask has a 1."""
    i, f, g, o = gates(p, x, h, "ifgo")
    inner = sig(f) * c + sig(i) * torch.tanh(g)
    return torch.lerp(sig(o) * torch.tanh(inner), h, k_h), torch.lerp(inner, c, k_c)


@authors
def variational_lstm(p, x, m_x, m_h, h, c):
    """Gal and Ghahramani (2016): masks on what the weights read; kept with probability 3/4."""
    i, f, g, o = gates(p, x * m_x / 0.75, h * m_h / 0.75, "ifgo")
    c = sig(f) * c + sig(i) * torch.tanh(g)
    return sig(o) * torch.tanh(c), c


@authors
def variational_gru(p, x, m_x, m_h, h):
    """The same of PyTorch's GRU."""
    operands = (("i", x * m_x / 0.75), ("h", h * m_h / 0.75))
    (r, z, n), (of_r, of_z, of_n) = ([v @ p[f"W_{k}{g}"].T + p[f"b_{k}{g}"] for g in "rzn"] for k, v in operands)
    return (torch.lerp(torch.tanh(n + sig(r + of_r) * of_n), h, sig(z + of_z)),)


@authors
def nested_lstm(p, x, h, c, s):
    i, f, g, o = (pre(p, k, ("i", x), ("h", h)) for k in "ifgo")
    inner_x, inner_h = sig(i) * torch.tanh(g), sig(f) * c
    ii, fi, gi, oi = (pre(p, k, ("u", inner_x), ("v", inner_h)) for k in "jklq")
    s = sig(fi) * s + sig(ii) * torch.tanh(gi)
    c = sig(oi) * torch.tanh(s)
    return sig(o) * torch.tanh(c), c, s


@authors
def mogrifier_lstm(p, x, h, c):
    q, r = {1: "W_hx_1", 3: "W_hx_3", 5: "W_hx_5"}, {2: "W_ih_2", 4: "W_ih_4"}
    previous = h
    for k in range(1, 6):
        if k % 2:
            x = 2 * sig(previous @ p[q[k]].T) * x
        else:
            previous = 2 * sig(x @ p[r[k]].T) * previous
    i, f, g, o = (pre(p, k, ("i", x), ("h", previous)) for k in "ifgo")
    c = sig(f) * c + sig(i) * torch.tanh(g)
    return sig(o) * torch.tanh(c), c


def xlstm(p, x, h, c, n, m, forget):
    """The paper's unstabilised cell: c and n are the true ones divided by exp(m)."""
    z, o = (pre(p, k, ("i", x), ("h", h)) for k in "zo")
    i, f = (pre(p, k, ("i", x), ("h", h)) for k in ("i_tilde", "f_tilde"))
    true_c = forget(f) * c * torch.exp(m) + torch.exp(i) * torch.tanh(z)
    true_n = forget(f) * n * torch.exp(m) + torch.exp(i)
    m = torch.maximum(torch.log(forget(f)) + m, i)
    return sig(o) * true_c / true_n, true_c * torch.exp(-m), true_n * torch.exp(-m), m


AUTHORS["slstm"] = lambda *a: xlstm(*a, forget=sig)
AUTHORS["slstm_exp"] = lambda *a: xlstm(*a, forget=torch.exp)


@authors
def nas(p, x, h, c, fourth=torch.mul):
    """TensorFlow's NASCell, layer by layer; its one bias is added to the maps of h."""
    pairs = [(x @ p[f"W_ia_{k}"].T, h @ p[f"W_ha_{k}"].T + p[f"b_ha_{k}"]) for k in range(1, 9)]
    a1, a2, a3, a4, a5, a6, a7, a8 = (fourth(*q) if k == 4 else sum(q) for k, q in enumerate(pairs, 1))
    second = torch.tanh(sig(a1) * torch.relu(a2)), torch.tanh(sig(a3) + torch.relu(a4))
    third = torch.tanh(torch.tanh(a5) * sig(a6)), sig(torch.tanh(a7) + sig(a8))
    c = torch.tanh(second[0] + c) * second[1]
    return torch.tanh(c * torch.tanh(sum(third))), c


def norm(v, gain=1.0, shift=0.0):
    return layer_norm(v, v.shape[-1:], eps=1e-5) * gain + shift


def ba(p, x, h, c):
    """The stacked pre-activations of Ba et al. (2016), each map normalised as one vector of 4 H units."""

    def four(prefix):
        return torch.cat([p[f"{prefix}_{g}"] for g in "ifgo"])

    a = norm(x @ four("W_iu").T, four("alpha")) + norm(h @ four("W_hv").T, four("beta")) + four("b")
    i, f, g, o = a.chunk(4, -1)
    return sig(f) * c + sig(i) * torch.tanh(g), sig(o)


@authors
def layer_norm_lstm(p, x, h, c):
    c, o = ba(p, x, h, c)
    return o * torch.tanh(norm(c, p["gamma"], p["b_c"])), c


@authors
def layer_norm_lstm_stored(p, x, h, c):
    c, o = ba(p, x, h, c)
    c = norm(c, p["gamma"], p["b_c"])
    return o * torch.tanh(c), c


@authors
def layer_norm_lstm_gates(p, x, h, c):
    i, f, g, o = (norm(x @ p[f"W_iu_{k}"].T + h @ p[f"W_hu_{k}"].T, p[f"gamma_{k}"], p[f"b_{k}"]) for k in "ifgo")
    c = norm(sig(f) * c + sig(i) * torch.tanh(g), p["gamma_c"], p["b_c"])
    return sig(o) * torch.tanh(c), c
