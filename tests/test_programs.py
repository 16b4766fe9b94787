"""The example programs with ``nn.LSTM`` and, nothing else changed, with the generated layer: the same training."""

from __future__ import annotations

import inspect
import sys
import textwrap
from pathlib import Path

import pytest
import torch
from replacements import LAYERS, layers
from torch.distributed.launcher.api import LaunchConfig, launch_agent

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "examples"))

import char_model
import tagger
import train_ddp
import training

TOLERANCE = 1e-5
DROPOUT_OF_CUDNN = "cuDNN draws dropout from a random stream of its own"


def largest(curves: list[list[float]]) -> float:
    """The largest difference between two loss curves."""
    return max(abs(a - b) for a, b in zip(*curves, strict=True))


@layers
@pytest.mark.parametrize("truncate", [0, 20])
def test_character_model(name, truncate, factory):
    """Two layers with dropout, trained on the Zen of Python: the same loss in every epoch, and a lower one at last."""
    if factory["device"] != "cpu":
        pytest.skip(DROPOUT_OF_CUDNN)
    curves = []
    for layer in LAYERS[name]:
        torch.manual_seed(0)
        curves.append(list(char_model.train(char_model.CharModel(layer, **factory), 12, truncate)))
    assert largest(curves) <= TOLERANCE
    assert curves[0][-1] < curves[0][0] - 0.5


def test_character_model_to_the_end(device):
    """A hundred epochs in float64: the losses stay together, and so does what the model writes."""
    if device != "cpu":
        pytest.skip(DROPOUT_OF_CUDNN)
    curves, texts = [], []
    for layer in LAYERS["LSTM"]:
        torch.manual_seed(0)
        model = char_model.CharModel(layer, dtype=torch.float64)
        curves.append(list(char_model.train(model, 100)))
        texts.append(char_model.continued(model, "Beautiful is", 60))
    assert largest(curves) <= TOLERANCE
    assert curves[0][-1] < curves[0][0] / 2
    assert texts[0] == texts[1]
    assert texts[0].startswith("Beautiful is better than ")


@pytest.fixture(scope="module")
def source_lines() -> list[tagger.Line]:
    return tagger.lines(inspect.getsource(textwrap))


@layers
def test_tagger(name, source_lines, factory):
    """A bidirectional layer over packed lines of source: the same loss in every epoch, and the same tags."""
    curves, found = [], []
    for layer in LAYERS[name]:
        torch.manual_seed(0)
        model = tagger.Tagger(layer, **factory)
        curves.append(list(tagger.train(model, source_lines, 6)))
        found.append(tagger.accuracy(model, source_lines))
    assert largest(curves) <= TOLERANCE
    assert curves[0][-1] < curves[0][0] / 2
    assert found[0] == pytest.approx(found[1], abs=1e-3)
    assert found[0] > 0.7


def test_windows_pass_the_states_on(factory):
    """With the text in windows the scores are those of the whole: what --truncate cuts is the gradient alone."""
    model = char_model.CharModel(LAYERS["LSTM"][0], **factory).eval()
    text = char_model.numbered(char_model.TEXT, factory["device"])
    ((before, after),) = char_model.windows(text, 0)
    whole, _ = model(before)
    states, parts = None, []
    for window, _ in char_model.windows(text, 20):
        scores, states = model(window, states)
        parts.append(scores)
    assert [len(p) for p in parts] == [20] * (len(before) // 20) + [len(before) % 20]
    torch.testing.assert_close(torch.cat(parts), whole, rtol=0, atol=1e-5)
    assert torch.equal(before[1:], after[:-1])


def test_tags_are_those_of_the_tokenizer():
    source = '\nx = f("a#") + 1  # sum\nif x: pass\n'
    (first, tags), (second, more) = tagger.lines(source)
    assert "".join(map(chr, first)) == 'x = f("a#") + 1  # sum'
    names = [tagger.TAGS[t] for t in tags]
    assert names[0] == names[4] == "name"
    assert names[6:10] == ["string"] * 4
    assert names[14] == "number"
    assert names[-5:] == ["comment"] * 5
    assert "".join(map(chr, second)) == "if x: pass"
    assert [tagger.TAGS[t] for t in more][:5] == ["keyword", "keyword", "space", "name", "operator"]


def test_two_processes_train_as_one(tmp_path, source_lines, device, capfd):
    """Half of the epochs in DistributedDataParallel, the rest from its checkpoint in FSDP2: one process's losses with
    ``nn.LSTM``."""
    if device != "cpu":
        pytest.skip("two processes need two devices")
    torch.manual_seed(0)
    expected = list(tagger.train(tagger.Tagger(torch.nn.LSTM, dtype=torch.float64), source_lines, 4))
    two = LaunchConfig(1, 1, 2, rdzv_backend="c10d", rdzv_endpoint="localhost:0", start_method="fork")
    shared = ["--layer", "derive.lstm", "--epochs", "4", "--checkpoint", str(tmp_path / "kept")]
    for options in (["--wrap", "ddp", "--stop-after", "2"], ["--wrap", "fsdp"]):
        launch_agent(two, train_ddp.main, [[*shared, *options]])
    found = [line.split() for line in capfd.readouterr().out.splitlines()]
    assert [line[1] for line in found] == ["1", "2", "3", "4"]
    assert largest([expected, [float(line[3]) for line in found]]) <= TOLERANCE


def test_a_file_is_no_folder_for_checkpoints(tmp_path, capsys):
    (tmp_path / "kept").write_text("")
    with pytest.raises(SystemExit):
        train_ddp.main(["--checkpoint", str(tmp_path / "kept")])
    assert "kept is a file; name a folder" in capsys.readouterr().err


@pytest.mark.parametrize("program", [char_model, tagger])
def test_programs_print_the_same_with_either_layer(program, capsys):
    printed = []
    for layer in ("nn.LSTM", "derive.lstm"):
        program.main(["--layer", layer, "--epochs", "2"])
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert "epoch 1  loss " in printed[0]


def test_programs_with_other_cells_and_activations(capsys):
    program = ["--epochs", "1", "--truncate", "20"]
    for options in (["--layer", "derive.peephole_lstm"], ["--layer", "derive.lstm", "--activations", "tanh=hardtanh"]):
        char_model.main([*program, *options])
        assert "epoch 1  loss " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--layer", "derive.lstn"], "unknown cell 'lstn'; did you mean"),
        (["--activations", "tanh=relu"], "nn.LSTM has fixed activations; name a generated layer"),
        (
            ["--layer", "derive.lstm", "--activations", "tanh"],
            "activation 'tanh': expected OLD=NEW",
        ),
        (["--layer", "derive.lstm", "--activations", "tanh=hardtan"], "did you mean 'hardtanh'"),
        (["--truncate", "-1"], "'-1' is not a positive whole number"),
        (["--epochs", "0"], "'0' is not a positive whole number"),
        (["--device", "tpu7"], "device"),
    ],
)
def test_bad_options(options, text, capsys):
    with pytest.raises(SystemExit) as caught:
        char_model.main(options)
    assert caught.value.code == 2
    assert text in capsys.readouterr().err


def test_help_teaches(capsys):
    with pytest.raises(SystemExit) as caught:
        tagger.main(["--help"])
    assert caught.value.code == 0
    assert "python examples/tagger.py --layer derive.lstm" in capsys.readouterr().out
    assert training.layer_class("nn.GRU") is torch.nn.GRU
