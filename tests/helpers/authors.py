"""The authors' equations of the cells that no library computes rightly, typed as plain PyTorch.

Each is a step: it takes the parameters by name, the input and the previous states, and gives the new states.
"""

from __future__ import annotations

import torch
from torch.nn.functional import layer_norm

AUTHORS = {}


def authors(equations):
    """Register a step by the cell's name: it takes parameters, input and previous states, and gives the new ones."""
    AUTHORS[equations.__name__] = equations
    return equations


def sig(z):
    return 1 / (1 + torch.exp(-z))


def gates(p, x, h, names, c=None):
    """Pre-activations of an LSTM's gates, with PyTorch's two biases, and with those peepholes that there are."""
    for g in names:
        a = x @ p[f"W_i{g}"].T + p[f"b_i{g}"] + h @ p[f"W_h{g}"].T + p[f"b_h{g}"]
        yield a + p[f"p_{g}"] * c if c is not None and f"p_{g}" in p else a


def pre(p, name, *pairs):
    """The sum of matrices times quantities and one bias: the weights' letters and what they multiply."""
    return sum(v @ p[f"W_{letter}{name}"].T for letter, v in pairs) + p.get(f"b_{name}", 0)


def from_x(p, name, x):
    """A map of the input alone, with its bias if there is one."""
    return x @ p[f"W_i{name}"].T + p.get(f"b_i{name}", 0)


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


@authors
def sru(p, x, h, c):
    f, r = (sig(from_x(p, g, x) + p[f"v_{g}"] * c) for g in "fr")
    c = f * c + (1 - f) * from_x(p, "c", x)
    return r * c + (1 - r) * from_x(p, "h", x), c


@authors
def sru_v1(p, x, h, c):
    f, r = (sig(from_x(p, g, x)) for g in "fr")
    c = f * c + (1 - f) * from_x(p, "c", x)
    return r * torch.tanh(c) + (1 - r) * from_x(p, "h", x), c


def pooled(z, f, o, c):
    c = torch.sigmoid(f) * c + (1 - torch.sigmoid(f)) * torch.tanh(z)
    return torch.sigmoid(o) * c, c


@authors
def qrnn(p, x, h, c):
    return pooled(*(from_x(p, g, x) for g in "zfo"), c)


@authors
def qrnn2(p, x, h, c, *v):
    """v is what the maps of the window's other half made of the input before."""
    now = [from_x(p, g, x) + u for g, u in zip("zfo", v, strict=True)]
    return (*pooled(*now, c), *(from_x(p, f"v_{g}", x) for g in "zfo"))


@authors
def min_gru(p, x, h):
    z = sig(from_x(p, "z", x))
    return ((1 - z) * h + z * from_x(p, "h_tilde", x),)


@authors
def min_lstm(p, x, h):
    f, i = sig(from_x(p, "f", x)), sig(from_x(p, "i", x))
    share = f / (f + i)
    return (share * h + (1 - share) * from_x(p, "h_tilde", x),)


def positive(a):
    """Feng et al. (2024): g of the authors' code, as the exponential of its logarithm."""
    return torch.exp(torch.where(a >= 0, torch.log(a.clamp(min=0) + 0.5), torch.nn.functional.logsigmoid(a)))


@authors
def min_gru_log(p, x, h):
    return (torch.lerp(h, positive(from_x(p, "a", x)), sig(from_x(p, "z", x))),)


@authors
def min_lstm_log(p, x, h):
    """The share of the forget gate by the difference of logarithms, as in the authors' parallel form."""
    log = torch.nn.functional.logsigmoid
    share = sig(log(from_x(p, "f", x)) - log(from_x(p, "i", x)))
    return (torch.lerp(positive(from_x(p, "a", x)), h, share),)


@authors
def gilr(p, x, h):
    g = sig(from_x(p, "g", x))
    return (g * h + (1 - g) * torch.tanh(from_x(p, "i", x)),)


