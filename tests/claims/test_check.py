"""The hand-made tables of the lecture against the published analysis, and wrong tables that must not pass."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational
from tables import fragment

from derive.claims.entries import CheckedEntry, Fault
from derive.claims.hand import Entry, read_entry
from derive.commands.cli import main
from derive.document import checks
from derive.errors import RunError
from derive.exact.value import Value
from derive.run.data import Run
from derive.run.run_file import load_run

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LECTURE = load_run(EXAMPLES / "lecture.toml")
RECURRENT = load_run(EXAMPLES / "recurrent.toml")


def row(check, name, t):
    return next(r for r in check.rows if (r.name, r.t) == (name, t))


def with_entry(name, t, text, run=LECTURE):
    """The run with another entry in its hand-made table."""
    hand = {n: list(texts) for n, texts in run.hand.items()}
    hand.setdefault(name, ["0"] * len(run.x))[t - 1] = text
    return replace(run, hand=hand)


# ---------------------------------------------------------------------- the lecture


def test_at_one_decimal_the_lecture_agrees_and_at_two_it_does_not():
    assert LECTURE.check().agrees
    assert LECTURE.check().decimals == 1
    assert not LECTURE.check(2).agrees
    assert [(r.name, r.t) for r in LECTURE.check(2).differing(2)] == [("g", 5), ("h", 4)]
    assert LECTURE.check().first_disagreement == 2


def test_the_published_errors():
    check = LECTURE.check()
    assert row(check, "h", 4).exact.decimal(5) == "0.28857"
    assert row(check, "h", 4).error.decimal(5) == "0.01143"
    assert str(row(check, "h", 4).relative_error.significant(3)) == "0.0396"
    assert row(check, "g", 5).error.upper(5) == "0.0050814"
    assert row(check, "i", 3).error.significant(3).latex() == r"4.54 \times 10^{-5}"
    assert row(check, "i", 3).relative_error == Value.of(1)  # 0 by hand is wrong by all of it


@pytest.mark.parametrize("decimals", [1.5, "2", True, 40])
def test_decimals_are_a_whole_number(decimals):
    with pytest.raises(RunError, match="expected an integer from 0 to 39"):
        LECTURE.check(decimals)


def test_agrees_to_is_the_last_decimal_within_half_a_unit():
    for r in LECTURE.check().rows:
        error = Decimal(str(r.error.significant(30)))
        expected = max(n for n in range(-1, 200) if error <= Decimal("0.5").scaleb(-n))
        assert r.agrees_to == expected


def test_the_formula_that_is_not_the_cells_is_named():
    check = LECTURE.check()
    assert [(r.name, r.t, r.entry.written) for r in check.wrong_formulas] == [("h", t, "tanh(c*o)") for t in (1, 2, 3)]
    assert row(check, "h", 1).gives.shown(4).unicode() == "8.96×10⁻⁶"
    assert "By the cell hₜ is oₜ ⊙ tanh(cₜ), not tanh(c*o), which gives 8.96×10⁻⁶, 1.35×10⁻⁵" in repr(check)


def test_half_substituted_formulas_and_wrong_equal_signs_are_reported():
    check = LECTURE.check()
    assert all(row(check, "c", t).faults == (Fault.HALF, Fault.EQUAL) for t in (1, 2, 3))
    assert {r.name for r in check.rows if r.faults} == {"c", "h"}
    assert row(check, "i", 3).faults == ()  # sigma(-10)~0 is what the cell has


def test_the_argument_that_leaves_the_interval_is_reported():
    check = LECTURE.check()
    assert [(o.label.quantity, o.label.t) for _, o in check.violations] == [("h", 2), ("h", 3), ("h", 4)]
    certificate, _ = check.violations[0]
    assert certificate.claim.approximation.bound_at(5) == "0.0050814"
    assert certificate.actual.bound_at(5) == "0.0084388"  # 0.2970433 - tanh(0.2970433)
    assert "at most 0.0084388, not 0.0050814" in repr(check)


def test_the_linear_cell_agrees():
    check = load_run(EXAMPLES / "linear.toml").check()
    assert check.agrees
    assert check.wrong_formulas == ()
    assert min(r.agrees_to for r in check.rows) == 3


# ---------------------------------------------------------------------- tables that are wrong


@pytest.mark.parametrize(
    ("name", "t", "text", "faults"),
    [
        ("h", 4, "o*tanh(c)~0.3", ()),
        ("h", 4, "tanh(c)*o~0.3", ()),
        ("h", 4, "1*tanh(0.297)~0.3", ()),
        ("h", 4, "o*tanh(0.3)~0.3", (Fault.HALF,)),
        ("h", 4, "o*tanh(c)=0.3", (Fault.EQUAL,)),
        ("h", 4, "o*tanh(c)~0.4", (Fault.VALUE,)),
        ("h", 4, "o*c~0.3", (Fault.FORMULA,)),
        ("h", 4, "i*tanh(c)~0.3", (Fault.FORMULA, Fault.VALUE)),
        ("h", 4, "1*tanh(2)~1", (Fault.NUMBERS,)),
        ("c", 2, "f*c+i*g~0.3", ()),
        ("c", 2, "f*c_prev+i*g~0.3", ()),
        ("c", 2, "i*c+f*g~0.3", (Fault.FORMULA,)),
        ("i", 4, "sigma(100*x_2-10)~0", (Fault.HALF,)),
        ("i", 4, "sigma(90)~1", (Fault.NUMBERS,)),
        ("i", 4, "tanh(-10)~-1", (Fault.FORMULA,)),
        ("o", 4, "sigma(90)=1", (Fault.EQUAL,)),
        ("h", 4, "0.5*0.5=0.25", ()),
        ("h", 4, "0.5*0.48~0.3", (Fault.VALUE,)),
    ],
)
def test_faults_of_an_entry(name, t, text, faults):
    assert row(with_entry(name, t, text).check(), name, t).faults == faults


def test_the_formulas_that_look_right_at_one_decimal_are_named():
    """A cell that swaps gates or forgets an activation gives this table's decimals in places; the formula tells."""
    for text in ("tanh(c*o)~0.3", "o*c~0.3", "tanh(o*tanh(c))~0.3", "o*sigma(c)~0.6", "tanh(c)~0.3"):
        assert Fault.FORMULA in row(with_entry("h", 4, text).check(), "h", 4).faults


