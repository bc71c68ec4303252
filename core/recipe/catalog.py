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
from .arguments import Argument, valid
from .checkpoint_name import digest_of, file_of, shown_digits
from .own_files import OwnCheckpoint, OwnModel, Takes
from .steps import Forward, Initialize, Step, Subtree


@dataclass(frozen=True)
class Model:
    """A model of the catalog.

    Attributes:
        name: of its file and its builder; title: for people; arguments: what the builder takes.
        teaches: one sentence that says what to look for.
        opening: an example of what can be done to it; the first screen greets with the first model's.
        expects: what its constructor draws beyond its modules' defaults, in the words of `core.recipe.expects`.
        is_net, takes: as for `OwnModel`; checkpoint: of one that is no code but tensors in a file.
    """

    name: str
    title: str
    teaches: str
    arguments: tuple[Argument, ...]
    opening: tuple[Step, ...]
    expects: str = ""
    is_net: bool = False
    checkpoint: OwnCheckpoint | None = None
    takes: Takes = "one"


#: The name of a model that is not here: its recipe holds its source.
CODE = "code"
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


def register(models: Iterable[OwnModel], checkpoints: Iterable[OwnCheckpoint] = ()) -> None:
    """Make exactly these own models known; a model that stays known is never missing for another thread."""
    given = {model.name: _own_model(model) for model in models}
    given |= {each.name: Model(each.name, each.title, each.about, (), (), checkpoint=each) for each in checkpoints}
    _own.update(given)
    for gone in _own.keys() - given.keys():
        del _own[gone]


def _own_model(model: OwnModel) -> Model:
    arguments = tuple(Argument(a.name, a.default, choices=a.choices) for a in model.arguments)
    return Model(
        model.name,
        model.name,
        model.about or "A model of your own.",
        arguments,
        (),
        is_net=model.is_net,
        takes=model.takes,
    )


def known() -> dict[str, Model]:
    """The operator's own models and the catalog's, by name."""
    return _own | MODELS


def first() -> str:
    """The model that a session opens with: the operator's first, else the catalog's."""
    return next(iter(known()))


def is_own(name: str) -> bool:
    """Whether a model is the code of a file of the operator's."""
    return name in _own and not digest_of(name)


def is_checkpoint(name: str) -> bool:
    """Whether a model is the tensors of a file, be it here or not."""
    return bool(digest_of(name))


def checkpoint(name: str) -> OwnCheckpoint | None:
    """The checkpoint of that name that is here, under whatever file name: its SHA-256 decides."""
    wanted = digest_of(name)
    return next((each.checkpoint for each in _own.values() if wanted and digest_of(each.name) == wanted), None)


def entry(name: str) -> Model:
    """The model of that name as it is listed; of a checkpoint that is not here, what its name tells."""
    if not is_checkpoint(name):
        return known()[name]
    held = checkpoint(name)
    if held is None:
        title = f"{file_of(name)} (not here, SHA-256 {shown_digits(name)})"
        return Model(name, title, "Its file was not given to this Paramscope, or changed.", (), ())
    return Model(name, held.title, held.about, (), (), checkpoint=held)


def resolve(name: str, given: Mapping[str, object]) -> dict[str, bool | int | float | str]:
    """All arguments of a model in the catalog's order: those given, and the defaults of the others.

    Raises:
        ValueError: unknown model or argument, or a value of the wrong type or out of range, in one sentence.
    """
    taken = () if name == CODE or is_checkpoint(name) else _known(name).arguments
    arguments = {argument.name: argument for argument in taken}
    for key in given:
        if key not in arguments:
            raise ValueError(f"{name} has no argument {short(key)}; it takes {', '.join(arguments) or 'none'}")
    return {
        key: valid(name, argument, given[key]) if key in given else argument.default
        for key, argument in arguments.items()
    }


@cache
def source(name: str) -> str:
    """The text of a model's file, of a checkpoint `containers`, without its docstring, for the top of a script."""
    core = Path(__file__).parents[1]
    path = core / "checkpoint/containers.py" if is_checkpoint(name) else core / "models" / f"{_known(name).name}.py"
    text = path.read_text(encoding="utf-8")
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
