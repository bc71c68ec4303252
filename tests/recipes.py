"""Random recipes that replay, over every model of the catalog: Hypothesis strategies.

A step is drawn for the model as the steps before it left it, and one that the model refuses is dropped by trying it.
"""

import functools
import warnings

import torch
from hypothesis import strategies as st
from torch import nn
from torch.nn.parameter import is_lazy

from core.code.reading import read
from core.module.walk import named_modules, named_tensors
from core.recipe import edit_formula
from core.recipe.arguments import Argument
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.schemes.scheme import Option, Value
from core.recipe.schemes.table import SCHEMES
from core.recipe.steps import Custom, Edit, Forward, Initialize, OneTensor, Pattern, Step, Subtree, Tie, Train, Untie
from core.replaying.replay import StepError, replay

MAX_STEPS = 6
#: Bounds that keep a drawn model small; other arguments keep their defaults' order of magnitude.
_SMALL = {"d_model": (2, 4, 6, 8, 12), "n_head": (1, 2), "num_classes": (2, 3, 5), "in_channels": (1, 2)}

seeds = st.one_of(st.integers(0, 20), st.integers(0, 2**63 - 1))
numbers = st.one_of(st.integers(-9, 9), st.floats(-1e3, 1e3, allow_nan=False).filter(lambda x: "e" not in repr(x)))


@st.composite
def recipes(draw: st.DrawFn, model: str) -> Recipe:
    """A recipe of that model with up to MAX_STEPS steps, every one of which can be carried out."""
    recipe = _started(draw, model)
    net = replayed_quietly(recipe)
    assert net is not None, "a model without steps can always be built"
    wanted = draw(st.sampled_from(range(1, MAX_STEPS + 1)))
    for _ in range(3 * wanted):
        if len(recipe.steps) == wanted:
            break
        extended = recipe.then(draw(steps(net)))
        if (changed := replayed_quietly(extended)) is not None:
            recipe, net = extended, changed
    return recipe


