"""The authors' equations of the cells whose states are complex, typed as plain PyTorch on complex numbers, a step each.

Registered among those of ``authors``. Oscillators have the matrices M and F of their authors' code.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from authors import authors, from_x


def matrix(p, name):
    return torch.complex(p[f"W_{name}_re"], p[f"W_{name}_im"])


def parts(*states):
    return [part for s in states for part in (s.real, s.imag)]


def driven(p, x):
    return x.to(torch.complex128) @ matrix(p, "B").T


def read(p, s, x):
    return (s @ matrix(p, "C").T).real + x @ p["W_D"].T


@authors
def lru(p, x, h, s_re, s_im):
    """Orvieto et al. (2023), as minimal-LRU has it, with γ = √(1 - |λ|²)."""
    diag_lambda = torch.exp(-torch.exp(p["nu"]) + 1j * torch.exp(p["theta"]))
    gamma = torch.sqrt(1 - diag_lambda.abs() ** 2)
    s = diag_lambda * torch.complex(s_re, s_im) + gamma * driven(p, x)
    return read(p, s, x), *parts(s)


@authors
def hgrn(p, x, h, s_re, s_im):
    """Qin et al. (2023), the step of the authors' code, γ being the lower bound of the forget gate."""
    f = p["gamma"] + (1 - p["gamma"]) * torch.sigmoid(from_x(p, "f", x))
    c, g = (
        F.silu(torch.cat([x @ p[f"W_{n}_{part}"].T + p[f"b_{n}_{part}"] for part in ("re", "im")], -1))
        for n in ("c", "g")
    )
    s = f * torch.exp(1j * p["theta"]) * torch.complex(s_re, s_im) + (1 - f) * torch.complex(*c.chunk(2, -1))
    feature = g * torch.cat([s.real, s.imag], -1)
    return feature @ torch.cat([p["W_o_re"], p["W_o_im"]], 1).T + p["b_o_re"], *parts(s)


@authors
def s5(p, x, h, s_re, s_im):
    """Smith et al. (2023): Λ̄ = e^{Λ Δ}, B̄ = Λ⁻¹ (Λ̄ - 1) B, and twice the real part."""
    Lambda = torch.complex(p["a"], p["omega"])
    bar = torch.exp(Lambda * torch.exp(p["log_step"]))
    s = bar * torch.complex(s_re, s_im) + driven(p, x) * ((bar - 1) / Lambda)
    return 2 * (s @ matrix(p, "C").T).real + x @ p["W_D"].T, *parts(s)


def oscillate(p, x, states, M, F):
    z, y = (torch.complex(*states[k : k + 2]) for k in (0, 2))
    u = driven(p, x)
    z, y = M[0][0] * z + M[0][1] * y + F[0] * u, M[1][0] * z + M[1][1] * y + F[1] * u
    return read(p, y, x), *parts(z, y)


@authors
def linoss(p, x, h, *states):
    """Rusch and Rus (2025), IMEX."""
    A, dt = torch.relu(p["a"]), torch.sigmoid(p["dt"])
    return oscillate(p, x, states, [[1, -dt * A], [dt, 1 - dt**2 * A]], [dt, dt**2])


@authors
def linoss_im(p, x, h, *states):
    """Rusch and Rus (2025), IM."""
    A, dt = torch.relu(p["a"]), torch.sigmoid(p["dt"])
    S = 1 + dt**2 * A
    M = [[1 - dt**2 * A / S, -dt * A / S], [dt / S, 1 / S]]
    return oscillate(p, x, states, M, [M[0][0] * dt, M[1][0] * dt])


@authors
def d_linoss(p, x, h, *states):
    """Boyer et al. (2025), the first damped IMEX step of the authors' code, A clamped as there."""
    G, dt = torch.relu(p["g"]), torch.sigmoid(p["dt"])
    low, high = ((2 + dt * G + sign * 2 * torch.sqrt(1 + dt * G)) / dt**2 for sign in (-1, 1))
    A, S = torch.minimum(torch.maximum(p["a"], low), high), 1 + dt * G
    M = [[1 / S, -dt / S * A], [dt / S, 1 - dt**2 / S * A]]
    return oscillate(p, x, states, M, [dt / S, dt**2 / S])
