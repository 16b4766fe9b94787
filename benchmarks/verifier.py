"""auto_LiRPA's bound of the errors of the lecture's LSTM on a box, as a process of its own: it takes an old torch.

``benchmarks/certified.py --peer PYTHON`` starts it with a Python that has auto_LiRPA, and writes the run to its
standard input as JSON: weights, inputs, the ends of the first component, what stands for each gate, and for which
(t, name) a bound is wanted. It prints a list of (t, name, method, bound of the error's absolute value, seconds).
"""

from __future__ import annotations

import json
import sys
import time

import torch
from auto_LiRPA import BoundedModule, BoundedTensor
from auto_LiRPA.perturbations import PerturbationLpNorm

METHODS = ("IBP", "CROWN-IBP", "CROWN")
OPTIONS = {"conv_mode": "matrix", "sparse_intermediate_bounds": False}
torch.set_default_dtype(torch.float64)
# what the release knows of torch before 2.0
torch._C.Node.__getitem__ = lambda node, key: getattr(node, node.kindOf(key))(key)
named = BoundedModule._named_members
BoundedModule._named_members = lambda self, *given, remove_duplicate=True, **keys: named(self, *given, **keys)


class Error(torch.nn.Module):
    """Replaced minus exact of one state at one step, of the first component of all inputs. (B, T) -> (B, 1)"""

    def __init__(self, run: dict, t: int, name: str) -> None:
        super().__init__()
        self.run, self.t, self.name = run, t, name
        self.steps = torch.nn.ModuleList(torch.nn.Linear(len(run["x"]), 1, bias=False) for _ in range(t))
        for k, step in enumerate(self.steps):  # a product in the place of a slice, which is not taken
            step.weight.data = torch.eye(len(run["x"]))[k : k + 1]

    def forward(self, first: torch.Tensor) -> torch.Tensor:
        exact, replaced = (0.0, 0.0), (0.0, 0.0)
        for t, step in enumerate(self.steps):
            x = step(first)
            exact = self.step(t, x, exact, {})
            replaced = self.step(t, x, replaced, self.run["replaced"][t])
        k = ("h", "c").index(self.name)
        return replaced[k] - exact[k]

    def step(self, t, x, state, replaced):
        """i, f, o by the numbers that stand for them, tanh by the identity, where something is replaced."""
        h, c = state
        weights, rest = self.run["weights"], self.run["x"][t][1:]
        gates = []
        for k, gate in enumerate("ifgo"):
            row = weights["weight_ih"][k]
            bias = (
                weights["bias_ih"][k] + weights["bias_hh"][k] + sum(a * b for a, b in zip(row[1:], rest, strict=True))
            )
            a = x * row[0] + h * weights["weight_hh"][k][0] + bias
            exact = torch.tanh if gate == "g" else torch.sigmoid
            gates.append(replaced.get(gate, a) if replaced else exact(a))
        i, f, g, o = gates
        c = c * f + g * i
        return (c if replaced else torch.tanh(c)) * o, c


def main() -> None:
    run = json.load(sys.stdin)
    low, high = (torch.full((1, len(run["x"])), end) for end in run["ends"])
    found = []
    for t, name in run["wanted"]:
        for method in METHODS:
            start = time.process_time()
            centre = (low + high) / 2
            model = BoundedModule(Error(run, t, name), centre, device="cpu", bound_opts=OPTIONS)
            box = BoundedTensor(centre, PerturbationLpNorm(norm=float("inf"), x_L=low, x_U=high))
            lower, upper = model.compute_bounds(x=(box,), method=method)
            bound = max(abs(lower.item()), abs(upper.item()))
            found.append((t, name, method, bound, time.process_time() - start))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
