"""As by_numpy: the sources' equations whose states are matrices, (B, rows, columns)."""

import numpy as np
from by_numpy import sigma


def outer(rows, columns):
    return rows[:, :, None] * columns[:, None, :]


def read(matrix, vector):
    return np.einsum("bij,bj->bi", matrix, vector)


def read_rows(vector, matrix):
    return np.einsum("bi,bij->bj", vector, matrix)


def xlstm_mlstm(w, x, h, C, n):
    q, k, v = w("W_{q}", x) + w["b_{q}"], w("W_{k}", x) / np.sqrt(w["d"]) + w["b_{k}"], w("W_{v}", x) + w["b_{v}"]
    i, f = (np.exp(w(f"w_{{{g}}}", x) + w[f"b_{{{g}}}"]) for g in "if")
    C = f[:, :, None] * C + i[:, :, None] * outer(v, k)
    n = f * n + i * k
    weight = np.maximum(np.abs((n * q).sum(1, keepdims=True)), 1)
    return sigma(w("W_{o}", x) + w["b_{o}"]) * read(C, q) / weight, C, n


def d2l_delta_rule(w, o, S, q, k, v, beta):
    S = S - beta[:, :, None] * outer(k, read_rows(k, S) - v)
    return read_rows(q, S), S


def d2l_gated_delta_rule(w, o, S, q, k, v, alpha, beta):
    S = alpha[:, :, None] * (S - beta[:, :, None] * outer(k, read_rows(k, S))) + beta[:, :, None] * outer(k, v)
    return read_rows(q, S), S


def kimi_delta_attention(w, o, S, q, k, v, alpha, beta):
    S = alpha[:, :, None] * S
    S = S + beta[:, :, None] * outer(k, v - read_rows(k, S))
    return read_rows(q, S), S


def delta_rule_in_steps(w, o, S, q, k, v, alpha, beta):
    S = alpha[:, :, None] * S
    S = S + beta[:, :, None] * outer(k, v - read_rows(k, S))
    return read_rows(q, S), S


def elu(a):
    return np.where(a > 0, a, np.expm1(a))


def linear_attention_notes(w, o, S, z, q, k, v):
    S, z = S + outer(v, elu(k)), z + elu(k)
    return read(S, elu(q)) / (z * elu(q)).sum(1, keepdims=True), S, z


def delta_rule_notes(w, o, S, q, k, v, beta):
    S = S + beta[:, :, None] * outer(v - read(S, k), k)
    return read(S, q), S


def gated_linear_attention_notes(w, o, S, q, k, v, alpha):
    S = alpha[:, :, None] * S + outer(k, v)
    return read_rows(q, S), S


def retention_notes(w, y, S, q, k, v):
    S = w["gamma"] * S + outer(k, v)
    return read_rows(q, S), S


def mamba2_notes(w, Y, H, Q, K, V, a):
    H = a[:, :, None] * H + outer(K, V)
    return read_rows(Q, H), H


def rwkv7_notes(weights, o, S, /, r, k_tilde, v, w, a, kappa_hat):
    S = S * w[:, None, :] - outer(read(S, kappa_hat), a * kappa_hat) + outer(v, k_tilde)
    return read(S, r), S
