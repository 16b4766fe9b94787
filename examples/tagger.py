"""A tagger of Python source: what each character of a line belongs to (a name, a keyword, a string, a comment, ...).

    python examples/tagger.py                              with nn.LSTM
    python examples/tagger.py --layer derive.lstm          the same losses from the generated layer
    python examples/tagger.py --layer derive.gru --epochs 40

The lines are those of modules that ship with Python, and the tags are those of its own tokenizer. Lines differ in
length, so they go through the layer as a PackedSequence; whether a character stands in a string also depends on what
comes after it, so the layer is bidirectional. One line in ten is held out of the training.
"""

from __future__ import annotations

import inspect
import io
import keyword
import textwrap
import tokenize
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence, pack_sequence
from training import parse, parser_of, report

TAGS = ("space", "name", "keyword", "number", "operator", "string", "comment")
KINDS = {
    tokenize.NAME: "name",
    tokenize.NUMBER: "number",
    tokenize.OP: "operator",
    tokenize.STRING: "string",
    tokenize.COMMENT: "comment",
}
BATCH, LONGEST = 32, 60

Line = tuple[Tensor, Tensor]  # characters and tags, (length,) each, as numbers


def lines(source: str) -> list[Line]:
    """The lines that are not blank, without their indentation, up to ``LONGEST`` characters of each."""
    rows = source.splitlines()
    tags = [[TAGS.index("space")] * len(row) for row in rows]
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in KINDS and token.start[0] == token.end[0]:  # a string of several lines is no matter of one line
            kind = "keyword" if keyword.iskeyword(token.string) else KINDS[token.type]
            first, last = token.start[1], token.end[1]
            tags[token.start[0] - 1][first:last] = [TAGS.index(kind)] * (last - first)
    result = []
    for row, tag in zip(rows, tags, strict=True):
        start, text = len(row) - len(row.lstrip()), row.strip()[:LONGEST]
        if text and any(t != TAGS.index("space") for t in tag):
            codes = [min(ord(character), 127) for character in text]
            result.append((torch.tensor(codes), torch.tensor(tag[start : start + len(text)])))
    return result


class Tagger(nn.Module):
    """Scores of the tags of each character. ``layer`` is ``nn.LSTM`` or whatever is called as it is."""

    def __init__(self, layer: Callable[..., nn.Module], width: int = 16, **factory: Any) -> None:
        super().__init__()
        self.embedding = nn.Embedding(128, width, **factory)
        self.recurrent = layer(width, width, bidirectional=True, **factory)
        self.scores = nn.Linear(2 * width, len(TAGS), **factory)

    def forward(self, batch: PackedSequence) -> Tensor:
        """batch: the characters of several lines, packed. Returns (sum of the lengths, tags), in the packed order."""
        output, _ = self.recurrent(batch._replace(data=self.embedding(batch.data)))
        return self.scores(output.data)


def packed(batch: Sequence[Line], device: Any) -> tuple[PackedSequence, Tensor]:
    """The characters of the lines, packed, and their tags in the same order."""
    characters, tags = (pack_sequence(part, enforce_sorted=False) for part in zip(*batch, strict=True))
    return characters.to(device), tags.data.to(device)


def train(model: Tagger, data: Sequence[Line], epochs: int) -> Iterator[float]:
    """The loss of each epoch: the mean over its batches of the cross-entropy of a character's tag, in nats."""
    batches = [packed(data[k : k + BATCH], model.scores.weight.device) for k in range(0, len(data), BATCH)]
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(epochs):
        losses = []
        for characters, tags in batches:
            loss = F.cross_entropy(model(characters), tags)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        yield sum(losses) / len(losses)


@torch.no_grad()
def accuracy(model: Tagger, data: Sequence[Line]) -> float:
    """The share of the characters that get the right tag."""
    characters, tags = packed(data, model.scores.weight.device)
    return float((model.eval()(characters).argmax(-1) == tags).double().mean())


def main(argv: Sequence[str] | None = None) -> None:
    arguments = parse(parser_of(__doc__, epochs=20), argv)
    data = list(chain.from_iterable(lines(inspect.getsource(module)) for module in (textwrap, keyword)))
    held_out = data[::10]
    training = [line for k, line in enumerate(data) if k % 10]
    torch.manual_seed(arguments.seed)
    model = Tagger(arguments.layer, **arguments.factory)
    report(train(model, training, arguments.epochs), arguments.epochs)
    print(f"{accuracy(model, held_out):.1%} of the characters of {len(held_out)} lines that it has not seen")


if __name__ == "__main__":
    main()
