"""The notebook's exercise: ours beside an independent script, plain torch that imports nothing of ours."""

import ast
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.answers.answer import answer
from core.answers.base import Moments
from core.models import autoencoder, gpt, lstm, shared_mlp
from core.questions.experiments import GetTwins, Twins
from core.questions.sharing import GetUseGradients
from core.recipe.recipe import Recipe
from core.recipe.steps import OptimizerName, Train, Untie
from core.replaying.replay import OPTIMIZERS, replay
from core.sharing.substitution import Substitution, operations_taking
from core.sharing.twins import MOST_BYTES, twins
from tests import exercise_reference
from tests.kinds import Cell, k2, k3
from tests.snapshots import snapshot

STEPS = 40
CASES: list[tuple[OptimizerName, float]] = [("sgd", 0.1), ("momentum", 0.05), ("adam", 0.01)]


def asked(request: GetTwins, model: str = "shared_mlp") -> Twins:
    net = replay(Recipe(model))
    found = answer(request, Moments(Recipe(model), net, net, ()))
    assert isinstance(found, Twins)
    return found


class TestTheExercise:
    def test_the_reference_imports_nothing_of_ours(self) -> None:
        assert exercise_reference.__file__
        tree = ast.parse(Path(exercise_reference.__file__).read_text())
        imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        imported += [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
        assert {name.partition(".")[0] for name in imported} == {"collections", "copy", "json", "torch", "typing"}

    @pytest.mark.parametrize(("optimizer", "rate"), CASES)
    def test_every_figure_of_every_step_is_the_references(self, optimizer: OptimizerName, rate: float) -> None:
        theirs = exercise_reference.train(optimizer, rate, STEPS)
        ours = asked(GetTwins("4.weight", STEPS, optimizer, rate))
        for measured, name in (
            (ours.tied_losses, "tied"),
            (ours.untied_losses, "untied"),
            (ours.storage_losses, "storage"),
            (ours.use_norms[:, 0], "first"),
            (ours.use_norms[:, 1], "second"),
            (ours.sum_norms, "sum"),
            (ours.sum_norms, "grad"),
            (ours.cosines, "cosine"),
            (ours.distances, "distance"),
            (ours.tied.updates, "update"),
        ):
            np.testing.assert_allclose(measured, theirs[name], rtol=2e-4, atol=1e-6, err_msg=name)
        np.testing.assert_allclose(ours.storage_gaps, theirs["gap"], rtol=1e-3, atol=2e-7)

    def test_two_parameters_over_one_storage_equal_a_tie_under_sgd_and_not_under_adam(self) -> None:
        by_sgd, by_momentum, by_adam = (asked(GetTwins("4.weight", 5, name, 0.01)) for name, _ in CASES)
        rounding = 2.0**-24  # of a float32 between 0.5 and 1
        assert by_sgd.storage_gaps.max() <= rounding
        assert by_momentum.storage_gaps.max() <= rounding
        assert 0.03 < by_adam.storage_gaps[-1] < 0.08
        reference = exercise_reference.train("adam", 0.01, 5)["gap"]
        np.testing.assert_allclose(by_adam.storage_gaps, reference, rtol=1e-4)

    def test_step_0_is_what_the_use_gradients_say(self) -> None:
        net = replay(Recipe("shared_mlp"))
        moments = Moments(Recipe("shared_mlp"), net, net, ())
        found = answer(GetUseGradients("4.weight", double=False), moments)
        trained = asked(GetTwins("4.weight", 1))
        assert [use.norm for use in found.uses] == pytest.approx(trained.use_norms[0])
        assert found.total_norm == pytest.approx(trained.sum_norms[0])
        assert found.cosines[0, 1] == pytest.approx(trained.cosines[0])
        assert found.largest_error == 0
        assert found.loss == trained.tied_losses[0]

    def test_it_ends_where_the_recipes_training_ends(self) -> None:
        """The same batch and optimizer as a Train step with that seed, tied and untied."""
        for optimizer, rate in CASES:
            found = asked(GetTwins("4.weight", STEPS, optimizer, rate, seed=3))
            train = Train(STEPS, rate, 3, optimizer)
            tied = replay(Recipe("shared_mlp", steps=(train,))).get_parameter("2.weight")
            apart = replay(Recipe("shared_mlp", steps=(Untie("4"), train)))
            np.testing.assert_allclose(found.tied.values[-1], tied.detach(), rtol=1e-4, atol=1e-6)
            for lane, place in zip(found.untied, ("2", "4"), strict=True):
                np.testing.assert_allclose(
                    lane.values[-1], apart.get_parameter(f"{place}.weight").detach(), rtol=1e-3, atol=1e-5
                )


class TestFrames:
    def test_begin_at_the_equal_start_and_show_both_copies_drift(self) -> None:
        found = asked(GetTwins("2.weight", 30, frames=4))
        first, second = found.untied
        assert found.frames.tolist() == [0, 10, 20, 30]
        assert (first.label, second.label) == ("2.weight", "4.weight")
        assert found.tied.values.shape == first.values.shape == (4, 8, 8)
        assert np.array_equal(first.values[0], found.tied.values[0])
        assert np.array_equal(first.values[0], second.values[0])
        assert not np.array_equal(first.values[1], second.values[1])
        assert found.distances[0] == 0
        assert (found.distances[1:] > 0).all()
        assert np.array_equal(found.untied[0].gradients[0] + found.untied[1].gradients[0], found.tied.gradients[0])

    def test_hold_every_step_where_there_are_fewer_than_frames(self) -> None:
        assert asked(GetTwins("2.weight", 3)).frames.tolist() == [0, 1, 2, 3]

    def test_of_a_vector_are_one_row(self) -> None:
        found = asked(GetTwins("2.bias", 2))
        assert (found.shape, found.tied.values.shape) == ((1, 8), (3, 1, 8))

    def test_stay_within_their_bytes_for_a_large_tensor(self) -> None:
        recipe = Recipe("shared_mlp", arguments=(("hidden", 200),))
        net = replay(recipe)
        found = answer(GetTwins("4.weight", 8, frames=9, cells=256), Moments(recipe, net, net, ()))
        lanes = (found.tied, *found.untied)
        assert sum(lane.values.nbytes + lane.gradients.nbytes for lane in lanes) <= MOST_BYTES
        assert found.cell == (-(-200 // found.tied.values.shape[1]),) * 2
        assert found.tied.values[0, 0, 0] == pytest.approx(
            float(net.get_parameter("4.weight")[: found.cell[0], : found.cell[1]].detach().mean()), rel=1e-5
        )

    def test_count_the_parameters_of_both_nets(self) -> None:
        found = asked(GetTwins("4.weight", 1))
        assert found.parameters == (121, 193)
        assert found.together == ("4.weight", "4.bias")
        assert found.names == ("2.weight", "4.weight")


class TestAnySharing:
    def test_the_autoencoder_is_untied_into_an_encoder_and_a_decoder(self) -> None:
        net, inputs = autoencoder.autoencoder(), torch.rand(16, 16)
        found = trained(net, "encoder.weight", inputs, inputs)
        assert [lane.label for lane in found.untied] == ["encoder.weight, use 1", "encoder.weight, use 2"]
        encode, decode, loss = by_hand_autoencoder(net, inputs)
        np.testing.assert_allclose(found.untied[0].values[-1], encode.detach(), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(found.untied[1].values[-1], decode.detach(), rtol=1e-4, atol=1e-6)
        assert found.untied_losses[-1] == pytest.approx(loss, rel=1e-4)

    def test_the_gpts_head_is_untied_from_its_embedding(self) -> None:
        torch.manual_seed(0)
        net, (tokens, following) = gpt.gpt(), gpt.batch(4)
        found = trained(net, "head.weight", tokens, following, gpt.loss)
        assert [lane.label for lane in found.untied] == ["tok_emb.weight", "head.weight"]
        assert found.parameters[1] - found.parameters[0] == 64 * 32
        assert found.storage_gaps.max() < 1e-5

    def test_a_cell_called_ten_times_gets_ten_copies_of_which_eight_are_drawn(self) -> None:
        torch.manual_seed(0)
        net, inputs = Cell(), torch.rand(6, 10, 3)
        found = trained(net, "cell.weight_hh", inputs, torch.rand(6, 1))
        assert found.use_norms.shape == (6, 10)
        assert len(found.untied) == 8
        assert found.parameters[1] - found.parameters[0] == 9 * 25

    def test_one_parameter_in_two_modules_is_untied_alone(self) -> None:
        found = trained(k2(), "2.weight", torch.rand(5, 4), torch.rand(5, 4))
        assert found.together == ("2.weight",)
        assert found.parameters == (24, 40)

    def test_dropout_falls_alike_on_all_three_nets(self) -> None:
        net = nn.Sequential(shared_mlp.shared_mlp(), nn.Dropout(0.5))
        found = trained(net, "0.4.weight", torch.rand(8, 4), torch.rand(8, 1))
        assert found.tied_losses[0] == found.untied_losses[0] == found.storage_losses[0]

    def test_a_substitution_passes_by_what_only_asks_for_a_shape(self) -> None:
        class Asks(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.w = nn.Parameter(torch.ones(2, 2))

            def forward(self, x: Tensor) -> Tensor:
                assert self.w.shape == (2, 2)
                assert self.w.detach().sum() == 4
                both = torch.cat([x @ self.w, x @ self.w.T])
                assert self.w.shape == (2, 2)
                return both

        net = Asks()
        assert operations_taking(net, ("w",), torch.ones(1, 2), lambda output: output.sum()) == {"w": 2}
        stand_ins = [torch.full((2, 2), value, requires_grad=True) for value in (1.0, 5.0)]
        with Substitution({id(net.w): stand_ins}):
            output = net(torch.ones(1, 2))
        assert output.tolist() == [[2, 2], [10, 10]]
        with (
            Substitution({id(net.w): stand_ins[:1]}),
            pytest.raises(RuntimeError, match="more operations than before take the parameter"),
        ):
            net(torch.ones(1, 2))

    def test_the_model_is_left_as_it_was(self) -> None:
        net, inputs, targets = shared_mlp.shared_mlp(), torch.rand(5, 4), torch.rand(5, 1)
        before = snapshot(net)
        trained(net, "4.weight", inputs, targets)
        assert snapshot(net) == before


def trained(
    net: nn.Module, name: str, inputs: Tensor, targets: Tensor, loss: Callable[[Tensor, Tensor], Tensor] = F.mse_loss
) -> Twins:
    """Five steps of SGD."""
    return twins(
        net,
        name,
        inputs,
        lambda output: loss(output, targets),
        optimizer=OPTIMIZERS["sgd"],
        learning_rate=0.1,
        steps=5,
    )


def by_hand_autoencoder(net: nn.Module, inputs: Tensor) -> tuple[Tensor, Tensor, float]:
    """Five SGD steps of the autoencoder with a decoder of its own; encoder, decoder, and the loss after."""
    named = {name: parameter.detach().clone().requires_grad_() for name, parameter in net.named_parameters()}
    encode, decode = named["encoder.weight"], named["encoder.weight"].detach().clone().requires_grad_()
    optimizer = torch.optim.SGD([*named.values(), decode], lr=0.1)
    for step in range(6):
        optimizer.zero_grad()
        code = torch.tanh(F.linear(inputs, encode, named["encoder.bias"]))
        code = F.batch_norm(code, None, None, named["norm.weight"], named["norm.bias"], training=True)
        loss = F.mse_loss(F.linear(code, decode.t(), named["decoder_bias"]), inputs)
        if step < 5:
            torch.autograd.backward(loss)
            optimizer.step()
    return encode, decode, loss.item()


class TestRefusals:
    def test_a_weight_that_one_operation_takes(self) -> None:
        with pytest.raises(ValueError, match=r"one operation alone takes '0.weight', so there is nothing to untie"):
            asked(GetTwins("0.weight"))
        net, (tokens, classes) = lstm.lstm(), lstm.batch(3)
        with pytest.raises(ValueError, match=r"one operation alone takes 'lstm.weight_hh_l0'"):
            trained(net, "lstm.weight_hh_l0", tokens, classes, lstm.loss)

    def test_two_parameters_that_are_apart_already(self) -> None:
        with pytest.raises(ValueError, match=r"one operation alone takes '2.weight'"):
            trained(k3(), "2.weight", torch.rand(5, 4), torch.rand(5, 4))

    @pytest.mark.parametrize(
        ("request_", "sentence"),
        [
            (GetTwins("4.weight", 0), "0 training steps are not from 1 to 1,000; choose a number between"),
            (GetTwins("4.weight", 1001), "1,001 training steps are not from 1 to 1,000; choose a number between"),
            (GetTwins("4.weight", 1, rows=0), "0 rows are not from 1 to 1,024; choose a number between"),
            (GetTwins("4.weight", 1, cells=999), "999 cells a side are not from 1 to 256; choose a number between"),
            (GetTwins("4.weight", 1, frames=0), "0 frames are not from 1 to 200; choose a number between"),
        ],
    )
    def test_numbers_out_of_range(self, request_: GetTwins, sentence: str) -> None:
        with pytest.raises(ValueError) as caught:  # noqa: PT011 (the whole text is compared)
            asked(request_)
        assert str(caught.value) == sentence
