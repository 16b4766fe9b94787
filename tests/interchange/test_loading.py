"""What people have, as a layer that computes the same: against ONNX Runtime, Keras and torch.nn."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import onnx
import onnx.reference
import onnxruntime
import pytest
import torch
from frameworks import KERAS, TOLERANCE, keras, keras_output
from onnx import TensorProto, helper, numpy_helper
from torch import nn

import derive
from derive.convert import load, names, to_onnx
from derive.errors import DeriveError

T, B, N, H = 6, 2, 3, 4  # steps, sequences, features, units
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def model(op: str, *, directions=1, bias=True, peepholes=False, initial=False, inputs=(), **attributes):
    """A model of one node named "deep/net" with random weights."""
    rng = np.random.default_rng(3)
    rows = GATES[op] * H
    shapes = {"W": (rows, N), "R": (rows, H)} | ({"B": (2 * rows,)} if bias else {})
    shapes |= {"P": (3 * H,)} if peepholes else {}
    tensors = {k: rng.normal(size=(directions, *shape)).astype("float32") for k, shape in shapes.items()}
    states = ["initial_h", "initial_c"][: 2 if op == "LSTM" else 1]
    if initial:
        tensors |= {k: rng.normal(size=(directions, B, H)).astype("float32") for k in states}
    places = ["X", "W", "R", "B", "sequence_lens", *states] + ["P"] * (op == "LSTM")
    given = [k if k == "X" or k in tensors or k in inputs else "" for k in places]
    while not given[-1]:
        given.pop()
    outputs = ["Y", "Y_h", "Y_c"][: 1 + len(states)]
    node = helper.make_node(op, given, outputs, name="deep/net", hidden_size=H, **attributes)
    float_inputs = [helper.make_tensor_value_info(k, TensorProto.FLOAT, None) for k in ("X", *inputs)]
    graph = helper.make_graph(
        [node],
        "net",
        float_inputs,
        [helper.make_tensor_value_info(k, TensorProto.FLOAT, None) for k in outputs],
        [numpy_helper.from_array(v, k) for k, v in tensors.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)


def expected(made, x, **given):
    """(T, B, D H) and the final states, by ONNX Runtime."""
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    y, *final = map(torch.from_numpy, session.run(None, {"X": x.numpy()} | given))
    return y.transpose(1, 2).flatten(2), *final


def assert_same(layer, made, x, hx=None, **given):
    output, final = layer(x, hx)
    finals = final if isinstance(final, tuple) else (final,)
    for ours, theirs in zip((output, *finals), expected(made, x, **given), strict=True):
        torch.testing.assert_close(ours, theirs, **TOLERANCE)


NODES = {  # what was wrong or refused before: cell, node
    "lstm": ("LSTM", {}),
    "lstm_hard_sigmoid_onnx_elu_softsign": ("LSTM", {"activations": ["HardSigmoid", "Elu", "Softsign"]}),
    "peephole_lstm": ("LSTM", {"peepholes": True}),
    "cifg_lstm": ("LSTM", {"peepholes": True, "input_forget": 1}),
    "coupled_lstm": ("LSTM", {"input_forget": 1, "bias": False}),
    "lstm_clipped": ("LSTM", {"clip": 0.5}),
    "peephole_lstm_hard_sigmoid_onnx_alpha_0_3_beta_0_4_tanh_leaky_relu_alpha_0_2_clipped": (
        "LSTM",
        {
            "peepholes": True,
            "clip": 0.5,
            "activations": ["HardSigmoid", "tanh", "LeakyRelu"],
            "activation_alpha": [0.3, 0.2],
            "activation_beta": [0.4],
        },
    ),
    "gru": ("GRU", {"linear_before_reset": 1}),
    "gru_reset_before": ("GRU", {}),
    "gru_clipped": ("GRU", {"linear_before_reset": 1, "clip": 0.5}),
    "gru_reset_before_clipped": ("GRU", {"clip": 0.5, "bias": False}),
    "gru_reset_before_hard_sigmoid_onnx_scaled_tanh_alpha_0_8_beta_1_2": (
        "GRU",
        {
            "activations": ["HardSigmoid", "ScaledTanh"],
            "activation_alpha": [0.2, 0.8],
            "activation_beta": [0.5, 1.2],
        },
    ),
    "rnn": ("RNN", {}),
    "relu_rnn": ("RNN", {"activations": ["Relu"]}),
    "rnn_affine_alpha_0_5_beta_0_1_clipped": (
        "RNN",
        {"activations": ["Affine"], "activation_alpha": [0.5], "activation_beta": [0.1], "clip": 0.5},
    ),
}


@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize("name", NODES)
def test_nodes_of_onnx(name, direction):
    op, given = NODES[name]
    directions = 1 + (direction == "bidirectional")
    given = given | {k: v * directions for k, v in given.items() if k.startswith("activation")}
    made = model(op, directions=directions, direction=direction, initial=direction == "reverse", **given)
    torch.manual_seed(5)
    found = load(made)
    assert (found.name, found.cell.name, names(made)) == ("deep/net", name, ("deep/net",))
    assert_same(found.layer(), made, 2 * torch.randn(T, B, N))


@pytest.mark.parametrize(("op", "given"), [("LSTM", {}), ("LSTM", {"clip": 0.5}), ("GRU", {"linear_before_reset": 1})])
def test_a_reversed_node_with_initial_states_goes_out_again(op, given, tmp_path):
    """As a node of ONNX's own, and as a ``Scan`` where it is clipped."""
    made, x = model(op, direction="reverse", initial=True, **given), torch.randn(T, B, N)
    path = to_onnx(load(made), tmp_path / "again.onnx")
    ours = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"input": x.numpy()})
    for a, b in zip(ours, expected(made, x), strict=True):
        torch.testing.assert_close(torch.from_numpy(a), b, **TOLERANCE)


