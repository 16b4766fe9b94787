"""A sequence as one operator, under ``torch.compile`` and ``torch.export``: any length, and what stays a loop."""

from __future__ import annotations

import copy
import importlib.util
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import sympy
import torch
from replacements import answer, assert_close, hidden, machinery, pair, randn, tensors
from sympy import Eq
from torch import nn
from torch._dynamo.testing import CompileCounterWithBackend

import derive
from derive import Cell, linear, tanh
from derive.backends.package import PACKAGE
from derive.backends.torch.build import build
from derive.backends.torch.emit import module_text, shared_files

DOUBLE = {"dtype": torch.float64}
LENGTHS = (5, 6, 7, 9, 12)
KINDS = {
    "lstm": {"num_layers": 2, "bidirectional": True, "proj_size": 2},
    "gru": {"batch_first": True, "bias": False},
    "slstm": {"bidirectional": True},
    "rg_lru": {"num_layers": 2},
    "rnn": {"nonlinearity": "relu"},
    "cfc": {"checkpoint": True},
}
operators = sys.modules[f"{PACKAGE}.operators"]
T, B = torch.export.Dim("T"), torch.export.Dim("B")


@pytest.fixture(autouse=True)
def fresh_compiler():
    torch._dynamo.reset()


def layer(name: str, **arguments):
    torch.manual_seed(7)
    return build(derive.catalogue[name]).Layer(3, 4, **DOUBLE, **arguments)


def plain(ours: nn.Module) -> nn.Module:
    """The same parameters, and autograd through the loop over time."""
    found = copy.deepcopy(ours)
    found.loop = partial(type(found).loop, found)
    return found


def states_of(ours: nn.Module, batch: int):
    count = len(ours._suffixes) * len(ours._suffixes[0])
    states = tuple(randn(count, batch, n).abs() for n in ours.state_sizes(ours.hidden_size, ours.proj_size))
    states = tuple(s.detach().requires_grad_() for s in states)
    return states if len(states) > 1 else states[0]


def calls(graph: torch.fx.Graph) -> list[str]:
    return [n.target.namespace for n in graph.nodes if isinstance(n.target, torch._ops.OpOverload)].count("derive")


# ---- torch.compile ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernels", [True, False])
@pytest.mark.parametrize("name", KINDS)
def test_five_lengths_are_compiled_twice(name, kernels):
    """Outputs and the gradients of all that goes in; and nothing that C kept stays."""
    ours = layer(name, **KINDS[name])
    ours.kernels = kernels
    backend = CompileCounterWithBackend("aot_eager")
    compiled = torch.compile(ours, fullgraph=True, backend=backend)
    for steps in LENGTHS:
        x = randn(2, steps, 3) if KINDS[name].get("batch_first") else randn(steps, 2, 3)
        hx = states_of(ours, 2)
        assert_close(answer(compiled, x, hx), answer(plain(ours), x, hx), 1e-10)
    assert backend.frame_count == 2
    assert [calls(graph.graph) for graph in backend.graphs] == [len(ours.all_weights)] * 2
    assert not operators._tapes


def test_what_c_keeps_is_computed_again_where_it_was_let_go():
    ours, x = layer("gru"), randn(5, 2, 3)
    with torch.no_grad():
        there_is_one = machinery.kernels.machine_for(ours, (x.detach(),)) is not None
    y = torch.compile(ours, fullgraph=True, backend="aot_eager")(x)[0]
    assert len(operators._tapes) == there_is_one
    operators._tapes.clear()
    found = torch.autograd.grad(y.square().sum(), [x, *ours.parameters()])
    same = plain(ours)
    assert_close(found, torch.autograd.grad(same(x)[0].square().sum(), [x, *same.parameters()]), 1e-12)


def test_layers_of_the_same_sizes_with_other_biases():
    """They share what C has packed, which is of the parameters that are there."""
    for bias in (False, True, False):
        ours, x = layer("lstm", bias=bias), randn(5, 2, 3)
        compiled = torch.compile(ours, fullgraph=True, backend="aot_eager")
        assert_close(answer(compiled, x), answer(plain(ours), x), 1e-12)


def test_a_state_that_is_as_wide_as_the_input():
    x, h, s = sympy.symbols("x h s")
    shifted = Cell.from_equations("shifted", [Eq(h, tanh(linear(x, s, h))), Eq(s, x)], states=[h.name, s.name])
    ours, x = build(shifted).Layer(3, 4, **DOUBLE), randn(5, 2, 3)
    compiled = torch.compile(ours, fullgraph=True, backend="aot_eager")
    assert_close(answer(compiled, x), answer(plain(ours), x), 1e-12)


