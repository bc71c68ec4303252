"""The lesson's steps carried out through recipes, with the fact that each must show."""

import math

import torch
from torch import nn

from core.answers.answer import answer
from core.answers.base import Moments
from core.module.tying import counts
from core.questions.model import GetPrinted
from core.questions.tensor import GetAccess
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit, Initialize, OneTensor, Subtree, Train
from core.replaying.replay import replay
from core.tensor.compare import Comparison
from core.tensor.stats import summary


def weight(net: nn.Module, name: str = "0.weight") -> torch.Tensor:
    return net.get_parameter(name).detach()


def on_linear(scheme: str, parameter: str = "weight", root: str = "", seed: int = 0, **options: float) -> Initialize:
    return Initialize(scheme, Subtree(root, "Linear", parameter), tuple(options.items()), seed)


def looked_at(recipe: Recipe) -> Moments:
    net = replay(recipe)
    return Moments(recipe, net, net, ())


def test_steps_1_to_3_the_network_and_its_bias() -> None:
    access = answer(GetAccess("2.bias"), looked_at(Recipe("mlp")))
    assert counts(replay(Recipe("mlp"))).unique == 49
    assert access.class_name == "torch.nn.parameter.Parameter"
    assert access.info.trainable
    assert access.state_dict_key == "2.bias"


def test_step_4_a_gradient_that_was_never_computed_is_none_and_not_zero() -> None:
    before = answer(GetAccess("2.weight"), looked_at(Recipe("mlp")))
    after = answer(GetAccess("2.weight"), looked_at(Recipe("mlp").then(Train(1))))
    assert before.grad is None
    assert "not the same as a gradient of zero" in before.grad_note
    assert after.grad is not None


def test_step_8_the_nested_net_prints_one_number_for_two_inputs() -> None:
    printed = answer(GetPrinted(), looked_at(Recipe("rgnet")))
    first, second = (
        printed.output.removeprefix("tensor([[").partition("]],")[0].replace("]", "").replace("[", "").split(",")
    )
    assert math.isclose(float(first), float(second), abs_tol=2e-3)


def test_step_9_std_one_hundredth_is_a_variance_of_one_ten_thousandth_and_biases_are_zero() -> None:
    net = replay(
        Recipe("mlp", arguments=(("n_in", 512), ("hidden", 512)))
        .then(on_linear("normal", std=0.01))
        .then(on_linear("zeros", "bias"))
    )
    assert math.isclose(weight(net).var().item(), 1e-4, rel_tol=0.02)
    assert not weight(net, "0.bias").any()


def test_step_10_a_constant_is_one_atom_and_all_units_are_identical() -> None:
    net = replay(Recipe("mlp").then(on_linear("constant", val=1)))
    found = summary(weight(net))
    assert (found.mean, found.std, found.min, found.max) == (1.0, 0.0, 1.0, 1.0)
    assert torch.linalg.matrix_rank(weight(net)) == 1


def test_step_11_applied_to_submodules_only_and_biases_stay() -> None:
    recipe = (
        Recipe("mlp").then(on_linear("xavier_uniform", root="0", seed=1)).then(on_linear("constant", root="2", val=42))
    )
    before, after = replay(recipe.prefix(0)), replay(recipe)
    assert weight(after).abs().max() <= math.sqrt(6 / 12)
    assert (weight(after, "2.weight") == 42).all()
    changes = {
        name: Comparison(before, after).change(name).changed for name in ("0.weight", "0.bias", "2.weight", "2.bias")
    }
    assert changes == {"0.weight": 32, "0.bias": 0, "2.weight": 8, "2.bias": 0}


def test_step_12_the_lessons_own_init_as_a_draw_and_an_edit_half_zeros_half_of_those_negative() -> None:
    large = Recipe("mlp", arguments=(("n_in", 512), ("hidden", 1024)))
    recipe = large.then(Initialize("uniform", OneTensor("0.weight"), (("a", -10.0), ("b", 10.0)), 3))
    found = summary(weight(replay(recipe.then(Edit("0.weight", "w *= abs(w) >= 5")))))
    assert math.isclose(found.zeros / found.numel, 0.5, abs_tol=0.005)
    assert math.isclose(found.negative_zeros / found.numel, 0.25, abs_tol=0.005)
    assert found.std is not None
    assert math.isclose(found.std, math.sqrt(175 / 6), rel_tol=0.005)


def test_step_14_adding_one_and_setting_a_cell() -> None:
    start = Recipe("mlp")
    net = replay(start.then(Edit("0.weight", "w += 1")).then(Edit("0.weight", "w[0, 0] = 42")))
    expected = weight(replay(start)) + 1
    expected[0, 0] = 42
    assert torch.equal(weight(net), expected)


def test_steps_15_and_16_one_tensor_two_names_121_parameters_193_by_path() -> None:
    recipe = Recipe("shared_mlp").then(Edit("2.weight", "w[0, 0] = 100"))
    net = replay(recipe)
    assert net.get_submodule("2") is net.get_submodule("4")
    assert weight(net, "4.weight")[0, 0] == 100
    counted = counts(net)
    assert (counted.unique, counted.by_path, counted.stored_bytes) == (121, 193, 484)