def test_a_reversed_layer_with_initial_states_in_every_other_use(tmp_path):
    made, x = model("LSTM", direction="reverse", initial=True), torch.randn(T, B, N)
    layer = load(made).layer()
    output, (_, c) = layer(x)
    torch.save(layer, tmp_path / "layer.pt")
    for same in (torch.load(tmp_path / "layer.pt", weights_only=False), load(layer).layer()):
        torch.testing.assert_close(same(x)[0], output, rtol=0, atol=0)
    traced = layer.trace(x)
    torch.testing.assert_close(traced["h"], output)
    torch.testing.assert_close(traced["c"][0], c[0])  # its last step is the first of the sequence
    with pytest.raises(ValueError, match="LSTM reads the sequence from its end: its outputs depend on steps that are"):
        layer.stream()
    with pytest.raises(RuntimeError, match=f"starts from states of its own for {B} sequences, and the input has 5"):
        layer(torch.randn(T, 5, N))


def test_batch_first_nodes():
    """``layout=1``, which ONNX Runtime does not run: against the evaluator of onnx itself."""
    made = model("LSTM", layout=1)
    x = torch.randn(B, T, N)
    y = onnx.reference.ReferenceEvaluator(made).run(["Y"], {"X": x.numpy()})[0]  # (B, T, D, H)
    torch.testing.assert_close(load(made).layer()(x)[0], torch.from_numpy(y).flatten(2), **TOLERANCE)


def test_states_that_the_model_computes_are_asked_for():
    made = model("LSTM", inputs=("initial_h", "initial_c"))
    found = load(made)
    assert found.inputs == ("initial_h", "initial_c")
    assert repr(found) == "deep/net: LSTM(3, 4); to be given: initial_h, initial_c"
    hx = (torch.randn(1, B, H), torch.randn(1, B, H))
    assert_same(found.layer(), made, torch.randn(T, B, N), hx, initial_h=hx[0].numpy(), initial_c=hx[1].numpy())


