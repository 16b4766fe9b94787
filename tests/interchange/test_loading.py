"""Modules of torch.nn as layers that compute the same, and what is none that people have."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest
import torch
from torch import nn

import derive
from derive.convert import load, names
from derive.errors import DeriveError

T, B, N, H = 6, 2, 3, 4  # steps, sequences, features, units


@pytest.mark.parametrize(
    "made",
    [
        nn.LSTM(N, H, num_layers=2, bidirectional=True, proj_size=2, bias=False, batch_first=True),
        nn.GRU(N, H, num_layers=2, dropout=0.5, dtype=torch.float64).eval(),
        nn.RNN(N, H, nonlinearity="relu", bidirectional=True),
        nn.LSTMCell(N, H),
        nn.GRUCell(N, H, bias=False),
        nn.RNNCell(N, H, nonlinearity="relu"),
        derive.build(derive.catalogue["layer_norm_lstm"]).Layer(N, H, epsilon=0.25),
        derive.build(derive.rnn).Layer(N, H, nonlinearity="relu"),
    ],
    ids=lambda made: type(made).__name__,
)
def test_modules_of_torch(made):
    found = load(made)
    x = torch.randn(*((B, N) if found.single else (T, B, N)), dtype=next(made.parameters()).dtype)
    ours, theirs = found.layer().eval()(x), made(x)
    for a, b in zip(*(out if isinstance(out, tuple) else (out,) for out in (ours, theirs)), strict=True):
        torch.testing.assert_close(a, b)


def test_the_cell_of_a_layer_is_known_by_its_name():
    """The tensors of gru and nig_lstm have the same names and shapes."""
    cell, weights = load(derive.build(derive.catalogue["nig_lstm"]).Layer(N, H))
    assert cell.name == "nig_lstm"
    assert {"p_f_l0", "weight_hh_l0"} <= set(weights)
    import generated

    assert load(generated.NoInputGateLSTM(N, H)).cell is derive.catalogue["nig_lstm"]
    tagger = nn.ModuleDict({"below": nn.GRU(N, H), "above": generated.LSTM(H, H), "head": nn.Linear(H, 1)})
    assert names(tagger) == ("below", "above")


@pytest.mark.parametrize(("name", "sizes"), [("lru", {"state": 2}), ("delta_net", {"heads": 2, "key": 2, "value": 3})])
def test_a_layer_with_sizes_of_its_cell_is_the_same_layer_again(name, sizes):
    layer, x = derive.build(name).Layer(3, 4, **sizes), torch.randn(5, 2, 3)
    assert torch.equal(load(layer).layer()(x)[0], layer(x)[0])


def test_a_parametrised_weight_is_what_it_computes():
    made = nn.utils.parametrizations.weight_norm(nn.GRU(N, H), "weight_hh_l0")
    x = torch.randn(T, B, N)
    torch.testing.assert_close(load(made).layer()(x)[0], made(x)[0])


def test_a_subclass_with_another_computation_is_refused():
    layer = derive.build(derive.gru).Layer
    for name in ("step", "_initial_states", "prepare"):
        mine = type("Mine", (layer,), {name: lambda self, *given, name=name: getattr(layer, name)(self, *given)})
        with pytest.raises(DeriveError, match=f"Mine has a method {name} of its own, which no cell describes"):
            load(mine(N, H))


def doubled(module, given):
    return (2 * given[0],)


@pytest.mark.parametrize(
    ("hooked", "called"),
    [
        (lambda m: m.register_forward_pre_hook(doubled), "doubled"),
        (lambda m: m.register_forward_hook(lambda module, given, out: (2 * out[0], out[1])), "<lambda>"),
        (lambda m: nn.utils.weight_norm(m, "weight_hh_l0"), "WeightNorm"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated")
@pytest.mark.parametrize("made", [nn.GRU, derive.build(derive.gru).Layer])
def test_a_hook_that_may_change_what_a_module_computes_is_refused(made, hooked, called):
    module = made(N, H)
    hooked(module)
    with pytest.raises(DeriveError, match=f"has a forward hook, {called}, which no cell describes: remove it first"):
        load(module)


# ---------------------------------------------------------------------- what is none of these


def test_what_was_given_is_named(tmp_path):
    cases = {
        "5 is no layer, model or path": 5,
        "None is no layer": None,
        "dict is no layer, .* a dictionary of W, R and B goes to from_onnx with the kind": {"W": np.zeros(3)},
        "list is no layer, .* a list of arrays goes to from_keras": [np.zeros(3)],
        "Linear.* has no LSTM, GRU or RNN": nn.Linear(2, 2),
        "cannot read .*nothing.onnx: No such file": tmp_path / "nothing.onnx",
    }
    for message, thing in cases.items():
        with pytest.raises(DeriveError, match=message):
            load(thing)
    (tmp_path / "text.onnx").write_text("no protobuf\n")
    with pytest.raises(DeriveError, match=r"text\.onnx is no ONNX file that can be read"):
        load(tmp_path / "text.onnx")
    torch.save(nn.GRU(N, H).state_dict(), tmp_path / "model.pt")
    with pytest.raises(DeriveError, match=r"is a zip archive without config\.json, .* of torch\.save, give the module"):
        load(tmp_path / "model.pt")
    with zipfile.ZipFile(tmp_path / "broken.keras", "w") as archive:
        archive.writestr("config.json", json.dumps([]))
    with pytest.raises(DeriveError, match=r"broken\.keras is no \.keras file that can be read"):
        load(tmp_path / "broken.keras")
    several = nn.ModuleDict({"below": nn.GRU(N, H), "above": nn.GRU(H, H)})
    with pytest.raises(DeriveError, match="ModuleDict has 2 recurrent layers, below, above; name one of them"):
        load(several)
    with pytest.raises(DeriveError, match="unknown recurrent layer 'abov'; did you mean 'above'"):
        load(several, "abov")
