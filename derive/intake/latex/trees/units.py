r"""Equations of one unit, z_j = σ(Σ_i W_{ji} x_i + [U h]_j), as equations of whole vectors."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from derive.errors import DefinitionError
from derive.intake.latex.text.place import of_line
from derive.intake.latex.trees.tree import (
    Call,
    Key,
    Letter,
    Node,
    Numeral,
    Power,
    Product,
    Quotient,
    Sum,
    Total,
    Unit,
    letters,
    parts_of,
    rebuilt,
)

#: Left sides, right side, and what it was read from.
Read = tuple[list[Letter], Node, Any]


@dataclass
class Whole:
    """Equations of whole vectors. kinds: what letters are by their indices, with the reason; notes: by the key of an
    equation, what was concluded of it; unread: by the key, why one is left out: a sum that is no product of a matrix
    and a vector, no mean and no product of two vectors."""

    equations: list[Read]
    kinds: dict[Key, tuple[str, str]] = field(default_factory=dict)
    notes: dict[Key, list[str]] = field(default_factory=dict)
    unread: dict[Key, DefinitionError] = field(default_factory=dict)


def in_whole_vectors(equations: Sequence[Read], defined: Collection[Key]) -> Whole:
    """The equations without the index of their units. defined: what stands on the left of any."""
    found = Whole([])
    equations = [(targets, _summed(right, targets, defined), origin) for targets, right, origin in equations]
    units = [_unit_by_sums(targets, right, defined) for targets, right, _ in equations]
    known = {u for u in units if u}
    units = [u or _unit_by_others(t, right, known, defined) for u, (t, right, _) in zip(units, equations, strict=True)]
    clashing = _clashing([(right, u) for (_, right, _), u in zip(equations, units, strict=True)], defined)
    for (targets, right, origin), unit in zip(equations, units, strict=True):
        side = _Side(unit, defined, clashing, found.kinds)
        own = [without(t, unit) for t in targets] if unit else targets
        try:
            node = side.whole(right) if unit or any(True for _ in _of(Total, right)) else right
        except DefinitionError as e:
            found.unread |= {t.key: of_line(e, origin.line) for t in own}
            continue
        if unit:
            side.notes.insert(0, f"{targets[0]} is written for one unit, {unit}, and read for all of them")
        for t in own:
            found.notes.setdefault(t.key, []).extend(side.notes)
        found.equations.append((own, node, origin))
    return found


def without(letter: Letter, mark: str) -> Letter:
    """The letter without one of its indices."""
    at, kept = 0, list(letter.marks)
    for k, m in enumerate(letter.marks):
        at = letter.label.find(m, at)
        if m == mark and at >= 0:
            label = letter.label[:at] + letter.label[at + len(m) :]
            return replace(letter, label=label, marks=(*kept[:k], *kept[k + 1 :]))
        at += len(m)
    return letter


def _of(kind: type, node: Node) -> Iterator[Any]:
    if isinstance(node, kind):
        yield node
    for part in parts_of(node):
        yield from _of(kind, part)


def _is_parameter(x: Letter, defined: Collection[Key]) -> bool:
    return x.time is None and x.key not in defined


def _weights(total: Total, unit: str, defined: Collection[Key]) -> list[Letter]:
    """The letters of a sum that have its index and the unit's: matrices."""
    inside = letters(total.body)
    return [x for x in inside if _is_parameter(x, defined) and total.index in x.marks and unit in x.marks]


def _summed(node: Node, targets: Sequence[Letter], defined: Collection[Key]) -> Node:
    """With the sums that a repeated index stands for, A_ij h_j in an equation of unit i."""
    own = targets[0].marks if len(targets) == 1 else ()
    if isinstance(node, Total) or not own:
        return node
    if isinstance(node, Product):
        factors = [f for _, f in node.factors]
        for weight in (f for f in factors if isinstance(f, Letter) and _is_parameter(f, defined)):
            others = [f for f in factors if isinstance(f, Letter) and f is not weight]
            over = {m for m in weight.marks for f in others if m in f.marks and f.time is not None} - {*own}
            if len(over) == 1 and any(m in own for m in weight.marks):
                return Total(over.pop(), None, node)
    return rebuilt(node, lambda n: _summed(n, targets, defined))


def _unit_by_sums(targets: Sequence[Letter], right: Node, defined: Collection[Key]) -> str:
    """The index of the unit that an equation is of, where a matrix in a sum or a bracket has it; "" for none."""
    marks = targets[0].marks if len(targets) == 1 else ()
    for mark in reversed(marks):
        if any(mark != total.index and _weights(total, mark, defined) for total in _of(Total, right)):
            return mark
        if any(unit.index == mark for unit in _of(Unit, right)):
            return mark
        if any(_is_raised(power, mark) for power in _of(Power, right)) and (mark, "") not in defined:
            return mark
    return ""


def _is_raised(power: Power, mark: str) -> bool:
    r"""Whether it is unit j of a bracket, \tanh(W x)^j, which looks like a power."""
    return isinstance(power.exponent, Letter) and power.exponent == Letter(mark)


def _unit_by_others(targets: Sequence[Letter], right: Node, known: Collection[str], defined: Collection[Key]) -> str:
    """The same where other equations have that index, and the quantities of this one have it on both sides."""
    marks = targets[0].marks if len(targets) == 1 else ()
    read = [x for x in letters(right) if x.time is not None or x.key in defined]
    return next((m for m in reversed(marks) if m in known and any(m in x.marks for x in read)), "")


