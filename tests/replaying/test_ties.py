"""Ties in a recipe: training and edits keep them, and the control unties before the training at the end."""

import pytest
import torch

from core.recipe.recipe import Recipe
from core.recipe.steps import Edit, Forward, Initialize, Tie, Train, Untie
from core.recipe.untied import control
from core.replaying.replay import replay


class TestInARecipe:
    def test_training_keeps_a_tie_and_drives_untied_copies_apart(self) -> None:
        tied = replay(Recipe("shared_mlp", steps=(Train(3),)))
        assert tied.get_parameter("2.weight") is tied.get_parameter("4.weight")
        apart = replay(Recipe("shared_mlp", steps=(Untie("4"), Train(3))))
        assert not torch.equal(apart.get_parameter("2.weight"), apart.get_parameter("4.weight"))

    def test_an_edit_under_one_name_is_seen_under_the_other(self) -> None:
        model = replay(Recipe("shared_mlp", steps=(Edit("2.weight", "w[0, 0] = 100"),)))
        assert model.state_dict()["4.weight"][0, 0] == 100

    def test_a_refused_tie_names_the_step(self) -> None:
        with pytest.raises(ValueError, match=r"step 2 cannot be carried out: '0' cannot be tied to itself"):
            replay(Recipe("mlp", steps=(Forward(), Tie("0", "0"))))

    def test_the_control_unties_before_the_training_at_the_end_and_not_before_an_initialization(self) -> None:
        drawn, edit, train = Initialize("normal"), Edit("2.bias", "w += 1"), Train(2)
        recipe = Recipe("shared_mlp", steps=(drawn, edit, train))
        assert control(recipe, "4").steps == (drawn, Untie("4"), edit, train)
        assert control(recipe.prefix(1), "4").steps == (drawn, Untie("4"))
        assert control(recipe.prefix(0), "4").steps == (Untie("4"),)

    def test_the_control_starts_with_the_bytes_of_the_original(self) -> None:
        recipe = Recipe("shared_mlp", steps=(Initialize("xavier_uniform", seed=3),))
        original, copied = replay(recipe).state_dict(), replay(control(recipe, "4")).state_dict()
        assert all(torch.equal(original[name], copied[name]) for name in original)