@authors
def gilr_lstm(p, x, h, c, s):
    f, i, o, z = (pre(p, g, ("i", x), ("s", s)) for g in "fioz")
    k = sig(from_x(p, "k", x))
    s = k * s + (1 - k) * torch.tanh(from_x(p, "u", x))
    c = sig(f) * c + sig(i) * torch.tanh(z)
    return sig(o) * c, c, s


@authors
def rg_lru(p, x, h):
    """De et al. (2024): a = σ(Λ)^(c r), for which they store Λ so that log σ is -softplus; here Λ = -nu."""
    r, i = sig(from_x(p, "r", x)), sig(from_x(p, "i", x))
    a = sig(-p["nu"]) ** (8.0 * r)
    return (a * h + torch.sqrt(1 - a**2) * i * from_x(p, "h", x),)


@authors
def hawk(p, x, h, s, *before):
    """De et al. (2024), the recurrent block: a depthwise convolution over the last four steps, and RG-LRU by heads."""
    u = from_x(p, "u", x)
    window = torch.stack([*reversed(before), u], -1)
    kernel = torch.stack([p[f"w_{k}"] for k in (3, 2, 1, 0)])[:, None].permute(2, 1, 0)
    v = torch.nn.functional.conv1d(window, kernel, p["b"], groups=u.shape[1])[..., 0]
    r, i = (sig(headwise(p, n, v, "v") + p[f"b_v{n}"]) for n in "ri")
    a = sig(-p["nu"]) ** (8.0 * r)
    s = a * s + torch.sqrt(1 - a**2) * i * v
    y = torch.nn.functional.gelu(from_x(p, "y", x))
    return (y * s) @ p["W_oh"].T + p["b_oh"], s, u, *before[:2]


@authors
def real_lru(p, x, h):
    a = torch.exp(-torch.exp(p["nu"]))
    return (a * h + torch.sqrt(1 - a * a) * from_x(p, "h", x),)


@authors
def rwkv(p, x, h, a, b, shift):
    """The paper's unstabilised sums: a and b are the true ones divided by exp(shift)."""
    r, k, v = (x @ p[f"W_i{g}"].T for g in "rkv")
    above, below = a * torch.exp(shift), b * torch.exp(shift)
    now = torch.exp(p["u"] + k)
    h = sig(r) * (above + now * v) / (below + now)
    decay = torch.exp(-torch.exp(p["w"]))
    new = torch.maximum(shift - torch.exp(p["w"]), k)
    above, below = decay * above + torch.exp(k) * v, decay * below + torch.exp(k)
    return h, above * torch.exp(-new), below * torch.exp(-new), new


# Cells that read several inputs: the other inputs stand between x and the states.


def gru_step(p, x, h, other, letter):
    """A GRU whose reset gate comes before the matrix, with one more operand in each map."""
    z, r = (sig(pre(p, g, ("i", x), ("h", h), (letter, other))) for g in "zr")
    return (1 - z) * h + z * torch.tanh(pre(p, "h_tilde", ("i", x), ("h", r * h), (letter, other)))


@authors
def gru_d(p, x, x_last, m, dt, h):
    """Che et al. (2018): what is missing fades to the mean, here 0, and so does the state."""
    x = m * x + (1 - m) * torch.exp(-torch.relu(p["w"] * dt + p["v"])) * x_last
    h = torch.exp(-torch.relu(dt @ p["W_dbeta"].T + p["b_dbeta"])) * h
    return (gru_step(p, x, h, m, "m"),)


@authors
def time_lstm(p, x, dt, h, c):
    """Baytas et al. (2017): the memory is taken apart, and its short-term part discounted."""
    short = torch.tanh(c @ p["W_cs"].T + p["b_cs"])
    c = (c - short) + short / torch.log(torch.e + dt)
    f, i, o, g = (pre(p, k, ("i", x), ("h", h)) for k in "fiog")
    c = sig(f) * c + sig(i) * torch.tanh(g)
    return sig(o) * torch.tanh(c), c


