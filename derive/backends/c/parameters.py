"""The rows of a cell's tables that are about its parameters: what they are, how they are read, and their gradients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sympy import Symbol

from derive.backends.c.gradients import gradient_blocks, height, is_partial
from derive.backends.c.lines import array, identifier
from derive.backends.c.operations import Outer, Product
from derive.backends.c.program import Home, Program
from derive.backends.c.sizes import Sizes, size_of_axis
from derive.plan.plan import Origin
from derive.plan.stores import Pack, Store


@dataclass
class Parameters:
    """packs, biases: the matrices as products take them and the rows that results begin with, as they come up."""

    program: Program
    sizes: Sizes
    packs: list[tuple[Pack, bool]] = field(default_factory=list)
    biases: list[tuple[Pack, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stores = {s.name: k for k, s in enumerate(self.program.plan.stores)}

    def pack_of(self, op: Product) -> int:
        """Which matrix a product takes."""
        key = op.weight, op.transposed
        if key not in self.packs:
            self.packs.append(key)
        return self.packs.index(key)

    def bias_of(self, op: Product) -> int:
        """Which row a product's results begin with; -1 of none."""
        if not op.bias:
            return -1
        if op.bias not in self.biases:
            self.biases.append(op.bias)
        return self.biases.index(op.bias)

    # ------------------------------------------------------------------ what they are and how they are read

    def tensor_rows(self) -> Iterator[str]:
        for store in self.program.plan.stores:
            first = store.blocks[0]
            sizes = ", ".join(self.size(axis) for axis in (first.rows, first.cols, first.heads))
            flags = f"{int(first.form != 'full')}, {int(is_partial(self.program, store))}"
            yield f'{{"{store.name}", {sizes}, {len(store.blocks)}, {flags}}}'

    def pack_rows(self) -> Iterator[str]:
        for pack, transposed in self.packs:
            block = pack.store.blocks[0]
            rows, cols = self.size(block.rows), self.size(block.cols)
            axis, inner = (cols, rows) if transposed else (rows, cols)
            tensor = self.stores[self.program.plan.stored(pack.store).name]
            skew = int(block.form != "full")
            yield f"{{{tensor}, {pack.first}, {pack.count}, {int(transposed)}, {skew}, {axis}, {inner}}}"

    def fixed(self) -> list[Symbol]:
        """What is the same at every step."""
        places = self.program.places
        return sorted((q for q, p in places.items() if p.home is Home.FIXED), key=lambda q: places[q].slot)

    def source_rows(self) -> Iterator[str]:
        constants = [p.symbol for p in self.program.plan.cell.constants]
        for q in self.fixed():
            axis = self.sizes.name(self.program.places[q].axis)
            value = self.program.plan.values.get(q)
            if q in self.program.units.of_parameters:
                pack = self.program.units.of_parameters[q]
                yield f"{{OF_TENSOR, {axis}, {self.stores[pack.store.name]}, {pack.first}}}"
            elif q in constants:
                yield f"{{OF_CONSTANT, {axis}, {constants.index(q)}, 0}}"
            elif value is not None and value.origin is Origin.SIZE:
                yield f"{{OF_SIZE, {axis}, {self.sizes.name(q.name)}, 0}}"
            else:
                yield f"{{COMPUTED, {axis}, 0, 0}}"

    def bias_rows(self) -> Iterator[str]:
        for packs in self.biases:
            rows = ", ".join(f"{{{self.stores[p.store.name]}, {p.first}}}" for p in packs)
            axis = self.size(packs[0].store.blocks[0].rows)
            yield f"{{{axis}, {packs[0].count}, {len(packs)}, (const Summand[]){{{rows}}}}}"

    # ------------------------------------------------------------------ gradients

    def gradient_rows(self) -> tuple[list[str], list[str]]:
        """The gradients of matrices and of vectors, block by block."""
        outers: list[str] = []
        totals: list[str] = []
        for store in self.program.plan.stores:
            for first, q in gradient_blocks(self.program, store):
                if isinstance(q, Outer):
                    outers += self._outer(store, first, q)
                    continue
                of_units = int(not size_of_axis(store.blocks[0].rows))
                for k, one in enumerate(self.program.totals.get(q, ())):
                    place = self.program.places[one]
                    what = f"{place.slot}, {self.sizes.name(place.axis)}, {of_units}, {int(k > 0)}"
                    totals.append(f"{{{self.stores[store.name]}, {first}, {what}}}")
        return outers, totals

    def _outer(self, store: Store, first: int, outer: Outer) -> Iterator[str]:
        """Runs of blocks whose cotangents lie side by side."""
        lefts = [[self.program.places[q].slot for q in left] for left, _ in outer.pairs]
        count, k = height(self.program, outer) if lefts else 0, 0
        while k < count:
            n = 1
            while k + n < count and all(slots[k + n] == slots[k + n - 1] + 1 for slots in lefts):
                n += 1
            pairs = [f"{{Q_{identifier(left[k])}, Q_{identifier(right)}}}" for left, right in outer.pairs]
            block = store.blocks[0]
            yield (
                f"{{{self.stores[store.name]}, {first + k}, {n}, {len(pairs)}, {self.size(block.rows)},"
                f" {self.size(block.cols)}, {array('Factors', pairs)}}}"
            )
            k += n

    def size(self, axis: str) -> str:
        """The name of the size of rows or columns."""
        return self.sizes.name(size_of_axis(axis))
