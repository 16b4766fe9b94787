"""Machines forwards and backwards against the reference, in every size at which their code takes another way."""

from __future__ import annotations

from functools import cache
from itertools import product
from random import Random

import numpy as np
import pytest
from any_cell import random_cell
from compiling import REAL
from machines import TOLERANCE, Run, addresses, chosen, machine, made, moderate, reference
from mixed_cell import mixed_cell
from problems import assert_agree
from sympy import Eq, Symbol

import derive
from derive import Cell, cell, linear, sigmoid, tanh
from derive.backends.c.files import module_text
from derive.backends.c.printer import c_code
from derive.errors import UnsupportedExpression

pytestmark = pytest.mark.skipif(REAL is None, reason="there is no C compiler")

double_or_not = pytest.mark.parametrize("double", [False, True], ids=["float", "double"])
ready = cache(made)

#: Several states, reset before the product, sums over the units, V - Vᵀ, no product in the loop; a matrix for each
#: head, several inputs, weights by head.
CELLS = ["lstm", "gru_reset_before", "layer_norm_lstm", "antisymmetric_rnn", "sru", "mlstm", "gru_d", "slstm_heads"]
#: Lanes of both types, panels side by side, blocks of a product's sum, and one less and more.
EDGES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 31, 32, 33, 63, 64, 65, 96, 127, 128, 129, 160]


def compare(
    name: str | Cell,
    shape: tuple[int, ...],
    double: bool,
    threads: int = 1,
    choice: str | None = None,
    named: int = 6,
) -> None:
    of = derive.catalogue[name] if isinstance(name, str) else name
    given = moderate(chosen(of, choice), shape, seed=sum(shape), named=named)
    ours = Run(ready(of, double, choice), of, given, threads=threads).answer()
    assert_agree(ours, reference(chosen(of, choice))[1](given), TOLERANCE[double])


# ---------------------------------------------------------------------- sizes


@double_or_not
@pytest.mark.parametrize("size", EDGES)
def test_every_size(size, double):
    """Of the batch, the input and the units, each in turn, the others as they come; batches are of moderate sizes."""
    draw = Random(size)
    few = [n for n in EDGES if n <= 17]
    for k in range(3):
        shape = [draw.choice([1, 2, 5]), draw.choice(few), draw.choice(few), draw.choice(few), 1]
        shape[1 + k] = size if k else min(size, 33)
        of, named = CELLS[(size + k) % len(CELLS)], draw.choice(few)
        compare(of, tuple(shape), double, threads=draw.choice([1, 2, 3]), named=named)


@double_or_not
@pytest.mark.parametrize(
    ("name", "shape", "threads"),
    [
        ("lstm", (129, 1, 8, 16, 1), 1),  # steps of one sequence together, in pieces
        ("lstm", (129, 3, 16, 8, 1), 2),
        ("gru_reset_before", (40, 5, 9, 16, 1), 2),  # the input's products in pieces
        ("lstm", (5, 140, 7, 16, 1), 2),  # more rows than steps are put off
        ("lstm", (3, 1, 5, 96, 1), 2),  # panels are shared
        ("lstm", (3, 7, 33, 129, 1), 3),
        ("gru_reset_before", (3, 2, 17, 128, 1), 3),
        ("layer_norm_lstm", (3, 3, 96, 97, 1), 3),
        ("antisymmetric_rnn", (3, 5, 7, 160, 1), 2),
        ("sru", (3, 2, 160, 160, 1), 2),
        ("mogrifier_lstm", (3, 2, 97, 96, 1), 2),
        ("lstm", (2, 13, 3, 7, 1), 3),  # shares of the batch of different sizes
        ("on_lstm", (3, 2, 5, 97, 1), 2),
        ("lstm_heads", (3, 2, 17, 96, 1), 3),
        ("time_lstm", (3, 1, 5, 96, 1), 2),  # an input of one number
        ("phased_lstm", (40, 5, 9, 16, 1), 2),
        ("linear_attention", (3, 1, 5, 96, 1), 2),  # one number of a product by axes
        ("mamba", (3, 5, 7, 16, 1), 2),
        ("kda", (3, 2, 5, 100, 1), 3),
        ("gru_d", (4, 5, 16, 16, 1), 2),  # several inputs of whole panels
    ],
)
def test_every_way(name, shape, threads, double):
    for named in (6, 17) if derive.catalogue[name].named_sizes else (6,):
        compare(name, shape, double, threads, named=named)


