"""The same of paper_sources.toml: as in ``by_numpy``."""

import numpy as np
from by_numpy import sigma
from by_numpy_later import joined
from matrices_by_numpy import outer, read, read_rows


def sru_paper(w, x, h, c):
    f = sigma(w("W_{f}", x) + w["v_{f}"] * c + w["b_{f}"])
    r = sigma(w("W_{r}", x) + w["v_{r}"] * c + w["b_{r}"])
    c = f * c + (1 - f) * w("W", x)
    return r * c + (1 - r) * w("W_h_in", x), c


def mgu_paper(w, x, h):
    f = sigma(joined(w, "W_{f", h, x, "b_{f}"))
    return ((1 - f) * h + f * np.tanh(joined(w, "W_{h", f * h, x, "b_{h}")),)


def cfn_paper(w, x, h):
    theta, eta = (sigma(w(f"U_{{{g}}}", h) + w(f"V_{{{g}}}", x) + w[f"b_{{{g}}}"]) for g in ("theta", "eta"))
    return (theta * np.tanh(h) + eta * np.tanh(w("W", x)),)


def scrn_paper(w, x, h, s):
    s = (1 - w["alpha"]) * w("B", x) + w["alpha"] * s
    return sigma(w("P", s) + w("A", x) + w("R", h)), s


def esn_guide(w, u, x):
    new = np.tanh(w["W_{in[0]}"] + w("W_{in}", u) + w("W", x))
    return ((1 - w["alpha"]) * x + w["alpha"] * new,)


def antisymmetric_gated_paper(w, x, h):
    V = w["W_{h}"]
    turned = h @ (V - V.T - w["gamma"] * np.eye(len(V))).T
    z = sigma(turned + w("V_{z}", x) + w["b_{z}"])
    return (h + w["epsilon"] * z * np.tanh(turned + w("V_{h}", x) + w["b_{h}"]),)


def lem_paper(w, u, y, z):
    def pre(g, of):
        return w(f"W_{{{g}}}", of) + w(f"V_{{{g}}}", u) + w[f"b_{{{g}}}"]

    one, other = (w["Delta_t"] * 0.5 * (1 + np.tanh(pre(g, y) / 2)) for g in "12")
    z = (1 - one) * z + one * np.tanh(pre("z", y))
    return (1 - other) * y + other * np.tanh(pre("y", z)), z


def multiplicative_lstm_paper(w, x, h, c):
    m = w("W_{mx}", x) * w("W_{mh}", h)
    new, i, o, f = (w(f"W_{{{g}x}}", x) + w(f"W_{{{g}m}}", m) for g in "hiof")
    c = sigma(f) * c + sigma(i) * np.tanh(new)
    return np.tanh(c) * sigma(o), c


def normalised(a):
    return (a - a.mean(1, keepdims=True)) / np.sqrt(a.var(1, keepdims=True) + 1e-5)


def layer_norm_lstm_paper(w, x, h, c):
    def stacked(letter):
        return np.concatenate([w[f"{letter}{g}}}"] for g in "fiog"])

    of_h, of_x = h @ stacked("W_{h").T, x @ stacked("W_{x").T
    gates = stacked("alpha_{1") * normalised(of_h) + stacked("beta_{1")
    gates = gates + stacked("alpha_{2") * normalised(of_x) + stacked("beta_{2") + stacked("b_{")
    f, i, o, g = np.split(gates, 4, axis=1)
    c = sigma(f) * c + sigma(i) * np.tanh(g)
    return sigma(o) * np.tanh(w["alpha_{3}"] * normalised(c) + w["beta_{3}"]), c


def time_aware_lstm(w, h, C, x, a_Delta):
    f, i, o, new = (w(f"W_{{{g}}}", x) + w(f"U_{{{g}}}", h) + w[f"b_{{{g}}}"] for g in "fioc")
    short = np.tanh(w("W_{d}", C) + w["b_{d}"])
    C = sigma(f) * (C - short + short * sigma(a_Delta)) + sigma(i) * np.tanh(new)
    return sigma(o) * np.tanh(C), C


