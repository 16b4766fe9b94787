"""What hooks into the layers' graph or runs them again: hooks, checkpoints, the search for anomalies, threads."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from replacements import (
    answer,
    assert_close,
    assert_same_grads,
    call,
    functional,
    grads_of,
    kinds,
    randn,
    stack,
    tensors,
)
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves
from torch.utils.checkpoint import checkpoint


@kinds
def test_hooks(kind, factory, tolerance):
    """Hooks of tensors, parameters and modules are called as often as torch's and see the same gradients."""
    ours, theirs, x, states = stack(kind, factory)
    found = []
    for module in (ours, theirs):
        x.grad = None
        seen = defaultdict(list)

        def note(key: str, seen=seen):
            return lambda *values: seen[key].extend(v for v in tree_leaves(values) if isinstance(v, Tensor))

        for k, p in module.named_parameters():
            p.register_hook(note(k))
            p.register_post_accumulate_grad_hook(note(f"{k}, accumulated"))
        module.register_forward_hook(note("forward"))
        module.register_full_backward_pre_hook(note("before backward"))
        module.register_full_backward_hook(note("after backward"))
        y, h = call(module, x, states)
        y.register_hook(lambda g: 2 * g)
        functional(tensors((y, h))).backward()
        found.append([dict(sorted(seen.items())), x.grad])
    assert [(k, len(v)) for k, v in found[0][0].items()] == [(k, len(v)) for k, v in found[1][0].items()]
    assert_close(*found, 2 * tolerance)


@kinds
def test_hooks_of_saved_tensors(kind, factory, tolerance):
    """All that the graph keeps passes through ``saved_tensors_hooks``, as offloading it to the host needs."""
    ours, theirs, x, states = stack(kind, factory)
    inputs = [x, *states, *ours.parameters()]
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach().clone(), lambda t: t):
        loss = functional(tensors(call(ours, x, states)))
    with torch.no_grad():
        for p in ours.parameters():
            p.add_(1.0)  # the clones are what is read
    want = torch.autograd.grad(functional(tensors(call(theirs, x, states))), [x, *states, *theirs.parameters()])
    assert_close(torch.autograd.grad(loss, inputs), want, tolerance)


@kinds
@pytest.mark.parametrize("reentrant", [False, True])
def test_checkpoint(kind, reentrant, factory, tolerance):
    """``torch.utils.checkpoint`` runs the layer again in the backward pass, dropout and all."""
    ours, theirs, x, _ = stack(kind, factory)
    ours.dropout = theirs.dropout = 0.5 if factory["device"] == "cpu" else 0.0
    found = []
    for module in (ours, theirs):
        x.grad = None
        torch.manual_seed(3)
        outputs = checkpoint(module, x, use_reentrant=reentrant)
        functional(tensors(outputs)).backward()
        found.append(grads_of(x, *module.parameters()))
    assert_same_grads(*found, tolerance)


@kinds
@pytest.mark.filterwarnings("ignore:Anomaly Detection")
def test_anomaly_mode(kind, factory, tolerance):
    ours, theirs, x, states = stack(kind, factory)
    with torch.autograd.detect_anomaly():
        got = answer(ours, x, states if len(states) > 1 else states[0])
    assert_close(got, answer(theirs, x, states if len(states) > 1 else states[0]), tolerance)
    with torch.autograd.detect_anomaly(), pytest.raises(RuntimeError, match="returned nan values"):
        (ours(x)[0] * float("nan")).sum().backward()


@kinds
def test_threads(kind, factory, tolerance):
    """One layer in several threads at once."""
    ours, theirs, _, _ = stack(kind, factory)
    inputs = [randn(5, 2, 3, **factory) for _ in range(8)]

    def run(module: nn.Module, x: Tensor) -> tuple[Tensor, ...]:
        return torch.autograd.grad(module(x)[0].square().sum(), [x, *module.parameters()])

    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda x: run(ours, x), inputs))
    assert_close(got, [run(theirs, x) for x in inputs], tolerance)
