"""The same of later_sources.toml, and of sources whose equations are plainly no cell of the catalogue: as in
``by_numpy``."""

import numpy as np
from by_numpy import sigma
from matrices_by_numpy import outer, read, read_rows


def pre(w, names, x, h):
    """A map of the input, one of the state, and a bias if there is one."""
    of_x, of_h, *bias = names
    return w(of_x, x) + w(of_h, h) + sum(w[b] for b in bias)


def joined(w, letter, h, x, *bias):
    """A matrix times the state above the input."""
    return w(f"{letter}[0]}}", h) + w(f"{letter}[1]}}", x) + sum(w[b] for b in bias)


# State spaces, reservoirs and filters.


def state_space_notes(w, x, h):
    return (w("A", h) + w("B", x),)


def state_space_both_times(w, x, h):
    return (w("A_bar", h) + w("B_bar", x),)


def plant(w, u, x):
    return (w("A", x) + w("B", u),)


def first_order_lag(w, u, y):
    return (y + w["Delta_t"] / w["tau"] * (w("K", u) - y),)


def reservoir(w, recurrent, u, x):
    new = np.tanh(w("W_{in}", u) + w(recurrent, x) + w.get("b", 0))
    return ((1 - w["alpha"]) * x + w["alpha"] * new,)


def reservoir_esn(w, u, x):
    return reservoir(w, "W_{r}", u, x)


def reservoir_notebook(w, u, x):
    return reservoir(w, "W_{res}", u, x)


reservoir_online = reservoir_notebook


def reservoir_es2n(w, u, x):
    new = np.tanh(w("W_{in}", u) + w("W_{r}", x) + w["b"])
    return ((1 - w["beta"]) * w("O", x) + w["beta"] * new,)


def reservoir_eusn(w, x, h):
    return (h + w["epsilon"] * np.tanh(w("W_{h}", h) - w["gamma"] * h + w("W_{x}", x) + w["b"]),)


def reservoir_eiesn(w, u, x):
    ex, inh = (
        w[f"b_{{{k}}}"] * np.tanh(w("W_{in}", u) + w[f"a_{{{k}}}"] * w("A", x) + w[f"beta_{{{k}}}"])
        for k in ("ex", "inh")
    )
    return (ex - inh,)


def reservoir_korean(w, u, r):
    return (np.tanh(w("W_{in}", u) + w("W_{res}", r) + w["b"]),)


def brain_rnn(w, u, x):
    return (np.tanh(w("W", x) + w("W_{in}", u)),)


def interval_kalman(w, x_hat, u, z):
    prior = w("A", x_hat) + w("B", u)
    return (prior + w("K", z - w("H", prior)),)


# Gated and oscillating cells.


def recurrentlayers_taugru(w, h, x, h_delayed):
    u, g, a = (w(f"W_{{{k}}}", h) + w(f"U_{{{k}}}", x) for k in (1, 3, 4))
    z = np.tanh(w("W_{2}", h_delayed) + w("U_{2}", x))
    return ((1 - sigma(g)) * h + sigma(g) * (np.tanh(u) + sigma(a) * z),)


def of_gates(w, letters, x, h):
    return (pre(w, (f"W_{{{g}ih}}", f"W_{{{g}hh}}", f"b_{{{g}}}"), x, h) for g in letters)


def recurrentlayers_reslstm(w, x, h, c):
    i, f, g, o = of_gates(w, "ifgo", x, h)
    c = sigma(f + w["p_{f}"] * c) * c + sigma(i + w["p_{i}"] * c) * np.tanh(g)
    return sigma(o + w("W_{och}", c)) * (w("W_{p}", np.tanh(c)) + w("W_{r}", x)), c


def recurrentlayers_wmclstm(w, x, h, c):
    i, f, o = of_gates(w, "ifo", x, h)
    new = np.tanh(w("W_{cih}", x) + w["b_{c}"])
    c = sigma(f + np.tanh(w("W_{fch}", c))) * c + sigma(i + np.tanh(w("W_{ich}", c))) * new
    return sigma(o + np.tanh(w("W_{och}", c))) * np.tanh(c), c


def recurrentlayers_lem(w, x, h, z):
    step = w["Delta_t_hat"] * sigma(pre(w, ("W_{1ih}", "W_{1hh}", "b_{1}"), x, h))
    (new,) = of_gates(w, "z", x, h)
    z = (1 - step) * z + step * sigma(new)
    return (1 - step) * h + step * sigma(w("W_{hzh}", z) + w("W_{hih}", x) + w["b_{h}"]), z


def recurrentlayers_cornn(w, u, y, z):
    force = sigma(w("W", y) + w("cal_W", z) + w("V", u) + w["b"])
    dt = w["Delta_t"]
    z = (z + dt * force - dt * w["gamma"] * y) / (1 + dt * w["epsilon"])
    return y + dt * z, z


