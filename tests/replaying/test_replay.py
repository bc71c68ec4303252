"""A replay gives the model that the steps say, draws from the steps' own seeds, and leaves the process as it was."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from core.models import shared_mlp
from core.recipe.recipe import Recipe
from core.recipe.steps import (
    TRAIN_ROWS,
    Edit,
    Forward,
    Initialize,
    OneTensor,
    OptimizerName,
    Pattern,
    Subtree,
    Tie,
    Train,
    Untie,
)
from core.replaying.replay import StepError, replay, replayed
from tests.recipe.written import FULL, step_text


def state_bytes(net: nn.Module) -> dict[str, bytes]:
    return {name: tensor.numpy().tobytes() for name, tensor in net.state_dict().items()}


EIGHT: dict[str, Any] = {"arguments": (("n_out", 8),)}


class TestReplay:
    def test_leaves_the_random_stream_the_threads_and_the_default_dtype_as_they_were(self) -> None:
        torch.manual_seed(11)
        before, threads = torch.get_rng_state(), torch.get_num_threads()
        replay(FULL)
        with pytest.raises(StepError):
            replay(Recipe("mlp", steps=(Train(), Untie("0"))))
        assert torch.equal(torch.get_rng_state(), before)
        assert torch.get_num_threads() == threads
        assert torch.get_default_dtype() == torch.float32

    def test_does_not_depend_on_the_random_stream(self) -> None:
        torch.manual_seed(1)
        first = state_bytes(replay(FULL))
        torch.rand(7)
        assert state_bytes(replay(FULL)) == first

    def test_gives_a_model_of_its_own_at_every_call(self) -> None:
        first, second = replay(FULL), replay(FULL)
        with torch.no_grad():
            first.get_parameter("0.weight").zero_()
        assert second.get_parameter("0.weight").abs().sum() > 0

    def test_says_which_parameters_a_step_visited_and_how_often(self) -> None:
        """`apply` comes to a shared module once, and to a shared parameter once for each module that has it."""
        drawn = Initialize("normal", Subtree("", "", "weight"))
        shared = replayed(Recipe("shared_mlp", steps=(drawn,))).outcomes[0].touched
        assert shared == (("0.weight", 1), ("2.weight", 1), ("6.weight", 1))
        tied = replayed(Recipe("mlp", steps=(Tie("0.bias", "2.bias"), Initialize("zeros", Pattern("*.bias"))), **EIGHT))
        assert tied.outcomes[1].touched == (("0.bias", 1),)
        subtree = Initialize("zeros", Subtree("", "Linear", "bias"))
        visited = replayed(Recipe("mlp", steps=(Tie("0.bias", "2.bias"), subtree), **EIGHT)).outcomes[1].touched
        assert visited == (("0.bias", 1), ("2.bias", 1))

    def test_training_from_before_there_were_optimizers_is_plain_sgd(self) -> None:
        old = step_text(op="train", steps=2, learning_rate=0.1, seed=3)
        assert Recipe.from_json(old) == Recipe("mlp", steps=(Train(2, 0.1, 3, "sgd"),))

    @pytest.mark.parametrize(
        ("name", "build"),
        [
            ("sgd", lambda parameters: torch.optim.SGD(parameters, lr=0.05)),
            ("momentum", lambda parameters: torch.optim.SGD(parameters, lr=0.05, momentum=0.9)),
            ("adam", lambda parameters: torch.optim.Adam(parameters, lr=0.05)),
        ],
    )
    def test_trains_by_torchs_optimizer(self, name: OptimizerName, build: Callable[..., torch.optim.Optimizer]) -> None:
        net = replay(Recipe("shared_mlp"))
        torch.manual_seed(4)
        inputs, targets = shared_mlp.batch(TRAIN_ROWS)
        optimizer = build(net.parameters())
        for _ in range(3):
            optimizer.zero_grad()
            loss: Any = shared_mlp.loss(net(inputs), targets)
            loss.backward()
            optimizer.step()
        assert state_bytes(replay(Recipe("shared_mlp", steps=(Train(3, 0.05, 4, name),)))) == state_bytes(net)

    def test_says_the_losses_of_training(self) -> None:
        losses = replayed(Recipe("mlp", steps=(Train(5, 0.1),))).outcomes[0].losses
        assert len(losses) == 5
        assert losses[-1] < losses[0]

    @pytest.mark.parametrize(
        ("recipe", "text"),
        [
            pytest.param(
                Recipe("mlp", steps=(Forward(), Edit("0.wait", "w = 1"))),
                "step 2 cannot be carried out: there is no tensor '0.wait': 0 holds weight, bias",
                id="a tensor that does not exist",
            ),
            pytest.param(
                Recipe("mlp", steps=(Initialize("normal", Subtree("9")),)),
                "step 1 cannot be carried out: there is no module '9': net holds 0, 1, 2",
                id="a module that does not exist",
            ),
            pytest.param(
                Recipe("mlp", steps=(Initialize("normal", Pattern("*.wait")),)),
                "step 1 cannot be carried out: nothing to initialize: there is no parameter name like '*.wait'; "
                "widen the place",
                id="a pattern that matches nothing",
            ),
            pytest.param(
                Recipe("lazy_mlp", steps=(Initialize("normal", Subtree("", "Linear")),)),
                "step 1 cannot be carried out: nothing to initialize: there is no parameter 'weight' in Linear at or "
                "below net; widen the place",
                id="a lazy layer is no Linear yet",
            ),
            pytest.param(
                Recipe("gpt", steps=(Initialize("zeros", OneTensor("blocks.0.attn.mask")),)),
                "step 1 cannot be carried out: 'blocks.0.attn.mask' is a buffer, not a parameter; set its values on "
                "the Edit page",
                id="a buffer",
            ),
            pytest.param(
                Recipe("lazy_mlp", steps=(Edit("0.weight", "w = 1"),)),
                "step 1 cannot be carried out: '0.weight' is uninitialized until the first forward pass; run one first",
                id="no shape yet",
            ),
            pytest.param(
                Recipe("shared_mlp", steps=(Tie("0.bias", "6.bias"),)),
                "step 1 cannot be carried out: cannot tie 6.bias (1,) float32 to 0.bias (8,) float32: tied tensors "
                "need one shape and dtype; choose two that agree",
                id="shapes that differ",
            ),
            pytest.param(
                Recipe("lazy_mlp", steps=(Tie("0", "2"), Forward()), arguments=(("hidden", 7),)),
                "step 2 cannot be carried out: the forward pass fails: mat1 and mat2 shapes cannot be multiplied "
                "(2x7 and 4x7)",
                id="a forward pass that fails",
            ),
            pytest.param(
                Recipe("gpt", arguments=(("n_head", 3),)),
                "gpt cannot split d_model=32 into n_head=3 equal heads; choose a d_model that is a multiple of 3, or "
                "another n_head",
                id="arguments that do not fit each other",
            ),
        ],
    )
    def test_refuses_in_one_sentence_that_names_the_step(self, recipe: Recipe, text: str) -> None:
        with pytest.raises(ValueError) as caught:  # noqa: PT011 (the whole text is compared)
            replay(recipe)
        assert str(caught.value) == text

    def test_taking_a_step_out_keeps_the_later_draws(self) -> None:
        first = Initialize("normal", OneTensor("0.weight"), seed=1)
        second = Initialize("uniform", OneTensor("2.weight"), seed=2)
        both = Recipe("mlp", steps=(first, second))
        without = replay(both.without(0)).state_dict()
        assert torch.equal(without["2.weight"], replay(both).state_dict()["2.weight"])
        assert torch.equal(without["0.weight"], replay(Recipe("mlp")).state_dict()["0.weight"])

    @pytest.mark.parametrize(
        "step",
        [
            Initialize("normal", Subtree("", "Linear")),
            Initialize("orthogonal", Subtree("", "Linear")),
            Initialize("sparse", Subtree("", "Linear")),
            Train(1, 0.5),
        ],
        ids=lambda step: type(step).__name__,
    )
    def test_a_step_that_draws_does_so_from_its_own_seed(self, step: Initialize | Train) -> None:
        def drawn(seed: int, build: int = 0) -> dict[str, bytes]:
            return state_bytes(replay(Recipe("mlp", build, (dataclasses.replace(step, seed=seed),))))

        assert drawn(1) == drawn(1)
        assert drawn(1) != drawn(2)
        if isinstance(step, Initialize):
            assert drawn(1, build=5)["2.weight"] == drawn(1, build=6)["2.weight"]

    def test_a_step_that_runs_the_model_draws_its_batch_from_its_own_seed(self) -> None:
        first, again, other = (replay(Recipe("autoencoder", steps=(Forward(seed),))) for seed in (1, 1, 2))
        assert state_bytes(first) == state_bytes(again) != state_bytes(other)
