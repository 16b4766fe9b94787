"""Layers as ONNX files: ONNX Runtime gives what the layer gives, at several lengths and batches of one file."""

from __future__ import annotations

import onnx
import pytest
import torch
from sympy import Eq, symbols
from torch import nn

import derive
from derive.backends.onnx.backend import session
from derive.convert import load, names, to_onnx
from derive.definition.inputs import Input
from derive.errors import DeriveError

LENGTHS = ((1, 1), (5, 2), (9, 3))
NATIVE = {"LSTM", "GRU", "RNN"}


def layer_of(name: str, **arguments) -> nn.Module:
    torch.manual_seed(3)
    cell = derive.catalogue[name] if isinstance(name, str) else name
    return derive.build(cell).Layer(3, 4, **arguments)


def operators(path) -> set[str]:
    return {node.op_type for node in onnx.load(path).graph.node} & {*NATIVE, "Scan"}


def assert_same(path, layer, *, states=False, batch_first=False, tolerance=1e-6):
    """The file is a whole model, and its outputs are the layer's."""
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    ready, dtype = session(model), next(layer.parameters()).dtype
    for steps, batch in LENGTHS:
        x = torch.randn(*((batch, steps) if batch_first else (steps, batch)), 3, dtype=dtype)
        features = layer._features() if hasattr(layer, "further") else {}
        further = {k: torch.rand(*x.shape[:2], n, dtype=dtype) for k, n in features.items()}
        given, hx = {"input": x.numpy(), **{k: m.numpy() for k, m in further.items()}}, None
        if states:
            shapes = {i.name: [d.dim_value or batch for d in i.type.tensor_type.shape.dim] for i in model.graph.input}
            drawn = {k: torch.randn(shape, dtype=dtype) for k, shape in shapes.items() if k not in given}
            given |= {k: s.numpy() for k, s in drawn.items()}
            hx = tuple(drawn.values()) if len(drawn) > 1 else next(iter(drawn.values()))
        output, final = layer(x, *further.values(), hx)
        finals = final if isinstance(final, tuple) else (final,)
        for ours, theirs in zip(ready.run(None, given), (output, *finals), strict=True):
            torch.testing.assert_close(torch.from_numpy(ours), theirs.detach(), rtol=tolerance, atol=tolerance)


CASES = {  # what it is run by, the layer
    "lstm": ("LSTM", {}),
    "cifg_lstm": ("LSTM", {"bias": False}),
    "noaf_lstm": ("LSTM", {}),
    "gru_reset_before": ("GRU", {}),
    "relu_rnn": ("RNN", {}),
    "slstm": ("Scan", {}),
    "layer_norm_lstm": ("Scan", {"dtype": torch.float64}),  # in float32 a norm over four units magnifies rounding
    "antisymmetric_rnn": ("Scan", {"bias": False}),
    "projected_lstm": ("Scan", {"proj_size": 2}),
    "jordan_rnn": ("Scan", {}),
    "mlstm": ("Scan", {"heads": 2, "key": 3, "value": 2}),
    "slstm_heads": ("Scan", {"heads": 2}),
    "lmu": ("Scan", {"memory": 3}),
    "lru": ("Scan", {"state": 3}),
    "context_gru": ("Scan", {"context_size": 2}),
    "phased_lstm": ("Scan", {}),
}


@pytest.mark.parametrize("name", CASES)
def test_layers_and_directions(name, tmp_path):
    operator, arguments = CASES[name]
    layer = layer_of(name, num_layers=2, bidirectional=True, batch_first=True, **arguments)
    path = to_onnx(layer, tmp_path / "model.onnx")
    assert operators(path) == {operator}
    assert_same(path, layer, batch_first=True)
    assert [p.name for p in tmp_path.iterdir()] == ["model.onnx"]