def test_a_disagreement_and_a_wrong_printed_value_are_told():
    run = replace(with_entry("c", 2, "0.4"), printed={"c": ["0.2", "0.3", "0.31", "0.3", "0.0"]})
    check = run.check()
    assert not check.agrees
    assert [(r.name, r.t) for r in check.misprinted] == [("c", 3)]
    assert "Wrong at 1 decimal: 1 of 30 entries, c₂." in repr(check)
    assert "Printed c₃ was 0.31; exactly it is 0.30." in repr(check)
    assert "Falsch auf 1 Nachkommastelle: 1 von 30 Einträgen, c₂." in repr(replace(run, language="de").check())


def test_a_decimal_comma_is_read_where_the_language_has_one():
    """A point is read everywhere; a comma in English is no decimal."""
    commas = {name: [text.replace(".", ",") for text in texts] for name, texts in LECTURE.hand.items()}
    printed = {name: [text.replace(".", ",") for text in texts] for name, texts in LECTURE.printed.items()}
    german = replace(LECTURE, language="de", hand=commas, printed=printed).check()
    assert german.to_json() == replace(LECTURE, language="de").check().to_json()
    assert "h₄  0,3 " in repr(german)
    assert "tanh(0,2)~0,2 " in repr(german)
    assert "tanh(0.2)~0.2 " in repr(LECTURE.check())
    with pytest.raises(RunError, match=r"hand_table.g\[0\] is 'tanh\(0,2\)~0,2': expected a number, or a formula"):
        replace(LECTURE, hand=commas).check()


def test_a_wrong_printed_value_alone_is_a_disagreement():
    run = replace(LECTURE, printed={"c": ["0.2", "0.3", "0.31", "0.3", "0.0"]})
    assert not run.check().differing(1)
    assert not run.check().agrees


