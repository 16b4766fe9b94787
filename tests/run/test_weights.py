"""Weights from PyTorch's files and modules: exactly what they hold, and clear errors for what cannot be read."""

from __future__ import annotations

import json
import pickle
import struct
import subprocess
import sys
import zipfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from derive.cells import catalogue
from derive.errors import RunError
from derive.run.data import Run
from derive.run.run_file import load_run
from derive.run.tensor_files import read_tensors
from derive.run.weights import stacks

ROOT = Path(__file__).resolve().parents[2]


class Model(nn.Module):
    """A network in which a recurrent layer is one part."""

    def __init__(self, dtype=torch.float32):
        super().__init__()
        torch.manual_seed(1)
        self.encoder = nn.LSTM(2, 2, num_layers=2, dtype=dtype)
        self.head = nn.Linear(2, 1)


def run_file(folder, weights, **keys):
    lines = ['cell = "lstm"', "x = [[1, 2], [3, 4]]", f'weights = "{weights}"']
    lines += [f"{k} = {json.dumps(v)}" for k, v in keys.items()]
    path = folder / "run.toml"
    path.write_text("\n".join(lines))
    return path


def same(tensor, exact):
    """Whether nested rationals are the fractions that the tensor's binary numbers are."""
    if tensor.ndim == 0:
        return Fraction(tensor.item()) == Fraction(int(exact.p), int(exact.q))
    return len(tensor) == len(exact) and all(same(t, e) for t, e in zip(tensor, exact, strict=True))


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".safetensors"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_a_file_is_read_exactly(suffix, dtype, tmp_path):
    state = Model(dtype).state_dict()
    save = safetensors.torch.save_file if suffix == ".safetensors" else torch.save
    save(state, tmp_path / f"model{suffix}")
    run = load_run(run_file(tmp_path, f"model{suffix}", prefix="encoder.", suffix="_l0"))
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        assert same(state[f"encoder.{name}_l0"], run.weights[name])
    second = Run.from_state_dict("lstm", state, [[1, 2]], prefix="encoder.", suffix="_l1")
    assert same(state["encoder.weight_ih_l1"], second.weights["weight_ih"])


def test_a_numpy_array_and_a_module_without_biases():
    layer = nn.GRU(2, 3, bias=False, dtype=torch.float64)
    arrays = {n: t.numpy() for n, t in layer.state_dict().items()}
    run = Run.from_state_dict("gru", arrays, np.ones((2, 2)), suffix="_l0")
    expected = layer(torch.ones(2, 2, dtype=torch.float64))[0]
    assert [float(run.steps().value(2, "h", k)) for k in (1, 2, 3)] == pytest.approx(expected[1].tolist(), abs=1e-15)


