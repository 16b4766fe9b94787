"""The shared machinery with the rest of PyTorch: compilers, exporters, transforms, wrappers, several processes."""

from __future__ import annotations

import io
import os
from pathlib import Path

import onnxruntime
import pytest
import torch
from replacements import answer, assert_close, cells, functional, hidden, identify, layers, pair, randn, tensors
from sympy import Max, Min, Piecewise, exp
from torch import nn
from torch.nn.utils import clip_grad_norm_, parametrizations, parametrize, prune
from torch.nn.utils.rnn import pack_padded_sequence

import derive
from derive.backends.torch.build import build

VARIANTS = [
    ("LSTM", {"num_layers": 2, "bidirectional": True, "proj_size": 2}),
    ("LSTM", {"bias": False, "batch_first": True}),
    ("GRU", {"bidirectional": True}),
    ("RNN", {"nonlinearity": "relu"}),
]
variants = pytest.mark.parametrize(("name", "arguments"), VARIANTS, ids=identify)


@pytest.fixture(autouse=True)
def fresh_compiler():
    """Dynamo counts how often it has compiled a function, over all the modules that have it."""
    torch._dynamo.reset()


# ---- compilers and exporters -----------------------------------------------------------------------------------------


@variants
def test_compile_without_graph_breaks(name, arguments, factory, tolerance):
    """Outputs and gradients, of a call without states and, in the same compiled module, of one with them."""
    ours, theirs = pair(name, 3, 4, **arguments, **factory)
    compiled = torch.compile(ours, fullgraph=True, backend="aot_eager")
    x = randn(3, 2, 3, **factory)
    batch = 3 if arguments.get("batch_first") else 2
    for hx in (None, hidden(theirs, batch, **factory)):
        assert_close(answer(compiled, x, hx), answer(theirs, x, hx), tolerance)


@layers
def test_compile_packed_sequences(name, factory, tolerance):
    """Their lengths are data, at which the graph breaks, as that of ``nn.LSTM`` does: the program runs all the same."""
    ours, theirs = pair(name, 3, 4, bidirectional=True, **factory)
    packed = pack_padded_sequence(randn(4, 3, 3, **factory).detach(), torch.tensor([4, 2, 1]))
    packed.data.requires_grad_()
    compiled = torch.compile(ours, backend="aot_eager")
    assert_close(answer(compiled, packed), answer(theirs, packed), tolerance)


def test_compile_with_sizes_that_change(factory, tolerance):
    ours, theirs = pair("LSTM", 3, 4, **factory)
    compiled = torch.compile(ours, fullgraph=True, backend="aot_eager", dynamic=True)
    for steps, batch in ((2, 3), (2, 4), (3, 2)):
        x = randn(steps, batch, 3, **factory)
        assert_close(answer(compiled, x), answer(theirs, x), tolerance)


def test_compile_with_inductor(factory, tolerance):
    ours, theirs = pair("LSTM", 3, 4, **factory)
    x = randn(2, 2, 3, **factory)
    # plain loops: which vector instructions the C++ compiler here knows takes longer to find out than all the rest
    with torch._inductor.config.patch("cpp.vec_isa_ok", False):
        assert_close(answer(torch.compile(ours, fullgraph=True), x), answer(theirs, x), tolerance)


@cells
def test_compile_cells(name, factory, tolerance):
    ours, theirs = pair(name, 3, 4, **factory)
    x = randn(2, 3, **factory)
    assert_close(answer(torch.compile(ours, fullgraph=True, backend="aot_eager"), x), answer(theirs, x), tolerance)


def test_compile_with_dropout_and_autocast(device):
    ours, _ = pair("GRU", 3, 4, 2, dropout=1.0, device=device)
    x = torch.randn(3, 2, 3, device=device)
    compiled = torch.compile(ours, fullgraph=True, backend="aot_eager")
    with torch.autocast(torch.device(device).type, dtype=torch.bfloat16):
        assert_close(compiled(x), ours(x), 2e-2)


@variants
def test_export_with_any_batch(name, arguments, factory, tolerance):
    ours, theirs = pair(name, 3, 4, **arguments, **factory)
    axis = 0 if arguments.get("batch_first") else 1
    batch = {axis: torch.export.Dim("batch")}
    program = torch.export.export(ours, (randn(5, 5, 3, **factory).detach(),), dynamic_shapes=(batch,))
    x = randn(*((7, 5) if axis == 0 else (5, 7)), 3, **factory).detach()
    assert_close(program.module()(x), theirs(x), tolerance)