def test_the_first_disagreement_may_be_at_the_decimals_asked_for():
    assert LECTURE.check(2).first_disagreement == 2


def test_a_disagreement_stands_out():
    lines = {line.split()[0]: line for line in repr(LECTURE.check(2)).splitlines() if line}
    assert lines["h₄"].endswith("1 !")
    assert not lines["h₃"].endswith("!")
    assert r"\textbf{1}" in fragment(checks.section, replace(LECTURE, hand_decimals=2))
    assert r"\textbf" not in fragment(checks.section, LECTURE)


def test_a_formula_without_a_finite_value_is_an_error():
    """1 - σ(-1) is σ(1), but no precision shows it."""
    with pytest.raises(RunError, match=r"hand_table\.h\[3\] is .*: an expression has no finite real value"):
        with_entry("h", 4, "1/(sigma(1)-(1-sigma(-1)))~0.3").check()


def test_names_are_those_of_the_unit():
    """A vector's name is the entry of the formula's own unit, and a quantity may have fewer units than another."""
    weights = {"weight_ih": [[0]] * 8, "weight_hh": [[0, 0]] * 8, "p_i": [1, 2], "p_f": [0, 0], "p_o": [0, 0]}
    hand = {"i_1": ["sigma(p_i*c)~0.73"], "i_2": ["sigma(p_i*c)~0.88"]}
    check = Run("peephole_lstm", weights, [[0.5]], {"c": [1, 1]}, hand=hand, hand_decimals=2).check()
    assert [r.gives.decimal(4) for r in check.rows] == ["0.7311", "0.8808"]  # σ(1), σ(2)
    assert check.agrees
    weights = {"weight_ih": [[0.5]] * 12, "weight_hh": [[0.5, 0.25]] * 12, "weight_hr": [[0.5, 1, 2]] * 2}
    with pytest.raises(RunError, match="unknown name 'h'"):
        Run("projected_lstm", weights, [[1]], hand={"m_3": ["o*h~0.1"]}).check()


def test_names_in_a_formula_are_those_known_there():
    for name, text, said in [
        ("i", "sigma(h)~0", None),
        ("c", "f*k+i*g~0", "unknown name 'k'"),
        ("i", "sigma(f)~0", "unknown name 'f'"),
        ("c", "f*h_prev+i*g~0", None),
        ("c", "f*g_prev+i*g~0", "unknown name 'g_prev'"),
        ("c", "log(f)~0", "unknown activation 'log'"),
        ("c", "f/(c-c)+i~0", "division by 0"),
    ]:
        run = with_entry(name, 4, text)
        if said is None:
            run.check()
            continue
        with pytest.raises(RunError, match=said) as raised:
            run.check()
        assert str(raised.value).startswith(f"hand_table.{name}[3] is {text!r}: ")


def test_units_are_checked_one_by_one():
    hand = {"c_2": ["f*c+i*g~-0.29", "f_2*c_2+i_2*g_2~-0.27"] + ["0.1"] * 2, "h_1": ["o*tanh(c)~0.23"] + ["0.1"] * 3}
    check = replace(RECURRENT, hand=hand, hand_decimals=2).check()
    assert [r.faults for r in check.rows[:2]] == [(), ()]
    assert row(check, "c_2", 1).agrees_at(2)
    assert not row(check, "c_2", 3).agrees_at(2)
    assert "c₃⁽²⁾" in repr(check)
    wrong = replace(RECURRENT, hand={"c_2": ["f_1*c+i*g~-0.3"] + ["0.1"] * 3}).check()
    assert Fault.FORMULA in wrong.rows[0].faults
    with pytest.raises(RunError, match=r"unknown quantity of lstm 'c'\. Known: c_1, c_2, "):
        replace(RECURRENT, hand={"c": ["0.1"] * 4})


def test_nothing_to_check_is_an_error():
    with pytest.raises(RunError, match="no hand_table, no printed values and no claims"):
        RECURRENT.check()


