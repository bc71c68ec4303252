"""A scheme is one entry: its record alone gives it a formula, a promise, a word, code, a refusal and a headline."""

import dataclasses
import inspect
from collections.abc import Mapping

import pytest
import torch
from torch import nn

from core.answers.answer import answer
from core.answers.base import Moments
from core.questions.theory import GetGallery
from core.recipe import expectations, expects
from core.recipe.expectations import ByScheme
from core.recipe.headlines import headline
from core.recipe.recipe import Recipe
from core.recipe.schemes.promise import Exactly
from core.recipe.schemes.scheme import Option, Value
from core.recipe.schemes.table import SCHEMES, call_code, promise_of, resolve_options
from core.recipe.steps import Initialize, OneTensor
from core.replaying.initializing import initialize, refusal
from core.replaying.replay import replay
from core.theory.identify import identify
from core.theory.verdict import verdict

SHAPES = ((), (7,), (64, 48), (48, 64), (16, 12, 5), (16, 12, 3, 5), (12, 4, 2, 3, 2), (6, 6))
every_scheme = pytest.mark.parametrize("scheme", SCHEMES)


def some_values(option: Option) -> list[Value]:
    if option.choices:
        return list(option.choices)
    return [1, 2, 3] if isinstance(option.default, int) else [float(option.default), float(option.default) + 0.25]


def some_options(scheme: str) -> list[dict[str, Value]]:
    """The defaults, each option changed by itself, and what people give."""
    own = SCHEMES[scheme]
    changed = [{option.name: value} for option in own.options for value in some_values(option)]
    return [resolve_options(scheme, given) for given in ({}, *changed, *own.usual)]


def drawn(scheme: str, options: dict[str, Value], shape: tuple[int, ...], seed: int = 5) -> torch.Tensor:
    torch.manual_seed(seed)
    tensor = torch.full(shape, 7.0)
    initialize(tensor, scheme, options)
    return tensor


@every_scheme
def test_has_a_formula_a_source_and_a_use(scheme: str) -> None:
    own = SCHEMES[scheme]
    assert own.name == scheme
    assert all(text.strip() for text in (own.title, own.formula, own.source, own.use))


@every_scheme
def test_promises_what_torch_draws(scheme: str) -> None:
    fitted = 0
    for shape in SHAPES:
        for options in some_options(scheme):
            tensor = torch.empty(shape)
            if refusal(tensor, scheme, options) is None:
                fitted += 1
                promise = promise_of(scheme, options, shape)
                assert promise.algebra
                found = verdict(drawn(scheme, options, shape), promise)
                assert found.kind in ("consistent", "cannot tell"), (shape, options, found.sentence)
    assert fitted


@every_scheme
def test_refuses_where_torch_refuses_and_names_itself_or_the_shape(scheme: str) -> None:
    for shape in SHAPES:
        for options in some_options(scheme):
            if refusal(torch.empty(shape), scheme, options) is not None:
                with pytest.raises(ValueError, match=rf"{scheme}|shape"):
                    promise_of(scheme, options, shape)


@every_scheme
@pytest.mark.parametrize("value", [-3.0, 0.5, 3.0])
@pytest.mark.filterwarnings("ignore:mean is more than 2 std")
def test_options_that_torch_refuses_are_refused(scheme: str, value: float) -> None:
    for option in SCHEMES[scheme].options:
        if isinstance(option.default, float):
            options = {**resolve_options(scheme, {}), option.name: value}
            try:
                exec(call_code(scheme, tuple(options.items()), "w"), {"nn": nn, "w": torch.empty(6, 6)})
            except (ValueError, RuntimeError, IndexError):
                with pytest.raises(ValueError, match=rf"{scheme} is|{scheme} needs"):
                    resolve_options(scheme, {option.name: value})


