"""What would take for ever, or all memory: one line, or the result, in ten seconds and a gigabyte, each in turn."""

from __future__ import annotations

import json
from pathlib import Path

import bounded
import mpmath
import pytest

NUMBERS = ["1e99999999999999999999", "1e10000", '"1e999999999/3"', '"1e9999 99999"', "9" * 4000, "0x" + "f" * 9000]

#: A number at each place of a run file where one is read.
PLACES = {
    "x": "x = [[{}], [1]]",
    "state": "x = [[0], [1]]\nh0 = [{}]",
    "decimals": "x = [[0], [1]]\ndecimals = {}",
    "size": "x = [[0], [1]]\nhidden_size = {}",
    "interval": 'x = [[0], [1]]\nclaims = [{{approximation = "tanh(x) ~ x", interval = [0, {}]}}]',
    "target": 'x = [[0], [1]]\nloss = {{formula = "(h - y)^2/2", y = [{}, 0]}}',
    "printed": "x = [[0], [1]]\nprinted = {{h = [{}, 0]}}",
    "weight": "x = [[0], [1]]\nweights = {{weight_ih = [[{}]], weight_hh = [[1]]}}",
}
TEXTS = {
    "claim": 'x = [[0], [1]]\nclaims = [{{approximation = "tanh({}) ~ 1"}}]',
    "loss": 'x = [[0], [1]]\nloss = {{formula = "{}*h"}}',
    "hand": 'x = [[0], [1]]\nhand_table = {{h = ["tanh({})~1", "0"]}}',
    "activation": 'x = [[0], [1]]\nactivations = {{tanh = "elu(alpha={})"}}',
}

REFUSED = [
    *('approximate("tanh", "identity", on=(1, "1e9999"))', 'approximate("tanh", "identity", at="1e999999999/3")'),
    *('approximate("tanh", 10**10000, on=(0, 1))', 'approximate("elu(alpha=1e99999)", 0, on=(0, 1))'),
    *(
        'approximate("tanh", ((Symbol("x") + 1)**32)**32, on=(0, 1))',
        'approximate(tanh, Symbol("x")**10**9, on=(0, 1))',
    ),
    *('approximate("tanh", exp(exp(exp(exp(Symbol("x"))))), on=(0, 1))', 'approximate("tanh", 0, at="1e10001")'),
    *('lstm.zoned_out(c="1e-99999")', "lstm.with_activations(tanh=lambda z: z**1000)"),
    'Cell.from_equations("m", [Eq(Symbol("h"), 10**5000 * tanh(linear(Symbol("x"))))], states=["h"])',
    'Cell.from_equations("m", [Eq(Symbol("h"), Symbol("x")**999 + linear(Symbol("x")))], states=["h"])',
]
CLAIMS = [
    *("((((((9^32)^32)^32)^32)^32)^32)*x", "(((x+1)^32)^32)^32", "1e9999*x", "x + 1e-500", "-" * 900 + "x"),
    *(
        "tanh(" * 60 + "x" + ")" * 60,
        "9^9^9",
        "(1e-300*x + 1)^32*x/1e399/1e399/1e399/1e399",
    ),
]
#: One of them says what was too much.
TOO_MUCH = ["at most", "digits", "from 10^-400", "powers are", "more than 500 parts", "a probability"]
ORDINARY = ["x", "x - x^3/3", "x - x^3/3 + 2*x^5/15", "(x + 1)^32 - 1", "hardtanh(2*x)/2", "softsign(x)", "0.99*x"]


def small(content: str) -> str:
    """A run file of a network with one unit: all that is in the content, and weights where it has none."""
    weights = "" if "weights" in content else "[weights]\nweight_ih = [[1]]\nweight_hh = [[1]]\n"
    return f'cell = "rnn"\n{content}\n{weights}'


def answers(folder: Path, contents: list[str]) -> list[bounded.Answer]:
    for k, content in enumerate(contents):
        (folder / f"{k}.toml").write_text(small(content), encoding="utf-8")
    return bounded.run([(folder, ["tables", f"{k}.toml", "-o", "out"]) for k in range(len(contents))])


