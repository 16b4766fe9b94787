"""The line of the text that an error is of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from derive.errors import DefinitionError


def of_line(error: DefinitionError, line: int) -> DefinitionError:
    """The error with that line before it, where it names none."""
    return error if not line or str(error).startswith("line ") else DefinitionError(f"line {line}: {error}")


@contextmanager
def at(line: int) -> Iterator[None]:
    """What is refused within is refused at that line, unless it names another. Raises DefinitionError."""
    try:
        yield
    except DefinitionError as e:
        raise of_line(e, line) from None
    except RecursionError:
        deep = DefinitionError("the brackets of a formula stand too deep within each other; write it shorter")
        raise of_line(deep, line) from None
