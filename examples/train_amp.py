"""A small LSTM learns a guitar amplifier: ``amp_lstm.safetensors``, the weights of ``amp_lstm.toml``.

    python examples/train_amp.py

The signal is made here: plucked notes, which are sums of harmonics that die away, and what an amplifier makes of them:
a filter that remembers a little, and a soft clipping that is not the same on both sides. The network is one LSTM of 16
units and a readout, as pedals have it. Needs torch and safetensors; takes half a minute.
"""

from __future__ import annotations

import math
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

HERE = Path(__file__).parent
RATE = 8000  # samples a second
STEPS, BATCH, LENGTH = 600, 32, 200
HARMONICS = 8


def plucked(batch: int, length: int, generator: torch.Generator) -> Tensor:
    """(length, batch, 1): notes of random pitch and strength, between -1 and 1."""
    time = torch.arange(length)[:, None, None] / RATE
    pitch = 80 * 2 ** (2.5 * torch.rand(batch, 1, generator=generator))
    k = torch.arange(1, HARMONICS + 1)
    phase = 2 * math.pi * torch.rand(batch, HARMONICS, generator=generator)
    waves = torch.sin(2 * math.pi * pitch * k * time + phase) * torch.exp(-time * (2 + k)) / k
    note = waves.sum(dim=2, keepdim=True)
    strength = torch.rand(1, batch, 1, generator=generator)
    return strength * note / note.abs().amax(dim=0, keepdim=True)


def amplified(x: Tensor) -> Tensor:
    """What the amplifier makes of it."""
    memory, out = torch.zeros_like(x[0]), []
    for sample in x:
        memory = 0.7 * memory + 0.3 * sample
        out.append(torch.tanh(2.5 * (sample + memory) / 2 + 0.2) - math.tanh(0.2))
    return torch.stack(out)


class Amplifier(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(1, 16)
        self.readout = nn.Linear(16, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.readout(self.lstm(x)[0])


def main() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(1)
    model = Amplifier()
    optimiser = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for step in range(STEPS + 1):
        x = plucked(BATCH, LENGTH, generator)
        wanted = amplified(x)
        loss = ((model(x) - wanted) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 100 == 0:
            print(f"step {step}: error over signal {(loss / (wanted**2).mean()).sqrt().item():.3f}")
    save_file({name: p.detach().contiguous() for name, p in model.state_dict().items()}, HERE / "amp_lstm.safetensors")


if __name__ == "__main__":
    main()
