"""Where an initialize step draws at first: a type and a parameter that the model has, whatever model it is."""

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune

from core.checkpoint.containers import containers
from core.module.visits import usual_place, visits
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.steps import Subtree
from core.replaying.replay import replay
from tests.edge_cases import CASES


class OwnParameter(nn.Module):
    """As a ViT: parameters of its own before all others, none of them a weight."""

    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, 8))
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 2)


def pruned() -> nn.Module:
    return nn.Sequential(prune.random_unstructured(nn.Linear(4, 3), "weight", 0.5))  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("model", "place"),
    [
        (nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 3)), ("Linear", "weight")),
        (OwnParameter(), ("Linear", "weight")),
        (nn.Sequential(nn.Embedding(5, 4), nn.Linear(4, 3)), ("Embedding", "weight")),
        (nn.LSTM(3, 4), ("LSTM", "weight_*")),
        (nn.MultiheadAttention(8, 2), ("NonDynamicallyQuantizableLinear", "weight")),
        (pruned(), ("Linear", "weight_*")),
        (nn.LayerNorm(8), ("LayerNorm", "weight")),
        (nn.ParameterList([torch.ones(3)]), ("ParameterList", "0")),
        (nn.LazyLinear(3), ("LazyLinear", "weight")),
        (nn.ReLU(), ("", "weight")),
        (parametrizations.orthogonal(nn.Linear(4, 4)), ("ParametrizationList", "original")),
    ],
    ids=str,
)
def test_the_first_type_that_has_a_matrix_called_weight(model: nn.Module, place: tuple[str, str]) -> None:
    assert usual_place(model) == Subtree("", *place)


def test_it_holds_a_parameter_of_every_model_that_has_one() -> None:
    models = [*(make() for make in CASES.values()), *(replay(Recipe(name)) for name in MODELS)]
    for model in models:
        if any(True for _ in model.parameters()):
            assert visits(model, usual_place(model)), model


def test_among_the_containers_of_a_checkpoint_only_the_first_with_a_matrix() -> None:
    state = nn.Sequential(nn.LayerNorm(4), nn.Linear(4, 3), nn.LayerNorm(3)).state_dict()
    net = containers(state)
    assert usual_place(net) == Subtree("1", "Module", "weight")
    assert [visit.name for visit in visits(net, usual_place(net))] == ["1.weight"]
