"""The catalogue: every cell against something that is not this package.

``run`` evaluates a cell's statements in float64 with a few lines of PyTorch. What it gives is compared, over three
steps from random states with random weights, with torch, Keras, ONNX Runtime, torchrecurrent, or with the authors'
equations typed here as plain PyTorch. ``test_every_cell_has_an_oracle`` keeps the list complete.
"""

from __future__ import annotations

import os
from functools import reduce

import numpy as np
import pytest
import torch
from sympy import Add, Max, Mul, Pow, Symbol
from torch.nn.functional import hardsigmoid, linear, softplus

import derive
from derive.cells import _MODULES
from derive.statements import Affine, Elementwise, Mean

N, H, P, B, T = 3, 4, 2, 5, 3  # inputs, hidden units, projected units, batch, steps
SIZES = {"input_size": N, "hidden_size": H, "proj_size": P}
SCALARS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "softplus": softplus,
    "hard_sigmoid": hardsigmoid,
    "exp": torch.exp,
}


@pytest.fixture(autouse=True)
def float64():
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


# ---------------------------------------------------------------------- the statements, evaluated


def value(expr, env):
    """A formula at tensors: the operations that cells are made of, and no others."""
    if isinstance(expr, Symbol):
        return env[expr.name]
    if expr.is_Number:
        return torch.tensor(float(expr))
    args = [value(a, env) for a in expr.args]
    if isinstance(expr, Add):
        return reduce(torch.add, args)
    if isinstance(expr, Mul):
        return reduce(torch.mul, args)
    if isinstance(expr, Pow):
        return args[0] ** args[1]
    if isinstance(expr, Max):
        return reduce(torch.maximum, args)
    return SCALARS[type(expr).__name__](*args)


def step(cell, p, x, states):
    """One step of the cell: the new states."""
    forms = {q.name: q.form for q in cell.parameters}
    env = {**p, cell.input.name: x} | {f"{s}_prev": v for s, v in zip(cell.states, states, strict=True)}
    for s in cell.statements:
        if isinstance(s, Affine):
            total = 0
            for t in s.terms:
                w = env[t.weight.name]
                w = w - w.T if forms[t.weight.name] == "antisymmetric" else w
                total = total + linear(env[t.operand.name], w, env[t.bias.name] if t.bias else None)
            env[s.target.name] = total
        elif isinstance(s, Elementwise):
            env[s.target.name] = value(s.expr, env)
        elif isinstance(s, Mean):
            env[s.target.name] = torch.cat([env[o.name] for o in s.operands], -1).mean(-1, keepdim=True)
    return tuple(env[s] for s in cell.states)


def run(cell, p, xs, states):
    """All steps: a list of the states after each."""
    out = []
    for x in xs:
        states = step(cell, p, x, states)
        out.append(states)
    return out


def shape(q, sizes):
    return [sizes[n] for n in (q.rows, q.cols) if n]


def draw(cell, inputs=N):
    """Random parameters, inputs and states for the cell; states of the normalised averages are positive."""
    sizes = {**SIZES, "input_size": inputs}
    p = {
        q.name: torch.tensor(float(q.default)) if q.kind == "constant" else torch.randn(shape(q, sizes))
        for q in cell.parameters
    }
    states = [torch.randn(B, sizes[cell.sizes[Symbol(f"{s}_prev")]]) for s in cell.states]
    if cell.name in ("slstm", "slstm_exp", "rwkv"):
        states = [s.abs() + 0.1 for s in states]
    return p, torch.randn(T, B, inputs), states


def assert_close(got, wanted, tolerance=1e-12):
    for mine, theirs in zip(got, wanted, strict=True):
        for a, b in zip(mine, theirs, strict=True):
            assert a.shape == b.shape
            assert (a - b).abs().max() < tolerance


# ---------------------------------------------------------------------- torch, Keras, ONNX Runtime