@every_scheme
def test_has_a_word_that_means_it_in_text_and_in_code(scheme: str) -> None:
    word = getattr(expects, scheme)
    assert word() == ByScheme(scheme, tuple(resolve_options(scheme, {}).items()))
    assert expects.parse(f"{scheme}()") == expects.expectations(word())
    assert inspect.getdoc(word)


def test_words_are_imported_by_name_and_others_are_not() -> None:
    names: dict[str, object] = {}
    exec("from core.recipe.expects import normal, lecun_normal, kept, mixture", names)
    assert names["normal"] is expectations.WORDS["normal"]
    with pytest.raises(ImportError, match="he_normal"):
        exec("from core.recipe.expects import he_normal", {})


@every_scheme
def test_has_code_that_draws_the_same_bytes_where_there_is_only_torch(scheme: str) -> None:
    for shape in SHAPES:
        for options in some_options(scheme):
            if refusal(torch.empty(shape), scheme, options) is not None:
                continue
            alone: dict[str, object] = {}
            code = call_code(scheme, tuple(options.items()), "w")
            exec(
                f"import torch\nfrom torch import nn\nw = torch.full({shape}, 7.0)\ntorch.manual_seed(5)\n{code}", alone
            )
            theirs = alone["w"]
            assert isinstance(theirs, torch.Tensor)
            assert theirs.numpy().tobytes() == drawn(scheme, options, shape).numpy().tobytes()


@every_scheme
def test_is_told_from_every_other_in_a_list_of_steps(scheme: str) -> None:
    lines = {name: headline(Initialize(name, OneTensor("0.weight"))) for name in SCHEMES}
    assert [name for name, line in lines.items() if line == lines[scheme]] == [scheme]


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
@every_scheme
def test_is_recognized_and_stands_in_the_gallery(scheme: str) -> None:
    name, recipe = ("0.weight", Recipe("lenet")) if scheme == "dirac" else ("0.weight", Recipe("mlp"))
    usual: Mapping[str, Value] = next(iter(SCHEMES[scheme].usual), {"val": 3.0})
    step = Initialize(scheme, OneTensor(name), tuple(usual.items()))
    recipe = recipe.then(step)
    model = replay(recipe)
    found = identify(model, name)
    code = call_code(scheme, step.options, "w")
    (own,) = (each for each in found.candidates if code in each.code.split(" = "))
    assert own.kind in ("consistent", "cannot tell")
    gallery = answer(GetGallery(name), Moments(recipe, model, model, ()))
    assert [draw.scheme for draw in gallery.draws] == list(SCHEMES)


def test_lecun_normal_is_kaiming_normal_with_a_gain_of_1() -> None:
    assert nn.init.calculate_gain("linear") == 1
    assert call_code("lecun_normal", (), "w") == "nn.init.kaiming_normal_(w, nonlinearity='linear')"
    w = drawn("lecun_normal", {}, (400, 300))
    assert float(w.std()) == pytest.approx(300**-0.5, rel=0.01)
    kaiming = resolve_options("kaiming_normal", {"nonlinearity": "linear"})
    assert torch.equal(w, drawn("kaiming_normal", kaiming, (400, 300)))


def test_a_new_entry_is_all_that_a_scheme_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not computed from SCHEMES when it is asked for is computed from it when its module is imported."""
    sevens = dataclasses.replace(
        SCHEMES["constant"], name="sevens", options=(), torch_name="constant_", fixed=(("val", 7.0),),
        promise=lambda shape: promise_of("constant", {"val": 7.0}, shape),
    )  # fmt: skip
    monkeypatch.setitem(SCHEMES, "sevens", sevens)
    step = Initialize("sevens", OneTensor("0.weight"))
    assert torch.equal(replay(Recipe("mlp", steps=(step,))).get_parameter("0.weight"), torch.full((8, 4), 7.0))
    assert promise_of("sevens", {}, (8, 4)).structure == Exactly("constant", 7.0)
    assert call_code("sevens", (), "w") == "nn.init.constant_(w, val=7.0)"
    assert headline(step) == "sevens on net[0].weight"