def _clashing(sides: Sequence[tuple[Node, str]], defined: Collection[Key]) -> set[str]:
    """Matrices that only their indices tell apart, w_{ic} and w_{hc}: these keep them."""
    seen: dict[Key, set[tuple[str, ...]]] = {}
    for right, unit in sides:
        for total in _of(Total, right):
            for x in _weights(total, unit, defined):
                short = without(without(x, unit), total.index)
                seen.setdefault(short.key, set()).add((total.index,))
    return {base for (base, _), indices in seen.items() if len(indices) > 1}


@dataclass
class _Side:
    """Makes one right side whole."""

    unit: str
    defined: Collection[Key]
    clashing: Collection[str]
    kinds: dict[Key, tuple[str, str]]
    notes: list[str] = field(default_factory=list)

    def whole(self, node: Node) -> Node:
        match node:
            case Letter():
                return self._letter(node)
            case Unit(inner, index) if index == self.unit:
                return inner
            case Power(base, _) if self.unit and _is_raised(node, self.unit):
                return base
            case Total():
                return self._total(node)
            case Quotient(Total() as total, below) if self._is_count(below, total):
                return self._mean(total)
            case Product(factors):
                return self._product(list(factors))
        return rebuilt(node, self.whole)

    def _letter(self, letter: Letter) -> Node:
        if not self.unit or self.unit not in letter.marks:
            return letter
        short = without(letter, self.unit)
        if _is_parameter(letter, self.defined):
            self.kinds.setdefault(short.key, ("vector", f"{letter} is one of its units"))
        return short

    def _product(self, factors: list[tuple[str, Node]]) -> Node:
        """Factors of one unit are multiplied elementwise; a sum over units with 1 over their number is a mean."""
        for k, (_, factor) in enumerate(factors):
            over = next((j for j, (_, f) in enumerate(factors) if j != k and self._is_divisor(f, factor)), None)
            if isinstance(factor, Total) and over is not None:
                factors[k] = (factors[k][0], self._mean(factor))
                del factors[over]
                break
        found = [(s, self.whole(f)) for s, f in factors]
        if self.unit:
            scalar = [isinstance(f, Numeral) or self._is_scalar(f) for _, f in factors]
            found = [(s if k == 0 or scalar[k] or scalar[k - 1] else "⊙", f) for k, (s, f) in enumerate(found)]
        return found[0][1] if len(found) == 1 else Product((("", found[0][1]), *found[1:]))

    def _is_scalar(self, node: Node) -> bool:
        return isinstance(node, Letter) and _is_parameter(node, self.defined) and self.unit not in node.marks

    def _is_divisor(self, node: Node, total: Node) -> bool:
        return (
            isinstance(total, Total) and isinstance(node, Quotient) and node.above == Numeral("1")
            and self._is_count(node.below, total)
        )  # fmt: skip

    def _is_count(self, node: Node, total: Total) -> bool:
        """Whether it is the number of units that a sum goes over."""
        if self.unit and _weights(total, self.unit, self.defined):
            return False
        return node == total.last or (
            total.last is None and isinstance(node, Letter) and _is_parameter(node, self.defined)
        )

    def _inside(self, total: Total) -> _Side:
        return _Side(total.index, self.defined, self.clashing, self.kinds, self.notes)

    def _mean(self, total: Total) -> Node:
        self.notes.append(f"the sum over {total.index} is over all units, and divided by their number")
        return Call(Letter("mean"), (self._inside(total).whole(total.body),))

    def _total(self, total: Total) -> Node:
        weights = _weights(total, self.unit, self.defined) if self.unit else []
        if isinstance(total.body, Sum) and weights:
            terms = ((s, self._total(Total(total.index, total.last, term))) for s, term in total.body.terms)
            return Sum(tuple(terms))
        factors = list(total.body.factors) if isinstance(total.body, Product) else [("", total.body)]
        inside = [f for _, f in factors if any(total.index in x.marks for x in letters(f))]
        outside = [f for _, f in factors if f not in inside]
        if weights:
            rest = [self._inside(total).whole(f) for f in inside if f not in weights]
            if len(weights) > 1 or not rest:
                raise self._fail(total)
            found: Node = Product((("", self._matrix(weights[0], total)), ("", _elementwise(rest))))
        else:
            found = self._number([self._inside(total).whole(f) for f in inside], total)
        return _elementwise([*(self.whole(f) for f in outside), found])

    def _matrix(self, weight: Letter, total: Total) -> Letter:
        turned = weight.marks.index(total.index) < weight.marks.index(self.unit)
        short = weight if weight.base in self.clashing else without(without(weight, self.unit), total.index)
        self.kinds[short.key] = ("matrix", f"{weight} is an entry of it, and the sum goes over {total.index}")
        return replace(short, turned=turned)

    def _number(self, factors: list[Node], total: Total) -> Node:
        """A sum over the units of two vectors' products."""
        if any(_is_parameter(x, self.defined) and x.base[:1].isupper() for x in letters(total.body)):
            raise self._fail(total)
        match factors:
            case [Power(base, Numeral("2"))]:
                return Call(Letter("dot"), (base, base))
            case [first, *rest] if rest:
                return Call(Letter("dot"), (first, _elementwise(rest)))
        raise self._fail(total)

    def _fail(self, total: Total) -> DefinitionError:
        return DefinitionError(
            f"a sum over {total.index}: what is read is a matrix times a vector, Σ_j W_ij h_j in an equation of unit i,"
            " a mean, 1/H Σ_j h_j, and a product of two vectors, Σ_j v_j h_j"
        )


def _elementwise(factors: Sequence[Node]) -> Node:
    if len(factors) == 1:
        return factors[0]
    return Product((("", factors[0]), *(("⊙", f) for f in factors[1:])))
