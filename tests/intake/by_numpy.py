"""The sources' equations that no cell of the catalogue is, in plain NumPy: w has weights by the author's letters, x and
the states are rows (B, n), and the new states come back in the order in which they are given."""

import numpy as np


def sigma(a):
    return 1 / (1 + np.exp(-a))


class Weights(dict):
    def __call__(self, letter, vector):
        """A weight matrix times each row."""
        return vector @ self[letter].T


def flax_simple_residual(w, x, h):
    return (np.tanh(w("W_{i}", x) + w["b_{i}"] + w("W_{h}", h) + h),)


def recurrentlayers_fastrnn(w, x, h):
    return (w["alpha"] * sigma(w("W_{h}", x) + w("U_{h}", h) + w["b"]) + w["beta"] * h,)


def recurrentlayers_fastgrnn(w, x, h):
    z = sigma(w("W_{z}", x) + w("U_{z}", h) + w["b_{z}"])
    new = np.tanh(w("W_{h}", x) + w("U_{h}", h) + w["b_{h}"])
    return ((w["zeta"] * (1 - z) + w["nu"]) * new + z * h,)


def torchrecurrent_cfn(w, x, h):
    theta, eta = (
        sigma(w(f"W_{{ih{g}}}", x) + w[f"b_{{ih{g}}}"] + w(f"W_{{hh{g}}}", h) + w[f"b_{{hh{g}}}"])
        for g in ("theta", "eta")
    )
    return (theta * np.tanh(h) + eta * np.tanh(w("W_{ihh}", x) + w["b_{ihh}"]),)


def torchrecurrent_mut1(w, x, h):
    z = sigma(w("W_{ihz}", x) + w["b_{ihz}"])
    r = sigma(w("W_{ihr}", x) + w["b_{ihr}"] + w("W_{hhr}", h) + w["b_{hhr}"])
    new = np.tanh(w("W_{hhh}", r * h) + np.tanh(w("W_{ihh}", x) + w["b_{ihh}"]) + w["b_{hhh}"])
    return (z * new + (1 - z) * h,)


def torchrecurrent_multiplicative(w, x, h, c):
    m = (w("W_{ihm}", x) + w["b_{ihm}"]) * (w("W_{hhm}", h) + w["b_{hhm}"])
    new, i, f, o = (w(f"W_{{ih{g}}}", x) + w[f"b_{{ih{g}}}"] + w(f"W_{{mh{g}}}", m) + w[f"b_{{mh{g}}}"] for g in "hifo")
    c = sigma(f) * c + sigma(i) * np.tanh(new)
    return np.tanh(c) * sigma(o), c


def torchrecurrent_trnn(w, x, h):
    f = sigma(w("W_{ihf}", x) + w["b_{ihf}"])
    return (f * h + (1 - f) * (w("W_{ihz}", x) + w["b_{ihz}"]),)


def d2l_mingru(w, x, h):
    z = sigma(w("W_{xz}", x) + w["b_{z}"])
    return ((1 - z) * h + z * np.tanh(w("W_{xh}", x) + w["b_{h}"]),)


def cs224n_lstm(w, x, h, c):
    i, f, o, new = (w(f"W_{{{g}}}", x) + w(f"U_{{{g}}}", h) for g in "ifoc")
    c = sigma(f) * c + sigma(i) * np.tanh(new)
    return sigma(o) * np.tanh(c), c


def cs224n_gru(w, x, h):
    z, r = (sigma(w(f"W_{{{g}}}", x) + w(f"U_{{{g}}}", h)) for g in "zr")
    return ((1 - z) * np.tanh(r * w("U", h) + w("W", x)) + z * h,)


def peephole_with_matrices(w, x, h, c):
    def gate(g, c):
        return sigma(w(f"W_{{x{g}}}", x) + w(f"W_{{h{g}}}", h) + w(f"W_{{c{g}}}", c) + w[f"b_{{{g}}}"])

    new = gate("f", c) * c + gate("i", c) * np.tanh(w("W_{xc}", x) + w("W_{hc}", h) + w["b_{c}"])
    return gate("o", new) * np.tanh(new), new


def zaremba_lstm(w, x, h, c):
    i, f, o, g = (w(f"T_{{2n4n{k}[0]}}", x) + w(f"T_{{2n4n{k}[1]}}", h) for k in "ifog")
    c = sigma(f) * c + sigma(i) * np.tanh(g)
    return sigma(o) * np.tanh(c), c


