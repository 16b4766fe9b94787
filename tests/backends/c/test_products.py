"""The products of the C backend against NumPy: every edge of a block, on every width of a register.

Most inputs are small whole numbers, whose products and sums a float holds exactly: then equality is demanded. Arrays
end where their memory ends and begin off any alignment; what must not be written keeps its guards.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from math import fsum
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

HERE = Path(__file__).resolve()
SOURCES = HERE.parents[3] / "templates" / "c"
COMPILER = shutil.which(os.environ.get("CC", "cc"))
FLAGS = ["-O2", "-fno-math-errno", "-ffp-contract=fast", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror"]
MACHINES = {
    "native": ["-march=native"],
    "AVX2": ["-march=native", "-mno-avx512f"],
    "baseline": [],
    "plain": ["-DPLAIN", "-std=c99", "-pedantic", "-Wconversion"],
}
SANITIZE = ["-march=native", "-O0", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
DTYPES = {"float": np.float32, "double": np.float64}
EDGES = [*range(1, 18), 24, 25, 31, 32, 33, 47, 63, 64, 65, 127, 128, 129, 160, 259]
GUARD = 12345


class Range(ctypes.Structure):
    """``Pair`` of products.c."""

    _fields_ = [("A", ctypes.c_void_p), ("lda", ctypes.c_long)]
    _fields_ += [("D", ctypes.c_void_p), ("ldd", ctypes.c_long), ("rows", ctypes.c_long)]


class Products:
    """The library at ``path``, called with arrays, and random arrays for it."""

    def __init__(self, path: str | Path, dtype: str) -> None:
        self.library = ctypes.CDLL(str(path))
        self.dtype = DTYPES[dtype]
        self.random = np.random.default_rng(1)
        self.lanes = self.number("lanes")

    def number(self, name: str, *arguments: int) -> int:
        function = getattr(self.library, name)
        function.restype = ctypes.c_long
        return function(*map(ctypes.c_long, arguments))

    def call(self, name: str, *arguments: NDArray | ctypes.Array | int) -> None:
        kinds = {np.ndarray: lambda a: ctypes.c_void_p(a.ctypes.data), int: ctypes.c_long}
        getattr(self.library, f"call_{name}")(*(kinds.get(type(a), ctypes.byref)(a) for a in arguments))

    def guarded(self, *shape: int) -> NDArray:
        """Guards up to the end of the memory, from the second number on."""
        return np.full(int(np.prod(shape)) + 1, GUARD, self.dtype)[1:].reshape(shape)

    def whole(self, *shape: int) -> NDArray:
        """Whole numbers from -4 to 4."""
        found = self.guarded(*shape)
        found[...] = self.random.integers(-4, 5, shape)
        return found

    def packed(self, W: NDArray, G: int, team: int) -> NDArray:
        """All wide panels, from (G*N, K)."""
        N, K = len(W) // G, W.shape[1]
        out = self.guarded(self.number("packed", N, G, K))
        assert out.size == -(-N // self.lanes) * self.lanes * G * K
        for me in range(team):
            self.call("pack", W, N, G, K, out, me, team)
        return out

    def width(self, blocks: int, G: int) -> int:
        """Units of ``blocks`` blocks in a wide panel of ``G``."""
        return blocks * self.number("together", G) * self.lanes

    def panels(self, packed: NDArray, N: int, G: int, terms: int) -> list[tuple[NDArray, int]]:
        """Each wide panel, and how many vectors it has: the last one those of the units that are left."""
        last = -(-N // self.lanes) % self.number("together", G) * G or self.width(G, G) // self.lanes
        count = -(-N // self.width(1, G))
        cut = np.split(packed, [p * self.width(G, G) * terms for p in range(1, count)])
        assert cut[-1].size == last * self.lanes * terms
        return [(p, last if p is cut[-1] else self.width(G, G) // self.lanes) for p in cut]

    def unpadded(self, out: NDArray, G: int, N: int) -> NDArray:
        """(wide panels, rows, [panel][block][lane]) -> (rows, G*N)."""
        panels, rows, _ = out.shape
        parts = out.reshape(panels, rows, -1, G, self.lanes).transpose(1, 3, 0, 2, 4)
        return parts.reshape(rows, G, -1)[:, :, :N].reshape(rows, G * N)


# ---------------------------------------------------------------------- checks, of one library


def forward(p: Products, rows: int, K: int, N: int, G: int, team: int, style: int, kind: str = "product") -> None:
    """A (rows, K) with W (G*N, K), a wide panel after the other; the style is where C is."""
    lda = K + style
    A, W = p.whole(rows * lda - style), p.whole(G * N, K)
    packed = p.packed(W, G, team)
    for me in range(team if kind == "narrow_product" else 0):
        p.call("narrow", packed, N, G, K, me, team)
    panels, width = p.panels(packed, N, G, K), p.width(G, G)
    ldo, ldc = width + style, (0, width, width + style)[style]
    C = p.whole(len(panels), 1 if ldc == 0 else rows, max(ldc, width))
    out = p.guarded(len(panels), rows, ldo)
    for (weights, Z), c, o in zip(panels, C, out, strict=True):
        if style == 2:
            o[:, :width] = c[:, :width]
        p.call(kind, rows, A, lda, K, weights, Z, o if style == 2 else c, ldc, o, ldo)
    left = np.lib.stride_tricks.as_strided(A, (rows, K), (lda * A.itemsize, A.itemsize))
    expected = left.astype(float) @ W.astype(float).T + p.unpadded(C[:, :, :width], G, N)
    np.testing.assert_array_equal(p.unpadded(out[:, :, :width], G, N), expected)
    assert (out[:, :, width:] == GUARD).all()


def check_forward(p: Products) -> None:
    """Each edge is the number of rows, of terms and of units once; so is each number of blocks."""
    for i, edge in enumerate(EDGES):
        G, team, style = i % 8 + 1, i % 3 + 1, i % 3
        forward(p, edge, 5, 7, G, team, style)
        forward(p, 7, edge, 5, 9 - G, team, style)
        forward(p, 3, 6, edge, G, team, style)
    for rows in range(1, 14):
        for G in range(1, 9):
            forward(p, rows, 131, 3, G, 1, rows % 3)


def check_narrow(p: Products) -> None:
    """The same with weights of bfloat16, which small whole numbers are."""
    for i, edge in enumerate(EDGES):
        G, team, style = i % 8 + 1, i % 3 + 1, i % 3
        for rows in (1, 7):
            forward(p, rows, edge, 5, 9 - G, team, style, "narrow_product")
        forward(p, edge, 6, edge, G, team, style, "narrow_product")


def check_no_terms(p: Products) -> None:
    """A product without terms is C; one without rows touches nothing."""
    C, out = p.whole(3, p.lanes), p.guarded(3, p.lanes)
    p.call("product", 3, C, 1, 0, C, 1, C, p.lanes, out, p.lanes)
    np.testing.assert_array_equal(out, C)
    nothing = p.guarded(0)
    p.call("product", 0, nothing, 1, 5, nothing, 1, nothing, 0, nothing, 0)


def transposed(p: Products, rows: int, N: int, M: int, S: int, team: int) -> None:
    """D (rows, S*N) with W (S*N, M): one segment after the other is added."""
    D, W = p.whole(rows, S * N), p.whole(S * N, M)
    width = p.width(1, 1)
    packed = p.guarded(S * p.number("packed", M, 1, N))
    for me in range(team):
        p.call("pack_transposed", W, N, S, M, packed, me, team)
    panels = p.panels(packed, M, 1, S * N)
    out = np.zeros((len(panels), rows, width), p.dtype)
    for (panel, Z), o in zip(panels, out, strict=True):
        for s, weights in enumerate(np.split(panel, S)):
            p.call("product", rows, D[:, s * N :], S * N, N, weights, Z, o, width, o, width)
    np.testing.assert_array_equal(p.unpadded(out, 1, M), D.astype(float) @ W.astype(float))


def check_transposed(p: Products) -> None:
    for i, edge in enumerate(EDGES):
        transposed(p, i % 5 + 1, edge, 5, i % 4 + 1, i % 3 + 1)
        transposed(p, i % 5 + 1, 6, edge, 4 - i % 4, i % 3 + 1)


def accumulated(p: Products, lengths: list[int], N: int, G: int, K: int, team: int) -> None:
    """Several ranges of rows and two operands; what pads a block of D is NaN."""
    gap = -(-N // p.lanes) * p.lanes + p.lanes * (N % 2)
    ranges, kept = (Range * len(lengths))(), []
    expected = np.zeros((G, N, K))
    for at, rows in zip(ranges, lengths, strict=True):
        lda, ldd = K + rows % 2, G * gap + rows % 3
        A, D = p.whole(rows, lda), p.guarded(rows, ldd)
        D[...] = np.nan
        D[:, : G * gap].reshape(rows, G, gap)[:, :, :N] = p.whole(rows, G, N)
        expected += np.einsum("rgu,rk->guk", D[:, : G * gap].reshape(rows, G, gap)[:, :, :N].astype(float), A[:, :K])
        at.A, at.lda, at.D, at.ldd, at.rows = A.ctypes.data, lda, D.ctypes.data, ldd, rows
        kept += [A, D]
    few = (K + 1) // 2
    dW, d_few = p.guarded(G * N, K), p.guarded(G * N, few)
    for me in range(team):
        space = p.guarded(p.number("scratch", N, G, K, few))
        p.call("accumulate", ranges, len(lengths), N, G, gap, K, few, dW, d_few, space, me, team)
    np.testing.assert_array_equal(dW, expected.reshape(G * N, K))
    np.testing.assert_array_equal(d_few, expected[..., :few].reshape(G * N, few))


def check_accumulate(p: Products) -> None:
    for i, edge in enumerate(EDGES):
        G, team = i % 8 + 1, i % 3 + 1
        accumulated(p, [edge], 5, G, 7, team)
        accumulated(p, [2, 0, edge, 1], edge, 9 - G, 3, team)
        accumulated(p, [i % 5], 3, G, edge, team)
    accumulated(p, [100, 27, 1, 130, 0], 40, 3, 20, 1)
    accumulated(p, [], 4, 2, 3, 1)


CHECKS = [check_forward, check_narrow, check_no_terms, check_transposed, check_accumulate]


# ---------------------------------------------------------------------- builds


def compiled(out: Path, machine: list[str], dtype: str) -> tuple[Path, subprocess.CompletedProcess]:
    define = ["-DDOUBLE"] if dtype == "double" else []
    command = [COMPILER, *FLAGS, *machine, *define, f"-I{SOURCES}", HERE.with_name("products.c"), "-o", out]
    return out, subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def builds(tmp_path_factory) -> Iterator[dict[tuple[str, str], Future]]:
    """Every build, begun at once."""
    if COMPILER is None:
        pytest.skip("no C compiler: neither cc nor one that CC names")
    folder, keys = tmp_path_factory.mktemp("products"), [(m, d) for m in MACHINES for d in DTYPES]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        begun = {("sanitized", "float"): pool.submit(compiled, folder / "sanitized.so", SANITIZE, "float")}
        for machine, dtype in keys:
            out = folder / f"{machine}-{dtype}.so"
            begun[machine, dtype] = pool.submit(compiled, out, MACHINES[machine], dtype)
        yield begun


def built(build: Future, flags: list[str]) -> Path:
    """The library, without a warning."""
    path, process = build.result()
    if process.returncode and any(
        word in process.stderr for word in ("unrecognized", "unknown argument", "unsupported")
    ):
        pytest.skip(f"the compiler refuses {' '.join(flags)}: {process.stderr.splitlines()[0]}")
    assert process.returncode == 0, process.stderr
    return path


@pytest.fixture(params=DTYPES)
def dtype(request) -> str:
    return request.param


@pytest.fixture(params=MACHINES)
def products(request, builds, dtype) -> Products:
    return Products(built(builds[request.param, dtype], MACHINES[request.param]), dtype)


@pytest.mark.parametrize("check", CHECKS)
def test_sums_of_whole_numbers_are_exact(products, check):
    check(products)


def test_rounding_errors_do_not_grow_with_the_whole_length(products):
    """128 terms a block, and the blocks: the bound of a sum of sums, which one running sum of 0.1s exceeds."""
    K, N = 1 << 16, products.lanes
    A, W = np.full((1, K), 0.1, products.dtype), np.ones((N, K), products.dtype)
    expected, u = fsum(A[0].astype(float)), np.finfo(products.dtype).eps / 2
    running = np.cumsum(A[0])[-1]
    packed = products.packed(W, 1, 1)
    out = np.zeros((1, N), products.dtype)
    products.call("product", 1, A, K, K, packed, 1, out, 0, out, 0)
    assert abs(running - expected) > (128 + K / 128) * u * expected > np.abs(out[0, :N] - expected).max()


def test_real_numbers(products):
    A, W = (products.random.standard_normal(shape).astype(products.dtype) for shape in ((7, 300), (3 * 20, 300)))
    panels = products.panels(products.packed(W, 3, 1), 20, 3, 300)
    width = products.width(3, 3)
    out = np.zeros((len(panels), 7, width), products.dtype)
    for (weights, Z), o in zip(panels, out, strict=True):
        products.call("product", 7, A, 300, 300, weights, Z, o, width, o, width)
    error = np.abs(products.unpadded(out, 3, 20) - A.astype(float) @ W.astype(float).T)
    assert (error <= 150 * np.finfo(products.dtype).eps * (np.abs(A).astype(float) @ np.abs(W).astype(float).T)).all()


def test_no_memory_but_the_arrays_is_touched(builds):
    """The same checks in a process in which every access is watched."""
    asked = subprocess.run([COMPILER, "-print-file-name=libasan.so"], capture_output=True, text=True).stdout.strip()
    if not Path(asked).is_absolute():
        pytest.skip("the compiler has no libasan.so")
    library = built(builds["sanitized", "float"], SANITIZE)
    environment = os.environ | {"LD_PRELOAD": str(Path(asked).resolve()), "ASAN_OPTIONS": "detect_leaks=0"}
    found = subprocess.run([sys.executable, HERE, library, "float"], env=environment, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr[-4000:]


if __name__ == "__main__":
    for one in CHECKS:
        one(Products(*sys.argv[1:]))
