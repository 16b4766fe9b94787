"""The elementary functions of templates/c against ball arithmetic, on every instruction set that this machine has."""

from __future__ import annotations

import itertools
import runpy
from pathlib import Path

import numpy as np
import pytest
from c_functions import NAMES, OF_TWO, TYPES, Functions, compiler, exact_value, instruction_sets, units

ROOT = Path(__file__).parents[3]
LIMIT = 2.0  # units in the last place
CC = compiler()
BUILDS = list(itertools.product(instruction_sets(CC) if CC else [], TYPES))
pytestmark = pytest.mark.skipif(CC is None, reason="this machine has no C compiler")


@pytest.fixture(scope="module")
def builds(tmp_path_factory):
    """The functions for each instruction set and type, all compiled at the same time."""
    folder = tmp_path_factory.mktemp("functions")
    return {(isa, kind): Functions(CC, isa, kind, folder) for isa, kind in BUILDS}


def points(kind: str) -> np.ndarray:
    """Special values, powers of two and where functions change course with their neighbours, numbers of every size."""
    info, random = np.finfo(TYPES[kind]), np.random.default_rng(5)
    tiny = float(info.smallest_subnormal)
    special = [0.0, tiny, 3 * tiny, float(info.tiny), float(info.max), np.inf, np.nan]
    turning = [0.25, 0.47, 0.5, 0.5493, 1.5, 9.2, 10.05, 16.64, 26.5, 1500, 1e6]
    limits = [87.4, 88.72, 88.73, 89.41, 103.97, 104, 709.78, 709.79, 710.47, 710.48, 745.1, 745.2]
    powers = np.ldexp(1.0, np.arange(info.minexp, info.maxexp, 1 + info.bits // 16))
    turns = np.pi / 2 * np.concatenate([np.arange(1, 30), random.integers(1, 10**5, 40)])
    nearest_turns = [16367173 * 2.0**72, 6381956970095103 * 2.0**797]  # that any float, any double comes to pi/2
    with np.errstate(over="ignore"):
        edges = np.array([*special, *turning, *limits, *powers, *turns, *nearest_turns], TYPES[kind])
        others = [
            np.exp(random.normal(0, 1.5, 200)),
            2.0 ** random.uniform(info.minexp, info.maxexp, 60),
            1 + random.normal(0, 1, 60) * 2.0 ** random.uniform(-info.nmant, 0, 60),
        ]
        found = np.concatenate([edges, np.nextafter(edges, 0), *others]).astype(TYPES[kind])
    return np.concatenate([found, -found])


def arguments(name: str, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Points, and the exponents of powers: every special pair, whole exponents, any exponents."""
    x, random = points(kind), np.random.default_rng(6)
    if name not in OF_TWO:
        return x, x
    special = [0.0, 0.5, 1.0, 2.0, 3.0, 1e30, np.inf, np.nan]
    pairs = np.array(list(itertools.product([*special, *(-s for s in special)], repeat=2)), TYPES[kind])
    whole, others = random.integers(-9, 10, len(x)), random.permutation(x)
    ends = random.uniform(-1.01, 1.01, len(x)) * np.log(np.finfo(TYPES[kind]).max) / np.abs(np.log(np.abs(x) + 1e-30))
    second = np.concatenate([pairs[:, 1], whole, others, ends])
    return np.concatenate([pairs[:, 0], x, x, np.abs(x)]), second.astype(TYPES[kind])


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy on infinities
def test_at_most_two_units_in_the_last_place(builds, name, kind):
    """Zeros with their sign, infinities, NaN, subnormal numbers and points outside of the domain included."""
    x, y = arguments(name, kind)
    given = list(zip(x.tolist(), y.tolist(), strict=True))
    exact = [exact_value(name, *pair) for pair in given]
    for isa in {isa for isa, _ in BUILDS}:
        functions = builds[isa, kind]
        for (a, b), right, result in zip(given, exact, functions(name, x, y).tolist(), strict=True):
            error = functions.error(name, a, b, result, right)
            assert error <= LIMIT, (
                f"{name}({a!r}{f', {b!r}' * (name in OF_TWO)}) = {result!r} on {isa}: {error:.3g} units"
            )


@pytest.mark.parametrize("kind", TYPES)
def test_some_lanes(builds, kind):
    """The first lanes are copied, the memory behind them stays as it is, and only they count in the sum."""
    for isa in {isa for isa, _ in BUILDS}:
        functions = builds[isa, kind]
        for n in range(functions.library.lanes() + 1):
            x, to = np.arange(1, 20, dtype=TYPES[kind]), np.full(19, -1, TYPES[kind])
            assert functions.copy(x, to, n) == n * (n + 1) / 2
            assert to.tolist() == [*x[:n], *[-1] * (19 - n)]


def test_an_error_is_measured_in_units_in_the_last_place():
    """The oracle's own sum: neighbours are one unit apart, from the smallest number to infinity."""
    for kind in TYPES.values():
        info = np.finfo(kind)
        for x in map(kind, (info.smallest_subnormal, info.tiny, 1, 1.5, info.max, -1)):
            exact = exact_value("sin", 0.25, 0) * 0 + float(x)
            with np.errstate(over="ignore"):
                assert units(exact, float(x), kind) == 0
                assert units(exact, float(np.nextafter(x, kind(np.inf))), kind) in (1, 0.5)


def test_the_coefficients_are_those_that_are_found():
    """The header holds what the script works out now."""
    found = runpy.run_path(str(ROOT / "benchmarks" / "coefficients.py"))["header"]()
    assert (ROOT / "templates" / "c" / "coefficients.h").read_text() == found
