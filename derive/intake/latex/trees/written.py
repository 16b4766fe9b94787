"""A formula as it is bracketed, in the author's letters."""

from __future__ import annotations

from derive.intake.latex.trees.tree import (
    Call,
    Cases,
    Concat,
    Letter,
    Node,
    Numeral,
    Power,
    Product,
    Quotient,
    Relation,
    Sum,
    Table,
    Total,
    Unit,
)

_SYMBOLS = {"sigma": "σ", "phi": "φ", "varphi": "φ", "psi": "ψ", "tau": "τ"}


def written(node: Node) -> str:
    """On one line; a product is a factor beside the next, or with the author's sign between."""
    match node:
        case Letter():
            return str(node)
        case Numeral(text):
            return text
        case Sum(terms):
            signed = "".join((" + " if s == 1 else " - ") + _factor(t) for s, t in terms)
            return signed[3:] if signed.startswith(" + ") else signed.strip().replace("- ", "-", 1)
        case Product(factors):
            return "".join((f" {sign} " if sign else " ") + _factor(f, Product) for sign, f in factors).strip()
        case Quotient(a, b):
            return f"{_factor(a)}/{_factor(b, Product, Quotient)}"
        case Power(a, b):
            return f"{_factor(a, Product, Quotient, Power)}^{_factor(b, Product, Quotient, Power)}"
        case Call(Letter("transposed"), (a,)):
            return f"{_factor(a, Product, Quotient, Power)}ᵀ"
        case Call(Letter(base, label), arguments):
            name = str(Letter(_SYMBOLS.get(base, base), "" if label.startswith("@") else label))
            return f"{name}({', '.join(map(written, arguments))})"
        case Concat(parts):
            return f"[{', '.join(map(written, parts))}]"
        case Table(rows):
            return f"[{'; '.join(', '.join(map(written, row)) for row in rows)}]"
        case Relation(operator, a, b):
            return f"{written(a)} {operator} {written(b)}"
        case Unit(whole, index):
            return f"[{written(whole)}]_{index}"
        case Total(index, _, body):
            return f"Σ_{index} {_factor(body)}"
        case Cases(pairs):
            said = (written(value) + (f" if {written(when)}" if when else " otherwise") for value, when in pairs)
            return "{" + "; ".join(said) + "}"
    raise AssertionError(node)


def _factor(node: Node, *more: type) -> str:
    """In brackets, where it is a sum, or of a kind that binds no closer."""
    kinds = (Sum, Relation, Total, *more)
    return f"({written(node)})" if isinstance(node, kinds) else written(node)
