"""What a replay is said to take, against what was measured: more steps, larger nets, costlier optimizers take more."""

import pytest

from core.recipe import cost as module
from core.recipe.catalog import MODELS
from core.recipe.cost import cost
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Initialize, Source, Train

#: What one training step took on an ordinary core: a model, its arguments, and milliseconds.
MEASURED = [
    ("mlp", {}, 0.23),
    ("mlp", {"n_in": 512, "hidden": 1024, "n_out": 512}, 3.0),
    ("rgnet", {"blocks": 32}, 3.1),
    ("shared_mlp", {}, 0.28),
    ("lenet", {}, 2.5),
    ("deep_mlp", {}, 0.56),
    ("deep_mlp", {"depth": 64, "width": 512}, 42.8),
    ("gpt", {}, 2.8),
    ("gpt", {"n_layer": 6, "n_head": 16, "d_model": 512, "vocab": 2048, "context": 128}, 2084.0),
    ("lstm", {"vocab": 4096, "d_embed": 256, "hidden": 512, "layers": 4, "classes": 1000}, 90.0),
    ("autoencoder", {"n_in": 1024, "hidden": 512}, 2.3),
    ("lazy_mlp", {}, 0.22),
]


@pytest.mark.parametrize(("model", "arguments", "milliseconds"), MEASURED)
def test_a_training_step_costs_about_what_was_measured(
    model: str, arguments: dict[str, int], milliseconds: float
) -> None:
    recipe = Recipe(model, arguments=tuple(arguments.items()), steps=(Train(100),))
    assert milliseconds / 2 < cost(recipe).seconds / 100 * 1000 < milliseconds * 1.3


def test_every_model_of_the_catalog_has_a_size() -> None:
    assert module._SIZES.keys() == MODELS.keys()
    for model in MODELS.values():
        assert cost(Recipe(model.name, steps=(Train(),))).seconds > 1.5e-4, "more than a net of which nothing is known"


def test_steps_add_up_and_each_has_its_own_end() -> None:
    once, twice = (cost(Recipe("gpt", steps=(Train(10),) * steps)) for steps in (1, 2))
    assert twice.seconds == pytest.approx(2 * once.seconds)
    assert twice.after[0] == pytest.approx(once.seconds)
    assert len(twice.after) == 2
    assert cost(Recipe("gpt")).seconds == 0


def test_what_does_not_train_costs_next_to_nothing() -> None:
    for model in MODELS:
        assert cost(Recipe(model, steps=(Initialize("orthogonal"),) * 200)).seconds < 1


def test_of_code_nothing_is_known() -> None:
    source = Source("def build(): return nn.Linear(2, 1)", "build")
    recipe = Recipe("code", source=source, steps=(Custom("net", "", "statements"), Train(1000)))
    assert cost(recipe).seconds < 0.2


def test_a_large_net_takes_memory() -> None:
    large = Recipe("deep_mlp", arguments=(("depth", 64), ("width", 512)))
    assert cost(large).memory > 500 * 2**20 > 100 * 2**20 > cost(Recipe("mlp")).memory
