"""The shared machinery against ``torch.nn``: the same arguments, seeds, numbers, gradients and forms of input."""

from __future__ import annotations

import inspect
import itertools
import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from replacements import (
    ALL,
    LAYERS,
    assert_close,
    assert_equal,
    both,
    cells,
    hidden,
    identify,
    layers,
    message,
    pair,
    randn,
    tensors,
)
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence, pad_packed_sequence
from torch.testing._internal.common_modules import ModuleErrorEnum, module_db

SAMPLES = {info.name.removeprefix("nn."): info for info in module_db if info.name.removeprefix("nn.") in ALL}
LENGTHS = (2, 5, 1, 5, 4)


# ---- torch's own samples ---------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("training", [False, True])
def test_torch_samples(name, training, device, dtype, tolerance):
    info = SAMPLES[name]
    samples = info.module_inputs_func(info, device=device, dtype=dtype, requires_grad=True, training=training)
    assert len(samples) == {"LSTM": 32, "GRU": 16, "RNN": 32, "LSTMCell": 2, "GRUCell": 2, "RNNCell": 3}[name]
    for sample in samples:
        made, call = sample.constructor_input, sample.forward_input
        ours, theirs = pair(name, *made.args, **made.kwargs, device=device, dtype=dtype)
        if device == "cpu":  # cuDNN has no backward pass in evaluation mode
            ours.train(training), theirs.train(training)
        assert_equal(ours, theirs, tolerance, *call.args, **call.kwargs)
        reference = sample.reference_fn(ours, *call.args, **call.kwargs)
        assert_close(tensors(ours(*call.args)), tensors(reference), tolerance)


@both
def test_torch_error_samples(name, device, dtype):
    info = SAMPLES[name]
    samples = info.module_error_inputs_func(info, device=device, dtype=dtype, requires_grad=False, training=False)
    assert len(samples) == {"LSTM": 14, "GRU": 14, "RNN": 14, "LSTMCell": 4, "GRUCell": 6, "RNNCell": 6}[name]
    for sample in samples:
        made, call = sample.module_error_input.constructor_input, sample.module_error_input.forward_input

        def build(cls, made=made):
            return cls(*made.args, **made.kwargs)

        def run(cls, made=made, call=call):
            return cls(*made.args, **made.kwargs).to(device, dtype)(*call.args, **call.kwargs)

        fail = build if sample.error_on == ModuleErrorEnum.CONSTRUCTION_ERROR else run
        ours, theirs = (message(lambda cls=cls, fail=fail: fail(cls)) for cls in ALL[name])
        assert ours == theirs
        assert ours[0] is sample.error_type
        assert re.search(sample.error_regex, ours[1])


# ---- the constructor's arguments, all combinations -------------------------------------------------------------------

COMMON = {
    "num_layers": (1, 3),
    "bias": (True, False),
    "batch_first": (False, True),
    "dropout": (0.0, 0.4),
    "bidirectional": (False, True),
}
EXTRA = {"LSTM": {"proj_size": (0, 2)}, "GRU": {}, "RNN": {"nonlinearity": ("tanh", "relu")}}
MATRIX = [
    (name, dict(zip(axes, values, strict=True)))
    for name in LAYERS
    for axes in [COMMON | EXTRA[name]]
    for values in itertools.product(*axes.values())
]


