"""What is known of the quantities and parameters of a system: which are matrices, vectors or numbers."""

from __future__ import annotations

from collections.abc import Sequence

from derive.intake.latex.meaning.roles import Roles
from derive.intake.latex.systems.inputs import has_matrices
from derive.intake.latex.trees.factors import Factor
from derive.intake.latex.trees.tree import Call, Key, Letter, Node, Product, Sum, every, letters, spelled


class Ranks:
    """ranks: 2 of a matrix, 1 of a vector, 0 of a number, as far as they are known; row_vectors: whether the text's
    vectors are rows.

    While ``_certain``, nothing is learned of a letter that may be a matrix but that it is one; ``_target`` is what the
    equation defines from which is learned."""

    def __init__(self, roles: Roles, needed: Sequence[Key]) -> None:
        self.roles, self.system = roles, roles.system
        self.ranks: dict[Key, int] = {
            k: len(space.axes) for k, space in self.system.spaces.items() if roles.kinds.get(k) != "matrix"
        }
        if self.system.is_told:
            self.ranks |= {k: 1 for k in needed if k not in self.ranks}
        self.ranks |= dict.fromkeys(self.system.given_matrices, 2)
        beside = "beside a matrix" if has_matrices(self.system) else "before a small letter"
        for key in self.system.given_matrices:
            roles.notes.append(f"{spelled(key)} is a matrix that is given at each step: a capital {beside}")
        if has_matrices(self.system):
            for key in needed:
                self._take_transition(key)
        self._certain, self._target = True, ("", "")
        self._declare_both_ways(needed)
        self.row_vectors = self._has_rows(needed)
        if self.row_vectors:
            roles.notes.append("vectors are rows: a^T b is a matrix")

    def _take_transition(self, key: Key) -> None:
        """What a given matrix multiplies in the equation of a matrix, D_t S_{t-1}, and what it is a term of."""
        for term in _terms(self.system.nodes[key]):
            pair = [f for _, f in term.factors] if isinstance(term, Product) else []
            found = [x.key for x in pair if isinstance(x, Letter)]
            if len(found) == len(pair) == 2 and not {*found}.isdisjoint(self.system.given_matrices):
                self.ranks |= dict.fromkeys([key, *found], 2)

    def _is_of_matrices(self, node: Node) -> bool:
        """Whether something is transposed that is no weight, or stands on a diagonal."""
        for part in every(node):
            if isinstance(part, Letter) and part.turned and self._is_row(part):
                return True
            if isinstance(part, Call) and part.function.base in ("transposed", "diag"):
                return True
        return False

    def _is_row(self, letter: Letter) -> bool:
        """Whether what is transposed is a vector: a quantity, or what is learned and no matrix."""
        kind = self.roles.kinds.get(letter.key, self.roles.given_kind(letter.key))
        return kind == "vector" or not self.roles.is_parameter(letter)

    def _learn_key(self, key: Key, rank: int) -> None:
        self.ranks.setdefault(key, rank)

    def _learn(self, factor: Factor, rank: int) -> None:
        node = factor.node
        if isinstance(node, Letter) and factor.rank is None and not self._is_weight(node):
            if rank == 2 or not (self._certain and self._may_be_matrix(node)):
                self._learn_key(node.key, rank)
        elif isinstance(node, Sum):
            for _, term in node.terms:
                if isinstance(term, Letter):
                    self._learn(Factor(term, self._rank_of(term)), rank)

    def _may_be_matrix(self, node: Node) -> bool:
        """Whether it is a capital letter of a quantity, or what the equation defines, of which it is not known yet."""
        if not isinstance(node, Letter) or node.key in self.ranks:
            return False
        return node.key == self._target or (node.base[:1].isupper() and not self.roles.is_parameter(node))

    def _is_weight(self, node: Node) -> bool:
        if isinstance(node, Letter):
            is_free = self.roles.is_parameter(node) and self.ranks.get(node.key) is None
            return is_free and self.roles.kinds.get(node.key, self.roles.given_kind(node.key)) == "matrix"
        if isinstance(node, Sum):
            return all(self._is_weight(t) for _, t in node.terms)
        return False

    def weight_of(self, node: Node) -> Key | None:
        """The letter of a weight, or of V - V^T."""
        return next(letters(node)).key if self._is_weight(node) else None

    def _rank_of(self, letter: Letter) -> int | None:
        if letter.key in self.ranks:
            return self.ranks[letter.key]
        if not self.roles.is_parameter(letter):
            return 1 if letter.key == self.system.input else 0 if letter.key in self.system.numbers else None
        if self.roles.value(letter) is not None:
            return 0
        kind = self.roles.kinds.get(letter.key, self.roles.given_kind(letter.key))
        return 0 if kind in ("scalar", "constant") else None  # what is added to a number is one

    def declare(self, key: Key, reason: str) -> None:
        """A matrix that is learned and is no weight of one map."""
        self.ranks[key] = 2
        self.roles.declared.add(key)
        self._add_note(f"{spelled(key)} is a matrix: {reason}")

    def _add_note(self, note: str) -> None:
        if note not in self.roles.notes:
            self.roles.notes.append(note)

    def _is_identity(self, node: Node) -> bool:
        is_one = isinstance(node, Letter) and node.base == "I" and node.time is None
        return is_one and self.roles.is_parameter(node)  # type: ignore[arg-type]

    def _has_rows(self, needed: Sequence[Key]) -> bool:
        """Whether a matrix is told to be a sum of itself and a^T b."""
        for key in needed:
            terms = _terms(self.system.nodes[key])
            own = any(x.key == key and x.time == -1 for t in terms for x in letters(t))
            for term in terms if own and key[0][:1].isupper() else ():
                factors = [f for _, f in term.factors] if isinstance(term, Product) else []
                pair = [f for f in factors[-2:] if _is_of_quantities(f, key)]
                if len(pair) == 2 and _is_turned(pair[0]) and not _is_turned(pair[1]):
                    return True
        return False

    def _declare_both_ways(self, needed: Sequence[Key]) -> None:
        """Matrices that multiply something, and their transposes too: M h + M^T h."""
        ways: dict[Key, set[bool]] = {}
        for node in (n for k in needed for n in every(self.system.nodes[k])):
            if isinstance(node, Product):
                for k, (_, factor) in enumerate(node.factors):
                    if isinstance(factor, Letter) and self._is_weight(factor):
                        behind = k + 1 == len(node.factors) or node.factors[k + 1][0] == "⊙"
                        ways.setdefault(factor.key, set()).add(factor.turned != behind)
        for key in (k for k, both in ways.items() if len(both) > 1):
            self.declare(key, "it and its transpose multiply something")


def _terms(node: Node) -> list[Node]:
    return [t for _, t in node.terms] if isinstance(node, Sum) else [node]


def _is_of_quantities(node: Node, key: Key) -> bool:
    """Whether quantities are read in a factor, and none of them is the one of that key."""
    read = [x.key for x in letters(node) if x.time is not None]
    return bool(read) and key not in read


def _is_turned(node: Node) -> bool:
    """Whether a letter, a bracket or what a function is of is transposed: k^T, (φ(k) r)^T, φ(k^T)."""
    match node:
        case Call(Letter("transposed")):
            return True
        case Call(_, (inner,)):
            return _is_turned(inner)
    return isinstance(node, Letter) and node.turned
