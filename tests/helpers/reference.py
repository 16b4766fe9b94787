"""The plain meaning of a cell's statements: one PyTorch operation at a time, a loop over time, nothing fused.

Autograd through ``forward`` is the oracle of the backward equations; formulas are those of ``torch_formulas``.
Tensors are (batch, units), (batch, 1) for a number that all units share.
"""

from __future__ import annotations

import re

import sympy
import torch
from torch_formulas import evaluate, tensor

from derive.calculus.backward import Backward
from derive.definition.fixed import defaults_of, numbers_of
from derive.statements.affine import Affine
from derive.statements.contraction import Contracted, Contraction
from derive.statements.cumulative import Cumulative, FromLast
from derive.statements.elementwise import Elementwise
from derive.statements.head_mean import ByHead, HeadMean
from derive.statements.largest import Largest, ToLargest
from derive.statements.maps import Antisymmetric, Outer, Repeat, Scale, SumTime, SumUnits, Transpose
from derive.statements.mean import Mean
from derive.statements.shares import Shares
from derive.statements.sizes import units

SIZES = {"hidden_size": 4, "input_size": 3, "proj_size": 2, "1": 1}


def sizes_of(cell):
    """The sizes of a cell, those with names of its author's from 5 on."""
    numbers = {s: int(s) for s in cell.all_sizes if s.isdecimal()}
    heads = {s: numbers.get(s, 2) for s in cell.heads}
    return SIZES | {s: k for k, s in enumerate(cell.named_sizes, 5)} | numbers | heads


def draw_inputs(cell, lead, generator, sizes=None):
    """Random inputs, (*lead, features): a tensor, or of several inputs a tuple; those beside the first positive. Masks
    are any numbers; one that is drawn for each sequence is the same at every step, the first of ``lead``."""
    sizes = sizes_of(cell) if sizes is None else sizes

    def normal(n):
        return torch.randn(*lead, n, dtype=torch.float64, generator=generator)

    x = normal(sizes["input_size"])
    others = [(i, normal(sizes[i.size]).abs() + 0.1) for i in cell.further]
    once = [bool(i.chance and i.chance.per_sequence) for i, _ in others]
    return (x, *(o[:1].expand_as(o) if same else o for (_, o), same in zip(others, once, strict=True))) if others else x


def masks_of(cell, inputs):
    """The masks among the inputs, by name, as a layer or cell is given them; inputs: (T, batch, features) each."""
    masks = dict(zip([i.name for i in cell.further], separate(inputs)[1:], strict=True))
    return {i.name: masks[i.name][0] if i.chance.per_sequence else masks[i.name] for i in cell.draws}


def separate(inputs):
    """The inputs one by one: one of them is a tensor, several are a tuple."""
    return inputs if isinstance(inputs, tuple) else (inputs,)


def random_parameters(cell, generator, scale=0.6, sizes=None):
    """Random float64 tensors by parameter name; constants as floats."""
    sizes = sizes_of(cell) if sizes is None else sizes
    parameters = {}
    for p in cell.parameters:
        if not p.learned:
            fixed = p.fixed is not None and torch.tensor(
                [*map(float, numbers_of(p, sizes, defaults_of(cell)))], dtype=torch.float64
            )
            parameters[p.name] = float(p.default) if p.fixed is None else fixed
            continue
        shape = {"matrix": (p.rows, p.stored_cols), "vector": (p.rows,), "scalar": ()}[p.kind]
        value = torch.randn([units(s, sizes) for s in shape], dtype=torch.float64, generator=generator)
        parameters[p.name] = (scale * value + (0.8 if p.kind != "matrix" else 0)).requires_grad_()
    return parameters


def matrix(parameter, value):
    """The matrix that multiplies, of the stored one; blocks are stored one below the other."""
    if parameter.heads:
        return torch.block_diag(*value.split(value.shape[1]))
    return value - value.T if parameter.form == "antisymmetric" else value