def recurrentlayers_intersection(w, x, h):
    gate, new = (pre(w, (f"W_{{xh{k}}}", f"W_{{hh{k}}}", f"b_{{{k}}}"), x, h) for k in ("g^h", "h"))
    return (sigma(gate) * h + (1 - sigma(gate)) * np.tanh(new),)


def recurrentlayers_janet(w, x, h, c):
    s, new = of_gates(w, "fc", x, h)
    c = sigma(s) * c + (1 - sigma(s - w["beta"])) * np.tanh(new)
    return c, c


def recurrentlayers_minimal(w, x, h):
    z = np.tanh(w("W_{xz}", x) + w["b_{z}"])
    u = sigma(w("W_{hhu}", h) + w("W_{zhu}", z) + w["b_{u}"])
    return (u * h + (1 - u) * z,)


def recurrentlayers_atr(w, x, h):
    p, q = w("W_{ih}", x) + w["b"], w("W_{hh}", h)
    return (sigma(p + q) * p + sigma(p - q) * h,)


def recurrentlayers_nas(w, x, h, c):
    maps = {k: (w(f"W_{{i{k}}}", x), w(f"W_{{h{k}}}", h)) for k in range(1, 9)}
    a = {k: u + v + w[f"b_{{{k}}}"] for k, (u, v) in maps.items() if k != 4}
    first = np.tanh(np.tanh(sigma(a[1]) * np.maximum(a[2], 0)) + c)
    second = np.tanh(sigma(a[3]) + np.maximum(maps[4][0] * maps[4][1], 0))
    rest = np.tanh(np.tanh(a[5]) * sigma(a[6])) + sigma(np.tanh(a[7]) + sigma(a[8]))
    c = first * second
    return np.tanh(c * np.tanh(rest)), c


def handwriting_lstm(w, x, h, c):
    i, f, o, g = (pre(w, (f"W_{{x{k}}}", f"W_{{h{k}}}", f"b_{{{k}}}"), x, h) for k in "ifoc")
    c = sigma(f + w("W_{cf}", c)) * c + sigma(i + w("W_{ci}", c)) * np.tanh(g)
    return sigma(o + w("W_{co}", c)) * np.tanh(c), c


def peephole_chinese_lstm(w, x, h, c):
    i, f, o = (pre(w, (f"W_{{i{k}}}", f"W_{{h{k}}}", f"b_{{{k}}}"), x, h) for k in "ifo")
    g = pre(w, ("W_{ic}", "W_{hc}", "b_{c}"), x, h)
    c = sigma(f + w("W_{cf}", c)) * c + sigma(i + w("W_{ci}", c)) * np.tanh(g)
    return sigma(o + w("W_{co}", c)) * np.tanh(c), c


def peephole_korean(w, x, h, c):
    i, f, g, o = (joined(w, f"W_{{{k}", h, x, f"b_{{{k}}}") for k in "ifco")
    c = sigma(f + w("V_{f}", c)) * c + sigma(i + w("V_{i}", c)) * np.tanh(g)
    return sigma(o + w("V_{o}", c)) * np.tanh(c), c


def forecasting_lstm(w, x, h, c):
    f, o = (sigma(pre(w, (f"W_{{x{k}}}", f"W_{{h{k}}}", f"b_{{{k}}}"), x, h)) for k in "fo")
    c = f * c + (1 - f) * np.tanh(pre(w, ("W_{xC}", "W_{hC}", "b_{C}"), x, f * h))
    return o * np.tanh(c), c


def historical_lstm(w, x, h, c):
    f, i, o, g = (joined(w, f"W_{{{k}", h, x) for k in "fioc")
    c = sigma(f) * c + sigma(i) * np.tanh(g)
    return sigma(o) * np.tanh(c), c


def output_of_cell_lstm(w, x, h, c):
    f, i, g = (joined(w, f"W_{{{k}", h, x, f"b_{{{k}}}") for k in "fic")
    c = (1 - sigma(f)) * c + sigma(i) * np.tanh(g)
    return sigma(w("W_{o[0]}", np.tanh(c)) + w("W_{o[1]}", h) + w["b_{o}"]) * np.tanh(c), c


def gru_without_biases(w, candidate, x, h):
    z, r = (sigma(joined(w, f"W_{{{k}", h, x)) for k in "zr")
    return ((1 - z) * h + z * np.tanh(joined(w, candidate, r * h, x)),)


def korean_course_gru(w, x, h):
    return gru_without_biases(w, "W_{h", x, h)


def two_knobs_gru(w, x, h):
    return gru_without_biases(w, "W_{", x, h)


vietnam_style_gru = inline_chinese_gru = two_knobs_gru


def bold_states_gru(w, x, h):
    z, r = (sigma(joined(w, f"W_{{{k}", x, h, f"b_{{{k}}}")) for k in "zr")
    return ((1 - z) * h + z * np.tanh(joined(w, "W_{", x, r * h)),)