@pytest.mark.parametrize("name", ["lstm", "slstm", "gru", "ttt_linear"])
def test_initial_states_are_inputs_where_they_are_asked_for(name, tmp_path):
    """A matrix has its axes; in float64 where a norm over few units magnifies rounding."""
    sizes = {"heads": 2, "value": 3, "dtype": torch.float64} if name == "ttt_linear" else {}
    layer = layer_of(name, num_layers=2, bidirectional=True, **sizes)
    assert_same(to_onnx(layer, str(tmp_path / "model.onnx"), states=True), layer, states=True)


@pytest.mark.parametrize("name", ["gru", "peephole_lstm", "lem"])
def test_learned_initial_states_and_those_of_a_definition(name, tmp_path):
    layer = layer_of(name, num_layers=2, bidirectional=True, learn_initial_state=("h",))
    for first in layer._first_values():
        nn.init.normal_(getattr(layer, first))
    assert_same(to_onnx(layer, tmp_path / "model.onnx"), layer)
    with pytest.raises(DeriveError, match="has initial states of its own; leave states out"):
        to_onnx(layer, tmp_path / "model.onnx", states=True)
    layer = layer_of(derive.catalogue[name].with_initial(h=0.5))
    assert_same(to_onnx(layer, tmp_path / "model.onnx"), layer)


def test_in_float64_and_with_a_projection_it_is_a_scan(tmp_path):
    """ONNX Runtime has no LSTM, GRU and RNN in float64, and ONNX no projection."""
    for layer, tolerance in (
        (layer_of("lstm", proj_size=2, bidirectional=True), 1e-6),
        (layer_of("lstm", num_layers=2, dtype=torch.float64), 1e-13),
        (layer_of("gru", bidirectional=True, dtype=torch.float64), 1e-13),
    ):
        path = to_onnx(layer, tmp_path / "model.onnx")
        assert operators(path) == {"Scan"}
        assert_same(path, layer, tolerance=tolerance)


@pytest.mark.parametrize(
    ("activations", "operator"),
    [
        ({"sigmoid": "hard_sigmoid_onnx(alpha=0.3, beta=0.4)", "g": "softsign", "h": "elu(alpha=0.7)"}, "LSTM"),
        ({"g": "scaled_tanh(alpha=0.8, beta=1.2)", "h": "identity"}, "LSTM"),
        ({"i": "tanh"}, "Scan"),  # the gates have one activation in ONNX
        ({"h": "gelu"}, "Scan"),
        ({"g": lambda z: z / (1 + z**2), "h": "softplus"}, "Scan"),
    ],
)
def test_other_activations(activations, operator, tmp_path):
    layer = layer_of(derive.lstm.with_activations(**activations))
    path = to_onnx(layer, tmp_path / "model.onnx")
    assert operators(path) == {operator}
    assert_same(path, layer)


@pytest.mark.parametrize("name", ["softplus", "elu", "softsign", "leaky_relu"])
def test_activations_of_large_arguments_are_finite(name, tmp_path):
    layer = layer_of(derive.rnn.with_activations(tanh=name))
    ready = session(onnx.load(to_onnx(layer, tmp_path / "model.onnx")))
    x = torch.tensor([-4e3, -50.0, 50.0, 4e3]).repeat(3, 1).T[None]  # (1, 4, 3)
    expected = layer(x)[0].detach()
    assert expected.isfinite().all()
    torch.testing.assert_close(torch.from_numpy(ready.run(None, {"input": x.numpy()})[0]), expected)


def test_modules_of_torch_and_what_was_loaded(tmp_path):
    module = nn.GRU(3, 4, num_layers=2, dropout=0.5).eval()
    path = to_onnx(module, tmp_path / "gru.onnx")
    assert operators(path) == {"GRU"}
    assert_same(path, module)

    peepholes = layer_of("peephole_lstm", bidirectional=True)
    again = load(to_onnx(load(peepholes), tmp_path / "again.onnx"))
    assert again.cell is derive.catalogue["peephole_lstm"]
    for name, tensor in peepholes.state_dict().items():
        assert (again.weights[name] == tensor.numpy()).all()
    assert len(names(path)) == 2  # a node for each layer

    clipped = load(path, names(path)[0])
    assert_same(to_onnx(clipped, tmp_path / "first.onnx"), clipped.layer())