def test_numbers_beyond_the_limit_are_one_line_wherever_they_stand(tmp_path):
    contents = [form.format(n) for form in PLACES.values() for n in NUMBERS]
    contents += [form.format(n.strip('"')) for form in TEXTS.values() for n in NUMBERS]
    for content, answer in zip(contents, answers(tmp_path, contents), strict=True):
        assert answer.status == 2, content
        assert answer.error.startswith("derive: "), content
        assert answer.error.count("\n") == 1, content
        assert len(answer.error) < 1000, content


def test_numbers_on_the_command_line(tmp_path):
    options = ["check no.toml --decimals", "list --year", "bench lstm --rounds", "bench lstm --threads"]
    numbers = ["9" * 6000, "٣", "1e5", "-" + "9" * 5000]
    given = [[*option.split(), number] for option in options for number in numbers]
    for words, answer in zip(given, bounded.run([(tmp_path, w) for w in given]), strict=True):
        assert answer.status == 2, words
        assert len(answer.error.splitlines()[-1]) < 400, words


def test_the_limit_itself_is_read(tmp_path):
    contents = [
        form.format(n) for form in (PLACES["x"], PLACES["state"], PLACES["target"]) for n in ("1e400", "1e-400")
    ]
    assert [a.status for a in answers(tmp_path, contents)] == [0] * 6


def test_what_is_too_large_is_refused_with_what_was_too_much(tmp_path):
    claims = [f'x = [[0], [1]]\nclaims = [{{approximation = "tanh(x) ~ {c}", interval = [-1, 1]}}]' for c in CLAIMS]
    found = answers(tmp_path, claims) + bounded.run([(tmp_path, text) for text in REFUSED])
    for text, answer in zip([*CLAIMS, *REFUSED], found, strict=True):
        assert answer.status == 2, text
        assert answer.error.count("\n") == 1, text
        assert any(words in answer.error for words in TOO_MUCH), (text, answer.error)


def test_ordinary_claims_are_not_refused(tmp_path):
    texts = [
        f'approximate("tanh", {c.replace("^", "**").replace("x", "Symbol(chr(120))")}, on=(-1, 1))' for c in ORDINARY
    ]
    assert [a.status for a in bounded.run([(tmp_path, text) for text in texts])] == [0] * len(texts)


@pytest.mark.parametrize("x", [-1000000, 1000000, -(10**30)])
def test_a_run_far_out_on_a_tail(x, tmp_path):
    """Forward and backward tables of a network whose gate is closed, or open, but for 10^-434295."""
    content = f'activations = {{tanh = "sigmoid"}}\nx = [[{x}], [0.5]]\nloss = {{formula = "(h - y)^2/2", y = [0, 1]}}'
    content += (
        '\nclaims = [{approximation = "sigma(-10) ~ 0, sigma(10) ~ 1"}]\nhand_table = {h = ["0", "sigma(0.5)~0.6"]}'
    )
    (tmp_path / "far.toml").write_text(small(content))
    made, checked = bounded.run([(tmp_path, ["tables", "far.toml"]), (tmp_path, ["check", "far.toml", "--json"])])
    assert (made.status, checked.status) == (0, 1)
    data = json.loads((tmp_path / "generated" / "tables" / "far" / "steps.json").read_text())
    with mpmath.workdps(60):
        first, left = (1 / (1 + mpmath.exp(s * mpmath.mpf(x))) for s in (-1, 1))  # σ(x) and 1 - σ(x)
        if x > 0:
            left = mpmath.exp(-mpmath.mpf(x)) / (1 + mpmath.exp(-mpmath.mpf(x)))
        second = 1 / (1 + mpmath.exp(-first - mpmath.mpf(1) / 2))
        d_second = (second - 1) * second * (1 - second)
        d_first = (first + d_second) * first * left
        expected = {("h", 1): first, ("h", 2): second, ("d_a_h", 2): d_second, ("d_a_h", 1): d_first}
        records = {(s["quantity"], s["t"]): s["value"] for s in data["steps"] + data["backward"]["steps"]}
        for place, number in expected.items():
            found = mpmath.mpf(records[place])
            assert (
                abs(found - number) <= abs(number) * mpmath.mpf(10) ** -37
                or abs(found - number) < mpmath.mpf(10) ** -39
            )
            assert found != 0
