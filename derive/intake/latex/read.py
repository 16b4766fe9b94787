"""``from_latex``: the cell that a paper's equations say, with every assumption and its reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy
from sympy import Abs, Add, Eq, Expr, Max, Min, Mul, Piecewise, Rational, Symbol, evaluate

from derive.definition.cell import Cell
from derive.errors import DefinitionError, unknown
from derive.exact.numeral import exact_rational
from derive.intake.latex.grammar import WORDS
from derive.intake.latex.said import Said, said
from derive.intake.latex.system import System, system
from derive.intake.latex.tree import (
    Call,
    Cases,
    Concat,
    Key,
    Letter,
    Node,
    Numeral,
    Power,
    Product,
    Quotient,
    Relation,
    Sum,
    letters,
    name_of,
    parts_of,
    spelled,
)
from derive.intake.record import record
from derive.later import later
from derive.notation.names import Notation
from derive.notation.quantity import previous
from derive.statements.affine import linear
from derive.statements.base import is_weighted
from derive.statements.mean import mean
from derive.statements.parameter import Parameter
from derive.symbolic.activations import parametrised
from derive.symbolic.expressions import HIDDEN, ordered

_PLAIN: Mapping[str, Callable[..., Any]] = {
    "exp": sympy.exp, "log": sympy.log, "sqrt": sympy.sqrt, "abs": Abs, "max": Max, "min": Min, "sin": sympy.sin,
    "cos": sympy.cos, "sign": sympy.sign, "erf": sympy.erf,
}  # fmt: skip
EPSILON = Rational("1e-5")


@dataclass(frozen=True, repr=False, eq=False)
class FromLatex:
    """A paper's cell. assumptions: what the text leaves open and how it was read, with the reason; names: the author's
    letters by the cell's parameters."""

    cell: Cell
    assumptions: tuple[str, ...]
    names: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Equations, assumptions and names."""
        return {
            **record(self.cell),
            "assumptions": list(self.assumptions),
            "names": dict(self.names),
        }

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        lines = [repr(self.cell)]
        if self.assumptions:
            lines += ["read as", *(f"  {a}" for a in self.assumptions)]
        renamed = [f"{ours} is {theirs}" for ours, theirs in self.names.items() if ours != theirs]
        return "\n".join(lines + (["names", *(f"  {r}" for r in renamed)] if renamed else []))


_DRAWN = re.compile(r"\\sim\s*(?:\\\w+\s*\{)?\s*Bern")


def from_latex(
    text: str,
    *,
    states: Sequence[str] | None = None,
    input: str | None = None,
    label: str | None = None,
    functions: Mapping[str, str | Callable[[Any], Any]] | None = None,
    roles: Mapping[str, str] | None = None,
    name: str = "paper_cell",
    title: str = "",
) -> FromLatex:
    r"""The recurrent cell that an author's LaTeX says: equations, or a whole paper, in which they are found.

    states: their names, the output first; left out, every quantity that is defined at t and read at t-1. input: the
    letter of the input. label: of the display to read (``\label{eq:gru}``). functions: what a letter that stands for a
    function is, ``{"phi": "tanh"}``, an activation's name or a function of a formula. roles: what a letter is where it
    cannot be seen, ``{"alpha": "scalar", "w": "vector", "U": "matrix"}``, or a number for a constant.

    What the sentences of the text say of functions and scalars ("where φ is tanh") is taken where nothing is given.

    Nothing of the text is run. Raises DefinitionError, with the line, for what is no cell or cannot be read; what the
    text leaves open is asked for by name, or is an assumption that the result lists.
    """
    if _DRAWN.search(text):
        raise DefinitionError(
            r"a mask that is drawn, m \sim Bernoulli(p), is not read: leave the row out, declare the mask in the cell"
        )
    try:
        words = said(text)
        found = system(text, label, states, input, [*(roles or {})], [*(functions or {}), *words.functions])
        _check_letters(found, roles or {})
        given = {_spelling(letter): role for letter, role in (roles or {}).items()}
        return _Maker(found, dict(functions or {}), given, words, "convol" in text.lower()).made(name, title or name)
    except RecursionError:
        raise DefinitionError("the brackets of a formula stand too deep within each other; write it shorter") from None


def _check_letters(found: System, roles: Mapping[str, str]) -> None:
    """A role is that of a letter of the equations."""
    known = dict.fromkeys(name_of(x.key) for k in found.needed() for x in letters(found.nodes[k]) if x.time is None)
    for letter in roles:
        if _spelling(letter) not in map(_spelling, known):
            raise DefinitionError(f"roles: {unknown('letter', letter, list(known))}")


def _spelling(name: str) -> str:
    """A letter whatever its index is set apart by: W_hh and Whh, varepsilon and epsilon."""
    return name.replace("_", "").removeprefix("var")


@dataclass(frozen=True)
class _Matrix:
    """A weight matrix, or V - V^T."""

    key: Key
    turned: bool = False
    antisymmetric: bool = False


@dataclass
class _Maker:
    """Makes the cell of a system."""

    system: System
    functions: dict[str, Any]
    roles: dict[str, str]  # by the letter without what sets its index apart
    said: Said
    convolves: bool = False  # whether the text speaks of convolutions
    notes: list[str] = field(default_factory=list)
    declared: dict[Key, Parameter] = field(default_factory=dict)
    kinds: dict[Key, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    extra: list[Eq] = field(default_factory=list)
    _turned: dict[Key, bool] = field(default_factory=dict)  # whether a matrix stands behind its vector or is transposed
    _open: list[Key] = field(default_factory=list)  # small letters that multiply something, not elementwise
    _target: str = ""
    _maps: dict[str, list[tuple[Any, list[Key], Key | None]]] = field(default_factory=dict)

    def made(self, name: str, title: str) -> FromLatex:
        needed = self.system.needed()
        self.notes += self.system.notes
        self._take_words(needed)
        self._symbols = {k: Symbol(self._named(k)) for k in needed}
        self._used = Counter(x.key for k in needed for x in letters(self.system.nodes[k]) if x.time is None)
        for key in needed:
            self._infer(self.system.nodes[key])
        self._infer_from_base()
        lines: list[Eq] = []
        for key in needed:
            self._target = self._symbols[key].name
            self._operands: Counter[Any] = Counter()
            with evaluate(False):
                formula = self._vector(self.system.nodes[key])
                lines += [*self.extra, Eq(self._symbols[key], formula, evaluate=False)]
            self.extra = []
        cell = Cell.from_equations(
            name, lines, states=[self._symbols[s].name for s in self.system.states], title=title,
            input=self._named(self.system.input), declared=tuple(self.declared.values()),
        )  # fmt: skip
        self._name_weights(cell)
        return FromLatex(cell, tuple(dict.fromkeys(self.notes)), self.names)

    def _take_words(self, needed: Sequence[Key]) -> None:
        """The roles that the text's sentences give to small letters that have none yet."""
        for x in (x for k in needed for x in letters(self.system.nodes[k])):
            spelling = _spelling(name_of(x.key))
            if spelling in self.roles or not self._is_parameter(x) or _is_capital(x):
                continue
            for name, (role, words) in self.said.roles.items():
                if _spelling(name) == spelling:
                    self.roles[spelling] = role
                    self.notes.append(f"{spelled(x.key)} is {role if role[-1].isdigit() else f'a {role}'}: “{words}”")

    def _named(self, key: Key) -> str:
        name = name_of(key)
        return f"a_{name}" if Notation().misread(name) or not name.isidentifier() else name

    def _name_weights(self, cell: Cell) -> None:
        for target, maps in self._maps.items():
            for node, weights, bias in maps:
                statement: Any = cell.lowered(target).parts[node]
                for term, key in zip(statement.terms, weights, strict=False):
                    self.names[term.weight.name] = spelled(key)
                if bias is not None and statement.terms[-1].bias is not None:
                    self.names[statement.terms[-1].bias.name] = spelled(bias)

    # ------------------------------------------------------------------ what each letter is

    def _infer(self, node: Node) -> None:
        """Matrices by what they multiply, vectors by where they stand."""
        match node:
            case Letter(base) if base.endswith("dots"):
                raise DefinitionError("\\dots stands for terms that are not written; write them all")
            case Product(factors):
                _check_turned(factors)
                for k, (_sign, factor) in enumerate(factors):
                    if isinstance(factor, Letter) and self._is_parameter(factor):
                        self._factor_kind(factor, [s for s, _ in factors], k, factors)
            case Sum(terms):
                for _, term in terms:
                    if isinstance(term, Letter) and term.turned and self._is_parameter(term):
                        self._set(term.key, "matrix", "it is transposed")
                    elif isinstance(term, Letter) and self._is_parameter(term) and not _is_capital(term):
                        self._set(term.key, "vector", "it is added")
        for part in parts_of(node):
            self._infer(part)

    def _factor_kind(self, letter: Letter, signs: list[str], k: int, factors: Sequence[tuple[str, Node]]) -> None:
        beside = {signs[k]} | ({signs[k + 1]} if k + 1 < len(signs) else set())
        others = [f for j, (_, f) in enumerate(factors) if j != k]
        if k == 0:
            beside.discard("")
            beside |= {signs[1]}
        if beside == {"⊙"} or (beside - {"⊙"} == set()):
            self._set(letter.key, "vector", "it is multiplied elementwise")
        elif _is_capital(letter):
            what = next((str(f) for f in others if isinstance(f, Letter) and f.time is not None), "a vector")
            if self.convolves and "*" in beside and _spelling(name_of(letter.key)) not in self.roles:
                raise DefinitionError(
                    f"{letter} * {what}: the text speaks of convolutions, and a cell's weights are matrices; if this is"
                    f' one, say so, roles={{"{name_of(letter.key)}": "matrix"}}'
                )
            self._set(letter.key, "matrix", f"it multiplies {what}")
        elif _is_greek(letter):
            self._set(letter.key, "scalar", "a small Greek letter before a vector")
        elif any(isinstance(f, Letter) and f.key == self.system.input for f in others):
            self._set(letter.key, "matrix", f"it multiplies {spelled(self.system.input)}, which has another size")
        else:
            self._open.append(letter.key)

    def _infer_from_base(self) -> None:
        """A small letter that multiplies a state is what the same letter before the input is."""
        for key in self._open:
            like = next((k for k, kind in self.kinds.items() if k[0] == key[0] and kind == "matrix"), None)
            if like is not None:
                self._set(key, "matrix", f"{spelled(like)} is one")

    def _set(self, key: Key, kind: str, reason: str) -> None:
        if _spelling(name_of(key)) in self.roles or key in self.kinds:
            return
        self.kinds[key] = kind
        if kind != "vector" or reason != "it is added":
            self.notes.append(f"{spelled(key)} is a {kind}: {reason}")

    def _is_parameter(self, letter: Letter) -> bool:
        return letter.time is None and letter.key not in self.system.nodes and letter.key != self.system.input

    def _kind(self, letter: Letter) -> str:
        if not self._is_parameter(letter) and letter.key not in self.system.numbers:
            return "vector"
        given = self.roles.get(_spelling(name_of(letter.key)))
        if given is not None:
            return given if given in ("matrix", "vector", "scalar") else "constant"
        if letter.key in self.system.numbers:
            return "constant"
        kind = self.kinds.get(letter.key)
        if kind is None:
            raise DefinitionError(
                f"{spelled(letter.key)} in the equation of {self._target}: it is not clear what it is; say so,"
                f' roles={{"{name_of(letter.key)}": "vector"}} (or "matrix", "scalar", or a number)'
            )
        return kind

    # ------------------------------------------------------------------ formulas

    def _vector(self, node: Node) -> Any:
        """A formula of the units, or a number."""
        match node:
            case Numeral(text):
                return exact_rational(text)
            case Letter():
                return self._letter(node)
            case Sum(terms):
                return self._sum(terms)
            case Product(factors):
                return self._product(factors)
            case Quotient(a, b):
                return Mul(self._vector(a), sympy.Pow(self._vector(b), -1))
            case Power(a, b):
                return sympy.Pow(self._vector(a), self._vector(b))
            case Call():
                return self._call(node)
            case Cases(rows):
                pairs = [(self._vector(v), True if c is None else self._condition(c)) for v, c in rows]
                return Piecewise(*pairs, evaluate=False)
            case Concat():
                raise DefinitionError(
                    f"in the equation of {self._target}: vectors are joined and multiplied by no matrix"
                )
        raise DefinitionError(f"in the equation of {self._target}: a condition stands for a number")

    def _condition(self, node: Node) -> Any:
        if not isinstance(node, Relation):
            raise DefinitionError(f"in the equation of {self._target}: a case wants a comparison, such as x > 0")
        relations = {
            "<": sympy.StrictLessThan,
            ">": sympy.StrictGreaterThan,
            "≤": sympy.LessThan,
            "≥": sympy.GreaterThan,
        }
        return relations[node.operator](self._vector(node.left), self._vector(node.right))

    def _letter(self, letter: Letter) -> Any:
        key = letter.key
        if key in self._symbols:
            return previous(self._symbols[key].name) if letter.time == -1 else self._symbols[key]
        if key == self.system.input:
            if letter.time == -1:
                raise DefinitionError(f"{letter} is read: the input of the step before is no state of a cell yet")
            return Symbol(self._named(key))
        kind = self._kind(letter)
        if kind == "matrix":
            raise DefinitionError(
                f"{letter} in the equation of {self._target} is a matrix and multiplies nothing; say what it is,"
                f' roles={{"{name_of(key)}": "vector"}}'
            )
        if key not in self.declared:
            name = self._named(key)
            default = None
            if kind == "constant":
                default = exact_rational(self.system.numbers.get(key) or str(self.roles[_spelling(name_of(key))]))
            rows = HIDDEN if kind == "vector" else ""
            tensor = "" if kind == "constant" else name
            self.declared[key] = Parameter(Symbol(name), kind, rows, "", tensor, default=default)
            self.names[name] = spelled(key)
        return self.declared[key].symbol

    def _sum(self, terms: Sequence[tuple[int, Node]]) -> Any:
        """A bias is a vector that stands once, beside a product of a matrix."""
        biases = [
            n for s, n in terms
            if s == 1 and isinstance(n, Letter) and self._is_parameter(n) and self._kind(n) == "vector"
            and self._used[n.key] == 1
        ]  # fmt: skip
        found: list[Any] = []
        for k, (sign, node) in enumerate(terms):
            if any(node is b for b in biases if b in self._paired(terms, biases)):
                continue
            bias = next((b for b, j in self._pairs(terms, biases) if j == k), None)
            value = self._mapped(node, bias.key) if bias is not None else self._vector(node)
            found.append(value if sign == 1 else Mul(-1, value))
        return ordered(Add, found)

    def _pairs(self, terms: Sequence[tuple[int, Node]], biases: Sequence[Letter]) -> list[tuple[Letter, int]]:
        """Each bias with the place of its product: the nearest one before it, or the first after it."""
        pairs: list[tuple[Letter, int]] = []
        for bias in biases:
            at = next(k for k, (_, n) in enumerate(terms) if n is bias)
            order = [*range(at - 1, -1, -1), *range(at + 1, len(terms))]
            free = (
                j for j in order if terms[j][0] == 1 and self._is_map(terms[j][1]) and j not in [p for _, p in pairs]
            )
            if (place := next(free, None)) is not None:
                pairs.append((bias, place))
        return pairs

    def _paired(self, terms: Sequence[tuple[int, Node]], biases: Sequence[Letter]) -> list[Letter]:
        return [b for b, _ in self._pairs(terms, biases)]

    def _is_map(self, node: Node) -> bool:
        """Whether it is a matrix times a vector and nothing else."""
        if not isinstance(node, Product) or len(node.factors) != 2:
            return False
        matrices = [self._matrix(f) for _, f in node.factors]
        return sum(m is not None for m in matrices) == 1 and node.factors[1][0] != "⊙" and not any(
            m is not None and self._used[m.key] > 1 and not m.antisymmetric for m in matrices
        )  # fmt: skip

    def _mapped(self, node: Node, bias: Key) -> Any:
        assert isinstance(node, Product)
        (_, a), (_, b) = node.factors
        matrix, operand = (self._matrix(a), b) if self._matrix(a) else (self._matrix(b), a)
        assert matrix is not None
        return self._map(matrix, operand, bias, behind=operand is a)

    def _matrix(self, node: Node) -> _Matrix | None:
        match node:
            case Letter() if self._is_parameter(node) and self._kind(node) == "matrix":
                return _Matrix(node.key, node.turned)
            case Sum(((1, Letter() as a), (-1, Letter() as b))) if a.key == b.key and a.turned != b.turned:
                if self._is_parameter(a):
                    return _Matrix(a.key, a.turned, antisymmetric=True)
        return None

    def _product(self, factors: Sequence[tuple[str, Node]]) -> Any:
        """Groups between ⊙, in each matrices applied to what is beside them."""
        groups: list[list[tuple[str, Node]]] = [[]]
        for sign, node in factors:
            if sign == "⊙":
                groups.append([])
            groups[-1].append((sign, node))
        return ordered(Mul, [self._group([n for _, n in g]) for g in groups])

    def _of_matrices(self, node: Node) -> list[tuple[int, list[Node]]] | None:
        """The terms of (W - W^T - γ I), each as factors before a vector; None for what has no identity in it."""
        if not isinstance(node, Sum):
            return None
        found: list[tuple[int, list[Node]]] = []
        terms = list(node.terms)
        ends = [list(t.factors)[-1][1] if isinstance(t, Product) else t for _, t in terms]
        if not any(self._is_identity(end) for end in ends):
            return None
        for k, ((sign, term), end) in enumerate(zip(terms, ends, strict=True)):
            pair = Sum(((1, terms[k - 1][1]), (-1, term))) if k and sign == -1 else None
            if pair is not None and (matrix := self._matrix(pair)) is not None and matrix.antisymmetric:
                found[-1] = (1, [pair])
            elif self._is_identity(end):
                found.append((sign, [n for _, n in term.factors[:-1]] if isinstance(term, Product) else []))
            else:
                found.append((sign, [term]))
        return found

    def _is_identity(self, node: Node) -> bool:
        return isinstance(node, Letter) and node.key == ("I", "") and self._is_parameter(node)

    def _group(self, nodes: Sequence[Node]) -> Any:
        for k, n in enumerate(nodes[:-1]):
            if (parts := self._of_matrices(n)) is not None:
                around = (list(nodes[:k]), list(nodes[k + 1 :]))
                signed = [(s, self._group([*around[0], *factors, *around[1]])) for s, factors in parts]
                return ordered(Add, [value if s == 1 else Mul(-1, value) for s, value in signed])
        items: list[Any] = [m if (m := self._matrix(n)) is not None else n for n in nodes]
        k = len(items) - 1
        while k >= 0:  # from the right: W (U h)
            item = items[k]
            if isinstance(item, _Matrix):
                if k + 1 < len(items) and not isinstance(items[k + 1], _Matrix):
                    items[k : k + 2] = [self._map(item, items[k + 1], None)]
                elif k > 0 and not isinstance(items[k - 1], _Matrix):
                    items[k - 1 : k + 1] = [self._map(item, items[k - 1], None, behind=True)]
                    k -= 1
                else:
                    raise DefinitionError(
                        f"in the equation of {self._target}: {spelled(item.key)} multiplies no vector"
                    )
            k -= 1
        values = [i if isinstance(i, Expr) else self._vector(i) for i in items]
        if sum(not v.is_number for v in values) > 1:
            self.notes.append(f"in the equation of {self._target}, products of vectors are taken elementwise")
        return ordered(Mul, values)

    def _map(self, matrix: _Matrix, operand: Any, bias: Key | None, behind: bool = False) -> Any:
        """behind: whether the matrix stands behind it, of a row."""
        if not matrix.antisymmetric and self._turned.setdefault(matrix.key, matrix.turned != behind) != (
            matrix.turned != behind
        ):
            raise DefinitionError(
                f"{spelled(matrix.key)} and its transpose both multiply something; a cell's matrices are learned one by"
                " one: give one of them another name"
            )
        parts = operand.parts if isinstance(operand, Concat) else (operand,)
        operands = [self._operand(p) for p in parts]
        seen = tuple(operands)
        self._operands[seen] += 1
        name = ""
        if self._used[matrix.key] > 1 and not matrix.antisymmetric:
            name = self._named(matrix.key)
        elif self._operands[seen] > 1:
            name = f"{self._target}_{self._operands[seen]}"
        form = "antisymmetric" if matrix.antisymmetric else "full"
        node = linear(*operands, bias=bias is not None, name=name, weight=form)
        keys = [
            (matrix.key[0], f"{matrix.key[1]}[{k}]" if len(parts) > 1 else matrix.key[1]) for k in range(len(parts))
        ]
        self._maps.setdefault(self._target, []).append((node.plain(), keys, bias))
        return node

    def _operand(self, node: Any) -> Any:
        """What a matrix multiplies: a quantity or a product of them; else it gets an equation of its own."""
        value = node if isinstance(node, Expr) else self._vector(node)
        factors = value.args if isinstance(value, Mul) else (value,)
        if all(isinstance(f, Symbol) for f in factors):
            return value
        taken = {s.name for s in self._symbols.values()}
        symbol = Symbol(next(n for k in range(1, len(taken) + 2) if (n := f"q{k}") not in taken))
        self._symbols[(symbol.name, "")] = symbol
        if self._target in self._maps:  # the maps within it stand in its own equation
            inside = {part.plain() for part in sympy.preorder_traversal(value) if is_weighted(part)}
            moved = [m for m in self._maps[self._target] if m[0] in inside]
            self._maps[self._target] = [m for m in self._maps[self._target] if m[0] not in inside]
            self._maps[symbol.name] = moved
        self.extra.append(Eq(symbol, value, evaluate=False))
        return symbol

    def _call(self, node: Call) -> Any:
        function = node.function
        word = name_of(function.key)
        given = self.functions.get(word, self.functions.get(function.base) if not function.label else None)
        arguments = [self._vector(a) for a in node.arguments]
        if given is None and word in self.said.functions:
            given, words = self.said.functions[word]
            self.notes.append(f"{spelled(function.key)} is {given}: “{words}”")
        if given is not None:
            return (parametrised(given) if isinstance(given, str) else given)(*arguments)
        name = "norm" if function.base == "LN" else WORDS.get(function.base.lower())
        if function.base == "sigma":
            if function.label:
                raise DefinitionError(
                    f"{spelled(function.key)} in the equation of {self._target}: which function is it? Say so,"
                    f' functions={{"{word}": "sigmoid"}} or --function {word}=sigmoid'
                )
            self.notes.append("σ is the logistic function")
            name = "sigmoid"
        if name is None:
            raise DefinitionError(
                f"{spelled(function.key)} in the equation of {self._target}: which function is it? Say so,"
                f' functions={{"{word}": "tanh"}} or --function {word}=tanh'
            )
        if name == "mean":
            return mean(*arguments)
        if name == "norm":
            return self._normalised(arguments)
        return _PLAIN[name](*arguments) if name in _PLAIN else parametrised(name)(*arguments)

    def _normalised(self, arguments: list[Any]) -> Any:
        """Layer normalisation without gain and shift."""
        self.notes.append("layer normalisation is (a - mean a)/√(mean (a - mean a)² + 10⁻⁵), without gain and shift")
        (a,) = arguments
        operand = self._operand(a)
        centred = Add(operand, Mul(-1, mean(operand)))
        return Mul(centred, sympy.Pow(sympy.sqrt(Add(mean(centred**2), EPSILON)), -1))


