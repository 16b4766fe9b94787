"""Cells with matrix memories that are one by linear algebra, and ones that are not; the oracle is algebra by hand."""

import pytest

import derive

#: What all of them have: keys of which no weight takes a factor in, values of which one does, rates, of whose products
#: with vectors both may be.
GIVEN = r"""k_t = \tanh(W_k x_t), q_t = \tanh(W_q x_t), v_t = W_v x_t, u_t = \tanh(W_u x_t),
a_t = \sigma(W_a x_t), f_t = \sigma(w_f^\top x_t), S_t = %s, h_t = W_o o_t, o_t = S_t q_t"""

EQUAL = [
    (r"S_{t-1} + f_t (v_t - S_{t-1} k_t) k_t^\top", r"S_{t-1} (I - f_t k_t k_t^\top) + v_t (f_t k_t)^\top"),
    (r"S_{t-1} + f_t (v_t - S_{t-1} k_t) k_t^\top", r"S_{t-1} - (f_t S_{t-1} k_t) k_t^\top + f_t v_t k_t^\top"),
    (r"f_t S_{t-1} + 2 v_t k_t^\top", r"f_t S_{t-1} + v_t k_t^\top"),
    (r"f_t S_{t-1} - u_t k_t^\top", r"f_t S_{t-1} + (-u_t) k_t^\top"),
    (r"S_{t-1} \mathrm{diag}(a_t) + (u_t k_t^\top) \mathrm{diag}(a_t)",
     r"S_{t-1} \mathrm{diag}(a_t) + u_t (a_t \odot k_t)^\top"),
    (r"f_t (S_{t-1} + u_t k_t^\top)", r"f_t S_{t-1} + (f_t u_t) k_t^\top"),
]  # fmt: skip

DIFFERENT = [
    (r"f_t S_{t-1} + u_t k_t^\top", r"2 f_t S_{t-1} + u_t k_t^\top"),
    (r"f_t S_{t-1} + u_t k_t^\top", r"f_t S_{t-1} + 2 u_t k_t^\top"),
    (r"f_t S_{t-1} + u_t k_t^\top", r"f_t S_{t-1} + f_t u_t k_t^\top"),
    (r"S_{t-1} + f_t (v_t - S_{t-1} k_t) k_t^\top", r"S_{t-1} (I - 2 f_t k_t k_t^\top) + v_t (f_t k_t)^\top"),
    (r"S_{t-1} + f_t (u_t - S_{t-1} k_t) k_t^\top", r"S_{t-1} + f_t (u_t - S_{t-1} k_t) q_t^\top"),
]  # fmt: skip


def compared(pair):
    texts = (GIVEN % new for new in pair)
    return derive.compare(*(derive.from_latex(text, name=name) for text, name in zip(texts, "ab", strict=True)))


@pytest.mark.parametrize("pair", EQUAL, ids=range(len(EQUAL)))
def test_what_is_one_matrix(pair):
    assert compared(pair)


@pytest.mark.parametrize("pair", DIFFERENT, ids=range(len(DIFFERENT)))
def test_what_is_another_one(pair):
    found = compared(pair)
    assert not found
    assert found.decided
