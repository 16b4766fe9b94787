"""The languages say the same: the same keys, the same places for numbers and formulas."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from string import Formatter

import pytest
from sympy import Rational

from derive.approximation.approximate import approximate
from derive.claims.certify import Verdict
from derive.document import approximations, checks
from derive.document.spelling import Spelling
from derive.document.tables import files_of
from derive.document.text import text_sentence
from derive.errors import DeriveError
from derive.exact.value import Value
from derive.notation.words import ENGLISH, GERMAN, LANGUAGES, plural, speaking, words
from derive.run.data import Run
from derive.run.run_file import load_run

ROOT = Path(__file__).resolve().parents[2]


def fields(sentence):
    """The names of the places; a formula's own braces have none."""
    return sorted(name for _, name, _, _ in Formatter().parse(sentence) if name)


def test_every_language_has_every_word_with_the_same_places():
    assert list(ENGLISH) == list(GERMAN)
    for key in ENGLISH:
        if r"\text{" not in ENGLISH[key] or "{{" in ENGLISH[key]:
            assert fields(ENGLISH[key]) == fields(GERMAN[key]), key


def test_every_word_is_used():
    texts = {p.relative_to(ROOT).as_posix(): p.read_text() for p in sorted((ROOT / "derive").rglob("*.py"))}
    texts |= {p.name: p.read_text() for p in sorted((ROOT / "templates" / "html").glob("*.html"))}
    words = "derive/notation/words.py"
    texts[words] = texts[words].partition("LANGUAGES")[2]  # what stands below the words themselves
    code = "".join(texts.values())
    for key in (k.removesuffix(", one").removesuffix(", points") for k in ENGLISH):
        quoted = f'"{key}"' in code or f"'{key}'" in code
        verdict, _, where = key.partition(" ")
        quoted |= verdict in Verdict.__members__ and f'name}} {where}"' in code
        assert quoted or (key.endswith(" caption") and f'"{key.split()[0]}"' in code) or f'"{key}.tex"' in code, key


def test_a_run_in_german_has_no_english_words():
    run = load_run(ROOT / "examples" / "lecture.toml")
    files = files_of(replace(run, language="de", caption="Eine Zelle."))
    shown = "\n".join(
        line
        for name, text in files.items()
        if name not in ("steps.json",)
        for line in text.partition("<script")[0].splitlines()
        if not line.startswith(("%", "\\usepackage", "\\documentclass"))
    )
    for word in ("Anfangszustand", "Gleichungen", "Von Hand gerechnet", "Alle Schritte", "Näherungen", "Falsch auf 2"):
        assert word in shown
    for word in ("Initial", "Rounded", "entries", "agrees", "exactly", "outside", "Wrong", "Equations", "between"):
        assert word not in shown
    assert '<html lang="de"' in files["steps.html"]


def test_an_unknown_language_is_an_error():
    assert list(LANGUAGES) == ["en", "de"]
    with pytest.raises(DeriveError, match=r"unknown language 'fr'\. Known: de, en"):
        words("fr")
    assert [plural("en", "decimals", n) for n in (1, 2)] == ["1 decimal", "2 decimals"]


@pytest.mark.parametrize("value", ["0.05", "0.5"])
@pytest.mark.parametrize("interval", [(0, 1), (1, 2)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_of_one_it_is_said_in_the_singular(language, interval, value):
    run = Run(
        "rnn", {"weight_ih": [[1]], "weight_hh": [[1]]}, [["0.05"]], language=language, decimals=2,
        hand={"h": [value]}, printed={"h": ["0.05"]}, claims=[{"approximation": "tanh(x) ~ x", "interval": interval}],
    )  # fmt: skip
    said = "\n".join(map(text_sentence, [*checks.notes(run.check()), *approximations.notes(Spelling(run))]))
    covered = interval == (0, 1)
    one = {
        "en": [
            "the one entry",
            "The one printed value",
            "the one argument" if covered else "The one argument that falls",
        ],
        "de": [
            "der eine Eintrag",
            "Der eine ausgegebene Wert",
            "das eine Argument" if covered else "Das eine Argument, das",
        ],
    }
    assert all(part in said for part in one[language]), said


def decimals(text, mark):
    """Every decimal of a file in order, with a point; TeX's dimensions, comments, the page's style and its script are
    none."""
    text = text.partition("<script")[0]
    body = text.partition("</style>")[2] or "\n".join(
        t for t in text.splitlines() if not t.startswith(("%", "\\use", "\\If"))
    )
    body = re.sub(r"\\(setlength|renewcommand)\{[^}]*\}\{[^}]*\}|<mspace[^>]*>", "", body)
    body = re.sub(r"<(svg|path|polygon|rect|circle|text|tspan)\b[^>]*>", r"<\1>", body)  # where something is drawn
    assert mark == "." or not re.search(r"\d\.\d", body)
    body = re.sub(r"<svg>.*?</svg>", "", body, flags=re.DOTALL)  # with commas, which are wider, it may be another one
    return re.findall(r"\d+\.\d+", body.replace(mark, "."))


def test_german_decimals_have_a_comma_wherever_people_read_them():
    run = load_run(ROOT / "examples" / "lecture.toml")
    english, german = files_of(run), files_of(replace(run, language="de"))
    for name in english:
        if name.endswith(".tex"):
            assert decimals(german[name], "{,}") == decimals(english[name], "."), name
            assert not re.search(r"\d,\d", german[name]), name  # without braces TeX puts space after the comma
    found = decimals(german["steps.html"], ",")
    assert found == decimals(english["steps.html"], ".")
    assert len(found) > 200
    assert "<mn>0,197375</mn>" in german["steps.html"]
    assert german["steps.json"] == english["steps.json"]


def test_german_decimals_at_a_prompt_have_a_comma_and_json_has_none():
    run = replace(load_run(ROOT / "examples" / "lecture.toml"), language="de")
    assert "−0,1974" in repr(run.table())
    assert "$-0$ & ${,}1974$" in run.table().latex()
    assert "−0,1974" in run.table()._repr_html_()
    assert "−0,1974" in repr(run.check())
    assert "≈ −0,1974" in repr(run.steps())
    assert "<mn>0,1974</mn>" in run.steps()._repr_html_()
    assert "−0,0105" in repr(run.gradients())
    assert "$-0$ & ${,}0105$" in run.gradients().latex()
    assert r"\le 0{,}0050814" in approximate("tanh", "identity", on=(-0.25, 0.25)).latex("de")
    assert "," not in str(run.check().to_json()["rows"][0]["exact"])
    assert Value.of(Rational(1, 4)).latex(2) == "0.25"


def test_the_mark_goes_with_the_language_even_after_an_error():
    with pytest.raises(DeriveError), speaking("de"):
        raise DeriveError(Value.of(Rational(1, 4)).unicode(2))
    assert Value.of(Rational(1, 4)).unicode(2) == "0.25"
    with speaking("de"), speaking("en"):
        assert Value.of(Rational(-1, 10**9)).latex(2) == r"-1.00 \times 10^{-9}"
