"""The words, marks and accents that authors write, and what they are here."""

from __future__ import annotations

import re

import sympy

#: Functions by the words that authors write, and what they are here.
WORDS = {
    "sigm": "sigmoid", "sigmoid": "sigmoid", "sig": "sigmoid", "logistic": "sigmoid", "sgm": "sigmoid",
    "logsigmoid": "logsigmoid",
    "tanh": "tanh", "relu": "relu", "softplus": "softplus", "softsign": "softsign", "elu": "elu", "gelu": "gelu",
    "silu": "silu", "swish": "silu", "selu": "selu", "hardtanh": "hardtanh",
    "hardsigmoid": "hard_sigmoid", "hardsigma": "hard_sigmoid",
    "leakyrelu": "leaky_relu", "exp": "exp", "log": "log", "ln": "log", "sqrt": "sqrt", "abs": "abs", "max": "max",
    "min": "min", "sin": "sin", "cos": "cos",
    "layernorm": "layernorm", "softmax": "softmax", "cumsum": "cumsum",
    "cumax": "cumax", "clip": "clip", "clamp": "clip", "dot": "dot", "length": "length",
    "mish": "mish", "sign": "sign", "sgn": "sign", "erf": "erf", "identity": "identity",
    "largest": "largest", "mean": "mean", "headmean": "headmean", "headlargest": "headlargest", "relu6": "relu6",
    "headsoftmax": "headsoftmax", "headcumsum": "headcumsum", "hardswish": "hardswish",
    "hswish": "hardswish", "celu": "celu", "tanhshrink": "tanhshrink", "floor": "floor",
}  # fmt: skip
#: Words that stand for any function, or for more than one of each unit, of which it is asked what they are.
ASKED = {"bn", "batchnorm", "mlp", "ffn", "ffnn", "fc", "conv", "linear", "gru", "lstm", "rnn", "act", "activation"}
#: Between equations of which one follows from the other.
ARROWS = {r"\implies", r"\impliedby", r"\iff", r"\Rightarrow", r"\Leftarrow", r"\Leftrightarrow", r"\Longrightarrow",
          r"\Longleftarrow", r"\Longleftrightarrow"}  # fmt: skip
BACKWARDS = {r"\impliedby", r"\Leftarrow", r"\Longleftarrow"}
#: Functions and marks of TeX that are none of ours: a letter of such a name there is not.
UNREAD = {
    *(r"\sinh", r"\cosh", r"\coth", r"\tan", r"\cot", r"\sec", r"\csc", r"\arctan", r"\arcsin", r"\arccos", r"\arg"),
    *(r"\lceil", r"\rceil", r"\cancel", r"\det", r"\inf", r"\sup", r"\bmod", r"\mod", r"\over"),
    *(r"\propto", r"\to", r"\rightarrow", r"\longrightarrow", r"\mapsto", r"\longmapsto", r"\cong"),
    *ARROWS,
    *(r"\approx", r"\simeq", r"\sim", r"\neq", r"\ne", r"\forall", r"\exists", r"\infty", r"\partial", r"\nabla"),
    *(r"\subset", r"\subseteq", r"\cup", r"\cap", r"\wedge", r"\vee", r"\land", r"\lor", r"\neg", r"\perp", r"\ominus"),
    *(r"\boxplus", r"\boxtimes", r"\setminus", r"\ltimes", r"\rtimes", r"\iint", r"\oint", r"\bigcup", r"\bigcap"),
}
FRACTIONS = {r"\frac", r"\dfrac", r"\tfrac", r"\cfrac", r"\nicefrac", r"\sfrac"}
DIVIDES = {"/", r"\oslash", r"\div"}
ACCENTS = {r"\tilde": "tilde", r"\widetilde": "tilde", r"\hat": "hat", r"\widehat": "hat", r"\bar": "bar",
            r"\overline": "bar", r"\dot": "dot", r"\check": "check", r"\vec": "", r"\underline": "",
            r"\underlined": "under",
           r"\breve": "breve", r"\acute": "acute", r"\grave": "grave", r"\mathring": "ring",
           r"\overrightarrow": "right", r"\overleftarrow": "left"}  # fmt: skip
OPERATORS = {"E", "P", "V", "D"}  # expectation, probability and variance, where \\mathbb is around them
SCRIPTS = {r"\mathcal": "cal_", r"\mathscr": "cal_", r"\mathfrak": "frak_"}  # letters that are others in them
FONTS = {r"\mathbf", r"\bm", r"\boldsymbol", r"\mathit", r"\mathsf", r"\bf", r"\pmb", r"\vect", r"\mathbb",
          r"\ensuremath", r"\mathnormal", r"\textbf", r"\bold"}  # fmt: skip
WORDY = {r"\mathrm", r"\text", r"\textrm", r"\operatorname", r"\operatorname*", r"\mathtt", r"\textit", r"\textsc",
          r"\mbox", r"\texttt", r"\textup", r"\textnormal", r"\rm", r"\mathop"}  # fmt: skip
OUTER = r"\outerproduct"  # ⊗ where the text says that it is one, which nobody types
TIMES = {r"\odot": "⊙", r"\circ": "⊙", "*": "*", r"\ast": "*", r"\cdot": "·", r"\times": "×", r"\otimes": "⊙",
         r"\bullet": "⊙", OUTER: "⊗", r"\star": "*", r"\bigodot": "⊙", r"\bigotimes": "⊙",
         r"\bigcirc": "⊙"}  # fmt: skip
#: Signs that mean several things, and what they are taken for.
SAID = {OUTER: "⊗ is the outer product, as the text says: a ⊗ b is a b^T",
        r"\oplus": "⊕ joins vectors, one below the other", r"\otimes": "⊗ is the elementwise product",
        r"\bigotimes": "⊗ is the elementwise product", r"\bullet": "• is the elementwise product",
        r"\bigcirc": "◯ is the elementwise product"}  # fmt: skip
JOINS = {r"\oplus", r"\Vert", r"\|", r"\frown", r"\smallfrown", r"\concat", ";", r"\mid"}
RELATIONS = {"<": "<", ">": ">", r"\le": "≤", r"\leq": "≤", r"\ge": "≥", r"\geq": "≥", r"\lt": "<", r"\gt": ">",
              r"\in": "∈"}  # fmt: skip
RELATION_CLASSES = {
    "<": sympy.StrictLessThan,
    ">": sympy.StrictGreaterThan,
    "≤": sympy.LessThan,
    "≥": sympy.GreaterThan,
    "=": sympy.Eq,
}
MATRICES = {"bmatrix", "pmatrix", "matrix", "array", "smallmatrix", "vmatrix", "Bmatrix"}
CLOSING = {"+", "-", "−", "=", ",", ")", "]", "}", ";", ":", "&", r"\}", r"\rangle", r"\rvert", r"\rbrace", r"\rfloor",
           "^", "_"}  # fmt: skip
GREEK = re.compile(r"\\(?:var)?([A-Za-z]+)$")
CALLED = {"phi", "psi", "varphi", "tau", "f", "g", "rho", "sigma", "F", "G", "Phi", "Psi", "h", "kappa", "theta",
          "Theta"}  # fmt: skip
