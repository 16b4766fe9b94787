"""What the equations of a text define, at one time step, in whole vectors."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from derive.errors import DefinitionError
from derive.intake.latex.systems.inserted import (
    insert_diagonals,
    insert_identities,
    insert_joined,
    insert_layer,
    insert_matrices,
    insert_parts,
    solve,
)
from derive.intake.latex.systems.lefts import is_announced, left_sides
from derive.intake.latex.systems.multiplied_out import multiply_out
from derive.intake.latex.systems.rights import Rights
from derive.intake.latex.systems.system import System
from derive.intake.latex.systems.written_out import with_names
from derive.intake.latex.text.place import at
from derive.intake.latex.text.sides import Equation
from derive.intake.latex.trees.families import cut_of, enumerated, members
from derive.intake.latex.trees.grammar import Grammar
from derive.intake.latex.trees.inlined import Formula, Inlined, variables_of
from derive.intake.latex.trees.stacked import rows_of_stack
from derive.intake.latex.trees.steps import check_matrices, check_step
from derive.intake.latex.trees.tables import as_row, check_tables, without_blocks
from derive.intake.latex.trees.times import ahead_of, primes_of, shifted, unprimed
from derive.intake.latex.trees.tree import (
    Call,
    Concat,
    Key,
    Letter,
    Node,
    Numeral,
    letters,
    mapped,
    name_of,
    spelled,
)
from derive.intake.latex.trees.units import Read, in_whole_vectors, without


def define(
    made: System,
    found: Iterable[Equation],
    parameters: Sequence[str],
    functions: Sequence[str],
    called: Collection[str] = (),
) -> None:
    """Note what each equation defines. parameters, functions: letters that are no functions, and that are, whatever a
    formula says; called: those that are functions, and what a formula says.

    Raises DefinitionError where a quantity is defined twice.
    """
    by_formula: list[tuple[Call, Equation]] = []
    sides = list(left_sides(made, found, by_formula))
    defined = {t.key for targets, _ in sides for t in targets}
    known: set[Any] = {*defined, *(base for base, _ in defined), *parameters}
    own = {name_of(call.function.key) for call, _ in by_formula} - {*functions}
    functions = [*functions, *called, *made.functions, *(call.function.base for call, _ in by_formula)]
    inlined = Inlined(
        _formulas(made, [(c, e) for c, e in by_formula if name_of(c.function.key) in own], known, functions)
    )
    bases = {base for base, _ in defined} | {t.text for _, e in sides for t in e.right}
    rights = Rights(known, functions, defined)
    cuts: list[tuple[list[Letter], Node]] = []
    read: list[Read] = []
    for targets, equation in sides:
        notes: list[str] = []
        made.origins |= {t.key: equation.source for t in targets if t.key not in made.origins}
        try:
            with at(equation.line):
                time = made.clocks.get(targets[0].key, made.time)
                right = rights.read(equation, targets, time, notes)
                made.unread |= rights.between(equation, time)
                made.notes += filter(None, [check_step(equation, targets, right, time, defined)])
                check_matrices(targets, right)
                right = with_names(made, as_row(without_blocks(inlined.side(right, targets, notes))), bases, parameters)
                check_tables(right)
        except DefinitionError as e:
            made.unread |= {x.key: e for t in targets for x in (t, *(without(t, m) for m in t.marks))}  # of all units
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
    insert_layer(made)
    insert_parts(made, cuts)
    insert_joined(made)
    insert_matrices(made)
    insert_diagonals(made)
    insert_identities(made)
    multiply_out(made, parameters)
    solve(made)


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
            made.lost.append((equation.source, e))
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
    elif key in made.nodes and is_announced(node):
        made.notes.append(f"{spelled(key)} on line {equation.line}: left out, another equation says what it is")
    elif key in made.nodes and made.nodes[key] != node and not is_announced(made.nodes[key]):
        raise made.at(
            key,
            f"{spelled(key)} is defined on line {made.line(key)} and on line {equation.line}: choose the"
            " display of one cell by its label, label='eq:...'",
        )
    else:
        made.nodes[key], made.origins[key] = node, equation.source


def _replace(made: System, key: Key, node: Node, equation: Equation) -> None:
    """A quantity gets a new value that is made of the one that it had, l = tanh(l + c): that gets another name."""
    old = Letter(key[0], f"{key[1]}before", time=0)

    def renamed(x: Letter) -> Node:
        return old if x.key == key and x.time in (0, None) else x

    made.nodes = {k: mapped(n, renamed) for k, n in made.nodes.items()}
    made.nodes[old.key], made.origins[old.key] = made.nodes[key], made.origins[key]
    made.nodes[key], made.origins[key] = mapped(node, renamed), equation.source
    made.notes.append(
        f"{spelled(key)} is given a new value on line {equation.line}: {spelled(old.key)} is the one before"
    )
