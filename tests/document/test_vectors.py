"""Steps with all units at once: the arrays that are printed give the values that are printed."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from runs import random_run

from derive.document import given, values, vectors
from derive.document.layout import DisplayLine
from derive.document.model import Chains, Formula, Note
from derive.document.tables import files_of
from derive.run.data import Run

ARRAY = re.compile(r"\\begin\{bmatrix\} (.*?) \\end\{bmatrix\}")


def arrays(latex: str) -> list[np.ndarray]:
    plain = re.sub(r" \\times 10\^\{(-\d+)\}", r"e\1", latex)
    found = ([row.split(" & ") for row in text.split(r" \\ ")] for text in ARRAY.findall(plain))
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


def test_the_matrices_of_each_head_are_arrays_that_give_what_is_printed() -> None:
    """S k, outer products and S q as numpy has them, a line for each head."""
    run = random_run("delta_net", units=2, inputs=2, steps=2)
    found = dict(chains(run))
    for t, head in ((1, 1), (2, 2)):
        [s, value, k] = (arrays(found[rf"{q}_{{{u}}}^{{({head})}}"][-1][1])[0]
                         for q, u in (("S", t), ("v", t), ("k", t)))  # fmt: skip
        before, *_ = arrays(found[rf"S_{{{t}}}^{{({head})}}"][1][1])
        beta = arrays(found[rf"\beta_{{{t}}}"][-1][1])[0][head - 1, 0]
        np.testing.assert_allclose(s, before + beta * (value - before @ k) @ k.T, atol=5e-4)
        matrix, q = arrays(found[rf"o_{{{t}}}^{{({head})}}"][1][1])
        np.testing.assert_allclose(arrays(found[rf"o_{{{t}}}^{{({head})}}"][-1][1])[0], matrix @ q, atol=1e-4)


def test_an_entry_of_a_matrix_has_its_head_row_and_column_in_every_writer() -> None:
    run = random_run("delta_net", units=2, inputs=2, steps=1)
    files = files_of(run)
    rows = dict(line.split(",", 1) for line in files["values.csv"].splitlines())
    record = {tuple(s["entry"]): s for s in json.loads(files["steps.json"])["steps"] if s["quantity"] == "S"}
    beta, v, k = ({n: float(rows[f"{q}_{n}"]) for n in names} for q, names in (
        ("beta", "12"), ("v", ("1_2", "2_3")), ("k", ("1_3", "2_1"))))  # fmt: skip
    for (head, i, j), outer in {
        (1, 2, 3): beta["1"] * v["1_2"] * k["1_3"],
        (2, 3, 1): beta["2"] * v["2_3"] * k["2_1"],
    }.items():  # from nothing, what is written is β v kᵀ
        name = f"S_{head}_{i}_{j}"
        assert float(rows[name]) == pytest.approx(outer, abs=2e-4)
        assert record[head, i, j]["rounded"] == rows[name]
        assert run.quantity(name) == ("S", record[head, i, j]["unit"])
        latex = f"S_{{t}}^{{({head}; {i}, {j})}}"
        assert all(latex in files[file] for file in ("values.tex", "steps.md"))
        assert f"S₁⁽{'¹²'[head - 1]}; " in repr(run.steps())
    assert len(record) == 2 * 3 * 3
    notes = files["values.tex"]
    assert "$S_{3}^{(1; 1, 2)}$ it is the row and column" in notes
    assert "the number before the semicolon is the head" in notes


def test_a_matrix_of_parameters_is_an_array_of_its_rows() -> None:
    """(M ⊙ W) h, and tanh(S W + k vᵀ) for each head with what stands within tanh, as numpy has them."""
    run = random_run("clockwork_rnn", units=3, inputs=2, steps=2)
    parts = dict(chains(run))["a_{2}"]
    w, x, b, mask, inner, h = arrays(parts[1][1])
    np.testing.assert_allclose(arrays(parts[-1][1])[0], w @ x + b + (mask * inner) @ h, atol=5.01e-5)
    rows = [row.name for row in given.weights_table(run).rows if row.name.startswith("W_")]
    assert rows == ["W_ia_1", "W_ia_2", "W_ia_3", "W_1", "W_2", "W_3"]

    found = dict(chains(random_run("m2rnn", units=2, inputs=2, steps=2)))
    for head in (1, 2):
        _, (_, numbers), (_, worked), (_, value) = found[rf"Z_{{2}}^{{({head})}}"]
        s, inner, k, v = arrays(numbers)
        np.testing.assert_allclose(arrays(worked)[0], s @ inner + k @ v.T, atol=1e-4)
        np.testing.assert_allclose(arrays(value)[0], np.tanh(arrays(worked)[0]), atol=1e-4)


def test_what_is_no_matrix_within_one_is_not_worked_out_for_each_entry() -> None:
    """S diag(exp(-exp(w))): w has a number for each column."""
    found = dict(chains(random_run("rwkv5", units=2, inputs=2, steps=2)))
    parts = found["S_{2}^{(1)}"]
    s, w, v, k = arrays(parts[1][1])
    assert len(parts) == 3
    np.testing.assert_allclose(arrays(parts[-1][1])[0], s @ np.diag(np.exp(-np.exp(w[:, 0]))) + v @ k.T, atol=1e-4)


@pytest.mark.parametrize(("language", "said"), [("en", "a block for each head"), ("de", "ein Block für jeden Kopf")])
def test_block_diagonal_weights_are_named_below_the_equations(language: str, said: str) -> None:
    run = replace(random_run("slstm_heads", steps=1), language=language)
    [note] = [b.content for b in values.equations(run).blocks if isinstance(b, Note)]
    assert said in note[0]
    assert [part.latex for part in note if isinstance(part, Formula)] == [
        rf"W_{{h{gate}}}" for gate in (r"\tilde{i}", r"\tilde{f}", "z", "o")
    ]


def test_an_entry_of_a_parameter_is_told_by_head_row_and_column() -> None:
    """Of W of clockwork_rnn, of a map of two heads and of each head's W, whose numbers lie in one row."""
    descent = {"loss": {"formula": "h**2/2"}, "lr": "0.1"}
    files = files_of(replace(random_run("clockwork_rnn", units=2, inputs=2, steps=1), **descent))
    for name in ("W^{(1, 2)}", "W^{(2, 1)}"):
        assert rf"\delta {name} &=" in files["backward.tex"]
        assert f"${name}$" in files["update.tex"]
    files = files_of(replace(random_run("m2rnn", units=2, inputs=2, steps=1), **descent))
    names = [line.split('"')[1] for line in files["update.csv"].splitlines() if '"' in line]
    assert {name for name in names if name.startswith("W_iq")} == {
        f"W_iq[{head}; {i}, {j}]" for head in (1, 2) for i in (1, 2, 3) for j in (1, 2)
    }
    assert {name for name in names if name.startswith("W[")} == {
        f"W[{head}; {i}, {j}]" for head in (1, 2) for i in (1, 2, 3) for j in (1, 2, 3)
    }
