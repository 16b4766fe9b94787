"""The same of found_sources.toml: as in ``by_numpy``."""

import numpy as np
from by_numpy import sigma
from by_numpy_later import joined
from matrices_by_numpy import outer, read, read_rows


def modalities_rnn(w, x, h):
    return (sigma(w("W", x) + w("U", h) + w["b"]),)


def capital_rnn(w, X, H):
    return (np.tanh(w("W_{X}", X) + w("W_{H}", H) + w["B"]),)


def syllabus_gru(w, x, h):
    z, r = joined_gates(w, x, h)
    return ((1 - z) * h + z * np.tanh(joined(w, "W_{", r * h, x)),)


def joined_gates(w, x, h):
    return (sigma(joined(w, f"W_{{{gate}", h, x)) for gate in "zr")


def resetless_gru(w, x, h):
    z = sigma(w("W_{xz}", x) + w("U_{hz}", h) + w["b_{z}"])
    new = np.tanh(w("W_{xtildeh}", x) + w("U_{tildehh}", h) + w["b_{tildeh}"])
    return ((1 - z) * h + z * new,)


def boxed_gru(w, x, c):
    new, u = np.tanh(joined(w, "W_{c", c, x, "b_{c}")), sigma(joined(w, "W_{u", c, x, "b_{u}"))
    return (u * new + (1 - u) * c,)


def conformal_reservoir(w, x, h):
    return ((1 - w["l"]) * h + w["l"] * np.tanh(w("W_{x}", x) + w("W_{h}", h) + w["b"]),)


def plain_gates(w, x, h):
    return (sigma(w(f"W_{{{gate}}}", x) + w(f"U_{{{gate}}}", h)) for gate in "zr")


def reset_list_gru(w, x, h):
    z, r = plain_gates(w, x, h)
    return (z * np.tanh(w("W_{h}", x) + r * w("U_{h}", h)) + (1 - z) * h,)


def trailing_words_lstm(w, x, h, c):
    i, f, o, new = (w(f"W_{{{gate}}}", x) + w(f"U_{{{gate}}}", h) for gate in "ifoc")
    c = sigma(f) * c + sigma(i) * np.tanh(new)
    return sigma(o) * np.tanh(c), c


def trailing_words_gru(w, x, h):
    z, r = plain_gates(w, x, h)
    return ((1 - z) * np.tanh(r * w("U", h) + w("W", x)) + z * h,)


def letters_above_gru(w, x, h):
    z, r = plain_gates(w, x, h)
    return ((1 - z) * np.tanh(w("W_{h}", x) + w("U_{h}", h * r)) + z * h,)


def rows_timeless_gru(w, x, s):
    z, r = (sigma(w(f"U_{{{gate}}}", x) + w(f"W_{{{gate}}}", s)) for gate in "zr")
    return ((1 - z) * np.tanh(w("U_{h}", x) + w("W_{h}", s * r)) + z * s,)


def peephole_notes(w, x, h, c):
    def gate(g):
        return sigma(w(f"W_{{{g}[0]}}", c) + w(f"W_{{{g}[1]}}", h) + w(f"W_{{{g}[2]}}", x) + w[f"b_{{{g}}}"])

    new = gate("f") * c + gate("i") * np.tanh(joined(w, "W_{C", h, x, "b_{c}"))
    return gate("o") * np.tanh(new), new  # of the cell state before, as the notes have it


# Layers.


def layer_of_many_rnn(w, below, h):
    return (np.tanh(w("W_{ihl}", below) + w("W_{hhl}", h)),)


wavefront_rnn = layer_of_many_rnn


def liquid_layer(w, x, h):
    return ((1 - w["alpha"]) * h + np.tanh(w("W_{l}", h) + w("U_{l}", x) + w["b_{l}"]),)


# Matrices that are transposed: a weight is drawn as the cell has it, W^T of the text.


def italian_rnn(w, x, h):
    return (sigma(w("W_{xh}", x) + w("W_{hh}", h) + w["b_{h}"]),)


def callout_rnn(w, x, h):
    return (np.tanh(w("W_{hh}", h) + w("W_{xh}", x)),)


def planning_rnn(w, u, z, before):
    new = w["alpha"] * z + (1 - w["alpha"]) * (w("W_{in}", u) + w("W_{rec}", np.tanh(before)))
    return new, z


def belief_filter(w, h, x, a_Delta_t):
    tau = np.log1p(np.exp(joined(w, "W_{tau", x, h, "b_{tau}"))) + w["epsilon"]
    kept = np.exp(-a_Delta_t / tau)
    return (kept * h + (1 - kept) * np.tanh(joined(w, "W_{h", x, h, "b_{h}")),)


def stabilised_slstm(w, h, m, c, n, a, b, z, o):
    new = np.maximum(a, b + m)
    i, f = np.exp(a - new), np.exp(b + m - new)
    c, n = f * c + i * z, f * n + i
    return o * c / n, new, c, n


# Spikes.


def spiking_thesis(w, x, S, U):
    U = w["beta"] * U + w("W_U_in", x) - S * w["theta"]
    return (w["theta"] <= U) * 1.0, U


def spiking_policy(w, X, S, U):
    U = w["beta"] * U + w("W", X) - S * w["theta_{th}"]
    return (w["theta_{th}"] < U) * 1.0, U


def spiking_meta(w, X, S, U):
    U = w["beta"] * U + w("W", X) - S * w["theta"]
    return (w["theta"] <= U) * 1.0, U


def spiking_tracker(w, X, H):
    U = H + (w("W_U_in", X) - (H - w["U_{rest}"])) / w["tau"]
    return (U * (1 - (w["U_{thr}"] < U)),)


# States that are matrices.


def erased(S, k, b):
    """(I - k b^T) S."""
    return S - outer(k, read_rows(b, S))


def gated_delta_two(weights, S, /, b, k, w, v, alpha):
    return (erased(alpha[:, :, None] * S, k, b * k) + outer(k, w * v),)


def gated_delta_steps(weights, o, S, /, b, k, w, v, q, D):
    S = D.reshape(-1, k.shape[1], k.shape[1]) @ S
    return transition_read(S + outer(k, w * v - read_rows(b * k, S)), q)


def transition_read(S, q):
    return read_rows(q, S), S


def softmax(a):
    e = np.exp(a - a.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def liger(w, o, S, k, G, v, q):
    S = G.reshape(S.shape) * S + outer(softmax(k), v)
    return read_rows(softmax(q), S), S


def transition_template(w, o, S, v, D, k, q):
    return transition_read(D.reshape(-1, k.shape[1], k.shape[1]) @ S + outer(k, v), q)


def delta_of_error(w, S, k, beta, v):
    return (S - beta[:, :, None] * outer(read(S, k) - v, k),)


def gated_delta_inline(w, S, k, gamma, beta, v):
    kept = np.eye(k.shape[1]) - beta[:, :, None] * outer(k, k)
    return (gamma[:, :, None] * (S @ kept) + beta[:, :, None] * outer(v, k),)


def additive_attention(w, o, S, k, v, q):
    S = S + outer(v, k)
    return read(S, q), S


def delta_attention(w, o, S, k, beta, v, q):
    (S,) = delta_of_error(w, S, k, beta, v)
    return read(S, q), S


def underbraced_delta(w, S, K, beta, V):
    return delta_of_error(w, S, K, beta, V)


def rows_delta(w, S, k, beta, v):
    return (S - beta[:, :, None] * outer(k, read_rows(k, S) - v),)
