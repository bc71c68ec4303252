"""Each belief is refuted by what its evidence measured, beside the same fact worked out here."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from core.answers.answer import answer
from core.answers.base import Moments
from core.models import gpt, shared_mlp
from core.questions.experiments import Evidence, GetEvidence, GetMisconceptions
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.steps import Tie
from core.replaying.replay import replay
from core.sharing.misconceptions import BELIEFS, evidence, misconceptions
from core.sharing.misconceptions.base import Exhibit
from tests.kinds import k2
from tests.snapshots import snapshot


def shown(key: str, exhibit: Exhibit | None = None) -> dict[str, str]:
    found = evidence(key, exhibit)
    return dict(found.facts)


def value(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def lesson() -> Exhibit:
    torch.manual_seed(3)
    net = shared_mlp.shared_mlp()
    inputs, targets = shared_mlp.batch(16)
    return Exhibit(net, inputs, lambda output: shared_mlp.loss(output, targets))


class TestOnTheLessonsNet:
    def test_equal_values_prove_nothing(self) -> None:
        assert list(shown("equal_values", lesson()).values()) == ["yes", "yes", "yes", "no"]

    def test_the_one_gradient_is_the_sum_of_the_uses_and_not_their_average(self) -> None:
        exhibit = lesson()
        facts = shown("two_gradients", exhibit)
        torch.autograd.backward(exhibit.loss_fn(exhibit.model(exhibit.inputs)))
        grad = exhibit.model.get_parameter("2.weight").grad
        assert grad is not None
        assert value(facts["largest |sum of uses − .grad|"]) < 1e-7
        assert value(facts["largest |average of uses − .grad|"]) == pytest.approx(float(grad.abs().max()) / 2, rel=1e-3)

    def test_adam_keeps_a_tie_bit_for_bit(self) -> None:
        assert list(shown("optimizer_unties", lesson()).values()) == ["2", "1", "0", "yes"]

    def test_a_transposed_parameter_shares_bytes_and_nothing_else(self) -> None:
        assert list(shown("transposed_copy", lesson()).values()) == ["no", "yes", "1", "2", "no", "no"]

    def test_names_and_counts_are_6_of_8_and_121_of_193(self) -> None:
        assert list(shown("all_names", lesson()).values()) == ["6", "8", "8", "4.weight, 4.bias"]
        assert list(shown("sum_of_state_dict", lesson()).values()) == ["193", "121", "484"]

    def test_apply_comes_once_to_a_module_and_twice_to_a_parameter_of_two(self) -> None:
        assert shown("apply_each_place", lesson())["times net.apply comes by"] == "1"
        two = Exhibit(k2(), torch.rand(2, 4), lambda output: output.sum())
        assert shown("apply_each_place", two)["times net.apply comes by"] == "2"

    def test_xavier_refuses_the_biases_and_leaves_them_alone(self) -> None:
        facts = shown("xavier_everywhere", lesson())
        assert (facts["parameters it can draw"], facts["parameters it refuses"]) == ("4", "4")
        assert facts["torch says"] == "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"
        assert shown("init_resets_bias", lesson()) == {
            "names it changed": "0.weight",
            "names it left as they were": "7",
        }


class TestOnFreshTensors:
    def test_a_std_of_a_hundredth_is_a_variance_of_a_ten_thousandth(self) -> None:
        std, variance = map(value, shown("std_is_variance").values())
        assert std == pytest.approx(0.01, rel=0.02)
        assert variance == pytest.approx(std**2, rel=1e-3)

    def test_linear_is_uniform_within_one_over_root_fan_in_biases_too(self) -> None:
        weight, bound, kaiming, xavier, bias = map(value, shown("default_scheme").values())
        assert bound == 1 / math.sqrt(100)
        assert 0.99 * bound < weight <= bound
        assert 0.9 * bound < bias <= bound
        assert kaiming > 2 * bound
        assert xavier > 1.05 * bound

    def test_a_relu_layer_leaves_a_sixth(self) -> None:
        *_, factor = map(value, shown("default_keeps_variance").values())
        assert factor == pytest.approx(1 / 6, rel=0.2)

    def test_constant_rows_stay_one_row_and_linear_regression_does_not_mind(self) -> None:
        rows, columns, before, after = map(value, shown("constant").values())
        assert (rows, columns) == (1, 4)
        assert after < before / 2

    def test_a_normal_cut_at_two_has_std_088_and_its_bounds_stand_still(self) -> None:
        std, largest, small, in_stds = map(value, shown("truncated_std").values())
        density = math.exp(-2) / math.sqrt(2 * math.pi)
        assert std == pytest.approx(math.sqrt(1 - 4 * density / math.erf(math.sqrt(2))), abs=0.01)
        assert largest <= 2
        assert small > 0.03
        assert in_stds == pytest.approx(small / 0.01, rel=1e-3)

    def test_only_the_product_tells_orthogonal_from_normal(self) -> None:
        std, apart, normal_std, normal_apart = map(value, shown("looks_right").values())
        assert std == pytest.approx(normal_std, rel=0.05)
        assert apart < 1e-5
        assert normal_apart > 0.1

    def test_an_edit_through_data_gives_a_wrong_gradient_and_one_under_no_grad_an_error(self) -> None:
        wrong, right, noticed, error = shown("data_is_the_way").values()
        assert (wrong, right, noticed) == (str([40.0] * 3), str([4.0] * 3), "no")
        assert error.startswith("one of the variables needed for gradient computation has been modified")

    def test_what_the_graph_does_not_reach_does_not_move(self) -> None:
        facts = shown("no_crash_trains")
        assert (facts["0.weight: uses in the graph"], facts["1.weight: uses in the graph"]) == ("0", "1")
        assert facts["0.weight: elements that 50 SGD steps changed"] == "0 of 32"


class TestEveryBelief:
    @pytest.mark.parametrize("key", BELIEFS)
    def test_has_a_claim_a_truth_facts_and_lines_that_are_python(self, key: str) -> None:
        belief = BELIEFS[key]
        found = evidence(key, lesson())
        assert belief.claim != belief.truth
        assert belief.claim.endswith(".")
        assert belief.truth.endswith(".")
        assert found.key == key
        assert len(found.facts) >= 2
        compile(found.code, key, "exec")

    @pytest.mark.parametrize("key", BELIEFS)
    def test_measures_the_same_again(self, key: str) -> None:
        assert evidence(key, lesson()) == evidence(key, lesson())

    @pytest.mark.parametrize("build", [shared_mlp.shared_mlp, gpt.gpt, nn.ReLU])
    def test_leaves_the_model_alone(self, build: Callable[[], nn.Module]) -> None:
        net = build()
        inputs: Any = torch.arange(16)[None] if build is gpt.gpt else torch.rand(4, 4)
        exhibit = Exhibit(net, inputs, lambda output: output.square().sum())
        before = snapshot(net)
        for key in BELIEFS:
            evidence(key, exhibit)
        assert snapshot(net) == before

    @pytest.mark.parametrize("model", MODELS)
    def test_is_answered_for_every_model_of_the_catalog(self, model: str) -> None:
        net = replay(Recipe(model))
        moments = Moments(Recipe(model), net, net, ())
        keys = [belief.key for belief in answer(GetMisconceptions(), moments)]
        found = [answer(GetEvidence(key), moments) for key in keys]
        assert keys == list(BELIEFS)
        assert all(isinstance(each, Evidence) and each.facts for each in found)

    def test_falls_back_to_the_lesson_and_says_so(self) -> None:
        net = replay(Recipe("mlp"))
        exhibit = Exhibit(net, torch.rand(2, 4), lambda output: output.sum())
        found = evidence("all_names", exhibit)
        assert found.subject == "the lesson's MLP with a shared layer: this model ties no parameter"
        assert evidence("transposed_copy", exhibit).subject == "this model"
        assert evidence("constant", exhibit).subject == "fresh tensors"
        assert evidence("all_names", None).subject == "the lesson's MLP with a shared layer"
        failing = Exhibit(lesson().model, torch.rand(2, 5), Tensor.sum)
        assert evidence("two_gradients", failing).subject.startswith(
            "the lesson's MLP with a shared layer: the forward pass fails"
        )

    def test_uses_what_the_recipe_tied(self) -> None:
        recipe = Recipe("mlp", steps=(Tie("0.bias", "2.bias"),), arguments=(("n_out", 8),))
        net = replay(recipe)
        found = answer(GetEvidence("all_names"), Moments(recipe, net, net, ()))
        assert dict(found.facts)["left out"] == "2.bias"

    def test_an_unknown_key_names_the_known_ones(self) -> None:
        with pytest.raises(ValueError, match="there is no belief 'no'; choose one of equal_values, two_gradients"):
            evidence("no", None)
        assert len(misconceptions()) == len(BELIEFS) == 17
