"""The authors' equations of gated and of plain recurrent cells, typed as plain PyTorch, a step each.

Registered among those of ``authors``.
"""

from __future__ import annotations

import torch
from authors import AUTHORS, authors, pre, sig


def reset_before(p, x, h, r, z, step=1.0):
    n = torch.tanh(pre(p, "h_tilde" if "W_ih_tilde" in p else "n", ("i", x), ("h", r * h)))
    return (h + step * z * (n - h),)


@authors
def gru_chung(p, x, h):
    return reset_before(p, x, h, *(sig(pre(p, g, ("i", x), ("h", h))) for g in "rz"))


@authors
def gru1(p, x, h):
    return reset_before(p, x, h, *(sig(h @ p[f"W_h{g}"].T + p[f"b_h{g}"]) for g in "rz"))


@authors
def gru2(p, x, h):
    return reset_before(p, x, h, *(sig(h @ p[f"W_h{g}"].T) for g in "rz"))


@authors
def gru3(p, x, h):
    return reset_before(p, x, h, sig(p["b_r"]), sig(p["b_z"]))


@authors
def gru_ode(p, x, h):
    r, z = (sig(pre(p, g, ("i", x), ("h", h))) for g in "rz")
    return reset_before(p, x, h, r, 1 - z, step=0.1)


@authors
def mgu1(p, x, h):
    f = sig(h @ p["W_hf"].T + p["b_hf"])
    return reset_before(p, x, h, f, f)


@authors
def mgu2(p, x, h):
    f = sig(h @ p["W_hf"].T)
    return reset_before(p, x, h, f, f)


@authors
def mgu3(p, x, h):
    return reset_before(p, x, h, sig(p["b_f"]), sig(p["b_f"]))


@authors
def jordan_rnn(p, x, y):
    h = sig(x @ p["W_ih"].T + y @ p["W_hh"].T + p["b_h"])
    return (sig(h @ p["W_hy"].T + p["b_hy"]),)


@authors
def leaky_rnn(p, x, h):
    return (0.5 * h + 0.5 * torch.tanh(pre(p, "h", ("i", x), ("h", h))),)


@authors
def ctrnn(p, x, h):
    return (h + 0.1 * (-h / 1.0 + pre(p, "h", ("i", x), ("h", torch.tanh(h)))),)


@authors
def scrn(p, x, h, s):
    s = (1 - 0.95) * x @ p["W_is"].T + 0.95 * s
    return sig(s @ p["W_sh"].T + x @ p["W_ih"].T + h @ p["W_hh"].T), s


@authors
def mrnn(p, x, h):
    f = (p["W_if"] @ x.T) * (p["W_hf"] @ h.T)
    return (torch.tanh((p["W_fh"] @ f).T + x @ p["W_ih"].T + p["b_h"]),)


@authors
def mi_rnn(p, x, h):
    u, v = x @ p["W_iu"].T, h @ p["W_hv"].T
    return (torch.tanh(p["alpha"] * u * v + p["beta_1"] * v + p["beta_2"] * u + p["b"]),)


@authors
def rin(p, x, h):
    return (torch.relu(x @ p["W_ih"].T + h @ (p["W_hh"] + torch.eye(len(h.T))).T + p["b_h"]),)


@authors
def delta_rnn(p, x, h):
    u, v = x @ p["W_iu"].T, h @ p["W_hv"].T
    d = p["alpha"] * v * u + p["beta_1"] * v + p["beta_2"] * u
    r = sig(u + p["b_r"])
    return (torch.tanh((1 - r) * torch.tanh(d + p["b"]) + r * h),)


@authors
def momentum_rnn(p, x, h, v):
    v = 0.6 * v + 0.6 * (x @ p["W_iv"].T + p["b_iv"])
    return torch.tanh(h @ p["W_hh"].T + v), v


def highway(p, x, h, depth, carry):
    s = h
    for k in range(1, depth + 1):

        def act(g, k=k, s=s):
            first = k == 1
            names = f"{g}_{k}"
            if first:
                return x @ p[f"W_i{names}"].T + s @ p[f"W_h{names}"].T + p[f"b_{names}"]
            return s @ p[f"W_s{names}"].T + p[f"b_s{names}"]

        t = sig(act("t"))
        s = torch.tanh(act("g")) * t + s * (sig(act("c")) if carry else 1 - t)
    return (s,)


AUTHORS["rhn"] = lambda *a: highway(*a, depth=3, carry=False)
AUTHORS["rhn_carry"] = lambda *a: highway(*a, depth=2, carry=True)


@authors
def lem(p, x, y, z):
    """Rusch et al. (2022), the discretised system: y at step n sees z at step n."""
    dt = sig(pre(p, "a", ("i", x), ("h", y)))
    dt_bar = sig(pre(p, "b", ("i", x), ("h", y)))
    z = (1 - dt) * z + dt * torch.tanh(pre(p, "z", ("i", x), ("h", y)))
    return (1 - dt_bar) * y + dt_bar * torch.tanh(pre(p, "h", ("i", x), ("z", z))), z


@authors
def ltc(p, x, h):
    f = sig(pre(p, "f", ("i", x), ("h", h)))
    tau = 1 / torch.log1p(torch.exp(p["rho"]))
    return ((h + 1.0 * f * p["a"]) / (1 + 1.0 * (1 / tau + f)),)


@authors
def cfc(p, x, h):
    z = 1.7159 * torch.tanh(0.666 * pre(p, "z", ("i", x), ("h", h)))
    first, second, a, b = (z @ p[f"W_z{k}"].T + p[f"b_z{k}"] for k in "gkuv")
    t = sig(a * 1.0 + b)
    return (torch.tanh(first) * (1 - t) + t * torch.tanh(second),)
