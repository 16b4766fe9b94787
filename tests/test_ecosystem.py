"""The shared machinery with the rest of PyTorch: compilers, exporters, function transforms, wrappers, several processes."""

from __future__ import annotations

import io
from pathlib import Path

import onnxruntime
import pytest
import torch
from replacements import CELLS, LAYERS
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_, parametrizations, parametrize, prune
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils._pytree import tree_leaves

layers = pytest.mark.parametrize("name", LAYERS)
VARIANTS = [
    ("LSTM", {"num_layers": 2, "bidirectional": True, "proj_size": 2}),
    ("LSTM", {"bias": False, "batch_first": True}),
    ("GRU", {"bidirectional": True}),
    ("RNN", {"nonlinearity": "relu"}),
]
variants = pytest.mark.parametrize(
    ("name", "arguments"), VARIANTS, ids=lambda v: v if isinstance(v, str) else "-".join(v)
)


def pair(name: str, *args, **kwargs) -> tuple[nn.Module, nn.Module]:
    built = []
    for cls in (LAYERS | CELLS)[name]:
        torch.manual_seed(7)
        built.append(cls(*args, **kwargs))
    return built[0], built[1]


def assert_close(got, want, tolerance: float = 1e-5) -> None:
    got, want = tree_leaves(got), tree_leaves(want)
    assert len(got) == len(want)
    for a, b in zip(got, want, strict=True):
        torch.testing.assert_close(torch.as_tensor(a), b.detach(), rtol=tolerance, atol=tolerance)


@variants
def test_compile_without_graph_breaks(name, arguments, device):
    ours, theirs = pair(name, 3, 4, **arguments, device=device)
    compiled = torch.compile(ours, fullgraph=True, backend="aot_eager")
    x = torch.randn(5, 2, 3, device=device)
    assert_close(compiled(x), theirs(x))
    for module in (compiled, theirs):
        module(x)[0].square().sum().backward()
    assert_close([p.grad for p in ours.parameters()], [p.grad for p in theirs.parameters()])


def test_compile_with_inductor(device):
    ours, theirs = pair("LSTM", 3, 4, device=device)
    x = torch.randn(2, 2, 3, device=device)
    with torch.no_grad():
        assert_close(torch.compile(ours, fullgraph=True)(x), theirs(x))


@pytest.mark.parametrize("name", CELLS)
def test_compile_cells(name, device):
    ours, theirs = pair(name, 3, 4, device=device)
    x = torch.randn(2, 3, device=device)
    assert_close(torch.compile(ours, fullgraph=True, backend="aot_eager")(x), theirs(x))


def test_compile_with_dropout_and_autocast(device):
    ours, _ = pair("GRU", 3, 4, 2, dropout=1.0, device=device)
    x = torch.randn(3, 2, 3, device=device)
    compiled = torch.compile(ours, fullgraph=True, backend="aot_eager")
    with torch.autocast(torch.device(device).type, dtype=torch.bfloat16):
        assert_close(compiled(x), ours(x), 2e-2)


@variants
def test_export_with_any_batch(name, arguments):
    ours, theirs = pair(name, 3, 4, **arguments)
    batch = torch.export.Dim("batch")
    axis = 0 if arguments.get("batch_first") else 1
    program = torch.export.export(ours, (torch.randn(5, 5, 3),), dynamic_shapes=({axis: batch},))
    x = torch.randn(*((7, 5) if axis == 0 else (5, 7)), 3)
    assert_close(program.module()(x), theirs(x))


@variants
@pytest.mark.parametrize("dynamo", [True, False], ids=["dynamo", "trace"])
@pytest.mark.filterwarnings("ignore")
def test_onnx_runtime(name, arguments, dynamo, tmp_path):
    """Also with a projection, where the export of ``nn.LSTM`` cannot be run."""
    ours, theirs = pair(name, 3, 4, **arguments)
    ours.eval()
    x = torch.randn(3, 3, 3)
    path = str(tmp_path / "layer.onnx")
    torch.onnx.export(ours, (x,), path, dynamo=dynamo, input_names=["x"], verbose=False)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert_close(session.run(None, {"x": x.numpy()}), theirs(x))


def test_trace():
    ours, theirs = pair("LSTM", 3, 4, bidirectional=True)
    x = torch.randn(5, 2, 3)
    assert_close(torch.jit.trace(ours, (x,))(x + 1), theirs(x + 1))


@layers
def test_function_transforms(name, device):
    """An ensemble by vmap over the parameters, and the Jacobian in forward and in reverse."""
    members = [pair(name, 3, 4, bidirectional=True, device=device, dtype=torch.float64) for _ in range(2)]
    with torch.no_grad():
        for ours, theirs in members:
            for p in ours.parameters():
                p.copy_(torch.randn_like(p))
            theirs.load_state_dict(ours.state_dict())
    x = torch.randn(3, 2, 3, device=device, dtype=torch.float64)
    ours = members[0][0]
    parameters, _ = torch.func.stack_module_state([member for member, _ in members])
    output, _ = torch.func.vmap(lambda p: torch.func.functional_call(ours, p, (x,)))(parameters)
    assert_close(output, torch.stack([theirs(x)[0] for _, theirs in members]), 1e-12)

    def run(p: dict[str, Tensor]) -> Tensor:
        return torch.func.functional_call(ours, p, (x,))[0].sum((1, 2))

    own = {k: p.detach() for k, p in ours.named_parameters()}
    theirs = members[0][1]
    jacobian = torch.func.jacrev(run)(own)
    for t, value in enumerate(theirs(x)[0].sum((1, 2))):
        grads = torch.autograd.grad(value, list(theirs.parameters()), retain_graph=True)
        assert_close([jacobian[k][t] for k in own], grads, 1e-12)
    assert_close(torch.func.jacfwd(run)(own), jacobian, 1e-12)