def stack(cell, p, tensor):
    """The PyTorch parameter of that name, its blocks one under the other."""
    blocks = sorted((q for q in cell.parameters if q.tensor == tensor), key=lambda q: q.block)
    return torch.cat([p[q.name] for q in blocks])


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("lstm", torch.nn.LSTM(N, H)),
        ("projected_lstm", torch.nn.LSTM(N, H, proj_size=P)),
        ("gru", torch.nn.GRU(N, H)),
        ("rnn", torch.nn.RNN(N, H)),
        ("relu_rnn", torch.nn.RNN(N, H, nonlinearity="relu")),
    ],
)
def test_torch(name, module):
    cell = derive.catalogue[name]
    p, xs, states = draw(cell)
    module = module.double()
    module.load_state_dict({f"{t}_l0": stack(cell, p, t) for t in dict.fromkeys(q.tensor for q in cell.parameters)})
    initial = tuple(s[None] for s in states)
    output, _ = module(xs, initial if len(initial) > 1 else initial[0])
    assert_close([s[:1] for s in run(cell, p, xs, states)], [(o,) for o in output])


@pytest.mark.parametrize("name", ["gru_reset_before", "gru"])
def test_keras_gru(name):
    """To 1e-6: Keras's matmul on the torch backend multiplies in float32 even where everything else is float64."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    cell = derive.catalogue[name]
    p, xs, states = draw(cell)
    after = name == "gru"
    layer = keras.layers.GRU(H, reset_after=after, return_sequences=True, dtype="float64")
    layer.build((B, T, N))
    w_i, w_h, b_i, b_h = (torch.cat([p[f"{k}{g}"] for g in "zrn"]) for k in ("W_i", "W_h", "b_i", "b_h"))
    layer.set_weights([v.numpy() for v in (w_i.T, w_h.T, torch.stack([b_i, b_h]) if after else b_i + b_h)])
    output = layer(xs.transpose(0, 1), initial_state=states[0]).detach().cpu()
    assert_close(run(cell, p, xs, states), [(o,) for o in output.transpose(0, 1)], tolerance=1e-6)


LINEAR = {"activation_alpha": 1.0, "activation_beta": 0.0}
ONNX = {  # name: (operator, its gates in ONNX's order, attributes, peepholes in ONNX's order i, o, f)
    "lstm": ("LSTM", "iofg", {}, ""),
    "linear_lstm": (
        "LSTM",
        "iofg",
        {"activations": ["Sigmoid", "Affine", "Affine"], "activation_alpha": 1.0, "activation_beta": 0.0},
        "",
    ),
    "peephole_lstm": ("LSTM", "iofg", {}, "iof"),
    "cifg_lstm": ("LSTM", "iofg", {"input_forget": 1}, "iof"),
    "gru": ("GRU", "zrn", {"linear_before_reset": 1}, ""),
    "gru_reset_before": ("GRU", "zrn", {}, ""),
    "rnn": ("RNN", "h", {}, ""),
}


@pytest.mark.parametrize("name", ONNX)
def test_onnx_runtime(name):
    """Float32; the forget gate's weights that input_forget does not use are zeros."""
    onnx, runtime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    cell = derive.catalogue[name]
    p, xs, states = draw(cell)
    operator, gates, attributes, peepholes = ONNX[name]
    attributes = {k: [v, v] if isinstance(v, float) else v for k, v in attributes.items()}

    def joined(prefix, *shape):
        parts = [p.get(f"{prefix}{g}", torch.zeros(H, *shape)) for g in gates]
        return torch.cat(parts).numpy()

    feeds = {
        "X": xs.numpy(),
        "W": joined("W_i", N)[None],
        "R": joined("W_h", H)[None],
        "B": np.concatenate([joined("b_i"), joined("b_h")])[None],
        "initial_h": states[0][None].numpy(),
    }
    inputs = ["X", "W", "R", "B", "", "initial_h"]
    if operator == "LSTM":
        feeds["initial_c"] = states[1][None].numpy()
        inputs.append("initial_c")
    if peepholes:
        feeds["P"] = torch.cat([p.get(f"p_{g}", torch.zeros(H)) for g in peepholes])[None].numpy()
        inputs.append("P")
    feeds = {k: v.astype(np.float32) for k, v in feeds.items()}
    node = onnx.helper.make_node(operator, inputs, ["Y"], hidden_size=H, **attributes)
    tensors = [onnx.helper.make_tensor_value_info(k, onnx.TensorProto.FLOAT, v.shape) for k, v in feeds.items()]
    y = onnx.helper.make_tensor_value_info("Y", onnx.TensorProto.FLOAT, (T, 1, B, H))
    model = onnx.helper.make_model(
        onnx.helper.make_graph([node], "cell", tensors, [y]),
        opset_imports=[onnx.helper.make_opsetid("", 14)],
        ir_version=8,
    )
    output = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, feeds)[0]
    wanted = [(torch.tensor(o[0]).double(),) for o in output]
    assert_close([s[:1] for s in run(cell, p, xs, states)], wanted, tolerance=1e-5)


