"""Values and random stream are the same bit for bit, observed or not."""

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core import MODELS, SCHEMES, provenance
from core.recipe.catalog import builder
from core.recipe.schemes.table import resolve_options
from core.replaying.initializing import initialize

Build = Callable[[], Any]
LAYERS: dict[str, Build] = {
    "linear": lambda: nn.Linear(5, 7),
    "conv": lambda: nn.Conv2d(4, 6, 3, groups=2),
    "transposed": lambda: nn.ConvTranspose1d(4, 6, 3),
    "embedding": lambda: nn.Embedding(9, 4, padding_idx=2),
    "norm": lambda: nn.BatchNorm1d(4),
    "lstm": lambda: nn.LSTM(3, 4, 2, bidirectional=True),
    "attention": lambda: nn.MultiheadAttention(8, 2, bias=True, add_bias_kv=True),
    "encoder": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2, enable_nested_tensor=False),
    "normed": lambda: nn.utils.parametrizations.weight_norm(nn.Linear(4, 3)),
    "orthogonal": lambda: nn.utils.parametrizations.orthogonal(nn.Linear(4, 4)),
    "bilinear": lambda: nn.Bilinear(3, 4, 5),
}


def built(build: Build, *, observed: bool) -> tuple[dict[str, torch.Tensor], torch.Tensor, dict[str, int]]:
    """Values, the random state afterwards, and how often torch counts each tensor as written."""
    torch.manual_seed(7)
    if observed:
        with provenance():
            net = build()
    else:
        net = build()
    values = {name: value for name, value in net.state_dict().items() if not nn.parameter.is_lazy(value)}
    return values, torch.get_rng_state(), {name: value._version for name, value in net.named_parameters()}


def assert_the_same(build: Build) -> None:
    (values, state, versions), (seen, seen_state, seen_versions) = (built(build, observed=way) for way in (False, True))
    assert torch.equal(state, seen_state)
    assert versions == seen_versions
    assert values.keys() == seen.keys()
    for name, value in values.items():
        assert value.reshape(-1).view(torch.uint8).equal(seen[name].reshape(-1).view(torch.uint8)), name


@pytest.mark.parametrize("model", MODELS)
def test_every_model_of_the_catalog(model: str) -> None:
    assert_the_same(builder(model))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme(scheme: str) -> None:
    def build() -> Any:
        net = nn.Conv2d(6, 6, 3) if scheme in ("dirac", "kernel") else nn.Linear(6, 6)
        initialize(net.weight, scheme, resolve_options(scheme, {}))
        return net

    assert_the_same(build)


@given(st.lists(st.sampled_from(sorted(LAYERS)), min_size=1, max_size=5))
@settings(max_examples=25, deadline=None)
def test_any_list_of_layers(names: list[str]) -> None:
    assert_the_same(lambda: nn.ModuleList(LAYERS[name]() for name in names))


def test_what_torch_draws_straight_on() -> None:
    def build() -> Any:
        with torch.inference_mode():
            net = nn.ParameterList(torch.empty(40) for _ in range(5))
            net[0].uniform_(-2, 3)
            net[1].normal_(1, 2)
            net[2].fill_(3)
            net[3].zero_()
            net[4].bernoulli_(0.5)
        return net

    net = build()
    torch.manual_seed(0)
    plain = [value.clone() for value in build()]
    torch.manual_seed(0)
    with provenance():
        net = build()
    assert all(torch.equal(one, other) for one, other in zip(plain, net, strict=True))
    assert net[0].is_inference()


def test_somebodys_own_modes_see_the_same_calls() -> None:
    class Counting(torch.overrides.TorchFunctionMode):
        def __init__(self) -> None:
            super().__init__()
            self.calls: list[str] = []

        def __torch_function__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            self.calls.append(func.__name__)
            return func(*args, **(kwargs or {}))

    def calls() -> list[str]:
        mode = Counting()
        with mode:
            nn.Linear(3, 4)
        return mode.calls

    plain = calls()
    with provenance():
        assert calls() == plain


def test_what_was_noted_is_given_back_without_waiting_for_the_collector() -> None:
    gc.disable()
    try:
        with provenance() as story:
            net = nn.Linear(3, 2)
        assert story[net.weight].kind == "default"
        notes = weakref.ref(story._observer)
        del story
        assert notes() is None
    finally:
        gc.enable()
