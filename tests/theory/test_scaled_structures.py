"""What values fulfill together stays known when they are scaled: torch's own products and zeros say whether rightly."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from core import provenance
from core.questions.theory import VerdictKind
from core.recipe.schemes.promise import Orthogonal
from core.theory.model_verdict import ModelCheck
from core.theory.origins import Origin, origins_when_built

FACTORS = st.floats(1e-4, 1e4) | st.floats(-1e4, -1e-4)


def made(init: Callable[[Tensor], Tensor], change: Callable[[Tensor], object]) -> tuple[Tensor, Origin, VerdictKind]:
    with provenance() as story:
        net = nn.Linear(24, 40, bias=False)
        init(net.weight)
        with torch.no_grad():
            change(net.weight)
    origin = origins_when_built(net, story.of(net))["weight"]
    kind = ModelCheck(net, {"weight": origin}).model().rows[0].verdict.kind
    return net.weight.detach(), origin, kind


@settings(max_examples=25, deadline=None)
@given(FACTORS, st.integers(0, 99))
def test_a_scaled_orthogonal_matrix_has_the_gain_of_its_product(factor: float, seed: int) -> None:
    torch.manual_seed(seed)
    values, origin, kind = made(nn.init.orthogonal_, lambda w: w.mul_(factor))
    assert origin.promise is not None
    assert isinstance(origin.promise.structure, Orthogonal)
    product = values.double().T @ values.double() / origin.promise.structure.gain**2
    torch.testing.assert_close(product, torch.eye(24).double(), rtol=0, atol=1e-5)
    assert kind == "consistent"


@settings(max_examples=25, deadline=None)
@given(FACTORS, st.integers(0, 99))
def test_a_scaled_sparse_matrix_keeps_its_zeros(factor: float, seed: int) -> None:
    torch.manual_seed(seed)
    values, _, kind = made(lambda w: nn.init.sparse_(w, 0.25), lambda w: w.div_(factor))
    assert (values == 0).sum(0).tolist() == [10] * 24
    assert kind == "consistent"


@pytest.mark.parametrize(
    "change",
    [lambda w: w.add_(1.0), lambda w: w[:20].mul_(2.0), lambda w: w.mul_(torch.rand(40, 24))],
    ids=["shifted", "scaled in part", "by other numbers each"],
)
def test_of_what_is_orthogonal_no_longer_nothing_is_promised(change: Callable[[Tensor], object]) -> None:
    assert made(nn.init.orthogonal_, change)[2] == "no theory"
