"""The authors' equations of the cells whose states are matrices, typed as plain PyTorch, a step each.

Registered among those of ``authors``. Vectors of all heads lie in one row; here they are (batch, heads, n).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from authors import authors, from_x

HEADS, EPSILON = 2, 1e-6


def heads(*rows):
    """Each row of numbers, cut by heads."""
    return [row.reshape(len(row), HEADS, -1) for row in rows]


def row(*tensors):
    return [t.reshape(len(t), -1) for t in tensors]


def memory(S, v, k):
    """A state as a matrix for each head, (batch, heads, value, key)."""
    return S.reshape(len(S), HEADS, v.shape[-1], k.shape[-1])


def maps(p, x, *names):
    return heads(*(from_x(p, name, x) for name in names))


def out(p, o, name="oh"):
    return o.reshape(len(o), -1) @ p[f"W_{name}"].T


def written(v, k):
    return v[..., :, None] * k[..., None, :]


def read(S, q):
    return (S * q[..., None, :]).sum(-1)


@authors
def linear_attention(p, x, h, S, z):
    """Katharopoulos et al. (2020), the recurrent form."""
    q, k = (F.elu(from_x(p, n, x)) + 1 for n in "qk")
    v = from_x(p, "v", x)
    S = S.reshape(len(x), v.shape[1], k.shape[1]) + written(v, k)
    z = z + k
    return read(S, q) / ((z * q).sum(-1, keepdim=True) + 1e-6), *row(S), z


@authors
def retention(p, x, h, S):
    """Sun et al. (2023), the recurrent form of one head, its decay 1 - 2^-5."""
    q, k, v = (from_x(p, n, x) for n in "qkv")
    S = (1 - 2**-5) * S.reshape(len(x), v.shape[1], k.shape[1]) + written(v, k)
    return read(S, q), *row(S)


@authors
def gla(p, x, h, S):
    """Yang et al. (2024): the gates of the keys by logsigmoid, divided by 16."""
    q, k, v, a, r = maps(p, x, *"qkvar")
    S = memory(S, v, k) * torch.exp(F.logsigmoid(a) / 16)[..., None, :] + written(v, k)
    return out(p, F.silu(r) * read(S, q)), *row(S)


@authors
def hgrn2(p, x, h, S):
    """Qin et al. (2024): keys are 1 - e^g, g = logsigmoid(f)."""
    q, f, v = maps(p, x, *"qfv")
    g = F.logsigmoid(f)
    S = memory(S, v, f) * g.exp()[..., None, :] + written(v, 1 - g.exp())
    return out(p, read(S, F.silu(q))), *row(S)


@authors
def gsa(p, x, h, K, V):
    """Zhang et al. (2024): each slot by itself, and attention to all slots of a head."""
    q, k, v = (F.silu(a) for a in maps(p, x, *"qkv"))
    (f,) = maps(p, x, "f")
    g = torch.exp(F.logsigmoid(f) / 8)
    K = memory(K, k, f) * g[..., None, :] + written(k, 1 - g)
    V = memory(V, v, f) * g[..., None, :] + written(v, 1 - g)
    slots = torch.softmax(read(K.transpose(-1, -2), q), -1)
    return out(p, F.silu(read(V, slots))), *row(K, V)


@authors
def mlstm(p, x, h, C, n, m):
    """Beck et al. (2024), one step of the stabilised form."""
    q, k, v = maps(p, x, *"qkv")
    log_f = F.logsigmoid(from_x(p, "f_tilde", x))
    new = torch.maximum(log_f + m, from_x(p, "i_tilde", x))
    f, i = torch.exp(log_f + m - new)[..., None], torch.exp(from_x(p, "i_tilde", x) - new)[..., None]
    C = f[..., None] * memory(C, v, k) + i[..., None] * written(v, k)
    (n,) = heads(n)
    n = f * n + i * k
    divisor = torch.maximum((n * q).sum(-1).abs(), torch.exp(-new))
    (o,) = maps(p, x, "o")
    return out(p, torch.sigmoid(o) * read(C, q) / divisor[..., None], "uh"), *row(C, n), new


def rwkv(p, x, S, w):
    """RWKV-5 and 6: what the step brings counts u times, and enters the memory after it has been read."""
    r, k, v, g = maps(p, x, *"rkvg")
    (u,) = heads(p["u"][None])
    S = memory(S, v, k)
    o = read(S + u[..., None, :] * written(v, k), r)
    return out(p, F.silu(g) * o), *row(S * torch.exp(-torch.exp(w))[..., None, :] + written(v, k))


@authors
def rwkv5(p, x, h, S):
    return rwkv(p, x, S, heads(p["w"][None])[0])


@authors
def rwkv6(p, x, h, S):
    return rwkv(p, x, S, *maps(p, x, "w"))


def unit(k):
    return k / torch.sqrt((k * k).sum(-1, keepdim=True) + EPSILON)


def corrected(S, v, k, beta):
    """The delta rule as a product: S (I - β k kᵀ) + β v kᵀ."""
    identity = torch.eye(k.shape[-1], dtype=k.dtype)
    return S @ (identity - beta[..., None, None] * written(k, k)) + beta[..., None, None] * written(v, k)


@authors
def delta_net(p, x, h, S):
    """Yang et al. (2024)."""
    q, k, v = (F.silu(t) for t in maps(p, x, "q_hat", "k_hat", "v"))
    S = corrected(memory(S, v, k), v, unit(k), torch.sigmoid(from_x(p, "beta", x)))
    return out(p, read(S, unit(q))), *row(S)


@authors
def delta_product(p, x, h, S):
    """Siems et al. (2025), two steps."""
    q, j, k, u, v = (F.silu(t) for t in maps(p, x, "q_hat", "k_hat_1", "k_hat_2", "v_1", "v_2"))
    S = corrected(memory(S, v, k), u, unit(j), torch.sigmoid(from_x(p, "beta_1", x)))
    S = corrected(S, v, unit(k), torch.sigmoid(from_x(p, "beta_2", x)))
    return out(p, read(S, unit(q))), *row(S)


@authors
def gated_delta_net(p, x, h, S):
    """Yang et al. (2025): S α (I - β k kᵀ) + β v kᵀ."""
    q, k, v, r = (F.silu(t) for t in maps(p, x, "q_hat", "k_hat", "v", "r"))
    g = -p["a_log"].exp() * F.softplus(from_x(p, "a", x))
    S = corrected(g.exp()[..., None, None] * memory(S, v, k), v, unit(k), torch.sigmoid(from_x(p, "beta", x)))
    return out(p, r * read(S, unit(q))), *row(S)


@authors
def kda(p, x, h, S):
    """Kimi Team (2025): S Diag(α) (I - β k kᵀ) + β v kᵀ."""
    q, k, v = (F.silu(t) for t in maps(p, x, "q_hat", "k_hat", "v"))
    a, r = maps(p, x, "a", "r")
    g = -p["a_log"].exp()[:, None] * F.softplus(a)
    S = corrected(memory(S, v, k) * g.exp()[..., None, :], v, unit(k), torch.sigmoid(from_x(p, "beta", x)))
    return out(p, torch.sigmoid(r) * read(S, unit(q))), *row(S)


@authors
def rwkv7(p, x, h, S):
    """Peng et al. (2025): S (diag(w) - κ̂ᵀ (a ⊙ κ̂)) + v k̃ᵀ, vectors of keys being rows."""
    r, k, v, a, w, g = maps(p, x, *"rkvawg")
    xi, mu, rho = heads(*(p[n][None] for n in ("xi", "mu", "rho")))
    a = torch.sigmoid(a)
    kappa = unit(k * xi)
    k = torch.lerp(k, k * a, mu)
    decay = torch.diag_embed(torch.exp(-torch.sigmoid(w) / torch.e**0.5))
    S = memory(S, v, k) @ (decay - written(kappa, a * kappa)) + written(v, k)
    o = read(S, r) + (r * rho * k).sum(-1, keepdim=True) * v
    return out(p, g * o), *row(S)


@authors
def ttt_linear(p, x, h, S, d):
    """Sun et al. (2024): the inner loss of one token, differentiated by autograd; rows times matrices, as there."""
    q, k, v = maps(p, x, *"qkv")
    gamma, beta = heads(*(p[n][None] for n in ("gamma", "beta")))

    def normalised(z):
        return F.layer_norm(z, z.shape[-1:], eps=EPSILON) * gamma + beta

    W = (p["W"].reshape(HEADS, v.shape[-1], -1) + memory(S, v, k)).mT
    b = heads(p["b"] + d)[0]
    with torch.enable_grad():
        W, b = W.detach().requires_grad_(), b.detach().requires_grad_()
        z = (k[..., None, :] @ W)[..., 0, :] + b
        loss = (normalised(z) - (v - k)).square().sum() / 2
        dW, db = torch.autograd.grad(loss, (W, b))
    rate = torch.sigmoid(from_x(p, "r", x))[..., None] / 64
    W, b = W.detach() - rate[..., None] * dW, b.detach() - rate * db
    o = q + normalised((q[..., None, :] @ W)[..., 0, :] + b)
    return out(p, o), *row(W.mT - p["W"].reshape(HEADS, v.shape[-1], -1), b - heads(p["b"][None])[0])


@authors
def mamba(p, x, h, S):
    """Gu and Dao (2023), the selective scan: steps Δ, e^{Δ A} and Δ B."""
    u, z = (F.silu(from_x(p, n, x)) for n in "uz")
    delta = F.softplus(u @ p["W_s"].T + p["b_s"])
    B, C = u @ p["W_uB"].T, u @ p["W_uC"].T
    A = -torch.exp(p["a_log"]).reshape(u.shape[1], B.shape[1])
    S = torch.exp(torch.einsum("bd,dn->bdn", delta, A)) * S.reshape(len(x), *A.shape)
    S = S + torch.einsum("bd,bn,bd->bdn", delta, B, u)
    return out(p, (torch.einsum("bdn,bn->bd", S, C) + p["D"] * u) * z, "yh"), *row(S)


@authors
def mamba2(p, x, h, S):
    """Dao and Gu (2024): one decay for each head, B and C for all of them."""
    u, z = (F.silu(t) for t in maps(p, x, *"uz"))
    B, C = (F.silu(from_x(p, n, x)) for n in "BC")
    delta = F.softplus(from_x(p, "s", x))
    decay = torch.exp(-torch.exp(p["a_log"]) * delta)
    S = decay[..., None, None] * S.reshape(len(x), HEADS, u.shape[-1], B.shape[-1])
    S = S + torch.einsum("bh,bhp,bn->bhpn", delta, u, B)
    y = torch.einsum("bhpn,bn->bhp", S, C) + p["D"][:, None] * u
    return out(p, y * z, "yh"), *row(S)


@authors
def longhorn(p, x, h, S):
    """Liu et al. (2024), the step of the authors' code."""
    u, z = (F.silu(from_x(p, n, x)) for n in "uz")
    q, k = u @ p["W_uq"].T, u @ p["W_uk"].T
    dt = torch.sigmoid(u @ p["W_beta"].T + p["b_beta"])
    dt = dt / (1 + dt * k.square().sum(-1, keepdim=True))
    S = S.reshape(len(x), u.shape[1], k.shape[1]) * (1 - torch.einsum("bd,bn->bdn", dt, k**2))
    S = S + torch.einsum("bd,bn,bd->bdn", dt, k, u)
    return out(p, (torch.einsum("bdn,bn->bd", S, q) + p["D"] * u) * z, "yh"), *row(S)


