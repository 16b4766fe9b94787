"""Operations as PyTorch text: what is printed, run, is what the operation means."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from problems import finished, naive
from sympy import Symbol

import derive
from derive.backends import backend
from derive.backends.torch.layout import assigned
from derive.backends.torch.text import Spelled
from derive.plan.operations import Matmul, Pointwise, Reduce, Scan
from derive.plan.plan import Origin, Phase, Variable
from derive.plan.stores import Pack

torch = pytest.importorskip("torch")
A, B, H, R, S = map(Symbol, ("a", "b", "h_prev", "r", "s"))
UNITS = ("hidden_size",)
GENERATED = Path(__file__).parents[3] / "generated"


def printed(*ops, unnamed=()):
    """The operations as lines, and the quantities that they give."""
    values = [Variable(q, UNITS, Origin.INTERMEDIATE, q not in unnamed) for op in ops for q in op.targets]
    plan = naive("rnn").with_phases({Phase.STEP: ops}, values)
    text = Spelled(plan, {q: q.name for q in plan.values}, frozenset())
    lines = [line for op in ops for line in text.lines(op)]
    torch.manual_seed(0)
    env = {"torch": torch, "F": torch.nn.functional, "h_prev": torch.randn(3, 4), "p": Parameters}
    exec("\n".join(lines), env)
    return lines, env


class Parameters:
    weight_hh = torch.arange(16.0).reshape(4, 4)


def weight():
    (store,) = (s for s in naive("rnn").stores if s.name == "weight_hh")
    return Pack(store, 0, 1)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_running_sum(reverse):
    lines, env = printed(Scan(S, H, reverse))
    h = env["h_prev"]
    sums = [h[:, k:].sum(-1) if reverse else h[:, : k + 1].sum(-1) for k in range(4)]
    assert len(lines) == 1
    assert torch.allclose(env["s"], torch.stack(sums, -1))


def test_what_stands_in_place_of_a_factor_has_brackets():
    """a = 2 h (Wᵀ h) and s = the sum of h + Wᵀ h."""
    product = Matmul(B, weight(), H, (), True)
    lines, env = printed(product, Pointwise(A, 2 * H * B), unnamed=[B])
    h, w = env["h_prev"], Parameters.weight_hh
    assert len(lines) == 1
    assert torch.allclose(env["a"], 2 * h * (h @ w))
    lines, env = printed(product, Pointwise(R, H + B), Reduce(S, "sum", (R,)), unnamed=[B, R])
    assert lines == ["s = (h_prev @ p.weight_hh + h_prev).sum(-1, keepdim=True)"] or lines == [
        "s = (h_prev + h_prev @ p.weight_hh).sum(-1, keepdim=True)"
    ]
    assert torch.allclose(env["s"], (h + h @ w).sum(-1, keepdim=True))


def test_a_product_of_long_names_is_broken_between_its_arguments():
    """Not within the text that names its axes."""
    names = [f"{letter * 30}_prev" for letter in "abc"]
    value = f'contract(self, "heads value key, heads, heads key -> heads value", {", ".join(names)})'
    lines = assigned("target", value)
    (call,) = ast.parse("\n".join(lines)).body
    assert ast.unparse(call.value) == ast.unparse(ast.parse(value))
    assert len(lines) > 3


def test_the_backend_prints_what_is_generated():
    found = backend("torch")
    assert found.module(derive.lstm) == (GENERATED / "lstm.py").read_text(encoding="utf-8")
    files = found.runtime()
    assert all(text == (GENERATED / file).read_text(encoding="utf-8") for file, text in files.items())
    python = {file for file in files if not file.startswith("c/")}
    machines = {"choices.py", "compiled.py", "compiler.py", "kernels.py", "machine.py", "machines.py"} | {
        "callers.py",
        "direct.py",
    }
    layers = {"backward.py", "module.py", "operators.py", "recurrent.py", "slopes.py", "stacks.py", "streams.py"}
    others = {
        "beyond.py",
        "chance.py",
        "checks.py",
        "fixed.py",
        "inputs.py",
        "lookup.py",
        "loops.py",
        "matrices.py",
        "parallel.py",
        "scans.py",
        "traces.py",
    }
    assert python == others | layers | machines
    assert found.expression(derive.sigmoid(Symbol("a"))) == "torch.sigmoid(a)"
    assert "train" in found.reserved


def test_the_order_of_registration_is_pytorchs():
    """Whatever the order of appearance, which is that of the plan of no machine in particular."""
    names = [s.name for s in backend("torch").plan(derive.lstm).stores]
    assert names == ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"]
    assert [s.name for s in finished("lstm").stores] == ["weight_ih", "bias_ih", "weight_hh", "bias_hh", "weight_hr"]