@cells
def test_export_cells(name, factory, tolerance):
    ours, theirs = pair(name, 3, 4, **factory)
    x = randn(2, 3, **factory).detach()
    assert_close(torch.export.export(ours, (x,)).module()(x), theirs(x), tolerance)


@variants
@pytest.mark.parametrize("dynamo", [True, False], ids=["dynamo", "trace"])
@pytest.mark.filterwarnings("ignore")
def test_onnx_runtime(name, arguments, dynamo, dtype, tolerance, tmp_path):
    """Also with a projection, where the export of ``nn.LSTM`` cannot be run: see below."""
    ours, theirs = pair(name, 3, 4, **arguments, dtype=dtype)
    ours.eval()
    x = torch.randn(3, 3, 3, dtype=dtype)
    path = str(tmp_path / "layer.onnx")
    torch.onnx.export(ours, (x,), path, dynamo=dynamo, input_names=["x"], verbose=False)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert_close(session.run(None, {"x": x.numpy()}), tensors(theirs(x)), tolerance)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dynamo", [True, False], ids=["dynamo", "trace"])
def test_onnx_runtime_does_not_run_what_torch_exports_with_a_projection(dynamo, tmp_path):
    """What the documentation says of ``nn.LSTM``; where this fails, it has been mended, and the sentence has to go."""
    layer, x, path = nn.LSTM(3, 4, proj_size=2).eval(), torch.randn(3, 3, 3), str(tmp_path / "layer.onnx")

    def export_and_run():
        torch.onnx.export(layer, (x,), path, dynamo=dynamo, input_names=["x"], verbose=False)
        onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"x": x.numpy()})

    with pytest.raises(Exception, match="initial_c must have shape" if dynamo else "LSTMs with projections"):
        export_and_run()


def test_trace(factory, tolerance):
    ours, theirs = pair("LSTM", 3, 4, bidirectional=True, **factory)
    x = randn(5, 2, 3, **factory)
    traced = torch.jit.trace(ours, (x,))
    assert_close(answer(traced, x + 1), answer(theirs, x + 1), tolerance)


ACTIVATED = {
    "hard": {"tanh": "hardtanh", "sigmoid": "hard_sigmoid"},
    "with parameters": {"g": "elu(alpha=2)", "h": "thresholded_relu(alpha=0.25)"},
    "a function of one's own": {"g": lambda z: z / (1 + z**2), "h": lambda z: Max(-1, Min(z**3, 1))},
    "by cases": {"g": lambda z: Piecewise((z, z > 0), (exp(z) - 1, True)), "h": "gelu"},
}


@pytest.mark.parametrize("activations", ACTIVATED)
@pytest.mark.filterwarnings("ignore")
def test_other_activations_compile_and_export(activations, tmp_path):
    """In float32: ONNX Runtime has few activations in double precision."""
    layer = build(derive.lstm.with_activations(**ACTIVATED[activations])).Layer(3, 4)
    x = 2 * randn(2, 2, 3, dtype=torch.float32)
    want = answer(layer, x)
    assert_close(answer(torch.compile(layer, fullgraph=True, backend="aot_eager"), x), want, 1e-5)
    program = torch.export.export(layer, (x.detach(),))
    assert_close(tensors(program.module()(x)), want[0], 1e-5)
    path = str(tmp_path / "layer.onnx")
    torch.onnx.export(program, (), path, dynamo=True, verbose=False)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert_close(session.run(None, {session.get_inputs()[0].name: x.detach().numpy()}), want[0], 1e-5)


# ---- parameters that others hold -------------------------------------------------------------------------------------


@layers
@pytest.mark.parametrize("wrapper", ["weight_norm", "spectral_norm", "orthogonal", "prune"])
def test_wrappers_of_parameters(name, wrapper, factory, tolerance):
    """Parametrisation and pruning act on the next call, in training and on the gradients."""
    ours, theirs = pair(name, 3, 4, **factory)
    x = randn(5, 2, 3, **factory)
    before = ours(x)[0]
    for module in (ours, theirs):
        torch.manual_seed(0)
        if wrapper == "prune":
            prune.l1_unstructured(module, "weight_ih_l0", amount=0.5)
        else:
            getattr(parametrizations, wrapper)(module, "weight_hh_l0")
    for _ in range(2):
        grads = []
        for module in (ours, theirs):
            module.zero_grad()
            with parametrize.cached():  # nn.LSTM looks at its weights several times, and spectral_norm counts the looks
                functional(tensors(module(x))).backward()
            grads.append([p.grad for p in module.parameters()])
            with torch.no_grad():
                for p in module.parameters():
                    p.sub_(p.grad, alpha=0.1)
        assert_close(*grads, tolerance)
    assert not torch.allclose(ours(x)[0], before)
    if wrapper == "prune":
        assert int((ours.weight_ih_l0 == 0).sum()) == ours.weight_ih_l0.numel() // 2
        prune.remove(ours, "weight_ih_l0")
        assert isinstance(ours.weight_ih_l0, nn.Parameter)
    else:
        assert parametrize.is_parametrized(ours, "weight_hh_l0")


