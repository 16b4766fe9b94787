"""Docstrings of torchrecurrent against its code: those that are known to be different, and one worked out by hand."""

import warnings

import numpy as np
import pytest
from audit import report
from audited import KERAS, audited, keras_finding  # which says of which backend Keras is

torchrecurrent = pytest.importorskip("torchrecurrent")
pytest.importorskip("keras")

#: Where the first difference is: by reading code and docstring.
DIFFERENT = {
    "coRNNCell": "c", "FastGRNNCell": "z", "LEMCell": "c", "MUT3Cell": "z",
    "NASCell": "c", "NBRCell": "c", "RANCell": "c_tilde", "SCRNCell": "h", "WMCLSTMCell": "f", "UnICORNNCell": "z",
    "tauGRUCell": "g",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture(scope="module")
def found():
    names = (*DIFFERENT, "GatedAntisymmetricRNNCell", "IndRNNCell", "TLSTMCell", "MGUCell")
    cells = [audited("torchrecurrent", n, getattr(torchrecurrent, n)) for n in names]
    return {f.name: f for f in (*cells, *(keras_finding(n) for n in KERAS))}


def test_known_differences_are_found_and_settled_by_numbers(found):
    for name, equation in DIFFERENT.items():
        assert found[name].outcome == "different", name
        assert found[name].comparison.different[0] == equation, name
        assert found[name].comparison.trial.largest > 1e-3, name
    assert not found["LEMCell"].then.comparison
    assert found["UnICORNNCell"].then.comparison
    assert found["FastGRNNCell"].then.comparison
    assert found["tauGRUCell"].then.comparison


def test_a_bias_that_two_equations_have_beside_their_own_is_found(found):
    """The docstring has b_hh in both equations, the code in one: each sum is a bias, and with each for its own they
    differ."""
    of = found["GatedAntisymmetricRNNCell"]
    assert (of.outcome, of.more) == ("equal", [("b_iz + b_hh", "b_iinput_gate")])
    assert "one step on which they differ" in report([of])


def test_the_rest_is_equal(found):
    assert {found[n].outcome for n in ("MGUCell", "TLSTMCell", *KERAS)} == {"equal"}
    assert found["IndRNNCell"].more == [("b_ih", "b_ih + v_hh")]
    assert ("b_io", "b_ioutput_candidate + b_poutput_candidate") in found["TLSTMCell"].more
    text = report(list(found.values()))
    for name in found:
        assert f"| {name} |" in text
    assert (
        text.count("one step on which they differ") == len(DIFFERENT) + 4
    )  # LEM again, biases of IndRNN, TLSTM and GatedAntisymmetricRNN


def test_the_step_of_ran_by_hand_and_by_its_own_module(found):
    import torch

    trial = found["RANCell"].comparison.trial
    written, code = trial.weights
    x, h, c = trial.x, trial.states["h"], trial.states["c"]

    def gate(k):
        return 1 / (
            1 + np.exp(-(written[f"W_i{k}"] @ x + written[f"b_i{k}"] + written[f"W_h{k}"] @ h + written[f"b_h{k}"]))
        )

    new_c = gate("i") * (written["W_ic_tilde"] @ x + written["b_ic_tilde"]) + gate("f") * c
    np.testing.assert_allclose(trial.new[0]["c"], new_c, rtol=1e-12)
    np.testing.assert_allclose(trial.new[0]["h"], np.tanh(new_c), rtol=1e-12)
    module = torchrecurrent.RANCell(2, 2).double()
    stacked = {
        "weight_ih": ["W_ic", "W_iinput_gate", "W_iforget_gate"], "weight_hh": ["W_hinput_gate", "W_hforget_gate"],
        "bias_ih": ["b_iinput_gate", "b_iforget_gate"], "bias_hh": ["b_hinput_gate", "b_hforget_gate"],
    }  # fmt: skip
    module.load_state_dict(
        {n: torch.tensor(np.concatenate([code[b] for b in blocks])) for n, blocks in stacked.items()}
    )
    with torch.no_grad():
        new = module(torch.tensor(x)[None],
                     (torch.tensor(h)[None], torch.tensor(c)[None]))  # fmt: skip
    np.testing.assert_allclose(trial.new[1]["h"], new[0][0], rtol=1e-12)
    np.testing.assert_allclose(trial.new[1]["c"], new[1][0], rtol=1e-12)
