"""The functions that networks in plain C have of their own."""

from __future__ import annotations

import ctypes
import shutil

import numpy as np
import pytest
from c_functions import NAMES, OF_TWO, TYPES, exact_value, units
from standalone import COMPILERS, FLAGS, SIZES, compiled, run, written

from derive.backends.c.standalone.scalar import functions, scalar

pytestmark = pytest.mark.skipif(not COMPILERS, reason="this machine has no C compiler")


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_functions_are_those_of_the_vectors(kind, tmp_path):
    """To two units in the last place, as they are; the root of a machine without one to a unit."""
    double, of = kind == "double", TYPES[kind]
    bodies = []
    for name in NAMES:
        call = f"{name if name.startswith('m') else f'v{name}'}({'x, y' if name in OF_TWO else 'x'})"
        bodies.append(f"real t_{name}(real x, real y) {{ (void)y; return {call}; }}")
    bodies.append("real t_root(real x, real y) { return square_root(x) + 0 * power(y, 0); }")
    text = "\n".join(bodies)
    source = f"#include <stdint.h>\n#include <string.h>\n{functions(text, double)}\n{scalar(text, double)}\n"
    (tmp_path / "f.c").write_text(source)
    done = compiled(tmp_path, [COMPILERS[0], *FLAGS, "-shared", "-fPIC", "-o", "f.so", "f.c"])
    assert done.returncode == 0, done.stderr
    found, argument = ctypes.CDLL(str(tmp_path / "f.so")), ctypes.c_double if double else ctypes.c_float
    info = np.finfo(of)
    points = [1e-3, 0.3, 0.75, 1.0, 2.5, 11.0, 87.0, 4e5, float(info.tiny) / 8, float(info.max)]

    def ours(name, *arguments):
        function = found[f"t_{name}"]
        function.restype, function.argtypes = argument, [argument] * 2
        return float(function(*arguments))

    for x in (float(of(s * p)) for p in points for s in (1, -1)):
        for name in NAMES:
            exact = exact_value(name, x, 2.5)
            if exact is not None and exact != 0:
                assert units(exact, ours(name, x, 2.5), of) <= 2, f"{name}({x!r})"
        if x > 0:
            assert abs(ours("root", x, 1) - float(np.sqrt(of(x)))) <= float(np.spacing(np.sqrt(of(x))))
    assert [ours("root", x, 1) for x in (0.0, np.inf)] == [0, np.inf]
    assert np.isnan([ours("root", x, 1) for x in (-1.0, np.nan)]).all()


def test_arithmetic_that_loses_roundings_is_refused(tmp_path):
    written("rnn", *SIZES, folder=tmp_path)
    done = compiled(tmp_path, [COMPILERS[0], *FLAGS, "-ffast-math", "-fsyntax-only", "rnn.c"])
    assert done.returncode != 0
    assert "-ffast-math cancels roundings" in done.stderr


def test_only_what_is_used_is_written(tmp_path):
    """A network without functions has none, and none calls a library."""
    written("fast_rnn", *SIZES, folder=tmp_path)
    written("layer_norm_lstm", *SIZES, folder=tmp_path)
    assert "log_of" not in (tmp_path / "fast_rnn.c").read_text()
    if shutil.which("nm"):
        for name in ("fast_rnn", "layer_norm_lstm"):
            assert compiled(tmp_path, [COMPILERS[0], "-O2", "-c", f"{name}.c", "-o", "n.o"]).returncode == 0
            assert set(run("nm", "-u", tmp_path / "n.o").stdout.split()) <= {
                "U",
                "memcpy",
                "memset",
                "_GLOBAL_OFFSET_TABLE_",
            }
