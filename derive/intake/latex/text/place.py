"""The line of the text that an error is of, before what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from derive.errors import DefinitionError, DeriveError


def placed(message: str) -> tuple[int, str]:
    """The line that a message names, 0 where it names none, and what it says of it."""
    placed = re.match(r"line (\d+): ", message)
    return (int(placed[1]), message[placed.end() :]) if placed else (0, message)


def of_line(error: DeriveError, line: int) -> DefinitionError:
    """The error with that line before it, where it names none."""
    named, what = placed(str(error))
    if isinstance(error, DefinitionError) and (named or not line):
        return error
    return DefinitionError(f"line {named or line}: {what}" if named or line else what)


@contextmanager
def at(line: int) -> Iterator[None]:
    """What is refused within is refused at that line, unless it names another. Raises DefinitionError."""
    try:
        yield
    except DeriveError as e:
        raise of_line(e, line) from None
    except RecursionError:
        deep = DefinitionError("the brackets of a formula stand too deep within each other; write it shorter")
        raise of_line(deep, line) from None
