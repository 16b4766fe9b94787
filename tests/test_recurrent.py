"""The shared machinery against ``torch.nn``: the same arguments, seeds, numbers, gradients, forms and errors."""

from __future__ import annotations

import copy
import inspect
import io
import itertools
import pickle
import re
import warnings
from typing import NamedTuple

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from replacements import CELLS, LAYERS, RecurrentCell, RecurrentLayer
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pack_sequence, pad_packed_sequence
from torch.testing._internal.common_modules import ModuleErrorEnum, module_db
from torch.utils._pytree import tree_leaves

ALL = LAYERS | CELLS
SAMPLES = {info.name.removeprefix("nn."): info for info in module_db if info.name.removeprefix("nn.") in ALL}
LENGTHS = (2, 5, 1, 5, 4)
both = pytest.mark.parametrize("name", ALL)
layers = pytest.mark.parametrize("name", LAYERS)
cells = pytest.mark.parametrize("name", CELLS)


def pair(name: str, *args, **kwargs) -> tuple[nn.Module, nn.Module]:
    """Our module and torch's, built from the same seed."""
    built = []
    for cls in ALL[name]:
        torch.manual_seed(7)
        built.append(cls(*args, **kwargs))
    return built[0], built[1]


def tensors(value) -> list[Tensor]:
    """Every tensor of an output, the data of a packed sequence among them."""
    if isinstance(value, PackedSequence):
        return [value.data]
    if isinstance(value, Tensor):
        return [value]
    return [t for part in value for t in tensors(part)]


def answer(module: nn.Module, seed: int, x, hx=None) -> tuple[list[Tensor], list[Tensor]]:
    """Outputs, and the gradients of a random linear functional of them with respect to all that goes in."""
    torch.manual_seed(seed)
    outputs = tensors(module(x) if hx is None else module(x, hx))
    generator = torch.Generator().manual_seed(seed)
    loss = sum((y * torch.randn(y.shape, generator=generator, dtype=torch.float64).to(y)).sum() for y in outputs)
    inputs = [*tensors(x), *(tensors(hx) if hx is not None else []), *module.parameters()]
    return outputs, list(torch.autograd.grad(loss, inputs))


def assert_equal(ours: nn.Module, theirs: nn.Module, tolerance: float, x, hx=None) -> None:
    """The same outputs in shape, strides and value, and the same gradients."""
    (got, got_grads), (want, want_grads) = answer(ours, 3, x, hx), answer(theirs, 3, x, hx)
    assert [(t.shape, t.stride(), t.dtype) for t in got] == [(t.shape, t.stride(), t.dtype) for t in want]
    for a, b in zip(got + got_grads, want + want_grads, strict=True):
        torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


def randn(*shape: int, device: str = "cpu", dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64).to(device, dtype).requires_grad_()


def hidden(module: nn.Module, *batch: int, **factory) -> Tensor | tuple[Tensor, ...]:
    """Random initial states of a layer, built as for torch's module."""
    count = module.num_layers * (2 if module.bidirectional else 1)
    h = randn(count, *batch, module.proj_size or module.hidden_size, **factory)
    return (h, randn(count, *batch, module.hidden_size, **factory)) if isinstance(module, nn.LSTM) else h


def message(call) -> tuple[type, str]:
    with pytest.raises(Exception) as caught:  # noqa: PT011  the type and the text are what is compared
        call()
    return caught.type, str(caught.value)


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
        for a, b in zip(tensors(ours(*call.args)), tensors(reference), strict=True):
            torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


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


def identify(value) -> str:
    return value if isinstance(value, str) else ",".join(f"{k}={v}" for k, v in value.items())


@pytest.mark.filterwarnings("ignore:dropout option adds dropout")
@pytest.mark.parametrize(("name", "arguments"), MATRIX, ids=identify)
def test_every_combination_of_arguments(name, arguments, device, dtype, tolerance):
    """Parameters, repr, outputs, final states and gradients, for every form of the input, with and without states."""
    if device != "cpu" and arguments["dropout"]:
        pytest.skip("cuDNN draws dropout from a random stream of its own")
    factory = {"device": device, "dtype": dtype}
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
def test_every_argument_of_the_cells(name, bias, device, dtype, tolerance):
    factory = {"device": device, "dtype": dtype}
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
        "bidirectional=False, device=None, dtype=None, checkpoint=False)"
    )