def test_files_with_external_data_and_constants_in_nested_graphs(tmp_path):
    made, x = model("GRU", linear_before_reset=1), torch.randn(T, B, N)
    onnx.save(
        model("GRU", linear_before_reset=1),
        tmp_path / "net.onnx",
        save_as_external_data=True,
        size_threshold=0,
        location="net.bin",
    )
    assert_same(load(tmp_path / "net.onnx").layer(), made, x)
    with pytest.raises(DeriveError, match=r"deep/net: W, 'W', cannot be read .* is given by its path"):
        load(onnx.load(tmp_path / "net.onnx", load_external_data=False))

    inner, constants = made.graph, []
    for tensor in inner.initializer:
        constants += [helper.make_node("Constant", [], [f"{tensor.name}_"], value=tensor)]
        constants += [helper.make_node("Identity", [f"{tensor.name}_"], [tensor.name])]
    del inner.initializer[:]
    branch = helper.make_graph([*constants, *inner.node], "branch", [], inner.output)
    node = helper.make_node("If", ["yes"], ["Y", "Y_h"], then_branch=branch, else_branch=branch)
    del inner.node[:]
    inner.node.append(node)
    assert names(made) == ("Y",)  # twice the same name, so the output's
    assert load(made).cell is derive.gru


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"activations": ["Sigmoid", "Tanh", "Softmax"]}, "activation 'Softmax' is unknown; ONNX has affine, elu"),
        ({"activation_alpha": [0.2]}, r"activation_alpha has \[0.2.*\] left over"),
        ({"activations": ["ScaledTanh", "Tanh", "Tanh"]}, "ScaledTanh has no alpha"),
        ({"activations": ["Tanh"]}, "activations is .'Tanh'., expected 3 of them"),
        ({"clip": -1.0}, "clip is -1.0, expected a positive number"),
        ({"direction": "bidirectional"}, r"direction is bidirectional, and R has shape \(1, 16, 4\)"),
        ({"output_sequence": 1}, "attribute output_sequence is none of LSTM"),
        ({"clip": [1.0]}, "attribute clip is of type FLOATS, expected FLOAT"),
        ({"direction": ["forward"]}, "attribute direction is of type STRINGS, expected STRING"),
        ({"inputs": ("W",)}, None),
    ],
)
def test_what_a_node_says_is_not_dropped(change, message):
    if message is not None:
        with pytest.raises(DeriveError, match=f"deep/net: {message}"):
            load(model("LSTM", **change))
        return
    made = model("LSTM")
    del made.graph.initializer[0]
    with pytest.raises(DeriveError, match="deep/net: W is 'W', unknown; expected an initializer or a Constant"):
        load(made)
    made = model("LSTM", directions=2, direction="bidirectional", activations=["Sigmoid", *["Tanh"] * 5])
    with pytest.raises(DeriveError, match="the same ones in both directions"):
        load(made)
    made = model("GRU")
    made.graph.node[0].input.extend(["", "", "R"])
    with pytest.raises(DeriveError, match="deep/net: R is left over: GRU has 6 inputs"):
        load(made)


@pytest.mark.parametrize("name", [b"linear_before_reset", b"deep/net"])
def test_names_that_are_no_text_are_refused(name, tmp_path):
    content = model("GRU", linear_before_reset=1).SerializeToString()
    (tmp_path / "net.onnx").write_bytes(content.replace(name, name[:-1] + b"\xff"))
    with pytest.raises(DeriveError, match=r"a node of GRU has the name b'.*', which is no text"):
        names(tmp_path / "net.onnx")


def test_a_node_in_a_function_is_named():
    made = model("GRU")
    node = helper.make_node("GRU", ["x", "w", "r"], ["y"], name="inner")
    made.functions.append(helper.make_function("own", "Net", ["x", "w", "r"], ["y"], [node], made.opset_import))
    assert names(made) == ("deep/net", "inner")
    with pytest.raises(DeriveError, match="inner: W is 'w', an input of the function Net; expected an initializer"):
        load(made, "inner")


# ---------------------------------------------------------------------- Keras