# ---------------------------------------------------------------------- torchrecurrent

#: name: (class, its arguments, its parameters' blocks by our names; a block 0 is zeros, a parameter left out is too).
TORCHRECURRENT = {
    "original_lstm": (
        "OriginalLSTMCell", {},
        {"weight_ih": "W_ii W_ig W_io", "weight_hh": "W_hi W_hg W_ho", "bias_ih": "b_ii b_ig b_io",
         "bias_hh": "b_hi b_hg b_ho"},
    ),
    "peephole_lstm": (
        "PeepholeLSTMCell", {},
        {"weight_ih": "W_ii W_if W_ig W_io", "weight_hh": "W_hi W_hf W_hg W_ho", "weight_ph": "p_i p_f p_o",
         "bias_ih": "b_ii b_if b_ig b_io", "bias_hh": "b_hi b_hf b_hg b_ho"},
    ),
    "wmc_lstm": (
        "WMCLSTMCell", {},
        {"weight_ih": "W_ii W_if W_ig W_io", "weight_hh": "W_hi W_hf W_hg W_ho", "weight_mh": "W_ci W_cf W_co",
         "bias_ih": "b_ii b_if b_ig b_io", "bias_hh": "b_hi b_hf b_hg b_ho", "bias_mh": "b_ci b_cf b_co"},
    ),
    "residual_lstm": (
        "ResLSTMCell", {},
        {"weight_ih": "W_ii W_if W_ig W_io", "weight_hh": "W_hi W_hf W_hg W_ho", "weight_ph": "p_i p_f p_o",
         "weight_proj": "W_proj", "weight_res": "W_res", "bias_ih": "b_ii b_if b_ig b_io",
         "bias_hh": "b_hi b_hf b_hg b_ho"},
    ),
    "multiplicative_lstm": (
        "MultiplicativeLSTMCell", {},
        {"weight_ih": "W_im W_ii W_if W_ig W_io", "weight_hh": "W_hm", "weight_mh": "W_mi W_mf W_mg W_mo",
         "bias_ih": "0 b_i b_f b_g b_o"},
    ),
    "mc_lstm": (
        "MCLSTMCell", {},
        {"weight_ih": "W_if W_ii W_io W_im W_in", "weight_hh": "W_vf W_vi W_vo W_vm W_vn",
         "bias_ih": "b_f b_i b_o b_m b_n"},
    ),
    "mut1": (
        "MUT1Cell", {},
        {"weight_ih": "W_iz W_ir W_in", "weight_hh": "W_hr W_hn", "bias_ih": "b_iz b_r 0", "bias_hh": "0 b_hn"},
    ),
    "mut2": (
        "MUT2Cell", {},
        {"weight_ih": "W_iz W_ir W_in", "weight_hh": "W_hz W_hr W_hn", "bias_ih": "b_z b_r b_n"},
    ),
    "mut3": (
        "MUT3Cell", {},
        {"weight_ih": "W_iz W_ir W_in", "weight_hh": "W_hz W_hr W_hn", "bias_ih": "b_z b_r b_n"},
    ),
    "ligru": (
        "LiGRUCell", {},
        {"weight_ih": "W_iz W_ih_tilde", "weight_hh": "W_hz W_hh_tilde", "bias_ih": "b_z b_h_tilde"},
    ),
    "sgu": (
        "SGUCell", {},
        {"weight_ih": "W_ig W_iz", "weight_hh": "W_gn W_hz", "bias_ih": "b_ig b_z"},
    ),
    "dsgu": (
        "DSGUCell", {},
        {"weight_ih": "W_ig W_iz", "weight_hh": "W_gn W_hz", "weight_ho": "W_hh_tilde", "bias_ih": "b_ig b_z"},
    ),
    "tau_gru": (
        "tauGRUCell", {},
        {"weight_ih": "W_iu W_iv W_ig W_ia", "weight_hh": "W_hu W_qv W_hg W_ha", "bias_ih": "b_u b_v b_g b_a"},
    ),
    "indrnn": (
        "IndRNNCell", {"nonlinearity": "relu"},
        {"weight_ih": "W_ih", "vector_u": "u", "bias_ih": "b_ih"},
    ),
    "fast_rnn": (
        "FastRNNCell", {},
        {"weight_ih": "W_ih_tilde", "weight_hh": "W_hh_tilde", "bias_ih": "b_h_tilde", "alpha": "alpha",
         "beta": "beta"},
    ),
    "fast_grnn": (
        "FastGRNNCell", {"nonlinearity": "sigmoid"},
        {"weight_ih": "W_ia", "weight_hh": "W_ha", "bias_ih": "b_z b_h", "zeta": "zeta", "nu": "nu"},
    ),
    "mgu": (
        "MGUCell", {},
        {"weight_ih": "W_if W_ih_tilde", "weight_hh": "W_hf W_hh_tilde", "bias_ih": "b_f b_h_tilde"},
    ),
    "miru1": (
        "MiRU1Cell", {"update_coefficient": 0.5},
        {"weight_ih": "W_ir W_ih_tilde", "weight_hh": "W_hr W_hh_tilde", "bias_ih": "b_r b_h_tilde"},
    ),
    "miru2": (
        "MiRU2Cell", {"update_coefficient": 0.5, "reset_coefficient": 0.5},
        {"weight_ih": "W_ih_tilde", "weight_hh": "W_hh_tilde", "bias_ih": "b_h_tilde"},
    ),
    "janet": (
        "JANETCell", {"beta": 1.0},
        {"weight_ih": "W_is W_ih_tilde", "weight_hh": "W_hs W_hh_tilde", "bias_ih": "b_s b_h_tilde"},
    ),
    "ugrnn": (
        "UGRNNCell", {},
        {"weight_ih": "W_ic W_ig", "weight_hh": "W_hc W_hg", "bias_ih": "b_c b_g"},
    ),
    "intersection_rnn": (
        "IntersectionRNNCell", {},
        {"weight_ih": "W_iy_in W_ih_in W_ig_y W_ig_h", "weight_hh": "W_hy_in W_hh_in W_hg_y W_hg_h",
         "bias_ih": "b_y_in b_h_in b_g_y b_g_h"},
    ),
    "minimal_rnn": (
        "MinimalRNNCell", {},
        {"weight_ih": "W_iz", "weight_hh": "W_hu", "weight_mm": "W_zu", "bias_ih": "b_iz", "bias_hh": "b_u"},
    ),
    "ran": (
        "RANCell", {},
        {"weight_ih": "W_ic_tilde W_ii W_if", "weight_hh": "W_hi W_hf", "bias_ih": "b_i b_f"},
    ),
    "atr": ("ATRCell", {}, {"weight_ih": "W_ip", "weight_hh": "W_hq"}),
    "cfn": (
        "CFNCell", {},
        {"weight_ih": "W_itheta W_ieta W_ih", "weight_hh": "W_htheta W_heta", "bias_ih": "b_theta b_eta 0"},
    ),
    "sgrn": ("SGRNCell", {}, {"weight_ih": "W_iu", "weight_hh": "W_hf", "bias_ih": "b_iu"}),
    "star": ("STARCell", {}, {"weight_ih": "W_iz W_ik", "weight_hh": "W_hk", "bias_ih": "b_iz b_k"}),
    "light_ru": (
        "LightRUCell", {},
        {"weight_ih": "W_ih_tilde W_if", "weight_hh": "W_hf", "bias_ih": "b_ih_tilde b_f"},
    ),
    "brc": ("BRCell", {}, {"weight_ih": "W_ia W_ic W_ih", "weight_hh": "w_a w_c", "bias_ih": "b_ia b_ic b_ih"}),
    "nbrc": ("NBRCell", {}, {"weight_ih": "W_ia W_ic W_ih", "weight_hh": "W_ha W_hc", "bias_ih": "b_a b_c b_ih"}),
    "antisymmetric_rnn": (
        "AntisymmetricRNNCell", {"epsilon": 0.01, "gamma": 0.01},
        {"weight_ih": "W_ih", "weight_hh": "W_hh", "bias_ih": "b_ih"},
    ),
    "gated_antisymmetric_rnn": (
        "GatedAntisymmetricRNNCell", {"epsilon": 0.01, "gamma": 0.01},
        {"weight_ih": "W_iz W_ih", "weight_hh": "W_ha", "bias_ih": "b_iz b_ih"},
    ),
    "cornn": (
        "coRNNCell", {"dt": 0.01, "gamma": 1.0, "epsilon": 1.0},
        {"weight_ih": "W_iz", "weight_hh": "W_hz", "weight_ch": "W_zz", "bias_ih": "b_z"},
    ),
    "unicornn": (
        "UnICORNNCell", {"dt": 0.01, "alpha": 1.0},
        {"weight_ih": "W_iz", "weight_hh": "w", "weight_ch": "c", "bias_ih": "b_iz"},
    ),
    "t_rnn": ("TRNNCell", {}, {"weight_ih": "W_iz W_if", "bias_ih": "0 b_if"}),
    "t_gru": (
        "TGRUCell", {},
        {"weight_ih": "W_iz W_if W_io", "weight_hh": "W_iv_z W_iv_f W_iv_o", "bias_ih": "b_iz b_if b_io"},
    ),
    "t_lstm": (
        "TLSTMCell", {},
        {"weight_ih": "W_iz W_if W_io", "weight_hh": "W_iv_z W_iv_f W_iv_o", "bias_ih": "b_iz b_if b_io"},
    ),
}  # fmt: skip

