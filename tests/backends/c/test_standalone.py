"""Networks as plain C99 against torch.nn, the reference backend, and their own checks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mixed_cell import mixed_cell
from shell import typed
from standalone import ARM, COMPILERS, FLAGS, SIZES, Called, build, compiled, library, run, state_dict, written

import derive
from derive.backends import backend
from derive.backends.base import Problem
from derive.backends.c.standalone.emit import Sources
from derive.backends.c.standalone.made_up import untrained

pytestmark = pytest.mark.skipif(not COMPILERS, reason="this machine has no C compiler")

OWN = """
from sympy import Max, Piecewise
from derive import cell, constant, cumsum, largest, linear, mean, sigmoid, softmax, tanh, vector

@cell("With cases, and names that C has already")
def cases(x, h, unit, weights: vector, scale: constant = 0.5):
    a = linear(x) + linear(h)
    float = Piecewise((a, a > 1), (scale * a**3, (a > -1) & (a < 0.5)), (Max(a, -2) / 4, True))
    R = sigmoid(float + weights * unit)
    unit = R * unit + (1 - R) * float
    h = unit - h / 4
    return h, unit

@cell("A state that is read after it is written, as it depends on less")
def late(x, h, int):
    inner = tanh(linear(x) + linear(h))
    int_new = linear(inner)
    m = int_new * int
    int = tanh(linear(x))
    h = tanh(m + h)
    return h, int

@cell("Means of quantities of different sizes, and functions of the units of each head")
def means(x, h, scale: constant = 0.5):
    k = linear(x, size=4)
    p = cumsum(softmax(k, heads=2), heads=2) * largest(k, heads=2) + mean(k, heads=2)
    h = tanh(linear(x, p) + mean(h, x) * h + scale * mean(x, h))
    return h
"""


def passes(folder: Path, name: str, compilers: Sequence[str] = COMPILERS[:1]) -> None:
    """The network's check passes."""
    for compiler in compilers:
        done = run(build(folder, name, compiler))
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert done.stdout.endswith(": right\n")


# ---------------------------------------------------------------------- their own checks


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("lstm", ("--layers", "2")),
        ("lstm", ("--proj-size", "2", "--double", "--layers", "3", "--bidirectional")),
        ("gru", ("--bidirectional",)),
        ("gru_reset_before", ()),
        ("layer_norm_lstm", ("--set", "epsilon=0.01")),
        ("leaky_rnn", ("--set", "alpha=0")),
        ("sru", ()),
        ("slstm", ("--double",)),
        ("mogrifier_lstm", ("--layers", "2")),
        ("antisymmetric_rnn", ("--layers", "2", "--bidirectional")),
    ],
)
def test_the_check_passes(cell, words, tmp_path):
    written(cell, *SIZES, *words, folder=tmp_path)
    passes(tmp_path, cell, COMPILERS if "--layers" in words else COMPILERS[:1])