@double_or_not
@pytest.mark.parametrize("shape", [(5, 2, 3, 16, 5), (3, 9, 16, 24, 8), (1, 1, 1, 2, 1), (3, 2, 5, 130, 96)])
def test_projection(shape, double):
    for threads in (1, 2):
        compare("lstm", shape, double, threads, choice="projection")


def test_choices():
    for choice in ("tanh", "relu"):
        compare("rnn", (3, 5, 3, 16, 1), True, choice=choice)


# ---------------------------------------------------------------------- instruction sets


@double_or_not
@pytest.mark.parametrize("flags", ["-DPLAIN", "-mno-avx512f", "-DVECTOR_BYTES=16"])
def test_other_vectors(flags, double, monkeypatch):
    """The flags of narrower machines; GCC's and Clang's -march=native leaves -mno-avx512f as it is."""
    if "-m" in flags and derive.backends.package.module("compiler").processor()[1] != "x86_64":
        pytest.skip("a flag of another processor")
    monkeypatch.setenv("CC", f"{REAL} {flags}")
    for name in ("lstm", "layer_norm_lstm", "mlstm"):
        of = chosen(derive.catalogue[name])
        narrow = made(of, double)
        for shape, threads in [((5, 2, 3, 7, 1), 1), ((3, 9, 8, 16, 1), 2), ((3, 3, 17, 100, 1), 2)]:
            given = moderate(of, shape)
            assert_agree(Run(narrow, of, given, threads=threads).answer(), reference(of)[1](given), TOLERANCE[double])


# ---------------------------------------------------------------------- what is asked for


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("shape", [(4, 9, 5, 16, 1), (4, 2, 16, 96, 1)])
@pytest.mark.parametrize("name", CELLS)
def test_what_is_not_wanted(name, shape, threads):
    """Each gradient is the same whatever else is wanted, and the pass backwards can be had twice."""
    of = chosen(derive.catalogue[name])
    run = Run(ready(of, True), of, moderate(of, shape), threads=threads)
    run.forward()
    whole = run.backward()
    for only in whole:
        for wanted in (only.__eq__, only.__ne__):
            for key, d in run.backward(wanted=wanted).items():
                assert np.abs(d - whole[key]).max() <= 1e-13 * max(1.0, np.abs(d).max()), f"{key} without others"
    assert all(np.array_equal(d, whole[key]) for key, d in run.backward().items())


@double_or_not
def test_a_change_of_any_bit_is_noticed(double):
    """So is one of which parameter a number belongs to, and of whether there is a parameter."""
    of = ready(derive.lstm, double)
    shapes = {"weight_ih": (12, 5), "weight_hh": (12, 3), "bias_ih": (12,), "bias_hh": (12,)}
    given = {name: np.zeros(shapes[name], np.float64 if double else np.float32) for name in of.tensors}
    pointers = addresses([given[name] for name in of.tensors])
    digest = lambda at: of.digest(machine.longs(of.sizes(5, 3, 3, {})), at)  # noqa: E731
    found = [digest(pointers), *(digest([*pointers[:k], None, *pointers[k + 1 :]]) for k in range(len(pointers)))]
    for a in given.values():
        bits = a.reshape(-1).view(np.uint64 if double else np.uint32)
        for k in range(len(bits)):
            for bit in (0, 8 * a.itemsize - 1):
                bits[k] = 1 << bit
                found.append(digest(pointers))
            bits[k] = 0
    assert found[0] == digest(pointers)
    assert len({*found}) == len(found)