#: Where torchrecurrent's code departs from the paper that it cites; the authors' equations are the oracle instead.
DEPARTURES = {
    "lem": "its h sees the cell state of the step before; paper and authors' code have the new one",
    "nas": "its fourth pre-activation is the sum of the two maps; that of the authors' code is their product",
    "scrn": "it feeds the readout back in place of the hidden state and gives it a tanh and biases; the paper does not",
}


def theirs(name, cell, p, xs, states):
    """torchrecurrent's states after each step, in our order."""
    torchrecurrent = pytest.importorskip("torchrecurrent")
    class_name, arguments, blocks = TORCHRECURRENT[name]
    module = getattr(torchrecurrent, class_name)(xs.shape[-1], H, dtype=torch.float64, **arguments)
    with torch.no_grad():
        for key, parameter in module.named_parameters():
            if key == "beta" and name == "janet":
                continue
            names = blocks.get(key, "0").split()
            rows = len(parameter) // len(names)
            zeros = {"0": torch.zeros(rows, *parameter.shape[1:])}
            parameter.copy_(torch.cat([(zeros | p)[n].reshape(-1, *parameter.shape[1:]) for n in names]))
        return [tuple(s) for s in _theirs(name, module, xs, states, p)]


def _theirs(name, module, xs, states, p):
    previous = torch.zeros_like(xs[0])
    for x in xs:
        if name == "intersection_rnn":
            states = module(x, states[1])
        elif name == "mc_lstm":
            h, (v, c) = module(x, tuple(states[1:]))
            states = (h, v, c)
        elif name == "tau_gru":
            states = (module(x, *states), states[0])
        elif name == "janet":
            states = (module(x, (states[0], states[0]))[0],)
        elif name == "t_gru":
            states = (module(x, (states[0], previous))[0], *_maps(p, x))
        elif name == "t_lstm":
            h, (c, _) = module(x, (states[1], previous))
            states = (h, c, *_maps(p, x))
        elif len(states) == 1:
            states = (module(x, states[0]),)
        else:
            states = module(x, tuple(states))
        previous = x
        yield states