def leaky_view_gru(w, x, h):
    z = sigma(pre(w, ("U_{z}", "W_{z}", "b_{z}"), x, h))
    r = sigma(pre(w, ("u_{r}", "W_{r}", "b_{r}"), x, h))
    return ((1 - z) * h + z * np.tanh(r * w("W", h) + w("W_{[x]}", x)),)


def prime_after_time_gru(w, x, h):
    z, r, new = (pre(w, (f"W_{{{k}}}", f"U_{{{k}}}", f"b_{{{k}}}"), x, h) for k in "zrh")
    return ((1 - sigma(z)) * h + sigma(z) * sigma(new + sigma(r) * h),)


def open_functions_rnn(w, x, h):
    return (np.tanh(pre(w, ("W_{xh}", "W_{hh}", "b_{h}"), x, h)),)


# Recurrences that are linear in the state, and minimal ones.


def minlstm_equations(w, x, h):
    f, i = sigma(w("W_{f}", x)), sigma(w("W_{i}", x))
    return ((f * h + i * w("W_{h}", x)) / (f + i),)


def mingru_equations(w, x, h):
    z = sigma(w("W_{z}", x))
    return ((1 - z) * h + z * w("W_{h}", x),)


def recurrent_gemma_notes(w, x, h):
    a = sigma(w("W_{a}", x)) ** 2 * w["alpha"]
    return (a * h + np.sqrt(1 - a**2 + 0j).real * w("W_{x}", x),)


def griffin_korean(w, h, x):
    a, r = sigma(w("W_{a}", h)), sigma(w("W_{r}", h))
    return (a * x + np.sqrt(1 - a**2) * r * w("W_{x}", h),)


def hawk_japanese(w, x, h):
    """A matrix stands before the input where it is multiplied by a gate."""
    r, i = (sigma(w(f"W_{{{k}}}", x) + w[f"b_{{{k}}}"]) for k in "ri")
    a = r ** (1 / w["Delta"])
    return (a * h + np.sqrt(1 - a**2) * i * w("W_h_in", x),)


def sru_gates(w, x, c=None):
    return (sigma(w(f"W_{{{k}}}", x) + w[f"b_{{{k}}}"] + (w[f"v_{{{k}}}"] * c if c is not None else 0)) for k in "fr")


def sru_page(w, x, h, c):
    f, r = sru_gates(w, x)
    c = f * c + (1 - f) * w("W", x)
    return r * np.tanh(c) + (1 - r) * w("W_h_in", x), c


def sru_slides(w, x, h, c):
    f, r = sru_gates(w, x, c)
    c = f * c + (1 - f) * w("W", x)
    return r * c + (1 - r) * w("W_h_in", x), c


def slstm_japanese(w, x, h, c, n):
    z, i, f, o = (pre(w, (f"w_{{{k}}}", f"r_{{{k}}}", f"b_{{{k}}}"), x, h) for k in "zifo")
    c, n = np.exp(f) * c + np.exp(i) * np.tanh(z), np.exp(f) * n + np.exp(i)
    return sigma(o) * c / n, c, n


def slstm_docstring(w, h, c, n, z, f, i, o):
    c, n = f * c + i * z, f * n + i
    return o * c / n, c, n


def rwkv_shift(w, x, o, p):
    r, k = (w(f"W_{{'{g}}}", w[f"mu_{{'{g}}}"] * x + (1 - w[f"mu_{{'{g}}}"]) * p) for g in "rk")
    return sigma(r) * w("W_{'v}", np.maximum(k, 0) ** 2), x


def rwkv_max(w, a, b, p, k, v):
    q = np.maximum(p - w["w"], k)
    kept, new = np.exp(p - w["w"] - q), np.exp(k - q)
    return kept * a + new * v, kept * b + new, q


def rwkv_sums(w, num, den, k, v):
    return w["w_"] * num + np.exp(k) * v, w["w_"] * den + np.exp(k)


def aft_simple(w, y, S, Z, K, v, q):
    S, Z = S + np.exp(K) * v, Z + np.exp(K)
    return sigma(q) * S / Z, S, Z


# Memories that are matrices.


def linear_attention_italian(w, o, S, k, v, q):
    S = S + outer(v, k)
    return read(S, q), S


def linear_attention_chinese(w, o, S, k, v, q):
    S = S + outer(k, v)
    return read_rows(q, S), S


delta_chinese = linear_attention_chinese


def gated_delta_slip(w, S, k, beta, v):
    return (S - outer(beta * read(S, k), k) + outer(v, k),)


def erase_and_write(w, S, k, beta, v_old, v):
    return (S - outer(v_old, k) + outer((1 - beta) * v_old + beta * v, k),)


def mlstm_docstring(w, h, C, n, k, f, i, v, o, q):
    C, n = f[:, :, None] * C + i[:, :, None] * outer(v, k), f * n + i * k
    return o * read(C, q) / np.maximum(np.abs((n * q).sum(1, keepdims=True)), 1), C, n


mlstm_system = mlstm_docstring