def fast_weight_programmer(w, x, y, W):
    W = sigma(W + outer(w("W_{a}", x), w("W_{b}", x)))
    return read(W, x), W


def rwkv4_paper(w, x, a, b, p):
    k, v = (w(f"W_{{{g}}}", w[f"mu_{{{g}}}"] * x + (1 - w[f"mu_{{{g}}}"]) * p) for g in "kv")
    return np.exp(-w["w"]) * a + np.exp(k) * v, np.exp(-w["w"]) * b + np.exp(k), x


def retnet_paper(w, retention, S, K, V, Q):
    S = w["gamma"] * S + outer(K, V)
    return read_rows(Q, S), S


def gla_paper(w, o, S, k, alpha, v, q):
    S = alpha[:, :, None] * S + outer(k, v)
    return read_rows(q, S), S


def gated_delta_paper(w, o, S, k, alpha, beta, v, q):
    kept = np.eye(k.shape[1]) - beta[:, :, None] * outer(k, k)
    S = S @ (alpha[:, :, None] * kept) + beta[:, :, None] * outer(v, k)
    return read(S, q), S


def jordan_wikipedia(w, x, y, s):
    s = w("W_{ss}", s) + w("W_{sy}", y) + w["b_{s}"]
    h = np.tanh(w("W_{h}", x) + w("U_{h}", s) + w["b_{h}"])
    return sigma(w("W_{y}", h) + w["b_{y}"]), s


def peephole_wikipedia(w, x, h, c):
    f, i, o = (sigma(w(f"W_{{{g}}}", x) + w(f"U_{{{g}}}", c) + w[f"b_{{{g}}}"]) for g in "fio")
    c = f * c + i * np.tanh(w("W_{c}", x) + w["b_{c}"])
    return o * np.tanh(c), c


def mgu_wikipedia(w, x, h):
    f = sigma(w("W_{f}", x) + w("U_{f}", h) + w["b_{f}"])
    return ((1 - f) * h + f * np.tanh(w("W_{h}", x) + w("U_{h}", f * h) + w["b_{h}"]),)


def janet_paper(w, x, h, c):
    s = w("U_{f}", h) + w("W_{f}", x) + w["b_{f}"]
    new = np.tanh(w("U_{c}", h) + w("W_{c}", x) + w["b_{c}"])
    c = sigma(s) * c + (1 - sigma(s - w["beta"])) * new
    return c, c


def fastgrnn_paper(w, x, h):
    both = w("W", x) + w("U", h)
    z = sigma(both + w["b_{z}"])
    return ((w["zeta"] * (1 - z) + w["nu"]) * np.tanh(both + w["b_{h}"]) + z * h,)


def griffin_paper(w, x, h):
    r, i = (sigma(w(f"W_{{{g}}}", x) + w[f"b_{{{g}}}"]) for g in "ax")
    a = sigma(w["Lambda"]) ** (8 * r)
    return (a * h + np.sqrt(1 - a**2) * (i * w("W_h_in", x)),)


def projected_lstm_paper(w, x, m, c):
    def pre(g):
        return w(f"W_{{{g}x}}", x) + w(f"W_{{{g}m}}", m) + w[f"b_{{{g}}}"]

    i, f = (sigma(pre(g) + w[f"W_{{{g}c}}"] * c) for g in "if")
    c = f * c + i * np.tanh(pre("c"))
    return sigma(pre("o") + w["W_{oc}"] * c) * np.tanh(c), c


def mikolov_extensions(w, x, s):
    return (sigma(w("U", x) + w("W", s)),)


def difficulty_paper(w, u, x):
    return (w("W_{rec}", sigma(x)) + w("W_{in}", u) + w["b"],)


def nbrc_paper(w, x, h):
    a, c = 1 + np.tanh(w("U_{a}", x) + w("W_{a}", h)), sigma(w("U_{c}", x) + w("W_{c}", h))
    return (c * h + (1 - c) * np.tanh(w("U", x) + a * h),)


def mrnn_paper(w, x, h):
    return (np.tanh(w("W_{hf}", w("W_{fx}", x) * w("W_{fh}", h)) + w("W_{hx}", x)),)