# ---- shapes ----------------------------------------------------------------------------------------------------------

sizes = st.integers(1, 4)


@layers
@settings(max_examples=25, deadline=None)
@given(
    sizes=st.tuples(st.integers(1, 6), st.integers(0, 4), sizes, sizes, st.integers(1, 2)),
    bidirectional=st.booleans(),
)
def test_any_shape(name, sizes, bidirectional, device, dtype, tolerance):
    steps, batch, input_size, hidden_size, num_layers = sizes
    factory = {"device": device, "dtype": dtype}
    ours, theirs = pair(name, input_size, hidden_size, num_layers, bidirectional=bidirectional, **factory)
    x = randn(steps, batch, input_size, **factory)
    assert_equal(ours, theirs, tolerance, x, hidden(theirs, batch, **factory))


@layers
@settings(max_examples=25, deadline=None)
@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=5), bidirectional=st.booleans(), stateful=st.booleans())
def test_packed_is_each_sequence_alone(name, lengths, bidirectional, stateful, device, dtype, tolerance):
    factory = {"device": device, "dtype": dtype}
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
def test_packed_output_keeps_its_order(name, device, dtype):
    ours, _ = pair(name, 3, 4, device=device, dtype=dtype)
    packed = pack_sequence([torch.zeros(n, 3, device=device, dtype=dtype) for n in LENGTHS], enforce_sorted=False)
    output, _ = ours(packed)
    assert output.batch_sizes is packed.batch_sizes
    assert output.sorted_indices is packed.sorted_indices
    assert output.unsorted_indices is packed.unsorted_indices


@layers
def test_everything_passes_through_scan(name, device, dtype):
    ours, _ = pair(name, 3, 4, 2, bidirectional=True, device=device, dtype=dtype)
    seen = []
    scan = ours.scan
    ours.scan = lambda x, states, p: seen.append((tuple(x.shape), states[0].size(0))) or scan(x, states, p)
    x = torch.zeros(6, 3, 3, device=device, dtype=dtype)
    ours(x)
    ours(pack_padded_sequence(x, torch.tensor([6, 4, 4])))
    ordinary = [((6, 3, 3), 3)] * 2 + [((6, 3, 8), 3)] * 2
    pieces = [[((4, 3, n), 3), ((2, 1, n), 1)] for n in (3, 8)]
    assert seen == ordinary + [s for p in pieces for s in p + p[::-1]]


# ---- cells of other kinds --------------------------------------------------------------------------------------------


class OneWeight(NamedTuple):
    weight_ih: Tensor
    weight_hh: Tensor
    bias: Tensor | None


class ThreeStates:
    """A leaky unit, its running sum and a clock of one feature."""

    states = ("h", "s", "k")
    Parameters = OneWeight
    options = {"gamma": 0.5, "shape": ("sine", "identity")}

    @staticmethod
    def parameter_shapes(input_size, hidden_size, proj_size=0):
        rows = (hidden_size,)
        return {"weight_ih": (*rows, input_size), "weight_hh": (*rows, hidden_size), "bias": rows}

    @staticmethod
    def state_sizes(hidden_size, proj_size=0):
        return (hidden_size, hidden_size, 1)

    def project_input(self, x, p):
        return nn.functional.linear(x, p.weight_ih, p.bias), x.sum(-1, keepdim=True)

    def step(self, a, states, p):
        h, s, k = states
        h = self.gamma * h + a[0] + nn.functional.linear(s, p.weight_hh)
        return (torch.sin(h) if self.shape == "sine" else h, s + h, k + a[1]), ()


class Three(ThreeStates, RecurrentLayer):
    pass


class ThreeCell(ThreeStates, RecurrentCell):
    pass


