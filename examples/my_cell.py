"""A cell of one's own: write it like this, and everything else follows.

    derive show   examples/my_cell.py:rotor
    derive verify examples/my_cell.py:rotor
    derive tables examples/my_cell.py:rotor -o slides/
    derive code   examples/my_cell.py:rotor -o model/

docs/your_cell.md goes through it line by line.
"""

from sympy import cos, sin

from derive import cell, linear, sigmoid, tanh, vector


@cell(
    "Gated rotor",  # what it is called
    source="The example of this documentation; no paper",  # who published it, and where
    class_name="GatedRotor",  # of the generated module
    year=2025,
)
def rotor(x, h, v, omega: vector):
    """Each unit is a point (h, v) of a plane. A step turns it by an angle, and a gate lets it go for something new.

    Turning alone keeps the point's distance from the origin, so that a unit with an open gate forgets nothing, whatever
    the angle. omega is each unit's own angle; the input speeds the turn up or slows it down.
    """
    # x is the input; h and v, which are returned, are the states; omega, which is annotated, is learned.
    f = sigmoid(linear(x, h))  # the gate: W_if x + W_hf h + b_f
    theta = omega + tanh(linear(x))  # the angle of this step

    # On the right of its own equation, and before it, a state is what it was a step ago.
    p = cos(theta) * h - sin(theta) * v
    q = sin(theta) * h + cos(theta) * v

    h = f * p + (1 - f) * tanh(linear(x, h))
    v = f * q
    return h, v  # the output first