@pytest.mark.filterwarnings("ignore:dropout option adds dropout")
@pytest.mark.parametrize(("name", "arguments"), MATRIX, ids=identify)
def test_every_combination_of_arguments(name, arguments, factory, tolerance):
    """Parameters, repr, outputs, final states and gradients, for every form of the input, with and without states."""
    if factory["device"] != "cpu" and arguments["dropout"]:
        pytest.skip("cuDNN draws dropout from a random stream of its own")
    ours, theirs = pair(name, 3, 4, **arguments, **factory)
    assert repr(ours) == repr(theirs).replace(")", ", nonlinearity=relu)" * ("relu" in arguments.values()) or ")")
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), theirs.parameters(), strict=True))
    assert [[id(w) for w in ws] for ws in ours.all_weights] == [
        [id(dict(ours.named_parameters())[n]) for n in names] for names in theirs._all_weights
    ]
    ours.flatten_parameters()

    torch.manual_seed(0)
    batch = (len(LENGTHS), 5) if arguments["batch_first"] else (5, len(LENGTHS))
    padded = randn(5, len(LENGTHS), 3, **factory).detach()
    for order, enforce_sorted in ((LENGTHS, False), (sorted(LENGTHS, reverse=True), True)):
        packed = pack_padded_sequence(padded, torch.tensor(order), enforce_sorted=enforce_sorted)
        packed.data.requires_grad_()
        for hx in (None, hidden(theirs, len(LENGTHS), **factory)):
            assert_equal(ours, theirs, tolerance, packed, hx)
    for hx in (None, hidden(theirs, len(LENGTHS), **factory)):
        assert_equal(ours, theirs, tolerance, randn(*batch, 3, **factory), hx)
    for hx in (None, hidden(theirs, **factory)):
        assert_equal(ours, theirs, tolerance, randn(5, 3, **factory), hx)
    if arguments["dropout"]:
        ours.eval(), theirs.eval()
        assert_equal(ours, theirs, tolerance, randn(*batch, 3, **factory))


@cells
@pytest.mark.parametrize("bias", [True, False])
def test_every_argument_of_the_cells(name, bias, factory, tolerance):
    for option in ({"nonlinearity": "tanh"}, {"nonlinearity": "relu"}) if name == "RNNCell" else ({},):
        ours, theirs = pair(name, 3, 4, bias, **option, **factory)
        assert repr(ours) == repr(theirs)
        assert [n for n, p in ours._parameters.items() if p is None] == ([] if bias else ["bias_ih", "bias_hh"])
        assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), theirs.parameters(), strict=True))
        for batch in ((2,), (), (0,)):
            hx = (randn(*batch, 4, **factory), randn(*batch, 4, **factory)) if name == "LSTMCell" else None
            h = hx if hx is not None else randn(*batch, 4, **factory)
            for state in (None, h):
                assert_equal(ours, theirs, tolerance, randn(*batch, 3, **factory), state)


def test_positional_arguments_stand_as_in_torch():
    for name, args in {
        "LSTM": (3, 4, 2, False, True, 0.5, True, 2, "cpu", torch.float64),
        "GRU": (3, 4, 2, False, True, 0.5, True),
        "RNN": (3, 4, 2, "relu", False, True, 0.5, True),
        "RNNCell": (3, 4, False, "relu", "cpu", torch.float64),
        "LSTMCell": (3, 4, False, "cpu", torch.float64),
    }.items():
        ours, theirs = pair(name, *args)
        for key in ("num_layers", "bias", "batch_first", "dropout", "bidirectional", "proj_size", "nonlinearity"):
            assert getattr(ours, key, None) == getattr(theirs, key, None) or (key == "proj_size" and "Cell" in name)
        assert next(ours.parameters()).dtype == next(theirs.parameters()).dtype
    assert str(inspect.signature(LAYERS["RNN"][0])) == (
        "(input_size, hidden_size, num_layers=1, nonlinearity='tanh', bias=True, batch_first=False, dropout=0.0, "
        "bidirectional=False, device=None, dtype=None, checkpoint=False, learn_initial_state=False, parallel=False)"
    )


# ---- shapes ----------------------------------------------------------------------------------------------------------

sizes = st.integers(1, 4)