def test_three_states_and_options(device, dtype, tolerance):
    factory = {"device": device, "dtype": dtype}
    layer = Three(2, 3, 1, 0.25, bias=False, **factory)
    assert repr(layer) == "Three(2, 3, bias=False, gamma=0.25)"
    assert repr(Three(2, 3, 2, shape="identity")) == "Three(2, 3, num_layers=2, shape=identity)"
    assert list(layer.state_dict()) == ["weight_ih_l0", "weight_hh_l0"]
    with pytest.raises(ValueError, match=r"^Unknown shape 'round'. Select from 'sine' or 'identity'.$"):
        Three(2, 3, shape="round")

    cell = ThreeCell(2, 3, False, 0.25, **factory)
    assert repr(cell) == "ThreeCell(2, 3, bias=False, gamma=0.25)"
    assert repr(ThreeCell(2, 3)) == "ThreeCell(2, 3)"
    assert ThreeCell(2, 3).bias.shape == (3,)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    x = randn(5, 4, 2, **factory)
    output, final = layer(x)
    states = None
    for t in range(5):
        states = cell(x[t], states)
        torch.testing.assert_close(output[t], states[0], rtol=0, atol=tolerance)
    assert [s.shape for s in final] == [(1, 4, 3), (1, 4, 3), (1, 4, 1)]
    for a, b in zip(final, states, strict=True):
        torch.testing.assert_close(a[0], b, rtol=0, atol=tolerance)
    torch.testing.assert_close(final[2][0], x.sum((0, 2))[:, None], rtol=tolerance, atol=10 * tolerance)


def test_errors_of_three_states():
    layer, cell, x = Three(2, 3), ThreeCell(2, 3), torch.zeros(5, 4, 2)
    good = [torch.zeros(1, 4, n) for n in (3, 3, 1)]
    for hx, text in {
        (*good, good[0]): "three expects three hidden states",
        (good[0], good[1], good[2][0]): (
            "For batched 3-D input, hx and sx and kx should also be 3-D but got (3-D, 3-D, 2-D) tensors"
        ),
        (good[0], good[1], good[0]): "Expected hidden[2] size (1, 4, 1), got [1, 4, 3]",
    }.items():
        assert message(lambda hx=hx: layer(x, hx)) == (RuntimeError, text)
    assert message(lambda: cell(x[0], good[:2])) == (
        ValueError,
        "ThreeCell: Expected hx[0] to be 1D or 2D, got 3D instead",
    )
    assert message(lambda: cell(x[0], [g[0] for g in good[:2]])) == (
        RuntimeError,
        "three_cell expects three hidden states",
    )
    assert message(lambda: cell(x[0], [good[0][0]] * 3)) == (
        RuntimeError,
        "hidden2 has inconsistent hidden_size: got 3, expected 1",
    )


# ---- errors and warnings ---------------------------------------------------------------------------------------------

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


@layers
@pytest.mark.parametrize("arguments", CONSTRUCTOR_ERRORS, ids=identify)
def test_constructor_errors(name, arguments):
    if name == "LSTM" and arguments == {"proj_size": 2}:
        pytest.skip("an argument of the LSTM")
    if name != "RNN" and "nonlinearity" in arguments:
        pytest.skip("an argument of the RNN")
    ours, theirs = (
        message(lambda cls=cls: cls(**({"input_size": 3, "hidden_size": 4} | arguments))) for cls in ALL[name]
    )
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


# ---- module behaviour ------------------------------------------------------------------------------------------------


@both
def test_state_dict_both_ways(name, device, dtype, tolerance):
    ours, theirs = (cls(3, 4, device=device, dtype=dtype) for cls in ALL[name])
    cells = name in CELLS
    theirs.load_state_dict(ours.state_dict(), strict=True)
    value = randn(*((2, 3) if cells else (5, 2, 3)), device=device, dtype=dtype)
    assert_equal(ours, theirs, tolerance, value)
    theirs.reset_parameters()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    assert_equal(ours, theirs, tolerance, value)


@both
def test_reset_parameters_draws_as_torch(name):
    ours, theirs = pair(name, 3, 4)
    for module in (ours, theirs):
        torch.manual_seed(11)
        module.reset_parameters()
    assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), theirs.parameters(), strict=True))


