"""One file, one verdict: an init is given the same, and judged the same, by the page and by the command."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.answers.answer import answer
from core.answers.base import Moments
from core.check.checking import check
from core.code.command_line import parse
from core.code.operator_files import import_files
from core.questions.theory import GetVerdict, ModelVerdict
from core.recipe.recipe import Recipe
from core.recipe.steps import FileInit
from core.replaying.replay import StepError, replay, replayed

EXAMPLES = Path(__file__).parents[2] / "examples"
MODEL = """
from torch import nn

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.norm = nn.Linear(30, 40), nn.LayerNorm(40)

def build():
    tied = nn.Sequential(nn.Embedding(50, 30), Block(), nn.Linear(40, 30), nn.Linear(30, 50))
    tied[3].weight = tied[0].weight
    return tied

def biasless():
    return nn.Sequential(nn.Linear(30, 40, bias=False), nn.Linear(40, 30, bias=False))

layer = nn.Linear(40, 30)
"""
INITS = """
import functools
import torch
from torch import nn
from torch.nn import Parameter
from torch.nn.init import xavier_uniform_

def of_modules(m):
    if isinstance(m, nn.Linear):
        nn.init.normal_(m.weight, 0, 0.02)

def of_annotated_modules(m: nn.Module):
    of_modules(m)

def of_modules_called_x(x: nn.Module):
    of_modules(x)

def of_a_net(net):
    for name, parameter in net.named_parameters():
        if name.endswith("weight"):
            nn.init.normal_(parameter, 0, 0.02)

def of_a_model(model: nn.Module):
    of_a_net(model)

def of_w(w):
    nn.init.normal_(w, 0, 0.02)

def by_its_name_(it):
    nn.init.normal_(it, 0, 0.02)

def of_tensors(it: torch.Tensor):
    nn.init.normal_(it, 0, 0.02)

def of_parameters(it: Parameter):
    nn.init.normal_(it, 0, 0.02)

def of_tensors_in_quotes(it: "torch.Tensor"):
    nn.init.normal_(it, 0, 0.02)

def of_a_list(m: nn.ParameterList):
    of_modules(m)

def with_defaults(m, std=0.02, *more, mean=0, **options):
    if isinstance(m, nn.Linear):
        nn.init.normal_(m.weight, mean, std)

def all_default(m=None):
    of_modules(m)

def any_number(*modules):
    of_modules(*modules)

def with_std(std, m):
    with_defaults(m, std)

partial = functools.partial(with_std, 0.02)
partial_by_word = functools.partial(of_tensors, it=3)
of_lambda = lambda w: nn.init.normal_(w, 0, 0.02)
lambda_of_modules = lambda m: of_modules(m)

class Drawing:
    def __init__(self, std):
        self.std = std

    def __call__(self, m):
        with_defaults(m, self.std)

drawing = Drawing(0.02)

class Unready:
    def __call__(self, m):
        of_modules(m)

def through_data(m):
    if isinstance(m, nn.Linear):
        m.weight.data[:] = torch.randn_like(m.weight) * 0.02

def through_numpy(m):
    if isinstance(m, nn.Linear):
        m.weight.detach().numpy()[:] = 0.02

def writes_what_is_there(m):
    if isinstance(m, nn.Linear):
        with torch.no_grad():
            m.weight.copy_(m.weight.clone())

def biases_too(m):
    if isinstance(m, nn.Linear):
        nn.init.normal_(m.weight, 0, 0.02)
        nn.init.zeros_(m.bias)

biases_too.expects = {"*.bias": zeros(), "*.weight": normal(0, 0.02)}

def forgets_biases(m):
    of_modules(m)

forgets_biases.expects = biases_too.expects

def declares_norms_apart(m):
    biases_too(m)

declares_norms_apart.expects = {"*norm.*": default(), "*.bias": zeros(), "*.weight": normal(0, 0.02)}

def misjudged(m):
    biases_too(m)

misjudged.expects = {"*": normal(0, 0.5)}

def draws_with_numpy(w):
    import numpy, random
    w.data[:] = torch.from_numpy(numpy.random.normal(random.random(), 0.02, tuple(w.shape)))

def in_place_with_gradients(m):
    if isinstance(m, nn.Linear):
        m.weight.mul_(2)

def empty_error(m):
    raise RuntimeError

def blank_error(m):
    raise RuntimeError("\\n\\nx")

class Unreadable(Exception):
    def __str__(self):
        raise ValueError

def unreadable_error(m):
    raise Unreadable

def replaces(m):
    if isinstance(m, nn.Linear):
        m.weight = nn.Parameter(torch.zeros(3, 3))

async def later(m):
    of_modules(m)

def two(m, n):
    of_modules(m)

number = 3
a_layer = nn.Linear(3, 3)
"""
STRINGS = """
from __future__ import annotations
import torch
from torch import nn

expects = normal(0, 0.02)

def of_tensors(it: torch.Tensor):
    nn.init.normal_(it, 0, 0.02)

def of_parameters(it: nn.Parameter | None):
    nn.init.normal_(it, 0, 0.02)

def of_modules(w: nn.Module):
    if isinstance(w, nn.Linear):
        nn.init.normal_(w.weight, 0, 0.02)