def _maps(p, x):
    return [linear(x, p[f"W_iv_{g}"]) for g in "zfo"]


@pytest.mark.parametrize("name", TORCHRECURRENT)
def test_torchrecurrent(name):
    cell = derive.catalogue[name]
    p, xs, states = draw(cell, inputs=H if name == "intersection_rnn" else N)
    if name == "intersection_rnn":
        p["W_skip"] = torch.eye(H)
    if name in ("t_gru", "t_lstm"):  # no input before the first
        states = [*states[:-3], *(torch.zeros(B, H) for _ in range(3))]
    assert_close(run(cell, p, xs, states), theirs(name, cell, p, xs, states))


def test_all_of_torchrecurrent_is_here():
    torchrecurrent = pytest.importorskip("torchrecurrent")
    exported = {n for n in dir(torchrecurrent) if n.endswith("Cell")}
    assert exported - {c for c, *_ in TORCHRECURRENT.values()} == {"LEMCell", "NASCell", "SCRNCell"}


def test_lem_departure_is_real():
    """The reason for the exception: with the old z in the last line our formulas give torchrecurrent's numbers."""
    torchrecurrent = pytest.importorskip("torchrecurrent")
    cell = derive.catalogue["lem"]
    p, xs, (h, z) = draw(cell)
    module = torchrecurrent.LEMCell(N, H, dtype=torch.float64)
    with torch.no_grad():
        for key, names in {
            "weight_ih": "W_ib W_ia W_iz W_ih", "weight_hh": "W_hb W_ha W_hz", "weight_ch": "W_zh",
            "bias_ih": "b_b b_a b_z b_h",
        }.items():  # fmt: skip
            getattr(module, key).copy_(torch.cat([p[n] for n in names.split()]))
        new_h, new_z = module(xs[0], (h, z))
    (mine_h, mine_z) = step(cell, p, xs[0], (h, z))
    b = torch.sigmoid(linear(xs[0], p["W_ib"], p["b_b"]) + linear(h, p["W_hb"]))
    old = (1 - b) * h + b * torch.tanh(linear(xs[0], p["W_ih"], p["b_h"]) + linear(z, p["W_zh"]))
    assert (mine_z - new_z).abs().max() < 1e-12
    assert (old - new_h).abs().max() < 1e-12
    assert (mine_h - new_h).abs().max() > 1e-3