def test_options_are_those_of_the_call():
    ours, x = layer("cfc"), randn(5, 2, 3)
    compiled = torch.compile(ours, fullgraph=True, backend="aot_eager")
    before = compiled(x)[0]
    for name, value in (("t", 2.5), ("t", torch.tensor(0.5, **DOUBLE))):
        setattr(ours, name, value)
        assert_close(answer(compiled, x), answer(plain(ours), x), 1e-12)
        assert not torch.equal(ours(x)[0], before)


def test_transforms_inside_of_what_is_compiled():
    ours = layer("gru")
    x = randn(3, 2, 3).detach()
    compiled = partial(torch.compile, fullgraph=True, backend="aot_eager")

    def loss(x):
        return ours(x)[0].square().sum()

    for function, given in (
        (torch.func.grad(loss), x),
        (torch.vmap(lambda x: ours(x)[0]), torch.stack((x, x + 1))),
        (lambda x: torch.func.jvp(loss, (x,), (x,))[1], x),
    ):
        assert_close(compiled(function)(given), function(given), 1e-12)


def test_second_derivatives_where_the_backend_has_them():
    ours, x = layer("lstm"), randn(3, 2, 3)

    def second(module):
        (d,) = torch.autograd.grad(module(x)[0].pow(3).sum(), x, create_graph=True)
        return torch.autograd.grad(d.square().sum(), [x, *module.parameters()])

    assert_close(second(torch.compile(ours, fullgraph=True, backend="eager")), second(plain(ours)), 1e-12)


@pytest.mark.parametrize(("name", "arguments"), [("lstm", {"proj_size": 2}), ("gru", {"bias": False})])
def test_what_pytorch_asks_of_operators(name, arguments):
    """That results share no memory with what is given, that sizes are as foretold, for any T and B, and gradients."""
    ours = layer(name, **arguments)
    hx = states_of(ours, 2)
    states = [s[0].detach().requires_grad_() for s in (hx if isinstance(hx, tuple) else (hx,))]
    given = (randn(5, 2, 3), *states, *ours._collect("_l0"), 3, 4, ours.proj_size, True, False, None, None)
    torch.library.opcheck(ours.operator, (*given, False))


# ---- whose equations -------------------------------------------------------------------------------------------------


def imported(folder: Path, old: str, new: str, changed: str = "gru.py"):
    """The module ``model.gru`` of a folder, with one line of it, or of the machinery beside it, changed."""
    files = {**shared_files(), "gru.py": module_text(derive.gru), "__init__.py": ""}
    assert old in files[changed]
    files[changed] = files[changed].replace(old, new)
    for file, content in files.items():
        (folder / "model" / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / "model" / file).write_text(content)
    for name in [name for name in sys.modules if name.partition(".")[0] == "model"]:
        del sys.modules[name]
    sys.path.insert(0, str(folder))
    try:
        importlib.invalidate_caches()
        return importlib.import_module("model.gru")
    finally:
        sys.path.remove(str(folder))


@pytest.mark.filterwarnings("ignore:recurrent layers run step by step")
def test_modules_of_one_name_run_what_they_read(tmp_path):
    """Two edited modules of the same name from two folders, and one of the text that was built, side by side."""
    edits = ("torch.tanh(", "torch.sin("), ("torch.tanh(", "torch.cos("), ("torch.tanh(", "torch.tanh(")
    modules = [imported(tmp_path / str(k), *edit) for k, edit in enumerate(edits)]
    x = randn(5, 2, 3)
    layers = [module.Layer(3, 4, **DOUBLE) for module in modules]
    for found in layers:
        found.load_state_dict(layers[0].state_dict())
    compiled = [torch.compile(found, fullgraph=True, backend="aot_eager") for found in layers]
    for one, found in zip(compiled, layers, strict=True):
        # the derivative of tanh is still in the backward pass of those that were edited: that, too, is what they read
        assert_close(answer(one, x), answer(found, x), 1e-12)
    assert not torch.allclose(layers[0](x)[0], layers[1](x)[0])
    assert len({found.operator for found in layers}) == 3
    assert layers[2].operator is layer("gru").operator
    edited = imported(tmp_path / "loop", "outputs.append(states[0])", "outputs.append(-states[0])", "loops.py")
    negative = edited.Layer(3, 4, **DOUBLE)
    negative.load_state_dict(layers[2].state_dict())
    with torch.no_grad():
        found = torch.compile(negative, fullgraph=True, backend="aot_eager")(x)[0]
        assert_close(found, -layers[2](x)[0], 1e-12)


