"""The few fixed words of tables and captions, by language."""

from __future__ import annotations

from derive.errors import DeriveError, unknown

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "time step": "time step",
        "quantity": "quantity",
        "by hand": "by hand",
        "formula": "formula",
        "exact": "exact",
        "absolute error": "absolute error",
        "relative error": "relative error",
        "agrees to": "agrees to",
        "decimals": "decimals",
        "all": "all",
        "none": "none",
        "remark": "remark",
        "caption": "Every step of {title}",
        "unit": "unit",
    },
    "de": {
        "time step": "Zeitschritt",
        "quantity": "Größe",
        "by hand": "von Hand",
        "formula": "Formel",
        "exact": "exakt",
        "absolute error": "absoluter Fehler",
        "relative error": "relativer Fehler",
        "agrees to": "stimmt auf",
        "decimals": "Nachkommastellen",
        "all": "alle",
        "none": "keine",
        "remark": "Bemerkung",
        "caption": "Alle Schritte: {title}",
        "unit": "Einheit",
    },
}


def words(language: str) -> dict[str, str]:
    """The words of a language. Raises DeriveError for one that is not there."""
    if language not in WORDS:
        raise DeriveError(unknown("language", language, WORDS))
    return WORDS[language]