def test_nas_departure_is_real():
    """The reason for the exception: a sum in place of the product gives torchrecurrent's numbers."""
    torchrecurrent = pytest.importorskip("torchrecurrent")
    cell = derive.catalogue["nas"]
    p, (x, *_), states = draw(cell)
    module = torchrecurrent.NASCell(N, H, dtype=torch.float64)
    with torch.no_grad():
        for key, prefix in {"weight_ih": "W_i", "weight_hh": "W_h", "bias_ih": "b_h"}.items():
            getattr(module, key).copy_(torch.cat([p[f"{prefix}a_{k}"] for k in range(1, 9)]))
        module.bias_hh.zero_()
        their_h, _ = module(x, states)
    assert (nas(p, x, *states, fourth=torch.add)[0] - their_h).abs().max() < 1e-12
    assert (nas(p, x, *states)[0] - their_h).abs().max() > 1e-3


# ---------------------------------------------------------------------- the authors' equations

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
def zoneout_lstm(p, x, h, c):
    i, f, g, o = gates(p, x, h, "ifgo")
    inner = sig(f) * c + sig(i) * torch.tanh(g)
    return 0.05 * h + 0.95 * sig(o) * torch.tanh(inner), 0.5 * c + 0.5 * inner


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
    return torch.nn.functional.layer_norm(v, v.shape[-1:], eps=1e-5) * gain + shift


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
    return (torch.relu(x @ p["W_ih"].T + h @ (p["W_hh"] + torch.eye(H)).T + p["b_h"]),)


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


@pytest.mark.parametrize("name", AUTHORS)
def test_authors_equations(name):
    cell = derive.catalogue[name]
    p, xs, states = draw(cell)
    wanted, theirs = [], states
    for x in xs:
        theirs = AUTHORS[name](p, x, *theirs)
        wanted.append(theirs)
    assert_close(run(cell, p, xs, states), wanted, tolerance=1e-11)


