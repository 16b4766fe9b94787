"""What each letter of a system is by where it stands, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from derive.errors import DefinitionError
from derive.intake.latex.meaning.kinds import Kinds
from derive.intake.latex.meaning.transposed import take_transposed
from derive.intake.latex.systems.numbered import numbered
from derive.intake.latex.systems.spaces import Space
from derive.intake.latex.text.place import at
from derive.intake.latex.trees.alphabet import EULER, is_capital, is_greek, spelling
from derive.intake.latex.trees.tree import (
    IDENTITY,
    Call,
    Key,
    Letter,
    Node,
    Numeral,
    Power,
    Product,
    Quotient,
    Sum,
    every,
    letters,
    name_of,
    parts_of,
    spelled,
    terms_of,
)
from derive.intake.latex.trees.written import written


@dataclass
class Roles(Kinds):
    """Concludes them."""

    _beside_numbers: dict[Key, bool] = field(default_factory=dict)  # whether there is a number that it is added to
    #: of a capital letter, where it stands before something, and what it stands behind
    _sides: dict[Key, tuple[list[Letter], list[Node]]] = field(default_factory=dict)
    _open: list[Key] = field(default_factory=list)  # small letters that multiply something, not elementwise

    def find(self, needed: Sequence[Key]) -> dict[Key, DefinitionError]:
        """Conclude what the letters of the equations are from where they stand; by its key, why one is not read."""
        self._take_words(needed)
        notes, refused = numbered(self.system, needed, self.is_parameter, self._is_given)
        self.notes += notes
        for key, space in self.system.spaces.items():
            if self.is_parameter(Letter(*key)):
                self._take_space(key, space)
        for key, (kind, reason) in self.system.kinds.items():
            self._set(key, kind, reason)
        for key in needed:
            try:
                with at(self.system.line(key)):
                    self._infer(self.system.nodes[key])
            except DefinitionError as e:
                refused[key] = e
        for key in (k for k, is_sum in self._beside_numbers.items() if is_sum):  # 1 - a, of which nothing else is said
            self._set(key, "vector", "it is added to a number")
        self._take_rows()
        for key in self._open:  # before a state it is what the same letter before the input is
            like = next((k for k, kind in self.kinds.items() if k[0] == key[0] and kind == "matrix"), None)
            if like is not None:
                self._set(key, "matrix", f"{spelled(like)} is one")
        for key in needed:
            self._take_like(self.system.nodes[key])
        take_transposed(self, needed)
        return refused

    def _take_like(self, node: Node) -> None:
        """The r of w x_t + r h_{t-1}, where w is a matrix and a small letter too, and the B of W x_t + B."""
        for terms in (terms_of(n) for n in every(node) if isinstance(n, Sum)):
            maps = [t for _, t in terms if isinstance(t, Product) and len(t.factors) == 2 and self._has_matrix(t)]
            for x in (t for _, t in terms if isinstance(t, Letter) and self.is_parameter(t) and is_capital(t)):
                if maps and x != IDENTITY and not x.turned and not any(n.turned for n in letters(node)):
                    self._set(x.key, "vector", "it is added to a product of a matrix and a vector")
        for terms in (n.terms for n in every(node) if isinstance(n, Sum)):
            first = [t.factors[0][1] for _, t in terms if isinstance(t, Product) and len(t.factors) == 2]
            small = [x.key for x in first if isinstance(x, Letter) and self.is_parameter(x) and not is_capital(x)]
            like = next((k for k in small if self.kinds.get(k) == "matrix"), None)
            for key in (k for k in small if like is not None and k in self._open):
                self._set(key, "matrix", f"it stands beside the product of {spelled(like or key)}, which is one")

    def _take_rows(self) -> None:
        """The A of f_t A, where all matrices stand before what they multiply, is a vector."""
        if not any(before for before, _ in self._sides.values()):
            return
        for key, (before, after) in self._sides.items():
            if self.kinds.get(key) == "matrix" and after and not before and all(map(self._is_defined, after)):
                self.kinds[key] = "vector"
                self.notes = [n for n in self.notes if not n.startswith(f"{spelled(key)} is a matrix: ")]
                self.notes.append(
                    f"{spelled(key)} is a vector: it stands after {after[0]}, and matrices before what they multiply"
                )

    def _has_matrix(self, product: Product) -> bool:
        keys = [f.key for _, f in product.factors if isinstance(f, Letter)]
        return any(self.kinds.get(key) == "matrix" for key in keys)

    def _is_defined(self, node: Node) -> bool:
        """Whether it is a quantity of the step, with an equation."""
        return isinstance(node, Letter) and node.time == 0 and node.key in self.system.nodes

    def _take_words(self, needed: Sequence[Key]) -> None:
        """The roles that the text's sentences give to small letters that have none yet."""
        for x in (x for k in needed for x in letters(self.system.nodes[k])):
            spelt = spelling(name_of(x.key))
            if spelt in self.given or not self.is_parameter(x):
                continue
            for name, (role, words) in self.said.roles.items():
                if fnmatchcase(spelt, spelling(name)) and (role == "diagonal" or not is_capital(x)):
                    self.given[spelt] = "vector" if role == "diagonal" else role  # D h is d ⊙ h
                    what = role if role[-1].isdigit() or role == "diagonal" else f"a {role}"
                    self.notes.append(f"{spelled(x.key)} is {what}: “{words}”")

    def _take_space(self, key: Key, space: Space) -> None:
        """What a letter is by the space in which it lies: a matrix of two axes is the weight of a map, where nothing
        else is said of it."""
        if space.is_row and key[0][:1].isupper() and not space.words:
            return  # a map to one number, or a vector: where it stands says which
        is_number = not space.axes and not space.heads
        nothing_else = not (space.words or space.heads) or space.words.startswith("block-diagonal")
        is_weight = len(space.axes) == 2 and nothing_else
        self.kinds[key] = "scalar" if is_number else "matrix" if is_weight else "vector"

    def _is_small(self, letter: Letter) -> bool:
        return self.is_parameter(letter) and not is_capital(letter)

    def _infer(self, node: Node) -> None:
        """Matrices by what they multiply, vectors by where they stand."""
        match node:
            case Letter(base) if base.endswith("dots"):
                raise DefinitionError("\\dots stands for terms that are not written; write them all")
            case Call(Letter("diag"), (Letter() as entries,)) if self.is_parameter(entries):
                self._set(entries.key, "vector", "it stands on a diagonal")
            case Product(factors):
                for k, (_sign, factor) in enumerate(factors):
                    factor = factor.above if isinstance(factor, Quotient) else factor
                    if not isinstance(factor, Letter) and self._is_between(k, [s for s, _ in factors]):
                        self._take_function(factor)
                    elif isinstance(factor, Call) and factor.function.base in ("sin", "cos"):
                        self._take_angle(factor)
                    elif isinstance(factor, Letter) and self.is_parameter(factor):
                        self._factor(factor, [s for s, _ in factors], k, factors)
            case Quotient(_, Letter() as below) if self.is_parameter(below) and is_greek(below):
                self._set(below.key, "scalar", "a small Greek letter by which something is divided")
            case Quotient(_, Call(Letter("sqrt"), (Letter() as below,))) if self._is_small(below):
                self._set(below.key, "scalar", "something is divided by its root")
            case Sum(terms):
                beside_identity = any(_ends_in_identity(term) for _, term in terms)
                for _, term in terms:
                    if beside_identity and isinstance(term, Letter) and is_capital(term) and term != IDENTITY:
                        if self.is_parameter(term):
                            self._set(term.key, "matrix", "I is added to it")
                    elif isinstance(term, Letter) and term.turned and self.is_parameter(term):
                        self._set(term.key, "matrix", "it is transposed")
                    elif isinstance(term, Letter) and self.is_parameter(term) and not is_capital(term):
                        others = [other for _, other in terms if other is not term]
                        if term == EULER:
                            continue
                        if all(isinstance(other, Numeral) for other in others):
                            self._beside_numbers[term.key] = bool(others)
                        else:
                            self._set(term.key, "vector", "it is added")
                    elif (x := self._scaled(term)) is not None:
                        others = [other for _, other in terms if other is not term]
                        if not all(isinstance(other, Numeral) for other in others):
                            self._set(x.key, "vector", f"{written(term)} is added")
            case Power(Letter() as base, Numeral()) if self._is_small(base) and is_greek(base):
                self._set(base.key, "scalar", "a small Greek letter of which a power is taken")
            case Power(Letter() as base, exponent) if self.is_parameter(base) and is_capital(base):
                if not self._is_given(base.key):
                    raise DefinitionError(
                        f"{base}^({written(exponent)}): powers and inverses of matrices that are learned are not read;"
                        f' write products, {base} {base}, or if it is no matrix, say so, roles={{"{name_of(base.key)}":'
                        ' "vector"}'
                    )
            case Call(function, (_, *gains)) if function.base.lower() in ("ln", "layernorm"):
                for gain in gains:
                    if isinstance(gain, Letter) and self.is_parameter(gain):
                        self._set(gain.key, "vector", f"it is given to {function}")
        for part in parts_of(node):
            self._infer(part)

    def _scaled(self, term: Node) -> Letter | None:
        """The b of 2 b, b/2 and \\alpha b, where nothing but numbers stands beside it."""
        factors = [term.above] if isinstance(term, Quotient) else []
        if isinstance(term, Product) and all(sign != "⊙" for sign, _ in term.factors):
            factors = [f for _, f in term.factors]
        elif not (isinstance(term, Quotient) and self._is_scale(term.below)):
            return None
        small = [f for f in factors if isinstance(f, Letter) and self._is_small(f) and not is_greek(f)]
        if len(small) != 1 or small[0] == EULER or small[0].key in self.system.numbers:
            return None
        return small[0] if all(f is small[0] or self._is_scale(f) for f in factors) else None

    def _is_scale(self, node: Node) -> bool:
        if isinstance(node, Quotient):
            return self._is_scale(node.above) and self._is_scale(node.below)
        return isinstance(node, Numeral) or (isinstance(node, Letter) and self._is_small(node) and is_greek(node))

    def _is_between(self, k: int, signs: Sequence[str]) -> bool:
        """Whether the signs around a factor are those of elementwise products."""
        around = ([signs[k]] if k else []) + ([signs[k + 1]] if k + 1 < len(signs) else [])
        return all(sign == "⊙" for sign in around)

    def _take_function(self, factor: Node) -> None:
        """The w of exp(-w) ⊙ a and of w^2 ⊙ a."""
        read = [*letters(factor)]
        if len(read) != 1 or not self._is_small(read[0]):
            return
        if isinstance(factor, Call):
            self._set(read[0].key, "vector", f"{factor.function} of it is multiplied elementwise")
        elif isinstance(factor, Power):
            self._set(read[0].key, "vector", f"{written(factor)} is multiplied elementwise")

    def _take_angle(self, factor: Call) -> None:
        r"""The theta of \cos\theta h."""
        match factor.arguments:
            case (Letter() as angle,) if self.is_parameter(angle) and is_greek(angle):
                self._set(angle.key, "scalar", f"a small Greek letter of which {factor.function} multiplies a vector")

    def _factor(self, letter: Letter, signs: list[str], k: int, factors: Sequence[tuple[str, Node]]) -> None:
        beside = {signs[k]} | ({signs[k + 1]} if k + 1 < len(signs) else set())
        others = [f for j, (_, f) in enumerate(factors) if j != k]
        if k == 0:
            beside.discard("")
            beside |= {signs[1]}
        if not beside - {"⊙"}:
            self._set(letter.key, "vector", "it is multiplied elementwise")
        elif is_capital(letter):
            around = [f for _, f in (*factors[k + 1 :], *reversed(factors[:k]))]
            what = next((str(f) for f in around if isinstance(f, Letter) and f.time is not None), "a vector")
            if self.convolves and "*" in beside and spelling(name_of(letter.key)) not in self.given:
                raise DefinitionError(
                    f"{letter} * {what}: the text speaks of convolutions, and a cell's weights are matrices; if this is"
                    f' one, say so, roles={{"{name_of(letter.key)}": "matrix"}}'
                )
            before, after = self._sides.setdefault(letter.key, ([], []))
            last = k + 1 == len(factors) or factors[k + 1][0] == "⊙"
            if last and signs[k] == "":
                after.append(factors[k - 1][1])
            else:
                before.append(letter)
            reason = f"it multiplies {what}" + (", and * is their product" if "*" in beside else "")
            self._set(letter.key, "matrix", reason)
        elif is_greek(letter) and not letter.turned:
            self._set(letter.key, "scalar", "a small Greek letter before a vector")
        elif len(letter.base) == 1 and any(isinstance(f, Letter) and f.key == self.system.input for f in others):
            self._set(letter.key, "matrix", f"it multiplies {spelled(self.system.input)}, which has another size")
        else:
            self._open.append(letter.key)


def _ends_in_identity(term: Node) -> bool:
    """Whether it is I, or γ I."""
    return term == IDENTITY or (isinstance(term, Product) and term.factors[-1][1] == IDENTITY)
