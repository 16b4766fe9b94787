"""What the shared machinery refuses, and in which words: those of ``torch.nn``."""

from __future__ import annotations

import warnings

import pytest
import torch
from replacements import ALL, LAYERS, both, cells, identify, layers, message, pair
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

CONSTRUCTOR_ERRORS = [
    {"dropout": -0.1},
    {"dropout": 1.5},
    {"dropout": True},
    {"dropout": "a"},
    {"dropout": "0.5"},
    {"num_layers": -1},
    {"num_layers": 1.5},
    {"hidden_size": -3},
    {"hidden_size": "4"},
    {"proj_size": 2},
    {"proj_size": 4},
    {"proj_size": -1},
    {"nonlinearity": "gelu"},
]


def refused(name: str, arguments: dict) -> bool:
    """Whether the layer's constructor refuses the arguments: the LSTM takes proj_size."""
    return name != "LSTM" or arguments != {"proj_size": 2}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [(name, arguments) for name in LAYERS for arguments in CONSTRUCTOR_ERRORS if refused(name, arguments)],
    ids=identify,
)
def test_constructor_errors(name, arguments):
    ours, theirs = (
        message(lambda cls=cls: cls(**({"input_size": 3, "hidden_size": 4} | arguments))) for cls in ALL[name]
    )
    if name != "RNN" and "nonlinearity" in arguments:  # an argument of the RNN alone; torch names its base class
        assert ours[0] is theirs[0] is TypeError
        assert ours[1] == f"{name}.__init__() got an unexpected keyword argument 'nonlinearity'"
    else:
        assert ours == theirs


@both
def test_missing_and_unknown_arguments(name):
    cls, reference = ALL[name]
    many = (3, 4, 1, "tanh") if name == "RNN" else (3, 4)
    for args, kwargs in (((), {}), ((3,), {}), ((3, 4), {"depth": 2}), ((*many, *[True] * 12), {})):
        assert (
            message(lambda a=args, k=kwargs: cls(*a, **k))[0] is message(lambda a=args, k=kwargs: reference(*a, **k))[0]
        )
    with pytest.raises(TypeError, match=rf"^{cls.__name__}\.__init__\(\) missing a required argument: 'hidden_size'$"):
        cls(3)


x, h = torch.zeros(5, 2, 3), torch.zeros(1, 2, 4)
packed = pack_padded_sequence(x, torch.tensor([5, 3]))
FORWARD_ERRORS = {
    "no steps": (x[:0], None),
    "no steps, unbatched": (x[:0, 0], None),
    "no steps, no sequences": (x[:0, :0], None),
    "1-D": (x[0, 0], None),
    "4-D": (x[None], None),
    "features": (x[..., :2], None),
    "double": (x.double(), None),
    "integer": (x.long(), None),
    "2-D state": (x, h[0]),
    "3-D state, unbatched": (x[:, 0], h),
    "state of another batch": (x, h[:, :1]),
    "state of another size": (x, h[..., :3]),
    "state of another depth": (x, h.expand(2, 2, 4)),
    "state of another size, unbatched": (x[:, 0], h[:, 0, :3]),
    "features before states": (x[..., :2], h[..., :3]),
    "dimensions before features": (x[..., :2], h[0]),
    "states before steps": (x[:0], h[..., :3]),
}


@layers
@pytest.mark.parametrize("case", FORWARD_ERRORS)
def test_forward_errors(name, case):
    value, state = FORWARD_ERRORS[case]
    hx = (state, state) if name == "LSTM" and state is not None else state
    ours, theirs = (message(lambda m=m: m(value, hx)) for m in pair(name, 3, 4))
    assert ours == (theirs[0], theirs[1].replace("D tensor instead", "D instead"))


@layers
@pytest.mark.parametrize("place", ["input", "states", "parameters"])
def test_tensors_on_other_devices(name, place):
    """The commonest mistake with a GPU, here with the meta device."""

    def run(module):
        state = h.to("meta") if place == "states" else h
        hx = (state, state) if name == "LSTM" else state
        moved = module.to("meta") if place == "parameters" else module
        return moved(x.to("meta") if place == "input" else x, None if place == "input" else hx)

    ours, theirs = (message(lambda m=m: run(m)) for m in pair(name, 3, 4))
    assert ours == theirs
    assert ours[1].startswith("Input and ")


def test_errors_of_tuples():
    """A tuple of another length than the states, and a tensor in its place, or the reverse."""
    for hx in ((h,), (h, h, h), h, (h, h[..., :3]), (h[..., :3], h)):
        ours, theirs = (message(lambda m=m, hx=hx: m(x, hx)) for m in pair("LSTM", 3, 4))
        assert ours == theirs
    for hx in ((h[0],), (h[0],) * 3, h[0, 0], (h[0], h[0, :, :3]), (h[0, :1], h[0])):
        ours, theirs = (message(lambda m=m, hx=hx: m(x[0], hx)) for m in pair("LSTMCell", 3, 4))
        assert ours == theirs
    for name in ("GRU", "RNN"):
        ours, theirs = (message(lambda m=m: m(x, (h,))) for m in pair(name, 3, 4))
        assert ours == theirs


@layers
def test_packed_errors(name):
    """In the documented words, which torch has for the GRU and the RNN alone."""
    ours, theirs = pair(name, 3, 4)
    wide = pack_padded_sequence(torch.zeros(5, 2, 7), torch.tensor([5, 3]))
    assert message(lambda: ours(wide)) == (
        RuntimeError,
        "input.size(-1) must be equal to input_size. Expected 3, got 7",
    )
    double = PackedSequence(packed.data.double(), packed.batch_sizes)
    assert message(lambda: ours(double)) == message(lambda: ours(x.double()))
    deep = PackedSequence(packed.data[None], packed.batch_sizes)
    assert message(lambda: ours(deep)) == (RuntimeError, "input must have 2 dimensions, got 3")
    for state in (h[:, :1], h[..., :3], h.expand(2, 2, 4), h.expand(3, 1, 2, 4)):
        hx = (state, state) if name == "LSTM" else state
        which = "hidden[0]" if name == "LSTM" else "hidden"
        expected = (RuntimeError, f"Expected {which} size (1, 2, 4), got {list(state.shape)}")
        assert message(lambda hx=hx: ours(packed, hx)) == expected
        if name != "LSTM":
            assert message(lambda hx=hx: theirs(packed, hx)) == expected


@cells
def test_cell_errors(name):
    x, h = torch.zeros(2, 3), torch.zeros(2, 4)
    for value, state in (
        (x[0, 0], None),
        (x[None], None),
        (x[:, :2], None),
        (x[:, :2], h),
        (x, h[:1]),
        (x, h[:, :3]),
        (x, h[0]),
        (x[0], h),
        (x[0], h[0, :3]),
        (x, h[None]),
        (x.double(), None),
    ):
        hx = (state, state) if name == "LSTMCell" and state is not None else state
        ours, theirs = (message(lambda m=m, v=value, hx=hx: m(v, hx)) for m in pair(name, 3, 4))
        assert ours == theirs


@layers
def test_warning_on_dropout_with_one_layer(name):
    texts = []
    for cls in ALL[name]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            cls(3, 4, dropout=0.5)
            cls(3, 4, 2, dropout=0.5)
            cls(3, 4, dropout=0.0)
        texts.append([(w.category, str(w.message)) for w in caught])
        if cls is ALL[name][0]:
            assert [w.filename for w in caught] == [__file__]
    assert texts[0] == texts[1]
    assert len(texts[0]) == 1
