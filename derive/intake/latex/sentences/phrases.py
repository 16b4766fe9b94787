"""The words with which a text says plainly what a function or a number is. Words stand without hyphens; phrases are
parted by bars."""

from __future__ import annotations

import re
from collections.abc import Iterable


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    """The longer ones first."""
    return tuple(sorted((tuple(phrase.split()) for phrase in text.split("|")), key=len, reverse=True))


#: Functions by their words, written as one.
FUNCTIONS = {
    "sigmoid": "sigmoid", "logisticsigmoid": "sigmoid", "sigmoidlogistic": "sigmoid", "logistic": "sigmoid",
    "tanh": "tanh", "hyperbolictangent": "tanh", "tangenthyperbolic": "tanh",
    "hardsigmoid": "hard_sigmoid", "hardtanh": "hardtanh", "hardhyperbolictangent": "hardtanh",
    "logsigmoid": "logsigmoid", "tanhshrink": "tanhshrink",
    "relu": "relu", "rectifier": "relu", "rectifiedlinear": "relu", "rectifiedlinearunit": "relu", "relu6": "relu6",
    "leakyrelu": "leaky_relu", "leakyrectifiedlinear": "leaky_relu", "leakyrectifiedlinearunit": "leaky_relu",
    "softmax": "softmax", "softplus": "softplus", "softsign": "softsign", "mish": "mish", "identity": "identity",
    "swish": "silu", "silu": "silu", "hardswish": "hardswish", "sigmoidlinearunit": "silu",
    "gelu": "gelu", "gaussianerrorlinearunit": "gelu", "elu": "elu", "exponentiallinearunit": "elu",
    "selu": "selu", "scaledexponentiallinearunit": "selu", "celu": "celu",
}  # fmt: skip
LONGEST_NAME = 4  # words
#: Words that speak of a function, whichever it is; without hyphens.
MENTION = re.compile(
    r"tanh|sigmoid|sigmoïd|relu|hyperboli|logistic|softm|softp|softs|swish|silu|gelu|^[sc]?elu$|^mish$|identity|identität"
    r"|^identité|rectif|heaviside|functio|funktion|fonction|activation|aktivierung|nonlinear|transfer|squash|函数"
)
#: A part of the name of a function, and not only of a function of any kind.
PART_OF_NAME = re.compile(
    r"tanh|sigmoid|sigmoïd|relu|hyperboli|logistic|soft(?:m|p|s)|swish|silu|elu$|^mish$|identit|rectif"
)
#: Words for functions of any kind, and what may stand before and after a name without another meaning.
NOUNS = _words(
    "activation activations function functions nonlinearity nonlinearities transfer squashing unit units map"
    " operator activationfunction activationfunctions 函数 激活函数 funktion aktivierungsfunktion fonction"
)
ADJECTIVES = _words(
    "usual standard wellknown common familiar classical ordinary nonlinear elementwise pointwise componentwise"
    " unitwise coordinatewise entrywise channelwise new network cell hidden state gate gating gates candidate input"
    " output recurrent recurrence and"
)
#: Those of them that may stand for any function.
OF_ANYTHING = NOUNS - _words("unit units map operator")
#: Words that say of what a function is spoken of that it is no function.
OF_MATRICES = _words(
    "matrix matrices vector vectors weight weights bias biases parameter parameters layer layers number"
)
#: Parts of the name of a function as programs write it, torch.nn.functional.relu.
MODULES = _words("torch nn functional f np numpy jnp jax tf keras activations math")
ARTICLES = _words("a an the our both die la le une eine")
LINKS = _phrases(
    "is|are|denotes|denote|being|represents|represent|means|mean|stands for|stand for|refers to|designates"
    "|indicates|is defined as|are defined as|is defined to be|is given by|are given by|is chosen to be"
    "|are chosen to be|is chosen as|are chosen as|is taken to be|are taken to be|is taken as|is set to|are set to"
    "|is parameterized as|is parametrized as|is computed as|are computed as"
    "|is fixed to|are fixed to|defaults to|default to|as|=|:|–|—|--|-|是|为|ist|est|désigne|bezeichnet"
)
#: Those of one letter, whatever stands before it: "at time t, σ is".
SINGULAR = _words("is denotes represents means designates refers")
#: Between the link and what is named.
HERE = _phrases(
    "here|again|always|simply|just|in this paper|in this work|in our case|generally and in this paper|namely|i.e"
    "|that is|given by|chosen to be|taken to be|set to|the original is a|the original is an|the original is the"
)
HEDGES = _phrases(
    "e.g|for example|for instance|such as|typically|usually|often|commonly|normally|generally|by default|like|say"
    "|mostly"
)
#: After what is named: nothing else is said by them.
TAILS = _phrases(
    "applied elementwise|applied componentwise|applied pointwise|applied coordinatewise|applied unitwise"
    "|applied to each element|applied to each component|applied to each unit|is applied elementwise|elementwise"
    "|pointwise|componentwise|throughout|throughout the paper|throughout this paper"
    "|throughout this work|in all experiments|in all our experiments|in all of our experiments|in all runs"
    "|in all cases|in our experiments|in this paper|in this work|everywhere|as usual|defined as|given by"
    "|defined by|i.e|that is"
)
#: What a function is for, of which it says nothing.
ROLES = _words(
    "gate gates cell hidden state states input output update reset forget candidate layer encoder activation"
)
#: Words after an "and" that do not begin to speak of something else.
GOES_ON = _words(
    "it its which that this these those they them then both either or but not scaled twice half times plus minus"
    " also sometimes usually otherwise so where clipped shifted e.g i.e"
)
#: What a letter of a number is called.
QUANTITIES = _words(
    "constant fixed scalar scalarvalued positive real hyperparameter hyper parameter coefficient factor number"
    " value step size time stepsize timestep leak leaking leakage leaky decay rate forgetting mixing smoothing"
    " scaling small damping discretization discretisation integration threshold slope momentum temperature"
    " interpolation mixture regularization"
)
IS_SET = _phrases(
    "set to|fixed to|fixed at|equal to|kept at|held at|set to be|fixed to be|set equal to|of value|with value"
    "|with the value|equals|takes the value|is set to|is fixed to|is fixed at|is equal to|we set to|we fix to"
    "|which is set to|which is fixed to|which we set to|that is set to"
)
#: Words of a heading before a colon.
HEADINGS = _words("notation notations symbols definitions note where here")
#: Functions that have a number of their own.
WITH_NUMBERS = _words("leaky_relu elu celu softplus")
#: Before a letter, from where a clause begins.
OPENINGS = _phrases(
    "where|with|and|while|here|let|in which|wherein|again|also|finally|throughout|where here|where again|where the"
    "|with the|in this paper|in this work|in what follows|in the following|in our experiments|in all experiments"
    "|in all our experiments|as usual|as before|we set|we fix|we use|we choose|we take|and set|and use"
    "|using|where as usual|其中|we write|we define|i.e|that is|let us write"
    "|in our model|in our network|in our cell|in this model|in this network"
)
#: Words before a letter, in whose sentence only a case is spoken of, or something else.
SCOPE = _words(
    "if when whenever unless unlike suppose supposing assume assuming imagine contrast instead replacing replaced"
    " replace rather compared contrary setting letting taking choosing substituting case cases limit special"
    " recover recovers reduces reduce would could might example instance ablation baseline variant variants"
    " otherwise previous previously originally earlier except without neither nor not never no whereas although"
    " though than alternatively wenn falls si lorsque"
)
#: With which a sentence of a case begins, unless it is one of the openings.
CASES = _words("for with in at under as by to since because while from of on even given once besides")
#: Words between which and a letter stands the name of the function that it is.
USES = _words("using use uses by through via apply applies with and where")
KINDS = {"scalar": "scalar", "scalars": "scalar", "vector": "vector", "vectors": "vector", "diagonal": "diagonal"}
OF_KIND = _words(
    "gate gates coefficient coefficients parameter parameters constant constants weight weights factor factors"
    " value values number numbers matrix matrices hyperparameter hyperparameters bias biases 矩阵 衰减矩阵"
)
#: Words before which, and after which, a kind is that of something else.
NOT_OF_KIND = _words(
    "of to by from for with in on per or not no neither nor than rather instead that which over times between"
    " multiplied added norm length product multiple multiples products function functions field"
)

#: Words after a kind that go on behind what the letter is called.
AFTER_KIND = _words(
    "of in with for that which to whose and so shared learned per where while controlling initialized is are"
)


def starts(phrases: Iterable[tuple[str, ...]], words: tuple[str, ...]) -> int:
    """How many words the longest phrase has with which the words begin; 0 for none."""
    return next((len(p) for p in phrases if words[: len(p)] == p), 0)
