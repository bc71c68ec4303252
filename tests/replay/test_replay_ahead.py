"""A replay begun ahead and gone on with gives the bytes of one from the start, and elsewhere it is not used."""

import dataclasses

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from core.engine.pool import Span, _before_code
from core.engine.residents import Residents
from core.engine.sparing import Sparing
from core.engine.worker import opened
from core.questions.model import GetOverview
from core.questions.tensor import GetCards
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Initialize, Source, Train
from core.replay.replay import StepError, replay, replayed, replayed_ahead
from tests.custom import GOOD, good
from tests.engines import engine_from, shared_zygote
from tests.processes import comes_true
from tests.recipes import recipes
from tests.sameness import assert_same

DRAW = Custom(GOOD, "my_init", "modules", seed=4)
DRAWN = Recipe("mlp", 3, (Initialize("normal"), DRAW))


def tensors(model: nn.Module) -> dict[str, bytes]:
    """Bytes of everything that has any, by name."""
    return {
        name: tensor.detach().contiguous().numpy().tobytes()
        for name, tensor in model.state_dict(keep_vars=True).items()
        if not nn.parameter.is_lazy(tensor)
    }


@pytest.mark.filterwarnings("ignore")  # a std of one value
@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_recipe_gone_on_with_from_any_moment_gives_the_same_bytes(model: str, data: st.DataObject) -> None:
    recipe = data.draw(recipes(model))
    ahead, before = (data.draw(st.integers(0, len(recipe.steps))) for _ in range(2))
    found = replayed(recipe, before, replayed_ahead(recipe.prefix(ahead)))
    assert tensors(found.model) == tensors(replay(recipe))
    if found.earlier is not None:
        assert tensors(found.earlier) == tensors(replay(recipe.prefix(before)))
    plain = replayed(recipe, before)
    for outcome, expected in zip(found.outcomes, plain.outcomes, strict=True):
        run, wanted = (each.run and dataclasses.replace(each.run, seconds=0.0) for each in (outcome, expected))
        assert_same(run, wanted)
        assert_same(outcome.losses, expected.losses)


def test_the_model_made_ahead_is_the_one_gone_on_with_and_its_copy_the_one_before() -> None:
    begun = replayed_ahead(DRAWN.prefix(1))
    moments = opened(DRAWN.to_json(), 1, 2, begun)
    assert (moments.after, moments.before) == (begun.model, begun.copied)
    assert tensors(moments.before) != tensors(moments.after)


@pytest.mark.parametrize(
    "other",
    [
        dataclasses.replace(DRAWN, seed=4),
        dataclasses.replace(DRAWN, arguments=(("hidden", 5),)),
        Recipe("mlp", 3, (Initialize("zeros"), DRAW)),
        DRAWN.prefix(0),
    ],
)
def test_of_another_recipe_it_is_not_gone_on_with(other: Recipe) -> None:
    begun = replayed_ahead(DRAWN.prefix(1))
    kept = tensors(begun.model)
    assert tensors(replayed(other, 0, begun).model) == tensors(replay(other))
    assert tensors(begun.model) == kept


def test_code_that_fails_is_told_at_its_step() -> None:
    failing = DRAWN.prefix(1).then(Custom("net[7]", "", "statements"))
    with pytest.raises(StepError, match=r"^step 2 cannot be carried out: line 1: IndexError"):
        opened(failing.to_json(), 1, 2, replayed_ahead(DRAWN.prefix(1)))


@pytest.mark.parametrize(
    ("recipe", "steps"),
    [
        (DRAWN, 1),
        (DRAWN.then(DRAW).then(Initialize("zeros")), 1),
        (Recipe("mlp", steps=(Train(5), DRAW)), 0),
        (Recipe("mlp", steps=(Initialize("zeros"),)), 1),
    ],
)
def test_ahead_are_carried_out_only_quick_steps_before_any_code(recipe: Recipe, steps: int) -> None:
    where_code_runs = Residents(shared_zygote(), 1, runs_code=True)
    span = Span(recipe, 0, len(recipe.steps))
    assert _before_code(span, where_code_runs) == recipe.prefix(steps)
    assert _before_code(span, Residents(shared_zygote(), 1)) is None
    written = Recipe("code", source=Source("def build():\n    return nn.Linear(2, 2)", "build"))
    assert _before_code(Span(written, 0, 0), where_code_runs) is None


def test_a_worker_in_hand_with_the_net_built_answers_as_a_fresh_one() -> None:
    request = GetCards(("0.weight", "2.bias"))
    with engine_from(shared_zygote(), cache_bytes=0) as plain:
        expected = plain.ask(good(2), request)
    sparing = Sparing(shared_zygote())
    with engine_from(sparing, cache_bytes=0) as engine:
        engine.ask(good(1), GetOverview())
        assert comes_true(lambda: True in sparing._spares, 30)
        assert sparing._expected == Recipe("mlp")
        spare = sparing._spares[True].pid
        assert_same(engine.ask(good(2), request), expected)
        assert engine._code.workers()[-1].pid == spare
    sparing._let_go()
