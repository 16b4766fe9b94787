"""A plan as people and programs read it: ``derive show CELL --plan``, ``--json``."""

from __future__ import annotations

import json

import pytest
from problems import finished, naive
from sympy import Symbol

import derive
from derive.commands.cli import main
from derive.plan.build import build, plan
from derive.plan.operations import Scan
from derive.plan.passes import run
from derive.plan.plan import Origin, Phase, Variable
from derive.plan.stores import Pack
from derive.plan.text import as_json, pack_name, text

#: Written by hand from the equations of Cho et al. (2014).
RESET_BEFORE = """\
SEQUENCE      a_x = W_i[rzn] x + b_i[rzn] + b_h[rzn]             3 N
STEP          a_ir, a_iz, a_in = split(a_x)                      N
              a_hr, a_hz = split(W_h[rz] h_prev)                 N
              r = σ(a_ir + a_hr)                                 N
              z = σ(a_iz + a_hz)                                 N
              rh = r ⊙ h_prev                                    N
  stage 2     a_hn = W_hn rh                                     N
              n = tanh(a_in + a_hn)                              N
              h = (1 − z) ⊙ n + z ⊙ h_prev                       N
kept          x, h_prev, r, z, rh, n
COEFFICIENTS  dh_da_n = (1 − z) ⊙ (1 − n²)                       N
              dh_da_z = (h_prev − n) ⊙ z ⊙ (1 − z)               N
              drh_da_r = h_prev ⊙ r ⊙ (1 − r)                    N
BACK          d_a_n = d_h ⊙ dh_da_n                              N
              d_a_z = d_h ⊙ dh_da_z                              N
  stage 2     d_rh = W_hnᵀ d_a_n                                 N
              d_a_r = d_rh ⊙ drh_da_r                            N
              d_a = concat(d_a_r, d_a_z)                         2 N
  stage 3     d_h_prev = d_rh ⊙ r + d_h ⊙ z + W_h[rz]ᵀ d_a       N
kept          d_a_n, d_a
GRADIENTS     d_a_r2, d_a_z2 = split(d_a)                        N
              d_a_x = concat(d_a_r2, d_a_z2, d_a_n)              3 N
              d_x = W_i[rzn]ᵀ d_a_x                              N_x
              d_W_i[rzn] = Σ d_a_x ⊗ x                           3 N × N_x
              d_b_i[rzn] = Σ d_a_x                               3 N
              d_W_h[rzn] = concat(Σ d_a ⊗ h_prev, Σ d_a_n ⊗ rh)  3 N × N
              d_b_h[rzn] = Σ d_a_x                               3 N
"""


def test_show_plan_prints_every_operation(capsys):
    assert main(["show", "gru_reset_before", "--plan"]) == 0
    assert capsys.readouterr().out == RESET_BEFORE


def test_what_depends_on_parameters_alone_has_its_phase():
    lines = text(plan(derive.catalogue["antisymmetric_rnn"])).splitlines()
    assert lines[0].split() == ["PARAMETERS", "weight_hh_skew", "=", "W_hh", "−", "W_hhᵀ", "N", "×", "N"]
    assert lines[-1].split() == ["d_W_hh", "=", "skew(Σ", "d_a_h", "⊗", "h_prev)", "N", "×", "N"]


def test_means_sums_and_repetitions_have_words():
    shown = text(plan(derive.catalogue["layer_norm_lstm"]))
    assert "mu_v = mean(v_i, v_f, v_g, v_o) " in shown
    assert "d_mean_v_h = sum(d_a_tanh_h ⊙ da_tanh_h_dmean_v_h) " in shown
    made = build(derive.rnn)
    scans = [Scan(Symbol("s"), Symbol("h")), Scan(Symbol("r"), Symbol("h"), reverse=True)]
    values = [Variable(Symbol(q), ("hidden_size",), Origin.INTERMEDIATE) for q in "sr"]
    shown = text(made.with_phases({Phase.STEP: [*made.phases[Phase.STEP], *scans]}, values))
    assert "s = running sum(h) " in shown
    assert "r = running sum(h, from the last unit on) " in shown


@pytest.mark.parametrize("name", derive.catalogue)
def test_nothing_unreadable_is_printed(name):
    """Neither for the plan nor for the naive one; every quantity that is read is printed before, or given."""
    for made in (finished(name), naive(name)):
        shown = text(made)
        assert "%" not in shown
        assert "Symbol" not in shown
        assert all(phase.upper() in shown for phase in (Phase.STEP, Phase.BACK, Phase.GRADIENTS))


def test_blocks_are_called_by_what_they_share():
    stores = {s.name: s for s in run(build(derive.lstm)).stores}
    assert pack_name(Pack(stores["weight_ih"], 0, 4)) == "W_i[ifgo]"
    assert pack_name(Pack(stores["weight_ih"], 1, 2)) == "W_i[fg]"
    assert pack_name(Pack(stores["weight_ih"], 1, 1)) == "W_if"
    (rhn,) = (s for s in build(derive.catalogue["rhn"]).stores if s.name == "weight_ih")
    assert pack_name(Pack(rhn, 0, 2)) == "W_i[g_1,t_1]"


def test_json_is_for_programs(capsys):
    """Operations by kind, in phases; what each reads is defined before it or given."""
    assert main(["show", "lstm", "--plan", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found["phases"]) == ["parameters", "sequence", "step", "coefficients", "back", "gradients"]
    (project,) = found["phases"]["sequence"]
    assert project == {
        "operation": "matmul",
        "targets": [{"name": "a_x", "axes": ["4*hidden_size"], "origin": "intermediate"}],
        "weight": {"store": "weight_ih", "first": 0, "count": 4},
        "operand": "x",
        "bias": [{"store": "bias_ih", "first": 0, "count": 4}, {"store": "bias_hh", "first": 0, "count": 4}],
        "transposed": False,
    }
    assert [o["operation"] for o in found["phases"]["step"][:4]] == ["matmul", "pointwise", "split", "pointwise"]
    assert found["kept"] == ["x", "h_prev", "c_prev", "i", "f", "g", "o", "tanh_c", "m"]
    assert found["stores"][4] == {
        "name": "weight_hr",
        "role": "weight",
        "optional": True,
        "axes": ["proj_size", "hidden_size"],
        "blocks": ["W_hr"],
        "gradient": "d_weight_hr",
    }
    json.dumps([as_json(build(cell)) for cell in derive.catalogue.values()])


def test_a_plan_has_no_latex(capsys):
    assert main(["show", "lstm", "--plan", "--latex"]) == 2
    assert capsys.readouterr().err == "derive: --plan is printed as text or with --json; --latex is for equations\n"


def test_gradient_and_plan_are_two_things(capsys):
    assert main(["show", "lstm", "--plan", "--gradient"]) == 2
    assert "argument --gradient: not allowed with argument --plan" in capsys.readouterr().err
