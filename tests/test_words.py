"""The languages say the same: the same keys, the same places for numbers and formulas."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from string import Formatter

import pytest

from derive.errors import DeriveError
from derive.render import approximations, checks
from derive.render.spelling import Text
from derive.run import Run
from derive.run_file import load_run
from derive.tables import files_of
from derive.words import ENGLISH, GERMAN, LANGUAGES, decimals_in_words, words

ROOT = Path(__file__).resolve().parent.parent


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
    texts["derive/words.py"] = texts["derive/words.py"].partition("LANGUAGES")[
        2
    ]  # what stands below the words themselves
    code = "".join(texts.values())
    for key in ENGLISH:
        quoted = f'"{key}"' in code or f"'{key}'" in code
        assert quoted or (key.endswith(" caption") and f'"{key.split()[0]}"' in code) or f'"{key}.tex"' in code, key


def test_a_run_in_german_has_no_english_words():
    run = load_run(ROOT / "examples" / "lecture.toml")
    files = files_of(replace(run, language="de", caption="Eine Zelle."))
    shown = "\n".join(
        line
        for name, text in files.items()
        if name not in ("steps.json",)
        for line in text.splitlines()
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
    assert [decimals_in_words("en", n) for n in (1, 2)] == ["1 decimal", "2 decimals"]


@pytest.mark.parametrize("value", ["0.05", "0.5"])
@pytest.mark.parametrize("interval", [(0, 1), (1, 2)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_of_one_it_is_said_in_the_singular(language, interval, value):
    run = Run(
        "rnn", {"weight_ih": [[1]], "weight_hh": [[1]]}, [["0.05"]], language=language, decimals=2,
        hand={"h": [value]}, printed={"h": ["0.05"]}, claims=[{"approximation": "tanh(x) ~ x", "interval": interval}],
    )  # fmt: skip
    said = "\n".join([*checks.notes(run.check(), Text(run)), *approximations.notes(Text(run))])
    one = {"en": ["the one entry", "The one printed value", "the one argument"],
           "de": ["der eine Eintrag", "Der eine ausgegebene Wert", "das eine Argument"]}  # fmt: skip
    assert all(part in said for part in one[language]), said
