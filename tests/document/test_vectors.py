"""Steps with all units at once: the arrays that are printed give the values that are printed."""

from __future__ import annotations

import re

import numpy as np
import pytest
from runs import random_run

from derive.document import vectors
from derive.document.layout import DisplayLine
from derive.document.model import Chains
from derive.document.tables import files_of
from derive.run.data import Run

ARRAY = re.compile(r"\\begin\{bmatrix\} (.*?) \\end\{bmatrix\}")


def arrays(latex: str) -> list[np.ndarray]:
    found = ([row.split(" & ") for row in text.split(r" \\ ")] for text in ARRAY.findall(latex))
    return [np.array(rows, dtype=float) for rows in found]


def chains(run: Run) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    return [(c.left, c.parts) for b in vectors.section(run).blocks if isinstance(b, Chains) for c in b.chains]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("units", [2, 4])
def test_the_arrays_of_a_line_give_its_value(units: int) -> None:
    run = random_run("lstm", units=units, inputs=3, steps=2)
    found = chains(run)
    assert len(found) == 2 * 6  # six lines a step, however many units there are
    for left, parts in found:
        given, [value] = arrays(parts[1][1]), arrays(parts[-1][1])
        assert value.shape == (units, 1)
        if left[0] in "ifog":
            w, x, b, u, h, c = given
            function = np.tanh if left[0] == "g" else sigmoid
            result = function(w @ x + b + u @ h + c)
            np.testing.assert_allclose(value, function(arrays(parts[2][1])[0]), atol=5.01e-5)
        else:
            a, b, *rest = given
            result = a * b + rest[0] * rest[1] if rest else a * np.tanh(b)
        np.testing.assert_allclose(value, result, atol=5.01e-5)


def test_a_sign_is_equal_only_where_every_number_is_exact() -> None:
    run = random_run("lstm", steps=2)
    signs = {(left, k): sign for left, parts in chains(run) for k, (sign, _) in enumerate(parts)}
    assert [signs["i_{1}", k] for k in range(4)] == ["=", "=", "=", r"\approx"]
    assert [signs["i_{2}", k] for k in range(4)] == ["=", r"\approx", r"\approx", r"\approx"]


def test_more_than_four_rows_are_dots() -> None:
    _, parts = chains(random_run("lstm", units=6, inputs=5, steps=1))[0]
    weight = ARRAY.search(parts[1][1])
    assert weight is not None
    rows = weight[1].split(r" \\ ")
    assert len(rows) == 4
    assert rows[2] == r"\vdots & \vdots & \ddots & \vdots"
    assert all(row.split(" & ")[2] == r"\cdots" for row in (rows[0], rows[1], rows[3]))


def test_one_unit_has_no_arrays_and_a_mean_no_lines_of_them() -> None:
    assert "vectors.tex" not in files_of(random_run("lstm", units=1, inputs=1, steps=1))
    lines = dict(chains(random_run("layer_norm_lstm", steps=1)))
    assert [len(parts) for left, parts in lines.items() if left.startswith(r"\mu")] == [2, 2]
    assert all("bmatrix" not in parts[0][1] for parts in lines.values())


def test_a_number_far_below_every_type_takes_no_time() -> None:
    """The first stabiliser of sLSTM is -1e30, of which an exponential has more zeros than can be written."""
    assert chains(random_run("slstm", units=2, steps=1))


def test_an_array_is_as_high_as_its_rows() -> None:
    rows = [r" \\ ".join("1" * n) for n in (2, 4)]
    two, four = (DisplayLine(rf"a &= \begin{{bmatrix}} {text} \end{{bmatrix}}").height for text in rows)
    assert four > two > DisplayLine("a &= 1").height
    assert DisplayLine(rf"\frac{{\begin{{bmatrix}} {rows[1]} \end{{bmatrix}}}}{{2}}").height > four
