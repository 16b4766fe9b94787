"""Cells of the catalogue against those of torchrecurrent, which is right but for three of its own."""

from __future__ import annotations

import lstm_authors
import pytest
import torch
from cell_runs import H, N, assert_close, draw, run
from torch.nn.functional import linear

import derive

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
        p["W_skip"] = torch.eye(H, dtype=torch.float64)
    if name in ("t_gru", "t_lstm"):  # no input before the first
        states = [*states[:-3], *map(torch.zeros_like, states[-3:])]
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
    ((mine_h, mine_z),) = run(cell, p, xs[:1], (h, z))
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
    assert (lstm_authors.nas(p, x, *states, fourth=torch.add)[0] - their_h).abs().max() < 1e-12
    assert (lstm_authors.nas(p, x, *states)[0] - their_h).abs().max() > 1e-3