@given(st.decimals(-2, 2, places=6), st.decimals(-2, 2, places=3), st.integers(0, 8))
def test_agreement_is_half_a_unit(exact, by_hand, decimals):
    found = CheckedEntry("c", 1, 1, 1, Entry("", Rational(str(by_hand)), 3), Value.of(str(exact)))
    assert found.agrees_at(decimals) == (abs(exact - by_hand) <= Decimal("0.5").scaleb(-decimals))
    if found.agrees_to is not None:
        assert not found.agrees_at(found.agrees_to + 1)
        assert found.agrees_to == -1 or found.agrees_at(found.agrees_to)
    else:
        assert exact == by_hand


@given(st.decimals(-9, 9, places=4))
def test_a_value_agrees_with_itself(number):
    found = CheckedEntry("c", 1, 1, 1, read_entry(str(number)), Value.of(str(number)))
    assert found.agrees_to is None
    assert found.error.rational == 0


# ---------------------------------------------------------------------- for programs and shells


def test_json_and_exit_status(capsys):
    lecture = str(EXAMPLES / "lecture.toml")
    assert main(["check", lecture, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["agrees"], found["decimals"], len(found["rows"]), len(found["printed"])) == (True, 1, 30, 10)
    assert (found["holds"], found["wrong"]) == (False, {"values": 0, "formulas": 3, "claims": 1})
    assert found["claims"][0]["violated"][0] == {"argument": "tanh in h at t = 2", "value": "0.2970433"}
    assert found["claims"][0]["error_on_occurring_range"] == "0.0084388"
    wrong = [r for r in found["rows"] if "wrong formula" in r["faults"]]
    assert [(r["quantity"], r["t"], r["formula"]) for r in wrong] == [("h", t, "tanh(c*o)") for t in (1, 2, 3)]
    assert main(["check", lecture, "--decimals", "2", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["agrees"] is False
    capsys.readouterr()
    assert main(["check", str(EXAMPLES / "linear.toml")]) == 0
    assert capsys.readouterr().out.endswith("\nNothing is wrong.\n")
    assert main(["check", str(EXAMPLES / "nowhere.toml")]) == 2


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"hand": {"h": ["0", "0", "0", "0.3", "0"]}}, (0, 0, 1)),
        ({"hand": {"h": ["0", "0", "0", "0.4", "0"]}, "claims": ()}, (1, 0, 0)),
        ({"hand": {"h": ["0", "0", "0", "o*tanh(0.3)~0.3", "0"]}, "claims": ()}, (0, 0, 0)),
        ({"hand": {"h": ["0", "0", "0", "o*tanh(c)~0.4", "0"]}, "claims": ()}, (1, 1, 0)),
        ({"hand": {"h": ["0", "0", "0", "o*c~0.3", "0"]}, "claims": ()}, (0, 1, 0)),
        ({"hand": {}, "claims": (), "printed": {"c": ["0.2", "0.3", "0.31", "0.3", "0.0"]}}, (1, 0, 0)),
    ],
)
def test_what_is_wrong_is_counted(changed, wrong):
    """What misleads, a name beside a number, is no mistake."""
    found = replace(LECTURE, **changed).check()
    assert tuple(found.wrong.values()) == wrong
    assert found.holds == (wrong == (0, 0, 0))


def test_the_last_line_says_what_is_wrong(capsys):
    lecture = str(EXAMPLES / "lecture.toml")
    assert main(["check", lecture, "--decimals", "2"]) == 1
    assert capsys.readouterr().out.endswith("\nWrong: 2 values, 3 formulas, 1 claim.\n")
    assert main(["check", lecture, "--values-only"]) == 0
    assert capsys.readouterr().out.endswith("\nNo value is wrong.\n")
    assert main(["check", lecture, "--values-only", "--decimals", "2"]) == 1
    german = replace(LECTURE, language="de").check(2)
    assert checks.verdict(german) == "Falsch: 2 Werte; 3 Formeln; 1 Behauptung."


@pytest.mark.parametrize(
    ("number", "letters"),
    [(0, "a"), (25, "z"), (26, "aa"), (27, "ab"), (51, "az"), (52, "ba"), (701, "zz"), (702, "aaa")],
)
def test_letters_of_more_findings_than_there_are_letters(number, letters):
    """As the columns of a spreadsheet."""
    assert checks._letter(number) == letters