@pytest.fixture(scope="module")
def network():
    layers = keras.layers
    inner = keras.Sequential(
        [
            layers.Input((None, N)),
            layers.LSTM(H, return_sequences=True, activation="softsign", name="first"),
            layers.Bidirectional(layers.GRU(H, return_sequences=True, reset_after=False, use_bias=False), name="both"),
            layers.SimpleRNN(H, return_sequences=True, activation="leaky_relu", name="third"),
        ],
        name="inner",
    )
    made = keras.Sequential(
        [
            layers.Input((None, N)),
            inner,
            layers.Lambda(lambda z: z),
            layers.LSTM(H, return_sequences=True, recurrent_activation="hard_sigmoid", name="last"),
        ]
    )
    rng = np.random.default_rng(1)
    made.set_weights([rng.normal(size=w.shape).astype("float32") for w in made.get_weights()])
    return made


@pytest.fixture(scope="module")
def files(network, tmp_path_factory):
    folder = tmp_path_factory.mktemp("keras")
    for name in ("net.keras", "net.h5"):
        network.save(folder / name)
    return folder


CELLS = {
    "inner/first": "lstm_sigmoid_softsign_softsign",
    "inner/both": "gru_reset_before",
    "inner/third": "rnn_leaky_relu_alpha_0_2",
    "last": "lstm_hard_sigmoid_tanh_tanh",
}


@pytest.mark.parametrize("source", ["net.keras", "net.h5", "model", "layer"])
@pytest.mark.parametrize("name", CELLS)
def test_keras(network, files, name, source):
    inner = network.get_layer("inner")
    layer = network.get_layer("last") if name == "last" else inner.get_layer(name.rpartition("/")[2])
    if source == "layer":
        found = load(layer)
    else:
        thing = network if source == "model" else files / source
        assert names(thing) == tuple(CELLS)
        found = load(str(thing) if source == "net.h5" else thing, name)
    assert found.cell.name == CELLS[name]
    x = torch.randn(T, B, found.input_size)
    output = found.layer()(x.transpose(0, 1))[0]  # batch first, as Keras has it
    torch.testing.assert_close(output.transpose(0, 1), keras_output(layer, x), **TOLERANCE)


def test_activations_of_keras_have_the_values_of_keras():
    from derive.interchange.keras_layers import _FUNCTIONS

    x = torch.linspace(-7, 7, 141, dtype=torch.float64)
    for name in _FUNCTIONS:
        layer = KERAS["rnn"](1, activation=name, use_bias=False, dtype="float64", return_sequences=True)
        layer.build((None, 1, 1))
        layer.set_weights([np.ones((1, 1)), np.zeros((1, 1))])
        theirs = keras.activations.get(name)(x)
        ours = load(layer).layer()(x.reshape(-1, 1, 1))[0].flatten()
        torch.testing.assert_close(ours, theirs, msg=lambda text, name=name: f"{name}: {text}")


def test_a_hard_sigmoid_of_keras_2_has_the_slope_of_keras_2(files, tmp_path):
    import h5py

    (tmp_path / "old.h5").write_bytes((files / "net.h5").read_bytes())
    with h5py.File(tmp_path / "old.h5", "r+") as file:
        file.attrs["keras_version"] = "2.15.0"
    assert load(tmp_path / "old.h5", "last").cell.name == "lstm_hard_sigmoid_onnx_tanh_tanh"


def keras_namesake(name):
    """Another function with the name of one of Keras."""

    def function(z):
        return keras.ops.sin(z)

    function.__name__ = name
    return function


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (lambda k: k.LSTM(H, go_backwards=True), "go_backwards is True; what a layer reads from the end"),
        (lambda k: k.LSTM(H, stateful=True), "stateful is True; the states of a layer begin anew"),
        (lambda k: k.Bidirectional(k.LSTM(H), merge_mode="sum"), "merge_mode is 'sum'; a layer has 'concat' alone"),
        (lambda k: k.LSTM(H, activation=lambda z: z**2), "activation .* is not known here"),
        (lambda k: k.LSTM(H, activation=keras_namesake("tanh")), "activation is a function called tanh which is not"),
        (
            lambda k: k.GRU(H, recurrent_activation=keras_namesake("sigmoid")),
            "recurrent_activation is a function called sigmoid which is not that of Keras",
        ),
        (lambda k: type("Mine", (k.GRU,), {})(H, name="mine"), "mine is a Mine, a class of its own"),
    ],
)
def test_options_of_keras_that_no_cell_has_are_refused(layer, message):
    made = layer(keras.layers)
    made.build((2, 5, N))
    with pytest.raises(DeriveError, match=message):
        load(made)