@layers
def test_clip_grad_norm_and_optimizer(name, factory, tolerance):
    """Five steps of Adam with clipped gradients: the same norms and the same parameters."""
    found = []
    for module in pair(name, 3, 4, 2, **factory):
        torch.manual_seed(1)
        x = randn(5, 2, 3, **factory)
        optimizer = torch.optim.Adam(module.parameters(), 0.01)
        norms = []
        for _ in range(5):
            optimizer.zero_grad()
            module(x)[0].square().sum().backward()
            norms.append(clip_grad_norm_(module.parameters(), 0.1))
            optimizer.step()
        found.append([norms, list(module.parameters())])
    assert_close(*found, 100 * tolerance)


@pytest.mark.filterwarnings("ignore:.*deprecated")
def test_quantised_neighbours():
    """Dynamic quantisation of a model says that it leaves the layer as it is, and quantises what stands beside it."""
    ours, theirs = pair("LSTM", 3, 4)
    model = nn.ModuleDict({"rnn": ours, "head": nn.Linear(4, 2)})
    with pytest.warns(UserWarning, match="leaves LSTM in floating point"):
        model = torch.ao.quantization.quantize_dynamic(model, {nn.Linear, nn.LSTM})
    x = torch.randn(5, 2, 3)
    assert type(model["head"]) is not nn.Linear
    assert_close(model["rnn"](x), theirs(x), 1e-6)


def test_state_files(factory, tolerance, tmp_path):
    """What ``nn.LSTM`` has saved is read with ``weights_only``, and the reverse."""
    ours, theirs = pair("LSTM", 3, 4, 2, bidirectional=True, proj_size=2, **factory)
    for source, target in ((ours, theirs), (theirs, ours)):
        source.reset_parameters()
        buffer = io.BytesIO()
        torch.save(source.state_dict(), buffer)
        buffer.seek(0)
        target.load_state_dict(torch.load(buffer, weights_only=True), strict=True)
        x = randn(5, 2, 3, **factory)
        assert_close(ours(x), theirs(x), tolerance)


# ---- several processes -----------------------------------------------------------------------------------------------


def _train_in_parallel(rank: int, folder: str, dtype: torch.dtype) -> None:
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/rendezvous", rank=rank, world_size=2)
    ours, _ = pair("LSTM", 3, 4, 2, bidirectional=True, dtype=dtype)
    parallel = nn.parallel.DistributedDataParallel(ours)
    torch.manual_seed(0)
    x = torch.randn(5, 4, 3, dtype=dtype)[:, 2 * rank : 2 * rank + 2]
    parallel(x)[0].square().mean().backward()
    parallel(pack_padded_sequence(x, torch.tensor([5, 2])))[0].data.square().mean().backward()
    torch.save([p.grad for p in ours.parameters()], Path(folder) / f"{rank}.pt")
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()
    os._exit(0)  # past the interpreter's end, where gloo's threads now and then abort a process that is done


def test_distributed_data_parallel(dtype, tolerance, tmp_path):
    """Two processes on halves of the batch have the gradients of one process on the whole."""
    torch.multiprocessing.start_processes(_train_in_parallel, (str(tmp_path), dtype), nprocs=2, start_method="fork")
    _, theirs = pair("LSTM", 3, 4, 2, bidirectional=True, dtype=dtype)
    torch.manual_seed(0)
    x = torch.randn(5, 4, 3, dtype=dtype)
    halves = (x[:, :2], x[:, 2:])
    loss = sum(theirs(half)[0].square().mean() for half in halves)
    loss += sum(theirs(pack_padded_sequence(half, torch.tensor([5, 2])))[0].data.square().mean() for half in halves)
    (loss / 2).backward()
    for rank in range(2):
        assert_close(torch.load(tmp_path / f"{rank}.pt"), [p.grad for p in theirs.parameters()], tolerance)