def test_second_derivatives(device):
    ours, _ = pair("GRU", 2, 2, device=device, dtype=torch.float64)
    x = torch.randn(3, 1, 2, device=device, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda v: ours(v)[0], (x,))


@layers
def test_wrappers_of_parameters(name, device):
    """Parametrisation and pruning act on the next call, and pruned weights stay zero."""
    x = torch.randn(5, 2, 3, device=device)
    for apply in (
        lambda m: parametrizations.weight_norm(m, "weight_hh_l0"),
        lambda m: parametrizations.orthogonal(m, "weight_hh_l0"),
        lambda m: prune.l1_unstructured(m, "weight_ih_l0", amount=0.5),
    ):
        ours, theirs = pair(name, 3, 4, device=device)
        before = ours(x)[0]
        for module in (ours, theirs):
            torch.manual_seed(0)
            apply(module)
        with torch.no_grad():
            for module in (ours, theirs):
                for p in module.parameters():
                    p.mul_(0.5)
        if not parametrize.is_parametrized(ours):
            ours(x), theirs(x)
        assert_close(ours(x), theirs(x))
        assert not torch.allclose(ours(x)[0], before)
        ours(x)[0].sum().backward()
        assert all(p.grad is not None for p in ours.parameters())


@layers
def test_clip_grad_norm_and_optimizer(name, device):
    norms = []
    for module in pair(name, 3, 4, 2, device=device):
        torch.manual_seed(1)
        x = torch.randn(5, 2, 3, device=device)
        optimizer = torch.optim.Adam(module.parameters(), 0.1)
        for _ in range(5):
            optimizer.zero_grad()
            module(x)[0].square().sum().backward()
            norms.append(clip_grad_norm_(module.parameters(), 0.1))
            optimizer.step()
    assert_close(norms[:5], norms[5:], 1e-4)


def test_quantised_neighbours():
    """Dynamic quantisation of a model leaves the layer as it is and quantises what stands beside it."""
    ours, theirs = pair("LSTM", 3, 4)
    model = torch.ao.quantization.quantize_dynamic(nn.ModuleDict({"rnn": ours, "head": nn.Linear(4, 2)}), {nn.Linear})
    x = torch.randn(5, 2, 3)
    assert type(model["head"]) is not nn.Linear
    assert_close(model["rnn"](x), theirs(x))


def test_scripted_neighbours_and_state_files(tmp_path):
    """What ``nn.LSTM`` has saved is read with ``weights_only``, and the reverse."""
    ours, theirs = pair("LSTM", 3, 4, 2, bidirectional=True, proj_size=2)
    for source, target in ((ours, theirs), (theirs, ours)):
        source.reset_parameters()
        buffer = io.BytesIO()
        torch.save(source.state_dict(), buffer)
        buffer.seek(0)
        target.load_state_dict(torch.load(buffer, weights_only=True), strict=True)
        x = torch.randn(5, 2, 3)
        assert_close(ours(x), theirs(x))


def _train_in_parallel(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/rendezvous", rank=rank, world_size=2)
    ours, _ = pair("LSTM", 3, 4, 2, bidirectional=True)
    parallel = nn.parallel.DistributedDataParallel(ours)
    torch.manual_seed(0)
    x = torch.randn(5, 4, 3)[:, 2 * rank : 2 * rank + 2]
    parallel(x)[0].square().mean().backward()
    parallel(pack_padded_sequence(x, torch.tensor([5, 2])))[0].data.square().mean().backward()
    torch.save([p.grad for p in ours.parameters()], Path(folder) / f"{rank}.pt")
    torch.distributed.destroy_process_group()


def test_distributed_data_parallel(tmp_path):
    """Two processes on halves of the batch have the gradients of one process on the whole."""
    torch.multiprocessing.spawn(_train_in_parallel, (str(tmp_path),), nprocs=2)
    _, theirs = pair("LSTM", 3, 4, 2, bidirectional=True)
    torch.manual_seed(0)
    x = torch.randn(5, 4, 3)
    halves = (x[:, :2], x[:, 2:])
    loss = sum(theirs(half)[0].square().mean() for half in halves)
    loss += sum(theirs(pack_padded_sequence(half, torch.tensor([5, 2])))[0].data.square().mean() for half in halves)
    (loss / 2).backward()
    for rank in range(2):
        assert_close(torch.load(tmp_path / f"{rank}.pt"), [p.grad for p in theirs.parameters()])