def exploration_lstm(w, x, h, c):
    i, j, f, o = (w(f"W_{{x{g}}}", x) + w(f"W_{{h{g}}}", h) + w[f"b_{{{g}}}"] for g in "ijfo")
    c = c * sigma(f) + np.tanh(i) * sigma(j)
    return np.tanh(c) * np.tanh(o), c


def seq2seq_paper(w, x, h):
    return (sigma(w("W_{hx}", x) + w("W_{hh}", h)),)


def bahdanau_encoder(w, x, h):
    x = w("E_bar", x)
    z, r = (sigma(w(f"W_right_{{{g}}}", x) + w(f"U_right_{{{g}}}", h)) for g in "zr")
    return ((1 - z) * h + z * np.tanh(w("W_right", x) + w("U_right", r * h)),)


def qrnn_pooling_paper(w, h, c, f, i, z, o):
    c = f * c + i * z
    return o * c, c


def italian_retention(w, h, b, A):
    return (read(A.reshape(-1, h.shape[1], h.shape[1]), h) + b,)


def selective_step_docs(w, h, u, A_bar, B_bar):
    A_bar, B_bar = (m.reshape(-1, h.shape[1], n) for m, n in ((A_bar, h.shape[1]), (B_bar, u.shape[1])))
    return (read(A_bar, h) + read(B_bar, u),)


def qrnn(w, h, c, f, z, o):
    c = f * c + (1 - f) * z
    return o * c, c


# The second set.


def chainer_lstm_function(w, h, c, a, i, f, o):
    c = np.tanh(a) * sigma(i) + c * sigma(f)
    return np.tanh(c) * sigma(o), c


def chainer_gru(w, x, h):
    r, z = (sigma(w(f"W_{{{g}}}", x) + w(f"U_{{{g}}}", h)) for g in "rz")
    return ((1 - z) * h + z * np.tanh(w("W", x) + w("U", r * h)),)


def visualizing_rnn(w, x, h):
    return (np.tanh(joined(w, "W_{l", x, h)),)


def of_stack(w, letter, first, second, c):
    i, f, o, g = (joined(w, f"{letter}{gate}", first, second) for gate in "ifog")
    c = sigma(f) * c + sigma(i) * np.tanh(g)
    return sigma(o) * np.tanh(c), c


def visualizing_lstm(w, x, h, c):
    return of_stack(w, "W_{l", x, h, c)


def visualizing_gru(w, x, h):
    r, z = (sigma(joined(w, f"W_{{rl{gate}", x, h)) for gate in "rz")
    return ((1 - z) * h + z * np.tanh(w("W_{xl}", x) + w("W_{gl}", r * h)),)


def echo_state_2001(w, u, x):
    return (np.tanh(w("W_{in}", u) + w("W", x)),)


def parallel_delta(w, o, S, k, beta, v, q):
    S = S @ (np.eye(k.shape[1]) - beta[:, :, None] * outer(k, k)) + beta[:, :, None] * outer(v, k)
    return read(S, q), S


def strongly_typed_rnn(w, x, h):
    f = sigma(w("V", x) + w["b"])
    return (f * h + (1 - f) * w("W", x),)


def cs231n_rnn(w, x, h):
    return (np.tanh(w("W_{hh}", h) + w("W_{xh}", x)),)


def cs231n_lstm(w, x, h, c):
    return of_stack(w, "W_{", h, x, c)


def olah_gru(w, x, h):
    z, r = (sigma(joined(w, f"W_{{{gate}", h, x)) for gate in "zr")
    return ((1 - z) * h + z * np.tanh(joined(w, "W_{", r * h, x)),)


def feature(a):
    return np.where(a > 0, a, np.exp(a) - 1) + 1


def linear_transformer_paper(w, x, y, s, z):
    k, q = feature(w("W_{K}", x)), feature(w("W_{Q}", x))
    s, z = s + outer(k, w("W_{V}", x)), z + k
    return read_rows(q, s) / (q * z).sum(1, keepdims=True), s, z
