"""The checker refuses what is no plan: each case breaks one thing in a plan that it accepts, and is told which."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from sympy import Symbol

import derive
from derive.plan.build import plan
from derive.plan.check import check
from derive.plan.operations import Accumulate, Broadcast, Concat, Matmul, Operation, Pointwise, Reduce, Skew, Split
from derive.plan.plan import Origin, Phase, PlanError, Variable
from derive.plan.stores import Pack, Store

LSTM = plan(derive.lstm)
X, H, C, U = Symbol("x"), Symbol("h_prev"), Symbol("c_prev"), Symbol("u")


def store(name: str, of=LSTM) -> Store:
    return next(s for s in of.stores if s.name == name)


def whole(name: str) -> Pack:
    return Pack(store(name), 0, len(store(name).blocks))


def edited(phase: Phase, edit, of=LSTM):
    """The plan with the operations of a phase edited."""
    ops = list(of.phases[phase])
    return of.with_phases({phase: edit(ops) or ops})


def with_first(phase: Phase, op: Operation, *values: Variable):
    """The plan with one more operation at the start of a phase."""
    return LSTM.with_phases({phase: [op, *LSTM.phases[phase]]}, values)


def new(*axes: str, origin: Origin = Origin.INTERMEDIATE) -> Variable:
    return Variable(Symbol("new"), axes, origin)


NEW = Symbol("new")


@dataclass(frozen=True)
class _Strange(Operation):
    """An operation of which the checker knows nothing."""

    target: Symbol

    @property
    def reads(self):
        return ()


def _moved(source: Phase, target: Phase, name: str):
    op = LSTM.definitions[Symbol(name)]
    left = [o for o in LSTM.phases[source] if o is not op]
    return LSTM.with_phases({source: left, target: [*LSTM.phases[target], op]})


def _at_the_end(op: Operation, *values: Variable):
    """The plan with one more operation after all others."""
    return LSTM.with_phases({Phase.GRADIENTS: [*LSTM.phases[Phase.GRADIENTS], op]}, values)


def _number(name: str) -> Variable:
    return Variable(Symbol(name), (), Origin.CONSTANT)


def _without(phase: Phase, name: str):
    return edited(phase, lambda ops: [op for op in ops if Symbol(name) not in op.targets])


CASES = {
    "order": (
        lambda: edited(Phase.STEP, lambda ops: ops.reverse()),
        r"step: Matmul of h reads m, which is defined later, in step",
    ),
    "never defined": (lambda: _without(Phase.STEP, "tanh_c"), "Pointwise of m reads tanh_c, which is never defined"),
    "unknown": (lambda: with_first(Phase.STEP, Pointwise(NEW, Symbol("q") + 1), new()), "reads q, of which nothing is"),
    "twice": (
        lambda: edited(Phase.STEP, lambda ops: [*ops, LSTM.definitions[Symbol("c")]]),
        "step: Pointwise of c: c is defined already, in step",
    ),
    "given": (
        lambda: with_first(Phase.STEP, Pointwise(C, H)),
        r"Pointwise of c_prev: c_prev is given \(previous\)",
    ),
    "no value": (lambda: with_first(Phase.STEP, Pointwise(NEW, C)), "Pointwise of new: new is unknown"),
    "parameters among the inputs": (
        lambda: with_first(
            Phase.SEQUENCE, Pointwise(NEW, U * 2), new("hidden_size"), Variable(U, ("hidden_size",), Origin.PARAMETER)
        ),
        "sequence: Pointwise of new is the same at every time step; expected it in parameters",
    ),
    "a step before the steps": (
        lambda: _moved(Phase.STEP, Phase.SEQUENCE, "c"),
        "sequence: Pointwise of c reads f, which is defined later, in step",
    ),
    "a state before the steps": (
        lambda: with_first(Phase.SEQUENCE, Pointwise(NEW, C), new("hidden_size")),
        r"sequence: Pointwise of new reads c_prev \(previous\), which is there from step on",
    ),
    "the input among the parameters": (
        lambda: with_first(Phase.PARAMETERS, Pointwise(NEW, X), new("input_size")),
        r"parameters: Pointwise of new reads x \(input\), which is there from sequence on",
    ),
    "a cotangent before the way back": (
        lambda: _moved(Phase.BACK, Phase.COEFFICIENTS, "d_m"),
        r"coefficients: Matmul of d_m reads d_h \(incoming\), which is there from back on",
    ),
    "a gradient within the step": (
        lambda: _moved(Phase.GRADIENTS, Phase.SEQUENCE, "d_bias_ih"),
        "sequence: Accumulate of d_bias_ih reads d_a, which is defined later, in back",
    ),
    "axes of a formula": (
        lambda: with_first(Phase.STEP, Pointwise(NEW, H + C), new("hidden_size")),
        r"its quantities differ in their axes: c_prev \[hidden_size\] and h_prev \[proj_size\]",
    ),
    "axes of a value": (
        lambda: replace(
            LSTM, values={**LSTM.values, Symbol("c"): Variable(Symbol("c"), ("proj_size",), Origin.EQUATION)}
        ),
        r"c has axes \[proj_size\], and the operation gives \[hidden_size\]",
    ),
    "axes of an operand": (
        lambda: with_first(Phase.STEP, Matmul(NEW, whole("weight_hh"), C), new("4*hidden_size")),
        r"the operand c_prev has \[hidden_size\], the weight wants \[proj_size\]",
    ),
    "axes of a transposed operand": (
        lambda: with_first(Phase.BACK, Matmul(NEW, whole("weight_hh"), H, (), True), new("proj_size")),
        r"the operand h_prev has \[proj_size\], the weight wants \[4\*hidden_size\]",
    ),
    "height of a bias": (
        lambda: with_first(
            Phase.STEP, Matmul(NEW, Pack(store("weight_hh"), 0, 2), H, (whole("bias_hh"),)), new("2*hidden_size")
        ),
        r"the bias bias_hh has \[4\*hidden_size\], the product \[2\*hidden_size\]",
    ),
    "blocks": (
        lambda: with_first(Phase.STEP, Matmul(NEW, Pack(store("weight_hh"), 3, 2), H), new("2*hidden_size")),
        "reads blocks 3 to 5 of weight_hh, which has 4",
    ),
    "store": (
        lambda: with_first(
            Phase.STEP, Matmul(NEW, Pack(replace(store("weight_hh"), name="w"), 0, 1), H), new("hidden_size")
        ),
        "reads w, which is none of the plan's stores",
    ),
    "reduction": (
        lambda: with_first(Phase.STEP, Reduce(NEW, "min", (C,)), new()),
        "how is 'min', expected 'sum', 'mean'",
    ),
    "axes of a reduction": (
        lambda: with_first(Phase.STEP, Reduce(NEW, "sum", (C,)), new("hidden_size")),
        r"new has axes \[hidden_size\], and the operation gives \[\]",
    ),
    "broadcast": (
        lambda: with_first(Phase.STEP, Broadcast(NEW, C, "hidden_size"), new("hidden_size")),
        r"c_prev has \[hidden_size\], expected one number",
    ),
    "concat": (
        lambda: with_first(Phase.STEP, Concat(NEW, (C, H)), new("2*hidden_size")),
        r"its parts do not stand side by side: \[hidden_size\], \[proj_size\]",
    ),
    "split": (
        lambda: edited(
            Phase.STEP, lambda ops: [Split(op.into[:3], op.source) if isinstance(op, Split) else op for op in ops]
        ),
        r"the source has \[4\*hidden_size\], which are not 3 blocks",
    ),
    "outer product": (
        lambda: with_first(Phase.GRADIENTS, Accumulate(NEW, ((Symbol("d_a"), H),)), new("4*hidden_size", "input_size")),
        r"d_a and h_prev have \[4\*hidden_size, proj_size\], and the target \[4\*hidden_size, input_size\]",
    ),
    "sum": (
        lambda: with_first(Phase.GRADIENTS, Accumulate(NEW, ((C, None),)), new("4*hidden_size")),
        r"c_prev has \[hidden_size\], and the target \[4\*hidden_size\]",
    ),
    "skew": (
        lambda: with_first(Phase.PARAMETERS, Skew(NEW, whole("weight_ih")), new("4*hidden_size", "input_size")),
        r"the source has \[4\*hidden_size, input_size\], expected square blocks",
    ),
    "operation": (lambda: with_first(Phase.STEP, _Strange(NEW), new()), "no rule of axes for _Strange; give it one in"),
    "no name, two readers": (
        lambda: LSTM.with_phases({}, [replace(LSTM.values[Symbol("tanh_c")], named=False)]),
        "tanh_c of step has no name, and is read in: step, coefficients, coefficients; expected one place in step",
    ),
    "result": (lambda: _without(Phase.BACK, "d_c_prev"), "the result d_c_prev is never defined"),
    "gradient": (lambda: replace(LSTM, gradients={}), "store weight_ih has no gradient"),
    "gradient of nothing": (
        lambda: replace(LSTM, gradients={**LSTM.gradients, "weight_zz": Symbol("d_a")}),
        "a gradient of weight_zz, which is none of the plan's stores",
    ),
    "two stores of one name": (lambda: replace(LSTM, stores=(*LSTM.stores, LSTM.stores[0])), "two stores are called"),
    "axes of a gradient": (
        lambda: replace(LSTM, gradients={**LSTM.gradients, "bias_ih": Symbol("d_weight_hh")}),
        r"the result d_weight_hh has \[4\*hidden_size, proj_size\], expected \[4\*hidden_size\]",
    ),
    "gradient of one step": (
        lambda: replace(LSTM, gradients={**LSTM.gradients, "bias_ih": Symbol("d_a")}),
        "the result d_a is not the sum over the time steps",
    ),
    "axes of the input's cotangent": (
        lambda: replace(LSTM, input_cotangents=(Symbol("d_a"),)),
        r"the result d_a has \[4\*hidden_size\], expected \[input_size\]",
    ),
    "axes of a new state": (
        lambda: replace(LSTM, states=(replace(LSTM.states[0], new=Symbol("c")), LSTM.states[1])),
        r"the result c has \[hidden_size\], expected \[proj_size\]",
    ),
    "a new state after the steps": (
        lambda: _moved(Phase.STEP, Phase.COEFFICIENTS, "h"),
        "the result h is defined in coefficients, and the next time step waits for it",
    ),
    "a cotangent after the way back": (
        lambda: _moved(Phase.BACK, Phase.GRADIENTS, "d_c_prev"),
        "the result d_c_prev is defined in gradients, and the next time step waits for it",
    ),
    "a sum over time within it": (
        lambda: _moved(Phase.GRADIENTS, Phase.BACK, "d_bias_hh"),
        "back: Accumulate of d_bias_hh sums over all time steps, which is done in gradients",
    ),
    "a sum over time twice": (
        lambda: _at_the_end(Accumulate(NEW, ((Symbol("d_bias_hh"), None),)), new("4*hidden_size")),
        "Accumulate of new sums again what is a sum over all time steps",
    ),
    "a sum over time in a step": (
        lambda: _at_the_end(Pointwise(NEW, Symbol("d_bias_hh") * Symbol("d_a")), new("4*hidden_size")),
        "Pointwise of new reads a sum over all time steps beside what each time step has",
    ),
    "a parameter that is forgotten": (
        lambda: edited(
            Phase.SEQUENCE, lambda ops: [replace(op, bias=op.bias[:1]) if isinstance(op, Matmul) else op for op in ops]
        ),
        "nothing reads b_hi, block 0 of bias_hh",
    ),
    "nothing to reduce": (lambda: with_first(Phase.STEP, Reduce(NEW, "sum", ()), new()), "Reduce of new: it has no"),
    "nothing to concat": (lambda: with_first(Phase.STEP, Concat(NEW, ()), new()), "Concat of new: it has no parts"),
    "a sum of one number": (
        lambda: with_first(Phase.STEP, Reduce(NEW, "sum", (Symbol("q"),)), new(), _number("q")),
        "its part q is one number, expected units",
    ),
    "a weight that is no matrix": (
        lambda: with_first(Phase.STEP, Matmul(NEW, whole("bias_hh"), C), new("hidden_size")),
        r"the weight bias_hh has \[4\*hidden_size\], which is no matrix",
    ),
    "gradient that is given": (
        lambda: replace(LSTM, gradients={**LSTM.gradients, "bias_hh": X}),
        "the result x is given, not computed",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_broken_plan_is_refused(case):
    make, message = CASES[case]
    with pytest.raises(PlanError, match=message):
        check(make())


def test_the_plan_that_they_break_is_accepted():
    check(LSTM)
