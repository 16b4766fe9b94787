"""What the equations of a text define, at one time step, in whole vectors."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from derive.errors import DefinitionError
from derive.intake.latex.cuts import parted
from derive.intake.latex.displays import Equation
from derive.intake.latex.families import cut_of, enumerated, members, parts, rows_of
from derive.intake.latex.grammar import Grammar
from derive.intake.latex.implicit import reads_itself, solved
from derive.intake.latex.inlined import Formula, Inlined, variables_of
from derive.intake.latex.lefts import left_sides
from derive.intake.latex.place import at
from derive.intake.latex.roles import IDENTITY, is_capital
from derive.intake.latex.stacked import rows_of_stack
from derive.intake.latex.steps import check_matrices, check_step
from derive.intake.latex.system import System
from derive.intake.latex.tables import as_row, check_tables, with_names, without_blocks
from derive.intake.latex.times import ahead_of, primes_of, shifted, unprimed
from derive.intake.latex.tokens import Token
from derive.intake.latex.tree import (
    Call,
    Cases,
    Concat,
    Key,
    Letter,
    Node,
    Numeral,
    Product,
    Relation,
    Sum,
    every,
    letters,
    mapped,
    name_of,
    spelled,
)
from derive.intake.latex.units import Read, in_whole_vectors
from derive.intake.latex.vocabulary import WORDS


def define(made: System, found: Iterable[Equation], parameters: Sequence[str], functions: Sequence[str]) -> None:
    """Note what each equation defines. parameters, functions: letters that are no functions, and that are.

    Raises DefinitionError where a quantity is defined twice.
    """
    by_formula: list[tuple[Call, Equation]] = []
    sides = list(left_sides(made, found, by_formula))
    defined = {t.key for targets, _ in sides for t in targets}
    known: set[Any] = {*defined, *(base for base, _ in defined), *parameters}
    own = {name_of(call.function.key) for call, _ in by_formula} - {*functions}
    functions = [*functions, *made.functions, *(call.function.base for call, _ in by_formula)]
    inlined = Inlined(
        _formulas(made, [(c, e) for c, e in by_formula if name_of(c.function.key) in own], known, functions)
    )
    bases = {base for base, _ in defined} | {t.text for _, e in sides for t in e.right}
    cuts: list[tuple[list[Letter], Node]] = []
    read: list[Read] = []
    for targets, equation in sides:
        notes: list[str] = []
        made.origins |= {t.key: equation for t in targets if t.key not in made.origins}
        try:
            with at(equation.line):
                time = made.clocks.get(targets[0].key, made.time)
                right = _right(equation, targets, time, lambda part: Grammar(part, known, time, functions, notes).read(), notes)
                right = mapped(right, lambda x: _own_letter(x, targets, defined, notes))
                made.notes += filter(None, [check_step(equation, targets, right, time, defined)])
                check_matrices(targets, right)
                right = with_names(made, as_row(without_blocks(inlined.side(right, targets, notes))), bases)
                check_tables(right)
        except DefinitionError as e:
            made.unread |= {t.key: e for t in targets}
            continue
        for t in targets:
            made.said.setdefault(t.key, []).extend(notes)
        if (whole := cut_of(right)) is not None:
            cuts.append((enumerated(targets), whole))
        else:
            read.append((targets, right, equation))
    by_units = in_whole_vectors(read, defined)
    made.kinds |= by_units.kinds | inlined.kinds
    made.unread |= by_units.unread
    for key, more in by_units.notes.items():
        made.said.setdefault(key, []).extend(more)
    _place_all(made, by_units.equations, sides)
    _insert_layer(made)
    _insert_parts(made, cuts)
    _insert_joined(made)
    _insert_matrices(made)
    _insert_identities(made)
    _solve(made)


def _right(
    equation: Equation, targets: Sequence[Letter], time: str, read: Callable[[list[Token]], Node], notes: list[str]
) -> Node:
    """The right side, of several the last; of a list of letters, a list of as many; of cases by the time, what holds
    after the first step."""
    sides = parted(equation.right, ("=",))
    if len(sides) > 1:
        notes.append(f"{spelled(targets[0].key)} is said to be {len(sides)} formulas; the last one is read")
    parts = parted(sides[-1], (",",))
    if len(parts) == len(targets) > 1:
        return Concat(tuple(map(read, parts)))
    right = read(sides[-1])
    if not (isinstance(right, Cases) and all(_is_of_time(c, time) for _, c in right.rows)):
        return right
    later = [v for v, c in right.rows if c is None or (isinstance(c, Relation) and c.operator in (">", "≥"))]
    if len(later) != 1:
        return right
    notes.append(f"{spelled(targets[0].key)} is read as it is after the start: the other case says where it starts")
    return later[0]


def _is_of_time(condition: Node | None, time: str) -> bool:
    """Whether a case holds from a time on, or at it, or otherwise."""
    if condition is None:
        return True
    return isinstance(condition, Relation) and condition.left == Letter(time) and isinstance(condition.right, Numeral)


def _own_letter(x: Letter, targets: Sequence[Letter], defined: Collection[Key], notes: list[str]) -> Letter:
    """C^T as what the text defines by that name; a in the equation of a_t as a letter that does not change."""
    if x.turned and (key := (x.base, f"{x.label}T")) in defined:
        return Letter(*key, time=x.time)
    if x.time is None and any(t.key == x.key and t.time is not None for t in targets):
        own = Letter(x.base, f"{x.label}own")
        note = f"{x} without a time in the equation of {targets[0]} is {own}, a letter of its own"
        notes += [note] if note not in notes else []
        return own
    return x


def _formulas(
    made: System, found: Iterable[tuple[Call, Equation]], known: Collection[Any], functions: Sequence[str]
) -> dict[str, Formula]:
    """The functions that are defined by a formula, by their names. Those that cannot be read are left out."""
    formulas: dict[str, Formula] = {}
    for call, equation in found:
        try:
            with at(equation.line):
                body = Grammar(equation.right, known, made.time, functions).read()
        except DefinitionError as e:
            made.lost.append((equation, e))
            continue
        formulas[name_of(call.function.key)] = Formula(variables_of(call), body, equation.line)
    return formulas


def _place_all(made: System, read: Sequence[Read], sides: Sequence[tuple[list[Letter], Equation]]) -> None:
    """Every equation at the time of what it defines."""
    lefts = [t for targets, _, _ in read for t in targets]
    defined = {t.key for t in lefts} | {t.key for targets, _ in sides for t in targets if t.key in made.unread}
    primes = primes_of(defined, [right for _, right, _ in read])
    made.unread = {primes.get(k, k): e for k, e in made.unread.items()}
    ahead = ahead_of(lefts, (right for _, right, _ in read))
    for targets, right, equation in read:
        try:
            with at(equation.line):
                pairs = members(targets[0], right) or rows_of_stack(right, targets)
        except DefinitionError as e:
            made.unread |= {t.key: e for t in targets}
            continue
        if len(targets) > 1 and not isinstance(right, Concat):
            names = ", ".join(spelled(t.key) for t in targets)
            made.notes.append(f"{names} have rows of their own of the weights in their equation")
        for target, part in pairs:
            key = primes.get(target.key, target.key)
            made.said.setdefault(key, []).extend(made.said.get(target.key, ()) if key != target.key else ())
            _place(made, target, key, shifted(unprimed(part, primes, defined), ahead), equation)
    for key in made.nodes:
        made.unread.pop(key, None)


def _place(made: System, target: Letter, key: Key, node: Node, equation: Equation) -> None:
    """Note what a quantity is; a number that has no time is a constant."""
    if isinstance(node, Numeral) and target.time is None:
        made.numbers[key] = node.text
    elif key in made.nodes and any(x.key == key and x.time in (0, None) for x in letters(node)):
        _replace(made, key, node, equation)
    elif key in made.nodes and _is_announced(node):
        made.notes.append(f"{spelled(key)} on line {equation.line}: left out, another equation says what it is")
    elif key in made.nodes and made.nodes[key] != node and not _is_announced(made.nodes[key]):
        raise made.at(
            key,
            f"{spelled(key)} is defined on line {made.line(key)} and on line {equation.line}: choose the"
            " display of one cell by its label, label='eq:...'",
        )
    else:
        made.nodes[key], made.origins[key] = node, equation


def _replace(made: System, key: Key, node: Node, equation: Equation) -> None:
    """A quantity gets a new value that is made of the one that it had, l = tanh(l + c): that gets another name."""
    old = Letter(key[0], f"{key[1]}before", time=0)

    def renamed(x: Letter) -> Node:
        return old if x.key == key and x.time in (0, None) else x

    made.nodes = {k: mapped(n, renamed) for k, n in made.nodes.items()}
    made.nodes[old.key], made.origins[old.key] = made.nodes[key], made.origins[key]
    made.nodes[key], made.origins[key] = mapped(node, renamed), equation
    made.notes.append(
        f"{spelled(key)} is given a new value on line {equation.line}: {spelled(old.key)} is the one before"
    )


def _is_announced(node: Node) -> bool:
    """Whether it only says what a quantity depends on, f(x_t, h_{t-1})."""
    if not isinstance(node, Call) or node.function.base.lower() in WORDS:
        return False
    return len(node.arguments) > 1 and all(isinstance(a, Letter) for a in node.arguments)


def _insert_parts(made: System, cuts: Sequence[tuple[list[Letter], Node]]) -> None:
    """A vector that is cut, in words or by its indices alone, in its parts."""
    for targets, whole in cuts:
        node = made.nodes.get(whole.key, whole) if isinstance(whole, Letter) else whole
        made.nodes |= {t.key: rows_of(node, t) for t in targets}
    for part, (whole_key, node) in parts(made.nodes).items():
        made.nodes[part] = node
        made.notes.append(f"{spelled(part)} is a part of {spelled(whole_key)}, with rows of its weights")


def _solve(made: System) -> None:
    for key, node in made.nodes.items():
        if reads_itself(key, node) and (found := solved(key, node)) is not None:
            made.nodes[key] = found
            made.notes.append(f"{spelled(key)} stands on both sides of its equation at t, which is solved for it")


def _insert_layer(made: System) -> None:
    """The h of a step that reads h_{l-1} at t and h_l at t-1 is h_l: what its equations define has no layer."""
    read = {(x.key, x.time) for node in made.nodes.values() for x in letters(node)}
    for base, label in [key for key, time in read if time == -1 and len(key[1]) == 1 and key not in made.nodes]:
        plain, below = (base, ""), (base, f"{label}-1")
        if plain not in made.nodes or below in made.nodes or (below, 0) not in read:
            continue
        if any(key == plain for key, _ in read):
            continue
        made.nodes = {(base, label) if k == plain else k: node for k, node in made.nodes.items()}
        made.origins[base, label] = made.origins[plain]
        made.said[base, label] = made.said.get(plain, [])
        made.notes.append(
            f"{spelled(plain)} is {spelled((base, label))}: {spelled(below)} is the layer below, and what the equations"
            " of a layer define has no index of it"
        )


def _insert_joined(made: System) -> None:
    """Vectors that are joined under a name, z = [x_t, h_{t-1}], in the place of it."""
    joined = {key: node for key, node in made.nodes.items() if isinstance(node, Concat)}

    def inserted(x: Letter) -> Node:
        return joined[x.key] if x.key in joined and x.time in (0, None) else x

    made.nodes = {key: mapped(node, inserted) for key, node in made.nodes.items() if key not in joined}


def _insert_identities(made: System) -> None:
    """A matrix that is made of the identity, M = γ (I - k k^T), in the place of its name in products."""

    def has_identity(node: Node) -> bool:
        if isinstance(node, Product):
            return any(has_identity(f) for _, f in node.factors)
        return isinstance(node, Sum) and any(t == IDENTITY for _, t in node.terms)

    found = {key: node for key, node in made.nodes.items() if key[0][:1].isupper() and has_identity(node)}
    if not found or IDENTITY.key in made.nodes:
        return
    factors = [n for k in made.nodes for n in every(made.nodes[k]) if isinstance(n, Product)]
    inside = {f.key for n in factors for _, f in n.factors if isinstance(f, Letter) and f.time == 0}
    found = {key: node for key, node in found.items() if key in inside and not reads_itself(key, node)}
    for key in found:
        made.notes.append(f"{spelled(key)} stands in products alone, where what it is made of is written in its place")
    made.nodes = {
        key: mapped(node, lambda x: found.get(x.key, x) if x.time == 0 else x)
        for key, node in made.nodes.items() if key not in found
    }  # fmt: skip


def _insert_matrices(made: System) -> None:
    """A matrix that is made of others, A = W - W^T, or has another name, in the place of its name."""

    def is_matrix(node: Node) -> bool:
        found = list(letters(node))
        is_other = isinstance(node, Letter) and is_capital(node)
        return (is_other or any(x.turned for x in found)) and all(x.time is None and x.key not in made.nodes for x in found)

    matrices = {key: node for key, node in made.nodes.items() if key[0][:1].isupper() and is_matrix(node)}
    made.nodes = {
        key: mapped(node, lambda x: matrices.get(x.key, x)) for key, node in made.nodes.items() if key not in matrices
    }
