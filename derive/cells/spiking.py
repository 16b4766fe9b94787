"""Spiking neurons: a potential that leaks, and a spike where it passes a threshold."""

from sympy import exp

from derive.definition.define import cell
from derive.definition.inputs import constant
from derive.statements.affine import linear
from derive.symbolic.spiking import spike

BELLEC = (
    "Bellec, Salaj, Subramoney, Legenstein and Maass (2018), Long short-term memory and learning-to-learn in networks "
    "of spiking neurons, NeurIPS"
)


@cell("Leaky integrate-and-fire neurons", source=BELLEC, class_name="LIF", year=2018)
def lif(x, z, v, tau: constant = 20.0, theta: constant = 0.5):
    """A spike takes the threshold theta off the potential v. The slope of a spike is that of the paper's
    pseudo-derivative, with a dampening of 0.3. Times are those of the authors' code, a step being a millisecond; the
    threshold, 0.01 there, suits weights as PyTorch draws them. Delays and refractory periods are left out.
    """
    alpha = exp(-1 / tau)
    v = alpha * v + (1 - alpha) * (linear(x, bias=False) + linear(z, bias=False)) - theta * z
    z = spike((v - theta) / theta)
    return z, v


@cell("Adaptive leaky integrate-and-fire neurons", source=BELLEC, class_name="ALIF", year=2018)
def alif(x, z, v, b, tau: constant = 20.0, tau_b: constant = 200.0, beta: constant = 1.6, theta: constant = 0.5):
    """As lif, with a threshold that rises with each spike and falls back in the time tau_b."""
    alpha = exp(-1 / tau)
    rho = exp(-1 / tau_b)
    b = rho * b + (1 - rho) * z
    A = theta + beta * b
    v = alpha * v + (1 - alpha) * (linear(x, bias=False) + linear(z, bias=False)) - A * z
    z = spike((v - A) / theta)
    return z, v, b