def test_equations_that_are_written_over():
    """In a subclass, in an instance after it was compiled, and in a module that was executed without being imported."""
    cls = build(derive.gru).Layer

    class Doubled(cls):
        def step(self, a, states, p):
            (h,), computed = super().step(a, states, p)
            return (2 * h,), computed

    x, text = randn(5, 2, 3), module_text(derive.gru)
    executed = dict(vars(sys.modules[cls.__module__]))
    exec(text.replace("torch.tanh(", "torch.sin("), executed)
    torch.manual_seed(7)
    for ours in (Doubled(3, 4, **DOUBLE), executed["Layer"](3, 4, **DOUBLE)):
        assert_close(answer(torch.compile(ours, fullgraph=True, backend="aot_eager"), x), answer(plain(ours), x), 1e-12)
    ours = layer("gru")
    compiled = torch.compile(ours, fullgraph=True, backend="aot_eager")
    before = compiled(x)[0]
    ours.step = lambda a, states, p: ((a[0][..., :4] + states[0],), ())
    assert_close(compiled(x)[0], ours(x)[0], 1e-12)
    assert not torch.allclose(before, ours(x)[0])
    del ours.step
    assert_close(compiled(x)[0], before, 1e-12)
    ours.operator = None
    backend = CompileCounterWithBackend("aot_eager")
    assert_close(torch.compile(copy.deepcopy(ours), backend=backend)(x)[0], before, 1e-12)
    assert [calls(graph.graph) for graph in backend.graphs] == [0]


# ---- torch.export ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strict", [False, True])
def test_export_with_any_length(strict):
    """And with any batch; the exported program can be trained."""
    ours, theirs = pair("LSTM", 3, 4, num_layers=2, bidirectional=True, **DOUBLE)
    hx = hidden(theirs, 2)
    shapes = ({0: T, 1: B}, ({1: B}, {1: B}))
    program = torch.export.export(ours, (randn(5, 2, 3), hx), dynamic_shapes=shapes, strict=strict).module()
    for steps, batch in ((1, 3), (4, 1), (9, 2)):
        x, hx = randn(steps, batch, 3), hidden(theirs, batch)
        got, want = tensors(program(x, hx)), tensors(theirs(x, hx))
        assert_close(got, want, 1e-12)
        gradients = (torch.autograd.grad(sum(y.square().sum() for y in ys), [x, *hx]) for ys in (got, want))
        assert_close(*gradients, 1e-12)


ELSEWHERE = """
import sys, torch
program, numbers = sys.argv[1:]
try:
    torch.export.load(program)
except RuntimeError:
    pass
else:
    raise AssertionError("nothing that it consists of has been imported")
import generated.gru
run = torch.export.load(program).module()
torch.save([run(x) for x in torch.load(numbers)], numbers)
"""


def test_exported_programs_run_in_another_process(tmp_path):
    """Where a module with the same equations has been imported, of whatever package."""
    ours, theirs = pair("GRU", 3, 4, **DOUBLE)
    torch.export.save(
        torch.export.export(ours, (randn(5, 2, 3),), dynamic_shapes=({0: T, 1: B},)), tmp_path / "gru.pt2"
    )
    xs = [randn(steps, batch, 3).detach() for steps, batch in ((1, 2), (4, 3), (9, 1))]
    torch.save(xs, tmp_path / "numbers.pt")
    root = Path(derive.__file__).parents[1]
    command = [sys.executable, "-c", ELSEWHERE, str(tmp_path / "gru.pt2"), str(tmp_path / "numbers.pt")]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    assert_close(torch.load(tmp_path / "numbers.pt"), [theirs(x) for x in xs], 1e-12)


def test_a_loop_is_not_exported_with_any_length():
    """One line says so, also where the length would be frozen without a word; a loop of one's own may have any."""
    cls = build(derive.gru).Layer

    class Doubled(cls):
        def step(self, a, states, p):
            (h,), computed = super().step(a, states, p)
            return (2 * h,), computed

    class Summed(cls):
        def loop(self, x, states, p):
            y = self.project_input(x, p)[0][..., :4].cumsum(0)
            return y, (y[-1],)

    x = randn(5, 2, 3)
    for length in (T, torch.export.Dim.AUTO):
        with pytest.raises(RuntimeError, match=r"^Doubled is exported as a loop .* is dynamic: leave"):
            torch.export.export(Doubled(3, 4, **DOUBLE), (x,), dynamic_shapes=({0: length},))
    ours = Summed(3, 4, **DOUBLE)
    program = torch.export.export(ours, (x,), dynamic_shapes=({0: T},))
    assert_close(program.module()(x[:3])[0], ours(x[:3])[0], 1e-12)
