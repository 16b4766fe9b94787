"""Cells with a mask on the recurrent connection: which operands it stands before, and what stays as it was."""

from __future__ import annotations

import pytest
from sympy import Eq, symbols

import derive
from derive import linear, tanh

#: Cells that multiply no matrix by the previous output or a product of it: they read it unit by unit, through a
#: function, or not at all.
WITHOUT = {
    *(
        "brc",
        "ctrnn",
        "gilr",
        "gilr_lstm",
        "hawk",
        "hgrn",
        "indrnn",
        "min_gru_log",
        "min_lstm_log",
        "intersection_rnn",
        "mc_lstm",
        "min_gru",
        "min_lstm",
        "qrnn",
    ),
    *("qrnn2", "real_lru", "rg_lru", "rwkv", "sru", "sru_v1", "t_gru", "t_lstm", "t_rnn", "unicornn"),
    *("d_linoss", "linoss", "linoss_im", "lru", "para_gru", "para_lstm", "s5"),
    *(name for name, cell in derive.catalogue.items() if any("×" in size for size in cell.sizes.values())),
} - {"lmu", "lmu_euler", "on_lstm_chunks"}  # which have a matrix of the output beside one that is not learned


def test_the_mask_stands_where_a_matrix_reads_the_output_or_a_product_of_it():
    masked = derive.catalogue["gru_reset_before"].masked()
    assert str(masked["r"]) == "rₜ = σ(W_ir xₜ + b_ir + W_hr (maskₜ₋₁ ⊙ hₜ₋₁) + b_hr)"
    assert str(masked["h"]) == "hₜ = (1 − zₜ) ⊙ nₜ + zₜ ⊙ hₜ₋₁"
    assert str(masked["rh"]) == "rhₜ = rₜ ⊙ hₜ₋₁"
    assert str(masked["n"]) == "nₜ = tanh(W_in xₜ + b_in + W_hn rh_maskedₜ + b_hn)"
    assert str(masked["rh_masked"]) == "rh_maskedₜ = maskₜ₋₁ ⊙ rhₜ"
    assert str(masked["mask"]) == "maskₜ = maskₜ₋₁"
    assert masked.states == ("h", "mask")


def test_every_cell_keeps_its_parameters_or_is_refused():
    refused = {}
    for name, cell in derive.catalogue.items():
        try:
            masked = cell.masked()
        except derive.DeriveError as error:
            refused[name] = str(error)
        else:
            assert masked.parameters == cell.parameters
    assert refused.keys() == {"projected_lstm", *WITHOUT}
    assert refused["projected_lstm"].startswith("projected_lstm projects its output")
    assert all(f"{name}: no weight matrix reads the previous output" in refused[name] for name in WITHOUT)


@pytest.mark.parametrize("cell", [derive.catalogue["dsgu"], derive.gru.zoned_out(h=0.25)], ids=lambda c: c.name)
def test_printed_and_generated_masks_agree(cell):
    assert derive.verify(cell.masked()).ok


def test_a_taken_name_is_refused():
    h, x, mask = symbols("h x mask")
    cell = derive.Cell.from_equations("own", [Eq(mask, linear(x)), Eq(h, tanh(mask + linear(h)))], states=["h"])
    with pytest.raises(derive.DeriveError, match="own has an equation 'mask' already; a mask needs that name: rename"):
        cell.masked()
