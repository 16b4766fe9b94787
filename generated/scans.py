# Written by `python -m derive code` from templates/torch/scans.py. Do not edit: change the template, run it again.
"""What a call of a layer or a cell consists of: scans, one after the other, of one layer and direction each.

The ordinary way (``recurrent.py``) and the short one (``direct.py``) both read it. Sizes: T time steps, B sequences.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

Tensors = tuple[Tensor, ...]

Piece = tuple[int, int]  # the steps, and how many sequences run in all of them


class Scan(NamedTuple):
    """One direction of a layer over one piece of the sequences. parameters: which of the layer's sets it has, which is
    also where its states stand."""

    layer: int
    direction: int
    parameters: int
    reverse: bool
    piece: int


class Call(NamedTuple):
    """A call of a layer or a cell with inputs of one size.

    pieces: of the input, whose rows follow each other step by step; batch_first: or sequence by sequence, of one piece;
    the output's go step by step. states, found: the shapes of the states, and of what comes out, the output before the
    states where it has one of its own.
    """

    pieces: Sequence[Piece]
    batch_first: bool
    states: list[tuple[int, ...]]
    found: list[tuple[int, ...]]

    def rows(self, piece: int, *, batch_first: bool, reverse: bool) -> tuple[int, int, int]:
        """Of a piece in an order of rows: its first row, and how far the next step and the next sequence are."""
        steps, batch = self.pieces[piece]
        first = sum(s * b for s, b in self.pieces[:piece])
        step, sequence = (1, steps) if batch_first else (batch, 1)
        return (first + (steps - 1) * step, -step, sequence) if reverse else (first, step, sequence)


def scans(layers: int, directions: Sequence[bool], pieces: int) -> list[list[Scan]]:
    """Layer by layer, direction by direction, each through the pieces in the order in which it comes to them: forwards
    sequences end, backwards they begin. directions: whether each reads from the end."""
    return [
        [
            Scan(layer, direction, layer * len(directions) + direction, reverse, piece)
            for direction, reverse in enumerate(directions)
            for piece in (range(pieces - 1, -1, -1) if reverse else range(pieces))
        ]
        for layer in range(layers)
    ]


def cut(x: Tensor, pieces: Sequence[Piece] | None) -> Sequence[Tensor]:
    """The pieces of packed sequences, (steps, sequences, n) each. Each is an ordinary batch of the first sequences, and
    the states of the others wait: forwards they are final already, in reverse they are still initial."""
    if pieces is None:
        return (x,)
    rows = x.split([steps * size for steps, size in pieces])
    return [r.unflatten(0, piece) for r, piece in zip(rows, pieces, strict=True)]


def joined(blocks: Sequence[Tensor], pieces: Sequence[Piece] | None) -> Tensor:
    return blocks[0] if pieces is None else torch.cat([b.flatten(0, 1) for b in blocks])


def with_the_others(after: Tensors, before: Tensors) -> Tensors:
    return tuple(torch.cat((new, old[len(new) :])) for new, old in zip(after, before, strict=True))