@double_or_not
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_change_of_many_parameters_is_noticed_by_each_thread(threads, double):
    of = ready(derive.lstm, double)
    sizes = machine.longs(of.sizes(300, 200, 200, {}))
    shapes = {"weight_ih": (800, 300), "weight_hh": (800, 200), "bias_ih": (800,), "bias_hh": (800,)}
    given = {name: np.zeros(shapes[name], np.float64 if double else np.float32) for name in of.tensors}
    pointers = addresses([given[name] for name in of.tensors])
    found = [of.digest(sizes, pointers, threads)]
    for a in given.values():
        numbers = a.reshape(-1)
        for k in {0, *(len(numbers) * i // 12 - j for i in range(1, 13) for j in (0, 1))} - {len(numbers)}:
            numbers[k] = 1.0
            found.append(of.digest(sizes, pointers, threads))
            numbers[k] = 0.0
    assert found[0] == of.digest(sizes, pointers, threads)
    assert len({*found}) == len(found)


@pytest.mark.parametrize("name", CELLS)
def test_without_a_pass_backwards(name):
    of = chosen(derive.catalogue[name])
    for shape in [(5, 3, 4, 16, 1), (40, 9, 3, 7, 1)]:
        given = moderate(of, shape)
        kept, bare = (Run(ready(of, True), of, given, keep=keep).forward() for keep in (True, False))
        assert np.array_equal(kept[0], bare[0])
        assert all(np.array_equal(a, b) for a, b in zip(kept[1], bare[1], strict=True))


# ---------------------------------------------------------------------- cells of one's own


@pytest.mark.parametrize(("drawn", "seed"), [*product([random_cell], range(20)), *product([mixed_cell], range(3))])
def test_random_cells(drawn, seed):
    """Ten digits of the largest number, where no number is huge."""
    of = drawn(seed)
    alone = made(of, True)
    for k, (shape, threads) in enumerate([((2, 3, 5, 7, 1), 1), ((3, 9, 8, 16, 1), 2), ((2, 2, 3, 100, 1), 2)]):
        given = moderate(of, shape, seed=k)
        theirs = reference(of)[1](given)
        found = [theirs.outputs, theirs.d_x, *theirs.d_states.values(), *theirs.d_parameters.values()]
        if max(float(np.abs(a).max()) for a in found) < 1e6:
            assert_agree(Run(alone, of, given, threads=threads).answer(), theirs, 1e-9)


@double_or_not
def test_rows_alone(double):
    """What has no products goes row by row, over whole panels and parts of them; a thread may have none."""

    @cell("A scan of what is given")
    def scan(x, h, b: input):
        h = x * h + b
        return h

    for shape, threads in [((5, 3, 16, 1, 1), 1), ((4, 9, 17, 1, 1), 2), ((3, 2, 160, 96, 1), 2)]:
        compare(scan, shape, double, threads)


x, h = Symbol("x"), Symbol("h")


def crowd(states: int = 1, uses: int = 1, blocks: int = 1) -> Cell:
    """A cell with so many states, uses of one weight, and blocks that are stacked."""
    names = [Symbol(f"s{k}") for k in range(states)]
    chain = [Symbol(f"u{k}") for k in range(uses)]
    gates = [Symbol(f"q{k}") for k in range(blocks)]
    equations = [
        Eq(u, tanh(linear(chain[k - 1] if k else names[0], name="s", bias=False) + linear(x, name="v", bias=False)))
        for k, u in enumerate(chain)
    ]
    equations += [Eq(q, sigmoid(linear(x) + linear(names[0])), evaluate=False) for q in gates]
    equations += [Eq(s, tanh(linear(names[k - 1]) + chain[-1] * sum(gates)), evaluate=False)
                  for k, s in enumerate(names)]  # fmt: skip
    return Cell.from_equations("crowd", equations, states=[str(s) for s in names])


@pytest.mark.parametrize("many", [{"states": 16}, {"uses": 16}, {"blocks": 31}])
def test_as_many_as_there_is_room_for(many):
    for threads in (1, 2):
        compare(crowd(**many), (3, 9, 5, 8, 1), True, threads)


@pytest.mark.parametrize(
    ("many", "message"),
    [({"states": 17}, "17 states"), ({"uses": 17}, "17 uses of one weight"), ({"blocks": 40}, "blocks of one product")],
)
def test_more_than_there_is_room_for(many, message):
    with pytest.raises(UnsupportedExpression, match=f"crowd.*{message} have no room in C"):
        module_text(crowd(**many))


def test_arguments_are_not_multiplied_out():
    """SiLU has exponentials of its argument, whose rounding errors are not those of large summands."""
    a, b = Symbol("a"), Symbol("b")
    assert c_code(derive.leaky_relu(a - b) * a) == "a * where(a - b > splat(R(0)), a - b, R(0.01) * (a - b))"

    @cell("An activation of large summands")
    def large(x, h):
        h = derive.silu(10**12 * linear(x) + linear(h)) / 10**12
        return h

    compare(large, (3, 2, 3, 8, 1), True)