def step(cell, parameters, x, previous):
    """Every quantity of one step by name."""
    known = {p.name: p for p in cell.parameters}
    inputs = dict(zip([i.name for i in cell.inputs], separate(x), strict=True))
    env = {**sizes_of(cell), **parameters, **inputs, **{f"{s}_prev": v for s, v in previous.items()}}
    x = separate(x)[0]
    for s in cell.statements:
        match s:
            case Affine():
                value = sum(
                    env[t.operand.name] @ matrix(known[t.weight.name], env[t.weight.name]).T
                    + (env[t.bias.name] if t.bias is not None else 0.0)
                    for t in s.terms
                )
            case Mean():
                operands = [env[q.name].expand(len(x), -1) for q in s.operands]
                value = torch.cat(operands, -1).mean(-1, keepdim=True)
            case Contraction():
                factors = [env[q.name] for q in s.factors]
                value = float(s.coefficient) * by_axes(factors, s.sizes, s.axes, env)
            case Cumulative():
                value = of_each_head(lambda part: part.cumsum(-1), env[s.operand.name], s.heads, env)
            case HeadMean():
                value = of_each_head(head_mean, env[s.operand.name], s.heads, env)
            case Shares():
                value = of_each_head(lambda part: part.softmax(-1), env[s.operand.name], s.heads, env)
            case Largest():
                q = env[s.operand.name]
                value = of_each_head(largest, q, s.heads, env) if s.heads else q.amax(-1, keepdim=True)
            case Elementwise():
                value = evaluate(s.expr, env)
        env[s.target.name] = value
    return env


def forward(cell, parameters, inputs, initial):
    """The quantities of every step, first to last. inputs: (T, batch, input_size), or a tuple of several."""
    steps, states = [], initial
    for row in zip(*separate(inputs), strict=True):
        x = row[0]
        steps.append(step(cell, parameters, row, states))
        states = {s: steps[-1][s] for s in cell.states}
        states = {s: q if q.ndim == 2 else q.expand(len(x), -1) for s, q in states.items()}  # of parameters alone
        steps[-1] |= states
    return steps


def backward(adjoint, parameters, steps, output_gradients, final_gradients):
    """(parameter gradients, input gradients, initial state gradients) from the adjoint's statements alone; those of
    several inputs are a tuple.

    output_gradients: (T, batch, units), of every step's output; final_gradients: by state, of the last states.
    """
    cell = adjoint.cell
    gradients = {g.parameter.name: torch.zeros_like(parameters[g.parameter.name]) for g in adjoint.gradients}
    passed, of_inputs = dict(final_gradients), []
    for saved, of_output in zip(reversed(steps), output_gradients.flip(0), strict=True):
        incoming = dict(passed)
        incoming[cell.states[0]] = incoming[cell.states[0]] + of_output
        env = {**sizes_of(cell), **parameters, **{q.name: saved[q.name] for q in adjoint.saved}}
        env = {k: v.detach() if isinstance(v, torch.Tensor) else v for k, v in env.items()}
        env |= {d.name: incoming[s] for d, s in zip(adjoint.incoming, cell.states, strict=True)}
        backward_step(adjoint, env, batch=len(of_output))
        for g in adjoint.gradients:
            gradients[g.parameter.name] = gradients[g.parameter.name] + gradient(g, env, len(of_output))
        passed = {s: env[d.name] for d, s in zip(adjoint.outgoing, cell.states, strict=True)}
        of_inputs.insert(0, [env[f"d_{i.name}"].expand(len(of_output), -1) for i in cell.inputs if not i.chance])
    found = tuple(map(torch.stack, zip(*of_inputs, strict=True)))
    return gradients, found if cell.given else found[0], passed


def backward_step(adjoint, env, batch):
    """Evaluate one backward step's statements into ``env``."""
    for s in adjoint.statements:
        assert s.target.name not in env, f"{s.target} is assigned twice"
        value = total(s, env, batch) if isinstance(s, Backward) else tensor(evaluate(s.expr, env))
        shape = (batch, units(s.size, sizes_of(adjoint.cell)))
        assert value.ndim < 2 or value.shape == shape, f"{s.target} has shape {tuple(value.shape)}"
        env[s.target.name] = value


