"""A run certified on a box: at every step what each quantity may be, its error, and whether each claim is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from flint import arb, fmpq

from derive.approximation.claim import Claim
from derive.claims.beyond import Beyond, beyond
from derive.claims.certify import Certificate, Obligation, Verdict
from derive.claims.propagate import Group, groups_of
from derive.enclosure.agreement import Agreement, agreement
from derive.enclosure.always import Always, Why, always
from derive.enclosure.claimed import record, sentence
from derive.enclosure.enclosed import Enclosed, Judged
from derive.enclosure.engines import Balls, Engine, chosen
from derive.enclosure.judging import judge
from derive.enclosure.tables import asked
from derive.enclosure.walk import Made, Quantity, Walk, Walker
from derive.errors import RunError, shown, unknown
from derive.later import later
from derive.notation.prose import plain
from derive.run.box import Variable, variables
from derive.run.step import Place
from derive.symbolic.table import Table

if TYPE_CHECKING:
    from derive.run.data import Run


@dataclass(frozen=True, eq=False, repr=False)
class Certification:
    """A run on a box of some of its numbers: see ``Run.certify``.

    ``certification[4, "h"]`` is an ``Enclosed``, with several units ``[4, "h_2"]``; it iterates over all of them. What
    is replaced is what is replaced in the run itself.
    """

    run: Run
    variables: tuple[Variable, ...]
    splits: int
    engine_name: str
    machine: str | None = None
    _found: dict[Quantity, Enclosed] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        run: Run,
        box: Mapping[str, Any] | None = None,
        *,
        splits: int = 32,
        engine: str | None = None,
        machine: str | None = None,
    ) -> Certification:
        """The certification of a run. Raises RunError naming what is wrong with the box, the engine or the machine."""
        if not isinstance(splits, int) or isinstance(splits, bool) or splits < 0:
            raise RunError(
                f"splits is {shown(splits)}, expected a number of times that the box may be split, 0 or more"
            )
        boxed = variables(run, box or {})
        if machine is not None:
            if chosen(engine or "zonotope", run, boxed) != "zonotope":
                raise RunError("the rounding of a machine is bounded by zonotopes; leave engine out")
            engine, run = "zonotope", _stored(run, machine)
        found = cls(run, boxed, splits, chosen(engine, run, boxed), machine)
        found.engine.check()
        return found

    @cached_property
    def engine(self) -> Engine:
        """What finds the enclosures, and by which arithmetic."""
        if self.engine_name == "balls":
            return Balls(self.run, self.variables, self.splits, lambda: self._made)
        from derive.enclosure.swept import Swepts  # NumPy is imported where it is used alone

        swept = Swepts(self.run, self.variables, self._claims, lambda: self.groups, lambda: self._made)
        if self.machine is not None:
            from derive.enclosure.machine import machine_of

            swept.machine = machine_of(self.machine)
        return swept

    def __getitem__(self, key: tuple[int, str]) -> Enclosed:
        """Raises RunError for a time or quantity that is not there."""
        if not isinstance(key, tuple) or len(key) != 2:
            raise RunError(f"{shown(key)} is no step of a quantity; write [t, name], such as [4, 'h']")
        t, name = key
        if not isinstance(name, str):
            raise RunError(f"{shown(name)} is no quantity; write [t, name], such as [4, 'h']")
        quantity, unit = self.run.quantity(name)
        self._check_time(t, name)
        return self._at((t, quantity, unit))

    def __iter__(self) -> Iterator[Enclosed]:
        for t in range(1, len(self.run.x) + 1):
            yield from self.at(t)

    def __len__(self) -> int:
        return len(self.run.x) * sum(self.run.units.values())

    def largest_error(self, t: int, quantity: str) -> arb:
        """What every unit of a quantity is off by at most at one step; infinite where nothing finite is certified.

        Raises RunError for a time or quantity that is not there.
        """
        if quantity not in self.run.units:
            raise RunError(unknown(f"quantity of {self.run.cell.name}", quantity, self.run.units))
        self._check_time(t, quantity)
        units = range(1, self.run.units[quantity] + 1)
        return max(self._at((t, quantity, unit)).largest_error for unit in units)

    def _check_time(self, t: Any, name: str) -> None:
        if not isinstance(t, int) or isinstance(t, bool) or not 1 <= t <= len(self.run.x):
            raise RunError(f"there is no {name} at t = {shown(t)}: t goes from 1 to {len(self.run.x)}")

    @property
    def groups(self) -> tuple[Group, ...]:
        """The replacements in the order in which they are made."""
        return tuple(self._groups)

    @cached_property
    def certificates(self) -> tuple[Certificate, ...]:
        """Each claim with the enclosures of the arguments that occur under it on the box."""
        found: list[list[Obligation]] = [[] for _ in self.run.claims]
        for k, judged in self._numbered:
            found[k].append(judged.obligation)
        return tuple(Certificate(c, tuple(o)) for c, o in zip(self._claims, found, strict=True))

    @cached_property
    def always(self) -> Always:
        """What holds at all times, whatever the inputs where those of the box and the run lie; or why nothing does."""
        if self.machine is not None:
            return Always({}, None, Why("never, machine", {"machine": self.machine}))
        search = partial(always, self.run, self.variables, self._covered)
        return self.run.once(("always", self.engine_name, self.variables), search)

    @cached_property
    def beyond(self) -> tuple[Beyond, ...]:
        """The tables, claimed and of the cell itself, that may be asked for what lies beyond their ends."""
        formulas = [*(c.replacement for c in self._claims), *(e.rhs for e in self.run.cell.equations)]
        if not any(f.has(Table) for f in formulas):
            return ()
        return beyond(asked(self._closer or self.engine, self.replacements))

    @property
    def verdict(self) -> Verdict:
        """VIOLATED where one claim is, else UNDECIDED where one is, else PROVED."""
        found = [c.verdict for c in self.certificates]
        return next((v for v in (Verdict.VIOLATED, Verdict.UNDECIDED) if v in found), Verdict.PROVED)

    def agreement(self, decimals: int | None = None) -> Agreement:
        """Whether exact and replaced states are printed alike on the whole box: proved, or refuted by a place.

        decimals: at how many; default those of the run. A counterexample is verified in exact numbers. Raises RunError
        for a number of decimals that nothing is printed with.
        """
        return agreement(self, decimals)

    def at(self, t: int) -> Iterator[Enclosed]:
        """Every unit of every quantity at one step."""
        for quantity, units in self.run.units.items():
            yield from (self._at((t, quantity, unit)) for unit in range(1, units + 1))

    def to_json(self) -> dict[str, Any]:
        """For programs. Ends are decimals, rounded outwards; ``error`` is replaced minus exact."""
        return self.summary() | {"steps": [e.to_json() for e in self]}

    def summary(self) -> dict[str, Any]:
        """The same but for the steps: what is certified of the box as a whole."""
        return {
            "cell": self.run.cell.name,
            "run": plain(self.run.title),
            "box": {v.name: [str(v.lower), str(v.upper)] for v in self.variables},
            "engine": self.engine.name,
            "arithmetic": self.engine.arithmetic,
            "machine": self.machine,
            "verdict": self.verdict.name,
            "claims": [record(c) for c in self.certificates],
            "beyond": [b.to_json() for b in self.beyond],
            "always": self.always.to_json(),
        }

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        box = ", ".join(dict.fromkeys(f"{v.name} in [{v.lower}, {v.upper}]" for v in self.variables)) or "points"
        how = f"error = {self.machine or 'replaced'} − exact, by {self.engine.arithmetic}"
        lines = [f"{plain(self.run.title)}, {box}; {how}", *map(repr, self)]
        for c in self.certificates:
            lines += [sentence(c), *(f"  {found.verdict}  {keep.text}" for keep, found in c.claim.properties)]
        return "\n".join([*lines, *map(repr, self.beyond), repr(self.always)])

    # ------------------------------------------------------------------ how it is found

    @cached_property
    def _groups(self) -> dict[Group, dict[Place, Any]]:
        return groups_of(self.run, self._covered)

    @cached_property
    def _made(self) -> list[Made]:
        """The replacements made so far, after each group; none first."""
        empty: dict[Place, Any] = {}
        groups: Iterable[Made] = self._groups.values()
        return list(accumulate(groups, lambda made, group: {**made, **group}, initial=empty))

    @property
    def replacements(self) -> Made:
        """What the replaced cell has for activations, by place."""
        return self._made[-1]

    def at_place(self, place: Sequence[fmpq]) -> Walk:
        """What is at one place of the box, by balls."""
        return self._walker.over(tuple((number, number) for number in place), False)

    @cached_property
    def _walker(self) -> Walker:
        if isinstance(self.engine, Balls):
            return self.engine.walker
        return Walker(self.run, self.variables, {}, self._made[-1])

    @cached_property
    def _uncovered(self) -> str:
        """What is said of a table that has no value where the run asks for one."""
        return next((repr(b) for b in self.beyond if b.table.outside == "error"), "")

    def _at(self, key: Quantity) -> Enclosed:
        if self._uncovered:
            raise RunError(self._uncovered)
        if key not in self._found:
            self._found[key] = Enclosed(self, *key)
        return self._found[key]

    @cached_property
    def judged(self) -> dict[Quantity, list[Judged]]:
        """Every claim at every place under it, by the quantity that has the place."""
        found: dict[Quantity, list[Judged]] = {}
        for _, judged in self._numbered:
            place = judged.obligation.label
            found.setdefault((place.t, place.quantity, place.unit), []).append(judged)
        return found

    @cached_property
    def _numbered(self) -> list[tuple[int, Judged]]:
        """Every claim at every place under it, with the number of the claim."""
        return [(k, Judged(self._claims[k], self._judge(self._claims[k], place))) for k, place in self._places]

    @property
    def _claims(self) -> tuple[Claim, ...]:
        return self.run.claims  # type: ignore[return-value]

    @property
    def _covered(self) -> list[tuple[Claim, Place]]:
        """Which claim covers which place."""
        return [(self._claims[k], place) for k, place in self._places]

    @cached_property
    def _places(self) -> list[tuple[int, Place]]:
        """The places by the number of the claim that covers them: one on an interval covers all of its activation, one
        at a point those that it covers in the run's own numbers."""
        if any(c.is_point for c in self._claims):
            return [(k, o.label) for k, c in enumerate(self.run.certificates) for o in c.obligations]
        places = list(self.engine.places())
        return [(k, place) for k, c in enumerate(self._claims) for place in places if place.function is c.exact]

    def _judge(self, claim: Claim, place: Any) -> Obligation:
        found = judge(self.run, self.variables, self.engine, claim, place)
        if found.verdict is Verdict.UNDECIDED and self._closer is not None:
            return judge(self.run, self.variables, self._closer, claim, place)
        return found

    @cached_property
    def _closer(self) -> Engine | None:
        """Balls, where they take no longer than seconds: what doubles leave open by their rounding they settle."""
        if self.engine.name == "balls" or chosen(None, self.run, self.variables) != "balls":
            return None
        return Balls(self.run, self.variables, self.splits, lambda: self._made)


def _stored(run: Run, machine: str) -> Run:
    from derive.enclosure.machine import machine_of, stored

    return stored(run, machine_of(machine))
