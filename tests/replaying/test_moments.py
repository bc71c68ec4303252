"""The model before a step: the copy that one replay makes on its way has the bytes of a replay that stops there."""

import dataclasses

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from core.engine.worker import opened
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Initialize
from core.replaying.replay import StepError, replay, replayed
from tests.custom import GOOD
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
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_recipe_gives_the_same_bytes_whichever_moment_is_copied_on_the_way(model: str, data: st.DataObject) -> None:
    recipe = data.draw(recipes(model))
    earlier = data.draw(st.integers(0, len(recipe.steps)))
    plain, copying = replayed(recipe), replayed(recipe, earlier)
    assert tensors(copying.model) == tensors(plain.model)
    if copying.earlier is not None:
        assert tensors(copying.earlier) == tensors(replay(recipe.prefix(earlier)))
    for outcome, expected in zip(copying.outcomes, plain.outcomes, strict=True):
        run, wanted = (each.run and dataclasses.replace(each.run, seconds=0.0) for each in (outcome, expected))
        assert_same(run, wanted)
        assert_same(outcome.losses, expected.losses)


def test_the_moment_before_code_is_not_changed_by_it() -> None:
    moments = opened(DRAWN.to_json(), 1, 2)
    assert tensors(moments.before) == tensors(replay(DRAWN.prefix(1)))
    assert tensors(moments.after) == tensors(replay(DRAWN)) != tensors(moments.before)


def test_one_moment_asked_for_twice_is_one_model() -> None:
    moments = opened(DRAWN.to_json(), 2, 2)
    assert moments.before is moments.after


def test_code_that_fails_is_told_at_its_step() -> None:
    failing = DRAWN.prefix(1).then(Custom("net[7]", "", "statements"))
    with pytest.raises(StepError, match=r"^step 2 cannot be carried out: line 1: IndexError"):
        opened(failing.to_json(), 1, 2)
