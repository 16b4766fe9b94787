"""The functions of templates/c compiled for each instruction set that this machine has, and what they should give."""

from __future__ import annotations

import ctypes
import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
from flint import arb, ctx, fmpz

HERE = Path(__file__).parent
INCLUDE = HERE.parents[1] / "templates" / "c"
FLAGS = ["-O2", "-fno-math-errno", "-ffp-contract=fast", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
#: The macro that says that the machine has an instruction set, and the flags that ask for it alone.
INSTRUCTION_SETS = {
    "AVX-512": ("__AVX512F__", ["-march=native"]),
    "AVX2": ("__AVX2__", ["-mavx2", "-mfma"]),
    "SSE2": ("__SSE2__", ["-msse2"]),
    "NEON": ("__ARM_NEON", ["-march=native"]),
    "plain C": ("", ["-DPLAIN", "-std=c99", "-pedantic"]),
}
TYPES = {"float": np.float32, "double": np.float64}
_EXPONENTIAL = ["exp", "expm1", "sigmoid", "tanh", "sinh", "cosh", "log", "log1p", "softplus", "erf", "erfc"]
_CIRCULAR = ["sin", "cos", "tan", "asin", "acos", "atan"]
OF_TWO = ["pow", "minimum", "maximum"]
NAMES = [*_EXPONENTIAL, *_CIRCULAR, "floor", "sign", *OF_TWO]  # in the order of the C file


def compiler() -> str | None:
    """The C compiler of this machine, if any."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def instruction_sets(cc: str) -> list[str]:
    """Those that this machine has and the compiler knows."""
    command = [cc, "-march=native", "-dM", "-E", "-x", "c", "/dev/null"]
    macros = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return [name for name, (macro, _) in INSTRUCTION_SETS.items() if not macro or macro in macros]


class Functions:
    """The functions for one instruction set and type; the compiler starts at once, the first use waits for it."""

    def __init__(self, cc: str, instruction_set: str, kind: str, folder: Path) -> None:
        self.instruction_set, self.kind, self.type = instruction_set, kind, TYPES[kind]
        self.path = folder / f"{instruction_set}-{kind}.so".replace(" ", "-")
        flags = [*FLAGS, *INSTRUCTION_SETS[instruction_set][1], *(["-DDOUBLE"] if kind == "double" else [])]
        command = [cc, *flags, "-shared", "-fPIC", f"-I{INCLUDE}", HERE / "c_functions.c", "-o", self.path, "-lm"]
        self._compiler = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self._library: ctypes.CDLL | None = None

    @property
    def library(self) -> ctypes.CDLL:
        """The compiled library. Raises RuntimeError with what the compiler says, warnings included."""
        if self._library is None:
            _, said = self._compiler.communicate()
            if self._compiler.returncode or said:
                raise RuntimeError(said)
            self._library = ctypes.CDLL(str(self.path))
            self._library.name.restype = ctypes.c_char_p
            for f in (self._library.library, self._library.time_of, self._library.copy):
                f.restype = ctypes.c_double
            names = [self._library.name(i).decode() for i in range(len(NAMES))]
            assert names == NAMES
            assert self._library.name(len(NAMES)) is None
        return self._library

    def __call__(self, name: str, x: np.ndarray, y: np.ndarray | None = None) -> np.ndarray:
        """The function of an array of any length."""
        lanes, n = self.library.lanes(), len(x)
        padded = [np.resize(np.asarray(a, self.type), n + -n % lanes) for a in (x, x if y is None else y)]
        to = np.empty_like(padded[0])
        self.library.ours(NAMES.index(name), *map(_pointer, (*padded, to)), ctypes.c_long(len(to)))
        return to[:n]

    def copy(self, x: np.ndarray, to: np.ndarray, n: int) -> float:
        """Copy the first n lanes of a vector; their sum."""
        return float(self.library.copy(_pointer(x), _pointer(to), ctypes.c_int(n)))

    def time(self, name: str, x: np.ndarray, y: np.ndarray, *, library: bool = False) -> float:
        """Nanoseconds an element, ours or the C library's."""
        arrays = [*(np.ascontiguousarray(a, self.type) for a in (x, y)), np.empty(len(x), self.type)]
        pointers = map(_pointer, arrays)
        return float(self.library.time_of(NAMES.index(name), int(library), *pointers, ctypes.c_long(len(x))))

    def sweep(self, name: str, step: int, limit: float, most: int) -> tuple[float, float, np.ndarray, int]:
        """Every step-th float against the C library in double precision: the largest error up to the limit, where it
        is, the first floats (at most `most`) with a larger one or a wrong special value, and how many these are."""
        worst, at, suspects = ctypes.c_double(), ctypes.c_float(), np.zeros(most, np.float32)
        self.library.sweep.restype = ctypes.c_long
        found = self.library.sweep(
            NAMES.index(name),
            ctypes.c_uint64(step),
            ctypes.c_double(limit),
            ctypes.byref(worst),
            ctypes.byref(at),
            _pointer(suspects),
            ctypes.c_long(most),
        )
        return worst.value, at.value, suspects[:found], found

    def special(self, name: str, x: float, y: float) -> float:
        """The C library's value, in double precision."""
        return float(self.library.library(NAMES.index(name), ctypes.c_double(x), ctypes.c_double(y)))

    def error(self, name: str, x: float, y: float, result: float, exact: arb | None) -> float:
        """How far a result is off the exact value in units in the last place; infinite where a special value is wrong.

        At infinities, NaN, zeros and outside of the domain, the value is the one that the standard asks of the C
        library.
        """
        if exact is not None and exact != 0:
            return units(exact, result, self.type)
        with np.errstate(over="ignore"):
            right = float(self.type(self.special(name, x, y)))
        if math.isnan(right):
            return 0.0 if math.isnan(result) else math.inf
        return 0.0 if result == right and _sign(result) == _sign(right) else math.inf


def _pointer(a: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(a.ctypes.data)


def _sign(x: float) -> float:
    return math.copysign(1.0, x)


#: Beyond this these functions have long reached their limits in both types, and balls become slow.
FLAT = {"exp", "expm1", "sigmoid", "tanh", "sinh", "cosh", "erf", "erfc"}


def exact_value(name: str, x: float, y: float) -> arb | None:
    """A ball of at most 2^-40 units in the last place of a double; None where the function has no finite value."""
    if not math.isfinite(x) or (name in OF_TWO and not math.isfinite(y)):
        return None
    if name in ("minimum", "maximum"):
        return arb(min(x, y) if name == "minimum" else max(x, y))
    if name == "floor":
        return arb(math.floor(x))
    if name == "sign":
        return arb((x > 0) - (x < 0))
    if name == "pow" and (x == 0 or y == 0 or (x < 0 and y != math.floor(y))):
        return None
    if name == "pow" and abs(y * math.log(abs(x))) > 4000:
        x, y = (2.0 if (abs(x) > 1) == (y > 0) else 0.5) * (_sign(x) if y % 2 else 1.0), 4001.0
    if name in FLAT:
        x = max(-4000.0, min(4000.0, x))
    bits = 128
    while True:
        with ctx.workprec(bits):
            value = _of_balls(name, arb(x), arb(y))
        if value.is_nan() or not value.is_finite():
            return None
        if value == 0 or value.rel_accuracy_bits() > 93:
            return value
        bits *= 2


def _of_balls(name: str, x: arb, y: arb) -> arb:
    if name == "sigmoid":
        return 1 / (1 + (-x).exp())
    if name == "softplus":
        return max(x, arb(0)) + (-min(abs(x), arb(4000))).exp().log1p()
    if name == "pow":
        size = (y * abs(x).log()).exp()
        return -size if x < 0 and not (y / 2).is_integer() else size
    return getattr(x, name)()


def units(exact: arb, result: float, kind: type) -> float:
    """|result - exact| in units in the last place of exact; infinity stands for the power of two behind the largest."""
    info = np.finfo(kind)
    if math.isnan(result):
        return math.inf
    with ctx.workprec(1200):
        top = arb(2) ** int(info.maxexp)
        if abs(exact) >= top:
            return 0.0 if math.isinf(result) and (result > 0) == (exact > 0) else math.inf
        ours = top * int(_sign(result)) if math.isinf(result) else arb(result)
        mantissa, exponent = exact.mid().man_exp()
        last = int(exponent) + fmpz(mantissa).bit_length() - 1 - info.nmant
        unit = arb(2) ** max(last, int(info.minexp) - info.nmant)
        return float(abs(ours - exact) / unit)