def test_references_out_of_a_file_are_refused(files, tmp_path):
    import h5py

    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["secret"] = np.zeros((H, 4 * H))
    path = tmp_path / "net.h5"
    path.write_bytes((files / "net.h5").read_bytes())
    with h5py.File(path, "r+") as file:
        outer = file["model_weights/last"]
        place = outer.attrs["weight_names"][0]
        del outer[place]
        outer[place] = h5py.ExternalLink("other.h5", "secret")
    with pytest.raises(DeriveError, match="last: 'kernel' of its weights is a link, which may lead out of the file"):
        load(path, "last")


def test_damaged_and_hollow_files_are_refused(files, tmp_path):
    import h5py

    whole = (files / "net.h5").read_bytes()
    for k in (0x2C, 0x58, 0x330):  # in the superblock, and in the heaps behind it
        (tmp_path / "bad.h5").write_bytes(whole[:k] + b"\xee" * 600 + whole[k + 600 :])
        with pytest.raises(DeriveError, match="is no HDF5 file that can be read"):
            load(tmp_path / "bad.h5", "last")
    (tmp_path / "net.h5").write_bytes(whole)
    with h5py.File(tmp_path / "net.h5", "r+") as file:
        outer = file["model_weights/last"]
        place = outer.attrs["weight_names"][0]
        del outer[place]
        outer.create_dataset(place, (10**7, 10**7), "f4", chunks=(1000, 1000))
    with pytest.raises(DeriveError, match=r"last: .*kernel.* is larger than what the file holds of it"):
        load(tmp_path / "net.h5", "last")


@pytest.mark.parametrize("key", ["activation", "recurrent_activation"])
def test_what_a_configuration_does_not_say_is_not_guessed(files, tmp_path, key):
    with zipfile.ZipFile(files / "net.keras") as old, zipfile.ZipFile(tmp_path / "net.keras", "w") as new:
        for part in old.namelist():
            content = old.read(part)
            if part == "config.json":
                model = json.loads(content)
                config = next(la["config"] for la in model["config"]["layers"] if la["config"]["name"] == "last")
                del config[key]
                content = json.dumps(model).encode()
            new.writestr(part, content)
    with pytest.raises(DeriveError, match=f"last: its configuration does not say {key}"):
        load(tmp_path / "net.keras", "last")


@pytest.mark.parametrize("half", [None, True, "x", {"class_name": "LSTM"}, {"class_name": "LSTM", "config": []}])
def test_a_direction_without_a_configuration_is_refused(half):
    from derive.interchange.keras_layers import of_config

    with pytest.raises(DeriveError, match=r"both: layer is .*, expected a class_name and a config"):
        of_config("Bidirectional", {"name": "both", "merge_mode": "concat", "layer": half}, [[], []])


# ---------------------------------------------------------------------- torch


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


def test_of_a_model_of_keras_one_layer_goes_out(tmp_path):
    """By the model's name its other layers were left behind."""
    layer = keras.layers.LSTM(4, return_sequences=True, name="below")
    model = keras.Sequential([keras.Input((T, N)), layer, keras.layers.Dense(2)])
    with pytest.raises(DeriveError, match=r"^Sequential is more than a layer, .* such as load\(model, 'below'\)$"):
        to_onnx(model, tmp_path / "model.onnx")
    path, x = to_onnx(layer, tmp_path / "model.onnx"), torch.randn(B, T, N)
    ours = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"input": x.numpy()})[0]
    torch.testing.assert_close(torch.from_numpy(ours), torch.as_tensor(layer(x)).detach(), **TOLERANCE)
