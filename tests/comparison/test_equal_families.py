"""Cells that differ in how sums of weights are written: equal where all sums together can be the same numbers.

Beside each pair stands the linear map that takes the one's weights to the other's, or what the sums of one are and
those of the other are not. The oracle is the image of the map from the weights to the sums, by NumPy.
"""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Matrix, Symbol, sympify

import derive
from derive.cells.load import load_file

GATES = r"z_t = \sigma(%s) \\ r_t = \sigma(%s) \\ h_t = z_t \odot h_{t-1} + r_t \odot \tanh(%s)"
UNITS = 3


# ------------------------------------------------------------------ sums in three gates

#: What is added to W x, U x and V x in the gates z, r and h of either cell; why.
SAME_SUMS = [
    ("b, d, b + d", "b - d, d, b"),  # z, r, z + r: (b, d) -> (b + d, d)
    ("b, d, b + d", "b, d - b, d"),  # d -> b + d
    ("b, d, b - d", "b + d, d, b"),  # b -> b - d
    ("b, d, 2 b + d", "b, d - 2 b, d"),  # d -> d + 2 b
    ("b + d, b - d, b", "b, d, \\frac{1}{2} b + \\frac{1}{2} d"),  # b + d, b - d are any two; h is their mean
    ("b, b + 1, d", "b - 1, b, d"),  # b -> b + 1
    ("b, d, b + d + 1", "b - 1, d, b + d"),  # b -> b + 1
    ("b, d, b + d + 3", "b - d, d - 3, b"),  # d -> d + 3, b -> b + d + 3
    ("b + c, d, b + c + d", "b, d, b + d"),  # c only beside b
    ("b + c, b - c, c", "b + 2 c, b, c"),  # b -> b + c
    ("b, b, b + d", "c, c, d"),  # d -> d - b
    ("b, 2 b, d", "c, 2 c, d + c"),  # d -> d - b
    ("b, b, b", "b + c, b + c, b + c"),  # b -> b + c
    ("b + c, c + d, d + b", "b, c, d"),  # the matrix has the determinant 2
    ("b + c + d, c + d, d", "d, c, b"),  # it is triangular
]  # fmt: skip
#: Those whose sums have another relation, so that no weights of the one give all that the other gives.
OTHER_SUMS = [
    ("b, d, b + d", "b, d, b + 2 d"),  # h = z + r against h = z + 2 r
    ("b, d, b + d", "b + d, d, b - d"),  # h = z + r against h = z - 2 r
    ("b, d, b + d", "b, d, b + d + 1"),  # h = z + r against h = z + r + 1
    ("b, d, b + d", "b, d, c"),  # no relation in the second
    ("b, d, b + d", "b, b, d"),  # z = r in the second
    ("b, d, b - d", "b, d, 2 b - d"),  # h = z - r against h = 2 z - r
    ("b, b + 1, d", "b, b, d"),  # r = z + 1 against r = z
    ("b, b + 1, d", "b, b + 2, d"),  # r = z + 1 against r = z + 2
    ("b, 2 b, d", "b, 3 b, d"),  # r = 2 z against r = 3 z
    ("b, b, b", "b, b, 2 b"),  # h = z against h = 2 z
    ("b, b, b + d", "b, b, b"),  # one sum less is free
    ("b + c, c + d, d + b", "b + c, c + d, b - d"),  # the determinant is 0 in the second
    ("b + c + d, c + d, d", "b + c + d, c + d, b"),  # it is 0 in the second: the first is the other two added
    ("b + c, d, b + c + d", "b + c, d, b - c"),  # the sums of the second are any
    ("b, d, b + d + 3", "b, d, b + d - 3"),  # h = z + r + 3 against h = z + r - 3
]  # fmt: skip


def gated(sums):
    operands = zip(("W x_t", "U x_t", "V x_t"), sums.split(", "), strict=True)
    return derive.from_latex(GATES % tuple(f"{a} + {b}" for a, b in operands)).cell


