r"""What a step makes of a linear differential equation whose input is held, as ``zero_order_hold`` is printed: \exp(A)
of a matrix by its entries, A = (1/(1 + i + j))_{ij}, and \int_0^1 \exp(\tau A) d\tau B."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from derive.errors import DefinitionError
from derive.intake.latex.text.tokens import Token, argument
from derive.intake.latex.trees.grammar import Grammar
from derive.intake.latex.trees.tree import Call, Letter, Node, Product, Unit

HELD = Letter("zero_order_hold", "@")  # which nobody types
_FROM_0_TO_1 = {"_": "0", "^": "1"}


def held(given: Sequence[Token], axes: int, time: str) -> Call | None:
    """The call of the entries of A, or of A and B; None of another formula. axes: how many what it is has, of which A
    has two."""
    tokens, k, limits = list(given), 1, {}
    is_integral = bool(tokens) and tokens[0].text == r"\int"
    while is_integral and k < len(tokens) and tokens[k].text in _FROM_0_TO_1:
        part, end = argument(tokens, k + 1)
        limits[tokens[k].text] = "".join(t.text for t in part)
        k = end
    if is_integral and limits != _FROM_0_TO_1:
        return None
    try:
        formula = Grammar(tokens[k:] if is_integral else tokens, ("tau",), time).read()
    except DefinitionError:
        return None
    match formula:
        case Call(Letter("exp", ""), (Unit(rates, "ij"),)) if not is_integral and axes == 2:
            return Call(HELD, (rates,))
        case Product(
            (
                (_, Call(Letter("exp", ""), (Product(((_, Letter() as s), (_, Unit(rates, "ij")))),))),
                (_, Letter("d", "", None)),
                (_, Letter() as over),
                (_, Unit(inputs, "i" | "ij" as places)),
            )
        ) if is_integral and s == over and len(places) <= axes <= 2:
            return Call(HELD, (rates, inputs))
    return None


def is_exponential(formula: Node) -> bool:
    return isinstance(formula, Call) and formula.function == HELD and len(formula.arguments) == 1


def check_held(name: str, formula: Node | None, others: Collection[Node]) -> None:
    """Raises DefinitionError where the A of an integral is that of no exponential, of those that there are."""
    exponentials = [other for other in others if is_exponential(other)]
    match formula:
        case Call(function, (rates, _)) if (
            function == HELD and exponentials and Call(HELD, (rates,)) not in exponentials
        ):
            raise DefinitionError(
                rf"{name} is \int_0^1 \exp(\tau A) d\tau B of another A than what stands beside it, \exp(A): a step has"
                " the same in both"
            )
