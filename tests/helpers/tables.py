"""The LaTeX of a run's sections, and tables in which a number is one cell."""

from __future__ import annotations

import re

from derive.document import tex
from derive.notation.page import ARTICLE
from derive.notation.words import speaking


def fragment(section, run, page=ARTICLE):
    """The fragment of a section, with every number of a table in one cell."""
    with speaking(run.language):
        return joined(tex.fragment(section(run), run, page))


def joined(text):
    """The table with the halves of a number, which are aligned at the decimal point between them, put together."""
    return re.sub(r" & (?=\\\\| & |$)(?<=\d\$ & )", "", re.sub(r"\$ & \$(?=\.|\{,\}|\{\\times\})", "", text))
