"""Random models and inits whose names are those of the script around them: Hypothesis strategies."""

from hypothesis import strategies as st

from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Source, Step
from tests.recipes import replayed_quietly, seeds, steps

#: Names that the lines of a script use, Python's, and torch's.
NAMES = (
    *("X", "y", "_", "w", "m", "name", "parameter", "optimizer", "init", "net", "batch_", "copy", "fnmatchcase"),
    *("random", "numpy", "math", "F", "nn", "torch", "model_code", "init_code", "X_", "name_", "Linear", "LayerNorm"),
    *("type", "range", "abs", "sum", "print", "getattr", "setattr", "exec", "float", "my_init"),
)
#: What binds a name at a text's top level, and an expression of a number by it.
_BINDINGS = (
    ("{name} = {number}", "{name}"),
    ("def {name}(x={number}):\n    return x", "{name}()"),
    ("class {name}:\n    value = {number}", "{name}.value"),
    ("for {name} in [{number}]:\n    pass", "{name}"),
    ("if (other_{name} := {number}):\n    {name} = other_{name}", "{name}"),
    ("import math as {name}", "{name}.pi"),
    ("from math import e as {name}", "{name}"),
    ("from random import random as {name}", "{name}()"),
    ("import numpy.random as {name}", "{name}.rand()"),
    ("def set_{name}():\n    global {name}\n    {name} = {number}\n\n\nset_{name}()", "{name}"),
)
_KEYS = ("0", "1", "7", "10", "00", "a", "weight", "in put", "class", "a-b", "größe", "_", "None", "X")
_LAYERS = (
    "t_.nn.Linear(3, 3)",
    "t_.nn.Linear(3, 3, bias=False)",
    "t_.nn.Sequential(t_.nn.Linear(9, 9), t_.nn.Tanh(), t_.nn.Linear(3, 3), t_.nn.Linear(3, 3))[2:]",
    "t_.nn.Sequential(t_.nn.Linear(3, 3), t_.nn.LayerNorm(3), Own())",
    "t_.nn.BatchNorm1d(3, affine=False)",
    "t_.nn.Sequential(t_.nn.BatchNorm1d(3), t_.nn.LayerNorm(3, elementwise_affine=False), t_.nn.LayerNorm(3))",
    "t_.nn.utils.weight_norm(t_.nn.Linear(3, 3))",
    "t_.nn.ModuleDict({'0': t_.nn.Linear(3, 3), 'a b': t_.nn.Linear(3, 3)})",
    "Own()",
)
_MODEL = """
import torch as t_
{bindings}


class Own(t_.nn.Module):
    def __init__(self):
        t_.nn.Module.__init__(self)
        self.weight = t_.nn.Parameter(t_.ones(3))
        self.register_buffer("4", t_.zeros(3))
        self.register_buffer("un saved", t_.zeros(3), persistent=False)

    def forward(self, x):
        return x * self.weight


Own.__name__ = {own_name!r}


class {entry}(t_.nn.Module):
    def __init__(self):
        t_.nn.Module.__init__(self)
{layers}

    def forward(self, x):
        for child in self.children():
            for layer in child.values() if hasattr(child, "values") else [child]:
                x = layer(x)
        return 0.1 * x * {factor}


def batch(size):
    return t_.rand(size, 3), t_.rand(size, 3)


def loss(output, target):
    return ((output - target) ** 2).mean()
"""
_INITS: tuple[tuple[str, str], ...] = (
    ("modules", "def {function}(place):\n    for p in place.parameters(recurse=False):\n        p.data *= {factor}"),
    ("modules", "def {function}(place):\n    place.register_forward_hook(lambda module, x, out: out * {factor})"),
    ("tensors", "def {function}(place):\n    place += sum([0.1, abs(-0.1)]) * {factor}"),
    ("tensors", "def {function}(place):\n    place.copy_(F.softsign(place) * math.pi)\n    nn.init.normal_(place)"),
    ("net", "def {function}(place):\n    for p in place.parameters():\n        p.data += {factor}"),
    ("statements", "for p in net.parameters():\n    p.data += 0.1 * {factor}"),
)


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    """A model, and up to six steps of every kind that it can carry out."""
    recipe = draw(models())
    net = replayed_quietly(recipe)
    assert net is not None, "a model of these parts can be built"
    for _ in range(draw(st.integers(1, 6))):
        extended = recipe.then(draw(st.one_of(inits(), steps(net), steps(net))))
        if (changed := replayed_quietly(extended)) is not None:
            recipe, net = extended, changed
    return recipe


@st.composite
def models(draw: st.DrawFn) -> Recipe:
    """Model code that binds names in every way, and whose modules bear every kind of name."""
    entry = draw(st.sampled_from(("Net", "X", "name", "Linear", "init", "net")))
    bound = draw(_bindings(frozenset({entry, "float"})))
    keys = draw(st.lists(st.sampled_from(_KEYS), min_size=1, max_size=4, unique=True))
    parts = [draw(st.sampled_from(_LAYERS[:4])), *(draw(st.sampled_from(_LAYERS)) for _ in keys[1:])]  # one has weights
    layers = [f"        self.add_module({key!r}, {part})" for key, part in zip(keys, parts, strict=True)]
    code = _MODEL.format(
        bindings="\n\n\n".join(line for line, _ in bound),
        own_name=draw(st.sampled_from(("Own", "LayerNorm", "Linear", "BatchNorm1d"))),
        entry=entry,
        layers="\n".join(layers),
        factor=_product(bound),
    )
    return Recipe("code", draw(seeds), source=Source(code, entry))


@st.composite
def inits(draw: st.DrawFn) -> Step:
    """Init code of every style that binds such names, and may leave a hook that uses them."""
    applies_to, body = draw(st.sampled_from(_INITS))
    function = draw(st.sampled_from(("my_init", "init", "X", "name", "type", "batch", "print")))
    own = {"net", "F", "nn", "math", "sum", "abs", "torch", function}
    bound = draw(_bindings(frozenset(own)))
    code = "\n\n\n".join([*(line for line, _ in bound), body.format(function=function, factor=_product(bound))])
    called = function if applies_to != "statements" else ""
    return Custom(code, called, applies_to, "", draw(seeds))  # type: ignore[arg-type]  # one of its words


def _bindings(without: frozenset[str]) -> st.SearchStrategy[list[tuple[str, str]]]:
    """A few lines that bind different names, each with what it gives."""
    names = st.lists(st.sampled_from([name for name in NAMES if name not in without]), max_size=4, unique=True)
    kinds, numbers = st.sampled_from(_BINDINGS), st.sampled_from(("0.5", "1.5", "2.0"))

    def bound(names: list[str]) -> st.SearchStrategy[list[tuple[str, str]]]:
        each = [
            st.builds(
                lambda kind, number, name=name: tuple(part.format(name=name, number=number) for part in kind),
                kinds,
                numbers,
            )
            for name in names
        ]
        return st.tuples(*each).map(list)

    return names.flatmap(bound)


def _product(bound: list[tuple[str, str]]) -> str:
    return " * ".join(["1.0", *(f"({expression})" for _, expression in bound)])
