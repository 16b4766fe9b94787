"""The fixed words and sentences of tables, captions and pages, by language. Formulas in them stand between dollars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from derive.errors import DeriveError, unknown
from derive.exact.numeral import decimal_mark
from derive.notation.english import ENGLISH
from derive.notation.german import GERMAN

LANGUAGES: dict[str, dict[str, str]] = {"en": ENGLISH, "de": GERMAN}


def words(language: str) -> Mapping[str, str]:
    """The words of a language. Raises DeriveError for one that is not there."""
    if language not in LANGUAGES:
        raise DeriveError(unknown("language", language, LANGUAGES))
    return LANGUAGES[language]


_SPOKEN: ContextVar[str] = ContextVar("language", default="en")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within, numbers are printed as that language prints them, and what knows no run has its words. Raises DeriveError
    for one that is not there."""
    with decimal_mark(words(language)["decimal mark"]):
        token = _SPOKEN.set(language)
        try:
            yield
        finally:
            _SPOKEN.reset(token)


def spoken() -> Mapping[str, str]:
    """The words of the language that is spoken here; English where nobody has said which."""
    return words(_SPOKEN.get())


def plural(language: str, key: str, n: int, **parts: object) -> str:
    """The sentence of that key about n things, in which {n} may stand; about one thing, that of ``key, one``.

    >>> plural("en", "decimals", 1), plural("en", "decimals", 4)
    ('1 decimal', '4 decimals')
    """
    return words(language)[f"{key}, one" if n == 1 else key].format(n=n, **parts)