def dien_gru(w, x, h):
    u, r = (sigma(w(f"W_{{{g}}}", x) + w(f"U_{{{g}}}", h) + w[f"b_{{{g}}}"]) for g in "ur")
    return (h - u * h + u * np.tanh(w("W_{n}", x) + r * w("U_{n}", h) + w["b_{n}"]),)


def ballas_gru(w, x, h):
    z, r = (sigma(w(f"W_{{{g}}}", x) + w(f"U_{{{g}}}", h) + w["b_{z}"]) for g in "zr")
    return (z * h + (1 - z) * np.tanh(w("W_{h}", x) + w("U_{h}", r * h) + w["b_{h}"]),)


def gates_of_rnn(w, x, h):
    i, f, g = (w(f"W_{{{k}{k}}}", x) + w(f"W_{{{k}{k}'}}", h) + w[f"b_{{{k}}}"] for k in "ifg")
    return (sigma(f) * h + sigma(i) * np.tanh(g),)


def nested_gru(w, x, h):
    z, r = (sigma(w(f"W_{{{g}{g}}}", h) + w(f"W_{{{g}x}}", x) + w[f"b_{{{g}}}"]) for g in "zr")
    return ((1 - z) * h + z * np.tanh(w("W_{hh}", r * h + w("W_{hx}", x)) + w["b_{h}"]),)


def shared_gru(w, x, h):
    z, r = (sigma(w(f"W_{{{g}}}", h) + w("W_{x}", x) + w[f"b_{{{g}}}"]) for g in "zr")
    return ((1 - z) * h + z * np.tanh(w("W_{h}", r * h) + w["b_{h}"]),)


def ran_notes(w, x, h, c):
    i, f = sigma(w("W_{1}", c) + w("W_{2}", x)), sigma(w("W_{3}", c) + w("W_{4}", x))
    c = i * w("W_{0}", x) + f * c
    return np.tanh(c), c


def without_biases_gru(w, x, h):
    z, r = (sigma(w(f"W_{{{g}}}", x) + w(f"U_{{{g}}}", h)) for g in "zr")
    return ((1 - z) * h + z * np.tanh(w("W", x) + w("U", r * h)),)


def all_peepholes(w, x, h, c):
    i, f, o, g = (w(f"W_{{x{k}}}", x) + w(f"W_{{h{k}}}", h) + w(f"W_{{c{k}}}", c) + w[f"b_{{{k}}}"] for k in "ifog")
    c = sigma(f) * c + sigma(i) * np.tanh(g)
    return sigma(o) * np.tanh(c), c


def joined_gru(w, x, h, candidate):
    z, r = (sigma(w(f"W_{{{g}[0]}}", h) + w(f"W_{{{g}[1]}}", x)) for g in "zr")
    return ((1 - z) * h + z * np.tanh(w(f"W_{{{candidate}[0]}}", r * h) + w(f"W_{{{candidate}[1]}}", x)),)


def olah_gru(w, x, h):
    return joined_gru(w, x, h, "")


def semicolon_gru(w, x, h):
    return joined_gru(w, x, h, "n")


def spaced_gru(w, x, h):
    return joined_gru(w, x, h, "h")


def gated_twice(w, x, h):
    z, r, new = (w(f"W_{{x{g}}}", x) + w(f"W_{{h{g}}}", h) + w[f"b_{{{g}}}"] for g in "zrh")
    return ((1 - sigma(z)) * (sigma(r) * np.tanh(new) + h),)


def torchrecurrent_ran(w, x, h, c):
    i, f = (sigma(w(f"W_{{ih{g}}}", x) + w[f"b_{{ih{g}}}"] + w(f"W_{{hh{g}}}", h) + w[f"b_{{hh{g}}}"]) for g in "if")
    c = i * (w("W_{ihc}", x) + w["b_{ihc}"]) + f * c
    return np.tanh(c), c


def torchrecurrent_sgrn(w, x, h):
    a = w("W_{ih}", x) + w["b_{ih}"]
    f = sigma(a + w("W_{hh}", h) + w["b_{hh}"])
    return (np.tanh((1 - f) * a + f * h),)


def goodfellow_lstm(w, x, h, s):
    f, g, q = (sigma(w[f"b_{{{k}}}"] + w(f"U_{{{k}}}", x) + w(f"W_{{{k}}}", h)) for k in "fgo")
    s = f * s + g * sigma(w["b"] + w("U", x) + w("W", h))
    return np.tanh(s) * q, s


def cho_gru(w, x, h):
    r, z = (sigma(w(f"W_{{{g}}}", x) + w(f"U_{{{g}}}", h)) for g in "rz")
    return (z * h + (1 - z) * np.tanh(w("W", x) + w("U", r * h)),)


