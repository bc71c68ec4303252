"""The models a recipe can name: what each teaches and the arguments it takes, without importing torch.

A new model is one file in `core/models`, with `<name>`, `batch` and `loss`, and one entry in `MODELS`.
"""

import ast
import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from ..text import short
from .own_files import OwnModel, Takes
from .steps import Forward, Initialize, Step, Subtree


@dataclass(frozen=True)
class Argument:
    """An argument of a builder: a number from `low` to `high`, a flag, or a word (one of `choices`, if any)."""

    name: str
    default: bool | int | float | str
    low: int | None = None
    high: int | None = None
    choices: tuple[str, ...] = ()
    help: str = ""


@dataclass(frozen=True)
class Model:
    """A model of the catalog.

    Attributes:
        name: of its file and its builder; title: for people; arguments: what the builder takes.
        teaches: one sentence that says what to look for.
        opening: an example of what can be done to it; the first screen greets with the first model's.
        expects: what its constructor draws beyond its modules' defaults, in the words of `core.recipe.expects`.
        is_net, takes: as for `OwnModel`.
    """

    name: str
    title: str
    teaches: str
    arguments: tuple[Argument, ...]
    opening: tuple[Step, ...]
    expects: str = ""
    is_net: bool = False
    takes: Takes = "one"


#: The name of a model that is not here: its recipe holds its source.
CODE = "code"
_LONGEST = 200  # characters of an argument that is any word
_MLP_ARGUMENTS = (
    Argument("n_in", 4, 1, 512, help="Input features"),
    Argument("hidden", 8, 1, 1024, help="Hidden units"),
    Argument("n_out", 1, 1, 512, help="Output features"),
)


def _draw(scheme: str, module_type: str, parameter: str = "weight", root: str = "", seed: int = 1) -> Initialize:
    return Initialize(scheme, Subtree(root, module_type, parameter), seed=seed)


MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Model(
            "mlp",
            "MLP from the lesson",
            "Two linear layers hold 49 parameters, and the names jump from 0 to 2: ReLU has none.",
            _MLP_ARGUMENTS,
            (_draw("xavier_uniform", "Linear", root="0"),),
        ),
        Model(
            "rgnet",
            "Nested blocks (rgnet)",
            "After 8 ReLU layers under torch's default initialization the outputs of different inputs differ "
            "by about 0.00002: the signal has died.",
            (Argument("blocks", 4, 1, 32, help="Blocks of two linear layers and two ReLUs"),),
            (_draw("kaiming_uniform", "Linear"),),
        ),
        Model(
            "shared_mlp",
            "MLP with a shared layer",
            "Layers 2 and 4 are one module: 121 parameters, although adding up the state dict gives 193.",
            _MLP_ARGUMENTS,
            (_draw("xavier_uniform", "Linear"),),
        ),
        Model(
            "lenet",
            "LeNet-5",
            "Of 61,706 parameters 48,120 sit in the first linear layer, and the first convolution's gradient "
            "is thousands of times smaller than the last layer's: a sigmoid passes on a quarter at most.",
            (
                Argument("num_classes", 10, 2, 1000, help="Classes"),
                Argument("in_channels", 1, 1, 16, help="Image channels"),
            ),
            (_draw("kaiming_normal", "Conv2d"),),
        ),
        Model(
            "deep_mlp",
            "Deep MLP",
            "Compare activations and schemes by what is left of the signal after 8 layers: with torch's "
            "defaults and sigmoid the outputs differ by about 0.00000003.",
            (
                Argument("depth", 8, 1, 64, help="Hidden layers"),
                Argument("width", 32, 1, 512, help="Units in every layer, and input features"),
                Argument("activation", "relu", choices=("relu", "tanh", "sigmoid", "gelu"), help="After each layer"),
            ),
            (_draw("kaiming_normal", "Linear"),),
        ),
        Model(
            "gpt",
            "Small GPT",
            "`head.weight` is `tok_emb.weight`, drawn from N(0, 1) as embeddings are, so the first loss is "
            "about 21, where guessing would give ln 64 = 4.16.",
            (
                Argument("n_layer", 2, 1, 6, help="Blocks"),
                Argument("n_head", 2, 1, 16, help="Attention heads in every block; must divide d_model"),
                Argument("d_model", 32, 1, 512, help="Width of the stream"),
                Argument("vocab", 64, 2, 2048, help="Different tokens"),
                Argument("context", 16, 1, 128, help="Tokens in a row"),
            ),
            (_draw("orthogonal", "Linear"),),
            expects='{"tok_emb.weight": normal(0, 1)}',
        ),
        Model(
            "lstm",
            "LSTM classifier",
            "`lstm.weight_ih_l0` stacks the weights of 4 gates in 4 × hidden rows, and the layer's 2 biases "
            "always get the same gradient.",
            (
                Argument("vocab", 64, 2, 4096, help="Different tokens"),
                Argument("d_embed", 16, 1, 256, help="Width of the embedding"),
                Argument("hidden", 16, 1, 512, help="Hidden units"),
                Argument("layers", 1, 1, 4, help="LSTM layers"),
                Argument("classes", 4, 2, 1000, help="Classes"),
            ),
            (_draw("orthogonal", "LSTM", "weight_hh*"),),
        ),
        Model(
            "autoencoder",
            "Autoencoder, tied weights",
            "`encoder.weight` has one name and two uses: its 64 values encode, and transposed they decode.",
            (
                Argument("n_in", 16, 1, 1024, help="Input features"),
                Argument("hidden", 4, 1, 512, help="Width of the code"),
            ),
            (_draw("orthogonal", "Linear"),),
            expects='{"decoder_bias": zeros()}',
        ),
        Model(
            "lazy_mlp",
            "Lazy MLP",
            "All 4 tensors are without a shape until the first forward pass, and an initialization before it "
            "finds no nn.Linear to change.",
            _MLP_ARGUMENTS,
            (Forward(seed=1), _draw("xavier_uniform", "Linear", seed=2)),
        ),
    )
}


