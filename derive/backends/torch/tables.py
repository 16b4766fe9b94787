"""The tables of a module, as its text makes them."""

from __future__ import annotations

import textwrap

from derive.backends.torch.layout import WIDTH
from derive.symbolic.table import Table


def table_lines(table: type[Table]) -> str:
    """The assignment of one table, its entries in as many lines as they need."""
    ends = f"lower={float(table.lower)!r}, spacing={float(table.spacing())!r}"
    kind = f"lines={bool(table.interpolate)}, clamps={table.outside != 'extend'}"
    numbers = textwrap.fill(", ".join(repr(float(n)) for n in table.entries.numbers), WIDTH - 8)
    body = textwrap.indent(f"{ends},\n{kind},\nentries=[\n{textwrap.indent(numbers, '    ')},\n],", "    ")
    return f"{table.__name__} = Table(\n{body}\n)"