@st.composite
def layer_and_input(draw, name: str):
    """Any arguments of the constructor, and a form of input with its sizes."""
    input_size, hidden_size = draw(sizes), draw(sizes)
    arguments = {"input_size": input_size, "hidden_size": hidden_size, "num_layers": draw(st.integers(1, 2))}
    arguments |= {key: draw(st.booleans()) for key in ("bias", "batch_first", "bidirectional")}
    arguments["dropout"] = draw(st.sampled_from((0.0, 0.5, 1.0)))
    if name == "LSTM":
        arguments["proj_size"] = draw(st.integers(0, hidden_size - 1))
    if name == "RNN":
        arguments["nonlinearity"] = draw(st.sampled_from(("tanh", "relu")))
    form = draw(st.sampled_from(("padded", "unbatched", "packed")))
    if form == "packed":
        return arguments, form, draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    return arguments, form, (draw(st.integers(1, 6)), draw(st.integers(0, 4)))


@layers
@settings(max_examples=60)
@given(data=st.data())
@pytest.mark.filterwarnings("ignore:dropout option adds dropout")
def test_any_arguments_and_any_shape(name, data, factory, tolerance):
    arguments, form, given_sizes = data.draw(layer_and_input(name))
    if factory["device"] != "cpu":
        arguments["dropout"] = 0.0  # cuDNN draws it from a random stream of its own
    ours, theirs = pair(name, **arguments, **factory)
    features = arguments["input_size"]
    if form == "packed":
        sequences = [randn(length, features, **factory).detach() for length in given_sizes]
        x, batch = pack_sequence(sequences, enforce_sorted=False), (len(given_sizes),)
        x.data.requires_grad_()
    elif form == "unbatched":
        x, batch = randn(given_sizes[0], features, **factory), ()
    else:
        batch = given_sizes[1:]
        x = randn(*(given_sizes[::-1] if arguments["batch_first"] else given_sizes), features, **factory)
    assert_equal(ours, theirs, tolerance, x, hidden(theirs, *batch, **factory) if data.draw(st.booleans()) else None)


@layers
@settings(max_examples=25)
@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=5), bidirectional=st.booleans(), stateful=st.booleans())
def test_packed_is_each_sequence_alone(name, lengths, bidirectional, stateful, factory, tolerance):
    ours, theirs = pair(name, 3, 2, 2, bidirectional=bidirectional, **factory)
    sequences = [randn(length, 3, **factory) for length in lengths]
    hx = hidden(theirs, len(lengths), **factory) if stateful else None
    output, final = ours(pack_sequence(sequences, enforce_sorted=False), hx)
    padded, found = pad_packed_sequence(output)
    assert found.tolist() == lengths
    for b, sequence in enumerate(sequences):
        alone = None if hx is None else tuple(h[:, b] for h in hx) if isinstance(hx, tuple) else hx[:, b]
        y, last = ours(sequence, alone)
        torch.testing.assert_close(padded[: lengths[b], b], y, rtol=0, atol=tolerance)
        for whole, part in zip(tensors([final]), tensors([last]), strict=True):
            torch.testing.assert_close(whole[:, b], part, rtol=0, atol=tolerance)


@layers
def test_packed_output_keeps_its_order(name, factory):
    ours, _ = pair(name, 3, 4, **factory)
    packed = pack_sequence([torch.zeros(n, 3, **factory) for n in LENGTHS], enforce_sorted=False)
    output, _ = ours(packed)
    assert output.batch_sizes is packed.batch_sizes
    assert output.sorted_indices is packed.sorted_indices
    assert output.unsorted_indices is packed.unsorted_indices


@layers
def test_everything_passes_through_scan(name, factory):
    ours, _ = pair(name, 3, 4, 2, bidirectional=True, **factory)
    seen = []
    scan = ours.scan
    ours.scan = lambda x, states, p: seen.append((tuple(x.shape), states[0].size(0))) or scan(x, states, p)
    x = torch.zeros(6, 3, 3, **factory)
    ours(x)
    ours(pack_padded_sequence(x, torch.tensor([6, 4, 4])))
    ordinary = [((6, 3, 3), 3)] * 2 + [((6, 3, 8), 3)] * 2
    pieces = [[((4, 3, n), 3), ((2, 1, n), 1)] for n in (3, 8)]
    assert seen == ordinary + [s for p in pieces for s in p + p[::-1]]