@authors
def phased_lstm(p, x, time, h, c):
    """Neil, Pfeiffer and Liu (2016): the time within the period by the remainder, not by its formula."""
    i, f, g, o = (pre(p, k, ("i", x), ("h", h)) for k in "ifgo")
    new = sig(f + p["p_f"] * c) * c + sig(i + p["p_i"] * c) * torch.tanh(g)
    out = sig(o + p["p_o"] * new) * torch.tanh(new)
    phi = torch.remainder(time - p["s"], p["tau"]) / p["tau"]
    k = torch.where(phi < p["r"] / 2, 2 * phi / p["r"], torch.where(phi < p["r"], 2 - 2 * phi / p["r"], 0.001 * phi))
    return k * out + (1 - k) * h, k * new + (1 - k) * c


@authors
def context_gru(p, x, context, h):
    """Bahdanau, Cho and Bengio (2015), the decoder's step."""
    return (gru_step(p, x, h, context, "c"),)


def cumax(p, x, h, name):
    """From its definition, a sum for each unit."""
    (z,) = gates(p, x, h, [name])
    powers = torch.exp(z - z.max(-1, keepdim=True).values)
    sums = [powers[:, : k + 1].sum(-1) for k in range(z.shape[1])]
    return torch.stack(sums, -1) / powers.sum(-1, keepdim=True)


@authors
def on_lstm(p, x, h, c):
    """Shen et al. (2019), with one unit in each chunk."""
    return ordered(p, x, h, c, cumax(p, x, h, "f_tilde"), 1 - cumax(p, x, h, "i_tilde"))


@authors
def on_lstm_chunks(p, x, h, c):
    """Shen et al. (2019): each number of a master gate as often as a chunk has units."""
    forget, write = cumax(p, x, h, "p"), 1 - cumax(p, x, h, "q")
    chunk = [k * forget.shape[1] // h.shape[1] for k in range(h.shape[1])]
    return ordered(p, x, h, c, forget[:, chunk], write[:, chunk])


def ordered(p, x, h, c, master_f, master_i):
    """One step with these master gates."""
    i, f, g, o = gates(p, x, h, "ifgo")
    both = master_f * master_i
    c = (sig(f) * both + master_f - both) * c + (sig(i) * both + master_i - both) * torch.tanh(g)
    return sig(o) * torch.tanh(c), c


# Cells with heads: the blocks of a recurrent weight are stored one below the other, and each head reads its own.


def headwise(p, g, h, letter="h"):
    """The part of a gate that a block-diagonal weight gives, by default the recurrent one, head by head."""
    weight = p[f"W_{letter}{g}"]
    size = weight.shape[1]
    parts = zip(weight.split(size), h.split(size, -1), strict=True)
    return torch.cat([part @ block.T for block, part in parts], -1)


@authors
def lstm_heads(p, x, h, c):
    """Pöppel, Beck and Hochreiter (2024): what enters a gate is Wx + Rh + b, R by heads."""
    i, f, g, o = (from_x(p, k, x) + headwise(p, k, h) for k in "ifgo")
    c = sig(f) * c + sig(i) * torch.tanh(g)
    return sig(o) * torch.tanh(c), c


@authors
def slstm_heads(p, x, h, c, n, m):
    """Beck et al. (2024), stabilised by m."""
    i, f, z, o = (from_x(p, k, x) + headwise(p, k, h) for k in ("i_tilde", "f_tilde", "z", "o"))
    log_f = torch.nn.functional.logsigmoid(f)
    new = torch.maximum(log_f + m, i)
    i, f = torch.exp(i - new), torch.exp(log_f + m - new)
    c, n = f * c + i * torch.tanh(z), f * n + i
    return sig(o) * c / n, c, n, new


# Zhou et al. (2019), DIEN: an attention score in the place of the update gate, or times it.


def dien(p, x, a, h, gate):
    r = sig(pre(p, "r", ("i", x), ("h", h)))
    candidate = torch.tanh(pre(p, "h_tilde", ("i", x), ("h", r * h)))
    return (torch.lerp(h, candidate, a * gate),)


AUTHORS["agru"] = lambda p, x, a, h: dien(p, x, a, h, torch.ones_like(h))
AUTHORS["augru"] = lambda p, x, a, h: dien(p, x, a, h, sig(pre(p, "u", ("i", x), ("h", h))))