@authors
def mamba3(p, x, h, S, P, v, k_re, k_im, phi):
    """Lahoti et al. (2026), the recurrent reference of the authors' tests: pairs of numbers lie beside each other, and
    are turned by a rotation; the state has those of all pairs in its rows."""
    B, C = (torch.stack(maps(p, x, f"{n}_re", f"{n}_im"), -1) for n in "BC")
    (z, new), (angle,) = maps(p, x, "z", "v"), maps(p, x, "phi")
    dt = F.softplus(from_x(p, "s", x))
    alpha = torch.exp(-F.softplus(from_x(p, "a", x)).clamp(min=1e-4) * dt)
    trap = torch.sigmoid(from_x(p, "lambda_", x))
    (phi,) = heads(phi)
    phi = phi + torch.tanh(angle) * torch.pi * dt[..., None]

    def turned(pairs, gain, bias):
        pairs = F.rms_norm(pairs.flatten(2), pairs.flatten(2).shape[-1:], eps=1e-5).view(pairs.shape)
        gain, bias = (torch.stack(heads(p[f"{n}_re"][None], p[f"{n}_im"][None]), -1) for n in (gain, bias))
        pairs = pairs * gain + bias
        cos, sin = torch.cos(phi), torch.sin(phi)
        rotation = torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2)
        return (rotation @ pairs[..., None])[..., 0].flatten(2)

    def joined(re, im):
        return torch.stack([re, im], -1).flatten(-2)

    k, q = turned(B, "p", "e"), turned(C, "g", "f")
    before = written(*heads(v), joined(*heads(k_re, k_im)))
    state = joined(memory(S, new, B[..., 0]), memory(P, new, B[..., 0]))
    state = (alpha[..., None, None] * state + ((1 - trap) * dt * alpha)[..., None, None] * before) + (trap * dt)[
        ..., None, None
    ] * written(new, k)
    y = read(state, q) + p["D"][:, None] * new
    return out(p, y * F.silu(z), "yh"), *row(state[..., 0::2], state[..., 1::2], new, k[..., 0::2], k[..., 1::2], phi)
