"""A row of the tree says what a tensor or module is: its label, its badges, its other names, its size."""

import torch
from torch import nn

from core.module.tree import module_tree
from core.module.tree_rows import tree_rows, with_badge
from core.questions.model import TreeRow
from tests.edge_cases import BesideChildren, buffers, frozen, lazy, shared_under_parents, two_names


def rows(model: nn.Module, **sparks: tuple[float, ...]) -> dict[str, TreeRow]:
    return {row.id: row for row in tree_rows(module_tree(model), sparks)}


def test_a_module_comes_before_its_tensors_and_those_before_its_children() -> None:
    found = rows(BesideChildren(), scale=(0.5, 1.0))
    assert [
        (row.name, row.depth, row.kind, row.type_name, row.shape, row.dtype, row.count) for row in found.values()
    ] == [
        ("", 0, "module", "BesideChildren", "", "", 7),
        ("scale", 1, "parameter", "Parameter", "()", "float32", 1),
        ("offset", 1, "buffer", "buffer", "(2,)", "float32", 2),
        ("layer", 1, "module", "Linear", "", "", 6),
        ("layer.weight", 2, "parameter", "Parameter", "(2, 2)", "float32", 4),
        ("layer.bias", 2, "parameter", "Parameter", "(2,)", "float32", 2),
    ]
    assert [row.label for row in found.values()] == ["net", "scale", "offset", "layer", "weight", "bias"]
    assert [row.spark for row in found.values()] == [(), (0.5, 1.0), (), (), (), ()]


def test_a_shared_module_names_its_other_places_and_says_that_it_is_shared() -> None:
    found = rows(shared_under_parents())
    assert found["0.0"].badges == found["2"].badges == ("shared",)
    assert found["0.0"].detail == "also 0.2, 1.again, 2"
    assert found["2"].detail == "also 0.0, 0.2, 1.again"
    assert found["0.0.weight"].badges == ("tied",)
    assert found["0.0.weight"].detail == "also 0.2.weight, 1.again.weight, 2.weight"
    assert found["0.1"].badges == ()
    assert found["0.1"].detail == ""
    assert rows(two_names())["second"].detail == "also first"


def test_of_more_than_four_other_names_the_rest_are_counted() -> None:
    layer = nn.Linear(2, 2)
    assert rows(nn.ModuleList([layer] * 5))["0"].detail == "also 1, 2, 3, 4"
    assert rows(nn.ModuleList([layer] * 6))["0"].detail == "also 1, 2, 3, 4 and 1 more"
    assert rows(nn.ModuleList([layer] * 9))["4"].detail == "also 0, 1, 2, 3 and 4 more"


def test_what_a_tensor_is_not_stands_on_a_badge() -> None:
    half = rows(frozen())
    assert [half[name].badges for name in ("0.weight", "0.bias", "1.weight")] == [("frozen",), (), ("frozen",)]
    kept = rows(buffers())
    assert kept["scratch"].badges == ("not saved",)
    assert kept["0.running_mean"].badges == ()  # a buffer has no gradient and is not called frozen for it
    unknown = rows(lazy())
    assert unknown["0.weight"].badges == ("lazy",)
    assert unknown["0.weight"].count == 0


def test_the_mode_is_named_where_it_changes() -> None:
    model = nn.Sequential(nn.Sequential(nn.Dropout(), nn.Sequential(nn.Dropout())), nn.Dropout())
    model[0].eval()
    model[0][1].train()  # type: ignore[index]
    badges = {name: row.badges for name, row in rows(model).items()}
    assert badges == {"": (), "0": ("eval",), "0.0": (), "0.1": ("train",), "0.1.0": (), "1": ()}
    assert rows(model.eval())[""].badges == ("eval",)


def test_names_with_points_and_equal_names_keep_their_labels_and_get_ids_of_their_own() -> None:
    model = nn.Module()
    model.register_parameter("a", nn.Parameter(torch.ones(1)))
    model._modules["a"] = nn.Sequential(nn.ReLU())  # torch refuses it by its own means
    found = tree_rows(module_tree(model), {})
    assert [(row.id, row.label, row.kind) for row in found] == [
        ("", "net", "module"),
        ("a", "a", "parameter"),
        ("a#2", "a", "module"),
        ("a.0", "0", "module"),
    ]


def test_a_badge_more_goes_to_tensors_of_that_name_only() -> None:
    found = tree_rows(module_tree(two_names()), {})
    marked = with_badge(found, {"first", "first.weight"}, "changed")
    assert {row.name for row in marked if "changed" in row.badges} == {"first.weight"}
    assert next(row for row in marked if row.name == "first.weight").badges == ("tied", "changed")
    assert [row.id for row in marked] == [row.id for row in found]
