r"""The time of a letter, in its indices or in brackets after it: h_{t-1}, h^{(t)}, h[t], \\hat h_{k|k-1}."""

from __future__ import annotations

import re
from collections.abc import Sequence

from derive.intake.latex.text.cuts import label_of
from derive.intake.latex.text.tokens import Token, closing
from derive.intake.latex.text.vocabulary import FONTS, WORDY
from derive.intake.latex.trees.cursor import Cursor

PRIOR = "prior"  # the index of what is estimated before it is corrected, k|k-1
DELAYED = "delayed"  # the index of what a quantity was so many steps ago
DELAYS = ("d", "D", r"\tau", r"\delta")  # the letters that say how many, where no number does


class Stamps(Cursor):
    """Reads times."""

    def _time(self, part: Sequence[Token]) -> int | None:
        """The time that an index says: t, (t-1), ⟨t⟩."""
        text = _without_brackets(part)
        time = re.escape(self.time)
        if self._is_of_several(part):
            raise self.fail(f"the time {label_of(part)}: what is read is of one step, {self.time} or so many before it")
        pattern = rf"{time}(?:([-−+])(?:(\d+)|(\\?[Dd]elta{time}|d{time}|\\Delta)))?"
        match = re.fullmatch(pattern, text)
        if not match:  # in a font, t\text{-}1; \mathrm{t} by itself may be an index of another name
            match = re.fullmatch(pattern, "".join(t.text for t in part if t.text not in {*FONTS, *WORDY, "{", "}"}))
            match = match if match and match[1] else None
        if not match:
            return None
        if match[3]:
            self._note(f"{match[3].lstrip(chr(92)).replace('Delta', 'Δ').replace('delta', 'δ')} in a time is one step")
        return 0 if not match[1] else int(match[2] or 1) * (1 if match[1] == "+" else -1)

    def _is_of_several(self, part: Sequence[Token]) -> bool:
        r"""Whether an index with the time in it is of steps as they come, 1:t, <t and \leq t, or counts others, T - t
        and 2t."""
        texts = [t.text for t in part]
        if self.time not in texts or any(text in ("_", "^", "{") for text in texts):
            return False
        at = texts.index(self.time)
        before, after = texts[:at], texts[at + 1 :]
        if not {":", r"\leq", r"\le", r"\geq", r"\ge", r"\to", "/"}.isdisjoint(texts) or texts[:1] in (["<"], [">"]):
            return not (texts[:1] == ["<"] and texts[-1:] == [">"])
        return (
            bool(before) and (before[-1] in ("-", "−") or (before[-1][0].isdigit() and len(before) == 1)) and not after
        )

    def _without_condition(self, inner: list[Token]) -> tuple[list[Token], bool]:
        """The time k of k|k and of k|k-1, and whether it is of what is not corrected yet."""
        bar = next((j for j, token in enumerate(inner) if token.text in ("|", r"\mid", r"\vert")), None)
        if bar is None:
            return inner, False
        own, given = (self._time(part) for part in (inner[:bar], inner[bar + 1 :]))
        if own is None or given is None:
            return inner, False
        if own - given not in (0, 1):
            raise self.fail(
                f"the time {label_of(inner)}: what is estimated is read at its time, or from one step before"
            )
        if own > given:
            self._note(
                f"{self.time}|{self.time}-1 is the time of what is not corrected yet, a quantity of its own, {PRIOR}"
            )
        return inner[:bar], own > given

    def _note(self, what: str) -> None:
        if what not in self.notes:
            self.notes.append(what)

    def _is_delay(self, part: Sequence[Token]) -> bool:
        """Whether it is a time of so many steps ago, n - d."""
        text = _without_brackets(part)
        found = re.fullmatch(rf"{re.escape(self.time)}[-−]([A-Za-z]|\\[a-z]+)", text)
        if found and found[1] not in DELAYS:
            raise self.fail(f"the time {text}: a cell reads the step before, and no earlier one")
        return found is not None

    def _time_suffix(self) -> int | None:
        """A time in brackets after a letter: h(t-1), h[t]."""
        if self._next not in ("(", "[") or (end := closing(self.given, self.k)) >= len(self.given):
            return None
        found = self._time(self.given[self.k + 1 : end])
        if found is not None:
            self.k = end + 1
        return found


def _without_brackets(part: Sequence[Token]) -> str:
    return "".join(t.text for t in part if t.text not in (r"\langle", r"\rangle", "<", ">", "(", ")", "[", "]"))
