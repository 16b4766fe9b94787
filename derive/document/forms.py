"""The forms of a chain, ``= symbolic = with numbers ≈ value``, where a page has no room for all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from derive.document.layout import aligned
from derive.document.model import Chain, Chains
from derive.document.width import width
from derive.notation.page import Page

ARRAY = r"\begin{bmatrix}"


def forms(chain: Chain, room: float) -> Iterator[Chain]:
    """The chain without what is wider than a line; and without more and more of its forms with numbers, the first ones
    first, for a slide that is too low for them."""
    between = range(1, len(chain.parts) - 1)
    wide = {k for k in between if _is_wide(chain, k, room)}
    yield _without(chain, wide)
    for k in range(1, len(between) + 1):
        yield _without(chain, wide | set(between[:k]))


def with_arrays_that_fit(part: Chains, page: Page) -> Chains:
    """The chains without forms between the first and the last that have an array and are wider than a line."""
    widest = max(width(chain.left) for chain in part.chains)
    return replace(part, chains=tuple(_that_fits(c, page.display - widest + width(c.left)) for c in part.chains))


def _that_fits(chain: Chain, room: float) -> Chain:
    between = (k for k in range(1, len(chain.parts) - 1) if ARRAY in chain.parts[k][1])
    return _without(chain, {k for k in between if _is_wide(chain, k, room)})


def _is_wide(chain: Chain, k: int, room: float) -> bool:
    rows = aligned(Chain(chain.left, (chain.parts[k],)), room)
    return any(width(row.replace("&", "", 1)) > room for row in rows)


def _without(chain: Chain, left_out: Collection[int]) -> Chain:
    """The chain without those of its parts; the sign of the next one says what theirs said."""
    kept, is_exact = [], True
    for k, (relation, formula) in enumerate(chain.parts):
        is_exact = is_exact and relation == "="
        if k not in left_out:
            kept.append(("=" if is_exact else r"\approx", formula))
            is_exact = True
    return Chain(chain.left, tuple(kept))