def replayed_quietly(recipe: Recipe) -> nn.Module | None:
    """The model, or None where a step is refused; torch's warnings (a std of one value) are not the recipe's fault."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return replay(recipe)
        except StepError:
            return None


def _started(draw: st.DrawFn, model: str) -> Recipe:
    arguments = {argument.name: draw(_argument(argument)) for argument in MODELS[model].arguments}
    if model.endswith("mlp") and draw(st.booleans()):  # square layers can be tied
        arguments |= {name: 3 for name, value in arguments.items() if isinstance(value, int)}
    return Recipe(model, draw(seeds), arguments=tuple(arguments.items()))


def _argument(argument: Argument) -> st.SearchStrategy[int | str]:
    if argument.choices:
        return st.sampled_from(argument.choices)
    if argument.name in _SMALL:
        return st.sampled_from(_SMALL[argument.name])
    assert argument.low is not None
    assert argument.high is not None
    return st.integers(argument.low, min(argument.high, argument.low + 6))


def steps(net: nn.Module) -> st.SearchStrategy[Step]:
    """A step of any kind with names that `net` has; it may still be refused."""
    forward = st.builds(Forward, seeds)
    if any(is_lazy(parameter) for parameter in net.parameters()):
        return st.one_of(forward, initializations(net), ties(net))
    kinds: tuple[st.SearchStrategy[Step], ...] = (
        *(initializations(net),) * 3,
        *(edits(net),) * 3,
        customs(net),
        *(ties(net),) * 2,
        st.builds(Untie, st.sampled_from(_second_names(net) or ["0"])),
        forward,
        st.builds(
            Train,
            st.integers(1, 3),
            st.sampled_from((0.001, 0.1, 0.5, 3.0)),
            seeds,
            st.sampled_from(("sgd", "momentum", "adam")),
        ),
    )
    return st.sampled_from(kinds).flatmap(lambda kind: kind)


#: A function of modules, of tensors and of the net, and statements; each draws, from one stream or another.
CODES = (
    "def draw(m):\n    for p in m.parameters(recurse=False):\n        nn.init.normal_(p, std=math.pi)",
    "def shift_(w, by=0.5):\n    w += by * torch.rand_like(w)",
    "def smooth(net):\n    for p in net.parameters():\n        p.data = F.softsign(p.data) * torch.randn(())",
    "for name, p in net.named_parameters():\n    if p.dim() > 1:\n        torch.nn.init.orthogonal_(p)",
    "import numpy as np\ndef by_numpy_(w):\n    w.copy_(torch.from_numpy(np.random.standard_normal(tuple(w.shape))))",
    "from random import gauss\nfor p in net.parameters():\n    nn.init.constant_(p, gauss(0, 1))",
)


def customs(net: nn.Module) -> st.SearchStrategy[Custom]:
    """Code of every kind, on the net or a part of it."""
    roots = st.sampled_from(["", *(here.name for here in named_modules(net))])

    def custom(code: str, root: str, seed: int) -> Custom:
        reading = read(code)
        return Custom(code, reading.function, reading.applies_to, root if reading.function else "", seed)

    return st.builds(custom, st.sampled_from(CODES), roots, seeds)


def edits(net: nn.Module) -> st.SearchStrategy[Edit]:
    """A random formula on a parameter or buffer."""
    return st.sampled_from(named_tensors(net)).flatmap(
        lambda entry: st.builds(Edit, st.just(entry.name), formulas(_shape(entry.tensor)))
    )


def ties(net: nn.Module) -> st.SearchStrategy[Tie]:
    """Two parameters of one shape, or two modules of one type and equal shapes, where there are any."""
    alike: dict[object, list[str]] = {}
    for entry in named_tensors(net):
        if entry.kind == "parameter":
            alike.setdefault(_shape(entry.tensor), []).append(entry.name)
    for here in named_modules(net):
        shapes = tuple((below.name, _shape(below.tensor)) for below in named_tensors(here.module))
        alike.setdefault((type(here.module), shapes), []).append(here.name)
    several = [names for names in alike.values() if len(names) > 1] or [["0.weight", "2.weight"]]
    return st.sampled_from(several).flatmap(
        lambda names: st.permutations(names).map(lambda order: Tie(order[0], order[1]))
    )


def _second_names(net: nn.Module) -> list[str]:
    """Second names of tensors and modules, so that ties are undone often."""
    first: set[int] = set()
    names = []
    for name, thing in [(here.name, here.module) for here in named_modules(net)] + [
        (entry.name, entry.tensor) for entry in named_tensors(net)
    ]:
        if id(thing) in first:
            names.append(name)
        first.add(id(thing))
    return names


def _shape(tensor: torch.Tensor) -> tuple[int, ...]:
    return () if is_lazy(tensor) else tuple(tensor.shape)


@st.composite
def initializations(draw: st.DrawFn, net: nn.Module) -> Initialize:
    """Any scheme with any options, in any kind of place."""
    scheme = SCHEMES[draw(st.sampled_from(list(SCHEMES)))]
    options = {option.name: draw(_option(option)) for option in scheme.options if draw(st.booleans())}
    if scheme.name in ("uniform", "trunc_normal"):
        low, width = draw(st.floats(-5, 5)), draw(st.floats(0.01, 10))
        options |= {"a": low, "b": low + width}
    if scheme.name == "trunc_normal":  # far outside the bounds torch redraws for ever
        std = draw(st.floats(0.3, 10))
        options |= {"std": std, "mean": draw(st.floats(low - std, low + width + std))}
    return Initialize(scheme.name, draw(places(net)), tuple(options.items()), draw(seeds))


def _option(option: Option) -> st.SearchStrategy[Value]:
    if option.choices:
        return st.sampled_from(option.choices)
    if isinstance(option.default, int):
        return st.integers(1, 4)
    assert option.low is not None
    assert option.high is not None
    return st.floats(max(option.low, -1e3), min(option.high, 1e3), allow_nan=False)


def places(net: nn.Module) -> st.SearchStrategy[Subtree | Pattern | OneTensor]:
    """Subtrees by root, type and parameter; shell patterns; single tensors."""
    modules, tensors = list(named_modules(net)), [name for name, _ in net.named_parameters(remove_duplicate=False)]
    types = [type(here.module).__name__ for here in modules]
    own = [name.rpartition(".")[2] for name in tensors]
    subtrees = st.builds(
        Subtree,
        st.sampled_from(["", *(here.name for here in modules)]),
        st.sampled_from(["", *types]),
        st.sampled_from(["weight", "bias", "*", "weight*", "[bw]*", "?????*", *own]),
    )
    tensor = st.sampled_from(tensors)
    patterns = st.one_of(
        st.sampled_from(["*", "*.weight", "*.bias", "?.*", "[!0]*", "blocks.*.weight", "*w*"]),
        tensor,
        tensor.map(lambda name: f"{name[: len(name) // 2]}*"),
        tensor.map(lambda name: f"*{name[1:]}"),
    )
    return st.one_of(subtrees, st.builds(Pattern, patterns), st.builds(OneTensor, tensor))


@st.composite
def formulas(draw: st.DrawFn, shape: tuple[int, ...]) -> str:
    """One to three assignments of the grammar to a tensor of that shape; torch may still refuse to compute one."""
    return draw(st.sampled_from(("\n", "; "))).join(
        draw(_assignments(shape)) for _ in range(draw(st.sampled_from((1, 1, 2, 3))))
    )


@st.composite
def _assignments(draw: st.DrawFn, shape: tuple[int, ...]) -> str:
    target = draw(st.one_of(st.just("w"), _slices(shape)))
    operator = draw(st.sampled_from(("=", "+=", "-=", "*=", "/=", "//=", "%=", "**=")))
    return f"{target} {operator} {draw(_expressions(shape))}"


@functools.cache  # building a strategy takes longer than drawing from it
def _expressions(shape: tuple[int, ...]) -> st.SearchStrategy[str]:
    """Numbers as a rule; sometimes a condition, which is 0 or 1."""
    # A negative number needs its parentheses: Python reads -2 ** w as -(2 ** w).
    literal = numbers.map(lambda number: f"({number!r})" if number < 0 else repr(number))
    plain = st.one_of(literal, st.sampled_from(edit_formula.CONSTANTS))
    tensor = st.one_of(st.just("w"), _slices(shape))
    number = st.recursive(st.one_of(tensor, tensor, plain), _compounds, max_leaves=4)
    condition = st.recursive(_comparisons(number), _connected, max_leaves=2)
    clamped = st.builds("clamp(w, {}, {})".format, literal, literal)
    chosen = st.builds("where({}, {}, {})".format, _comparisons(st.just("w")), number, st.one_of(st.just("w"), literal))
    return st.one_of(number, number, condition, clamped, chosen)


def _compounds(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(("+", "-", "*", "/", "//", "%", "**")), inner),
        st.builds("(-{})".format, inner),
        st.builds("{}({})".format, st.sampled_from(edit_formula.NUMBER_FUNCTIONS), inner),
        st.builds("{}(w)".format, st.sampled_from(("sign", "mean", "std"))),
    )


def _comparisons(number: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds("({} {} {})".format, number, st.sampled_from(("<", "<=", ">", ">=", "==", "!=")), number)


def _connected(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    both = st.builds("({} {} {})".format, inner, st.sampled_from("&|"), inner)
    return st.one_of(both, st.builds("(~{})".format, inner))


@st.composite
def _slices(draw: st.DrawFn, shape: tuple[int, ...]) -> str:
    """`w[...]` with whole numbers and slices that mostly lie within `shape`."""
    if not shape:
        return "w[...]"
    parts = [draw(_index(size)) for size in shape[: draw(st.integers(1, len(shape)))]]
    if draw(st.integers(0, 4)) == 0:
        parts[-1] = "..."
    return f"w[{', '.join(parts)}]"


@st.composite
def _index(draw: st.DrawFn, size: int) -> str:
    whole = st.integers(-size, max(0, size - 1))
    if draw(st.booleans()):
        return str(draw(whole))
    lower, upper = (draw(st.one_of(st.just(""), whole.map(str))) for _ in range(2))
    step = draw(st.sampled_from(("", ":", ":1", ":2", ":3")))
    return f"{lower}:{upper}{step}"
