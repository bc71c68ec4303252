"""A model measured apart from its code is the model to the last bit, whatever is asked that does not run it."""

import itertools
import json
import warnings
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.answers.base import ElsewhereError, Moments
from core.engine.channel import pack, unpack
from core.engine.span import Span
from core.module.tying import tied_groups
from core.module.walk import named_modules, named_tensors
from core.questions.base import Request
from core.questions.model import File, Overview
from core.recipe.catalog import CODE, MODELS
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Edit, Forward, Initialize, OneTensor, Source, Subtree, Tie, Train, Untie
from core.replaying import apart as replaying_apart
from tests.engine.asked import answered_here, questions
from tests.recipes import recipes
from tests.replaying.apart import apart, together
from tests.replaying.left_by_code import LEAVING, SOURCES
from tests.sameness import assert_same

#: After such code torch trains no more, or refuses to.
UNTRAINABLE = ("a class of its own", "a lazy layer", "a module twice", "another module", "an expanded tensor")


def ends(recipe: Recipe) -> list[Span]:
    """Every pair of moments."""
    moments = range(len(recipe.steps) + 1)
    return [Span(recipe, before, after) for before, after in itertools.product(moments, moments)]


def assert_one_model(ours: Moments, whole: Moments) -> None:
    """Every question that runs no model has one answer; nor do types, flags and ties differ."""
    assert [group.names for group in tied_groups(ours.after)] == [group.names for group in tied_groups(whole.after)]
    for one, other in zip(named_modules(ours.after), named_modules(whole.after), strict=True):
        assert (one.name, type(one.module).__name__) == (other.name, type(other.module).__name__)
        assert one.module.training == other.module.training
    for entry, other_entry in zip(named_tensors(ours.after), named_tensors(whole.after), strict=True):
        assert entry.tensor.is_leaf or not other_entry.tensor.is_leaf
    for request in questions(whole):
        if not request.runs_model:
            assert_same(comparable(answer(request, ours)), comparable(answer(request, whole)), str(request))


def answer(request: Request[object], moments: Moments) -> object:
    try:
        return answered_here(request, moments)
    except ArithmeticError as error:  # of numbers beyond a float's reach: here and there alike
        return type(error)


def comparable(value: object) -> object:
    """An answer without what may differ: the time a run took, where code runs, the order of a file's metadata."""
    if isinstance(value, Overview):
        arrived: Overview = unpack(Overview, *pack(value))  # made plain
        runs = [replace(each, run=each.run and replace(each.run, seconds=0.0)) for each in arrived.outcomes]
        return replace(arrived, outcomes=tuple(runs), runs_own_code=False)
    if isinstance(value, File):
        content = value.content.tobytes()
        length = int.from_bytes(content[:8], "little")
        return json.loads(content[8 : 8 + length]), content[8 + length :], value.note
    return value


def running(code: str) -> Custom:
    return Custom(code, "", "statements", seed=3)


