"""Products in parts of bfloat16 and in digits of int8 on an emulated matrix unit, against NumPy, at every edge.

Where this processor has such a unit, the same on it. Its intrinsics are compiled everywhere.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from compiling import OTHER, REAL

HERE = Path(__file__).resolve()
SOURCES = HERE.parents[3] / "templates" / "c"
FLAGS = ["-O2", "-fno-math-errno", "-ffp-contract=fast", "-std=gnu11", "-fPIC", "-Wall", "-Wextra", "-Werror"]
FLAGS += ["-Wno-unused-function"]  # of those that are for others
UNIT = ["-mavx512f", "-mavx512bw", "-mamx-tile", "-mamx-bf16", "-mamx-int8"]
PROCESSOR = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
X86 = os.uname().machine == "x86_64"
MACHINES = {
    "native": ["-march=native", "-DEMULATE_TILES"],
    "AVX2": ["-march=native", "-mno-avx512f", "-DEMULATE_TILES"],
    "baseline": ["-DEMULATE_TILES"],
    **({"the unit itself": ["-march=native"]} if "amx_bf16" in PROCESSOR else {}),
}
SANITIZE = [
    "-march=native",
    "-DEMULATE_TILES",
    "-O0",
    "-g",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
]
EDGES = [1, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 65, 300]
GUARD = -12345.0
MOST_UNEVEN = 4400  # of weights in digits

pytestmark = pytest.mark.skipif(REAL is None, reason="there is no C compiler")


class Parts:
    """The library at ``path``, called with arrays."""

    def __init__(self, path: str | Path) -> None:
        self.library = ctypes.CDLL(str(path))
        self.random = np.random.default_rng(1)
        self.is_emulated = True
        self.lanes = self.call("lanes")

    def call(self, name: str, *arguments: np.ndarray | int) -> int:
        function = getattr(self.library, name)
        function.restype = ctypes.c_long
        return function(
            *(ctypes.c_void_p(a.ctypes.data) if isinstance(a, np.ndarray) else ctypes.c_long(a) for a in arguments)
        )

    def halves(self, count: int) -> np.ndarray:
        """At a boundary of 64 bytes, as tiles want it; NaN in what nobody writes."""
        whole = np.full(count + 32, 0x7FFF, np.uint16)
        begin = -whole.ctypes.data % 64 // 2
        return whole[begin : begin + count]

    def whole(self, *shape: int, most: int = 4) -> np.ndarray:
        return self.random.integers(-most, most + 1, shape).astype(np.float32)

    def weights(self, W: np.ndarray, G: int, S: int, team: int = 1) -> tuple[np.ndarray, np.ndarray, bool]:
        """Packed, in parts, and whether they fit: W is (G*N, K), or (S*K, N) of a transposed product of S segments."""
        N, K = (W.shape[1], len(W) // S) if S > 1 else (len(W) // G, W.shape[1])
        packed = np.zeros(self.call("packed", N, G, S * K), np.float32)
        if S > 1:
            self.call("call_pack_transposed", W, K, S, N, packed)
        else:
            self.call("call_pack", W, N, G, K, packed)
        parts = self.halves(self.call("wide", N, G) * self.call("panel_size", N, G, K, S))
        return packed, parts, bool(self.call("call_pack_parts", packed, N, G, K, S, parts, team))

    def rows(self, A: np.ndarray, S: int = 1) -> tuple[np.ndarray, bool]:
        """S segments side by side in parts, and whether they fit."""
        rows, K = len(A), A.shape[1] // S
        of_segment = -(-K // 32)
        parts, fit = self.halves(self.call("rows_size", rows, S * of_segment)), True
        for s in range(S):
            at = parts[s * of_segment * 3 * 512 :]
            fit &= bool(self.call("call_split_rows", rows, A[:, s * K :], A.shape[1], K, at, S * of_segment))
        return parts, fit

    def digits(self, W: np.ndarray, G: int, team: int = 1) -> tuple[np.ndarray, np.ndarray, int]:
        """Weights (G*N, K) in digits, their scales, and how uneven they are, in hundredths."""
        N, K = len(W) // G, W.shape[1]
        packed = np.zeros(self.call("packed", N, G, K), np.float32)
        self.call("call_pack", W, N, G, K, packed)
        panels = self.call("wide", N, G)
        found = self.halves(panels * self.call("digit_panel_size", N, G, K) // 2).view(np.int8)
        scales = np.full(panels * self.call("scales_of_panel", N, G), np.nan, np.float32)
        return found, scales, self.call("call_pack_digits", packed, N, G, K, found, scales, team)

    def rows_in_digits(self, A: np.ndarray, uneven: int = 400) -> tuple[np.ndarray, np.ndarray, bool]:
        """Rows in digits, their scales, and whether they fit beside weights that are so uneven."""
        rows, K = A.shape
        found = self.halves(self.call("digit_rows_size", rows, K) // 2).view(np.int8)
        scales = np.full(rows, np.nan, np.float32)
        return found, scales, bool(self.call("call_digits_of_rows", rows, A, K, K, uneven, found, scales))

    def product(
        self,
        A: np.ndarray,
        W: np.ndarray,
        C: np.ndarray,
        *,
        G: int = 1,
        S: int = 1,
        style: int = 0,
        digits: bool = False,
    ) -> np.ndarray:
        """C + A Wᵀ, or C + A W of a transposed product; the style is where C is."""
        rows, N, K = len(A), W.shape[1] if S > 1 else len(W) // G, A.shape[1] // S
        if digits:
            parts, scales, uneven = self.digits(W, G, style + 1)
            split, a_scale, rows_fit = self.rows_in_digits(A, uneven)
            fit = uneven < MOST_UNEVEN
            name, own = "call_product_of_digits", (split, a_scale, K)
            of_panel, of_scales = self.call("digit_panel_size", N, G, K), self.call("scales_of_panel", N, G)
        else:
            (_, parts, fit), (split, rows_fit) = self.weights(W, G, S, team=style + 1), self.rows(A, S)
            name, own = "call_product_of_parts", (split, S * -(-K // 32))
            of_panel = self.call("panel_size", N, G, K, S)
        assert fit
        assert rows_fit
        found = np.full((rows, G, N), np.nan, np.float32)
        for p in range(self.call("wide", N, G)):
            width, full = self.call("panel_width", N, G, p), self.call("panel_width", N, G, 0)
            units = range(p * full // G, min(N, p * full // G + width // G))
            of_unit = [
                (n - units[0]) // self.lanes * G * self.lanes + g * self.lanes + n % self.lanes
                for g in range(G)
                for n in units
            ]
            ldo = width + style
            out = np.full((rows + 1, ldo), GUARD, np.float32)
            begin = np.zeros((1 if style == 0 else rows, ldo), np.float32)
            begin[:, of_unit] = C[: len(begin), :, units].reshape(len(begin), -1)
            if style == 2:
                out[:rows, :width] = begin[:, :width]
            given = (out, ldo) if style == 2 else (begin, 0 if style == 0 else ldo)
            at = (parts[p * of_panel :], *([scales[p * of_scales :]] if digits else []))
            self.call(name, rows, *own, *at, width, *given, out, ldo)
            assert (out[rows] == GUARD).all()
            assert (out[:, width:] == GUARD).all()
            found[:, :, units] = out[:rows, of_unit].reshape(rows, G, -1)
        return found


def expected(A: np.ndarray, W: np.ndarray, C: np.ndarray, G: int, S: int) -> np.ndarray:
    right = W.astype(float) if S > 1 else W.astype(float).T
    return C + (A.astype(float) @ right).reshape(len(A), G, -1)


def check(p: Parts, rows: int, K: int, N: int, G: int, S: int, style: int) -> None:
    A, W = p.whole(rows, S * K), p.whole(*((S * K, N) if S > 1 else (G * N, K)))
    C = p.whole(1 if style == 0 else rows, G, N)
    np.testing.assert_array_equal(p.product(A, W, C, G=G, S=S, style=style), expected(A, W, C, G, S))


def check_edges(p: Parts) -> None:
    """Small whole numbers, whose sums are exact: each edge of rows, terms and units, blocks and segments."""
    for i, edge in enumerate(EDGES):
        G, S, style = i % 5 + 1, i % 4 + 1, i % 3
        check(p, edge, 40, 33, G, 1, style)
        check(p, 33, edge, 17, G, 1, style)
        check(p, 17, edge, 20, 1, S, style)
        check(p, 20, 33, edge, G, 1, style)
        check(p, 20, 33, edge, 1, S, style)


def check_parts(p: Parts) -> None:
    """Numbers of 24 bits are the sum of their three parts, of rows and of weights."""
    x = (p.random.integers(2**23, 2**24, (16, 32)) * p.random.choice([-1, 1], (16, 32))).astype(np.float32)
    of_weights = [(p.weights(x, 1, 1)[1], (3, 16, 16, 2))] if p.call("panel_width", 16, 1, 0) == 16 else []
    for halves, order in ((p.rows(x)[0], (3, 16, 32)), *of_weights):
        found = (halves.astype(np.uint32) << 16).view(np.float32).reshape(order).astype(float)
        of_row = found if len(order) == 3 else found.transpose(0, 2, 1, 3).reshape(3, 16, 32)
        np.testing.assert_array_equal(of_row.sum(0), x)
        assert (np.abs(of_row[1:]) <= np.abs(of_row[:-1]) * 2.0**-8).all()


def in_digits(p: Parts, rows: int, K: int, N: int, G: int, style: int) -> None:
    """Within what rounding to digits, the products that are left out and a few roundings may make."""
    A, W = (p.random.uniform(-x, x, shape).astype(np.float32) for x, shape in ((0.9, (rows, K)), (0.1, (G * N, K))))
    C = p.whole(1 if style == 0 else rows, G, N) / 8
    found, true = p.product(A, W, C, G=G, style=style, digits=True), expected(A, W, C, G, 1)
    a, w = np.abs(A.astype(float)), np.abs(W.astype(float))
    a_most, w_most = a.max(1)[:, None], w.max(1)
    of_digits = 0.51 / 8355500 * (a_most * w.sum(1) + a.sum(1)[:, None] * w_most)
    left_out = K * 2**14 / 8355500**2 * a_most * w_most
    roundings = 8 * 2.0**-24 * (np.abs(C).max() + a @ w.T)
    assert (np.abs(found - true) <= (of_digits + left_out + roundings).reshape(rows, G, -1)).all()


def check_digits(p: Parts) -> None:
    """Each edge of rows, terms and units."""
    for i, edge in enumerate(EDGES):
        G, style = i % 5 + 1, i % 3
        in_digits(p, edge, 128, 17, G, style)
        in_digits(p, 17, 128 + edge, 20, 1, style)
        in_digits(p, 33, 130, edge, G, style)


def check_largest_digits(p: Parts) -> None:
    """Numbers at the end of the range of digits, of both signs, and rows and columns of zeros."""
    for K in (128, 1000):
        A, W = p.random.choice([-1, 1], (20, K)), p.random.choice([-1, 1], (18, K))
        A[3] = W[5] = 0
        A, W = A.astype(np.float32), W.astype(np.float32)
        found = p.product(A, W, np.zeros((1, 1, 18), np.float32), digits=True)[:, 0]
        np.testing.assert_allclose(found, A.astype(float) @ W.astype(float).T, rtol=0, atol=K * 2.0**-23)
        assert (found[3] == 0).all()
        assert (found[:, 5] == 0).all()


CHECKS = [check_edges, check_parts, check_digits, check_largest_digits]


# ---------------------------------------------------------------------- builds


def compiled(out: Path, flags: list[str]) -> tuple[Path, subprocess.CompletedProcess[str]]:
    command = [REAL, *FLAGS, *flags, "-shared", f"-I{SOURCES}", HERE.with_name("parts.c"), "-o", out, "-lm"]
    return out, subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def builds(tmp_path_factory):
    """Every build, begun at once."""
    folder = tmp_path_factory.mktemp("parts")
    every = {**MACHINES, "sanitized": SANITIZE}
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        yield {name: pool.submit(compiled, folder / f"{k}.so", every[name]) for k, name in enumerate(every)}


def built(build) -> Path:
    path, process = build.result()
    if process.returncode and any(
        word in process.stderr for word in ("unrecognized", "unknown argument", "unsupported")
    ):
        pytest.skip(f"the compiler refuses a flag: {process.stderr.splitlines()[0]}")
    assert process.returncode == 0, process.stderr
    return path


@pytest.fixture(params=MACHINES)
def parts(request, builds) -> Parts:
    if "-mno-avx512f" in MACHINES[request.param] and not X86:
        pytest.skip("a flag of another processor")
    found = Parts(built(builds[request.param]))
    found.is_emulated = "-DEMULATE_TILES" in MACHINES[request.param]
    if not (found.is_emulated or found.call("ready")):
        pytest.skip("the system does not let a process use the matrix unit")
    return found


@pytest.mark.parametrize("check", CHECKS)
def test_sums_that_are_exact(parts, check):
    check(parts)


# ---------------------------------------------------------------------- one instruction


def bfloat16(x: np.ndarray) -> np.ndarray:
    """The bits of numbers that are of bfloat16."""
    bits = x.astype(np.float32).view(np.uint32)
    assert not (bits & 0xFFFF).any()
    return (bits >> 16).astype(np.uint16)


def rounded(x: np.ndarray) -> np.ndarray:
    """To bfloat16, by halves of the last place, ties to even."""
    bits = x.astype(np.float32).view(np.uint32).astype(np.uint64)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16 << 16).astype(np.uint32).view(np.float32)


def flushed(x: np.ndarray) -> np.ndarray:
    return np.where(np.abs(x) < np.float32(2.0**-126), x * np.float32(0), x)


def of_the_unit(total: np.ndarray, A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """As its manual has it. In float64 products of bfloat16 are exact, and so are sums of numbers of like sizes."""
    A, B, apart = flushed(A).astype(float), flushed(B).astype(float), np.zeros((2, 16, 16), np.float32)
    for k in range(16):
        for odd in range(2):
            apart[odd] = flushed((apart[odd] + np.outer(A[:, 2 * k + odd], B[2 * k + odd])).astype(np.float32))
    return flushed(flushed(total) + flushed(apart[0] + apart[1]))


@pytest.mark.parametrize("size", [1.0, 2.0**-50, 2.0**-62, 2.0**-126])
def test_products_of_bfloat16(parts, size):
    """Of numbers as they are, of products that are hardly any denormals, of some that are, of denormal numbers."""
    A, B = (rounded(parts.random.standard_normal(shape) * size) for shape in ((16, 32), (32, 16)))
    total = (parts.random.standard_normal((16, 16)) * size**2).astype(np.float32)
    with np.errstate(all="ignore"):
        right = of_the_unit(total, A, B)
    left = bfloat16(A).copy()
    pairs = bfloat16(B).reshape(16, 2, 16).transpose(0, 2, 1).copy()
    parts.call("call_tiles", total, left, pairs, 0)
    if parts.is_emulated:
        np.testing.assert_array_equal(total, right)
    else:  # a manual is no measurement of which bit a unit rounds
        np.testing.assert_allclose(total, right, rtol=2.0**-18, atol=2.0**-120)
    assert size < 2.0**-61 or (total != 0).all()


def test_products_of_digits(parts):
    A, B = (parts.random.integers(-128, 128, shape).astype(np.int8) for shape in ((16, 64), (64, 16)))
    total = parts.random.integers(-(2**30), 2**30, (16, 16)).astype(np.int32)
    right = total + A.astype(np.int64) @ B.astype(np.int64)
    parts.call("call_tiles", total, A, B.reshape(16, 4, 16).transpose(0, 2, 1).copy(), 1)
    np.testing.assert_array_equal(total, right)


# ---------------------------------------------------------------------- how near it is


def in_float32(p: Parts, A: np.ndarray, W: np.ndarray) -> np.ndarray:
    """The product of products.h."""
    (rows, K), N = A.shape, len(W)
    packed, _, _ = p.weights(W, 1, 1)
    found, full = np.zeros((rows, N), np.float32), p.call("panel_width", N, 1, 0)
    for at in range(0, N, full):
        out = np.zeros((rows, full), np.float32)
        p.call("call_product", rows, A, K, K, packed[at * K :], full // p.lanes, out, full, out, full)
        found[:, at : at + full] = out
    return found


@pytest.mark.parametrize("K", [64, 320])
@pytest.mark.parametrize("numbers", ["normal", "of a tanh", "of all sizes"])
def test_nearer_than_float32(parts, numbers, K):
    """In the largest error of an entry, as a part of the sum of its terms' magnitudes; and within the bound that
    roundings give: of 16 sums, two more, and six for each block of 32 of the eight that are summed from zero."""
    rows, N = 48, 64
    A, W = parts.random.standard_normal((rows, K)), parts.random.standard_normal((N, K)) / K**0.5
    if numbers == "of a tanh":
        A = np.tanh(A)
    if numbers == "of all sizes":
        A, W = A * 10.0 ** parts.random.uniform(-3, 3, A.shape), W * 10.0 ** parts.random.uniform(-3, 3, W.shape)
    A, W, C = A.astype(np.float32), W.astype(np.float32), np.zeros((1, 1, N), np.float32)
    float32 = in_float32(parts, A, W)
    true, size = A.astype(float) @ W.astype(float).T, np.abs(A).astype(float) @ np.abs(W).astype(float).T
    ours, theirs = ((np.abs(found - true) / size).max() for found in (parts.product(A, W, C)[:, 0], float32))
    assert ours <= theirs
    assert ours <= (18 + 6 * min(K / 32, 8) + K / 256) * 2.0**-24


def test_what_is_no_sum_of_parts(parts):
    """Infinity, NaN, large and small numbers are found in rows and in weights; zeros and moderate ones are fine."""
    for x, fine in (
        *((x, False) for x in (np.inf, -np.inf, np.nan, 3e38, -1e17, 1e-15, -1e-38, 1e-45)),
        *((x, True) for x in (0.0, -0.0, 7e16, 1.0, -3e-14)),
    ):
        A, W = np.zeros((17, 35), np.float32), np.zeros((40, 35), np.float32)
        A[16, 33] = W[39, 34] = x
        assert parts.rows(A)[1] is fine, x
        assert parts.weights(W, 1, 1)[2] is fine, x
        A[16, 2] = W[39, 1] = 1.0  # beside which what is small does not count
        assert parts.rows(A)[1] is (fine or abs(x) < 1), x
        assert parts.weights(W, 1, 1)[2] is (fine or abs(x) < 1), x


@pytest.mark.parametrize("K", [128, 512])
def test_digits_of_flat_rows_are_as_near(parts, K):
    """In the root of the mean square of all errors: of even and of normal numbers, and, but for a twentieth, where the
    largest number of every row and column is nearly as many times the mean as it may be."""
    even, normal = parts.random.uniform, parts.random.standard_normal
    for A, W, most in (
        (even(-1, 1, (48, K)), even(-1, 1, (64, K)), 0.8),
        (even(-1, 1, (48, K)), np.clip(normal((64, K)), -5, 5), 1.0),
        (with_one(even(-1, 1, (48, K)), 4.6), with_one(even(-1, 1, (64, K)), 4.6), 1.05),
        (with_one(even(-1, 1, (48, K)), 6.1), even(-1, 1, (64, K)), 1.05),
    ):
        A, W = (A / np.abs(A).max()).astype(np.float32), W.astype(np.float32)
        true = A.astype(float) @ W.astype(float).T
        digits = parts.product(A, W, np.zeros((1, 1, 64), np.float32), digits=True)[:, 0]
        ours, theirs = (((found - true) ** 2).mean() ** 0.5 for found in (digits, in_float32(parts, A, W)))
        assert ours <= most * theirs


def with_one(A: np.ndarray, times: float) -> np.ndarray:
    """A number in each row that is so many times the mean of their magnitudes."""
    rest, K = np.abs(np.delete(A, 3, 1)).sum(1), A.shape[1]
    A[:, 3] = times * rest / (K - times)
    return A


def test_what_does_not_fit_digits(parts):
    """Numbers larger than 1 in rows, infinity and NaN, tiny ones, and a number much larger than the others."""
    flat = parts.random.uniform(0.5, 1, (20, 140)).astype(np.float32)
    assert parts.rows_in_digits(flat)[2]
    assert 100 <= parts.digits(flat, 1)[2] < 200
    for x, rows_fit, weights_fit in (
        (1.5, False, True),
        (8.0, False, False),
        *((x, False, False) for x in (np.inf, np.nan, -np.inf, 1e30)),
        (0.0, True, True),
        (1e-30, True, True),
    ):
        A = flat.copy()
        A[19, 139] = x
        assert parts.rows_in_digits(A)[2] is rows_fit, x
        assert (parts.digits(A, 1)[2] < MOST_UNEVEN) is weights_fit, x
    for row in (flat[0] * np.float32(1e-20), np.eye(1, 140, 7, dtype=np.float32)[0]):
        A = flat.copy()
        A[7] = row
        assert not parts.rows_in_digits(A)[2]
        assert parts.digits(A, 1)[2] > MOST_UNEVEN
    uneven = with_one(flat / 8, 5.0)
    assert 2480 <= parts.digits(uneven, 1)[2] <= 2520
    assert [parts.rows_in_digits(uneven, 100 * n)[2] for n in (4, 18, 20, 44, 45)] == [True, True, False, False, False]


def test_no_memory_but_the_arrays_is_touched(builds):
    asked = subprocess.run([REAL, "-print-file-name=libasan.so"], capture_output=True, text=True).stdout.strip()
    if not Path(asked).is_absolute():
        pytest.skip("the compiler has no libasan.so")
    environment = os.environ | {"LD_PRELOAD": str(Path(asked).resolve()), "ASAN_OPTIONS": "detect_leaks=0"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    library = built(builds["sanitized"])
    found = subprocess.run([sys.executable, HERE, library], env=environment, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr[-4000:]


# ---------------------------------------------------------------------- the intrinsics


@pytest.mark.skipif(not X86, reason="a flag of another processor")
@pytest.mark.parametrize("compiler", [c for c in (REAL, OTHER) if c])
def test_intrinsics_compile(compiler, tmp_path):
    """By GCC and by Clang, without a warning, to the instructions."""
    for unit in (SOURCES / "kernels.c", HERE.with_name("parts.c")):
        out = tmp_path / f"{unit.stem}.s"
        command = [compiler, *FLAGS, "-O0", *UNIT, f"-I{SOURCES}", "-S", unit, "-o", out]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode and any(word in done.stderr for word in ("unrecognized", "unknown argument")):
            pytest.skip(f"a compiler that does not know the unit: {done.stderr.splitlines()[0]}")
        assert (done.returncode, done.stderr) == (0, "")
        text = out.read_text()
        for word in ("ldtilecfg", "tilerelease", "tdpbf16ps", "tdpbssd", "tileloadd", "tilestored"):
            assert word in text, word


@pytest.mark.skipif(not X86, reason="a flag of another processor")
def test_a_processor_without_the_unit_says_so(tmp_path):
    out = tmp_path / "unit.so"
    command = [REAL, *FLAGS, *UNIT, "-shared", f"-I{SOURCES}", HERE.with_name("parts.c"), "-o", out, "-lm"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("a compiler that does not know the unit")
    ready = Parts(out).call("ready")
    assert ready == Parts(out).call("ready")
    assert ready <= all(flag in PROCESSOR for flag in ("amx_tile", "amx_bf16", "amx_int8"))


def test_nothing_emulates_by_itself():
    assert shutil.which(REAL)
    asked = [*FLAGS, "-march=native", "-dM", "-E", f"-I{SOURCES}", SOURCES / "tiles.h"]
    macros = subprocess.run([REAL, *asked], capture_output=True, text=True).stdout
    assert ("MATRIX_UNIT" in macros) == ("__AMX_BF16__" in macros)
    assert "EMULATE_TILES" not in macros


if __name__ == "__main__":
    for one in CHECKS:
        one(Parts(sys.argv[1]))
