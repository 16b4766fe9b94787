"""Cells whose states are deep in the weights: the same equations grouped in other ways, and ones with a small change.

What a change does is known by hand: none of these is made up for by other weights.
"""

import pytest

import derive
from derive.intake.load import as_cell

#: Of mamba3: pieces of its text, each with what is the same; equations in another order, grouped and named otherwise.
SAME = [
    ("S_hat = a * S + a * beta * outer(v, k_re)", "S_hat = a * (S + beta * outer(v, k_re))"),
    ("P_hat = a * P + a * beta * outer(v, k_im)", "u = a * v\n    P_hat = a * P + outer(u * beta, k_im)"),
    ("beta = (1 - lambda_) * s", "beta = s - lambda_ * s"),
    ("S = S_hat + lambda_ * s * outer(v, k_re)", "S = S_hat + outer((s - beta) * v, k_re)"),
    ('lambda_ = sigmoid(linear(x, bias=False, size="heads"))',
     'l = linear(x, bias=False, size="heads")\n    lambda_ = 1 / (1 + exp(-l))'),
    ("    y = z * (S @ q_re + P @ q_im + D * v)", "    y = z * (P @ q_im) + z * (D * v + S @ q_re)"),
]  # fmt: skip
#: A cell, a piece of its text, what stands there instead, and the first equation that is another one.
CHANGED = [
    ("mamba3", "(1 - lambda_)", "(1 + lambda_)", "beta"),
    ("mamba3", "B_im**2", "B_im**4", "n"),
    ("mamba3", "D * v", "D * z", "y"),
    ("mamba3", "outer(v, k_im)", "outer(v, k_re)", "P"),
    ("ttt_linear", "y * mean(g * y", "y * mean(g * z", "p"),
]


def changed(name, changes, folder):
    """A cell of the catalogue with other text; the docstring, which stands first, is left as it is."""
    text = derive.catalogue[name].python()
    for old, new in changes:
        at = text.rindex(old)
        text = text[:at] + new + text[at + len(old) :]
    path = folder / "changed.py"
    path.write_text(text, encoding="utf-8")
    return as_cell(f"{path}:{name}")


def test_equations_may_be_grouped_in_any_way(tmp_path):
    found = derive.compare("mamba3", changed("mamba3", SAME, tmp_path))
    assert found, repr(found)
    assert [(a, b) for a, b, _ in found.pairing.weights if a != b] == [("W_ilambda_", "W_il")]
    assert found.trial.agrees


@pytest.mark.parametrize(("name", "old", "new", "where"), CHANGED, ids=range(len(CHANGED)))
def test_a_small_change_within_is_found(name, old, new, where, tmp_path):
    found = derive.compare(name, changed(name, [(old, new)], tmp_path))
    assert not found
    assert found.different[1] == where
    assert found.trial.largest > 1e-6