def test_safetensors_are_read_without_torch(tmp_path):
    safetensors.torch.save_file(Model().state_dict(), tmp_path / "model.safetensors")
    path = run_file(tmp_path, "model.safetensors", prefix="encoder.", suffix="_l0")
    program = (
        "import sys; from derive.run.run_file import load_run; load_run(sys.argv[1]).steps();"
        "assert 'torch' not in sys.modules and 'safetensors' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program, path], cwd=ROOT, check=True)


class Evil:
    def __reduce__(self):
        return (print, ("executed",))


def described(shape, offsets):
    """A safetensors file of one tensor that is described so, and holds four bytes."""
    header = json.dumps({"encoder.weight_ih_l0": {"dtype": "F32", "shape": shape, "data_offsets": offsets}}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(4)


def bad_files(folder):
    state = Model().state_dict()
    whole = safetensors.torch.save(state)
    files = {
        "cut.safetensors": whole[: len(whole) // 2],
        "empty.safetensors": b"",
        "huge.safetensors": struct.pack("<Q", 2**60) + b"{}",
        "list.safetensors": struct.pack("<Q", 2) + b"[]",
        "deep.safetensors": struct.pack("<Q", 10**5) + b"[" * 10**5,
        "negative.safetensors": described([-1, -1], [0, 4]),
        "overlapping.safetensors": described([2], [0, 4]),
        "fraction.safetensors": described([1.0], [0, 4]),
        "text.pt": b"no tensors here",
        "evil.pt": pickle.dumps({"weight_ih": Evil()}),
        "model.bin": whole,
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    torch.save([1, 2], folder / "list.pt")
    torch.save({0: torch.ones(1)}, folder / "numbered.pt")
    torch.save(state | {"encoder.weight_ih_l0": torch.full((8, 2), torch.nan)}, folder / "nan.pt")
    torch.save(state | {"encoder.weight_ih_l0": torch.ones(8, 2, dtype=torch.complex64)}, folder / "complex.pt")
    torch.save(state, folder / "model.pt")


@pytest.mark.parametrize(
    ("name", "keys", "said"),
    [
        ("cut.safetensors", {}, "is not a safetensors file, or is cut short"),
        ("empty.safetensors", {}, "is not a safetensors file"),
        ("huge.safetensors", {}, "is not a safetensors file"),
        ("list.safetensors", {}, "is not a safetensors file"),
        ("deep.safetensors", {}, "is not a safetensors file"),
        ("negative.safetensors", {}, "is not a safetensors file"),
        ("overlapping.safetensors", {}, "is not a safetensors file"),
        ("fraction.safetensors", {}, "is not a safetensors file"),
        ("text.pt", {}, "text.pt cannot be read as a state_dict"),
        ("evil.pt", {}, "evil.pt cannot be read as a state_dict"),
        ("model.bin", {}, "is neither .safetensors nor .pt"),
        ("list.pt", {}, "holds a list, expected a state_dict"),
        ("numbered.pt", {}, "no tensor named encoder...._l0; it holds 0"),
        ("nan.pt", {}, "weights.weight_ih[0][0] is nan, expected a finite real number"),
        ("complex.pt", {}, "weights.weight_ih has dtype complex64"),
        ("model.pt", {"prefix": "decoder."}, "no tensor named decoder...._l0; it holds encoder.weight_ih_l0"),
        ("model.pt", {"prefix": ""}, "weights.weight_ih is missing"),
        ("nowhere.pt", {}, "there is no file"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line(name, keys, said, tmp_path, capsys):
    bad_files(tmp_path)
    with pytest.raises(RunError) as raised:
        load_run(run_file(tmp_path, name, **({"prefix": "encoder.", "suffix": "_l0"} | keys)))
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "executed" not in capsys.readouterr().out


def test_a_missing_folder_names_the_path(tmp_path):
    with pytest.raises(RunError, match="there is no file"):
        read_tensors(tmp_path / "nowhere" / "model.pt")


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn"])
def test_the_stacked_tensors_are_those_of_torch(name):
    layer = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[name](3, 5)
    sizes = {"input_size": 3, "hidden_size": 5}
    shapes = {n: s.expected(sizes) for n, s in stacks(catalogue[name]).items()}
    assert shapes == {n.removesuffix("_l0"): tuple(t.shape) for n, t in layer.state_dict().items()}


# ---------------------------------------------------------------------- what is read, and what is not


def views(draw):
    """Tensors of (8, 2) that stand in their storages in many ways."""
    wide = torch.randn(20, 9, generator=draw, dtype=torch.float64)
    return {
        "weight_ih": wide[3:11, 4:6],
        "weight_hh": torch.nn.Parameter(wide.t()[:8, 1:15:9]),
        "bias_ih": torch.nn.Buffer(wide[::2, 8][:8]),
        "bias_hh": torch.arange(100)[:40:5],
        "uint16": torch.arange(16).to(torch.uint16),
        "scalar": torch.tensor(0.1),
        "transposed": torch.randn(2, 8, generator=draw).bfloat16().t(),
        "overlapping": torch.arange(9.0).as_strided((3, 2), (2, 3), 1),
    }


def lists(found):
    return {name: value.tolist() for name, value in found.items()}


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_what_torch_save_wrote_is_what_torch_load_reads(protocol, tmp_path):
    torch.save(views(torch.Generator().manual_seed(protocol)), tmp_path / "views.pt", pickle_protocol=protocol)
    expected = torch.load(tmp_path / "views.pt", weights_only=False)  # which reads the later protocols too
    assert lists(read_tensors(tmp_path / "views.pt")) == lists(expected)


def test_a_big_endian_file(tmp_path):
    """As the machines write that count bytes from the other end: the storages, and a word that says so."""
    torch.save(Model().state_dict(), tmp_path / "little.pt")
    with zipfile.ZipFile(tmp_path / "little.pt") as old, zipfile.ZipFile(tmp_path / "big.pt", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if "/data/" in name:
                content = np.frombuffer(content, "<f4").astype(">f4").tobytes()
            new.writestr(name, b"big" if name.endswith("byteorder") else content)
    assert lists(read_tensors(tmp_path / "big.pt")) == lists(torch.load(tmp_path / "little.pt", weights_only=True))


def test_files_of_torch_are_read_without_torch(tmp_path):
    torch.save(Model().state_dict(), tmp_path / "model.pt")
    path = run_file(tmp_path, "model.pt", prefix="encoder.", suffix="_l0")
    program = (
        "import sys; from derive.run.run_file import load_run; load_run(sys.argv[1]);assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program, path], cwd=ROOT, check=True)


def test_tensors_that_the_cell_has_no_use_for_are_not_read(tmp_path):
    """A file of four terabytes, nearly all of it a hole."""
    large = 4 * 10**12
    entries = {"large": {"dtype": "F32", "shape": [10**12], "data_offsets": [0, large]}}
    for k, (name, shape) in enumerate({"weight_ih": [8, 2], "weight_hh": [8, 2]}.items()):
        entries[name] = {"dtype": "F32", "shape": shape, "data_offsets": [large + 64 * k, large + 64 * k + 64]}
    header = json.dumps(entries).encode()
    with (tmp_path / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.seek(large, 1)
        file.write(struct.pack("<32f", *range(32)))
    run = load_run(run_file(tmp_path, "model.safetensors"))
    assert same(torch.arange(16.0).reshape(8, 2), run.weights["weight_ih"])


def lstm(**tensors):
    """A run of two units and inputs with these tensors."""
    plain = {"weight_ih": torch.ones(8, 2), "weight_hh": torch.ones(8, 2)}
    return Run("lstm", plain | tensors, [[1, 2]], other_tensors=True)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: torch.ones(8, 2).to_sparse(), "is sparse, expected a dense tensor: "),
        (lambda: torch.ones(8, 2).to_sparse_csr(), "is sparse, expected a dense tensor: "),
        (lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]), "is nested, expected one tensor of one"),
        (lambda: torch.quantize_per_tensor(torch.ones(8, 2), 0.1, 0, torch.qint8), "is quantised, expected real numb"),
        (lambda: torch.ones(8, 2, device="meta"), "is on the device meta, where it has no numbers"),
        (lambda: torch.ones(8, 2, dtype=torch.complex64), "has dtype complex64, expected real numbers: "),
        (lambda: torch.ones(8, 2, dtype=torch.bool), "has dtype bool, expected real numbers: "),
        (lambda: torch.ones(10**9, 0), "has shape (1000000000, 0), expected (4*hidden_size, input_size)"),
        (lambda: torch.ones(9, 2), "has 9 rows, expected a multiple of 4: "),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_a_tensor_that_is_no_plain_array_is_named(made, said, tmp_path):
    with pytest.raises(RunError) as in_memory:
        lstm(weight_ih=made())
    torch.save({"weight_ih": made()}, tmp_path / "model.pt")
    with pytest.raises(RunError) as in_file:
        lstm(**read_tensors(tmp_path / "model.pt"))
    for raised in (in_memory, in_file):
        assert str(raised.value).startswith(f"weights.weight_ih {said}")


def test_numbers_that_are_repeated_in_a_file_are_named(tmp_path):
    torch.save({"weight_ih": torch.zeros(1).expand(10**7, 1)}, tmp_path / "model.pt")
    with pytest.raises(RunError, match=r"weights.weight_ih repeats its numbers"):
        lstm(**read_tensors(tmp_path / "model.pt"))


class Unread:
    """A tensor of many numbers."""

    dtype = "float32"

    def __init__(self, *shape):
        self.shape = shape

    def tolist(self):
        raise AssertionError("its numbers are looked at")


def test_the_numbers_are_counted_before_they_are_read():
    large = {"weight_ih": Unread(4 * 10**6, 2), "weight_hh": Unread(4 * 10**6, 10**6)}
    count = 4 * 10**6 * (2 + 10**6) + 2 * 4 * 10**6
    with pytest.raises(RunError, match=f"lstm with input_size = 2, hidden_size = 1000000 has {count} numbers, and"):
        Run("lstm", large, [[1, 2]])
    with pytest.raises(RunError, match=r"indrnn with .*hidden_size = 1000000.* has 4000000 numbers, and"):
        Run("indrnn", {"weight_ih": Unread(10**6, 2), "u": Unread(10**6)}, [[1, 2]])


def test_of_many_names_those_are_said_that_are_near(tmp_path):
    many = {f"blocks.{k}.weight": torch.ones(1) for k in range(20_000)} | {"encoder.weight_ih_l0": torch.ones(8, 2)}
    with pytest.raises(RunError) as raised:
        Run.from_state_dict("lstm", many, [[1, 2]], prefix="encoder.weight_ih", suffix="_l1")
    assert "it holds 20001 names, such as " in str(raised.value)
    assert len(str(raised.value)) < 400
    few = dict(reversed(many.items()))
    with pytest.raises(
        RunError, match=r"weights.weight_ih is missing.*; given: 20001 names, such as encoder.weight_ih_l0"
    ):
        Run("lstm", few, [[1, 2]], other_tensors=True)