def chung_lstm(w, x, h, c):
    f, i = (sigma(w(f"W_{{{g}}}", x) + w(f"U_{{{g}}}", h) + w[f"V_{{{g}}}"] * c) for g in "fi")
    c = f * c + i * np.tanh(w("W_{c}", x) + w("U_{c}", h))
    return sigma(w("W_{o}", x) + w("U_{o}", h) + w["V_{o}"] * c) * np.tanh(c), c


def layer_norm(w, x, h):
    a = w("W_{hh}", h) + w("W_{xh}", x)
    spread = np.sqrt(((a - a.mean(axis=1, keepdims=True)) ** 2).mean(axis=1, keepdims=True))
    return (np.tanh(w["g"] / spread * (a - a.mean(axis=1, keepdims=True)) + w["b"]),)


def korean_lstm(w, x, h, c):
    i, f, o, g = (
        kind(w(f"W_{{{k}}}", x) + w(f"U_{{{k}}}", h)) + w[f"b_{{{k}}}"]
        for k, kind in (("i", sigma), ("f", sigma), ("o", sigma), ("g", np.tanh))
    )
    c = f * c + i * g
    return np.tanh(c) * o, c


def nested_tanh_gru(w, x, h):
    z, r = (sigma(w(f"W_{{{g}}}", x) + w(f"U_{{{g}}}", h)) for g in "zr")
    return ((1 - z) * h + z * np.tanh(w("W_{h}", x) + w("U_{h}", r * h)),)


def four_gates_lstm(w, x, h, c):
    i, o, g, new = (w(f"W_{{x{k}}}", x) + w(f"W_{{h{k}}}", h) + w[f"b_{{{k}}}"] for k in "iogc")
    c = sigma(g) * c + sigma(i) * np.tanh(new)
    return sigma(o) * np.tanh(c), c


def circ_gru(w, x, h):
    z, r = (sigma(w(f"W_{{x{g}}}", x) + w(f"W_{{h{g}}}", h) + w[f"b_{{{g}}}"]) for g in "zr")
    return ((1 - z) * h + z * np.tanh(w("W_{xc}", x) + r * w("W_{hc}", h) + w["b_{c}"]),)


def gantheory_lstm(w, x, h, c):
    f, i, g, o = (w(f"W_{{{k}[0]}}", x) + w(f"W_{{{k}[1]}}", h) for k in ("f", "i", "", "'"))
    c = sigma(f) * c + sigma(i) * np.tanh(g)
    return sigma(o) * np.tanh(c), c


def gantheory_gru(w, x, h):
    z, r = (sigma(w(f"W_{{{k}[0]}}", x) + w(f"W_{{{k}[1]}}", h)) for k in "zr")
    return (z * h + (1 - z) * np.tanh(w("W_{'[0]}", x) + w("W_{'[1]}", r * h)),)


def gates(w, x, h, letters):
    return (sigma(w(f"W_{{x{k}}}", x) + w(f"W_{{h{k}}}", h) + w[f"b_{{{k}}}"]) for k in letters)


def simplified_gru(w, x, h):
    z, r = gates(w, x, h, "zr")
    return ((1 - z) * r * np.tanh(w("W_{xh}", x) + w("W_{hh}", h) + w["b_{h}"]),)


def reset_state_gru(w, x, h):
    z, r = gates(w, x, h, "zr")
    new = np.tanh(w("W_{xtildeh}", x) + w("W_{htildeh}", r * h) + w["b_{tildeh}"])
    return ((1 - z) * r * h + z * new,)


def three_gates_gru(w, x, h):
    z, r, u = gates(w, x, h, "zru")
    new = np.tanh(w("W_{xtildeh}", x) + w("W_{htildeh}", r * h) + w["b_{tildeh}"])
    return ((1 - z) * r * h + z * u * new,)


def output_of_gates(w, x, h):
    o, g = (w(f"W_{{{k}x}}", x) + w(f"W_{{{k}h}}", h) + w[f"b_{{{k}}}"] for k in "og")
    return (sigma(o) * np.tanh(g),)


def primed_gru(w, x, h):
    z, r = gates(w, x, h, "zr")
    return ((1 - z) * h + z * np.tanh(w("W_{xh}", x) + r * w("W_{hh}", h) + w["b_{h}"]),)


chung_gru = without_biases_gru
star_gru, superscript_lstm = olah_gru, cs224n_lstm


def recommending_rnn(w, x, h):
    return (np.tanh(w("W", x) + w("U", h)) + w["b"],)