def _is_capital(letter: Letter) -> bool:
    return letter.base[:1].isupper() and letter.base.lower() not in _GREEK_SMALL and not _is_greek(letter)


_GREEK_SMALL = {"alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "eta", "lambda", "mu", "nu", "kappa", "tau",
                "theta", "omega", "zeta", "xi"}  # fmt: skip


def _is_greek(letter: Letter) -> bool:
    return letter.base in _GREEK_SMALL or letter.base.startswith("Delta_")


def _check_turned(factors: Sequence[tuple[str, Node]]) -> None:
    """Raise DefinitionError for a transposed quantity that no weight follows, or a weight and a quantity: v kᵀ is a
    matrix, kᵀ q and kᵀ W q are numbers."""

    def is_weight(k: int) -> bool:
        return k < len(factors) and isinstance(factor := factors[k][1], Letter) and factor.time is None

    for k, (_, factor) in enumerate(factors):
        if isinstance(factor, Letter) and factor.turned and factor.time is not None:
            others = [f for _, f in factors if isinstance(f, Letter) and f.time is not None and f != factor]
            end = k + 1
            while is_weight(end):
                end += 1
            applied = end < len(factors) and factors[end][0] != "⊙" and factors[end][1] in others
            if others and (not is_weight(k + 1) or applied):
                raise DefinitionError(
                    f"{factor} beside {others[0]} is a matrix or a number of two vectors, and texts are read whose"
                    " states are vectors: write the cell, with outer(v, k) or dot(k, q)"
                )