def all_sums(sums):
    """What the sums can be: an affine space, by the projection onto its directions, and its place nearest to 0."""
    text = sums.replace("\\frac{1}{2}", "0.5").replace("2 ", "2*").replace("3 b", "3*b").replace("0.5 ", "0.5*")
    exprs = [sympify(part) for part in text.split(",")]
    letters = [Symbol(n) for n in "bcd"]
    matrix = np.array(Matrix(exprs).jacobian(letters), float)
    start = np.array([float(e.subs(dict.fromkeys(letters, 0))) for e in exprs])
    onto = matrix @ np.linalg.pinv(matrix)
    return onto, start - onto @ start


def is_one(a, b):
    return all(np.allclose(x, y) for x, y in zip(all_sums(a), all_sums(b), strict=True))


@pytest.mark.parametrize(("a", "b"), SAME_SUMS)
def test_sums_of_one_image_are_equal(a, b):
    assert is_one(a, b)
    for first, second in ((a, b), (b, a)):
        found = derive.compare(gated(first), gated(second))
        assert found, repr(found)
        assert found.trial.agrees


@pytest.mark.parametrize(("a", "b"), OTHER_SUMS)
def test_sums_of_other_images_are_different(a, b):
    assert not is_one(a, b)
    for first, second in ((a, b), (b, a)):
        found = derive.compare(gated(first), gated(second))
        assert not found
        assert found.decided, repr(found)


# ------------------------------------------------------------------ maps of weights

#: What is added in the gates z and h: W and U are h times a matrix, A times an antisymmetric one, p, b and d are
#: vectors, a is a number.
SAME_MAPS = [
    ("W + b", "U + d", "W + A + b", "U + d"),  # W -> W + A
    ("W + b", "U + d", "W + p * h + b", "U + d"),  # W -> W + diag(p)
    ("W + b", "U + d", "W + a * h + b", "U + d"),  # W -> W + a 1
    ("W + b", "U + d", "W + A + p * h + b", "U + d"),  # W -> W + A + diag(p)
    ("W + b", "U + d", "W + b + mean(b)", "U + d"),  # of b + mean(b), b is b - mean(b)/2
    ("W + b", "U + d", "W + b - mean(b) / 2", "U + d"),  # of b - mean(b)/2, b is b + mean(b)
    ("W + b", "U + d", "W + b + mean(p)", "U + d"),  # b -> b + mean(p)
    ("W + b", "U + d", "W + b + mean(d)", "U + d"),  # b -> b + mean(d)
    ("W + b", "U + d", "W + b + a", "U + d"),  # b -> b + a
    ("W + b", "U + d", "W + b + a + a * h", "U + d"),  # b -> b + a, W -> W + a 1
    ("W + b", "U + d", "W + b + p * h", "U + d + p * h"),  # W -> W + diag(p), U -> U + diag(p)
    ("W + b", "U + d", "W + b + mean(p)", "U + d - mean(p)"),  # b -> b + mean(p), d -> d - mean(p)
    ("W + b", "U + a", "W + b + a", "U + a"),  # b -> b + a
    ("W + b", "U + b + mean(b)", "W + b - mean(b) / 2", "U + b"),  # b -> b + mean(b)
    ("W + b", "U + d", "W + A + b", "U + d + mean(p)"),  # W -> W + A, d -> d + mean(p)
]  # fmt: skip
OTHER_MAPS = [
    ("W + b", "U + d", "A + b", "U + d"),  # A is antisymmetric
    ("W + b", "U + d", "p * h + b", "U + d"),  # diag(p) is diagonal
    ("W + b", "U + d", "a * h + b", "U + d"),  # a 1 is so too
    ("W + b", "U + d", "A + p * h + b", "U + d"),  # A + diag(p) has the same numbers, but for signs, on both sides
    ("W + b", "U + d", "W + mean(b)", "U + d"),  # mean(b) is one number
    ("W + b", "U + d", "W + b - mean(b)", "U + d"),  # b - mean(b) has the mean 0
    ("W + b", "U + d", "W + a", "U + d"),  # a is one number
    ("A + b", "U + d", "A + a * h + b", "U + d"),  # the first has no diagonal
    ("A + p * h + b", "U + d", "A + a * h + b", "U + d"),  # the second has one number on the diagonal
    ("W + b", "U + b + mean(b)", "W + b", "U + b + 2 * mean(b)"),  # h - z is the mean of z, or twice that
    ("W + b", "U + mean(b)", "W + b", "U + mean(d)"),  # d is another one
    ("W + b", "U + mean(b)", "W + b", "U + b"),  # mean(b) is one number
    ("W + b", "U + p * h + b", "W + b", "p * h + b"),  # diag(p) is diagonal
    ("W + b", "U + a", "W + a", "U + a"),  # b is no number
    ("W + b", "U + b - mean(b)", "W + b", "U + b"),  # the first has the mean 0 in h
]  # fmt: skip
KINDS = {"p": "vector", "b": "vector", "d": "vector", "a": "scalar"}
PYTHON = """
from derive import *

@cell("Two gates")
def {name}(x, h, {given}):
    z = sigmoid(linear(x, bias=False) + {z})
    h = z * h + tanh(linear(x, bias=False) + {h})
    return h
"""
MATRIX = "linear(h, bias=False)"
OPERANDS = {"W": MATRIX, "U": MATRIX, "A": MATRIX.replace(")", ', weight="antisymmetric", name="a")')}


