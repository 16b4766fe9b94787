"""The tagger of tagger.py on several processes: each one takes its share of the lines of every batch.

    python examples/train_ddp.py                                               one process
    torchrun --nproc-per-node 2 examples/train_ddp.py                          DistributedDataParallel
    torchrun --nproc-per-node 2 examples/train_ddp.py --wrap fsdp              parameters in shards (FSDP2)
    torchrun --nproc-per-node 2 examples/train_ddp.py --checkpoint ckpt --stop-after 4
    torchrun --nproc-per-node 2 examples/train_ddp.py --checkpoint ckpt        goes on from there

The losses are those of one process to rounding, however many there are. A checkpoint is written after every epoch by
torch.distributed.checkpoint, one file a process, and read again by any number of processes with either wrapping.
"""

from __future__ import annotations

import inspect
import os
import textwrap
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import tagger
import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch import nn
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict
from torch.distributed.fsdp import fully_shard
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel
from training import count, parse, parser_of


def wrapped(model: tagger.Tagger, how: str) -> nn.Module:
    """The model with its gradients averaged over the processes: ``how`` is "ddp" or "fsdp"; as it is in one process."""
    if not dist.is_initialized():
        return model
    if how == "ddp":
        return DistributedDataParallel(model)
    mesh = dist.device_mesh.init_device_mesh(model.scores.weight.device.type, (dist.get_world_size(),))
    fully_shard(model.recurrent, mesh=mesh)
    return fully_shard(model, mesh=mesh)


def summed(loss: torch.Tensor) -> float:
    """The loss summed over the processes."""
    total = loss.detach().clone()
    if dist.is_initialized():
        dist.all_reduce(total)
    return total.item()


def train(model: nn.Module, optimizer: Any, data: Sequence[tagger.Line], device: Any) -> float:
    """One epoch: the mean over its batches of the cross-entropy of a character's tag, in nats.

    A batch's loss is the mean over all of its characters. The processes' shares of it are added for print; gradients
    are averaged over the processes, so that what is differentiated is the share times their number.
    """
    rank, processes = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    losses = []
    for k in range(0, len(data), tagger.BATCH):
        batch = data[k : k + tagger.BATCH]
        characters, tags = tagger.packed(batch[rank::processes], device)
        share = F.cross_entropy(model(characters), tags, reduction="sum") / sum(len(line) for line, _ in batch)
        optimizer.zero_grad()
        (share * processes).backward()
        optimizer.step()
        losses.append(summed(share))
    return sum(losses) / len(losses)


def latest(kept: Path) -> Path | None:
    """The last checkpoint in the folder that is whole: its ``.metadata`` is written when all else is there."""
    whole = [path.parent for path in kept.glob("epoch-*/.metadata")]
    return max(whole, key=lambda path: int(path.name.removeprefix("epoch-")), default=None)


def trained(
    model: nn.Module, data: Sequence[tagger.Line], epochs: int, kept: Path | None, device: Any
) -> Iterator[tuple[int, float]]:
    """The number and the loss of each epoch, from the one after the last checkpoint in the folder ``kept``, if there is
    one, up to ``epochs``; a checkpoint is written there after each."""
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    first = 1
    if kept and (found := latest(kept)):
        weights, moments = get_state_dict(model, optimizer)
        dcp.load({"model": weights, "optimizer": moments}, checkpoint_id=found)
        set_state_dict(model, optimizer, model_state_dict=weights, optim_state_dict=moments)
        first = int(found.name.removeprefix("epoch-")) + 1
    for epoch in range(first, epochs + 1):
        yield epoch, train(model, optimizer, data, device)
        if kept:
            weights, moments = get_state_dict(model, optimizer)
            dcp.save({"model": weights, "optimizer": moments}, checkpoint_id=kept / f"epoch-{epoch}")


def leave() -> None:
    """End the group of processes, all of them at once.

    Gloo's thread may still hold the group for a moment after the last collective has returned: torch 2.13 aborts or
    waits for ever where it is the last to let go.
    """
    dist.barrier()
    time.sleep(0.5)
    dist.destroy_process_group()


def main(argv: Sequence[str] | None = None) -> None:
    parser = parser_of(__doc__, epochs=8)
    parser.add_argument("--wrap", default="ddp", choices=["ddp", "fsdp"], help="(default: %(default)s)")
    parser.add_argument("--checkpoint", type=Path, metavar="FOLDER", help="written after every epoch, and gone on from")
    parser.add_argument("--stop-after", type=count, metavar="N", help="end after that epoch, as if interrupted")
    arguments = parse(parser, argv)
    if arguments.checkpoint and arguments.checkpoint.is_file():
        parser.error(f"--checkpoint {arguments.checkpoint} is a file; name a folder")
    device = arguments.factory["device"]
    if "WORLD_SIZE" in os.environ:  # started by torchrun
        if device.type == "cuda":
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    data = tagger.lines(inspect.getsource(textwrap))
    torch.manual_seed(arguments.seed)
    model = wrapped(tagger.Tagger(arguments.layer, **arguments.factory), arguments.wrap)
    epochs = min(arguments.epochs, arguments.stop_after or arguments.epochs)
    for epoch, loss in trained(model, data, epochs, arguments.checkpoint, device):
        if not dist.is_initialized() or dist.get_rank() == 0:
            print(f"epoch {epoch:{len(str(arguments.epochs))}}  loss {loss:.12f}", flush=True)
    if dist.is_initialized():
        leave()


if __name__ == "__main__":
    main()
