"""What the example programs share: the choice of the recurrent layer, and the options of every training.

A layer is named ``nn.LSTM``, ``nn.GRU`` or ``nn.RNN`` for PyTorch's own, ``derive.NAME`` for the one generated from a
cell of the catalogue, or ``path/to/file.py:NAME`` for one generated from a cell of your own.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence

import torch
from torch import nn

import derive
from derive.cells.load import load_cell

OWN = {"nn.LSTM": nn.LSTM, "nn.GRU": nn.GRU, "nn.RNN": nn.RNN}


def layer_class(name: str, activations: Sequence[str] = ()) -> type[nn.Module]:
    """The layer of that name, each of the ``activations`` being a replacement such as ``tanh=hardtanh``.

    Raises DeriveError for an unknown cell or activation, or replacements in a layer of PyTorch's.
    """
    if name in OWN:
        if activations:
            raise derive.DeriveError(f"{name} has fixed activations; name a generated layer, such as derive.lstm")
        return OWN[name]
    cell = load_cell(name.removeprefix("derive."))
    if wrong := [a for a in activations if "=" not in a]:
        raise derive.DeriveError(f"activation {wrong[0]!r}: expected OLD=NEW, such as tanh=hardtanh")
    if activations:
        cell = cell.with_activations(**dict(a.split("=", 1) for a in activations))
    return derive.build(cell).Layer


def count(text: str) -> int:
    """A number that is at least 1, of a command line."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive whole number")
    return int(text)


def parser_of(description: str, epochs: int) -> argparse.ArgumentParser:
    """The parser of an example, with the options that all of them have."""
    parser = argparse.ArgumentParser(
        description=description.partition("\n\n")[0],
        epilog=description.partition("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--layer", default="nn.LSTM", help="nn.LSTM, derive.lstm, cells.py:NAME (default: %(default)s)")
    parser.add_argument(
        "--activations", nargs="+", default=[], metavar="OLD=NEW", help="in a generated layer, such as tanh=hardtanh"
    )
    parser.add_argument("--epochs", type=count, default=epochs, help="passes over the text (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of weights and dropout (default: %(default)s)")
    parser.add_argument("--device", default="cpu", help="as torch spells it (default: %(default)s)")
    parser.add_argument(
        "--dtype",
        default="float64",
        choices=["float64", "float32"],
        help="float32 is faster on a GPU; its rounding errors grow in training, and with them the difference between"
        " one layer's losses and another's (default: %(default)s)",
    )
    return parser


def parse(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    """The arguments, ``layer`` being the class and ``factory`` device and dtype. Bad ones end the program with 2."""
    arguments = parser.parse_args(argv)
    try:
        arguments.layer = layer_class(arguments.layer, arguments.activations)
        arguments.factory = {"device": torch.device(arguments.device), "dtype": getattr(torch, arguments.dtype)}
    except (derive.DeriveError, RuntimeError) as error:
        parser.error(str(error))
    return arguments


def report(losses: Iterable[float], epochs: int) -> None:
    """Print the loss of about ten of the epochs, as they end."""
    for epoch, loss in enumerate(losses, 1):
        if epoch % max(1, epochs // 10) == 0 or epoch in (1, epochs):
            print(f"epoch {epoch:{len(str(epochs))}}  loss {loss:.6f}", flush=True)