@pytest.mark.parametrize("cell", ["cases", "late", "means"])
def test_cases_and_names_of_c(cell, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("own.py").write_text(OWN)
    written(f"own.py:{cell}", *SIZES, folder=tmp_path)
    passes(tmp_path, cell, COMPILERS)


def test_other_activations(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("own.py").write_text(
        'import derive\nhard = derive.lstm.with_activations(tanh="hardtanh", sigmoid="hard_sigmoid")'
    )
    written("own.py:hard", *SIZES, folder=tmp_path)
    (source,) = [f for f in tmp_path.glob("*.c") if not f.name.endswith("_check.c")]
    assert "tanh_of" not in source.read_text()
    passes(tmp_path, source.stem)


def test_a_table_in_the_place_of_a_function(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table = 'derive.table(derive.tanh, entries=64, on=(-4, 4), bits=15, interpolate=True, outside="clamp")'
    Path("own.py").write_text(f"import derive\ntabled = derive.lstm.with_activations(tanh={table})")
    written("own.py:tabled", *SIZES, folder=tmp_path)
    (source,) = [f for f in tmp_path.glob("*.c") if not f.name.endswith("_check.c")]
    text = source.read_text()
    assert "tanh_of" not in text
    assert text.count("static const float tanh_table_64") == 1
    passes(tmp_path, source.stem, COMPILERS)


def test_a_wrong_step_is_found(tmp_path):
    """The check of a network whose equations somebody changed, and of one that gives no numbers."""
    written("lstm", *SIZES, folder=tmp_path)
    source = tmp_path / "lstm.c"
    right = source.read_text()
    for wrong in ("c_prev + i * 1.001f * g", "c_prev + i * g * (0.0f / 0.0f)"):
        assert right.count("c_prev + i * g;") == 1
        source.write_text(right.replace("c_prev + i * g", wrong))
        done = run(build(tmp_path, "lstm"))
        assert done.returncode == 1
        assert done.stdout.endswith(": WRONG\n")


@pytest.mark.parametrize(("cell", "words"), [("lstm", ("--bidirectional",)), ("slstm", ("--double",))])
def test_on_a_32_bit_arm(cell, words, tmp_path):
    """Emulated, in float and in double."""
    if missing := [c for c in ARM if not shutil.which(c)]:
        pytest.skip(f"{', '.join(missing)} not found: apt-get install qemu-user gcc-arm-linux-gnueabihf")
    written(cell, *SIZES, *words, folder=tmp_path)
    done = run(ARM[1], build(tmp_path, cell, ARM[0], ["-static"]))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


# ---------------------------------------------------------------------- every cell


def test_every_cell_is_what_the_reference_gives(tmp_path):
    """All of the catalogue and some random ones in one library, in double, with numbers of the test's own; their checks
    are C without a warning."""
    rng = np.random.default_rng(3)
    networks = {}
    mixed = {f"mixed_{seed}": replace(mixed_cell(seed), name=f"mixed_{seed}") for seed in (0, 1, 2, 100)}
    for name, cell in {**derive.catalogue, **mixed}.items():
        known = {"input_size": 3, "hidden_size": 6 if cell.heads else 5}
        known |= {size: k for k, size in enumerate(cell.named_sizes, 4)} | dict.fromkeys(cell.heads, 3)
        projected = any("proj_size" in (p.rows, p.cols) for p in cell.parameters) and not cell.projection
        network = untrained(cell, known | ({"proj_size": 2} if projected else {}), 1, 1, True)
        networks[name] = sources = Sources(network)
        for file, text in sources.files().items():
            (tmp_path / file).write_text(text)
    found = library(tmp_path, list(networks))
    checks = [f"{name}_check.c" for name in networks]
    done = compiled(tmp_path, [COMPILERS[0], *FLAGS, "-fsyntax-only", *checks])
    assert done.returncode == 0, done.stderr

    for name, sources in networks.items():
        network = sources.network
        tensors = {t.stack.name: np.asarray(0.3 * rng.random(t.numbers.shape) + 0.1) for t in network.tensors}
        first, *others = (rng.standard_normal((6, n)) for n in network.features)
        further = {i.name: a[:, None] for i, a in zip(network.cell.further, others, strict=True)}
        zeros = {s: np.zeros((1, n)) for s, n in network.state_widths.items()}
        d = np.zeros((6, 1, network.width))
        problem = Problem(network.sizes, first[:, None], zeros, tensors, d, zeros, further)
        expected = backend("reference").load(network.cell)(problem).outputs[:, 0]
        called = Called(found, name, sources.state_bytes, list(tensors.values()))
        x = np.concatenate([first, *others], 1)
        begun = np.stack([called.step(row, network.width) for row in x[:2]])
        ours = np.concatenate([begun, called.sequence(x[2:], network.width)])
        scale = max(1.0, float(np.abs(expected).max()))
        assert np.abs(ours - expected).max() <= 1e-12 * scale, name


# ---------------------------------------------------------------------- against torch.nn


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize(
    ("kind", "arguments", "buffer"),
    [
        ("lstm", {"num_layers": 2, "bidirectional": True}, 10),
        ("lstm", {"num_layers": 2, "proj_size": 2, "bias": False}, None),
        ("gru", {"num_layers": 3, "bidirectional": True}, 20),
        ("rnn", {"bidirectional": True}, 0),
    ],
)
def test_from_a_state_dict_it_is_torch_nn(kind, arguments, buffer, double, tmp_path):
    """The same numbers from the same file, to the accuracy of the type."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    module = getattr(torch.nn, kind.upper())(3, 5, **arguments)
    file = state_dict(module, tmp_path / "weights.pt")
    written(kind, "--weights", file, *(["--double"] if double else []), folder=tmp_path)
    if not double:
        passes(tmp_path, kind)
    x = torch.randn(7, 3, dtype=torch.float64)
    with torch.no_grad():
        expected = module.double()(x)[0].numpy()
    size = state_bytes_of(kind, file, double, tmp_path)
    called = Called(library(tmp_path, [kind]), kind, size)
    ours = called.sequence(
        x.numpy().astype(np.float64 if double else np.float32),
        expected.shape[1],
        None if buffer is None else 7 * buffer,
    )
    assert np.abs(ours - expected).max() <= (1e-14 if double else 2e-6)


def test_a_layer_of_matrices_and_one_of_several_inputs(tmp_path):
    """Which cannot be told from a file is given; inputs stand side by side."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    gla = derive.build("gla").Layer(3, 6, heads=2, key=3, value=4, num_layers=2, dtype=torch.float64)
    sizes = ("--size", "heads=2", "--size", "key=3")
    written("gla", "--weights", state_dict(gla, tmp_path / "gla.pt"), *sizes, "--double", folder=tmp_path)
    decay = derive.build("gru_d").Layer(3, 5, dtype=torch.float64)
    written("gru_d", "--weights", state_dict(decay, tmp_path / "gru_d.pt"), "--double", folder=tmp_path)
    for name in ("gla", "gru_d"):
        passes(tmp_path, name)
    found = library(tmp_path, ["gla", "gru_d"])
    x, last, m, dt = torch.rand(4, 7, 3, dtype=torch.float64)
    for name, layer, given in (("gla", gla, (x,)), ("gru_d", decay, (x, last, m, dt))):
        with torch.no_grad():
            expected = layer(*given)[0].numpy()
        called = Called(found, name, 8 * 1000)
        ours = called.sequence(np.ascontiguousarray(torch.cat(given, 1).numpy()), expected.shape[1])
        assert np.abs(ours - expected).max() <= 1e-13


def test_what_a_network_of_several_inputs_or_sizes_is_told(tmp_path, capsys):
    for words, said in (
        (("gru_d", *SIZES, "--layers", "2"), "gru_d reads x, x_last, m, dt, and standalone C has one layer"),
        (("gla", *SIZES), "gla needs heads: give --size heads=N"),
        (("gla", *SIZES, "--size", "heads"), "--size 'heads': expected NAME=N, such as key=16"),
        (("gla", *SIZES, "--size", "key=0"), "--size key=0: expected a positive number of units"),
        (("lstm", *SIZES, "--size", "key=2"), "lstm has no key; its sizes are input_size, hidden_size"),
        (("lstm_heads", *SIZES, "--size", "heads=3"), "cannot be cut into 3 equal parts"),
    ):
        assert typed("code", *words, "--c", "-o", str(tmp_path / "none")) == 2
        assert said in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_states_start_where_they_were_learned_to(tmp_path):
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    options = {"num_layers": 2, "bidirectional": True, "dtype": torch.float64}
    layer = derive.build("lstm").Layer(3, 5, learn_initial_state=("c",), **options)
    first = torch.randn(4, 5, dtype=torch.float64)  # of each layer and direction
    for name, row in zip(layer._first_values(), first, strict=True):
        layer.get_parameter(name).data.copy_(row)
    theirs = torch.nn.LSTM(3, 5, **options)
    theirs.load_state_dict({n: t for n, t in layer.state_dict().items() if n not in layer._first_values()})
    file = state_dict(layer, tmp_path / "weights.pt")
    written("lstm", "--weights", file, "--double", folder=tmp_path)
    passes(tmp_path, "lstm")
    x = torch.randn(7, 3, dtype=torch.float64)
    with torch.no_grad():
        expected = theirs(x, (torch.zeros(4, 5, dtype=torch.float64), first))[0].numpy()
    called = Called(library(tmp_path, ["lstm"]), "lstm", state_bytes_of("lstm", file, True, tmp_path))
    assert np.abs(called.sequence(x.numpy(), 10, 70) - expected).max() <= 1e-14


def state_bytes_of(kind, file, double, folder, *words):
    from derive.backends.c.standalone.state_dict import trained

    return Sources(trained(derive.catalogue[kind], Path(file), {}, double, *words)).state_bytes


def test_a_whole_model_with_its_readout(tmp_path, capsys):
    """Prefixes, the sizes as compilers see them, and what of the file was not used."""
    torch = pytest.importorskip("torch")
    safetensors = pytest.importorskip("safetensors.torch")
    torch.manual_seed(2)
    model = torch.nn.ModuleDict(
        {"rnn": torch.nn.GRU(3, 8, 2), "head": torch.nn.Linear(8, 2), "norm": torch.nn.LayerNorm(3)}
    )
    file = tmp_path / "model.safetensors"
    safetensors.save_file(model.state_dict(), file)
    capsys.readouterr()
    given = ["--weights", str(file), "--prefix", "rnn.", "--readout", "head."]
    written("gru", *given, "--json", folder=tmp_path, measured=True)
    said = json.loads(capsys.readouterr().out)
    assert said["unused"] == ["norm.bias", "norm.weight"]
    assert said["bytes"]["weights"] == 4 * sum(p.numel() for n, p in model.named_parameters() if "norm" not in n)
    assert said["bytes"]["code"] > 200
    assert [Path(f).name for f in said["files"]] == ["gru.h", "gru.c", "gru_check.c", "CMakeLists.txt", "gru_weights.c"]
    passes(tmp_path, "gru")
    size = "int check[sizeof(gru_state) == BYTES ? 1 : -1];".replace("BYTES", str(said["bytes"]["state"]))
    (tmp_path / "size.c").write_text(f'#include "gru.h"\nextern {size}\n')
    assert compiled(tmp_path, [COMPILERS[0], "-fsyntax-only", "size.c"]).returncode == 0

    x = torch.randn(9, 3)
    with torch.no_grad():
        expected = model["head"](model["rnn"](x)[0]).numpy()
    ours = Called(library(tmp_path, ["gru"]), "gru", said["bytes"]["state"]).sequence(x.numpy(), 2)
    assert np.abs(ours - expected).max() <= 2e-6


def test_cmake_builds_and_tests_it(tmp_path):
    if not shutil.which("cmake"):
        pytest.skip("no cmake here")
    written("rnn", *SIZES, folder=tmp_path)
    assert run("cmake", "-S", tmp_path, "-B", tmp_path / "build").returncode == 0
    assert run("cmake", "--build", tmp_path / "build").returncode == 0
    done = run("ctest", "--test-dir", tmp_path / "build")
    assert "100% tests passed" in done.stdout, done.stdout