def letters(*gates):
    return [n for n in (*KINDS, *OPERANDS) if any(n in gate.replace("mean", "").replace("h", "") for gate in gates)]


def written(name, gates, folder):
    given = ", ".join(f"{n}: {KINDS[n]}" for n in letters(*gates) if n in KINDS)
    texts = ["".join(OPERANDS.get(c, c) for c in gate) for gate in gates]
    path = folder / f"{name}.py"
    path.write_text(PYTHON.format(name=name, given=given, z=texts[0], h=texts[1]), encoding="utf-8")
    return getattr(load_file(path), name)


def image(gates):
    """The sums of both gates, for all units of h, of each number that is learned."""
    shapes = {n: (UNITS, UNITS) if n in OPERANDS else (UNITS,) if n != "a" else () for n in letters(*gates)}
    columns = []
    for own, shape in shapes.items():
        for k in range(int(np.prod(shape, dtype=int))):
            value = {n: np.zeros(s) for n, s in shapes.items()}
            value[own].flat[k] = 1
            columns.append(
                np.concatenate([added(gate, value, h) for gate in gates for h in (*np.eye(UNITS), np.zeros(UNITS))])
            )
    return np.stack(columns, axis=1)


def added(gate, value, h):
    matrices = {n: (v - v.T if n == "A" else v) @ h for n, v in value.items() if n in OPERANDS}
    given = {**value, **matrices, "h": h, "mean": lambda v: np.full(UNITS, v.mean())}
    return np.broadcast_to(eval(gate, {}, given), UNITS)


def has_one_image(pair):
    first, second = image(pair[:2]), image(pair[2:])
    ranks = {np.linalg.matrix_rank(m) for m in (first, second, np.concatenate([first, second], axis=1))}
    return len(ranks) == 1


@pytest.mark.parametrize("pair", SAME_MAPS, ids=[" | ".join(p) for p in SAME_MAPS])
def test_maps_of_one_image_are_equal(pair, tmp_path):
    assert has_one_image(pair)
    cells = written("a", pair[:2], tmp_path), written("b", pair[2:], tmp_path)
    for first, second in (cells, cells[::-1]):
        found = derive.compare(first, second)
        assert found, repr(found)
        assert found.trial.agrees


@pytest.mark.parametrize("pair", OTHER_MAPS, ids=[" | ".join(p) for p in OTHER_MAPS])
def test_maps_of_other_images_are_different(pair, tmp_path):
    assert not has_one_image(pair)
    cells = written("a", pair[:2], tmp_path), written("b", pair[2:], tmp_path)
    for first, second in (cells, cells[::-1]):
        found = derive.compare(first, second)
        assert not found
        assert found.decided, repr(found)