def test_constants_are_those_of_the_layer(tmp_path):
    layer = layer_of("layer_norm_lstm", epsilon=0.25)
    assert_same(to_onnx(layer, tmp_path / "model.onnx"), layer)


def test_the_kind_does_not_hide_the_cell(tmp_path):
    """Peepholes in a state_dict are refused where the kind is lstm; of the layer they go out."""
    layer = layer_of("peephole_lstm")
    with pytest.raises(DeriveError, match="p_i_l0, p_f_l0, p_o_l0: ONNX has no place for it in kind 'lstm'"):
        to_onnx("lstm", layer.state_dict())
    assert_same(to_onnx(layer, tmp_path / "model.onnx"), layer)
    other = layer_of("nig_lstm")  # its tensors have the names and shapes of a gru's, and peepholes beside them
    path = to_onnx(other, tmp_path / "other.onnx")
    assert operators(path) == {"Scan"}
    assert_same(path, other)


def test_a_further_input_is_called_as_nothing_of_the_file_is(tmp_path):
    def reading(name):
        h, x, own = symbols(f"h x {name}")
        equation = Eq(h, derive.tanh(derive.linear(x, h)) * own)
        cell = derive.Cell.from_equations("two", [equation], states=["h"], further=(Input(own, "hidden_size"),))
        return layer_of(cell)

    for name in ("shape_1", "Shape_1", "T"):
        layer = reading(name)
        assert_same(to_onnx(layer, tmp_path / "two.onnx"), layer)
    for name in ("output", "h_0", "h_n"):
        with pytest.raises(DeriveError, match=rf"^two: {name} is a name of the file's own; call that input otherwise"):
            to_onnx(reading(name), tmp_path / "refused.onnx")


def test_what_cannot_be_written_is_refused_and_nothing_is_left(tmp_path):
    path = tmp_path / "model.onnx"
    cases = {
        r"GRUCell is one time step, and a file is of a sequence": nn.GRUCell(3, 4),
        r"the weights are float16; ONNX Runtime takes float32 or float64": nn.GRU(3, 4).half(),
        r"weight_ih_l0 is bfloat16, which .*; give layer\.float\(\)": nn.LSTM(3, 4, dtype=torch.bfloat16),
        r"bfloat16, which .*; give layer\.float\(\)": layer_of("lstm", dtype=torch.bfloat16),
        r"erf in .* is not there in ONNX Runtime's float64": layer_of(
            derive.rnn.with_activations(tanh="gelu"), dtype=torch.float64
        ),
        r"Sequential is more than a layer, .* such as load\(model, '0'\)": nn.Sequential(nn.GRU(3, 4), nn.Flatten()),
        "Linear has no LSTM, GRU or RNN": nn.Linear(3, 4),
        "dict is no layer, model or path of a file": {},
    }
    for message, layer in cases.items():
        with pytest.raises(DeriveError, match=message):
            to_onnx(layer, path)
    with pytest.raises(DeriveError, match=r"to_onnx of a GRU writes a file; the path is None"):
        to_onnx(nn.GRU(3, 4), None)
    file = to_onnx(nn.GRU(3, 4), tmp_path / "gru.onnx")
    with pytest.raises(
        DeriveError, match=r"gru\.onnx is more than a layer, .* such as load\('.*gru\.onnx', 'GRU_l0'\)"
    ):
        to_onnx(file, path)
    file.unlink()
    path.mkdir()
    with pytest.raises(DeriveError, match=r"model\.onnx is a folder; name the file to write, such as"):
        to_onnx(nn.GRU(3, 4), path)
    assert [p.name for p in tmp_path.iterdir()] == ["model.onnx"]
