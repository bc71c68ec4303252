"""One file, one verdict: an init is given the same, and judged the same, by the page and by the command."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.answers.answer import answer
from core.answers.base import Moments
from core.check.checking import check
from core.code.command_line import parse
from core.code.operator_files import import_files
from core.code.signatures import GIVEN
from core.questions.theory import GetVerdict, ModelVerdict
from core.recipe.recipe import Recipe
from core.recipe.steps import FileInit
from core.replaying.replay import StepError, replay, replayed
from tests.code.two_doors import INITS, KNOWS_THE_BLOCK, MODEL, NAMES, STRING_NAMES, STRINGS

EXAMPLES = Path(__file__).parents[2] / "examples"


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
    """The verdict that the page shows, or the sentence, and what the page says beside it that the init was given."""
    files = import_files(parse(["--model", model, "--init", init]))
    if files.complaints:
        return files.complaints[0]
    (own,), (function,) = files.models, files.inits
    built = Recipe(own.name, seed)
    recipe = built.then(FileInit(function.name, function.applies_to, seed=built.next_seed()))
    try:
        done = replayed(recipe)
    except StepError as error:
        return f"{error.reason}; {function.called} was given {GIVEN[function.applies_to]}"
    verdict = answer(GetVerdict(), Moments(recipe, replay(recipe.prefix(0)), done.model, done.outcomes, done.seen))
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
