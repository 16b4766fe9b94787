"""The authors' equations of the cells with matrices that are not learned, with square weights and of low rank, and of
those whose units read themselves alone, and of spiking ones, typed as plain PyTorch, a step each.

Registered among those of ``authors``. What is not learned is worked out here again, from the papers' formulas.
"""

from __future__ import annotations

import math
import random

import torch
from authors import authors, from_x, sig
from matrix_authors import heads, maps, out, row, written


def grid(n):
    """Rows and columns from 0."""
    i = torch.arange(n, dtype=torch.float64)
    return i[:, None], i[None, :]


def legendre(order):
    """A and B of Voelker et al. (2019) for theta = 1."""
    i, _ = grid(order)
    sign = torch.tensor([[-1.0 if a < b else (-1.0) ** (a - b + 1) for b in range(order)] for a in range(order)])
    return (2 * i + 1) * sign, ((2 * i + 1) * (-1) ** i)[:, 0]


def legendre_memory(p, x, h, m, A, B):
    """One step of Voelker et al. (2019) with these matrices."""
    u = x @ p["W_iu"].T + h @ p["W_hu"].T + m @ p["W_mu"].T
    m = m @ A.T.double() + u * B
    return torch.tanh(x @ p["W_ih"].T + h @ p["W_hh"].T + m @ p["W_mh"].T), m


@authors
def lmu(p, x, h, m):
    """The input held between two steps: by as many terms of the series of e^A and of A^-1 (e^A - I) as matter."""
    A, B = (q / p["theta"] for q in legendre(m.shape[1]))
    power = held = torch.eye(len(A), dtype=torch.float64)
    for k in range(1, 30):
        power = power @ A.double() / k
        held = held + power / (k + 1)
    return legendre_memory(p, x, h, m, torch.eye(len(A)) + A @ held, held @ B)


@authors
def lmu_euler(p, x, h, m):
    """Euler's step."""
    A, B = legendre(m.shape[1])
    return legendre_memory(p, x, h, m, A / p["theta"] + torch.eye(len(A)), B / p["theta"])


@authors
def hippo_legs(p, x, h, t):
    """Gu et al. (2020): c ← (1 - A/k) c + B f/k."""
    n = h.shape[1]
    A = torch.zeros(n, n, dtype=torch.float64)
    for a in range(n):
        for b in range(a + 1):
            A[a, b] = a + 1 if a == b else math.sqrt(2 * a + 1) * math.sqrt(2 * b + 1)
    B = torch.tensor([math.sqrt(2 * a + 1) for a in range(n)], dtype=torch.float64)
    t = t + 1
    return h - h @ A.T / t + (x @ p["W_iu"].T) * B / t, t


def uniform(seed, *shape, scale=1.0):
    draw = random.Random(seed)
    numbers = [(2 * draw.random() - 1, draw.random())[0] * scale for _ in range(math.prod(shape))]
    return torch.tensor(numbers, dtype=torch.float64).reshape(shape)


@authors
def echo_state(p, x, y, h):
    """Jaeger et al. (2007) with a step of 1 and no feedback."""
    n = h.shape[1]
    W, U = uniform(1, n, n), uniform(2, n, x.shape[1], scale=0.5)
    W = 0.9 * W / torch.linalg.eigvals(W).abs().max()
    h = h + p["alpha"] * (torch.tanh(x @ U.T + h @ W.T) - h)
    return torch.cat((x, h), 1) @ torch.cat((p["W_iy"], p["W_hy"]), 1).T, h


@authors
def clockwork_rnn(p, x, h, t):
    """Koutník et al. (2014): of a matrix with blocks the upper ones, of the modules those whose period divides t."""
    n = h.shape[1]
    group = [int(p["groups"]) * k // n for k in range(n)]
    W = p["W"].reshape(n, n).clone()
    for a in range(n):
        for b in range(n):
            W[a, b] *= group[a] <= group[b]
    new = torch.tanh(from_x(p, "a", x) + h @ W.T)
    t = t + 1
    return torch.where(torch.remainder(t, torch.tensor([2.0**g for g in group])) < 1, new, h), t


@authors
def lipschitz_rnn(p, x, h):
    """Erichson et al. (2021): ε(A h + tanh(W h + U x + b)), the matrices made of M and C."""
    n = h.shape[1]

    def mixed(name):
        M = p[name].reshape(n, n)
        symmetric, antisymmetric = M + M.T, M - M.T
        beta = p["beta"]
        return (1 - beta) * symmetric + beta * antisymmetric - p["gamma"] * torch.eye(n, dtype=torch.float64)

    z = from_x(p, "h", x)
    return (h + p["epsilon"] * (h @ mixed("M").T) + p["epsilon"] * torch.tanh(h @ mixed("C").T + z),)


@authors
def fast_grnn_low_rank(p, x, h):
    """Kusupati et al. (2018), W = W1 W2 and U = U1 U2 as matrices."""
    a = x @ (p["W_va"] @ p["W_iv"]).T + h @ (p["W_ua"] @ p["W_hu"]).T
    z, new = sig(a + p["b_z"]), torch.tanh(a + p["b_h"])
    return (z * h + (sig(p["zeta"]) * (1 - z) + sig(p["nu"])) * new,)


@authors
def m2rnn(p, x, h, S):
    """Mishra et al. (2026), the loop of the authors' code."""
    q, k, v, g = maps(p, x, "q", "k", "v", "g")
    (a,) = heads(from_x(p, "f", x))
    f = torch.exp(-torch.exp(p["a_log"]) * torch.log(1 + torch.exp(a[..., 0])))[..., None, None]
    W = p["W"].reshape(k.shape[1], v.shape[-1], v.shape[-1])
    S = S.reshape(len(x), *W.shape[:1], k.shape[-1], v.shape[-1])
    S = f * S + (1 - f) * torch.tanh(S @ W + written(k, v))
    y = (q[..., None, :] @ S).squeeze(-2) + v * p["D"].reshape(v.shape[1:])
    return out(p, y * g * sig(g)), *row(S)


@authors
def para_gru(p, x, h):
    """Danieli et al. (2025), the recursion of the authors' code."""
    z, r = (sig(p[f"u_{n}"] * h + from_x(p, n, x)) for n in "zr")
    new = torch.tanh(p["u_n"] * h * r + from_x(p, "n", x))
    return (z * new + (1 - z) * h,)


@authors
def para_lstm(p, x, h, c):
    """Danieli et al. (2025), the recursion of the authors' code."""
    f, g, o = (p[f"u_{n}"] * h + from_x(p, n, x) for n in "fgo")
    f = sig(f + p["p_f"] * c)
    c = f * c + (1 - f) * torch.tanh(g)
    return sig(o + p["p_o"] * c) * torch.tanh(c), c


def leaky(p, x, z, v, threshold):
    """One step of the authors' code without delays: the new potential, and a spike where it passes the threshold."""
    decay = math.exp(-1 / p["tau"])
    v = decay * v + (1 - decay) * (x @ p["W_iv"].T + z @ p["W_hv"].T) - z * threshold
    return ((v - threshold) > 0).double(), v


@authors
def lif(p, x, z, v):
    """Bellec et al. (2018) without adaptation."""
    return leaky(p, x, z, v, p["theta"])


@authors
def alif(p, x, z, v, b):
    """Bellec et al. (2018): the threshold is b0 + beta b."""
    rho = math.exp(-1 / p["tau_b"])
    b = rho * b + (1 - rho) * z
    return *leaky(p, x, z, v, p["theta"] + p["beta"] * b), b
