"""Weights from PyTorch's files and modules: exactly what they hold, and clear errors for what cannot be read."""

from __future__ import annotations

import json
import pickle
import struct
import subprocess
import sys
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
