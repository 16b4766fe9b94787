"""A character model of the Zen of Python: each character is predicted from those before it.

    python examples/char_model.py                                   with nn.LSTM
    python examples/char_model.py --layer derive.lstm               the same losses from the generated layer
    python examples/char_model.py --layer derive.peephole_lstm --truncate 20
    python examples/char_model.py --layer derive.lstm --activations tanh=hardtanh g=softsign

The text is cut into a few streams that are read side by side. By default the gradient goes back through the whole of
a stream. With --truncate N it goes back through N characters (truncated backpropagation through time, Williams and
Peng 1990): the streams are read in windows of N characters, the weights are updated after each, and the states go on
into the next window detached from the graph, so that memory and the cost of an update no longer grow with the text.
"""

from __future__ import annotations

import codecs
import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils._pytree import tree_map
from training import count, parse, parser_of, report

STREAMS = 8


def zen() -> str:
    """The text; importing it prints it."""
    with contextlib.redirect_stdout(io.StringIO()):
        import this
    return codecs.decode(this.s, "rot13")


TEXT = zen()
SYMBOLS = sorted(set(TEXT))


class CharModel(nn.Module):
    """Scores of the next character. ``layer`` is ``nn.LSTM`` or whatever is called as it is."""

    def __init__(self, layer: Callable[..., nn.Module], width: int = 32, **factory: Any) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(SYMBOLS), width, **factory)
        self.recurrent = layer(width, width, num_layers=2, dropout=0.1, **factory)
        self.scores = nn.Linear(width, len(SYMBOLS), **factory)

    def forward(self, characters: Tensor, states: Any = None) -> tuple[Tensor, Any]:
        """characters: (T, B), as numbers. Returns (T, B, symbols) and the layer's final states."""
        output, states = self.recurrent(self.embedding(characters), states)
        return self.scores(output), states


def numbered(text: str, device: Any) -> Tensor:
    return torch.tensor([SYMBOLS.index(character) for character in text], device=device)


def windows(text: Tensor, truncate: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Characters and their successors, (T, B) each, in stretches of ``truncate``; 0 is the whole."""
    streams = text[: (len(text) - 1) // STREAMS * STREAMS + 1]
    before, after = (part.view(STREAMS, -1).T for part in (streams[:-1], streams[1:]))
    size = truncate or len(before)
    return zip(before.split(size), after.split(size), strict=True)


def train(model: CharModel, epochs: int, truncate: int = 0) -> Iterator[float]:
    """The loss of each epoch: the mean over its windows of the cross-entropy of a character, in nats."""
    text = numbered(TEXT, model.scores.weight.device)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(epochs):
        states, losses = None, []
        for before, after in windows(text, truncate):
            scores, states = model(before, states)
            states = tree_map(Tensor.detach, states)  # here the gradient is truncated
            loss = F.cross_entropy(scores.flatten(0, 1), after.flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
        yield sum(losses) / len(losses)


@torch.no_grad()
def continued(model: CharModel, text: str, count: int) -> str:
    """The text and the likeliest characters after it, one at a time."""
    model.eval()
    states, unread = None, text
    for _ in range(count):
        scores, states = model(numbered(unread, model.scores.weight.device)[:, None], states)
        unread = SYMBOLS[int(scores[-1, 0].argmax())]
        text += unread
    return text


def main(argv: Sequence[str] | None = None) -> None:
    parser = parser_of(__doc__, epochs=100)
    parser.add_argument("--truncate", type=count, default=0, metavar="N", help="detach the states every N characters")
    arguments = parse(parser, argv)
    torch.manual_seed(arguments.seed)
    model = CharModel(arguments.layer, **arguments.factory)
    report(train(model, arguments.epochs, arguments.truncate), arguments.epochs)
    print(continued(model, "Beautiful is", 60))


if __name__ == "__main__":
    main()