#: The operator's own models, by name: known once whoever imported them has said what they are.
_own: dict[str, Model] = {}


def register(models: Iterable[OwnModel]) -> None:
    """Make exactly these own models known; a model that stays known is never missing for another thread."""
    given = {model.name: _own_model(model) for model in models}
    _own.update(given)
    for gone in _own.keys() - given.keys():
        del _own[gone]


def _own_model(model: OwnModel) -> Model:
    arguments = tuple(Argument(a.name, a.default, choices=a.choices) for a in model.arguments)
    about = model.about or "A model of your own."
    return Model(model.name, model.name, about, arguments, (), is_net=model.is_net, takes=model.takes)


def known() -> dict[str, Model]:
    """The operator's own models and the catalog's, by name."""
    return _own | MODELS


def first() -> str:
    """The model that a session opens with: the operator's first, else the catalog's."""
    return next(iter(known()))


def is_own(name: str) -> bool:
    """Whether a model is the operator's."""
    return name in _own


def resolve(name: str, given: Mapping[str, object]) -> dict[str, bool | int | float | str]:
    """All arguments of a model in the catalog's order: those given, and the defaults of the others.

    Raises:
        ValueError: unknown model or argument, or a value of the wrong type or out of range, in one sentence.
    """
    arguments = {} if name == CODE else {argument.name: argument for argument in _known(name).arguments}
    for key in given:
        if key not in arguments:
            raise ValueError(f"{name} has no argument {short(key)}; it takes {', '.join(arguments) or 'none'}")
    return {
        key: _valid(name, argument, given[key]) if key in given else argument.default
        for key, argument in arguments.items()
    }


@cache
def source(name: str) -> str:
    """The text of a model's file without its docstring, ready to stand at the top of a script."""
    _known(name)
    text = (Path(__file__).parents[1] / "models" / f"{name}.py").read_text(encoding="utf-8")
    docstring = ast.parse(text).body[0]
    return "\n".join(text.splitlines()[docstring.end_lineno :]).strip() + "\n"


def module(name: str) -> ModuleType:
    """The Python module of a model, with its builder, `batch` and `loss`; this is where torch is imported."""
    return importlib.import_module(f"..models.{_known(name).name}", __package__)


def builder(name: str) -> Callable[..., Any]:
    """The function that builds a model, an nn.Module, from its arguments."""
    build: Callable[..., Any] = getattr(module(name), name)
    return build


def _known(name: str) -> Model:
    models = known()
    if name not in models:
        way_out = f"start Paramscope with --model {name}" if ".py:" in name else f"choose one of {', '.join(models)}"
        raise ValueError(f"there is no model {short(name)}; {way_out}")
    return models[name]


def _valid(model: str, argument: Argument, value: object) -> bool | int | float | str:
    what = f"{argument.name} of {model}"
    if isinstance(argument.default, bool | float) or (isinstance(argument.default, str) and not argument.choices):
        return _valid_own(what, argument, value)
    if argument.choices:
        if isinstance(value, str) and value in argument.choices:
            return value
        raise ValueError(f"{what} cannot be {short(value)}; choose one of {', '.join(argument.choices)}")
    if type(value) is not int:  # a bool is an int to isinstance
        raise ValueError(f"{what} is an integer, not {short(value)}; choose one {_range(argument)}")
    if (argument.low is not None and value < argument.low) or (argument.high is not None and value > argument.high):
        raise ValueError(f"{what} cannot be {short(value)}; choose an integer {_range(argument)}")
    return value


def _valid_own(what: str, argument: Argument, value: object) -> bool | int | float | str:
    """Kinds of arguments that only the operator's models have."""
    kind = type(argument.default)
    if kind is float and type(value) in (int, float):
        return float(str(value))
    if type(value) is not kind:
        raise ValueError(f"{what} cannot be {short(value)}; it needs a {kind.__name__} such as {argument.default!r}")
    if isinstance(value, str) and len(value) > _LONGEST:
        raise ValueError(f"{what} has {len(value)} characters, more than {_LONGEST}; choose a shorter one")
    assert isinstance(value, bool | str), "the kinds that are left"  # noqa: S101 (for the checker)
    return value


def _range(argument: Argument) -> str:
    return "of your liking" if argument.low is None else f"from {argument.low} to {argument.high}"