class TestAModelMeasuredApart:
    @pytest.mark.parametrize("code", LEAVING.values(), ids=LEAVING)
    def test_is_what_code_left_of_a_model_of_the_catalog(self, code: str) -> None:
        recipe = Recipe("mlp", 5, (Initialize("normal", Subtree(), seed=1), running(code)))
        for span in ends(recipe):
            if span.reached.runs_code:
                assert_one_model(apart(span), together(span))

    @pytest.mark.parametrize("code", LEAVING.values(), ids=LEAVING)
    def test_goes_on_from_there_by_itself(self, code: str) -> None:
        steps = running(code), Initialize("xavier_normal", OneTensor("2.weight"), seed=2), Edit("2.bias", "w[0] = 2.5")
        span = Span(Recipe("mlp", 5, steps), 1, 3)
        assert_one_model(apart(span), together(span))

    @pytest.mark.parametrize("code", [code for what, code in LEAVING.items() if what not in UNTRAINABLE])
    def test_trains_on_as_torch_would_and_runs_as_it_would(self, code: str) -> None:
        span = Span(Recipe("mlp", 5, (running(code), Train(3, 0.1, 2))), 1, 2)
        ours, whole = apart(span), together(span)
        assert_one_model(ours, whole)
        for request in questions(whole):
            if not ours.runs_elsewhere:
                assert_same(comparable(answer(request, ours)), comparable(answer(request, whole)), str(request))

    @pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
    def test_is_what_a_models_own_code_built(self, source: str) -> None:
        entry = "Net" if "class Net" in source else "build"
        recipe = Recipe(CODE, 5, source=Source(source, entry))
        for span in ends(recipe):
            assert_one_model(apart(span), together(span))

    def test_takes_forward_and_training_steps_of_a_models_own_code_from_there(self) -> None:
        steps = Forward(1), Train(3, 0.1, 2), Initialize("normal", OneTensor("p")), Train(2, 0.1, 4), Untie("b.weight")
        recipe = Recipe(CODE, 5, source=Source(SOURCES["a class"], "Net"), steps=steps)
        for span in ends(recipe):
            assert_one_model(apart(span), together(span))

    def test_trains_by_itself_where_code_left_nothing_that_runs(self) -> None:
        steps = running(LEAVING["values"]), Train(3, 0.1, 2), running("net[0].weight.data *= 2"), Train(2, 0.1, 1)
        recipe = Recipe("lstm", 5, (steps[0], *steps[1:2], running("net.lstm.weight_ih_l0.data *= 2"), steps[3]))
        for span in ends(recipe):
            if span.reached.runs_code:
                assert_one_model(apart(span), together(span))

    def test_keeps_a_hooks_part_in_training(self) -> None:
        steps = running(LEAVING["a hook"]), Train(3, 0.1, 2)
        span = Span(Recipe("mlp", 5, steps), 1, 2)
        assert_one_model(apart(span), together(span))

    @pytest.mark.parametrize("model", MODELS)
    def test_is_one_of_every_model(self, model: str) -> None:
        code = running("for p in net.parameters():\n    if not nn.parameter.is_lazy(p): p.data.uniform_(-1, 1)")
        recipe = Recipe(model, 5, (*MODELS[model].opening, code, *((Forward(2),) if model == "lazy_mlp" else ())))
        span = Span(recipe, 0, len(recipe.steps))
        assert_one_model(apart(span), together(span))

    @pytest.mark.parametrize("model", ["mlp", "shared_mlp", "autoencoder", "lenet"])
    @given(data=st.data())
    @settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
    def test_is_one_of_every_recipe(self, model: str, data: st.DataObject) -> None:
        recipe = data.draw(recipes(model))
        span = Span(recipe, data.draw(st.integers(0, len(recipe.steps))), len(recipe.steps))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's, as of the std of one value
            if span.reached.runs_code:
                assert_one_model(apart(span), together(span))


@pytest.mark.parametrize("code", ["net[0].bias.data += 1", "torch.empty_like(net[0].bias); net[0].bias.data += 1"])
def test_looking_for_lost_writes_moves_nothing(code: str) -> None:
    source = "def build(): return nn.Sequential(nn.utils.parametrizations.spectral_norm(nn.Linear(3, 2)))"
    recipe = Recipe(CODE, 5, source=Source(source, "build"), steps=(running(code),))
    built, left = (dict(together(Span(recipe, n, n)).after.named_buffers()) for n in (0, 1))
    assert built
    assert all(bool((left[name] == buffer).all()) for name, buffer in built.items())
    assert [name for name, _ in apart(Span(recipe, 0, 1)).outcomes[0].touched] == ["0.bias"]


class TestBytesThatNobodyReads:
    """Of a large model, only the bytes of the moments that are looked at are handed over."""

    @pytest.mark.parametrize("source", ["a class", "torch's layers"])
    @pytest.mark.parametrize(
        "steps",
        [
            (running("next(net.parameters()).data.mul_(2)"),),
            (running("net.train()"), running("next(net.parameters()).data.mul_(2)")),
        ],
        ids=["a step", "two steps"],
    )
    def test_are_not_taken_for_zeros(
        self, source: str, steps: tuple[Custom, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(replaying_apart, "_FEW", -1)
        entry = "Net" if "class Net" in SOURCES[source] else "build"
        for span in ends(Recipe(CODE, 5, source=Source(SOURCES[source], entry), steps=steps)):
            assert_one_model(apart(span), together(span))


class TestAQuestionThatRunsAModelsOwnCode:
    def test_is_answered_elsewhere(self) -> None:
        recipe = Recipe(CODE, 5, source=Source(SOURCES["a class"], "Net"))
        moments = apart(Span(recipe, 0, 0))
        asked = [request for request in questions(moments) if request.runs_model]
        assert asked
        for request in asked:
            with pytest.raises(ElsewhereError):
                answer(request, moments)

    def test_is_answered_here_where_code_only_changed_values(self) -> None:
        span = Span(Recipe("shared_mlp", 5, (running(LEAVING["values"]), Tie("0.weight", "2.weight"))[:1]), 0, 1)
        ours, whole = apart(span), together(span)
        for request in questions(whole):
            assert_same(comparable(answer(request, ours)), comparable(answer(request, whole)), str(request))