def test_zoneout_wraps_any_cell():
    """Of torch's GRU cell, whose new state is mixed with the previous one."""
    cell = derive.gru.zoned_out(h=0.25)
    p, xs, states = draw(cell)
    module = torch.nn.GRUCell(N, H).double()
    module.load_state_dict({t: stack(cell, p, t) for t in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")})
    wanted, (h,) = [], states
    for x in xs:
        h = 0.25 * h + 0.75 * module(x, h)
        wanted.append((h,))
    assert_close(run(cell, p, xs, states), wanted)
    assert_close(run(derive.lstm.zoned_out(), *(given := draw(derive.lstm))), run(derive.lstm, *given))
    with pytest.raises(derive.DeriveError, match=r"gru: unknown state 'c'. Known: h"):
        derive.gru.zoned_out(c=0.5)
    with pytest.raises(derive.DeriveError, match=r"the zoneout of 'h' is 1.5; expected a probability from 0 to 1"):
        derive.gru.zoned_out(h=1.5)


def test_every_cell_has_an_oracle():
    torch_cells = {"lstm", "projected_lstm", "gru", "rnn", "relu_rnn"}
    assert set(derive.catalogue) - torch_cells - set(ONNX) - set(TORCHRECURRENT) - set(AUTHORS) == set()
    assert set(DEPARTURES) <= set(AUTHORS)


# ---------------------------------------------------------------------- the catalogue as a whole


def test_at_least_fifty_cells_with_a_source_each():
    assert len(derive.catalogue) >= 50
    for cell in derive.catalogue.values():
        assert cell.source, cell.name
        assert 1986 <= cell.year <= 2026, cell.name
        assert str(cell.year) in cell.source or cell.name in ("sgrn", "miru1", "miru2"), cell.name


def test_names_are_unambiguous():
    assert len({c.class_name for c in derive.catalogue.values()}) == len(derive.catalogue)
    for name, cell in derive.catalogue.items():
        assert name == cell.name
        assert name.isidentifier()
        assert cell.class_name.isidentifier()
        named = [q.name for q in cell.parameters]
        assert len(set(named)) == len(named), name
        blocks = [(q.tensor, q.block) for q in cell.parameters if q.tensor]
        assert len(set(blocks)) == len(blocks), name


def test_modules_define_cells_and_nothing_twice():
    from importlib import import_module

    defined = [
        value.name
        for module in _MODULES
        for value in vars(import_module(f"derive.cells.{module}")).values()
        if isinstance(value, derive.Cell)
    ]
    assert sorted(defined) == sorted(derive.catalogue)


def test_cells_are_short():
    """About fifteen equations at most; the layer-normalised LSTMs spell out their moments."""
    for cell in derive.catalogue.values():
        assert len(cell.equations) <= 16 or cell.name.startswith("layer_norm"), cell.name


def test_search():
    catalogue = derive.catalogue

    def names(**about):
        return [c.name for c in catalogue.search(**about)]

    assert [c.name for c in catalogue.search("Jozefowicz MUT")] == ["mut1", "mut2", "mut3"]
    assert names(year=1997) == ["original_lstm"]
    assert set(names(year=range(1980, 1991))) == {"rnn", "jordan_rnn"}
    assert names(parameters="antisymmetric") == ["antisymmetric_rnn", "gated_antisymmetric_rnn"]
    assert "indrnn" in names(parameters="u")
    assert names(parameters="scalar") == ["fast_rnn", "fast_grnn"]
    assert "lstm" in names(states="c", gates=3, parameters=16)
    assert "gru" not in names(states=2)
    assert names(states="n", gates="i") == ["slstm", "slstm_exp"]
    assert names(year=1900) == []
    assert len(catalogue.search()) == len(catalogue)


def test_unknown_cell():
    with pytest.raises(derive.DeriveError, match="unknown cell 'peephole'; did you mean 'peephole_lstm'") as caught:
        derive.catalogue["peephole"]
    assert len(str(caught.value)) < 200
