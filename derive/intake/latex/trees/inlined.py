r"""Functions that a text defines by a formula, f(a) = \max(0, a)^2, and affine maps in words, \mathrm{Linear}(x_t), in
the place of their calls."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from derive.errors import DefinitionError, counted
from derive.intake.latex.trees.tree import Call, Key, Letter, Node, Product, Sum, calls, mapped, name_of, rebuilt
from derive.intake.latex.trees.written import written

AFFINE = {"linear", "affine"}  # words for a matrix times what stands in brackets, and a bias
MOST = 500  # calls of functions that formulas define
WEIGHT, BIAS = "W_Linear", "b_Linear"


@dataclass(frozen=True)
class Formula:
    """What a function is. variables: the letters that stand for its arguments; line: of the text."""

    variables: tuple[Letter, ...]
    body: Node
    line: int

    def of(self, name: str, arguments: Sequence[Node]) -> Node:
        """The formula of these arguments. Raises DefinitionError for another number of them."""
        if len(arguments) != len(self.variables):
            has = counted(len(self.variables), "argument")
            raise DefinitionError(
                f"{name} has {counted(len(arguments), 'argument')}; on line {self.line} it is defined with {has}"
            )
        values = dict(zip(self.variables, arguments, strict=True))
        return mapped(self.body, lambda x: values.get(x, x))


@dataclass
class Inlined:
    """Puts formulas and maps in the place of calls, of one text. formulas: by the name of the function; kinds: what the
    letters of the maps are, with the reason."""

    formulas: Mapping[str, Formula]
    kinds: dict[Key, tuple[str, str]] = field(default_factory=dict)
    count: int = 0  # of the formulas that were put in the place of calls

    def side(self, node: Node, targets: Sequence[Letter], notes: list[str]) -> Node:
        """A right side; what was done is noted. Raises DefinitionError for a function that is defined by itself."""
        if not any(self._is_inlined(f) for f in calls(node)):
            return node
        return self._affine(self._without(node, (), notes), targets, notes)

    def _is_inlined(self, function: Letter) -> bool:
        return name_of(function.key) in self.formulas or function.base.lower() in AFFINE

    def _without(self, node: Node, within: Collection[str], notes: list[str]) -> Node:
        """Without calls of functions that formulas define. within: those in whose formulas it stands."""
        if isinstance(node, Call) and (name := name_of(node.function.key)) in self.formulas:
            if name in within:
                raise DefinitionError(f"{name} is defined by itself")
            self.count += 1
            if self.count > MOST:
                raise DefinitionError(f"{name} and others are functions of functions more than {MOST} times over")
            formula = self.formulas[name]
            note = f"{name}({', '.join(map(str, formula.variables))}) is {written(formula.body)}"
            notes += [note] if note not in notes else []
            body = self._without(formula.body, {*within, name}, notes)
            arguments = [self._without(a, within, notes) for a in node.arguments]
            return Formula(formula.variables, body, formula.line).of(name, arguments)
        return rebuilt(node, lambda n: self._without(n, within, notes))

    def _affine(self, node: Node, targets: Sequence[Letter], notes: list[str]) -> Node:
        """With a matrix and a bias for each affine map, which have the name of what the equation defines."""
        label = "".join(t.base + t.label for t in targets)
        count = 0

        def maps(n: Node) -> Node:
            nonlocal count
            if not (isinstance(n, Call) and n.function.base.lower() in AFFINE and len(n.arguments) == 1):
                return rebuilt(n, maps)
            count += 1
            own = label + (str(count) if count > 1 else "")
            weight, bias = Letter(WEIGHT, own), Letter(BIAS, own)
            note = f"{n.function} in the equation of {label} is an affine map of its own: a matrix and a bias"
            notes.append(note)
            self.kinds |= {
                weight.key: ("matrix", f"it is that of {n.function}"),
                bias.key: ("vector", f"it is the bias of {n.function}"),
            }
            return Sum(((1, Product((("", weight), ("", maps(n.arguments[0]))))), (1, bias)))

        return maps(node)


def variables_of(call: Call) -> tuple[Letter, ...]:
    """The letters of f(a, b) on the left side of an equation, where it says what the function is; else none."""
    found = tuple(a for a in call.arguments if isinstance(a, Letter))
    return found if len(found) == len(call.arguments) == len({*found}) else ()