def total(s, env, batch):
    """The value of a backward statement; of a gradient, one step's part of it."""
    value = torch.zeros(())
    for t in s.terms:
        d = env[t.cotangent.name] if isinstance(t.cotangent, sympy.Symbol) else total(t.cotangent, env, batch)
        value = value + applied(t.maps, d, env, batch)
    return applied(s.after, value, env, batch)


def applied(maps, value, env, batch):
    """What linear maps make of a cotangent."""
    for m in maps:
        match m:
            case Scale():
                value = value * tensor(evaluate(m.local, env))
            case Transpose():
                value = value @ matrix(m.weight, env[m.weight.name])
            case Outer():
                value = value.expand(batch, -1).T @ env[m.operand.name].expand(batch, -1)
                if m.heads:
                    n = len(value) // units(m.heads, env)
                    value = torch.cat([rows[:, k * n : (k + 1) * n] for k, rows in enumerate(value.split(n))])
            case SumUnits():
                value = value.expand(batch, units(m.over, env)).sum(-1, keepdim=True)
            case Repeat():
                value = value.expand(batch, units(m.size, env))
            case Antisymmetric():
                value = value - value.T
            case ByHead():
                value = of_each_head(head_mean if m.how == "mean" else head_total, value, m.heads, env)
            case FromLast():
                value = of_each_head(lambda part: part.flip(-1).cumsum(-1).flip(-1), value, m.heads, env)
            case ToLargest():
                q = env[m.operand.name]
                tied = (q == of_each_head(largest, q, m.heads, env)).to(q)
                count = of_each_head(head_total, tied, m.heads, env) if m.heads else tied.sum(-1, keepdim=True)
                value = value * tied / count
            case Contracted():
                factors = [value, *(env[q.name] for q in m.reads)]
                value = float(m.coefficient) * by_axes(factors, m.sizes, m.size, env)
            case SumTime():
                pass
            case _:
                raise NotImplementedError(type(m).__name__)
    return value


def by_axes(factors, sizes, target, lengths):
    """The product of tensors whose last dimension has the axes that their sizes name, summed over those that the target
    lacks: every tensor with a dimension for each axis, of length 1 where it lacks it."""
    every = list(dict.fromkeys(a for size in (target, *sizes) for a in re.split("[:×]", size) if a != "1"))
    whole = 1.0
    for q, size in zip(factors, sizes, strict=True):
        own = [a for a in re.split("[:×]", size) if a != "1"]
        q = torch.as_tensor(q, dtype=torch.float64)
        lead = q.shape[:-1] if q.ndim else ()
        q = q.reshape([*lead, *(units(a.rstrip("'"), lengths) for a in own)])
        places = sorted(range(len(own)), key=lambda k, own=own: every.index(own[k]))
        q = q.permute([*range(len(lead)), *(len(lead) + k for k in places)])
        q = q.reshape(*lead, *(units(a.rstrip("'"), lengths) if a in own else 1 for a in every))
        whole = whole * q
    kept = [a for a in every if a in re.split("[:×]", target)]
    summed = [k - len(every) for k, a in enumerate(every) if a not in kept]
    whole = whole.sum(summed) if summed else whole
    return whole.reshape(*whole.shape[: whole.ndim - len(kept)], -1)


def of_each_head(function, x, heads, env):
    """A function of each of so many equal parts of the units, one after the other."""
    return torch.cat([function(part) for part in x.chunk(units(heads, env) if heads else 1, -1)], -1)


def head_mean(part):
    """The mean, for each unit."""
    return part.mean(-1, keepdim=True).expand_as(part)


def head_total(part):
    """The sum, for each unit."""
    return part.sum(-1, keepdim=True).expand_as(part)


def largest(part):
    """The largest unit, for each."""
    return part.amax(-1, keepdim=True).expand_as(part)


def gradient(g, env, batch):
    """One step's part of a parameter's gradient; summed over the batch."""
    value = total(g, env, batch)
    if g.parameter.kind == "matrix":
        return value
    rows = units(g.parameter.rows or "1", env)
    return value.expand(batch, rows).sum(0).reshape(env[g.parameter.name].shape)
