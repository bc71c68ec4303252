"""Every changed cell of every name between two moments: what a poke through one name lights up."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.answers.answer import answer
from core.answers.base import Moments
from core.module.replica import replica
from core.module.tying import tied_groups
from core.module.walk import find_tensor, named_tensors
from core.questions.tensor import GetChangedCells
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit, Train
from core.replaying.replay import replay
from core.tensor.changes import changed_cells
from tests.kinds import k1, k2, k3, k4, k5, k6, k7, k10, k11

KINDS: list[Callable[[], nn.Module]] = [k1, k2, k3, k4, k5, k6, k7, k10, k11]


@pytest.mark.parametrize("build", KINDS)
def test_one_poked_element_lights_up_every_name_that_reads_differently_and_no_other(
    build: Callable[[], nn.Module],
) -> None:
    before = build()
    for poked in named_tensors(before):
        after = replica(before)
        tensor = find_tensor(after, poked.name).tensor.detach()
        tensor[tuple(0 for _ in tensor.shape)] = 1000.0
        found = {cells.name: cells for cells in changed_cells(before, after, limit=100)}
        differing = {
            entry.name
            for entry, old in zip(named_tensors(after), named_tensors(before), strict=True)
            if not torch.equal(entry.tensor, old.tensor)
        }
        assert set(found) == differing
        assert poked.name in found
        for name, cells in found.items():
            old, new = (find_tensor(model, name).tensor.detach() for model in (before, after))
            places = (old != new).nonzero()
            assert np.array_equal(cells.index, places.numpy())
            assert cells.changed == len(places)
            assert cells.before.tolist() == old[tuple(places.T)].tolist()
            assert cells.after.tolist() == new[tuple(places.T)].tolist() == [1000.0] * len(places)


def test_a_poke_by_the_lessons_recipe_and_its_undo() -> None:
    recipe = Recipe("shared_mlp").then(Edit("2.weight", "w[0, 0] = 100"))
    moments = Moments(recipe, replay(recipe.undo()), replay(recipe), ())
    second, fourth = answer(GetChangedCells(), moments)
    assert (second.name, fourth.name) == ("2.weight", "4.weight")
    assert second.index.tolist() == fourth.index.tolist() == [[0, 0]]
    assert second.after.tolist() == fourth.after.tolist() == [100.0]
    undone = Moments(recipe.undo(), replay(Recipe("shared_mlp")), replay(recipe.undo()), ())
    assert answer(GetChangedCells(), undone) == ()


@pytest.mark.parametrize("model", [model for model in MODELS if model != "lazy_mlp"])
def test_agrees_with_the_changes_of_every_tensor_after_training(model: str) -> None:
    recipe = Recipe(model).then(Train(1))
    moments = Moments(recipe, replay(recipe.undo()), replay(recipe), ())
    found = answer(GetChangedCells(limit=3), moments)
    counted = {
        name: moments.comparison.change(name).changed for name in (entry.name for entry in named_tensors(moments.after))
    }
    assert {cells.name: cells.changed for cells in found} == {
        name: changed for name, changed in counted.items() if changed
    }
    assert all(len(cells.index) == len(cells.before) == min(3, cells.changed) for cells in found)
    tied = [group.names for group in tied_groups(moments.after)]
    listed = {cells.name for cells in found}
    assert all(len(listed & set(names)) in (0, len(names)) for names in tied)


@given(st.lists(st.integers(1, 3), max_size=3), st.data())
@settings(max_examples=60, derandomize=True, database=None)
def test_any_elements_of_any_shape_are_found_at_their_index(shape: list[int], data: st.DataObject) -> None:
    before, after = nn.Module(), nn.Module()
    old = torch.arange(float(np.prod(shape))).reshape(shape)
    new = old.clone()
    places = data.draw(st.sets(st.integers(0, old.numel() - 1)))
    for place in places:
        new.view(-1)[place] = -0.0 if old.view(-1)[place] == 0 else float("nan")
    before.register_buffer("w", old)
    after.register_buffer("w", new)
    found = changed_cells(before, after, limit=1000)
    assert [cells.changed for cells in found] == ([len(places)] if places else [])
    for cells in found:
        assert cells.index.shape == (len(places), len(shape))
        assert [int(np.ravel_multi_index(tuple(index), shape)) if shape else 0 for index in cells.index] == sorted(
            places
        )


def test_what_is_new_gone_or_reshaped_is_not_compared() -> None:
    before, after = nn.Module(), nn.Module()
    for model, names in (
        (before, {"gone": 2, "reshaped": 2, "kept": 2}),
        (after, {"new": 2, "reshaped": 3, "kept": 2}),
    ):
        for name, size in names.items():
            model.register_buffer(name, torch.full((size,), float(model is after)))
    assert [cells.name for cells in changed_cells(before, after, limit=9)] == ["kept"]


@pytest.mark.parametrize("limit", [0, 4097, -1])
def test_a_limit_out_of_range_is_refused(limit: int) -> None:
    recipe = Recipe("mlp")
    moments = Moments(recipe, replay(recipe), replay(recipe), ())
    with pytest.raises(ValueError, match=r"cells are not from 1 to 4,096; choose a number between"):
        answer(GetChangedCells(limit=limit), moments)