"""
#: Imports the model's own class from the file that builds it: both must be one class.
KNOWS_THE_BLOCK = """
from torch import nn
from two_doors_model import Block

def init(m):
    if isinstance(m, Block):
        nn.init.normal_(m.linear.weight, 0, 0.02)
"""
NAMES = [line.partition(" ")[2].partition("(")[0] for line in INITS.splitlines() if line.startswith("def ")]
NAMES += ["later", "partial", "partial_by_word", "of_lambda", "lambda_of_modules", "drawing", "Drawing", "Unready"]
NAMES += ["number", "a_layer", "missing", "xavier_uniform_"]
STRING_NAMES = ["of_tensors", "of_parameters", "of_modules"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    here = tmp_path_factory.mktemp("doors")
    for name, text in (
        ("two_doors_model.py", MODEL),
        ("inits.py", INITS),
        ("strings.py", STRINGS),
        ("knows.py", KNOWS_THE_BLOCK),
    ):
        (here / name).write_text(text, encoding="utf-8")
    return here


@pytest.fixture(autouse=True)
def no_files_left() -> Iterator[None]:
    yield
    import_files(())


def by_the_page(model: str, init: str, seed: int) -> ModelVerdict | str:
    """The verdict that the page shows, or the sentence."""
    files = import_files(parse(["--model", model, "--init", init]))
    if files.complaints:
        return files.complaints[0]
    (own,), (function,) = files.models, files.inits
    recipe = Recipe(own.name, seed, (FileInit(function.name, function.applies_to, seed=seed),))
    try:
        done = replayed(recipe)
    except StepError as error:
        return error.reason
    verdict = answer(GetVerdict(), Moments(recipe, replay(recipe.prefix(0)), done.model, done.outcomes))
    assert isinstance(verdict, ModelVerdict)
    return verdict


def by_the_command(model: str, init: str, seed: int) -> ModelVerdict | str:
    """The verdict that the command prints, or the sentence."""
    try:
        return check(model, init, seed)
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize(
    ("model", "init"),
    [
        *(("two_doors_model.py:build", f"inits.py:{name}") for name in NAMES),
        *(("two_doors_model.py:build", f"strings.py:{name}") for name in STRING_NAMES),
        ("two_doors_model.py:biasless", "inits.py:xavier_uniform_"),
        ("two_doors_model.py:layer", "inits.py:of_modules"),
        ("two_doors_model.py:build", "knows.py:init"),
    ],
)
def test_a_file_gets_one_verdict(model: str, init: str, folder: Path) -> None:
    page = by_the_page(f"{folder}/{model}", f"{folder}/{init}", 0)
    assert by_the_command(f"{folder}/{model}", f"{folder}/{init}", 0) == page


@pytest.mark.parametrize(("file", "init"), [("resnet.py", "zero_gamma"), ("transformer.py", "scaled_residual")])
def test_an_example_gets_one_verdict(file: str, init: str) -> None:
    page = by_the_page(f"{EXAMPLES}/{file}:build", f"{EXAMPLES}/{file}:{init}", 0)
    assert isinstance(page, ModelVerdict)
    assert by_the_command(f"{EXAMPLES}/{file}:build", f"{EXAMPLES}/{file}:{init}", 0) == page


def touched(init: str, folder: Path) -> set[str]:
    """The tensors that are no longer as their modules draw them, by what the command says of their sources."""
    verdict = check(f"{folder}/two_doors_model.py:build", f"{folder}/{init}", 0)
    return {row.name for row in verdict.rows if "step 1" in row.source}


WEIGHTS = {"1.linear.weight", "2.weight", "0.weight"}
EVERY_WEIGHT = {*WEIGHTS, "1.norm.weight"}
EVERYTHING = {*EVERY_WEIGHT, "1.linear.bias", "1.norm.bias", "2.bias", "3.bias"}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("of_modules", "of_annotated_modules", "of_modules_called_x", "of_a_list", "with_defaults"), WEIGHTS),
        (("all_default", "any_number", "partial", "lambda_of_modules", "drawing", "through_data"), WEIGHTS),
        (("through_numpy", "writes_what_is_there"), WEIGHTS),
        (("of_a_net", "of_a_model"), EVERY_WEIGHT),
        (("of_w", "by_its_name_", "of_tensors", "of_parameters", "of_tensors_in_quotes", "of_lambda"), EVERYTHING),
    ],
)
def test_what_a_function_is_given_follows_from_how_it_is_written(
    names: tuple[str, ...], expected: set[str], folder: Path
) -> None:
    for name in names:
        assert touched(f"inits.py:{name}", folder) == expected, name


def test_what_a_mapping_declares_by_name_is_held_to_it_touched_or_not(folder: Path) -> None:
    model = f"{folder}/two_doors_model.py:build"
    forgotten = check(model, f"{folder}/inits.py:forgets_biases", 0)
    kinds = {row.name: row.verdict.kind for row in forgotten.rows}
    assert (kinds["2.weight"], kinds["2.bias"], kinds["1.linear.bias"]) == ("consistent", "violates", "violates")
    apart = check(model, f"{folder}/inits.py:declares_norms_apart", 0)
    assert apart.kind == "consistent"
