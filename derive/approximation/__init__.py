"""What it costs to replace an activation: closed forms and certified bounds of the error on an interval.

In: an activation, what stands in its place, an interval or a point. Out: the error, exact where there is a closed form,
bounded by interval arithmetic otherwise, and the claim that a text such as ``tanh(x) ~ x`` makes.
Next: ``cells``; claims about a run follow in ``claims``.
"""
