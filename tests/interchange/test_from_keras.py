"""Layers of Keras, from files and from memory, as layers that compute the same: against Keras."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import onnxruntime
import pytest
import torch
from frameworks import KERAS, TOLERANCE, keras, keras_output

from derive.convert import load, names, to_onnx
from derive.errors import DeriveError

T, B, N, H = 6, 2, 3, 4  # steps, sequences, features, units


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


def test_of_a_model_of_keras_one_layer_goes_out(tmp_path):
    """By the model's name its other layers were left behind."""
    layer = keras.layers.LSTM(4, return_sequences=True, name="below")
    model = keras.Sequential([keras.Input((T, N)), layer, keras.layers.Dense(2)])
    with pytest.raises(DeriveError, match=r"^Sequential is more than a layer, .* such as load\(model, 'below'\)$"):
        to_onnx(model, tmp_path / "model.onnx")
    path, x = to_onnx(layer, tmp_path / "model.onnx"), torch.randn(B, T, N)
    ours = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"input": x.numpy()})[0]
    torch.testing.assert_close(torch.from_numpy(ours), torch.as_tensor(layer(x)).detach(), **TOLERANCE)
