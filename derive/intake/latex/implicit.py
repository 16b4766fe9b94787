"""An equation whose unknown stands on both sides, c = a - b c: where it is linear in it, it is solved for it."""

from __future__ import annotations

from derive.intake.latex.tree import Key, Letter, Node, Numeral, Product, Quotient, Sum, letters


def reads_itself(key: Key, node: Node) -> bool:
    """Whether a quantity is read at the time at which it is defined."""
    return any(x.key == key and x.time == 0 for x in letters(node))


def solved(key: Key, node: Node) -> Node | None:
    """The formula without the unknown in it, a/(1 + b); None where it is no sum of numbers times the unknown and what
    does not have it. A factor of the unknown may be a number or a small letter, which no matrix is."""
    if not isinstance(node, Sum):
        return None
    rest: list[tuple[int, Node]] = []
    below: list[tuple[int, Node]] = [(1, Numeral("1"))]
    for sign, term in node.terms:
        if not reads_itself(key, term):
            rest.append((sign, term))
            continue
        factors = [f for _, f in term.factors] if isinstance(term, Product) else [term]
        others = [f for f in factors if not (isinstance(f, Letter) and f.key == key)]
        if len(others) != len(factors) - 1 or not all(map(_is_number, others)):
            return None
        product: Node = Numeral("1") if not others else others[0]
        below.append((-sign, Product(tuple(("", f) for f in others)) if len(others) > 1 else product))
    return Quotient(Sum(tuple(rest)), Sum(tuple(below))) if rest else None


def _is_number(node: Node) -> bool:
    if isinstance(node, Letter):
        return node.time is None and (not node.base[:1].isupper() or node.base.startswith("Delta"))
    return isinstance(node, Numeral)
