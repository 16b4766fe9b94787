"""What tables are asked for on a box."""

from __future__ import annotations

from collections.abc import Iterator

from flint import arb

from derive.enclosure.enclosed import Ends, values
from derive.enclosure.engines import EXACT, REPLACED, Engine
from derive.enclosure.walk import Made
from derive.exact.rational import exactly
from derive.run.step import Place
from derive.symbolic.table import Table


def asked(engine: Engine, replacements: Made) -> Iterator[tuple[type[Table], Place, Ends]]:
    """The arguments of tables that may lie beyond their ends: in both cells of a table that both have, else in the
    replaced cell.

    Raises RunError where nothing finite is certified of an argument.
    """
    for place in engine.places():
        replacement = replacements.get(place)
        table = place.function if replacement is None else type(replacement)
        if not issubclass(table, Table):
            continue
        found = [engine.argument(place, part) for part in ((EXACT, REPLACED) if replacement is None else (REPLACED,))]
        lower, upper = (arb(exactly(end)) for end in (table.lower, table.upper))
        if not all(least.bound >= lower and largest.bound <= upper for least, largest in found):
            ends = [values(extremes, str(place)) for extremes in found]
            yield table, place, (min(e[0] for e in ends), max(e[1] for e in ends))