@both
def test_copies_are_equal_and_independent(name):
    ours, _ = pair(name, 3, 4)
    value = torch.randn(2, 3) if name in CELLS else torch.randn(5, 2, 3)
    buffer = io.BytesIO()
    torch.save(ours, buffer)
    buffer.seek(0)
    want = tensors(ours(value))
    for other in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours)), torch.load(buffer, weights_only=False)):
        assert repr(other) == repr(ours)
        assert all(torch.equal(a, b) for a, b in zip(tensors(other(value)), want, strict=True))
        with torch.no_grad():
            next(other.parameters()).add_(1.0)
        assert all(torch.equal(a, b) for a, b in zip(tensors(ours(value)), want, strict=True))


@both
@pytest.mark.parametrize("low", [torch.bfloat16, torch.float16, torch.float32], ids=str)
def test_lower_precision(name, low, device):
    ours, theirs = pair(name, 3, 4, device=device)
    value = torch.randn(2, 3, device=device) if name in CELLS else torch.randn(5, 2, 3, device=device)
    got, want = tensors(ours.to(low)(value.to(low))), tensors(theirs.to(low)(value.to(low)))
    exact = tensors(theirs.double()(value.to(low).double()))
    for a, b, c in zip(got, want, exact, strict=True):
        assert a.dtype == b.dtype == low
        torch.testing.assert_close(a.double(), c, rtol=0, atol=8 * torch.finfo(low).eps)


@both
def test_autocast(name, device):
    """A layer computes in autocast's dtype, as cuDNN and torch's LSTM on the CPU do; a cell as its operations do."""
    ours, theirs = pair(name, 3, 4, device=device)
    value = torch.randn(2, 3, device=device) if name in CELLS else torch.randn(5, 2, 3, device=device)
    exact = tensors(theirs(value))
    for argument in (value, value.bfloat16()):
        with torch.autocast(torch.device(device).type, dtype=torch.bfloat16):
            got, want = tensors(ours(argument)), tensors(theirs(argument))
        for a, b, c in zip(got, want, exact, strict=True):
            assert a.dtype == (torch.bfloat16 if name in LAYERS else b.dtype)
            torch.testing.assert_close(a.float(), c, rtol=0, atol=3e-2)
    sum(t.float().sum() for t in got).backward()
    assert all(p.grad.dtype == torch.float32 for p in ours.parameters())
    if name in LAYERS:
        with torch.autocast(torch.device(device).type, dtype=torch.bfloat16):
            packed = pack_padded_sequence(value, torch.tensor([5, 3]))
            assert [t.dtype for t in tensors(ours(packed))] == [torch.bfloat16] * len(got)


@both
def test_meta_device(name):
    ours, theirs = pair(name, 3, 4, device="meta")
    value = torch.empty(2, 3, device="meta") if name in CELLS else torch.empty(5, 2, 3, device="meta")
    shapes = [[(t.shape, t.device.type) for t in tensors(m(value))] for m in (ours, theirs)]
    assert shapes[0] == shapes[1]
    real = ours.to_empty(device="cpu")
    torch.manual_seed(7)
    real.reset_parameters()
    assert torch.equal(next(real.parameters()), next(pair(name, 3, 4)[1].parameters()))


@both
def test_not_a_subclass_of_torch_recurrent_modules(name):
    assert not issubclass(ALL[name][0], nn.RNNBase | nn.RNNCellBase)


def test_a_subclass_with_its_own_constructor():
    class Encoder(LAYERS["LSTM"][0]):
        def __init__(self, vocabulary):
            super().__init__(8, 4, num_layers=2)
            self.embedding = nn.Embedding(vocabulary, 8)

        def forward(self, tokens):
            return super().forward(self.embedding(tokens))

    assert str(inspect.signature(Encoder)) == "(vocabulary)"
    assert Encoder(10)(torch.zeros(5, 2, dtype=torch.long))[0].shape == (5, 2, 4)
    assert len(tree_leaves(Encoder(10).state_dict())) == 9
